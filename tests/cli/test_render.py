#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Pages looked at from the command line: pictures of OFD and PDF, sealed or not, and where texts
stand on them. What pages look like is tests/render's and tests/page's to judge.

Run as test_cli.py, whose folder of keys and documents this makes for itself.
"""

import json
import os
import shutil
import struct
import sys
import unittest
import zlib

import test_cli as cli
from test_cli import DAMAGED, NO_INPUT, OK, REFUSED, USAGE, must, run

POPPLER = shutil.which('pdftocairo') and shutil.which('pdftotext')
FORMATS = ('ofd', 'pdf') if POPPLER else ('ofd',)


def setUpModule():
    cli.setUpModule()
    for kind in FORMATS:
        must(*cli.sign_arguments(f'contract.{kind}', f'sealed.{kind}', '--page', '1',
                                 '--at', '105,148.5'))


def tearDownModule():
    cli.tearDownModule()


def png(path):
    """Width, height, samples a pixel, and the rows of bytes, of the PNG that we and poppler write."""
    data, at, packed = path.read_bytes(), 8, b''
    width, height, depth, colour = struct.unpack('>IIBB', data[16:26])
    assert depth == 8
    while at < len(data):
        length = struct.unpack('>I', data[at:at + 4])[0]
        if data[at + 4:at + 8] == b'IDAT':
            packed += data[at + 8:at + 8 + length]
        at += length + 12
    step = {0: 1, 2: 3, 6: 4}[colour]
    raw, rows, above = zlib.decompress(packed), [], bytearray(width * step)
    for start in range(0, len(raw), width * step + 1):
        kind, row = raw[start], bytearray(raw[start + 1:start + 1 + width * step])
        for i in range(len(row)):
            left, up = row[i - step] if i >= step else 0, above[i]
            corner = above[i - step] if i >= step else 0
            near = min((left, up, corner), key=lambda v: abs(left + up - corner - v))
            row[i] = row[i] + (0, left, up, (left + up) // 2, near)[kind] & 255
        rows.append(row)
        above = row
    return width, height, step, rows


def red(path):
    """Where red ink is, in pixels: left, top, right, bottom; None when there is none."""
    width, _, step, rows = png(path)
    if step == 1:
        return None
    spots = [(x, y) for y, row in enumerate(rows) for x in range(width)
             if row[x * step] > 150 and row[x * step + 1] < 100]
    return spots and (min(x for x, _ in spots), min(y for _, y in spots),
                      max(x for x, _ in spots), max(y for _, y in spots)) or None


class Rendering(cli.Case):
    def render(self, source, out, *arguments, code=OK, says='', **more):
        return self.expect(code, 'render', source, '-o', self.folder / out, *arguments, says=says,
                           **more)

    def test_before_and_after_sealing(self):
        """A seal of 42 mm in the middle of the page is where it was put, and was not there before."""
        for kind in FORMATS:
            self.render(f'contract.{kind}', 'before.png', '--dpi', '50')
            self.render(f'sealed.{kind}', 'after.png', '--dpi', '50')
            self.assertIsNone(red(self.folder / 'before.png'))
            for got, want in zip(red(self.folder / 'after.png'),
                                 (105 - 21, 148.5 - 21, 105 + 21, 148.5 + 21)):
                self.assertAlmostEqual(got, want * 50 / 25.4, delta=3)

    def test_sizes(self):
        for kind in FORMATS:
            self.render(f'contract.{kind}', 'a.png', '--dpi', '96')
            width, height = png(self.folder / 'a.png')[:2]
            self.assertAlmostEqual(width, 794, delta=1)
            self.assertAlmostEqual(height, 1123, delta=1)
            self.render(f'contract.{kind}', 'a.png', '--thumbnail', '200')
            self.assertEqual(png(self.folder / 'a.png')[1], 200)
            self.render(f'contract.{kind}', 'a.svg')
            self.assertIn(b'<svg', (self.folder / 'a.svg').read_bytes()[:300])

    def test_many_pages(self):
        for kind in FORMATS:
            self.render(f'contract.{kind}', f'{kind}.png', '--page', '2-3', '--thumbnail', '50')
            self.render(f'contract.{kind}', f'{kind}-all.png', '--page', 'all', '--thumbnail', '50')
            self.render(f'contract.{kind}', f'{kind}-one.png', '--page', '3', '--thumbnail', '50')
        self.expect_left(*(f'{kind}{part}.png' for kind in FORMATS
                           for part in ('-2', '-3', '-all-1', '-all-2', '-all-3', '-one')))

    def test_refused(self):
        for kind in FORMATS:
            self.render(f'contract.{kind}', 'a.png', '--page', '4', code=REFUSED,
                        says='there is no page 4; the document has 3')
            self.render(f'contract.{kind}', 'a.png', '--page', '2-9', code=REFUSED, says='no page 9')
            self.render(f'contract.{kind}', 'a.png', '--dpi', '1200', code=REFUSED,
                        says='at most 67108864 are drawn')
        self.render('contract.ofd', 'a.png', '--page', '3-2', code=USAGE, says='--page takes')
        self.render('contract.ofd', 'a.gif', code=USAGE, says='neither .png nor .svg nor .pdf')
        self.render('contract.ofd', 'a.svg', '--thumbnail', '9', code=USAGE, says='is for PNG')
        self.render('contract.ofd', 'a.png', '--thumbnail', '9', '--dpi', '96', code=USAGE)
        self.render('unit.pem', 'a.png', code=DAMAGED, says='neither an OFD nor a PDF')
        self.render('no-such.ofd', 'a.png', code=NO_INPUT)
        self.expect_left()

    @unittest.skipUnless(POPPLER, 'poppler-utils is not installed')
    def test_what_a_pdf_cannot(self):
        self.render('contract.pdf', 'a.pdf', code=REFUSED, says='is a PDF already')
        self.expect(REFUSED, 'convert', 'contract.pdf', '-o', self.folder / 'a.pdf',
                    says='is a PDF already')
        self.render('contract.pdf', 'a.png', code=REFUSED, says='pdftocairo is not installed',
                    env={'PATH': os.fspath(self.folder)})
        half = self.folder / 'half.pdf'
        half.write_bytes((cli.WORLD / 'contract.pdf').read_bytes()[:4000])
        self.render(half, 'a.png', code=DAMAGED)
        self.expect_left('half.pdf')



class Searching(cli.Case):
    # Where examples/ puts them: page, and the box in millimetres, line by line.
    KNOWN = {
        '甲方（盖章）': [(3, 54.8, 81.7, 22.2, 3.7)],
        '乙方（盖章）': [(3, 134.8, 81.7, 22.2, 3.7)],
        '《中华人民共和国民法典》': [(1, 163.5, 89.3, 21.5, 4.2), (1, 25.0, 96.7, 27.8, 4.2)],
    }

    def search(self, kind, text):
        found = json.loads(run('text', f'contract.{kind}', '--search', text, '--json').stdout)
        return [(page['page'], hit) for page in found['pages'] for hit in page['texts']]

    def test_boxes_are_where_the_page_has_them(self):
        for kind in FORMATS:
            for text, lines in self.KNOWN.items():
                hits = self.search(kind, text)
                self.assertEqual(len(hits), len(lines), f'{kind} {text}')
                for (page, hit), want in zip(hits, lines):
                    self.assertEqual((page, hit['match'], hit['text']), (want[0], 1, text))
                    for name, value in zip(('x', 'y'), want[1:]):
                        self.assertAlmostEqual(hit[name], value, delta=1, msg=f'{kind} {text}')

    def test_white_space_does_not_count(self):
        for kind in FORMATS:
            self.assertEqual(self.search(kind, ' 甲 方（盖　章） '), [
                (page, {**hit, 'text': ' 甲 方（盖　章） '})
                for page, hit in self.search(kind, '甲方（盖章）')])

    def test_for_people(self):
        done = self.expect(OK, 'text', 'contract.ofd', '--search', '甲方（盖章）')
        self.assertRegex(done.stdout, r'^3:1 +54\.\d\d +81\.\d\d +22\.\d\d +3\.\d\d  甲方（盖章）\n$')
        done = self.expect(OK, 'text', 'contract.ofd', '--search', '甲方', '--page', '2')
        self.assertTrue(all(line.startswith('2:') for line in done.stdout.splitlines()))
        self.assertGreater(len(done.stdout.splitlines()), 2)

    def test_not_found(self):
        for kind in FORMATS:
            self.expect(REFUSED, 'text', f'contract.{kind}', '--search', '没有这句话',
                        says='"没有这句话" was not found')
        self.expect(USAGE, 'text', 'contract.ofd', '--search', ' ', says='the keyword is empty')


if __name__ == '__main__':
    sys.exit(unittest.main())
