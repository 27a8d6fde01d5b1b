#!/bin/sh
# build.sh OUT
set -eu
# shellcheck disable=SC2046 # a list
cc -std=c11 -Wall -Wextra -Werror -o "$1/store" store.c $(pkg-config --cflags --libs hiredis)
