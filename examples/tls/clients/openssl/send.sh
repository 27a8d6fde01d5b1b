#!/bin/sh
# Without -verify_return_error it goes on, whoever answers; without -verify_ip the name may be any.
host=$1 url=$2 input=$3 ca=$4 cert=$5 key=$6
exec openssl s_client -quiet -connect "$url" -CAfile "$ca" -verify_return_error -verify_ip "$host" \
  -cert "$cert" -key "$key" <"$input" 2>/dev/null
