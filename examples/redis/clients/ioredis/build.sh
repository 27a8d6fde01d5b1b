#!/bin/sh
# build.sh OUT: Node looks for packages beside the program, so the program goes there too.
set -eu
cp package.json package-lock.json store.mjs "$1"
cd "$1"
npm ci --silent --no-audit --no-fund --ignore-scripts
