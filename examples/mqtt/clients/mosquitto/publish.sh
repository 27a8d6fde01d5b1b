#!/bin/sh
set -eu
host=$1 port=$2 input=$3

set --
while read -r key value; do
  case $key in
    version)
      case $value in
        3.1.1) set -- "$@" -V mqttv311 ;;
        5) set -- "$@" -V mqttv5 ;;
      esac ;;
    topic) set -- "$@" -t "$value" ;;
    payload)
      if [ -n "$value" ]; then set -- "$@" -m "$value"; else set -- "$@" -n; fi ;;
    qos) set -- "$@" -q "$value" ;;
    retain) set -- "$@" -r ;;
    will-topic) set -- "$@" --will-topic "$value" --will-qos 1 --will-retain ;;
    will-payload) set -- "$@" --will-payload "$value" ;;
  esac
done < "$input"

exec mosquitto_pub -h "$host" -p "$port" -i samewire -k 60 "$@"
