# SPDX-License-Identifier: Apache-2.0
"""Writes typeset pages as an OFD package (GB/T 33190-2016): the XML parts and the zip.

The same input gives the same bytes, on every machine and every day: dates come from the content
and the zip carries a fixed time.
"""

import zipfile
from xml.sax.saxutils import escape

from typeset import ASCENT, BLACK, PAGE_HEIGHT, PAGE_WIDTH, Text

NAMESPACE = 'xmlns:ofd="http://www.ofdspec.org/2016"'
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
FONTS = {  # our name: (FontName, FamilyName, more attributes)
    'song': ('宋体', 'SimSun', 'Serif="true"'),
    'bold': ('宋体', 'SimSun', 'Serif="true" Bold="true"'),
    'hei': ('黑体', 'SimHei', ''),
    'kai': ('楷体', 'KaiTi', 'Serif="true"'),
    'fang': ('仿宋', 'FangSong', 'Serif="true"'),
}


class Counter:
    """Object IDs: unique within a document."""

    def __init__(self):
        self.last = 0

    def next(self):
        self.last += 1
        return self.last


def number(value):
    """Three decimals are a thousandth of a millimetre."""
    return f'{value:.3f}'.rstrip('0').rstrip('.') or '0'


def numbers(*values):
    return ' '.join(number(value) for value in values)


def colour(element, value):
    return f'<ofd:{element} Value="{value[0]} {value[1]} {value[2]}"/>'


def text_object(mark, ids, fonts):
    width, top = sum(mark.advances), mark.baseline - ASCENT * mark.size
    fill = colour('FillColor', mark.colour) if mark.colour != BLACK else ''
    weight = ' Weight="700"' if mark.font == 'bold' else ''
    deltas = numbers(*mark.advances[:-1])
    delta_x = f' DeltaX="{deltas}"' if deltas else ''
    return (f'<ofd:TextObject ID="{ids.next()}"'
            f' Boundary="{numbers(mark.x, top, width, mark.size * 1.15)}"'
            f' Font="{fonts[mark.font]}" Size="{number(mark.size)}"{weight}>{fill}'
            f'<ofd:TextCode X="0" Y="{number(ASCENT * mark.size)}"{delta_x}>'
            f'{escape(mark.characters)}</ofd:TextCode></ofd:TextObject>')


def path_object(mark, ids):
    half = mark.width / 2
    x, y = mark.x1 - half, mark.y1 - half
    end_x, end_y = mark.x2 - mark.x1 + half, mark.y2 - mark.y1 + half
    return (f'<ofd:PathObject ID="{ids.next()}"'
            f' Boundary="{numbers(x, y, end_x + half, end_y + half)}"'
            f' LineWidth="{number(mark.width)}" Cap="Square">'
            f'{colour("StrokeColor", mark.colour)}'
            f'<ofd:AbbreviatedData>M {numbers(half, half)} L {numbers(end_x, end_y)}'
            '</ofd:AbbreviatedData></ofd:PathObject>')


def page_xml(page, ids, fonts):
    layer = ids.next()
    objects = '\n'.join(text_object(mark, ids, fonts) if isinstance(mark, Text)
                        else path_object(mark, ids) for mark in page.marks)
    return (f'{DECLARATION}<ofd:Page {NAMESPACE}>\n<ofd:Content>\n<ofd:Layer ID="{layer}">\n'
            f'{objects}\n</ofd:Layer>\n</ofd:Content>\n</ofd:Page>\n')


def resources_xml(fonts):
    entries = '\n'.join(
        f'<ofd:Font ID="{fonts[name]}" FontName="{face}" FamilyName="{family}" {more}/>'
        for name, (face, family, more) in FONTS.items() if name in fonts)
    return (f'{DECLARATION}<ofd:Res {NAMESPACE} BaseLoc="Res">\n<ofd:Fonts>\n{entries}\n'
            '</ofd:Fonts>\n</ofd:Res>\n')


def document_xml(page_ids, max_id):
    box = numbers(0, 0, PAGE_WIDTH, PAGE_HEIGHT)
    pages = '\n'.join(f'<ofd:Page ID="{page}" BaseLoc="Pages/Page_{index}/Content.xml"/>'
                      for index, page in enumerate(page_ids))
    return (f'{DECLARATION}<ofd:Document {NAMESPACE}>\n<ofd:CommonData>\n'
            f'<ofd:MaxUnitID>{max_id}</ofd:MaxUnitID>\n'
            f'<ofd:PageArea><ofd:PhysicalBox>{box}</ofd:PhysicalBox></ofd:PageArea>\n'
            '<ofd:PublicRes>PublicRes.xml</ofd:PublicRes>\n</ofd:CommonData>\n'
            f'<ofd:Pages>\n{pages}\n</ofd:Pages>\n</ofd:Document>\n')


def package_xml(info):
    return (f'{DECLARATION}<ofd:OFD {NAMESPACE} Version="1.0" DocType="OFD">\n<ofd:DocBody>\n'
            f'<ofd:DocInfo>\n<ofd:DocID>{info["doc-id"]}</ofd:DocID>\n'
            f'<ofd:Title>{escape(info["title"])}</ofd:Title>\n'
            f'<ofd:Author>{escape(info["author"])}</ofd:Author>\n'
            f'<ofd:Subject>{escape(info["subject"])}</ofd:Subject>\n'
            f'<ofd:CreationDate>{info["date"]}</ofd:CreationDate>\n'
            '<ofd:Creator>Yinxin examples</ofd:Creator>\n</ofd:DocInfo>\n'
            '<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot>\n</ofd:DocBody>\n</ofd:OFD>\n')


def parts(info, pages):
    """Names and contents of the package, OFD.xml first."""
    ids, used = Counter(), {mark.font for page in pages for mark in page.marks
                            if isinstance(mark, Text)}
    page_ids = [ids.next() for _ in pages]
    fonts = {name: ids.next() for name in FONTS if name in used}
    contents = [(f'Doc_0/Pages/Page_{index}/Content.xml', page_xml(page, ids, fonts))
                for index, page in enumerate(pages)]
    return [('OFD.xml', package_xml(info)),
            ('Doc_0/Document.xml', document_xml(page_ids, ids.last)),
            ('Doc_0/PublicRes.xml', resources_xml(fonts))] + contents


def write(path, info, pages):
    year, month, day = map(int, info['date'].split('-'))
    with zipfile.ZipFile(path, 'w') as package:
        for name, text in parts(info, pages):
            entry = zipfile.ZipInfo(name, (year, month, day, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            package.writestr(entry, text.encode('utf-8'))
