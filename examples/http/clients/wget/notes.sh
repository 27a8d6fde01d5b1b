#!/bin/sh
set -eu
base=http://$1 case=$2 input=$3

case $case in
  notes/post | notes/moved)
    exec wget -nv --no-config -O - --header 'Content-Type: application/json' --post-file "$input" "$base/notes" ;;
  notes/address | notes/chunked) exec wget -nv --no-config -O - "$base$(cat "$input")" ;;
  notes/header) exec wget -nv --no-config -O - --header "X-Author: $(cat "$input")" "$base/notes" ;;
esac
echo "no such case: $case" >&2
exit 1
