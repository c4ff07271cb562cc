#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Measures an authority on SQLite and on a PostgreSQL of its own: ca.sh BUILD_DIR [SECONDS for each figure]
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$(cd "${1:?usage: ca.sh BUILD_DIR [SECONDS]}" && pwd)
export SECONDS_EACH=${2:-5}

# In the build folder, not in /tmp, which may be no disk.
work=$(mktemp -d "$build/ca-XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"

echo '# An authority asked by five clients at once'
"$build/bench/bench_ca" "$work" "$SECONDS_EACH"
# shellcheck disable=SC2016
"$root/scripts/postgres.py" --durable bash -c '
    [ -n "${YX_TEST_POSTGRES:-}" ] || { echo "no PostgreSQL server is installed"; exit 0; }
    exec "$0" . "$SECONDS_EACH" "$YX_TEST_POSTGRES"' "$build/bench/bench_ca"
