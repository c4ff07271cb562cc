#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Forges a document: tamper.py FILE OUT copies an OFD with an amount on its pages changed.

tamper.py FILE OUT OLD NEW changes another text. Everything else stays: names, order, times,
signatures. It is what an attacker without the key can do, and what verifying must notice.
"""

import os
import sys
import zipfile

AMOUNT = ('128,000.00', '928,000.00')


def forge(source, target, old, new):
    changed = 0
    with zipfile.ZipFile(source) as before, zipfile.ZipFile(target, 'w') as after:
        for entry in before.infolist():
            data = before.read(entry)
            if '/Pages/' in entry.filename:
                changed += data.count(old.encode('utf-8'))
                data = data.replace(old.encode('utf-8'), new.encode('utf-8'))
            after.writestr(entry, data)
    return changed


def main(arguments):
    if len(arguments) not in (2, 4):
        sys.exit('usage: tamper.py FILE OUT [OLD NEW]')
    old, new = arguments[2:] or AMOUNT
    if not forge(arguments[0], arguments[1], old, new):
        os.unlink(arguments[1])
        sys.exit(f'tamper.py: "{old}" does not stand on any page of {arguments[0]}')


if __name__ == '__main__':
    main(sys.argv[1:])
