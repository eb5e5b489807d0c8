#!/usr/bin/env bash
# Installs the Debian packages of packages.txt that are missing: install_packages.sh demo|check|tidy|fuzz [--no-install]
# With --no-install it only names them, in one line, and fails.
set -euo pipefail
purpose=$1
mode=${2:-}
list=$(dirname "$0")/packages.txt

missing=()
while read -r package need; do
  case $package in '' | '#'*) continue ;; esac
  [ "$need" = "$purpose" ] || [ "$purpose" = check -a "$need" = demo ] || continue
  state=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$state" = installed ] || missing+=("$package")
done <"$list"
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$mode" = --no-install ]; then
  echo "missing Debian packages: ${missing[*]}" >&2
  exit 1
fi
if ! command -v apt-get >/dev/null; then
  echo "this system has no apt-get; please install what these Debian packages hold: ${missing[*]}" >&2
  exit 1
fi
as_root=()
if [ "$(id -u)" != 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "not root and no sudo; please install these Debian packages: ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi
echo "Installing Debian packages: ${missing[*]}"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" \
  >/dev/null
