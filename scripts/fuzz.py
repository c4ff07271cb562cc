#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""fuzz.py BUILD SECONDS: runs every fuzz target of a build for so long, starting from real files where there are any."""
import concurrent.futures
import glob
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
INTEROP = os.environ.get("YX_INTEROP", os.path.join(ROOT, "..", "shared", "interop"))
# Folders of other people's files that a target starts from.
SEEDS = {
    "package": ["ofd-unsigned", "ofd-sealed"],
    "verify": ["ofd-sealed", "ofd-forged"],
    "seal": ["seals"],
    "der": ["seals"],
    "xml": ["ofd-xsd"],
}


def fuzz(target, seconds):
    name = os.path.basename(target)[len("fuzz_"):]
    corpus = os.path.join(os.path.dirname(target), "corpus", name)
    os.makedirs(corpus, exist_ok=True)
    seeds = [path for path in (os.path.join(INTEROP, folder) for folder in SEEDS.get(name, []))
             if os.path.isdir(path)]
    own = os.path.join(ROOT, "fuzz", "corpus", name)
    seeds += [own] if os.path.isdir(own) else []
    run = subprocess.run([target, f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=1024",
                          "-print_final_stats=1", "-max_len=200000", f"-artifact_prefix={corpus}-",
                          corpus, *seeds], capture_output=True, text=True, errors="replace")
    units = [line.split()[-1] for line in run.stderr.split("\n") if "number_of_executed_units" in line]
    good = run.returncode == 0 and bool(units)
    print(f"{'ok  ' if good else 'FAIL'} fuzz/{name}: {units[0] if units else 0} inputs in {seconds} s",
          flush=True)
    if not good:
        print("\n".join("     " + line for line in run.stderr.split("\n")[-50:]), flush=True)
    return good


def main(folder, seconds):
    targets = sorted(glob.glob(os.path.join(ROOT, folder, "fuzz", "fuzz_*")))
    targets = [target for target in targets if os.access(target, os.X_OK) and os.path.isfile(target)]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(lambda target: fuzz(target, seconds), targets))
    if not results:
        print("FAIL fuzz: no targets were built")
        return 0, 1
    return sum(results), len(results) - sum(results)


if __name__ == "__main__":
    sys.exit(1 if main(sys.argv[1], int(sys.argv[2]))[1] else 0)
