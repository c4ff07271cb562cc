#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Measures durable writes on SQLite and on a PostgreSQL of its own: store.sh BUILD_DIR
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$(cd "${1:?usage: store.sh BUILD_DIR}" && pwd)

# In the build folder, not in /tmp, which may be no disk.
work=$(mktemp -d "$build/store-XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"

echo '# Durable writes, SQLite'
"$build/bench/bench_store" store.db
echo
echo '# Durable writes, PostgreSQL on a Unix socket'
# shellcheck disable=SC2016
"$root/scripts/postgres.py" --durable bash -c '
    [ -n "${YX_TEST_POSTGRES:-}" ] || { echo "no PostgreSQL server is installed"; exit 0; }
    exec "$0" "$YX_TEST_POSTGRES"' "$build/bench/bench_store"
