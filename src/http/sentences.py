#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""sentences.py PO OUT: the sentences of a catalogue as rows {"English", "translation"}, in the order of strcmp."""
import ast
import re
import sys


def read(path):
    found, fields, field = {}, {}, None
    with open(path, encoding="utf-8") as file:
        for line in file.read().split("\n") + [""]:
            if match := re.match(r'(msgid|msgstr) (".*")$', line):
                field = match[1]
                fields[field] = ast.literal_eval(match[2])
            elif line.startswith('"'):
                fields[field] += ast.literal_eval(line)
            elif not line.strip():
                if fields.get("msgid"):
                    found[fields["msgid"]] = fields["msgstr"]
                fields = {}
    return found


def quote(text):
    return '"' + "".join(chr(byte) if 0x20 <= byte < 0x7F and chr(byte) not in '"\\?'
                         else f"\\{byte:03o}" for byte in text.encode()) + '"'


def main(source, target):
    with open(target, "w", encoding="ascii") as out:
        out.write("/* Made by src/http/sentences.py. */\n")
        for english, translation in sorted(read(source).items(), key=lambda row: row[0].encode()):
            out.write(f"{{{quote(english)}, {quote(translation)}}},\n")


main(*sys.argv[1:])
