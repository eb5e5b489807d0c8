#!/usr/bin/env bash
# Builds and runs the host program: embedding.sh installed|package|subdirectory SOURCE BUILD
# installed: from an installed, moved prefix; package: from the Debian package; subdirectory: static, then shared.
set -euo pipefail
mode=$1 source=$2 build=$3
work=$build/embedding/$mode
rm -rf "$work"
mkdir -p "$work"

flags=-O0
# The whole library is compiled again: kernels for one instruction set are enough to link it and to train.
[ "$mode" != subdirectory ] || flags+=" -DHWY_COMPILE_ONLY_STATIC"
configure() { cmake -S "$source/tests/house/host" -B "$work/host" -G Ninja "-DCMAKE_CXX_FLAGS=$flags" "$@"; }

case $mode in
  installed)
    list=$build/installed.txt
    [ ! -e "$list" ] || cp "$list" "$work/installed.txt"
    cmake --install "$build" --prefix "$work/first"
    cp -r "$work/first" "$work/prefix"
    cmake --build "$build" --target uninstall
    [ ! -e "$work/installed.txt" ] || mv "$work/installed.txt" "$list"
    left=$(find "$work/first" -type f -o -name backprop)
    [ -z "$left" ] || { echo "uninstall left: $left"; exit 1; }

    configure -DCMAKE_PREFIX_PATH="$work/prefix"
    if cmake -S "$source/tests/house/host" -B "$work/refused" -DCMAKE_PREFIX_PATH="$work/prefix" -DVERSION=9.9; then
      echo "a wrong version was accepted"
      exit 1
    fi
    PKG_CONFIG_PATH=$(dirname "$(find "$work/prefix" -name backprop.pc)")
    export PKG_CONFIG_PATH
    echo '#include <backprop/backprop.hpp>
          int main() { return backprop::version()[0] == 0; }' >"$work/small.cpp"
    # shellcheck disable=SC2046
    g++ -std=c++20 "$work/small.cpp" -o "$work/small" $(pkg-config --cflags --libs --static backprop)
    "$work/small"
    ;;
  package)
    (cd "$work" && cpack --config "$build/CPackConfig.cmake")
    dpkg-deb -I "$work"/*.deb
    dpkg-deb -x "$work"/*.deb "$work/root"
    configure -DCMAKE_PREFIX_PATH="$work/root/usr"
    "$work/root/usr/bin/backprop" --version
    ;;
  subdirectory)
    configure -DBACKPROP_SOURCE="$source" -DBACKPROP_UNITY_BUILD=ON -DBUILD_SHARED_LIBS=OFF
    cmake --build "$work/host" --target host
    (cd "$work" && host/host)
    configure -DBACKPROP_SOURCE="$source" -DBACKPROP_UNITY_BUILD=ON -DBUILD_SHARED_LIBS=ON
    ;;
esac
cmake --build "$work/host" --target host
(cd "$work" && host/host)

if [ "$mode" = subdirectory ]; then
  library=$work/host/backprop/libbackprop.so
  readelf -d "$library" | grep -E 'SONAME.*libbackprop\.so\.[0-9]+\.[0-9]+\]'
  exported=$(nm -D --defined-only "$library" | cut -c 20-)
  foreign=$(grep -vE '^_Z(T[VTIS])?NK?8backprop' <<<"$exported" || true)
  [ -z "$foreign" ] || { echo "foreign names leave the shared library:"; c++filt <<<"$foreign" | head; exit 1; }
fi
