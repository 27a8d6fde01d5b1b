#!/bin/sh
set -eu
base=http://$1 case=$2 input=$3

case $case in
  notes/post | notes/moved)
    exec curl -sSL -H 'Content-Type: application/json' --data-binary "@$input" "$base/notes" ;;
  notes/address | notes/chunked) exec curl -sS "$base$(cat "$input")" ;;
  notes/header) exec curl -sS -H "X-Author: $(cat "$input")" "$base/notes" ;;
esac
echo "no such case: $case" >&2
exit 1
