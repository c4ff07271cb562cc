# SPDX-License-Identifier: Apache-2.0
"""Sets Chinese text on pages: content.txt in, pages with exact positions out.

Every character gets its place here, so that the result looks the same in every viewer and a
keyword has a position. Writing the positions as OFD is in ofd.py. Lengths are millimetres.
"""

from dataclasses import dataclass, field

PAGE_WIDTH, PAGE_HEIGHT = 210.0, 297.0
POINT = 25.4 / 72

BLACK, RED, GREY = (0, 0, 0), (206, 24, 30), (96, 96, 96)

CLOSING = '，。、；：？！）》」』】〕”’％'  # never at the start of a line
OPENING = '（《「『【〔“‘'  # never at the end of a line
UNITS = '元年月日号项场'  # never parted from a number before them
ASCENT = 0.86  # of the size: from the top of a character's box to its baseline


@dataclass(frozen=True)
class Style:
    font: str
    points: float
    leading: float  # distance of two base lines, as a multiple of the size
    align: str = 'justify'
    indent: float = 0  # of the first line, in characters
    before: float = 0
    after: float = 0
    colour: tuple = BLACK
    keep: bool = False  # stays with what follows
    right: float = 0  # space left free at the right, in characters

    @property
    def size(self):
        return self.points * POINT


STYLES = {
    # contract
    'title': Style('bold', 22, 1.4, 'center', after=6),
    'heading': Style('hei', 12, 1.75, 'left', before=2, keep=True),
    'body': Style('song', 12, 1.75, indent=2),
    'cell': Style('song', 10.5, 1.4, 'left'),
    'running': Style('kai', 9, 1.2, 'left', colour=GREY),
    'folio': Style('song', 9, 1.2, 'center', colour=GREY),
    # notice: the sizes of GB/T 9704 (title 22 pt, body 16 pt, 22 lines of 28 characters)
    'masthead': Style('bold', 31, 1.3, 'fill', colour=RED, after=9),
    'docnumber': Style('fang', 16, 1.4, 'center', after=2),
    'subject': Style('bold', 22, 1.5, 'center', before=13, after=8),
    'plain': Style('fang', 16, 1.75),
    'official': Style('fang', 16, 1.75, indent=2),
    'signed': Style('fang', 16, 1.75, 'right', keep=True, right=2),
    'signed-date': Style('fang', 16, 1.75, 'right', right=4),
}
EMPHASIS = {'song': 'hei', 'kai': 'hei', 'fang': 'hei', 'hei': 'hei', 'bold': 'bold'}


@dataclass
class Text:
    font: str
    size: float
    colour: tuple
    x: float
    baseline: float
    characters: str
    advances: list  # one per character


@dataclass
class Line:
    x1: float
    y1: float
    x2: float
    y2: float
    width: float
    colour: tuple


@dataclass
class Page:
    marks: list = field(default_factory=list)


@dataclass
class Glyph:
    character: str
    font: str
    advance: float


# --- Lines ------------------------------------------------------------------------------------

def is_narrow(character):
    return character < '\u0080'


def is_word(character):
    return is_narrow(character) and character != ' '


def glyphs_of(text, style):
    """Splits *emphasis* from plain text and gives every character its width."""
    glyphs, font = [], style.font
    for character in text:
        if character == '*':
            font = EMPHASIS[style.font] if font == style.font else style.font
            continue
        width = style.size * (0.5 if is_narrow(character) else 1.0)
        glyphs.append(Glyph(character, font, width))
    squeeze(glyphs, style.size)
    return glyphs


def squeeze(glyphs, size):
    """Two punctuation marks share one blank half; Chinese and Latin stand a quarter apart."""
    for left, right in zip(glyphs, glyphs[1:]):
        a, b = left.character, right.character
        if (a in CLOSING and b in CLOSING + OPENING) or (a in OPENING and b in OPENING):
            left.advance -= size / 2
        elif is_ideograph(a) and b.isascii() and b.isalnum():
            left.advance += size / 6
        elif is_ideograph(b) and a.isascii() and a.isalnum():
            left.advance += size / 6


def is_ideograph(character):
    return '\u4e00' <= character <= '\u9fff'


def may_break(left, right):
    if right in CLOSING or left in OPENING:
        return False
    if left.isdigit() and right in UNITS:
        return False
    return not (is_word(left) and is_word(right))


def break_lines(glyphs, size, width, indent):
    """Greedy, but no line starts or ends with the wrong punctuation mark or splits a word."""
    lines, start, room = [], 0, width - indent
    while start < len(glyphs):
        end = fitting(glyphs, start, room, size)
        if end < len(glyphs):
            while end > start + 1 and not may_break(glyphs[end - 1].character,
                                                    glyphs[end].character):
                end -= 1
        lines.append(glyphs[start:end])
        start, room = end, width
    return lines or [[]]


def fitting(glyphs, start, room, size):
    used, end = 0.0, start
    while end < len(glyphs):
        glyph = glyphs[end]
        ink = size / 2 if glyph.character in CLOSING else glyph.advance
        if used + ink > room + 0.01 and end > start:
            break
        used += glyph.advance
        end += 1
    return end


def natural_width(line, size):
    """Without the blank half of a closing mark at the end."""
    total = sum(glyph.advance for glyph in line)
    if line and line[-1].character in CLOSING:
        total -= max(0.0, line[-1].advance - size / 2)
    return total


def stretch(line, missing):
    """Spreads what is missing over the gaps where a line might break."""
    gaps = [left for left, right in zip(line, line[1:])
            if may_break(left.character, right.character)]
    for glyph in gaps:
        glyph.advance += missing / len(gaps)


def set_line(page, line, style, x, width, baseline, last):
    natural = natural_width(line, style.size)
    missing = width - natural
    if style.align == 'fill' or (style.align == 'justify' and not last):
        stretch(line, missing)
    offset = {'center': missing / 2, 'right': missing - style.right * style.size}
    emit(page, line, style, x + offset.get(style.align, 0), baseline)


def emit(page, line, style, x, baseline):
    """One text mark for each run of the same font."""
    start = 0
    while start < len(line):
        end = start
        while end < len(line) and line[end].font == line[start].font:
            end += 1
        run = line[start:end]
        page.marks.append(Text(run[0].font, style.size, style.colour, x, baseline,
                               ''.join(glyph.character for glyph in run),
                               [glyph.advance for glyph in run]))
        x += sum(glyph.advance for glyph in run)
        start = end


# --- Pages ------------------------------------------------------------------------------------

class Setter:
    """Fills pages from top to bottom."""

    def __init__(self, info):
        top, self.right, self.bottom, self.left = map(float, info['margins'].split())
        self.info, self.top = info, top
        self.width = PAGE_WIDTH - self.left - self.right
        self.pages = []
        self.new_page()

    def new_page(self):
        self.pages.append(Page())
        self.y = self.top

    @property
    def page(self):
        return self.pages[-1]

    def room(self):
        return PAGE_HEIGHT - self.bottom - self.y

    def need(self, height):
        if self.room() < height - 0.01:
            self.new_page()

    def paragraph(self, style, text):
        indent = style.indent * style.size
        lines = break_lines(glyphs_of(text, style), style.size, self.width, indent)
        pitch = style.size * style.leading
        self.y += style.before if self.y > self.top else 0
        self.need(pitch * (3 if style.keep else min(2, len(lines))))
        for number, line in enumerate(lines):
            self.need(pitch)
            first, last = number == 0, number == len(lines) - 1
            shift = indent if first else 0
            set_line(self.page, line, style, self.left + shift, self.width - shift,
                     self.baseline(style, pitch), last)
            self.y += pitch
        self.y += style.after

    def baseline(self, style, pitch):
        """The character's box stands in the middle of its line."""
        return self.y + (pitch - style.size) / 2 + style.size * ASCENT

    def rule(self, colour, width):
        y = self.y + 1
        self.page.marks.append(
            Line(self.left, y, self.left + self.width, y, width,
                 {'red': RED, 'black': BLACK}[colour]))
        self.y += 2

    def table(self, columns, options, rows):
        self.y += 2
        heights = [row_height(cells, columns, height) for height, cells in rows]
        self.need(sum(heights))  # a table stays on one page
        top, x = self.y, self.left + (self.width - sum(w for w, _ in columns)) / 2
        for number, (cells, height) in enumerate(zip((cells for _, cells in rows), heights)):
            heading = number == 0 and 'plain' not in options
            self.row(x, columns, cells, height, heading)
            self.y += height
            if number + 1 < len(rows):
                self.across(x, columns, self.y, 0.35 if heading else 0.15)
        self.outline(x, columns, top)
        self.y += 3

    def row(self, x, columns, cells, height, heading):
        style = STYLES['cell']
        for (width, align), text in zip(columns, cells):
            align = {'l': 'left', 'c': 'center', 'r': 'right'}['c' if heading else align]
            look = Style('hei' if heading else style.font, style.points, style.leading, align)
            inner, pitch = width - 2 * CELL_PAD, look.size * look.leading
            lines = break_lines(glyphs_of(text, look), look.size, inner, 0)
            y = self.y + (height - pitch * len(lines)) / 2
            for line in lines:
                baseline = y + (pitch - look.size) / 2 + look.size * ASCENT
                set_line(self.page, line, look, x + CELL_PAD, inner, baseline, True)
                y += pitch
            x += width

    def across(self, x, columns, y, width):
        self.page.marks.append(Line(x, y, x + sum(w for w, _ in columns), y, width, BLACK))

    def outline(self, x, columns, top):
        self.across(x, columns, top, 0.35)
        self.across(x, columns, self.y, 0.35)
        edges = [x]
        for width, _ in columns:
            edges.append(edges[-1] + width)
        for number, edge in enumerate(edges):
            thin = 0 < number < len(edges) - 1
            self.page.marks.append(Line(edge, top, edge, self.y, 0.15 if thin else 0.35, BLACK))

    def furniture(self):
        """Running heads and page numbers, once the number of pages is known."""
        for number, page in enumerate(self.pages, 1):
            text = self.info['footer'].format(page=number, pages=len(self.pages))
            self.fixed(page, STYLES['folio'], text, PAGE_HEIGHT - 15, 'center')
            if 'header' in self.info:
                left, right = (part.strip() for part in self.info['header'].split('|'))
                self.fixed(page, STYLES['running'], left, 17, 'left')
                self.fixed(page, STYLES['running'], right, 17, 'right')
                page.marks.append(Line(self.left, 19, self.left + self.width, 19, 0.15, GREY))

    def fixed(self, page, style, text, baseline, align):
        look = Style(style.font, style.points, style.leading, align, colour=style.colour)
        set_line(page, glyphs_of(text, look), look, self.left, self.width, baseline, True)


CELL_PAD = 2.0


def row_height(cells, columns, wanted):
    style = STYLES['cell']
    count = max(len(break_lines(glyphs_of(text, style), style.size, width - 2 * CELL_PAD, 0))
                for (width, _), text in zip(columns, cells))
    return max(wanted, count * style.size * style.leading + 2.6)


def typeset(content):
    """Pages of a parsed content file (see content.py)."""
    setter = Setter(content.info)
    for block in content.blocks:
        if block.kind == 'table':
            setter.table(block.columns, block.options, block.rows)
        elif block.kind == 'rule':
            setter.rule(*block.options)
        elif block.kind == 'gap':
            setter.y += block.options[0]
        else:
            setter.paragraph(STYLES[block.kind], block.text)
    setter.furniture()
    return setter.pages
