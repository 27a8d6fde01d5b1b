#!/usr/bin/env bash
# Does what a plan says: puts exact octets on the wire, with bash's own /dev/tcp.
#
# usage: bash send.bash HOST PORT PLAN

# f: no word of a plan is a pattern of file names.
set -euf

# Octets, not characters: for ${#..}, read and all the others.
LC_ALL=C

# A server that went away is an error to report, not a silent death.
trap '' PIPE

# What is to be sent next: a format for printf, with an escape for each octet, since no variable can hold NUL,
# and a %s for each text.
format=
texts=()

# Splits each number into its sign, its fraction as an integer of 53 bits, and its exponent; all steps are exact.
# Not with bash's printf %a, which has long doubles: rounding those again is wrong now and then.
# shellcheck disable=SC2016 # $ is awk's
split_floats='
BEGIN {
  for (i = 1; i < ARGC; i++) {
    number = ARGV[i]
    negative = sub(/^-/, "", number)
    value = number + 0
    exponent = 0
    if (number == "inf") { value = 1; exponent = 2000 }
    else if (number == "nan") { value = 1.5; exponent = 2000 }
    else if (value == 0) exponent = -2000
    else {
      for (; value >= 2; exponent++) value /= 2
      for (; value < 1; exponent--) value *= 2
    }
    printf "%d %.0f %d\n", negative, value * 4503599627370496, exponent
  }
}'

# Adds octets, given as numbers, to what is to be sent.
put() {
  local escapes
  printf -v escapes '\\x%02x' "$@"
  format+=$escapes
}

text() {
  format+=%s
  texts+=("$1")
}

bytes() {
  local i
  for ((i = 0; i < ${#1}; i += 2)); do
    format+="\\x${1:i:2}"
  done
}

point() {
  local point=$((16#$1)) more=0
  if ((point < 0x80)); then
    put "$point"
    return
  fi
  ((more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3))
  put $((0xf00 >> more + 1 & 0xff | point >> 6 * more))
  for ((more--; more >= 0; more--)); do
    put $((0x80 | point >> 6 * more & 0x3f))
  done
}

# A NUMBER as a WORD says. bash counts modulo 2^64, so that the bits of a u64 are right too.
integer() { # WORD NUMBER
  local bits=${1//[!0-9]/} i octets=()
  for ((i = 0; i < bits; i += 8)); do
    if [[ $1 == *le ]]; then
      octets+=("$(($2 >> i & 0xff))")
    else
      octets+=("$(($2 >> bits - 8 - i & 0xff))")
    fi
  done
  put "${octets[@]}"
}

# IEEE 754. NUMBERS are separated by spaces.
floats() { # WORD NUMBERS
  local split negative fraction exponent bits shift unit rest places=52 least=-1022
  if [[ $1 == f32* ]]; then
    places=23 least=-126
  fi
  # shellcheck disable=SC2086 # a list
  split=$(awk "$split_floats" $2)
  while read -r negative fraction exponent; do
    ((exponent <= 2 - least)) || exponent=$((2 - least))
    shift=$((52 - places))
    if ((exponent < least)); then
      shift=$((shift + least - exponent)) exponent=$least
    fi
    ((shift <= 62)) || shift=62
    unit=$((1 << shift))
    # Half a unit goes to the even neighbour.
    rest=$(((fraction & unit - 1) * 2)) fraction=$((fraction >> shift))
    fraction=$((fraction + (rest > unit || rest == unit && fraction & 1)))
    # The leading 1 of the fraction counts as one more of the exponent.
    bits=$(((exponent - least << places) + fraction))
    integer "u${1#f}" $((bits | negative << ${1:1:2} - 1))
  done <<<"$split"
}

uleb() {
  local n=$1
  while ((n & ~0x7f)); do
    put $((n & 0x7f | 0x80))
    # >> copies the sign bit, which is a digit here.
    n=$((n >> 7 & 0x01ffffffffffffff))
  done
  put "$n"
}

sleb() {
  local n=$1
  while ((n < -0x40 || n > 0x3f)); do
    put $((n & 0x7f | 0x80))
    n=$((n >> 7))
  done
  put $((n & 0x7f))
}

# The octets that the escapes in BLOCK stand for, over and over, COUNT in all.
cycle() { # COUNT BLOCK
  local block=$2 left=$1
  # An escape is four characters.
  while ((${#block} < 4 * left && ${#block} < 65536)); do
    block+=$block
  done
  send
  while ((4 * left >= ${#block})); do
    format=$block
    send
    left=$((left - ${#block} / 4))
  done
  format=${block:0:4*left}
}

# awk is ten times as fast as bash here, and its doubles hold the products exactly.
noise() { # COUNT SEED
  format+=$(awk -v count="$1" -v x="$2" '
    BEGIN {
      while (count-- > 0) {
        x = x * 16807 % 2147483647
        printf "\\x%02x", int(x / 256) % 256
      }
    }')
}

# Adds what a sending line says to what is to be sent.
encode() { # WORD REST
  local item body escapes
  case $1 in
    text) text "$2" ;;
    points) for item in $2; do point "$item"; done ;;
    bytes) for item in $2; do bytes "$item"; done ;;
    f*[bl]e) floats "$1" "$2" ;;
    uleb) for item in $2; do uleb "$item"; done ;;
    sleb) for item in $2; do sleb "$item"; done ;;
    zigzag) for item in $2; do uleb $((item << 1 ^ item >> 63)); done ;;
    frame)
      body=${2#* }
      encode "${2%% *}" "${#body}"
      text "$body"
      ;;
    repeat) cycle "${2% *}" "\\x${2#* }" ;;
    ramp)
      printf -v escapes '\\x%02x' {0..250}
      cycle "$2" "$escapes"
      ;;
    noise) noise "${2% *}" "${2#* }" ;;
    *) for item in $2; do integer "$1" "$item"; done ;;
  esac
}

open() {
  # Both ways on one descriptor: a redirection for each write would make a connection for each write.
  exec 3<>"/dev/tcp/$host/$port"
}

send() {
  [[ $format ]] || return 0
  # -- for a text that begins with a -.
  # shellcheck disable=SC2059
  printf -- "$format" "${texts[@]}" >&3
  format='' texts=()
}

receive() { # COUNT
  local left=$1 octets
  while ((left > 0)); do
    # A variable cannot hold NUL; with -d '' that is where a piece ends.
    IFS= read -r -d '' -n "$left" -u 3 octets || die "the server closed with $left octets still to receive"
    printf %s "$octets"
    left=$((left - ${#octets}))
    if ((left > 0)); then
      printf '\0'
      left=$((left - 1))
    fi
  done
}

# bash cannot half-close, so it cannot read until the server closes: the server waits for the end of what we send, and
# only closing tells it. It reads what comes until there is silence for 100 ms, since closing with something unread
# would send RST and may destroy what is on its way; so does an answer that comes later.
drain() {
  local status=0 said
  while ((status == 0)); do
    # A reset and the end of a stream differ only in what read says.
    said=$(drain_piece 2>&1) || status=$?
    [[ ! $said ]] || die "$said"
  done
}

drain_piece() {
  local status=0 unread
  IFS= read -r -d '' -n 65536 -t 0.1 -u 3 unread || status=$?
  # Above 128 is a timeout.
  ((status > 128)) && [[ $unread ]] || return "$status"
}

finish() {
  send
  drain
  exec 3>&-
}

die() {
  echo "send.bash: $*" >&2
  exit 1
}

# Exits with 77 for a word that is not known.
check() { # NUMBER WORD
  case $2 in
    text | points | bytes | frame | repeat | ramp | noise | uleb | sleb | zigzag) ;;
    u8 | i8 | [ui]16[bl]e | [ui]32[bl]e | [ui]64[bl]e | f32[bl]e | f64[bl]e) ;;
    pause | receive | connect) ;;
    *)
      echo "line $1: cannot do $2" >&2
      exit 77
      ;;
  esac
}

follow() { # NUMBER WORD REST
  case $2 in
    pause)
      send
      sleep "$(($3 / 1000)).$(printf %03d $(($3 % 1000)))"
      ;;
    receive)
      send
      receive "$3"
      ;;
    connect)
      finish
      open
      ;;
    *) encode "$2" "$3" ;;
  esac
}

# Calls FUNCTION with NUMBER, WORD and REST of each line of the plan.
each_line() { # FUNCTION
  local i rest
  for i in "${!lines[@]}"; do
    case ${lines[i]} in
      '' | '#'*) continue ;;
      *' '*) rest=${lines[i]#* } ;;
      *) rest= ;;
    esac
    "$1" $((i + 1)) "${lines[i]%% *}" "$rest"
  done
}

(($# == 3)) || die "usage: bash send.bash HOST PORT PLAN"
host=$1 port=$2
mapfile -t lines <"$3"
each_line check
open
each_line follow
finish
