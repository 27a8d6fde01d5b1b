#!/bin/sh
# Does what a plan says: puts exact octets on the wire, through socat.
#
# usage: sh send.sh HOST PORT PLAN

# f: no line of a plan is a pattern of file names.
set -euf

# Octets, not characters: for awk, printf and all the others.
LC_ALL=C
export LC_ALL

# A server that went away is an error to report, not a silent death.
trap '' PIPE

# Translates a plan into lines that need printf alone: "send" and "cycle TIMES" with octets as octal escapes, which are
# the only ones that every printf has, and of three digits each, or a digit that follows would count too.
# Exits with 77 for a word that it does not know.
# shellcheck disable=SC2016 # $ is awk's
translate='
function out(octet) { printf "\\%03o", octet }

function hex(text,    i, value) {
  for (i = 1; i <= length(text); i++) value = value * 16 + index("0123456789abcdef", substr(text, i, 1)) - 1
  return value
}

function bytes(text,    i) {
  for (i = 1; i < length(text); i += 2) out(hex(substr(text, i, 2)))
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

# The numbers of awk are doubles and round above 2^53: an integer is a string, and its digits are in d, the least
# significant first. Returns how many the number without its sign has.
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

# Digits in two s complement: -n is n - 1 with every digit inverted.
function complement(text, base,    count, i) {
  count = digits(text, base)
  if (text !~ /^-/) return count
  decrement(base)
  for (i = 0; i < count; i++) d[i] = base - 1 - d[i]
  return count
}

function fixed(width, order,    i) {
  for (i = 0; i < width; i++) out(order == "le" ? d[i] : d[width - 1 - i])
}

function integer(text, width, order,    count) {
  for (count = complement(text, 256); count < width; count++) d[count] = text ~ /^-/ ? 255 : 0
  fixed(width, order)
}

function leb(count,    i) {
  for (i = 0; i < count; i++) out(d[i] + (i < count - 1 ? 128 : 0))
}

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

# IEEE 754; all steps but the rounding are exact.
function float(text, width, order,    scale, bias, exponent, fraction, value, i) {
  scale = width == 4 ? 8388608 : 4503599627370496
  bias = width == 4 ? 127 : 1023
  exponent = 0; fraction = 0
  if (text == "nan" || text ~ /inf$/) {
    exponent = 2 * bias + 1
    fraction = text == "nan" ? scale / 2 : 0
  } else if ((value = text + 0) != 0) {
    if (value < 0) value = -value
    for (exponent = bias; value >= 2; exponent++) value /= 2
    for (; value < 1 && exponent > 1; exponent--) value *= 2
    if (value < 1) exponent = 0; else value -= 1
    value *= scale
    fraction = int(value)
    value -= fraction
    # Half goes to the even neighbour.
    if (value > 0.5 || (value == 0.5 && fraction % 2)) fraction++
    if (fraction == scale) { fraction = 0; exponent++ }
  }
  for (i = 0; i < width - 2; i++) { d[i] = fraction % 256; fraction = int(fraction / 256) }
  fraction += exponent * (width == 4 ? 128 : 16)
  d[i] = fraction % 256
  d[i + 1] = int(fraction / 256) + (text ~ /^-/ ? 128 : 0)
  fixed(width, order)
}

function one(word, item,    width, order) {
  width = substr(word, 2) / 8
  order = substr(word, length(word) - 1)
  if (word == "points") utf8(hex(item))
  else if (word == "bytes") bytes(item)
  else if (word == "uleb") leb(digits(item, 128))
  else if (word == "sleb") sleb(item)
  else if (word == "zigzag") zigzag(item)
  else if (word ~ /^f/) float(item, width, order)
  else integer(item, width, order)
}

function send(word, rest,    count, items, i) {
  count = split(rest, items, " ")
  printf "send "
  for (i = 1; i <= count; i++) one(word, items[i])
  print ""
}

function block(count, octet,    i) {
  for (i = 0; i < count; i++) out(octet == "" ? i % 251 : octet)
  print ""
}

# COUNT octets, all the same or, without OCTET, those of a ramp, which is the same again every 251 octets.
function cycle(count, octet,    size) {
  size = 251 * 16
  printf "cycle %d ", count / size
  block(count < size ? 0 : size, octet)
  printf "send "
  block(count % size, octet)
}

function noise(count, x) {
  printf "send "
  for (; count > 0; count--) {
    x = x * 16807 % 2147483647
    out(int(x / 256) % 256)
  }
  print ""
}

BEGIN {
  count = split("text points bytes frame repeat ramp noise uleb sleb zigzag pause half-close receive connect reset " \
    "u8 i8 u16be u16le i16be i16le u32be u32le i32be i32le u64be u64le i64be i64le f32be f32le f64be f64le", list, " ")
  for (i = 1; i <= count; i++) known[list[i]]
}

/^$/ || /^#/ { next }

{
  space = index($0 " ", " ")
  word = substr($0, 1, space - 1)
  rest = substr($0, space + 1)
  split(rest, item, " ")
}

!(word in known) {
  print "line " NR ": cannot do " word >"/dev/stderr"
  exit 77
}

word == "pause" { printf "pause %.3f\n", rest / 1000; next }
word ~ /^(text|half-close|receive|connect|reset)$/ { print; next }
word == "frame" {
  text = substr(rest, length(item[1]) + 2)
  send(item[1], length(text))
  print "text " text
  next
}
word == "repeat" { cycle(item[1], hex(item[2])); next }
word == "ramp" { cycle(item[1], ""); next }
word == "noise" { noise(item[1], item[2]); next }
{ send(word, rest) }
'

die() {
  echo "send.sh: $*" >&2
  exit 1
}

# A connection is a socat between two FIFOs: 3 is what it sends, 4 what it receives.
# At the end of 3 it half-closes and goes on reading, without -t for half a second only.
# With shut-close the end of what the server sends is the end of 4, even while 3 is open.
# With -d it says why a read failed.
open() {
  mkfifo "$work/to" "$work/from"
  socat -d -t 3600 -,shut-close "TCP:$address,nodelay$linger" <"$work/to" >"$work/from" 2>"$work/said" &
  exec 3>"$work/to" 4<"$work/from"
  rm "$work/to" "$work/from"
}

half_close() {
  exec 3>&-
}

finish() {
  half_close
  cat <&4 >/dev/null
  exec 4<&-
  wait "$!" || die "socat ended in $?"
  # It takes a reset for the end of a stream, but for a warning.
  case $(cat "$work/said") in
    *' W read('*) die 'the server reset the connection' ;;
  esac
}

# By then socat has connected if something was received, as plans do before they reset.
reset() {
  # Killed, since socat would shut down first when it is told to end.
  kill -KILL "$!"
  wait "$!" 2>/dev/null || true
}

cycle() { # TIMES ESCAPES
  times=$1
  while [ "$times" -gt 0 ]; do
    # shellcheck disable=SC2059
    printf "$2" >&3
    times=$((times - 1))
  done
}

receive() { # COUNT
  if [ "$1" = all ]; then
    cat <&4
    return
  fi
  # Octet by octet: reading more would take it away from the next line.
  dd bs=1 count="$1" <&4 >"$work/received" 2>/dev/null
  cat "$work/received"
  [ "$(wc -c <"$work/received")" -eq "$1" ] || die "the server closed before $1 octets had come"
}

follow() { # WORD REST
  case $1 in
    text) printf %s "$2" >&3 ;;
    send) cycle 1 "$2" ;;
    cycle) cycle "${2%% *}" "${2#* }" ;;
    pause) sleep "$2" ;;
    half-close) half_close ;;
    receive) receive "$2" ;;
    connect)
      finish
      open
      ;;
    reset)
      reset
      exit
      ;;
  esac
}

[ $# -eq 3 ] || die "usage: sh send.sh HOST PORT PLAN"
case $1 in
  *:*) address="[$1]:$2" ;;
  *) address=$1:$2 ;;
esac
plan=$(awk "$translate" <"$3")
IFS='
'
# Lingering for 0 seconds makes close() send RST, unless both sides have ended before.
linger=
case $IFS$plan in
  *"${IFS}reset") linger=,linger=0 ;;
esac

work=$(mktemp -d)
trap 'cat "$work/said" >&2; rm -rf "$work"' EXIT
open
for line in $plan; do
  follow "${line%% *}" "${line#* }"
done
finish
