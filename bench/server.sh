#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# How many requests a second `yinxin serve` answers on a SQLite folder of its own, with the load
# generator on the same machine: bench/server.sh BUILD_FOLDER [SECONDS]
set -eu
build=$(cd "$1" && pwd)
seconds=${2:-5}
work=$(mktemp -d)
server=
trap 'test -z "$server" || kill "$server"; wait; rm -rf "$work"' EXIT
YINXIN_PASSPHRASE=bench
export YINXIN_PASSPHRASE
yinxin="$build/yinxin"

mkdir -m 700 "$work/data" "$work/data/ca"
ca="$work/data/ca/test"
"$yinxin" ca init "$ca" --name "CN=Test,O=Test,C=CN" > "$work/log"
"$yinxin" ca issue "$ca" --profile ocsp --subject "CN=OCSP,O=Test,C=CN" -o "$ca/ocsp" > "$work/log"
"$yinxin" ca issue "$ca" --profile unit --subject "CN=Unit,O=Unit,C=CN" -o "$work/unit" > "$work/log"
cat > "$work/data/yinxin.conf" <<CONF
listen = {"127.0.0.1:18471"}
listen_plain = {"127.0.0.1:18470"}
log_requests = no
CONF

until_it_serves() {
    until grep -q '^https:' "$work/out"; do
        kill -0 "$server" || { cat "$work/out"; exit 1; }
        sleep 0.1
    done
}

# The first start makes keys and tables; the second is what is measured.
"$yinxin" serve --data "$work/data" > "$work/out" 2>&1 &
server=$!
until_it_serves
cp "$work/out" "$work/first"
kill "$server"; wait "$server" || true
python3 - "$yinxin" "$work/data" <<'PY'
import subprocess, sys, time, urllib.request
program, data = sys.argv[1:]
start = time.monotonic()
server = subprocess.Popen([program, "serve", "--data", data], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
while True:
    try:
        urllib.request.urlopen("http://127.0.0.1:18470/api/v1/authorities").read()
        break
    except OSError:
        time.sleep(0.002)
print(f"start to first answer: {(time.monotonic() - start) * 1000:.0f} ms")
server.terminate()
server.wait()
PY
"$yinxin" serve --data "$work/data" > "$work/out" 2>&1 &
server=$!
until_it_serves
sleep 3
python3 - "$server" <<'PY'
import glob, sys
parent = sys.argv[1]
total = 0
for path in glob.glob("/proc/[0-9]*/stat"):
    try:
        fields = open(path).read().rsplit(")", 1)[1].split()
        pid = path.split("/")[2]
        if pid == parent or fields[1] == parent:
            total += sum(int(line.split()[1]) for line in open(f"/proc/{pid}/smaps_rollup") if line.startswith("Pss:"))
    except OSError:
        pass
print(f"idle memory of all processes: {total / 1024:.1f} MB")
PY

serial=$(openssl x509 -in "$work/unit.pem" -noout -serial | cut -d= -f2)
openssl ocsp -issuer "$ca/ca.pem" -serial "0x$serial" -reqout "$work/ocsp" -no_nonce > "$work/log" 2>&1
python3 - "$work" "$serial" <<'PY'
import sys
work, serial = sys.argv[1:]
ocsp = open(f"{work}/ocsp", "rb").read()
open(f"{work}/state.http", "wb").write(
    f"GET /api/v1/authorities/test/certificates/{serial} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
open(f"{work}/ocsp.http", "wb").write(
    b"POST /test/ocsp HTTP/1.1\r\nHost: a\r\nContent-Type: application/ocsp-request\r\n"
    b"Content-Length: %d\r\n\r\n" % len(ocsp) + ocsp)
PY
token=$(sed -n 's/^admin: .*token=//p' "$work/first")
password=Korrekt-Pferd-Batterie
curl -sk -o "$work/log" https://127.0.0.1:18471/start -d "token=$token" -d "password=$password" -d "again=$password"
curl -sk -D "$work/header" -o "$work/session" https://127.0.0.1:18471/api/v1/session \
    -H 'Content-Type: application/json' -d "{\"name\":\"admin\",\"password\":\"$password\"}"
python3 - "$work" <<'PY'
import json, re, sys
work = sys.argv[1]
cookie = re.search(r"__Host-yinxin=[^;]*", open(f"{work}/header").read())[0]
csrf = json.load(open(f"{work}/session"))["csrf"]
body = '{"name":"a{n}"}'
length = len(body) - 3 + 12
open(f"{work}/write.http", "w", newline="").write(
    f"POST /api/v1/accounts HTTP/1.1\r\nHost: a\r\nCookie: {cookie}\r\nX-CSRF-Token: {csrf}\r\n"
    f"Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}")
PY
echo "an account made, over TLS: $("$build/bench/bench_load" tls:18471 "$work/write.http" 32 "$seconds")"
for what in state ocsp; do
    echo "$what: $("$build/bench/bench_load" 18470 "$work/$what.http" 32 "$seconds")"
    echo "$what, half of it: $("$build/bench/bench_load" 18470 "$work/$what.http" 32 "$seconds" 7500)"
done

# The HTTP layer alone, beside a bare libmicrohttpd: without and with a silent crowd.
"$build/bench/bench_http" 2 32
"$build/bench/bench_http" 2 32 9500
