#!/usr/bin/env bash
# The main job from beginning to end, in build/demo: what ./run demo shows.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

rm -rf build/demo
mkdir -p build/demo
python3 examples/build.py build/demo >/dev/null
tamper=$PWD/examples/tamper.py
ask=../../examples/ocsp_ask.py
PATH=$PWD/build:$PATH
cd build/demo
# The passphrase of a demonstration; your keys get one that only you know.
export YINXIN_PASSPHRASE=demonstration

bold='' dim='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'; fi
language=${LC_ALL:-${LC_MESSAGES:-${LANG:-}}}

# say ENGLISH CHINESE
say() {
    case "$language" in
    zh*) printf '\n%s%s%s\n' "$bold" "$2" "$plain" ;;
    *) printf '\n%s%s%s\n' "$bold" "$1" "$plain" ;;
    esac
}
# Shows a command as one would type it, and runs it.
show() {
    printf '%s$' "$dim"
    for word in "$@"; do
        case "$word" in
        *[!a-zA-Z0-9._/:,-]*) printf ' "%s"' "$word" ;;
        *) printf ' %s' "$word" ;;
        esac
    done
    printf '%s\n' "$plain"
    "$@"
}

say "1. A certificate authority (SM2)" "1. 建立证书签发机构（SM2）"
show yinxin ca init ca --name "CN=示例根CA,O=示例认证机构,C=CN"

say "2. Certificates for the seal maker and for the company that will seal" \
    "2. 签发制章人证书和持章单位证书"
show yinxin ca issue ca --profile seal-maker --subject "CN=示例制章中心,O=示例认证机构,C=CN" -o maker
show yinxin ca issue ca --profile unit --subject "CN=示例市山海信息技术有限公司,O=示例市山海信息技术有限公司,C=CN" -o company

say "3. The company's electronic seal: its picture is drawn, then made a seal" \
    "3. 制作单位电子印章：先绘制印章图样，再制章"
show yinxin seal draw --kind official --text "示例市山海信息技术有限公司" --code 3100000123456 -o company.png
show yinxin seal make --name "示例市山海信息技术有限公司" --picture company.png --width 42 --height 42 \
    --holder company.pem --maker maker.pem --maker-key maker.key -o company.esl

say "4. Seal the contract: beside the words 甲方（盖章）, then across the edges of all pages" \
    "4. 在合同上签章：先在“甲方（盖章）”处，再加盖骑缝章"
show yinxin sign contract.ofd -o sealed.ofd --seal company.esl --cert company.pem --key company.key \
    --keyword "甲方（盖章）"
show yinxin sign sealed.ofd -o contract-sealed.ofd --seal company.esl --cert company.pem --key company.key \
    --seam right

say "5. The same contract as PDF: the same commands, the same seal" "5. 同一份合同的 PDF：命令相同，印章相同"
show yinxin sign contract.pdf -o sealed.pdf --seal company.esl --cert company.pem --key company.key \
    --keyword "甲方（盖章）"
show yinxin sign sealed.pdf -o contract-sealed.pdf --seal company.esl --cert company.pem --key company.key \
    --seam right

say "6. Verify both" "6. 验章"
show yinxin verify contract-sealed.ofd contract-sealed.pdf --trust ca/ca.pem

say "7. Somebody changes the price on a page. The forgeries are refused:" \
    "7. 有人改动了合同金额。验章发现伪造："
for kind in ofd pdf; do
    python3 "$tamper" "contract-sealed.$kind" "forged.$kind"
    code=0
    show yinxin verify "forged.$kind" --trust ca/ca.pem || code=$?
    if [ "$code" -ne 1 ]; then
        echo "The forgery was not refused (exit code $code)." >&2
        exit 70
    fi
done

say "8. The company's certificate is suspended: what is sealed meanwhile does not count until it is restored" \
    "8. 单位证书被挂起：恢复之前，新盖的章不予认可"
# Verifying ends with this exit code, or the demonstration has failed.
verify() {
    local expected=$1 code=0
    shift
    show yinxin verify "$@" --trust ca/ca.pem || code=$?
    if [ "$code" -ne "$expected" ]; then
        echo "The verification ended with $code, not $expected." >&2
        exit 70
    fi
}
show yinxin ca suspend ca company.pem
show yinxin ca crl ca -o ca.crl
show yinxin sign notice.ofd -o notice-sealed.ofd --seal company.esl --cert company.pem --key company.key \
    --at 150,220
verify 1 notice-sealed.ofd --crl ca.crl
show yinxin ca restore ca company.pem
show yinxin ca crl ca -o ca.crl
verify 0 notice-sealed.ofd --crl ca.crl

say "9. The authority answers over HTTP whether a certificate is in force (OCSP)" \
    "9. 证书签发机构通过 HTTP 答复证书状态（OCSP）"
printf '%s$ yinxin ca serve ca --listen 127.0.0.1:0%s\n' "$dim" "$plain"
yinxin ca serve ca --listen 127.0.0.1:0 >served &
server=$!
trap 'kill "$server" 2>/dev/null || true' EXIT
for _ in $(seq 100); do
    [ -s served ] && break
    sleep 0.1
done
cat served
url=$(grep -o 'http://[^ ]*' served)
show python3 "$ask" "${url}ocsp" ca/ca.pem company.pem company.ocsp
verify 0 notice-sealed.ofd --ocsp company.ocsp
kill "$server"
wait "$server" || true
trap - EXIT

say "10. What they look like, before and after sealing, page by page: pictures in build/demo" \
    "10. 签章前后的页面图片（在 build/demo 中）"
show yinxin render contract.ofd --page 3 -o contract-before.png
for kind in ofd pdf; do
    show yinxin render "contract-sealed.$kind" --page all -o "contract-sealed-$kind.png"
done
show yinxin render notice-sealed.ofd -o notice-sealed.png
show yinxin text contract.ofd --search "甲方（盖章）"

say "What to try next (everything is in build/demo)" "接下来可以试试（文件都在 build/demo）"
cat <<'TEXT'
  cd build/demo; PATH=$PWD/..:$PATH; export YINXIN_PASSPHRASE=demonstration
  yinxin verify contract-sealed.ofd --trust ca/ca.pem --json
  yinxin seal show company.esl
  yinxin text contract.pdf
  yinxin sign notice.ofd -o notice-closed.ofd --seal company.esl --cert company.pem --key company.key --at 150,220 --close
  yinxin serve --data service --demo      # the whole service, https://127.0.0.1:8443
  yinxin help sign
TEXT
