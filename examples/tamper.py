#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Forges a document: tamper.py FILE OUT copies an OFD or PDF with an amount on its pages changed.

tamper.py FILE OUT OLD NEW changes another text of the same length. Everything else stays. In an
OFD the page itself is replaced: names, order, times, signatures are as they were. A PDF gets the
changed page appended, so that every signed byte is still in its place. It is what an attacker
without the key can do, and what verifying must notice. PDF: made by build.py, sealed or not.
"""

import pathlib
import re
import sys
import zipfile
import zlib

AMOUNT = ('128,000.00', '928,000.00')


def forge_ofd(source, target, old, new):
    changed = 0
    with zipfile.ZipFile(source) as before:
        pages = {entry.filename: before.read(entry) for entry in before.infolist()}
        changed = sum(data.count(old.encode('utf-8')) for name, data in pages.items()
                      if '/Pages/' in name)
        if not changed:
            return False
        with zipfile.ZipFile(target, 'w') as after:
            for entry in before.infolist():
                data = pages[entry.filename]
                if '/Pages/' in entry.filename:
                    data = data.replace(old.encode('utf-8'), new.encode('utf-8'))
                after.writestr(entry, data)
    return True


def code(character):
    return b'<%s>' % character.encode('utf-16-be').hex().upper().encode()


def forge_content(content, old, new):
    """The characters stand one by one, with the distances between them."""
    pattern = rb'((?: -?[\d.]+)? )'.join(re.escape(code(character)) for character in old)

    def replace(match):
        distances = list(match.groups()) + [b'']
        return b''.join(code(character) + gap for character, gap in zip(new, distances))
    return re.sub(pattern, replace, content)


def forge_pdf(source, target, old, new):
    data = source.read_bytes()
    objects = {}
    head = rb'(\d+) 0 obj\n<< /Filter /FlateDecode /Length (\d+) >>\nstream\n'
    for match in re.finditer(head, data):
        content = zlib.decompress(data[match.end():match.end() + int(match[2])])
        forged = forge_content(content, old, new)
        if forged != content:
            objects[int(match[1])] = zlib.compress(forged)
    if objects:
        target.write_bytes(data + update(data, objects))
    return bool(objects)


def update(data, objects):
    """An incremental update (ISO 32000-1 7.5.6) that gives the objects a new content."""
    last = {key: re.findall(pattern, data)[-1] for key, pattern in
            (('root', rb'/Root (\d+ \d+ R)'), ('size', rb'/Size (\d+)'),
             ('start', rb'startxref\s+(\d+)'))}
    out, table = b'', b''
    for number, stream in objects.items():
        table += b'%d 1\n%010d 00000 n \n' % (number, len(data) + len(out))
        out += (b'%d 0 obj\n<< /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream\nendobj\n'
                % (number, len(stream), stream))
    return out + (b'xref\n%strailer\n<< /Size %s /Root %s /Prev %s >>\nstartxref\n%d\n%%%%EOF\n'
                  % (table, last['size'], last['root'], last['start'], len(data) + len(out)))


def main(arguments):
    if len(arguments) not in (2, 4):
        sys.exit('usage: tamper.py FILE OUT [OLD NEW]')
    source, target = map(pathlib.Path, arguments[:2])
    old, new = arguments[2:] or AMOUNT
    forge = forge_ofd if zipfile.is_zipfile(source) else forge_pdf
    if not forge(source, target, old, new):
        sys.exit(f'tamper.py: "{old}" does not stand on any page of {source}')


if __name__ == '__main__':
    main(sys.argv[1:])
