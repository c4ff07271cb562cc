#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Measures documents read by a worker beside the same work in one process: worker.sh BUILD_DIR [ROUNDS]
set -euo pipefail
build=$(cd "${1:?usage: worker.sh BUILD_DIR [ROUNDS]}" && pwd)
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export YINXIN_PASSPHRASE=bench
python3 "$root/examples/build.py" . >/dev/null
yinxin=$build/yinxin
"$yinxin" ca init ca --name CN=Root,O=Bench,C=CN >/dev/null
"$yinxin" ca issue ca --profile seal-maker --subject CN=Maker,O=Bench,C=CN -o maker >/dev/null
"$yinxin" ca issue ca --profile unit --subject CN=Unit,O=Bench,C=CN -o unit >/dev/null
"$yinxin" seal make --name Seal --picture "$root/examples/seal/company.png" --width 42 --height 42 --holder unit.pem \
    --maker maker.pem --maker-key maker.key -o unit.esl >/dev/null
"$yinxin" convert contract.ofd -o contract.pdf >/dev/null
for kind in ofd pdf; do
    "$yinxin" sign "contract.$kind" -o "sealed.$kind" --seal unit.esl --cert unit.pem --key unit.key --at 105,200 >/dev/null
done
"$build/bench/bench_worker" "${2:-100}" sealed.ofd sealed.pdf
