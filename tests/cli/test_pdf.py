#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""PDF from the command line: sealed, extended, read and verified as OFD is, and what only one of
the two can do refused for the other. What a seal looks like on the page is tests/pdfsign's to judge.

Run as test_cli.py, whose folder of keys and documents this makes for itself.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import unittest
import zlib

import test_cli as cli
from test_cli import DAMAGED, NO_INPUT, OK, REFUSED, ROOT, UNSIGNED, USAGE, must, run

TRUST = ('--trust', 'ca/ca.pem')
TSA = ('--tsa-cert', 'tsa.pem', '--tsa-key', 'tsa.key')


def setUpModule():
    cli.setUpModule()
    cli.issue('tsa', 'tsa', 'CN=时间戳,O=测试机构,C=CN')
    must('ca', 'crl', 'ca', '-o', 'ca.crl')
    must(*cli.sign_arguments('contract.pdf', 'sealed.pdf', '--keyword', '甲方（盖章）'))
    subprocess.run([sys.executable, ROOT / 'examples/tamper.py', cli.WORLD / 'sealed.pdf',
                    cli.WORLD / 'forged.pdf'], check=True)


def tearDownModule():
    cli.tearDownModule()


def report(path, *more):
    return json.loads(run('verify', path, '--json', *TRUST, *more).stdout)


class Case(cli.Case):
    def sign(self, *more, source='contract.pdf', out='a.pdf', code=OK, says=''):
        self.expect(code, *cli.sign_arguments(source, self.folder / out, *more), says=says)
        if code != OK:
            self.assertFalse((self.folder / out).exists())
            return None
        made = report(self.folder / out)
        self.assertEqual(made['result'], 'valid')
        return made


class Signing(Case):
    def stamps(self, *more):
        return self.sign(*more, out=f'{len(list(self.folder.iterdir()))}.pdf')[
            'signatures'][-1]['stamps']

    def test_places_are_those_of_the_same_ofd(self):
        """One contract, two formats: a seal stands on the same spot in both."""
        for place in ((), ('--page', '2', '--at', '105,148.5'), ('--page', 'all', '--at', '60,60'),
                      ('--keyword', '甲方（盖章）'), ('--keyword', '甲 方 （盖 章）'),
                      ('--keyword', '2026年11月18日')):
            with self.subTest(place):
                out = self.folder / 'same.ofd'
                must(*cli.sign_arguments('contract.ofd', out, *place))
                pairs = zip(report(out)['signatures'][0]['stamps'], self.stamps(*place), strict=True)
                for ofd, pdf in pairs:
                    self.assertEqual(ofd['page'], pdf['page'])
                    for key in ('x', 'y', 'width', 'height'):
                        self.assertAlmostEqual(ofd[key], pdf[key], delta=1)

    def test_a_face_in_svg(self):
        """Made, used in both formats and verified; one with texts makes no seal."""
        seal = [str(a) for a in cli.seal_arguments(self.folder / 'drawn.esl')]
        face = seal.index('--picture') + 1
        seal[face] = str(ROOT / 'examples/seal/company.svg')
        self.expect(REFUSED, *seal, says='convert its texts to paths')
        seal[face] = str(ROOT / 'examples/seal/plain.svg')
        must(*seal)
        for name in ('contract.pdf', 'contract.ofd'):
            with self.subTest(name):
                out = self.folder / ('drawn-' + name)
                sign = [str(a) for a in cli.sign_arguments(name, out)]
                sign[sign.index('--seal') + 1] = str(self.folder / 'drawn.esl')
                must(*sign)
                made = report(out)
                self.assertEqual(made['result'], 'valid')
                self.assertEqual(made['signatures'][0]['seal']['picture_type'], 'svg')

    def test_every_match(self):
        self.assertGreater(len(self.stamps('--keyword', '甲方', '--match', 'all')), 3)
        self.sign('--keyword', '丙方', code=REFUSED, says='丙方')
        self.sign('--keyword', '', code=USAGE)

    def test_a_seam(self):
        self.assertEqual([(s['page'], round(s['clip']['x'], 2), round(s['clip']['width'], 2))
                          for s in self.stamps('--seam', 'right')],
                         [(page, 196, 14) for page in (1, 2, 3)])

    def test_places_refused(self):
        for code, more in ((REFUSED, ['--page', '4']), (REFUSED, ['--at', '-50,50']),
                           (REFUSED, ['--page', '1', '--seam', 'left']), (USAGE, ['--page', '0']),
                           (REFUSED, ['--document', '2']), (REFUSED, ['--field', 'no such']),
                           (USAGE, ['--field', 'a', '--at', '1,1']),
                           (USAGE, ['--field', 'a', '--page', '1']),
                           (USAGE, ['--level', 'xl']), (USAGE, ['--level', 't'])):
            with self.subTest(more):
                self.sign(*more, code=code)
        self.expect_left()

    def test_without_a_seal(self):
        out = self.folder / 'a.pdf'
        must('sign', 'notice.pdf', '-o', out, '--cert', 'unit.pem', '--key', 'unit.key')
        signature = report(out)['signatures'][0]
        self.assertEqual((signature['kind'], signature['seal'], signature['stamps']),
                         ('pades', None, []))

    def test_twice_and_closed(self):
        made = self.sign('--close', source='sealed.pdf')
        self.assertEqual([s['result'] for s in made['signatures']], ['valid', 'valid'])
        self.sign(source=self.folder / 'a.pdf', out='b.pdf', code=REFUSED, says='closed')

    def test_every_byte_stays(self):
        before = (cli.WORLD / 'sealed.pdf').read_bytes()
        self.sign('--seam', 'left', source='sealed.pdf')
        self.assertTrue((self.folder / 'a.pdf').read_bytes().startswith(before))
        self.assertEqual((cli.WORLD / 'sealed.pdf').read_bytes(), before)

    def test_reason_and_location(self):
        self.sign('--reason', '签订合同', '--location', '示例市')
        data = (self.folder / 'a.pdf').read_bytes().upper()
        for text in ('签订合同', '示例市'):
            self.assertIn(text.encode('utf-16-be').hex().upper().encode(), data)

    def test_the_chain_behind_the_certificate(self):
        """What stands behind the signer's certificate in its file travels along."""
        folder = self.folder
        must('ca', 'init', folder / 'sub', '--name', 'CN=下级CA,O=测试机构,C=CN', '--parent', 'ca')
        must('ca', 'issue', folder / 'sub', '--profile', 'unit', '--subject',
             'CN=下级单位,O=下级单位,C=CN', '-o', folder / 'one')
        arguments = ['sign', 'notice.pdf', '--key', folder / 'one.key', '-o']
        alone = (folder / 'one.pem').read_text()
        (folder / 'alone.pem').write_text(
            alone[:alone.index('-----END CERTIFICATE-----') + 26])
        must(*arguments, folder / 'a.pdf', '--cert', folder / 'alone.pem')
        must(*arguments, folder / 'b.pdf', '--cert', folder / 'alone.pem', '--chain',
             folder / 'sub/ca.pem')
        (folder / 'both.pem').write_text((folder / 'alone.pem').read_text() +
                                         (folder / 'sub/ca.pem').read_text())
        must(*arguments, folder / 'c.pdf', '--cert', folder / 'both.pem')
        self.assertEqual([report(folder / name)['result'] for name in ('a.pdf', 'b.pdf', 'c.pdf')],
                         ['indeterminate', 'valid', 'valid'])

    def test_what_only_pdf_can_do(self):
        for more in (['--reason', 'a'], ['--location', 'a'], ['--field', 'a'], ['--level', 't'],
                     ['--level', 'lt', *TSA], ['--level', 'lta', *TSA]):
            with self.subTest(more):
                self.sign(*more, source='contract.ofd', out='a.ofd', code=REFUSED)
        self.expect_left()

    def test_other_algorithms_need_no_permission(self):
        for algorithm in ('p256', 'rsa3072'):
            must('ca', 'issue', 'ca', '--profile', 'person', '--subject', 'CN=p', '--algorithm',
                 algorithm, '-o', self.folder / algorithm)
            out = self.folder / f'{algorithm}.pdf'
            must('sign', 'notice.pdf', '-o', out, '--cert', self.folder / f'{algorithm}.pem',
                 '--key', self.folder / f'{algorithm}.key')
            self.assertEqual(report(out)['result'], 'valid')


class Levels(Case):
    def test_every_level(self):
        for level, times in (('b', ['signer']), ('t', ['tsa']), ('lt', ['tsa']),
                             ('lta', ['tsa', 'tsa'])):
            with self.subTest(level):
                stamper = () if level == 'b' else TSA
                made = self.sign('--level', level, *stamper, *TRUST, '--crl', 'ca.crl',
                                 out=f'{level}.pdf')
                self.assertEqual([s['time_source'] for s in made['signatures']], times)

    def test_a_time_stamping_option_asks_for_level_t(self):
        self.assertEqual(self.sign(*TSA)['signatures'][0]['time_source'], 'tsa')

    def test_extend(self):
        self.sign(*TSA)
        extend = ['extend', self.folder / 'a.pdf', '-o']
        must(*extend, self.folder / 'b.pdf', *TRUST, '--crl', 'ca.crl')
        must(*extend, self.folder / 'c.pdf', '--level', 'lta', *TRUST, '--crl', 'ca.crl', *TSA)
        kinds = [[s['kind'] for s in report(self.folder / name)['signatures']]
                 for name in ('b.pdf', 'c.pdf')]
        self.assertEqual(kinds, [['pades'], ['pades', 'doctimestamp']])
        before = (self.folder / 'a.pdf').read_bytes()
        self.assertTrue((self.folder / 'c.pdf').read_bytes().startswith(before))

    def test_store_too_large(self):
        """A few bytes that become very large in the security store."""
        self.sign(*TSA)
        signed = (self.folder / 'a.pdf').read_bytes()
        start = int(re.findall(rb'startxref\s+(\d+)', signed)[-1])
        number = int(re.findall(rb'/Size (\d+)', signed)[-1])
        root = re.findall(rb'/Root (\d+) 0 R', signed)[-1]
        catalog = re.findall(rb'\n' + root + rb' 0 obj\s*(<<.*?>>)\s*endobj', signed, re.S)[-1]
        packed = zlib.compress(bytes(15 * 1024 * 1024), 9)
        file = signed + root + b' 0 obj\n' + catalog[:-2]
        file += b'/DSS << /CRLs [%s] >> >>\nendobj\n' % (b'%d 0 R ' % number * 900)
        stream = len(file)
        file += b'%d 0 obj\n<< /Filter /FlateDecode /Length %d >>\nstream\n' % (number, len(packed))
        file += packed + b'\nendstream\nendobj\n'
        table = b'xref\n%s 1\n%010d 00000 n \n%d 1\n%010d 00000 n \n' % (
            root, len(signed), number, stream)
        table += b'trailer\n<< /Size %d /Root %s 0 R /Prev %d >>\n' % (number + 1, root, start)
        table += b'startxref\n%d\n%%%%EOF\n' % len(file)
        (self.folder / 'large.pdf').write_bytes(file + table)
        large = report(self.folder / 'large.pdf')
        self.assertEqual(large['result'], 'invalid')
        self.assertIn('security store', str(large['checks']))
        self.expect(REFUSED, 'extend', self.folder / 'large.pdf', '-o', self.folder / 'b.pdf',
                    '--level', 'lta', *TRUST, '--crl', 'ca.crl', *TSA)

    def test_extend_refused(self):
        extend = ['extend', 'sealed.pdf', '-o', self.folder / 'b.pdf']
        crl = ['--crl', 'ca.crl']
        self.expect(REFUSED, *extend, *TRUST, *crl)  # no time-stamp to build on
        self.expect(USAGE, *extend, *TRUST, *crl, '--level', 'lta')
        self.expect(USAGE, *extend, *TRUST, *crl, '--level', 't')
        self.expect(USAGE, *extend, *crl)
        self.expect(USAGE, 'extend', 'sealed.pdf', '-o', 'sealed.pdf', *TRUST)
        self.expect(REFUSED, 'extend', 'contract.pdf', '-o', self.folder / 'b.pdf', *TRUST, *crl)
        self.expect(REFUSED, 'extend', 'sealed.ofd', '-o', self.folder / 'b.ofd', *TRUST, *crl)
        self.expect(NO_INPUT, 'extend', 'none.pdf', '-o', self.folder / 'b.pdf', *TRUST)
        self.expect_left()


class Verifying(Case):
    def test_both_kinds_at_once(self):
        done = run('verify', 'sealed.ofd', 'sealed.pdf', 'unit.esl', *TRUST, '--json')
        self.assertEqual(done.returncode, OK)
        both = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual([r['format'] for r in both], ['ofd', 'pdf', 'esl'])
        ofd, pdf, _ = both
        self.assertEqual([list(r) for r in (ofd, ofd['signatures'][0], ofd['signatures'][0]['seal'])],
                         [list(r) for r in (pdf, pdf['signatures'][0], pdf['signatures'][0]['seal'])])
        self.assertEqual(run('verify', 'sealed.ofd', 'forged.pdf', *TRUST).returncode, REFUSED)
        self.assertEqual(run('verify', 'sealed.ofd', 'contract.pdf', *TRUST).returncode, UNSIGNED)

    def test_a_forgery(self):
        made = report('forged.pdf')
        failed = [c['id'] for c in made['signatures'][0]['checks'] if c['result'] == 'fail']
        self.assertEqual(failed, ['changes.after'])
        self.assertNotEqual(made['coverage']['changed_after'], [])

    def test_the_report_for_people(self):
        text = must('verify', 'sealed.pdf', *TRUST)
        self.assertIn('PAdES', text)
        self.assertIn('测试单位公章', text)
        self.assertIn('Signature 1 of 1', text)

    def test_cut_anywhere(self):
        data = (cli.WORLD / 'sealed.pdf').read_bytes()
        for end in range(0, len(data), len(data) // 23):
            (self.folder / 'cut.pdf').write_bytes(data[:end])
            done = run('verify', self.folder / 'cut.pdf', *TRUST)
            self.assertIn(done.returncode, (REFUSED, UNSIGNED, DAMAGED), end)


@unittest.skipUnless(shutil.which('pdftotext'), 'pdftotext reads the text')
class Text(Case):
    def test_words(self):
        self.assertIn('128,000.00', must('text', 'contract.pdf', '--page', '1'))
        for line in must('text', 'contract.pdf', '--boxes', '--page', '3').splitlines()[1:]:
            self.assertRegex(line, r'^( +\d+\.\d\d){4}  \S')

    def test_words_apart_stay_apart(self):
        (self.folder / 'a.pdf').write_bytes(hello())
        self.assertEqual(must('text', self.folder / 'a.pdf'), 'Hello <World> & "more"\n')

    def test_json(self):
        document = json.loads(must('text', 'contract.pdf', '--json'))
        self.assertEqual([page['page'] for page in document['pages']], [1, 2, 3])
        self.assertAlmostEqual(document['pages'][0]['width'], 210, places=2)

    def test_without_pdftotext(self):
        for command in (['text', 'contract.pdf'],
                        cli.sign_arguments('contract.pdf', self.folder / 'a.pdf', '--keyword', 'a')):
            done = run(*command, env={'PATH': '/nonexistent'})
            self.assertEqual(done.returncode, REFUSED)
            self.assertIn('poppler-utils', done.stderr)
        self.assertEqual(run(*cli.sign_arguments('contract.pdf', self.folder / 'b.pdf'),
                             env={'PATH': '/nonexistent'}).returncode, OK)

    def test_a_pdftotext_that_lies(self):
        """What the program prints is not believed: nothing, garbage, too few pages, endless."""
        folder = self.folder / 'bin'
        folder.mkdir()
        path = {'PATH': f'{folder}:{os.environ["PATH"]}'}
        for code in ('return 0;', 'return 1;', '__builtin_trap();', 'puts("<doc>\\n</doc>"); return 0;',
                     'puts("<doc>\\n  <page width=\\"1\\" height=\\"x\\">"); return 0;',
                     'for (;;) putchar(0);'):
            # No script: what is confined cannot start an interpreter.
            subprocess.run(['gcc', '-x', 'c', '-', '-o', folder / 'pdftotext'], check=True, text=True,
                           input=f'#include <stdio.h>\nint main(void) {{ {code} }}\n')
            with self.subTest(code):
                done = run('text', 'contract.pdf', env=path)
                self.assertEqual(done.returncode, DAMAGED, done.stderr)
                self.assertIn('pdftotext', done.stderr)


def hello():
    """One page with a line of words, some of them with characters that XML would escape."""
    content = b'BT /F1 20 Tf 100 700 Td (Hello <World> & "more") Tj ET'
    objects = [b'<< /Type /Catalog /Pages 2 0 R >>', b'<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
               b'<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R'
               b' /Resources << /Font << /F1 5 0 R >> >> >>',
               b'<< /Length %d >>\nstream\n%s\nendstream' % (len(content), content),
               b'<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>']
    out, offsets = b'%PDF-1.7\n', []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b'%d 0 obj\n%s\nendobj\n' % (number, body)
    table = b''.join(b'%010d 00000 n \n' % offset for offset in offsets)
    return out + (b'xref\n0 6\n0000000000 65535 f \n%strailer\n<< /Size 6 /Root 1 0 R >>\n'
                  b'startxref\n%d\n%%%%EOF\n' % (table, len(out)))


if __name__ == '__main__':
    unittest.main()
