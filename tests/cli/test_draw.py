#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Seals drawn from the command line: every kind and format, what is refused, and the way of a drawn
seal into documents. What it looks like is tests/face's and tests/draw's to judge.

Run as test_cli.py, whose folder of keys and documents this makes for itself.
"""

import json
import shutil
import struct
import subprocess
import sys
import unittest

import test_cli as cli
from test_cli import IO, NO_INPUT, NO_OUTPUT, OK, PROGRAM, REFUSED, USAGE, must, run

NAME = '示例市山海信息技术有限公司'


def setUpModule():
    cli.setUpModule()


def tearDownModule():
    cli.tearDownModule()


def png_size(path):
    """Pixels, and dots per inch."""
    data = path.read_bytes()
    assert data[:8] == b'\x89PNG\r\n\x1a\n' and data[37:41] == b'pHYs'
    width, height = struct.unpack('>II', data[16:24])
    return width, height, round(struct.unpack('>I', data[41:45])[0] * 0.0254)


class Drawing(cli.Case):
    def draw(self, out, *more, text=NAME, code=OK, says=''):
        done = self.expect(code, 'seal', 'draw', '--text', text, '-o', self.folder / out, *more,
                           says=says)
        self.assertEqual((self.folder / out).exists(), code == OK)
        return done

    def test_every_kind_has_its_usual_size(self):
        for kind, more, size in (('official', (), (496, 496)),
                                 ('special', ('--line', '财务专用章'), (472, 472)),
                                 ('oval', ('--line', '发票专用章'), (472, 354)),
                                 ('square', (), (236, 236))):
            text = '王小明印' if kind == 'square' else NAME
            self.draw('a.png', '--kind', kind, *more, text=text)
            self.assertEqual(png_size(self.folder / 'a.png'), (*size, 300))
            (self.folder / 'a.png').unlink()
        done = self.draw('a.png', '--kind', 'name', text='王小明')
        self.assertRegex(done.stdout, r'a\.png: \d\d\.\d x 12\.0 mm, ')

    def test_presets(self):
        for preset, pixels in (('official-45', 531), ('official-40', 472), ('official-38', 449),
                               ('special-58', 685), ('square-18', 213)):
            line = ('--line', '合同专用章') if preset.startswith('special') else ()
            self.draw('a.png', '--preset', preset, *line, text='王小明印')
            self.assertEqual(png_size(self.folder / 'a.png')[:2], (pixels, pixels))

    def test_sizes_and_resolutions(self):
        for more, size in ((('--size', '30', '--dpi', '600'), (709, 709, 600)),
                           (('--size', '25.4', '--dpi', '100'), (100, 100, 100)),
                           (('--size', '50x40', '--dpi', '254'), (500, 400, 254))):
            self.draw('a.png', '--kind', 'official', *more)
            self.assertEqual(png_size(self.folder / 'a.png'), size)
        self.draw('b.png', '--kind', 'oval', '--size', '45', '--dpi', '254')
        self.assertEqual(png_size(self.folder / 'b.png')[:2], (450, 338))

    def test_svg_and_pdf(self):
        self.draw('a.svg', '--kind', 'official', '--ink', 'blue')
        text = (self.folder / 'a.svg').read_text()
        self.assertIn('width="42mm" height="42mm"', text)
        self.assertIn('<path', text)
        for word in ('<image', '<text', '<use', '<script'):
            self.assertNotIn(word, text)
        self.draw('a.PDF', '--kind', 'official')
        self.assertTrue((self.folder / 'a.PDF').read_bytes().startswith(b'%PDF-1.'))

    def test_an_emblem_of_ones_own(self):
        (self.folder / 'e.svg').write_text(
            "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'><circle cx='4.5' cy='4.5' "
            "r='4'/></svg>")
        self.draw('a.png', '--kind', 'official', '--emblem', self.folder / 'e.svg')
        self.draw('b.png', '--kind', 'official', '--emblem', 'none')
        self.draw('c.png', '--kind', 'official', '--emblem', 'star', '--emblem-size', '10')
        self.assertEqual(len({(self.folder / f'{n}.png').read_bytes() for n in 'abc'}), 3)

    def test_wear(self):
        for out, seed in (('a.png', '1'), ('b.png', '1'), ('c.png', '2')):
            self.draw(out, '--kind', 'official', '--wear', '30', '--seed', seed)
        a, b, c = ((self.folder / f'{n}.png').read_bytes() for n in 'abc')
        self.assertEqual(a, b)
        self.assertNotEqual(a, c)

    def test_usage(self):
        for more, says in (
                ((), '--kind or --preset'),
                (('--kind', 'square', '--preset', 'square-20'), '--kind or --preset'),
                (('--kind', 'round'), '--kind takes'),
                (('--preset', 'official-41'), 'official-42, official-45'),
                (('--kind', 'official', '--size', 'big'), '--size takes'),
                (('--kind', 'official', '--size', '42x'), '--size takes'),
                (('--kind', 'official', '--ring', 'thin'), '--ring takes'),
                (('--kind', 'official', '--ink', 'crimson'), '--ink takes'),
                (('--kind', 'official', '--ink', '12345g'), '--ink takes'),
                (('--kind', 'official', '--dpi', '71'), '--dpi'),
                (('--kind', 'official', '--wear', '101'), '--wear')):
            self.draw('a.png', *more, code=USAGE, says=says)
        self.draw('a.jpg', '--kind', 'official', code=USAGE, says='.png')

    def test_refusals(self):
        for more, says in (
                (('--kind', 'special'), 'needs a line'),
                (('--kind', 'square', '--line', 'x'), 'no line'),
                (('--kind', 'official', '--size', '101'), '5 to 100'),
                (('--kind', 'official', '--size', '5', '--ring', '2'), 'an eighth'),
                (('--kind', 'official', '--cut'), 'cut out')):
            self.draw('a.png', *more, code=REFUSED, says=says)
        self.draw('a.svg', '--kind', 'official', '--wear', '9', code=REFUSED, says='PNG only')
        self.draw('a.png', '--kind', 'official', text='山' * 60, code=REFUSED, says='too long')
        self.draw('a.png', '--kind', 'official', text='山\U0003fffd', code=REFUSED, says='U+3FFFD')
        self.draw('a.png', '--kind', 'official', text='', code=REFUSED, says='needs a name')
        self.draw('a.png', '--kind', 'official', '--emblem', 'none.svg', code=NO_INPUT)
        self.draw('no/a.png', '--kind', 'official', code=NO_OUTPUT)
        self.expect_left()

    def test_in_chinese(self):
        chinese = {'LC_ALL': 'zh_CN.utf8'}
        self.expect(REFUSED, 'seal', 'draw', '--kind', 'special', '--text', NAME, '-o',
                    self.folder / 'a.png', env=chinese, says='专用章需要横排文字说明用途')
        self.expect(REFUSED, 'seal', 'draw', '--kind', 'official', '--text', '山' * 60, '-o',
                    self.folder / 'a.png', env=chinese, says='太长')

    def test_without_the_library(self):
        """Drawing alone needs it, and says so."""
        lonely = self.folder / 'yinxin'
        shutil.copy(PROGRAM, lonely)
        done = subprocess.run([lonely, 'seal', 'draw', '--kind', 'official', '--text', NAME, '-o',
                               self.folder / 'a.png'], env=cli.environment(),
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, IO)
        self.assertIn('libyinxin-draw.so.0', done.stderr)
        done = subprocess.run([lonely, 'seal', 'show', cli.WORLD / 'unit.esl'],
                              env=cli.environment(), capture_output=True, text=True)
        self.assertEqual(done.returncode, OK, done.stderr)


class Use(cli.Case):
    """A drawn seal goes into seals, and they into documents of both formats."""

    def test_from_drawing_to_document(self):
        for picture in ('face.png', 'face.svg'):
            drawn = self.folder / picture
            must('seal', 'draw', '--kind', 'official', '--text', '测试单位', '--code',
                 '3100000123456', '-o', drawn)
            arguments = [str(a) for a in cli.seal_arguments(self.folder / f'{picture}.esl')]
            arguments[arguments.index('--picture') + 1] = str(drawn)
            must(*arguments)
            for source in ('contract.ofd', 'contract.pdf'):
                out = self.folder / f'{picture}-{source}'
                arguments = [str(a) for a in cli.sign_arguments(source, out, '--at', '100,100')]
                arguments[arguments.index('--seal') + 1] = str(self.folder / f'{picture}.esl')
                must(*arguments)
                report = json.loads(must('verify', out, '--json', '--trust', 'ca/ca.pem'))
                self.assertEqual(report['result'], 'valid')
                self.assertAlmostEqual(report['signatures'][0]['stamps'][0]['width'], 42, 3)


if __name__ == '__main__':
    sys.exit(unittest.main())
