#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs everything that `./run test` built and counts. The last line is the sum of all."""
import concurrent.futures
import contextlib
import json
import os
import re
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "scripts"))
import compliance  # noqa: E402
import fuzz  # noqa: E402
import lint  # noqa: E402
import postgres  # noqa: E402

ENVIRONMENT = dict(os.environ, YX_SOURCE_ROOT=ROOT, LC_ALL="C.UTF-8",
                   YINXIN_PROGRAM=os.path.join(ROOT, "build-test", "yinxin"),
                   ASAN_OPTIONS="detect_leaks=1:allocator_may_return_null=1",
                   UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1")
ENVIRONMENT.pop("YINXIN_PASSPHRASE", None)


# Sources of tests that ran and passed.
PASSED = set()


def number(pattern, text):
    found = re.findall(pattern, text)
    return int(found[-1]) if found else 0


def count_cmocka(text):
    return (number(r"\[  PASSED  \] (\d+) test", text), number(r"\[  FAILED  \] (\d+) test", text),
            number(r"\[  SKIPPED \] (\d+) test", text))


def count_unittest(text):
    ran = number(r"Ran (\d+) test", text)
    failed = number(r"failures=(\d+)", text) + number(r"errors=(\d+)", text)
    skipped = number(r"skipped=(\d+)", text)
    return ran - failed - skipped, failed, skipped


def count_line(text):
    found = re.findall(r"^(\d+) passed, (\d+) failed, (\d+) skipped$", text, re.MULTILINE)
    return tuple(int(n) for n in found[-1]) if found else (0, 0, 0)


def source_of(name, command):
    """Whose tests these are: tests/ROOM/test_NAME.c of a unit test, else the script that runs."""
    scripts = [word for word in command if word.startswith("tests/")]
    room, test = name.split("/")[-2:] if name.count("/") == 2 else ("", "")
    return scripts[-1] if scripts else f"tests/{room}/test_{test}.c"


def run(name, command, count, timeout, extra=None):
    """Runs one test program; a crash, a hang or a silent end is a failure."""
    started = time.monotonic()
    try:
        done = subprocess.run(command, cwd=ROOT, env={**ENVIRONMENT, **(extra or {})},
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout)
        text = (done.stdout + done.stderr).decode("utf-8", "replace")
        code = done.returncode
    except subprocess.TimeoutExpired as expired:
        text = (expired.stdout or b"").decode("utf-8", "replace") + f"\nno end after {timeout} s"
        code = -1
    passed, failed, skipped = count(text)
    if failed == 0 and (code != 0 or passed + skipped == 0):
        failed = 1
    word = "FAIL" if failed else "ok  "
    lines = [f"{word} {name}: {passed} passed, {failed} failed, {skipped} skipped"
             f" ({time.monotonic() - started:.1f} s)"]
    lines += ["     " + line for line in text.split("\n") if line.startswith("skipped")]
    if failed:
        lines += ["     " + line for line in text.strip().split("\n")[-60:]]
    print("\n".join(lines), flush=True)
    if passed > 0 and failed == 0:
        PASSED.add(source_of(name, command))
    return passed, failed, skipped


# Rooms whose tests run on SQLite and on a PostgreSQL that they share: each has a schema of its own.
SHARERS = ("policy/", "party/", "login/", "api/", "backup/", "web/", "security/")


@contextlib.contextmanager
def shared_postgres():
    """Its URI; None when no server is installed."""
    if postgres.programs() is None:
        yield None
        return
    server = postgres.Server()
    try:
        server.start()
        yield server.uri
    finally:
        server.stop()


def unit_tests(folder, shared):
    tests = json.loads(subprocess.run(["meson", "introspect", "--tests", folder], cwd=ROOT,
                                      capture_output=True, text=True, check=True).stdout)
    for test in tests:
        # Each of these has a PostgreSQL of its own, which they also kill.
        own = test["name"].startswith(
            ("store/", "audit/", "blob/", "ca/", "cmp/", "escrow/", "faults/authority", "jobs/", "outbox/", "api/outbox"))
        # On PostgreSQL in one build, on SQLite in the other.
        own |= folder == "build-test" and test["name"] == "enrol/guess"
        server = ["scripts/postgres.py"] if own else []
        if test["name"] == "blob/bucket":
            server = ["scripts/s3.py"]
        shares = shared and not server and test["name"].startswith(SHARERS)
        yield (f"{folder}/{test['name']}", server + test["cmd"], count_cmocka,
               900 if folder == "build-asan" else 300,
               {"YX_TEST_POSTGRES": shared} if shares else None)


def main():
    with shared_postgres() as shared:
        return run_all(shared)


def run_all(shared):
    jobs = [job for folder in ("build-test", "build-asan") for job in unit_tests(folder, shared)]
    jobs += [
        ("cli", ["python3", "tests/cli/test_cli.py"], count_unittest, 900),
        ("cli/token", ["python3", "tests/cli/test_token.py"], count_unittest, 900),
        ("cli/pdf", ["python3", "tests/cli/test_pdf.py"], count_unittest, 900),
        ("cli/draw", ["python3", "tests/cli/test_draw.py"], count_unittest, 900),
        ("cli/render", ["python3", "tests/cli/test_render.py"], count_unittest, 900),
        ("cli/impression", ["python3", "tests/cli/test_impression.py"], count_unittest, 900),
        ("cli/many", ["python3", "tests/cli/test_many.py"], count_unittest, 900),
        ("cli/ocsp", ["python3", "tests/cli/test_ocsp.py"], count_unittest, 900),
        ("cli/serve", ["python3", "tests/cli/test_serve.py"], count_unittest, 900),
        ("cli/processes", ["python3", "tests/cli/test_processes.py"], count_unittest, 900),
        ("api/contract", ["python3", "tests/api/test_contract.py"], count_unittest, 300),
        ("security/limits", ["python3", "tests/security/test_limits.py"], count_unittest, 300),
        ("api/verify", ["python3", "tests/api/test_verify.py"], count_unittest, 600),
        ("cli/enrol", ["python3", "tests/cli/test_enrol.py"], count_unittest, 900),
        ("cli/escrow", ["python3", "tests/cli/test_escrow.py"], count_unittest, 900),
        ("cli/account", ["python3", "tests/cli/test_account.py"], count_unittest, 300),
        ("cli/audit", ["python3", "tests/cli/test_audit.py"], count_unittest, 300),
        ("cli/backup", ["python3", "tests/cli/test_backup.py"], count_unittest, 300),
        ("cli/config", ["python3", "tests/cli/test_config.py"], count_unittest, 300),
        ("cli/nodes", ["scripts/s3.py", "python3", "tests/cli/test_nodes.py"], count_unittest, 300),
        ("cli/contents", ["python3", "tests/cli/test_contents.py"], count_unittest, 600),
        ("cli/ceremony", ["python3", "tests/cli/test_ceremony.py"], count_unittest, 900),
        ("cli/soft-token", ["python3", "tests/cli/test_soft_token.py"], count_unittest, 900),
        ("cli/ca-faults", ["python3", "tests/cli/test_ca_faults.py"], count_unittest, 900),
        ("install", ["python3", "tests/install/test_install.py"], count_unittest, 300),
        ("interop/judge", ["python3", "tests/interop/judge.py"], count_line, 900),
        ("interop/enrol", ["python3", "tests/interop/pki_enrol.py"], count_line, 900),
        ("interop/smcrypto", ["python3", "tests/interop/smcrypto.py"], count_line, 900),
        ("interop/pki", ["python3", "tests/interop/pki.py"], count_line, 900),
    ]
    total = [0, 0, 0]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for counts in pool.map(lambda job: run(*job), jobs):
            total = [a + b for a, b in zip(total, counts)]
    for name in lint.CHECKS:
        bad = lint.main([name])
        total[0] += not bad
        total[1] += bad
    unmet = compliance.check_ran(PASSED)
    print("\n     ".join([f"{'FAIL' if unmet else 'ok  '} compliance: what is met has a test that passed", *unmet]), flush=True)
    total[0] += not unmet
    total[1] += bool(unmet)
    passed, failed = fuzz.main("build-fuzz", 5)
    total[0] += passed
    total[1] += failed
    print("%d passed, %d failed, %d skipped" % tuple(total))
    return 1 if total[1] else 0


if __name__ == "__main__":
    sys.exit(main())
