#!/bin/sh
# What it reads on stdin is sent; it ends when the server has, at most so many seconds after its own end.
url=$2 input=$3 ca=$4 cert=$5 key=$6
exec socat -t 5 STDIO "OPENSSL:$url,cafile=$ca,cert=$cert,key=$key,verify=1,nosni=1" <"$input"
