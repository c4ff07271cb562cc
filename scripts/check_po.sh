#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every sentence of the sources has its Chinese one: none missing, none fuzzy, none left over, and
# the places {1} to {6} agree. `check_po.sh --update` brings po/ up to date with the sources first
# and leaves the new sentences empty, for somebody to translate.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

template=$(mktemp)
trap 'rm -f "$template"' EXIT

# All sources, so that no list of files has to be kept. base.h defines N_ and has no sentences.
printf '%s\n' src/*/*.c src/*/*.h | grep -v '^src/base/base.h$' |
    xgettext --from-code=UTF-8 --keyword=_ --keyword=N_ -L C --no-location --no-wrap \
        -f - -o "$template"
if [ "${1:-}" = --update ]; then
    msgmerge --quiet --no-fuzzy-matching --no-location --no-wrap -o po/zh_CN.po po/zh_CN.po \
        "$template"
    msgattrib --no-obsolete --no-wrap -o po/zh_CN.po po/zh_CN.po
fi

wrong=0
msgfmt -o /dev/null po/zh_CN.po || wrong=1
python3 - po/zh_CN.po "$template" <<'PYTHON' || wrong=1
import ast
import re
import sys


def read(path):
    """msgid -> (msgstr, fuzzy?)"""
    found, fields, fuzzy, field = {}, {}, False, None
    for line in open(path, encoding="utf-8").read().split("\n") + [""]:
        if line.startswith("#,") and "fuzzy" in line:
            fuzzy = True
        elif match := re.match(r'(msgid|msgstr) (".*")$', line):
            field = match[1]
            fields[field] = ast.literal_eval(match[2])
        elif line.startswith('"'):
            fields[field] += ast.literal_eval(line)
        elif not line.strip():
            if fields.get("msgid"):
                found[fields["msgid"]] = (fields["msgstr"], fuzzy)
            fields, fuzzy = {}, False
    return found


chinese, sources = read(sys.argv[1]), read(sys.argv[2])
places = re.compile(r"\{[1-6]\}")
problems = [f"zh_CN.po lacks: {text!r}" for text in sources if not chinese.get(text, ("",))[0]]
problems += [f"zh_CN.po has what no source has: {text!r}" for text in chinese
             if text not in sources]
for text, (translation, fuzzy) in chinese.items():
    if fuzzy:
        problems.append(f"fuzzy: {text!r}")
    if translation and sorted(set(places.findall(text))) != sorted(set(places.findall(translation))):
        problems.append(f"other places: {text!r}: {translation!r}")
    if translation and text.endswith("\n") != translation.endswith("\n"):
        problems.append(f"line end: {text!r}: {translation!r}")
for problem in problems:
    print(problem)
sys.exit(1 if problems else 0)
PYTHON
exit $wrong
