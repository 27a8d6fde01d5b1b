#!/bin/sh
# Does what a plan says: puts exact octets on the wire.
#
# usage: sh send.sh HOST PORT PLAN
#        sh send.sh --version

set -eu

# May be two words: busybox nc.
nc=${NC:-nc}

# Octets, not characters: for awk, ${#..}, tr and all the others.
LC_ALL=C
export LC_ALL

# The netcats differ in how they are told to half-close at the end of stdin and to go on reading.
# shellcheck disable=SC2086
help=$($nc -h 2>&1 </dev/null) || true
case $help in
  *"OpenBSD netcat"*) name='OpenBSD netcat' end=-N ;;
  # Without -q it never ends; a short -q loses a late reply.
  *"-q secs"*) name='traditional netcat' end='-q 3600' ;;
  *Ncat*) name=Ncat end='' ;;
  *BusyBox*) name=BusyBox end='' ;;
  *) name='' end='' ;;
esac

# Prints the octets of a line's arguments as octal escapes: the only ones that every printf has, and
# three digits each, or a digit that follows would count too. Numbers are strings here and digits in an array,
# since awk's own numbers are doubles and round above 2^53.
# shellcheck disable=SC2016 # $ is awk's
encode='
function out(octet) { printf "\\%03o", octet }

function hex(text,    i, value) {
  for (i = 1; i <= length(text); i++) value = value * 16 + index("0123456789abcdef", substr(text, i, 1)) - 1
  return value
}

function utf8(point) {
  if (point < 128) { out(point); return }
  if (point < 2048) out(192 + int(point / 64))
  else {
    if (point < 65536) out(224 + int(point / 4096))
    else { out(240 + int(point / 262144)); out(128 + int(point / 4096) % 64) }
    out(128 + int(point / 64) % 64)
  }
  out(128 + point % 64)
}

# The digits of a decimal number without its sign, least significant first, in d; returns how many.
function digits(text, base,    count, i, carry, rest) {
  sub(/^-/, "", text)
  do {
    carry = 0; rest = ""
    for (i = 1; i <= length(text); i++) {
      carry = carry * 10 + substr(text, i, 1)
      rest = rest int(carry / base)
      carry %= base
    }
    sub(/^0+/, "", rest)
    d[count++] = carry
    text = rest
  } while (text != "")
  return count
}

# Takes one away from the digits; the number is not 0.
function decrement(base,    i) {
  for (i = 0; d[i] == 0; i++) d[i] = base - 1
  d[i]--
}

# The digits in two s complement: -n is n - 1 with every digit inverted.
function complement(text, base,    count, i) {
  count = digits(text, base)
  if (text !~ /^-/) return count
  decrement(base)
  for (i = 0; i < count; i++) d[i] = base - 1 - d[i]
  return count
}

function integer(text, width, order,    count, i) {
  for (count = complement(text, 256); count < width; count++) d[count] = text ~ /^-/ ? 255 : 0
  fixed(width, order)
}

function fixed(width, order,    i) {
  for (i = 0; i < width; i++) out(order == "le" ? d[i] : d[width - 1 - i])
}

function leb(count,    i) {
  for (i = 0; i < count; i++) out(d[i] + (i < count - 1 ? 128 : 0))
}

function uleb(text) { leb(digits(text, 128)) }

function sleb(text,    count, negative) {
  count = complement(text, 128)
  negative = text ~ /^-/
  while (count > 1 && d[count - 1] == (negative ? 127 : 0)) count--
  # The top bit of the last digit is the sign.
  if ((d[count - 1] >= 64) != negative) d[count++] = negative ? 127 : 0
  leb(count)
}

function zigzag(text,    count, i, carry) {
  count = digits(text, 128)
  for (i = 0; i < count; i++) {
    carry += d[i] * 2
    d[i] = carry % 128
    carry = int(carry / 128)
  }
  if (carry) d[count++] = carry
  if (text ~ /^-/) decrement(128)
  while (count > 1 && d[count - 1] == 0) count--
  leb(count)
}

# 2 to the power of exponent; not every awk is built with ^.
function power(exponent,    value) {
  for (value = 1; exponent > 0; exponent--) value *= 2
  return value
}

# IEEE 754; all steps but the rounding of f32 are exact.
function float(text, width, order,    bits, bias, exponent, fraction, value, whole, i) {
  bits = width == 4 ? 23 : 52
  bias = width == 4 ? 127 : 1023
  exponent = 0; fraction = 0
  if (text == "nan" || text ~ /inf$/) {
    exponent = 2 * bias + 1
    fraction = text == "nan" ? power(bits - 1) : 0
  } else if ((value = text + 0) != 0) {
    if (value < 0) value = -value
    for (exponent = bias; value >= 2; exponent++) value /= 2
    for (; value < 1 && exponent > 1; exponent--) value *= 2
    if (value < 1) exponent = 0; else value -= 1
    value *= power(bits)
    fraction = int(value)
    value -= fraction
    if (value > 0.5 || (value == 0.5 && fraction % 2)) fraction++
    if (fraction == power(bits)) { fraction = 0; exponent++ }
  }
  whole = bits == 23 ? 16 : 48
  for (i = 0; i < whole / 8; i++) { d[i] = fraction % 256; fraction = int(fraction / 256) }
  fraction += exponent * power(bits - whole)
  d[i] = fraction % 256
  d[i + 1] = int(fraction / 256) + (text ~ /^-/ ? 128 : 0)
  fixed(width, order)
}

function noise(count, x) {
  while (count-- > 0) {
    x = x * 16807 % 2147483647
    out(int(x / 256) % 256)
  }
}

BEGIN {
  word = ARGV[1]
  count = split(ARGV[2], items, " ")
  kind = substr(word, 1, 1); order = substr(word, length(word) - 1); width = substr(word, 2) / 8
  if (word == "noise") noise(items[1], items[2])
  else for (i = 1; i <= count; i++) {
    item = items[i]
    if (word == "points") utf8(hex(item))
    else if (word == "bytes") for (j = 1; j < length(item); j += 2) out(hex(substr(item, j, 2)))
    else if (word == "uleb") uleb(item)
    else if (word == "sleb") sleb(item)
    else if (word == "zigzag") zigzag(item)
    else if (kind == "f") float(item, width, order)
    else integer(item, width, order)
  }
}
'

die() {
  echo "send.sh: $*" >&2
  exit 1
}

# Octets that are made with awk: of a WORD and its REST.
made() {
  # What awk prints holds no %, no NUL and no LF, so nothing gets lost in $() or in the format.
  escapes=$(awk "$encode" "$1" "$2")
  # shellcheck disable=SC2059
  printf "$escapes"
}

# The first COUNT octets of a file FILE that is repeated without end; doubles the file until it is long enough.
cycle() {
  until [ "$(wc -c <"$2")" -ge "$1" ]; do
    cat "$2" "$2" >"$2.twice"
    mv "$2.twice" "$2"
  done
  head -c "$1" "$2"
}

# The octets of a sending line: of a WORD and its REST.
octets() {
  case $1 in
    text) printf %s "$2" ;;
    frame)
      made "${2%% *}" "$(printf %s "${2#* }" | wc -c)"
      printf %s "${2#* }"
      ;;
    repeat)
      made bytes "${2#* }" >"$work/block"
      cycle "${2% *}" "$work/block"
      ;;
    ramp)
      # shellcheck disable=SC2059
      printf "$(awk 'BEGIN { while (i < 251) printf "\\%03o", i++ }')" >"$work/block"
      cycle "$2" "$work/block"
      ;;
    *) made "$1" "$2" ;;
  esac
}

# A connection is an nc between two FIFOs: 3 is what it sends, 4 what it receives.
open() {
  mkfifo "$work/to" "$work/from"
  # shellcheck disable=SC2086 # $end is none, one or two arguments
  $nc $end "$host" "$port" <"$work/to" >"$work/from" &
  exec 3>"$work/to" 4<"$work/from"
  rm "$work/to" "$work/from"
}

half_close() {
  exec 3>&-
}

receive() {
  if [ "$1" = all ]; then
    cat <&4
    return
  fi
  # Octet by octet: reading more would take it away from the next line.
  dd bs=1 count="$1" <&4 >"$work/received" 2>/dev/null
  [ "$(wc -c <"$work/received")" -eq "$1" ] || die "the server closed before $1 octets had come"
  cat "$work/received"
}

finish() {
  half_close
  cat <&4 >/dev/null
  exec 4<&-
  wait "$!" || die "$nc ended in $?"
}

# Calls FUNCTION with NUMBER, WORD and REST of each line of the plan.
each_line() {
  number=0
  while IFS= read -r line || [ -n "$line" ]; do
    number=$((number + 1))
    case $line in
      '' | '#'*) ;;
      *' '*) "$1" "$number" "${line%% *}" "${line#* }" ;;
      *) "$1" "$number" "$line" '' ;;
    esac
  done <"$plan"
}

check() {
  case $2 in
    text | points | bytes | frame | repeat | ramp | noise | uleb | sleb | zigzag) ;;
    u8 | i8 | [ui]16[bl]e | [ui]32[bl]e | [ui]64[bl]e | f32[bl]e | f64[bl]e) ;;
    pause | half-close | receive | connect) ;;
    *)
      echo "line $1: cannot do $2" >&2
      exit 77
      ;;
  esac
}

# Encodes a line into a file of its own, before there is a connection that would have to wait.
prepare() {
  case $2 in
    pause | half-close | receive | connect) ;;
    *) octets "$2" "$3" >"$work/$1" ;;
  esac
}

follow() {
  case $2 in
    pause) sleep "$(awk "BEGIN { print $3 / 1000 }")" ;;
    half-close) half_close ;;
    receive) receive "$3" ;;
    connect)
      finish
      open
      ;;
    *) cat "$work/$1" >&3 ;;
  esac
}

if [ "${1-}" = --version ]; then
  command -v "${nc%% *}" >/dev/null || die "there is no $nc"
  [ "$name" ] || die "how this $nc is told to half-close is not known: neither OpenBSD's, nor traditional, Ncat or BusyBox"
  echo "$name"
  exit
fi
[ $# -eq 3 ] || die "usage: sh send.sh HOST PORT PLAN"
host=$1 port=$2 plan=$3
[ -r "$plan" ] || die "cannot read the plan $plan"
each_line check
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
each_line prepare
open
each_line follow
finish
