#!/usr/bin/env bash
# Runs every `build/backprop` command of the README, in its order, in an empty folder: readme_commands.sh SOURCE BUILD
set -euo pipefail
source=$1 build=$2
work=$build/readme_commands
rm -rf "$work"
mkdir -p "$work"
cd "$work"
ln -s "$build" build
ln -s "$source/data" data

sed -n '/^```sh$/,/^```$/p' "$source/README.md" | grep '^build/backprop ' >commands
while read -r command; do
  echo "\$ $command"
  bash -euo pipefail -c "$command" </dev/null
done <commands
