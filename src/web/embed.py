#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""embed.py FILE OUT: the bytes of a file as the numbers of a C array."""
import sys


def main(source, target):
    with open(source, "rb") as file:
        data = file.read()
    with open(target, "w", encoding="ascii") as out:
        for start in range(0, len(data), 24):
            out.write(", ".join(map(str, data[start:start + 24])) + ",\n")


main(*sys.argv[1:])
