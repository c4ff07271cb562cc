#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs/policies.md from the tables of src/policy: every setting, what each regulation says, and where.

`policies.py` checks the page, `policies.py write` writes it."""
import ast
import collections
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PAGE = os.path.join(ROOT, "docs", "policies.md")


def rows(name, macro):
    """The arguments of each use of a macro in a table; words are names, the rest C literals. A heading is a comment
    of one line behind an empty one."""
    with open(os.path.join(ROOT, "src", "policy", name), encoding="utf-8") as file:
        lines = file.read().split("\n")
    heading = ""
    for before, line in zip([""] + lines, lines):
        comment = re.fullmatch(r"/\* (.+) \*/", line)
        if comment and not before and "clang-format" not in line:
            heading = comment[1]
        if line.startswith(macro + "("):
            pieces = re.findall(r'"(?:[^"\\]|\\.)*"|[A-Za-z0-9_-]+', line[len(macro) + 1:])
            yield heading, [ast.literal_eval(piece) if piece.startswith('"') else piece for piece in pieces]


def takes(kind, words, least, most):
    if kind == "INTEGER":
        return f"{least} to {most}"
    listed = ", ".join(f"`{word}`" for word in words.split())
    usual = {"DURATION": "a duration", "BOOLEAN": "`yes`, `no`", "DATE": "a date", "DAY": "a day of the year",
             "TEXT": "text", "LIST": "a list of words"}.get(kind, "")
    if kind == "LIST" and listed:
        return f"a list of {listed}"
    return ", ".join(part for part in (usual, listed) if part)


def show(value):
    return f"`{value}`" if value else "—"


def settings_part(said):
    out, last = [], None
    for heading, (key, kind, words, least, most, usual, zh, en, source) in rows("setting.inc", "SETTING"):
        if heading != last:
            last = heading
            out += ["", f"### {heading}", "", "| setting | what it says | takes | usual | in the regulations | from |",
                    "| --- | --- | --- | --- | --- | --- |"]
        schemes = "; ".join(f"{scheme}: {show(value)} ({article})" for scheme, value, article in said[key])
        out.append(f"| `{key}` | {en}<br>{zh} | {takes(kind, words, least, most)} | {show(usual)} | {schemes} | {source} |")
    return out


def schemes_part(names):
    out = ["", "## Schemes", "", "| scheme | text | holds | rests on |", "| --- | --- | --- | --- |"]
    for _, (scheme, zh, en, first, last, basis) in rows("preset.inc", "PRESET"):
        holds = f"{first or '…'} to {last or '…'}" if first or last else "no day in the text"
        laws = "; ".join(names[law] for law in basis.split())
        out.append(f"| `{scheme}` | {zh}<br>{en} | {holds} | {laws} |")
    return out


def page():
    said, names = collections.defaultdict(list), {}
    for _, (scheme, key, value, article) in rows("preset.inc", "VALUE"):
        said[key].append((scheme, value, article))
    laws = [row for _, row in rows("law.inc", "LAW")]
    for law, name, version in laws:
        names[law] = f"{name} {version}".strip() if version != name else name
    out = ["# Policies", "",
           "Written by `scripts/policies.py write` from `setting.inc`, `preset.inc` and `law.inc` of `src/policy/`.", "",
           "A setting is a number, a duration, a word or a list that regulations set, and set differently from each other. A",
           "scheme is a name under which rule sets follow each other; each party follows the scheme that it chose, or the nearest",
           "above it. What holds is said by the rule set of the scheme that was approved here and is in force, or else by the",
           "text of the regulation within its dates; then by the scheme `house`, which is for everybody here; then by the usual",
           "value. Whoever asks what holds is told which rule set says so.", "",
           "A rule set is drafted and proposed by one person and is in force only when others have approved it",
           "(`policy.approvals` says how many), never for the time before. *design* under *from*: no regulation gives a value, this",
           "one is ours.", "",
           "Three conflicts of the regulations are no settings: C-29, whether the certificate is in the seal or the seal in the",
           "certificate (both views are always shown), C-30, how long rules live (the dates of rule sets), and C-32, versions of",
           "orders (the laws below).", "", "## Settings"]
    out += settings_part(said)
    out += schemes_part(names)
    out += ["", "## Laws, rules and standards", "", "| id | name | number or version |", "| --- | --- | --- |"]
    out += [f"| `{law}` | {name} | {version} |" for law, name, version in laws]
    return "\n".join(out) + "\n"


def check():
    with open(PAGE, encoding="utf-8") as file:
        return [] if file.read() == page() else ["docs/policies.md is not what scripts/policies.py write writes"]


def main(arguments):
    if arguments == ["write"]:
        with open(PAGE, "w", encoding="utf-8") as file:
            file.write(page())
        return 0
    wrong = check()
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
