#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the regulations ask for, and where each requirement stands.

compliance/state.tsv has a row for each requirement: its id, its state, and where it is met or what is missing.

  met            done, and at least one test that carries `REQ: ID` ran and passed
  planned        not done, or not all of it
  record         people do it; the software keeps a record of it, or will
  not-software   nothing for software to do

`compliance.py` checks the table, `compliance.py write` writes docs/compliance.md from it. `./run test` tells
check_ran() which tests passed.
"""
import collections
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TABLE = os.path.join(ROOT, "compliance", "state.tsv")
PAGE = os.path.join(ROOT, "docs", "compliance.md")
STATES = ("met", "planned", "record", "not-software")
GROUPS = {
    "ROLE": "Actors and roles", "CERT": "Certificates", "CA": "Authorities", "APP": "Relying applications",
    "SEAL": "Seals", "USE": "Use of seals", "VER": "Verification", "INSP": "Annual inspection",
    "LIC": "Electronic licences", "AUD": "Audit", "SEC": "Security", "INT": "Interconnection", "REC": "Records",
}
ID = r"[A-Z]+-\d\d"

Row = collections.namedtuple("Row", "id state where")


def rows():
    with open(TABLE, encoding="utf-8") as file:
        lines = file.read().splitlines()[1:]
    return [Row(*line.split("\t")) for line in lines]


def marks():
    """Which tests say that they are about which requirement: id -> paths."""
    found = collections.defaultdict(set)
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "tests"], cwd=ROOT, check=True,
                            capture_output=True, text=True).stdout.split("\n")
    for path in listed:
        if not path.endswith((".c", ".py", ".sh")) or not os.path.isfile(os.path.join(ROOT, path)):
            continue
        with open(os.path.join(ROOT, path), encoding="utf-8") as file:
            for line in re.findall(r"REQ:(.*)", file.read()):
                for number in re.findall(ID, line):
                    found[number].add(path)
    return found


def problems(known, marked):
    count = collections.Counter(row.id for row in known)
    for row in known:
        if not re.fullmatch(ID, row.id) or row.id.split("-")[0] not in GROUPS:
            yield f"{row.id} is no id of a requirement"
        if count[row.id] > 1:
            yield f"{row.id} stands there {count[row.id]} times"
        if row.state not in STATES or not row.where:
            yield f"{row.id}: a state of {', '.join(STATES)} and where it is met"
        if row.state == "met" and not marked.get(row.id):
            yield f"{row.id} is met, and no test carries `REQ: {row.id}`"
    for number, paths in sorted(marked.items()):
        if number not in count:
            yield f"{sorted(paths)[0]}: there is no requirement {number}"


def page(known, marked):
    states = collections.Counter(row.state for row in known)
    out = ["# What the regulations ask for", "",
           "Written by `scripts/compliance.py write` from `compliance/state.tsv` and the `REQ:` marks of the tests; `./run test`",
           "fails when a requirement that is *met* has no test that ran and passed. *planned*: not done, or not all of it;",
           "*record*: people do it, the software keeps a record, or will; *not-software*: nothing for software to do.", "",
           ", ".join(f"{states[state]} {state}" for state in STATES) + f"; {len(known)} in all.", ""]
    for group, title in GROUPS.items():
        out += [f"## {title}", "", "| id | state | where, or what is missing | tests |", "| --- | --- | --- | --- |"]
        for row in known:
            if row.id.split("-")[0] == group:
                tests = ", ".join(path[len("tests/"):] for path in sorted(marked.get(row.id, ())))
                out.append(f"| {row.id} | {row.state} | {row.where} | {tests} |")
        out.append("")
    return "\n".join(out)


def check():
    """What is wrong with the table, or with the page that is written from it."""
    known, marked = rows(), marks()
    wrong = list(problems(known, marked))
    with open(PAGE, encoding="utf-8") as file:
        if file.read() != page(known, marked):
            wrong.append("docs/compliance.md is not what scripts/compliance.py write writes")
    return wrong


def check_ran(passed):
    """The requirements that are said to be met, without a test among these paths."""
    known, marked = rows(), marks()
    return [f"{row.id} is met, and none of its tests ran and passed: {', '.join(sorted(marked[row.id]))}"
            for row in known if row.state == "met" and not marked[row.id] & passed]


def main(arguments):
    if arguments == ["write"]:
        with open(PAGE, "w", encoding="utf-8") as file:
            file.write(page(rows(), marks()))
        return 0
    wrong = check()
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
