#!/bin/sh
# store.sh HOST PORT CASE INPUT: commands go to redis-cli line by line, with each octet escaped, so that it splits nothing.
set -eu
host=$1 port=$2 case=$3 input=$4

cli() {
  redis-cli -h "$host" -p "$port"
}

# stdin as a string of redis-cli.
quoted() {
  printf '"%s"' "$(od -An -v -tx1 | tr -d '\n' | sed 's/ /\\x/g')"
}

# From hex to octets: printf knows octal alone everywhere.
octets() {
  sed 's/../\\x&/g' "$input"
}

# stdin without its first COUNT lines, and without the line feed that redis-cli puts behind an answer.
answer() { # COUNT
  tail -n "+$(($1 + 1))" | head -c -1
}

case $case in
  store/octets) printf 'SET k "%s"\nGET k\n' "$(octets)" | cli | answer 1 ;;
  store/large)
    value=$(cat "$input")
    { printf 'SET k ' && yes "$value" | head -n 100000 | tr -d '\n' && printf '\nSTRLEN k\n'; } | cli | answer 1
    ;;
  store/pipeline) printf 'SET k %s\nAPPEND k !\nGET k\n' "$(quoted <"$input")" | cli | answer 2 ;;
  store/transaction) printf 'MULTI\nSET k %s\nAPPEND k !\nGET k\nEXEC\n' "$(quoted <"$input")" | cli | answer 6 ;;
  store/increment) printf 'SET k %s\nINCR k\n' "$(quoted <"$input")" | cli | answer 1 ;;
  store/expire) key=$(quoted <"$input") && printf 'SET %s 1\nEXPIRE %s 60\n' "$key" "$key" | cli | answer 1 ;;
  store/capitals | store/introduction) printf 'PING\n' | cli ;;
  *) printf 'SET k %s\nGET k\n' "$(quoted <"$input")" | cli | answer 1 ;;
esac
