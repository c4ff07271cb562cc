#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs everything that `./run test` built and counts. The last line is the sum of all."""
import concurrent.futures
import contextlib
import glob
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
# What says what failed and where: cmocka, unittest, the judges of tests/interop, sanitizers.
TELLING = re.compile(r"""^\[\s+(?:FAILED|ERROR|LINE)\s+\] | :\ error:\ | ^(?:FAIL|ERROR|FAILED)\b
    | ^\s+File\ ".*/tests/.*",\ line | ^(?:\w+\.)*\w+(?:Error|Exception)\b | \bruntime\ error:
    | (?:Address|Leak|UndefinedBehavior)Sanitizer:""", re.VERBOSE)
# Why something was skipped, by a test itself or by what runs it; where nobody says, what it was.
SKIPPED = re.compile(r"^(?:\S+: )?skipped\b|\.\.\. skipped '")
SKIPPED_NAME = re.compile(r"^\[  SKIPPED \] (?!\d+ test)")
TELLING_MAX, SKIPPED_MAX, TAIL = 40, 10, 60


def number(pattern, text):
    """In all: a program may have several groups of tests."""
    return sum(int(found) for found in re.findall(pattern, text))


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


def execute(command, timeout, extra):
    """What it says, and its exit code. One that does not end is asked to, so that it stops what it
    has started."""
    with subprocess.Popen(command, cwd=ROOT, env={**ENVIRONMENT, **extra}, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            output, code, late = process.communicate(timeout=timeout), process.returncode, ""
        except subprocess.TimeoutExpired as expired:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
            output = (expired.stdout or b"", expired.stderr or b"")
            code, late = -1, f"\nFAILED: no end after {timeout} s"
    return b"".join(output).decode("utf-8", "replace") + late, code


def chosen(pattern, text, most):
    """The lines that it finds, each once."""
    lines = list(dict.fromkeys(line for line in text.split("\n") if pattern.search(line)))
    return lines[:most] + ([f"... {len(lines) - most} more"] if len(lines) > most else [])


def run(name, command, count, timeout, extra):
    """Runs one test program; a crash, a hang or a silent end is a failure."""
    started = time.monotonic()
    text, code = execute(command, timeout, extra)
    passed, failed, skipped = count(text)
    if failed == 0 and (code != 0 or passed + skipped == 0):
        failed = 1
    word = "FAIL" if failed else "ok  "
    lines = [f"{word} {name}: {passed} passed, {failed} failed, {skipped} skipped"
             f" ({time.monotonic() - started:.1f} s)"]
    if skipped:
        lines += chosen(SKIPPED, text, SKIPPED_MAX) or chosen(SKIPPED_NAME, text, SKIPPED_MAX)
    if failed:
        tail = text.strip().split("\n")[-TAIL:]
        lines += [*chosen(TELLING, text, TELLING_MAX), f"exit code {code}; it ended with:", *tail]
    print("\n     ".join(lines), flush=True)
    if passed > 0 and failed == 0:
        PASSED.add(source_of(name, command))
    return passed, failed, skipped


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
    """What each needs beside it is its suite in tests/meson.build."""
    tests = json.loads(subprocess.run(["meson", "introspect", "--tests", folder], cwd=ROOT,
                                      capture_output=True, text=True, check=True).stdout)
    # Under the sanitizers everything takes several times as long.
    slower = 4 if folder == "build-asan" else 1
    uri = {"YX_TEST_POSTGRES": shared} if shared else {}
    needs = {
        "postgres": (["scripts/postgres.py"], {}),
        "bucket": (["scripts/s3.py"], {}),
        "shared-postgres": ([], uri),
        "either-database": ([], uri if folder == "build-test" else {}),
    }
    for test in tests:
        suite = test["suite"][0].partition(":")[2]
        server, extra = needs[suite] if suite else ([], {})
        yield (f"{folder}/{test['name']}", server + test["cmd"], count_cmocka,
               test["timeout"] * slower, extra)


def scripts():
    """Those that run programs: by unittest, and the judges, which count themselves."""
    for path in sorted(glob.glob("tests/*/test_*.py", root_dir=ROOT)):
        room, file = path.split("/")[1:]
        server = ["scripts/s3.py"] if path == "tests/cli/test_nodes.py" else []
        yield (f"{room}/{file[len('test_'):-len('.py')]}", [*server, "python3", path, "-v"],
               count_unittest, 900, {})
    for path in sorted(glob.glob("tests/interop/*.py", root_dir=ROOT)):
        yield path[len("tests/"):-len(".py")], ["python3", path], count_line, 900, {}


def main():
    with shared_postgres() as shared:
        jobs = [*unit_tests("build-test", shared), *unit_tests("build-asan", shared), *scripts()]
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            counts = list(pool.map(lambda job: run(*job), jobs))
    for name in lint.CHECKS:
        bad = bool(lint.main([name]))
        counts.append((not bad, bad, 0))
    unmet = compliance.check_ran(PASSED)
    print("\n     ".join([f"{'FAIL' if unmet else 'ok  '} compliance: what is met has a test that passed",
                          *unmet]), flush=True)
    counts.append((not unmet, bool(unmet), 0))
    counts.append((*fuzz.main("build-fuzz", 5), 0))
    total = [sum(column) for column in zip(*counts)]
    print("%d passed, %d failed, %d skipped" % tuple(total))
    return 1 if total[1] else 0


if __name__ == "__main__":
    sys.exit(main())
