#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks of the source itself. `lint.py` runs all; `lint.py NAME...` some. Needs build-test for clang-tidy."""
import concurrent.futures
import glob
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "scripts"))
import compliance  # noqa: E402
import policies  # noqa: E402

# The rooms of docs/architecture.md. A room includes headers of itself and of the rooms before it.
ROOMS = ["base", "program", "zip", "xml", "svg", "asn1", "sm2", "crypto", "x509", "certify", "cms",
         "tokenkind", "pkcs11", "skf", "sdf", "token", "seal",
         "picture", "ofd", "ofdverify", "ofdsign", "pdf", "pdfchanges", "pdfverify", "pdfsign", "document",
         "image", "canvas", "face", "impression", "ofdpage", "render", "pagecache", "page", "draw", "language",
         "store", "audit", "backup", "config", "settings", "fetch", "blob",
         "jobs", "outbox", "policy", "party", "proof", "login",
         "ca", "publish", "escrow", "tsa", "enrol", "est", "cmp",
         "sandbox", "ipc", "keeper", "worker", "doctor", "http", "listener", "flow", "api", "apipeople", "apirecords", "apidocuments", "site", "web", "server", "cli"]
# libyinxin ends with document/: no sockets, no SQL, no drawing in it.
LIBRARY = ROOMS[:ROOMS.index("document") + 1]
OUTSIDE_LIBRARY = re.compile(r"#include <(sqlite3|libpq|cairo|curl/|sys/socket|netinet|microhttpd)")
# Only these rooms know OpenSSL.
OPENSSL_ROOMS = ["crypto", "x509"]


def sources(*folders, endings=(".c", ".h")):
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", *folders], cwd=ROOT,
                            capture_output=True, text=True, check=True).stdout.split("\n")
    return sorted(path for path in listed
                  if path.endswith(endings) and os.path.isfile(os.path.join(ROOT, path)))


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def check_rooms():
    """Order of the rooms: nobody climbs back up."""
    problems = []
    for path in sources("src"):
        room = path.split("/")[1]
        if room not in ROOMS:
            problems.append(f"{path}: {room}/ is not a room of the house")
            continue
        text = read(path)
        for included in re.findall(r'#include "([a-z0-9]+)/', text):
            if included not in ROOMS or ROOMS.index(included) > ROOMS.index(room):
                problems.append(f"{path}: {room}/ must not include {included}/")
        if room in LIBRARY and OUTSIDE_LIBRARY.search(text):
            problems.append(f"{path}: libyinxin has no sockets, SQL or drawing")
        if room not in OPENSSL_ROOMS and "#include <openssl/" in text:
            problems.append(f"{path}: only {' and '.join(OPENSSL_ROOMS)} include OpenSSL headers")
    return problems


def check_doors():
    """A room is used through its door NAME/NAME.h (asn1's table aside); its other headers are its own."""
    problems = []
    for path in sources("src"):
        room = path.split("/")[1]
        for included, header in re.findall(r'#include "([a-z0-9]+)/([a-z0-9_]+)\.h"', read(path)):
            if included != room and header != included:
                problems.append(f"{path}: {included}/{header}.h is private to {included}/")
    return problems


def check_includes():
    """Order of includes: system headers, public headers, our rooms, each block sorted."""
    problems = []
    for path in sources("src", "include"):
        kinds = []
        for line in read(path).split("\n"):
            if line.startswith("#include <yinxin/"):
                kinds.append(1)
            elif line.startswith("#include <"):
                kinds.append(0)
            elif line.startswith('#include "') and not line.endswith('.inc"'):
                kinds.append(2)
        if kinds != sorted(kinds):
            problems.append(f"{path}: includes go <system>, <yinxin/...>, \"room/...\"")
    return problems


def check_format():
    """Layout: clang-format has nothing to change."""
    run = subprocess.run(["clang-format", "--dry-run", "-Werror",
                          *sources("src", "include", "devices", "tests", "fuzz", "bench")],
                         cwd=ROOT, capture_output=True, text=True)
    return [line for line in run.stderr.split("\n") if "error:" in line]


def check_size():
    """A file stays under 800 lines, a line of code under 100 columns."""
    problems = []
    for path in sources("src", "include", "devices", "tests", "fuzz", "bench"):
        lines = read(path).split("\n")
        if len(lines) > 800:
            problems.append(f"{path}: {len(lines)} lines; would two files be clearer?")
        problems += [f"{path}:{number}: {len(line)} columns" for number, line
                     in enumerate(lines, 1) if len(line) > 100 and " \"" not in line]
    return problems


def check_headers():
    """Every file says its licence; every public header compiles alone, as C and as C++."""
    problems = [f"{path}: no SPDX line" for path
                in sources("src", "include", "devices", "tests", "fuzz", "bench", "scripts",
                           endings=(".c", ".h", ".inc", ".java", ".py"))
                if "SPDX-License-Identifier: Apache-2.0" not in read(path)[:200]]
    for path in sources("include"):
        for language, standard in (("c", "c17"), ("c++", "c++17")):
            run = subprocess.run(["clang", "-x", language, f"-std={standard}", "-Wall", "-Wextra",
                                  "-Werror", "-Wno-pragma-once-outside-header", "-fsyntax-only",
                                  "-Iinclude", path], cwd=ROOT, capture_output=True, text=True)
            if run.returncode != 0:
                problems.append(f"{path} as {language}: {run.stderr.strip()}")
    return problems


def check_translations():
    """Every sentence has its Chinese one, with the same places for arguments."""
    run = subprocess.run(["scripts/check_po.sh"], cwd=ROOT, capture_output=True, text=True)
    return [] if run.returncode == 0 else [line for line in (run.stdout + run.stderr).split("\n")
                                           if line]


def check_built():
    """Every source, test and fuzz target stands in the meson.build beside it."""
    problems = []
    for path in sources("src", "tests", "fuzz", endings=(".c",)):
        folder, name = os.path.split(path[:-2])
        file, words = os.path.join(folder, "meson.build"), {f"'{name}'", f"'{name}.c'"}
        if folder.startswith("tests"):
            words.add(f"'{name.removeprefix('test_')}'")
        if not os.path.isfile(os.path.join(ROOT, file)) or not any(word in read(file) for word in words):
            problems.append(f"{path}: nothing builds it")
    return problems


def check_named():
    """Files and folders that pages and the table of requirements name are there."""
    named = re.compile(r"(?<![\w/.])(?:src|tests|fuzz|bench|scripts|examples|packaging|docs|include)/[\w./*-]*\w[*/]?")
    problems = []
    for path in sources(".", endings=(".md", ".tsv", ".1", ".5")):
        for name in sorted(set(named.findall(read(path)))):
            # ROOM and NAME stand for any.
            if not re.search("[A-Z]{4}", name) and not glob.glob(os.path.join(ROOT, name)):
                problems.append(f"{path}: there is no {name}")
    return problems


def check_paths():
    """Nothing names a machine or a registry."""
    pattern = re.compile(r"/(home/[a-z]|root/|work/)|https?://(registry|deb)\.")
    problems = []
    for path in sources(".", endings=("",)):
        try:
            text = read(path)
        except UnicodeDecodeError:
            continue
        if path != "scripts/lint.py" and pattern.search(text):
            problems.append(f"{path}: names a place on a machine")
    return problems


def tidy(path):
    run = subprocess.run(["clang-tidy", "--quiet", "-p", "build-test", path], cwd=ROOT,
                         capture_output=True, text=True)
    return [line for line in run.stdout.split("\n") if "warning:" in line or "error:" in line]


def check_tidy():
    """clang-tidy finds nothing (.clang-tidy says what it looks for)."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        found = pool.map(tidy, sources("src", endings=(".c",)))
    return [line for lines in found for line in lines]


def check_compliance():
    """Every requirement has its state, and what is met has a test that says so."""
    return compliance.check()


def check_policies():
    """docs/policies.md is what the tables of policy/ say."""
    return policies.check()


CHECKS = {name[len("check_"):]: function for name, function in list(globals().items())
          if name.startswith("check_")}


def main(names):
    failed = 0
    for name in names or CHECKS:
        problems = CHECKS[name]()
        print(f"{'FAIL' if problems else 'ok  '} lint/{name}: {CHECKS[name].__doc__.splitlines()[0]}",
              flush=True)
        for problem in problems[:40]:
            print(f"     {problem}", flush=True)
        failed += bool(problems)
    return failed


if __name__ == "__main__":
    sys.exit(1 if main(sys.argv[1:]) else 0)
