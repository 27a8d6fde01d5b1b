#!/bin/sh
# A module finds its packages beside itself: so the program goes where they are.
set -eu
cp package.json package-lock.json publish.mjs "$1"
cd "$1"
npm ci --silent --no-audit --no-fund --ignore-scripts --omit=dev
