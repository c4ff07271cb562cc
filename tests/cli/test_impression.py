#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""seal extract and seal compare from the command line. How well they see is tests/impression's to
judge. REQ: SEAL-28, SEAL-33

Run as test_cli.py, whose folder of keys and documents this makes for itself.
"""

import json
import struct
import sys
import unittest
import zlib

import test_cli as cli
from test_cli import NO_INPUT, NO_OUTPUT, OK, REFUSED, USAGE, must

NAME = '示例市山海信息技术有限公司'
OTHER = '示例市山河信息技术有限公司'


def setUpModule():
    cli.setUpModule()


def tearDownModule():
    cli.tearDownModule()


def png(path, rows, width):
    """Writes rows of RGB samples."""
    def chunk(kind, data):
        return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
    path.write_bytes(b'\x89PNG\r\n\x1a\n'
                     + chunk(b'IHDR', struct.pack('>IIBBBBB', width, len(rows), 8, 2, 0, 0, 0))
                     + chunk(b'IDAT', zlib.compress(b''.join(b'\0' + row for row in rows)))
                     + chunk(b'IEND', b''))


def discs(*middles, side=600, radius=100):
    """A page with red discs."""
    rows = []
    for y in range(side):
        row = bytearray(b'\xff\xff\xff' * side)
        for cx, cy in middles:
            reach = radius ** 2 - (y - cy) ** 2
            if reach >= 0:
                half = int(reach ** 0.5)
                row[3 * (cx - half):3 * (cx + half)] = b'\xd0\x20\x28' * (2 * half)
        rows.append(bytes(row))
    return rows


class Impressions(cli.Case):
    def draw(self, name, *more, text=NAME):
        path = self.folder / name
        must('seal', 'draw', '--kind', 'official', '--text', text, '-o', path, *more)
        return path

    def test_one_seal(self):
        filed, other = self.draw('filed.png'), self.draw('other.png', '--dpi', '400', '--wear', '10')
        out = self.folder / 'difference.png'
        done = self.expect(OK, 'seal', 'compare', filed, other, '-o', out)
        self.assertIn('The same seal.', done.stdout)
        self.assertEqual(out.read_bytes()[:8], b'\x89PNG\r\n\x1a\n')
        found = json.loads(must('seal', 'compare', filed, other, '--json'))
        self.assertTrue(found['same'] and found['size_known'])
        self.assertAlmostEqual(found['scale'], 1, places=2)
        self.assertAlmostEqual(found['size'], 42, places=0)
        self.assertGreater(found['likeness'], 0.7)

    def test_another_seal(self):
        filed, other = self.draw('filed.png'), self.draw('other.png', text=OTHER)
        done = self.expect(REFUSED, 'seal', 'compare', filed, other)
        self.assertIn('Not the same seal.', done.stdout)
        done = self.expect(REFUSED, 'seal', 'compare', filed, other, '--json')
        found = json.loads(done.stdout)
        self.assertFalse(found['same'])
        self.assertLess(found['likeness'], 0.5)
        self.assertGreater(found['agreement'], 0.9)

    def test_limits_are_the_users(self):
        filed, other = self.draw('filed.png'), self.draw('other.png', '--wear', '30')
        self.expect(OK, 'seal', 'compare', filed, other)
        self.expect(REFUSED, 'seal', 'compare', filed, other, '--likeness', '0.999')
        self.expect(REFUSED, 'seal', 'compare', filed, self.draw('large.png', '--size', '45'))
        for more in (('--likeness', '2'), ('--likeness', 'x'), ('--tolerance', '1'), ('--size', '1'),
                     ('--agreement', '0')):
            self.expect(USAGE, 'seal', 'compare', filed, other, *more, says=more[0])

    def test_extract(self):
        scan, out = self.draw('scan.png'), self.folder / 'face.png'
        done = self.expect(OK, 'seal', 'extract', scan, '-o', out)
        self.assertIn('a round seal', done.stdout)
        self.assertIn('42.', done.stdout)
        must('seal', 'compare', scan, out)
        self.assertIn('45.0 mm', must('seal', 'extract', scan, '-o', out, '--size', '45'))
        self.assertIn('21.', must('seal', 'extract', scan, '-o', out, '--dpi', '600'))

    def test_several(self):
        scan, out = self.folder / 'scan.png', self.folder / 'face.png'
        png(scan, discs((150, 300), (450, 300)), 600)
        self.expect(REFUSED, 'seal', 'extract', scan, '-o', out, says='150,300; 450,300')
        self.expect(REFUSED, 'seal', 'compare', scan, scan, says='150,300; 450,300')
        self.assertFalse(out.exists())
        self.assertIn('at 450,300', must('seal', 'extract', scan, '-o', out, '--at', '420,310'))
        self.expect(REFUSED, 'seal', 'extract', scan, '-o', out, '--at', '5,5', says='5,5')
        for at in ('5', '5,x', '-5,5', '5;5'):
            self.expect(USAGE, 'seal', 'extract', scan, '-o', out, '--at', at, says='--at')

    def test_refused(self):
        scan, out = self.folder / 'scan.png', self.folder / 'face.png'
        png(scan, discs(), 600)
        self.expect(REFUSED, 'seal', 'extract', scan, '-o', out, says='no seal')
        png(scan, discs((300, 300), radius=20), 600)
        self.expect(REFUSED, 'seal', 'extract', scan, '-o', out, says='only 4')
        scan.write_bytes(b'no picture')
        self.expect(REFUSED, 'seal', 'extract', scan, '-o', out)
        self.expect(NO_INPUT, 'seal', 'extract', self.folder / 'none.png', '-o', out, says='none.png')
        png(scan, discs((300, 300)), 600)
        self.expect(NO_OUTPUT, 'seal', 'extract', scan, '-o', self.folder / 'none' / 'f.png', says='none')
        self.expect(USAGE, 'seal', 'extract', scan, '-o', out, '--dpi', '300', '--size', '42', says='both')
        self.expect(USAGE, 'seal', 'extract', scan, '-o', out, '--dpi', '20', says='--dpi')


if __name__ == '__main__':
    sys.exit(unittest.main())
