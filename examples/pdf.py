# SPDX-License-Identifier: Apache-2.0
"""Writes typeset pages as a PDF (ISO 32000-1) with a plain cross-reference table.

Fonts are named, not embedded: readers have them or take their own Chinese one. Characters are
written as UTF-16 (the predefined CMap UniGB-UTF16-H), so that their text can be found. The same
input gives the same bytes, on every machine and every day.
"""

import hashlib
import zlib

from typeset import PAGE_HEIGHT, PAGE_WIDTH, POINT, Text

FONTS = {  # our name: (BaseFont, Flags, made bold by a stroke around the letters)
    'song': ('STSong-Light', 6, False),
    'bold': ('STSong-Light', 6, True),
    'hei': ('SimHei', 4, False),
    'kai': ('KaiTi', 6, False),
    'fang': ('FangSong', 6, False),
}
LATIN_WIDTH = 500  # thousandths of the size; all other characters are 1000 wide


def number(value):
    return f'{value:.3f}'.rstrip('0').rstrip('.') or '0'


def numbers(*values):
    return ' '.join(number(value) for value in values)


def points(*millimetres):
    return numbers(*(value / POINT for value in millimetres))


def text_string(text):
    return f'<FEFF{text.encode("utf-16-be").hex().upper()}>'


def colour(value, operator):
    return f'{numbers(*(part / 255 for part in value))} {operator}'


# --- Pages ------------------------------------------------------------------------------------

def shown(mark):
    """Every character by itself, moved to where typeset.py wants the next one."""
    pieces = []
    for character, advance in zip(mark.characters, mark.advances):
        width = LATIN_WIDTH if character < '\u0080' else 1000
        move = width - advance / mark.size * 1000
        pieces.append(f'<{character.encode("utf-16-be").hex().upper()}>')
        pieces.append(number(move) if abs(move) > 0.0005 else '')
    return ' '.join(piece for piece in pieces if piece)


def text_operators(mark):
    lines = ['BT', colour(mark.colour, 'rg'), f'/{mark.font} {points(mark.size)} Tf']
    if FONTS[mark.font][2]:
        lines += [colour(mark.colour, 'RG'), f'{points(mark.size * 0.03)} w', '2 Tr']
    lines += [f'{points(mark.x, PAGE_HEIGHT - mark.baseline)} Td', f'[{shown(mark)}] TJ', 'ET']
    return ['q', *lines, 'Q']


def line_operators(mark):
    return ['q', colour(mark.colour, 'RG'), f'{points(mark.width)} w 2 J',
            f'{points(mark.x1, PAGE_HEIGHT - mark.y1)} m'
            f' {points(mark.x2, PAGE_HEIGHT - mark.y2)} l S', 'Q']


def content(page):
    lines = []
    for mark in page.marks:
        lines += text_operators(mark) if isinstance(mark, Text) else line_operators(mark)
    return zlib.compress('\n'.join(lines).encode('ascii'), 9)


# --- Objects ----------------------------------------------------------------------------------

class File:
    """Objects by number, from 1; their order is that of the numbers."""

    def __init__(self):
        self.objects = []

    def add(self, body, stream=None):
        if stream is not None:
            body = f'<< {body} /Length {len(stream)} >>'
        data = body.encode('ascii')
        if stream is not None:
            data += b'\nstream\n' + stream + b'\nendstream'
        self.objects.append(data)
        return len(self.objects)

    def reserve(self):
        self.objects.append(b'')
        return len(self.objects)

    def fill(self, place, body):
        self.objects[place - 1] = body.encode('ascii')

    def serialise(self, trailer):
        out, offsets = bytearray(b'%PDF-1.7\n%\xe5\x8d\xb0\xe4\xbf\xa1\n'), []
        for place, data in enumerate(self.objects, 1):
            offsets.append(len(out))
            out += b'%d 0 obj\n%s\nendobj\n' % (place, data)
        start, size = len(out), len(offsets) + 1
        identity = hashlib.sha256(out).hexdigest()[:32].upper()
        out += b'xref\n0 %d\n0000000000 65535 f \n' % size
        out += b''.join(b'%010d 00000 n \n' % offset for offset in offsets)
        out += (f'trailer\n<< /Size {size} {trailer} /ID [<{identity}> <{identity}>] >>\n'
                f'startxref\n{start}\n%%EOF\n').encode('ascii')
        return bytes(out)


def add_font(file, name):
    base, flags, _ = FONTS[name]
    descriptor = file.add(
        f'<< /Type /FontDescriptor /FontName /{base} /Flags {flags} /FontBBox [-25 -254 1000 880]'
        ' /ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 700 /StemV 80 >>')
    descendant = file.add(
        f'<< /Type /Font /Subtype /CIDFontType0 /BaseFont /{base} /CIDSystemInfo'
        ' << /Registry (Adobe) /Ordering (GB1) /Supplement 4 >>'
        f' /DW 1000 /W [1 95 {LATIN_WIDTH}] /FontDescriptor {descriptor} 0 R >>')
    return file.add(f'<< /Type /Font /Subtype /Type0 /BaseFont /{base}-UniGB-UTF16-H'
                    f' /Encoding /UniGB-UTF16-H /DescendantFonts [{descendant} 0 R] >>')


def add_page(file, page, tree, resources):
    stream = file.add('/Filter /FlateDecode', content(page))
    return file.add(f'<< /Type /Page /Parent {tree} 0 R /Resources {resources} 0 R'
                    f' /Contents {stream} 0 R >>')


def write(path, info, pages):
    file = File()
    catalog, tree = file.reserve(), file.reserve()
    used = {mark.font for page in pages for mark in page.marks if isinstance(mark, Text)}
    fonts = ' '.join(f'/{name} {add_font(file, name)} 0 R' for name in FONTS if name in used)
    resources = file.add(f'<< /Font << {fonts} >> >>')
    kids = ' '.join(f'{add_page(file, page, tree, resources)} 0 R' for page in pages)
    file.fill(tree, f'<< /Type /Pages /Kids [{kids}] /Count {len(pages)}'
                    f' /MediaBox [0 0 {points(PAGE_WIDTH, PAGE_HEIGHT)}] >>')
    file.fill(catalog, f'<< /Type /Catalog /Pages {tree} 0 R /Lang (zh-CN)'
                       ' /ViewerPreferences << /DisplayDocTitle true >> >>')
    date = f'(D:{info["date"].replace("-", "")}000000Z)'
    about = file.add(f'<< /Title {text_string(info["title"])} /Author {text_string(info["author"])}'
                     f' /Subject {text_string(info["subject"])} /Creator (Yinxin examples)'
                     f' /CreationDate {date} >>')
    path.write_bytes(file.serialise(f'/Root {catalog} 0 R /Info {about} 0 R'))
