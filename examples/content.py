# SPDX-License-Identifier: Apache-2.0
"""Reads content.txt: first `name: value` lines, then blocks with an empty line between them.

    .style text               a paragraph in a style of typeset.py; without .style: body
    *text*                    emphasis
    .rule red 0.7             a rule over the width of the text, 0.7 mm thick
    .gap 9                    9 mm of space
    .table 16c 62l 28r plain  a table: widths in mm with l, c or r for left, centred, right; then
                              one row a line, cells divided by |; the first row is the head
                              unless `plain` is said; [50] makes a row 50 mm high
"""

import re
from dataclasses import dataclass, field


@dataclass
class Block:
    kind: str
    text: str = ''
    options: list = field(default_factory=list)
    columns: list = field(default_factory=list)
    rows: list = field(default_factory=list)


@dataclass
class Content:
    info: dict
    blocks: list


def read(path):
    head, *rest = path.read_text(encoding='utf-8').strip().split('\n\n')
    info = dict(re.split(r':\s*', line, maxsplit=1) for line in head.splitlines())
    return Content(info, [parse_block(text) for text in rest])


def parse_block(text):
    if not text.startswith('.'):
        return Block('body', text)
    kind, _, rest = text[1:].partition(' ')
    if kind == 'table':
        return parse_table(rest)
    if kind == 'rule':
        colour, width = rest.split()
        return Block(kind, options=[colour, float(width)])
    if kind == 'gap':
        return Block(kind, options=[float(rest)])
    return Block(kind, rest)


def parse_table(text):
    first, *lines = text.splitlines()
    columns = [(float(width), align) for width, align in re.findall(r'(\d+)([lcr])\b', first)]
    options = [word for word in first.split() if word.isalpha()]
    return Block('table', options=options, columns=columns,
                 rows=[parse_row(line) for line in lines])


def parse_row(line):
    height, cells = re.match(r'(?:\[(\d+)\] )?(.*)', line).groups()
    return float(height or 0), [cell.strip() for cell in cells.split('|')]
