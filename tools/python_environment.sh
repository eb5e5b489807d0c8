#!/usr/bin/env bash
# Makes build/python once, a virtual environment with what the format tests compare with, and prints its interpreter.
# Fails, with one line, when the package index can't be reached.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=build/python
packages=(numpy onnx onnxruntime safetensors tensorboard scikit-learn)
if [ "$(cat "$folder/complete" 2>/dev/null)" != "${packages[*]}" ]; then
  rm -rf "$folder"
  /usr/bin/python3 -m venv "$folder" >&2
  "$folder/bin/pip" install -q --disable-pip-version-check "${packages[@]}" >&2 || {
    echo "cannot install ${packages[*]} from the Python package index" >&2
    exit 1
  }
  echo "${packages[*]}" >"$folder/complete"
fi
echo "$PWD/$folder/bin/python"
