# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# Sourced (. ./export.sh): makes this checkout the ESP-IDF of the shell, so that
# `idf.py build flash monitor` works in a project's folder, and `updraft` anywhere.
if [ -n "${BASH_SOURCE:-}" ]; then
  updraft_script=${BASH_SOURCE}
else
  # Other shells do not say what is sourced: then from the checkout's folder.
  updraft_script=./export.sh
fi
IDF_PATH=$(cd "$(dirname "$updraft_script")" && pwd)
if [ ! -f "$IDF_PATH/tools/idf.py" ]; then
  echo "export.sh: expected to be sourced in Updraft's folder, found no tools/idf.py in $IDF_PATH" >&2
  unset IDF_PATH
else
  export IDF_PATH
  export PATH="$IDF_PATH/tools:$IDF_PATH/build/bin:$PATH"
  echo "IDF_PATH is $IDF_PATH; go to a project and run: idf.py build flash monitor"
fi
unset updraft_script
