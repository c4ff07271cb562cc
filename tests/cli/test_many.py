#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Several documents in one call of `sign` and `extend`: where each result goes, what is refused
before anything is written, and that one failure costs no other document.

Run as test_cli.py, whose folder of keys and documents this makes for itself.
"""

import json
import os
import shutil
import unittest

import test_cli as cli
from test_cli import (DAMAGED, IO, NO_INPUT, NO_OUTPUT, OK, PASSPHRASE, REFUSED, USAGE, must, run)

TRUST = ('--trust', 'ca/ca.pem')
KEYS = ('--seal', 'unit.esl', '--cert', 'unit.pem', '--key', 'unit.key')


def setUpModule():
    cli.setUpModule()
    cli.issue('tsa', 'tsa', 'CN=时间戳,O=测试机构,C=CN')


def tearDownModule():
    cli.tearDownModule()


class Case(cli.Case):
    def setUp(self):
        super().setUp()
        self.inputs = self.folder / 'in'
        self.out = self.folder / 'out'
        self.inputs.mkdir()
        self.out.mkdir()

    def document(self, name, source=None):
        """A copy of the contract under another name."""
        path = self.inputs / name
        path.parent.mkdir(exist_ok=True)
        shutil.copy(cli.WORLD / (source or 'contract' + path.suffix), path)
        return path

    def sign(self, code, *inputs, out=None, says='', options=(), **more):
        return self.expect(code, 'sign', *inputs, '-o', out or self.out, *KEYS, *options,
                           says=says, **more)

    def expect_out(self, *names):
        self.assertEqual(sorted(path.name for path in self.out.iterdir()), sorted(names))
        for name in names:
            self.assertEqual(run('verify', self.out / name, *TRUST).returncode, OK, name)


class Places(Case):
    def test_one_to_a_file_as_ever(self):
        self.sign(OK, self.document('a.ofd'), out=self.out / 'b.ofd')
        self.expect_out('b.ofd')

    def test_one_to_a_folder(self):
        done = self.sign(OK, self.document('a.ofd'))
        self.expect_out('a.ofd')
        self.assertIn(f'{self.out}/a.ofd: sealed on page', done.stdout)
        self.sign(OK, self.document('b.pdf'), out=f'{self.out}/')
        self.expect_out('a.ofd', 'b.pdf')

    def test_both_formats_at_once(self):
        """And what was there under the same name is replaced, as with a file."""
        (self.out / 'b.pdf').write_text('old')
        files = [self.document(name) for name in ('a.ofd', 'b.pdf', 'sub/c.ofd', '中文 名.pdf')]
        before = [path.read_bytes() for path in files]
        done = self.sign(OK, *files)
        self.expect_out('a.ofd', 'b.pdf', 'c.ofd', '中文 名.pdf')
        self.assertEqual([path.read_bytes() for path in files], before)
        self.assertEqual(len(done.stdout.splitlines()), 4)
        self.assertEqual(done.stderr, '')

    def test_every_document_has_its_own_places(self):
        """`--page all` and a keyword mean each document's own pages."""
        two, one = self.document('two.pdf'), self.document('one.ofd')
        self.sign(OK, two, one, options=('--page', 'all', '--at', '60,60'))
        for name in ('two.pdf', 'one.ofd'):
            made = json.loads(run('verify', self.out / name, '--json', *TRUST).stdout)
            pages = [stamp['page'] for stamp in made['signatures'][0]['stamps']]
            self.assertEqual(pages, sorted(set(pages)))
            self.assertGreater(len(pages), 1)
        self.sign(OK, two, one, options=('--keyword', '甲方（盖章）'))
        self.expect_out('two.pdf', 'one.ofd')


class Refused(Case):
    """Before the first document: nothing is written, and no passphrase is asked for."""

    def refuse(self, *inputs, says, out=None):
        before = {path: path.read_bytes() for path in inputs}
        done = self.sign(USAGE, *inputs, out=out, says=says, passphrase=None)
        self.assertNotIn('passphrase', done.stderr)
        self.assertEqual({path: path.read_bytes() for path in inputs}, before)
        self.assertEqual([p.name for p in self.out.iterdir() if not p.is_symlink()], [])

    def test_no_folder(self):
        two = self.document('a.ofd'), self.document('b.pdf')
        for out in (self.out / 'none', self.inputs / 'a.ofd', '/dev/null'):
            self.refuse(*two, out=out, says='need a folder')

    def test_the_same_name_twice(self):
        one = self.document('a.ofd')
        self.refuse(one, self.document('sub/a.ofd'), says='the same name')
        self.refuse(one, self.document('b.ofd'), one, says='the same name')

    def test_an_input_in_the_folder(self):
        one, two = self.document('a.ofd'), self.document('b.pdf')
        self.refuse(one, two, out=self.inputs, says='OUT must not be IN')
        self.refuse(one, out=self.inputs, says='OUT must not be IN')
        self.refuse(one, two, out=self.inputs / '..' / 'in', says='OUT must not be IN')

    def test_an_input_under_another_name(self):
        """The result of c/b.pdf would take the place of what the link a.pdf leads to."""
        real, other = self.document('b.pdf'), self.document('c/b.pdf')
        link = self.folder / 'a.pdf'
        link.symlink_to(real)
        self.refuse(link, other, out=self.inputs, says='OUT must not be IN')
        (self.out / 'b.pdf').symlink_to(real)
        self.refuse(real, self.document('d.pdf'), says='OUT must not be IN')

    def test_options_are_read_before(self):
        two = self.document('a.ofd'), self.document('b.pdf')
        for wrong in (('--page', '0'), ('--at', 'x'), ('--level', 'x'), ('--document', '0'),
                      ('--at', '1,1', '--seam', 'left')):
            done = self.sign(USAGE, *two, options=wrong)
            self.assertEqual(done.stderr.count('\n'), 2, done.stderr)
        self.sign(NO_INPUT, *two, options=('--trust', 'none.pem'))
        self.expect_out()


class Failing(Case):
    def test_the_others_are_made(self):
        """Each failure names its file; the code is the highest among them."""
        good, other = self.document('good.ofd'), self.document('other.pdf')
        damaged = self.document('damaged.pdf', 'unit.pem')
        none = self.inputs / 'none.ofd'
        closed = self.inputs / 'closed.pdf'
        must('sign', 'contract.pdf', '-o', closed, '--close', *KEYS)
        for code, files in ((REFUSED, (good, closed, other)), (DAMAGED, (damaged, closed, good)),
                            (DAMAGED, (closed, damaged, good)),
                            (NO_INPUT, (none, damaged, closed, other))):
            for path in self.out.iterdir():
                path.unlink()
            done = self.sign(code, *files)
            made = [path for path in files if path in (good, other)]
            self.expect_out(*(path.name for path in made))
            lines = done.stderr.splitlines()
            self.assertEqual(len(lines), len(files) - len(made), done.stderr)
            for line, path in zip(lines, [path for path in files if path not in made]):
                self.assertTrue(line.startswith('yinxin: ') and path.name in line, line)

    def test_what_one_format_cannot_do(self):
        ofd, pdf = self.document('a.ofd'), self.document('b.pdf')
        done = self.sign(REFUSED, ofd, pdf, options=('--reason', 'because'))
        self.assertIn('a.ofd', done.stderr)
        self.expect_out('b.pdf')

    def test_an_output_that_cannot_be(self):
        (self.out / 'a.ofd').mkdir()
        self.sign(NO_OUTPUT, self.document('a.ofd'), self.document('b.pdf'), says='a.ofd')
        (self.out / 'a.ofd').rmdir()
        self.expect_out('b.pdf')

    def test_a_disk_that_takes_only_small_files(self):
        def limit():
            cli.resource.setrlimit(cli.resource.RLIMIT_FSIZE, (9000, 9000))
        (self.out / 'a.ofd').write_text('what was there')
        done = self.sign(IO, self.document('a.ofd'), self.document('b.ofd'), preexec_fn=limit)
        self.assertEqual(len(done.stderr.splitlines()), 2)
        self.assertEqual((self.out / 'a.ofd').read_text(), 'what was there')
        self.assertEqual([path.name for path in self.out.iterdir()], ['a.ofd'])

    def test_a_wrong_passphrase_is_one_error(self):
        done = self.sign(REFUSED, self.document('a.ofd'), self.document('b.pdf'),
                         passphrase='wrong')
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        self.expect_out()


class Asking(Case):
    def test_the_passphrase_once(self):
        """From a pipe that has it once."""
        two = self.document('a.ofd'), self.document('b.pdf')
        reader, writer = os.pipe()
        os.write(writer, (PASSPHRASE + '\n').encode())
        os.close(writer)
        self.sign(OK, *two, passphrase=None, pass_fds=(reader,),
                  options=('--passphrase-file', f'/dev/fd/{reader}'))
        os.close(reader)
        self.expect_out('a.ofd', 'b.pdf')


class Extending(Case):
    def setUp(self):
        super().setUp()
        must('ca', 'crl', 'ca', '-o', self.folder / 'crl')
        self.levels = ('--level', 'lt', '--crl', self.folder / 'crl', *TRUST)

    def signed(self, name):
        path = self.inputs / name
        must('sign', 'contract.pdf', '-o', path, '--cert', 'unit.pem', '--key', 'unit.key',
             '--tsa-cert', 'tsa.pem', '--tsa-key', 'tsa.key')
        return path

    def test_several(self):
        files = self.signed('a.pdf'), self.signed('b.pdf')
        done = self.expect(OK, 'extend', *files, '-o', self.out, *self.levels)
        self.assertEqual(len(done.stdout.splitlines()), 2)
        self.expect_out('a.pdf', 'b.pdf')

    def test_one_fails(self):
        files = self.document('plain.ofd'), self.signed('b.pdf')
        self.expect(REFUSED, 'extend', *files, '-o', self.out, *self.levels, says='plain.ofd')
        self.expect_out('b.pdf')
        self.expect(USAGE, 'extend', *files, '-o', self.inputs, *self.levels,
                    says='OUT must not be IN')


if __name__ == '__main__':
    unittest.main(verbosity=2)
