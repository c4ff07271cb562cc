#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Measures, all in one run, so that the ratios hold on any machine: run.sh BUILD_DIR [SECONDS for each
# figure of an authority]
# Times are processor seconds; what they mean stands in docs/performance.md.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$(cd "${1:?usage: run.sh BUILD_DIR}" && pwd)
bench=$build/bench/bench
yinxin=$build/yinxin
picture=$root/examples/seal/company.png
export YINXIN_PASSPHRASE=bench
export XDG_CONFIG_HOME=/nonexistent

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

echo '# SM2, ours and libcrypto'
"$bench" sm2
echo
echo '# One page, key loaded, in process, one core'
"$bench" rates "$picture"
echo
echo '# 100 pages with a seam'
"$bench" pages "$picture"

echo
echo '# 200 MB, the program as a whole process'
quiet() { "$@" >/dev/null; }
quiet "$yinxin" ca init ca --name 'CN=Bench Root,O=Bench,C=CN'
quiet "$yinxin" ca issue ca --profile seal-maker --subject 'CN=Maker,O=Bench,C=CN' -o maker
quiet "$yinxin" ca issue ca --profile unit --subject 'CN=Holder,O=Bench,C=CN' -o holder
quiet "$yinxin" seal make --name Bench --picture "$picture" --width 42 \
    --height 42 --holder holder.pem --maker maker.pem --maker-key maker.key -o holder.esl
"$bench" large large.ofd

# measure NAME COMMAND...: prints seconds and peak memory; the seconds stay in $spent.
measure() {
    local name=$1 elapsed memory
    shift
    read -r spent elapsed memory < <("$bench" measure "$@" 2>&1 >/dev/null | tail -n 1)
    printf '%-36s %8.2f s    %6.1f MiB at most, %.2f s elapsed\n' "$name" "$spent" "$memory" "$elapsed"
}

read -r hashing _ speed < <("$bench" hash large.ofd)
printf '%-36s %8.2f s    %6.0f MB/s, %d MB\n' 'SM3 of the file' "$hashing" "$speed" \
    $(($(stat -c %s large.ofd) / 1000000))
measure 'sealing, verified after' "$yinxin" sign large.ofd -o sealed.ofd --seal holder.esl \
    --cert holder.pem --key holder.key
sealing=$spent
measure 'verifying' "$yinxin" verify sealed.ofd --trust ca/ca.pem
awk -v hashing="$hashing" -v sealing="$sealing" -v verifying="$spent" 'BEGIN {
    printf "sealing takes %.1f times, verifying %.1f times what SM3 of the file takes\n",
        sealing / hashing, verifying / hashing
}'

echo
"$root/bench/pdf.sh" "$build"

echo
"$root/bench/draw.sh" "$build"

echo
"$root/bench/worker.sh" "$build" 30

echo
"$root/bench/store.sh" "$build"

echo
"$root/bench/ca.sh" "$build" "${2:-5}"

echo
echo '# The service, asked by 32 clients'
"$root/bench/server.sh" "$build" "${2:-5}"
