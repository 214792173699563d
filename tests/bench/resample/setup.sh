#!/usr/bin/env bash
# Installs the peers: a venv in build/bench/venv, npm packages beside this file. gdalwarp comes from the system.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
python3 -m venv "$root/build/bench/venv"
"$root/build/bench/venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
npm install --prefix "$here" --no-audit --no-fund --ignore-scripts
command -v gdalwarp >/dev/null || echo "gdalwarp is missing: apt-get install gdal-bin (Debian), brew install gdal"
echo "run it: build/bench/venv/bin/python tests/bench/resample/run.py"
