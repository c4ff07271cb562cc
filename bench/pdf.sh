#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Measures signing PDF, whole processes beside other programs: pdf.sh BUILD_DIR. What is not
# installed is left out. run.sh runs it; what the figures mean stands in docs/performance.md.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$(cd "${1:?usage: pdf.sh BUILD_DIR}" && pwd)
bench=$build/bench/bench
yinxin=$build/yinxin
picture=$root/examples/seal/company.png
export XDG_CONFIG_HOME=/nonexistent YINXIN_PASSPHRASE=bench

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

quiet() { "$@" >/dev/null 2>&1; }

# measure NAME TIMES COMMAND...: seconds and peak memory of the median run; seconds stay in $spent.
measure() {
    local name=$1 times=$2 elapsed memory
    shift 2
    read -r spent elapsed memory < <(for _ in $(seq "$times"); do
        "$bench" measure "$@" 2>&1 >/dev/null | tail -n 1
    done | sort -n | sed -n "$((times / 2 + 1))p")
    printf '%-44s %8.3f s   %6.1f MiB at most, %.3f s elapsed\n' "$name" "$spent" "$memory" "$elapsed"
}
growth() { echo $(($(stat -c %s "$2") - $(stat -c %s "$1"))); }

# An RSA key of 2048 bits, in a file without passphrase for everybody alike.
quiet "$yinxin" ca init ca --name 'CN=Bench Root,O=Bench,C=CN' --algorithm rsa3072
quiet "$yinxin" ca issue ca --profile seal-maker --subject 'CN=Maker,O=Bench,C=CN' -o maker
quiet openssl req -new -newkey rsa:2048 -nodes -keyout holder.key -subj '/CN=Holder' -out holder.csr
quiet "$yinxin" ca issue ca --profile unit --subject 'CN=Holder,O=Bench,C=CN' --csr holder.csr -o holder
quiet "$yinxin" seal make --name Bench --picture "$picture" --width 42 --height 42 \
    --holder holder.pem --maker maker.pem --maker-key maker.key -o holder.esl
signer=(--cert holder.pem --key holder.key)

# In turns, so that what else the machine does troubles all of them alike.
names=()
declare -A command result
enter() { names+=("$1") command[$1]=$(printf '%q ' "${@:3}") result[$1]=$2; }
race() {
    local times=$1 name spent first=''
    for _ in $(seq "$times"); do
        for name in "${names[@]}"; do
            eval "\"$bench\" measure ${command[$name]}" 2>&1 >/dev/null | tail -n 1 >>"times $name"
        done
    done
    for name in "${names[@]}"; do
        read -r spent _ < <(sort -n "times $name" | sed -n "$((times / 2 + 1))p")
        first=${first:-$spent}
        printf '%-44s %8.4f s   %5.2f of the first, grows by %d bytes\n' "$name" "$spent" \
            "$(echo "$spent $first" | awk '{ print $1 / $2 }')" "$(growth book.pdf "${result[$name]}")"
    done
}

echo '# PDF, 200 pages, 3 MB, RSA-2048: whole processes, the median of 31 each'
"$root/bench/make_pdf.py" 200 3000000 book.pdf
enter 'yinxin sign, verified after' signed.pdf "$yinxin" sign book.pdf -o signed.pdf "${signer[@]}"
enter 'yinxin sign with a seal, verified after' sealed.pdf "$yinxin" sign book.pdf -o sealed.pdf \
    "${signer[@]}" --seal holder.esl
if command -v podofosign >/dev/null; then
    enter 'podofosign' podofo.pdf podofosign -in book.pdf -out podofo.pdf -cert holder.pem -pkey holder.key
fi
if command -v pdfsig >/dev/null && command -v pk12util >/dev/null; then
    mkdir nss
    quiet certutil -N -d nss --empty-password
    quiet openssl pkcs12 -export -in holder.pem -inkey holder.key -name holder -passout pass: -out h.p12
    quiet pk12util -i h.p12 -d nss -W ''
    enter 'pdfsig -add-signature' pdfsig.pdf pdfsig -nssdir "$PWD/nss" -add-signature -nick holder \
        book.pdf pdfsig.pdf
fi
race 31
echo "  the seal has $(stat -c %s holder.esl) bytes"

echo
echo '# PDF, 20 pages: a seam over all of them against one seal'
"$root/bench/make_pdf.py" 20 300000 paper.pdf
measure 'one seal' 9 "$yinxin" sign paper.pdf -o one.pdf "${signer[@]}" --seal holder.esl
single=$spent
measure 'a seam' 9 "$yinxin" sign paper.pdf -o seam.pdf "${signer[@]}" --seal holder.esl --seam right
awk -v single="$single" -v seam="$spent" -v one="$(growth paper.pdf one.pdf)" \
    -v all="$(growth paper.pdf seam.pdf)" 'BEGIN {
    printf "  %.2f times the time, %.2f times the growth (%d and %d bytes)\n", seam / single, all / one,
        one, all
}'

echo
echo '# PDF, 500 MB'
"$root/bench/make_pdf.py" 2000 500000000 large.pdf
measure 'qpdf --show-npages: its index alone' 1 qpdf --show-npages large.pdf
read -r hashing _ speed < <("$bench" hash large.pdf)
printf '%-44s %8.3f s   %6.0f MB/s\n' 'SM3 of the file' "$hashing" "$speed"
measure 'yinxin sign with a seal, verified after' 1 "$yinxin" sign large.pdf -o sealed.pdf \
    "${signer[@]}" --seal holder.esl
measure 'yinxin verify' 1 "$yinxin" verify sealed.pdf --trust ca/ca.pem
