#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the built program as its users do: every command, every exit code, both languages.

YINXIN_PROGRAM names the program; build/yinxin unless set. Needs Python 3 alone.
"""

import http.server
import json
import os
import pathlib
import pty
import re
import resource
import select
import shutil
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.path.abspath(os.environ.get('YINXIN_PROGRAM', ROOT / 'build' / 'yinxin'))
PASSPHRASE = 'correct horse'
OK, REFUSED, INDETERMINATE, UNSIGNED = 0, 1, 2, 3
USAGE, DAMAGED, NO_INPUT, NO_OUTPUT, IO = 64, 65, 66, 73, 74

WORLD = None  # a folder with an authority, keys, a seal and documents, made once


def environment(**extra):
    """A bare one: no passphrase, no home, English."""
    env = {'PATH': os.environ['PATH'], 'LC_ALL': 'C.UTF-8', 'HOME': '/nonexistent', 'TZ': 'UTC'}
    for name in ('ASAN_OPTIONS', 'UBSAN_OPTIONS'):
        if name in os.environ:
            env[name] = os.environ[name]
    env.update(extra)
    return env


def run(*arguments, cwd=None, passphrase=PASSPHRASE, env=None, **more):
    extra = dict(env or {})
    if passphrase is not None:
        extra['YINXIN_PASSPHRASE'] = passphrase
    more.setdefault('stdout', subprocess.PIPE)
    return subprocess.run([PROGRAM, *map(str, arguments)], cwd=cwd or WORLD,
                          env=environment(**extra), stdin=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, timeout=120, text=True, encoding='utf-8',
                          errors='surrogateescape', start_new_session=True, **more)


def must(*arguments, **more):
    done = run(*arguments, **more)
    if done.returncode != 0:
        raise AssertionError(f'{arguments} ended with {done.returncode}: {done.stderr}')
    return done.stdout


def issue(name, profile, subject, *more):
    must('ca', 'issue', 'ca', '--profile', profile, '--subject', subject, '-o', name, *more)


def seal_arguments(out, *more, name='测试单位公章'):
    return ['seal', 'make', '--name', name, '--picture', ROOT / 'examples/seal/company.png',
            '--width', '42', '--height', '42', '--holder', 'unit.pem', '--maker', 'maker.pem',
            '--maker-key', 'maker.key', '-o', out, *more]


def sign_arguments(source, out, *more):
    return ['sign', source, '-o', out, '--seal', 'unit.esl', '--cert', 'unit.pem', '--key',
            'unit.key', *more]


def setUpModule():
    global WORLD
    WORLD = pathlib.Path(tempfile.mkdtemp(prefix='yinxin-cli-'))
    subprocess.run([sys.executable, ROOT / 'examples/build.py', WORLD], check=True,
                   stdout=subprocess.DEVNULL)
    must('ca', 'init', 'ca', '--name', 'CN=测试根CA,O=测试机构,C=CN')
    issue('maker', 'seal-maker', 'CN=制章中心,O=测试机构,C=CN')
    issue('unit', 'unit', 'CN=测试单位,O=测试单位,C=CN')
    issue('other', 'unit', 'CN=别的单位,O=别的单位,C=CN')
    must('ca', 'init', 'strange', '--name', 'CN=别的CA,O=别的机构,C=CN')
    must(*seal_arguments('unit.esl'))
    must(*sign_arguments('contract.ofd', 'sealed.ofd', '--keyword', '甲方（盖章）'))
    subprocess.run([sys.executable, ROOT / 'examples/tamper.py', WORLD / 'sealed.ofd',
                    WORLD / 'forged.ofd'], check=True, stdout=subprocess.DEVNULL)


def tearDownModule():
    shutil.rmtree(WORLD)


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='case-', dir=WORLD))

    def expect(self, code, *arguments, says='', **more):
        done = run(*arguments, **more)
        self.assertEqual(done.returncode, code, f'{arguments}: {done.stdout} {done.stderr}')
        self.assertIn(says, (done.stdout or '') + done.stderr)
        self.assertNotIn('{1}', (done.stdout or '') + done.stderr)
        return done

    def expect_left(self, *names):
        """Nothing but these stands in the case's folder: no temporary file either."""
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), sorted(names))


class Program(Case):
    def test_version(self):
        self.assertRegex(must('--version'), r'^yinxin \d+\.\d+\.\d+\n$')

    def test_help_lists_every_command(self):
        text = must('--help')
        self.assertEqual(text, must('help'))
        self.assertEqual(text, must('-h'))
        for command in ('ca init', 'ca issue', 'ca list', 'ca revoke', 'ca crl', 'seal make',
                        'seal show', 'seal verify', 'sign', 'verify', 'text', 'tsa reply', 'help'):
            self.assertIn(f'yinxin {command} ', text)
            page = must('help', *command.split())
            self.assertTrue(page.startswith(f'yinxin {command}'), page)
            self.assertEqual(page, must(*command.split(), '--help'))
        for line in text.split('\n'):
            if re.match(' +yinxin ', line):
                self.assertRegex(line, r'^  yinxin [a-z-]+( [a-z-]+)*  +\S')

    def test_the_beginning_of_commands_lists_them(self):
        listed = must('help', 'ca')
        self.assertIn('ca init', listed)
        self.assertNotIn('seal make', listed)
        self.assertEqual(self.expect(USAGE, 'ca').stderr, listed)
        self.assertIn('frobnicate', self.expect(USAGE, 'ca', 'frobnicate').stderr)

    def test_help_fits_a_terminal_and_has_no_loose_ends(self):
        for language in ('C.UTF-8', 'zh_CN.UTF-8'):
            for words in ([], ['ca', 'issue'], ['sign'], ['verify'], ['seal', 'make']):
                for line in must('help', *words, env={'LC_ALL': language}).split('\n'):
                    width = sum(2 if ord(c) > 0x2E80 else 1 for c in line)
                    self.assertLessEqual(width, 92, line)
                    self.assertEqual(line, line.rstrip())

    def test_profiles_are_listed(self):
        text = must('help', 'ca', 'issue')
        for profile in ('sub-ca', 'seal-maker', 'unit', 'person', 'position', 'tls-server',
                        'tls-client', 'tsa', 'ocsp'):
            self.assertIn(profile, text)

    def test_usage(self):
        for words in ([], ['frobnicate'], ['ca'], ['ca', 'frobnicate'], ['seal'], ['-x'], ['--x'],
                      ['help', 'frobnicate'], ['help', 'ca', 'init', 'more'], ['']):
            self.expect(USAGE, *words)

    def test_options(self):
        for words in (['verify'], ['verify', '--frobnicate', 'a'], ['verify', '--jso', 'a'],
                      ['verify', 'a', '--trust'], ['verify', 'a', '--json=yes'],
                      ['verify', 'a', '--at', 'yesterday'], ['verify', 'a', '--color', 'pink'],
                      ['verify', 'a', '-x'], ['verify', 'a', '--', '--json', '--'],
                      ['text'], ['text', 'a', 'b'], ['text', 'a', '--page', '0'],
                      ['text', 'a', '--page', 'one'], ['text', 'a', '--page', '1', '--page', '2'],
                      ['seal', 'show'], ['ca', 'list'], ['ca', 'list', 'a', 'b'],
                      ['ca', 'init', 'x'], ['ca', 'issue', 'ca', '-o', 'x'],
                      ['ca', 'revoke', 'ca', 'x'], ['ca', 'crl', 'ca']):
            done = run(*words)
            if words[:4] == ['verify', 'a', '--', '--json']:
                self.assertEqual(done.returncode, NO_INPUT)  # behind -- all are files
                continue
            self.assertEqual(done.returncode, USAGE, words)
            self.assertIn('yinxin help', done.stderr)

    def test_output_that_cannot_be_written(self):
        with open('/dev/full', 'w') as full:
            self.expect(IO, 'help', stdout=full, says='stdout')
            self.expect(IO, '--version', stdout=full)
            self.expect(IO, 'text', 'contract.ofd', stdout=full)
            self.expect(IO, 'verify', 'sealed.ofd', stdout=full)
            self.expect(IO, 'ca', 'list', 'ca', stdout=full)

    def test_a_reader_that_goes_away(self):
        out, into = os.pipe()
        os.close(out)
        try:
            self.expect(IO, 'text', 'contract.ofd', stdout=into)
        finally:
            os.close(into)


class Languages(Case):
    chinese = {'LC_ALL': '', 'LANG': 'zh_CN.UTF-8'}

    def test_chinese_without_a_chinese_locale(self):
        for env in (self.chinese, {'LC_ALL': 'zh_CN.utf8'}, {'LC_ALL': '', 'LC_MESSAGES': 'zh_CN'}):
            self.assertIn('电子印章', must('help', env=env))
            done = self.expect(INDETERMINATE, 'verify', 'sealed.ofd', env=env)
            self.assertIn('无法确定', done.stdout)
        self.expect(NO_INPUT, 'verify', 'none.ofd', env=self.chinese, says='无法打开')

    def test_english_otherwise(self):
        for language in ('C', 'C.UTF-8', 'en_US.UTF-8', 'fr_FR.UTF-8'):
            self.assertIn('electronic seals', must('help', env={'LC_ALL': language}))

    def test_symbols_need_utf8(self):
        self.assertIn('✔', run('verify', 'sealed.ofd', '--trust', 'ca/ca.pem').stdout)
        plain = run('verify', 'sealed.ofd', '--trust', 'ca/ca.pem', env={'LC_ALL': 'C'}).stdout
        self.assertNotIn('✔', plain)
        self.assertIn('+ sealed.ofd: valid', plain)

    def test_json_is_the_same_in_every_language(self):
        english = run('verify', 'forged.ofd', '--json').stdout
        self.assertEqual(english, run('verify', 'forged.ofd', '--json', env=self.chinese).stdout)


class Authority(Case):
    def init(self, *more, name='CN=根,O=机构,C=CN', **options):
        return run('ca', 'init', self.folder / 'ca', '--name', name, *more, **options)

    def certificate(self, path):
        text = subprocess.run(['openssl', 'x509', '-in', str(path), '-noout', '-text', '-nameopt',
                               'RFC2253,utf8,-esc_msb'], capture_output=True, text=True, check=True)
        return text.stdout

    def test_init(self):
        self.assertEqual(self.init('--days', '400').returncode, OK)
        ca = self.folder / 'ca'
        self.assertEqual(sorted(p.name for p in ca.iterdir()), ['ca.db', 'ca.key', 'ca.pem'])
        self.assertEqual(stat.S_IMODE((ca / 'ca.key').stat().st_mode), 0o600)
        self.assertIn('ENCRYPTED PRIVATE KEY', (ca / 'ca.key').read_text())
        self.assertIn('CN=根,O=机构,C=CN', self.certificate(ca / 'ca.pem'))
        self.expect(NO_OUTPUT, 'ca', 'init', ca, '--name', 'CN=x,O=x,C=CN')

    def test_init_refusals(self):
        self.assertEqual(self.init(name='CN=x').returncode, REFUSED)
        self.assertEqual(self.init(name='nonsense').returncode, USAGE)
        self.assertEqual(self.init('--algorithm', 'md5').returncode, USAGE)
        self.assertEqual(self.init('--days', '0').returncode, USAGE)
        self.assertEqual(self.init('--days', '1e3').returncode, USAGE)
        self.assertEqual(self.init('--parent', self.folder / 'none').returncode, NO_INPUT)
        self.expect(NO_OUTPUT, 'ca', 'init', '/proc/none/ca', '--name', 'CN=x,O=x,C=CN')
        self.expect_left()

    def test_algorithms(self):
        for algorithm, mark in (('p256', 'prime256v1'), ('p384', 'secp384r1'),
                                ('rsa3072', '3072 bit'), ('ed25519', 'ED25519')):
            ca = self.folder / algorithm
            must('ca', 'init', ca, '--name', 'CN=x,O=x,C=CN', '--algorithm', algorithm)
            self.assertIn(mark, self.certificate(ca / 'ca.pem'))
            must('ca', 'issue', ca, '--profile', 'person', '--subject', 'CN=y', '-o',
                 self.folder / f'{algorithm}-y')
            self.assertIn(mark, self.certificate(self.folder / f'{algorithm}-y.pem'))
        must('ca', 'issue', self.folder / 'p256', '--profile', 'person', '--subject', 'CN=y',
             '--algorithm', 'p384', '-o', self.folder / 'mixed')
        self.assertIn('secp384r1', self.certificate(self.folder / 'mixed.pem'))

    def test_parent(self):
        must('ca', 'init', self.folder / 'sub', '--parent', 'ca', '--name', 'CN=下级,O=机构,C=CN')
        must('ca', 'issue', self.folder / 'sub', '--profile', 'unit', '--subject',
             'CN=单位,O=单位,C=CN', '-o', self.folder / 'leaf')
        chain = (self.folder / 'leaf.pem').read_text()
        self.assertEqual(chain.count('BEGIN CERTIFICATE'), 3)
        self.assertTrue(chain.endswith((WORLD / 'ca/ca.pem').read_text()))
        self.assertIn('CN=单位,O=单位,C=CN', self.certificate(self.folder / 'leaf.pem'))
        self.assertIn('下级', must('ca', 'list', 'ca'))

    # REQ: CERT-10, CERT-11
    def test_issue(self):
        out = must('ca', 'issue', 'ca', '--profile', 'person', '--subject', 'CN=张三', '--days',
                   '10', '-o', self.folder / 'a')
        self.assertIn('CN=张三', out)
        text = self.certificate(self.folder / 'a.pem')
        self.assertIn('Subject: CN=张三', text)
        self.assertIn('CN=测试根CA,O=测试机构,C=CN', text)
        self.assertEqual(stat.S_IMODE((self.folder / 'a.key').stat().st_mode), 0o600)
        self.assertIn('ENCRYPTED', (self.folder / 'a.key').read_text())

    def issue(self, *more, profile='unit', subject='CN=x,O=x,C=CN', out='a', **options):
        return run('ca', 'issue', 'ca', '--profile', profile, '--subject', subject, '-o',
                   self.folder / out, *more, **options)

    def test_issue_refusals(self):
        before = must('ca', 'list', 'ca')
        beyond = self.issue('--days', '5000')
        self.assertEqual(beyond.returncode, REFUSED)
        self.assertIn('[RFC 5280', beyond.stderr)
        self.assertEqual(self.issue(subject='CN=x').returncode, REFUSED)
        self.assertEqual(self.issue(subject='CN=x,O=x,C=CHN').returncode != OK, True)
        self.assertEqual(self.issue(profile='king').returncode, USAGE)
        self.assertEqual(self.issue('--dns', 'a.example').returncode, REFUSED)
        self.assertEqual(self.issue(passphrase='wrong').returncode, REFUSED)
        self.assertEqual(self.issue(out='no/such/folder').returncode, NO_OUTPUT)
        self.expect(USAGE, 'ca', 'issue', 'ca', '--profile', 'unit', '-o', self.folder / 'a')
        self.expect(NO_INPUT, 'ca', 'issue', 'none', '--profile', 'unit', '--subject', 'CN=x', '-o',
                    self.folder / 'a')
        self.expect_left()
        self.assertEqual(before, must('ca', 'list', 'ca'))

    def test_a_key_is_never_written_over(self):
        self.assertEqual(self.issue().returncode, OK)
        key = (self.folder / 'a.key').read_bytes()
        self.assertEqual(self.issue().returncode, NO_OUTPUT)
        (self.folder / 'a.pem').unlink()
        self.assertEqual(self.issue().returncode, NO_OUTPUT)
        self.assertEqual(key, (self.folder / 'a.key').read_bytes())
        self.expect_left('a.key')

    # REQ: CERT-25
    def test_request_of_the_holder(self):
        key, csr = self.folder / 'own.key', self.folder / 'own.csr'
        subprocess.run(['openssl', 'req', '-new', '-newkey', 'ec', '-pkeyopt',
                        'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key, '-out', csr,
                        '-subj', '/CN=asked', '-sha256'], check=True, capture_output=True)
        must('ca', 'issue', 'ca', '--profile', 'person', '--csr', csr, '-o', self.folder / 'a')
        self.assertIn('Subject: CN=asked', self.certificate(self.folder / 'a.pem'))
        self.assertFalse((self.folder / 'a.key').exists())
        must('ca', 'issue', 'ca', '--profile', 'person', '--csr', csr, '--subject', 'CN=decided',
             '-o', self.folder / 'b')
        self.assertIn('Subject: CN=decided', self.certificate(self.folder / 'b.pem'))
        self.expect(USAGE, 'ca', 'issue', 'ca', '--profile', 'person', '--csr', csr, '--algorithm',
                    'sm2', '-o', self.folder / 'c')
        csr.write_text(csr.read_text().replace('A', 'B', 3))
        self.assertNotEqual(run('ca', 'issue', 'ca', '--profile', 'person', '--csr', csr, '-o',
                                self.folder / 'c').returncode, OK)
        self.assertFalse((self.folder / 'c.pem').exists())

    def test_server(self):
        must('ca', 'issue', 'ca', '--profile', 'tls-server', '--subject', 'CN=www.example.cn',
             '--dns', 'seal.example.cn', '-o', self.folder / 'a')
        self.assertIn('DNS:seal.example.cn', self.certificate(self.folder / 'a.pem'))
        must('ca', 'issue', 'ca', '--profile', 'tls-server', '--subject', 'CN=www.example.cn',
             '-o', self.folder / 'b')
        self.assertIn('DNS:www.example.cn', self.certificate(self.folder / 'b.pem'))

    def test_list_revoke_crl(self):
        ca = self.folder / 'ca'
        self.assertEqual(self.init().returncode, OK)
        for name in ('a', 'b'):
            must('ca', 'issue', ca, '--profile', 'person', '--subject', f'CN={name}', '-o',
                 self.folder / name)
        lines = must('ca', 'list', ca).splitlines()
        self.assertEqual(len(lines), 2)
        serial = lines[1].split()[0]
        self.assertRegex(serial, r'^[4-7][0-9A-F]{39}$')
        must('ca', 'revoke', ca, self.folder / 'a.pem', '--reason', 'keyCompromise')
        must('ca', 'revoke', ca, serial.lower(), '--reason', 'superseded')
        self.expect(REFUSED, 'ca', 'revoke', ca, serial, '--reason', 'superseded')
        self.expect(REFUSED, 'ca', 'revoke', ca, 'ABCD', '--reason', 'superseded')
        self.expect(USAGE, 'ca', 'revoke', ca, serial, '--reason', 'whim')
        self.expect(NO_INPUT, 'ca', 'revoke', ca, 'nofile.pem', '--reason', 'superseded')
        self.assertIn('keyCompromise', must('ca', 'list', ca))
        must('ca', 'crl', ca, '-o', self.folder / 'one.crl', '--days', '30')
        must('ca', 'crl', ca, '-o', self.folder / 'two.crl')
        text = subprocess.run(['openssl', 'crl', '-inform', 'DER', '-in', self.folder / 'two.crl',
                               '-noout', '-text'], capture_output=True, text=True).stdout
        self.assertIn(serial, text)
        self.assertRegex(text, r'CRL Number: \n +2\n')
        self.expect(NO_OUTPUT, 'ca', 'crl', ca, '-o', self.folder / 'no/two.crl')
        self.expect(REFUSED, 'ca', 'crl', ca, '-o', self.folder / 'three.crl', passphrase='wrong')

    def test_two_at_once(self):
        running = [subprocess.Popen([PROGRAM, 'ca', 'issue', 'ca', '--profile', 'person',
                                     '--subject', f'CN=p{i}', '-o', self.folder / f'p{i}'],
                                    cwd=WORLD, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                    env=environment(YINXIN_PASSPHRASE=PASSPHRASE))
                   for i in range(4)]
        for process in running:
            self.assertEqual(process.communicate(timeout=120)[1], b'')
            self.assertEqual(process.returncode, OK)
        listed = must('ca', 'list', 'ca')
        for i in range(4):
            self.assertIn(f'CN=p{i}', listed)

    # REQ: CERT-57
    def test_killed_while_issuing(self):
        """Whatever file appeared is whole, and its certificate is in the database."""
        ca = self.folder / 'ca'
        self.assertEqual(self.init().returncode, OK)
        for i in range(24):
            process = subprocess.Popen(
                [PROGRAM, 'ca', 'issue', ca, '--profile', 'person', '--subject', f'CN=k{i}', '-o',
                 self.folder / f'k{i}'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                env=environment(YINXIN_PASSPHRASE=PASSPHRASE))
            time.sleep(0.015 * i)
            process.send_signal(signal.SIGKILL)
            process.wait()
        listed = must('ca', 'list', ca)
        for path in self.folder.glob('k*.pem'):
            self.assertIn(f'CN={path.stem}', listed)
            self.assertIn(f'CN={path.stem}', self.certificate(path))
            self.assertTrue(path.with_suffix('.key').exists())
        with sqlite3.connect(ca / 'ca.db') as db:
            self.assertEqual(db.execute('PRAGMA integrity_check').fetchone()[0], 'ok')
        must('ca', 'issue', ca, '--profile', 'person', '--subject', 'CN=after', '-o',
             self.folder / 'after')

    def test_a_damaged_database(self):
        self.assertEqual(self.init().returncode, OK)
        (self.folder / 'ca/ca.db').write_bytes(b'not a database' * 100)
        self.expect(DAMAGED, 'ca', 'list', self.folder / 'ca')


class Passphrases(Case):
    def issue(self, *more, **options):
        return run('ca', 'issue', 'ca', '--profile', 'person', '--subject', 'CN=x', '-o',
                   self.folder / 'a', *more, **options)

    def write(self, name, text):
        (self.folder / name).write_bytes(text.encode())
        return self.folder / name

    def test_from_a_file(self):
        for text in (PASSPHRASE, PASSPHRASE + '\n', PASSPHRASE + '\r\nsecond line\n'):
            name = self.write('pass', text)
            self.assertEqual(self.issue('--passphrase-file', name, passphrase=None).returncode, OK)
            (self.folder / 'a.pem').unlink()
            (self.folder / 'a.key').unlink()
        self.assertEqual(self.issue('--passphrase-file', self.write('empty', '\n'),
                                    passphrase=None).returncode, USAGE)
        self.assertEqual(self.issue('--passphrase-file', self.write('long', 'x' * 5000),
                                    passphrase=None).returncode, USAGE)
        self.assertEqual(self.issue('--passphrase-file', self.folder / 'none').returncode, NO_INPUT)
        self.assertEqual(self.issue('--passphrase-file', self.folder).returncode, NO_INPUT)

    def test_the_file_stands_before_the_environment(self):
        name = self.write('pass', PASSPHRASE)
        self.assertEqual(self.issue('--passphrase-file', name, passphrase='wrong').returncode, OK)

    def test_another_one_for_the_new_key(self):
        new = self.write('new', 'of the holder')
        self.assertEqual(self.issue('--new-passphrase-file', new).returncode, OK)
        arguments = ['sign', 'notice.ofd', '-o', self.folder / 'o.ofd', '--cert',
                     self.folder / 'a.pem', '--key', self.folder / 'a.key']
        self.expect(REFUSED, *arguments)
        self.expect(OK, *arguments, passphrase='of the holder')

    def test_no_terminal_and_nothing_given(self):
        done = self.issue(passphrase=None)
        self.assertEqual(done.returncode, USAGE)
        self.assertIn('--passphrase-file', done.stderr)

    def on_terminal(self, answers, *arguments):
        """Types each answer when the terminal shows ':'; gives exit code and what was shown."""
        child, terminal = pty.fork()
        if child == 0:
            os.chdir(WORLD)
            os.execve(PROGRAM, [PROGRAM, *map(str, arguments)], environment())
        shown, waiting = b'', list(answers)
        while True:
            if not select.select([terminal], [], [], 60)[0]:
                os.kill(child, signal.SIGKILL)
                break
            try:
                data = os.read(terminal, 4096)
            except OSError:
                break
            if not data:
                break
            shown += data
            if waiting and data.rstrip().endswith(b':'):
                os.write(terminal, waiting.pop(0).encode())
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        os.close(terminal)
        return code, shown.decode('utf-8', 'replace')

    def test_asked_twice_for_a_new_one(self):
        init = ['ca', 'init', self.folder / 'ca', '--name', 'CN=x,O=x,C=CN']
        code, shown = self.on_terminal(['secret one\n', 'secret two\n'], *init)
        self.assertEqual(code, USAGE, shown)
        self.expect_left()
        code, shown = self.on_terminal(['secret one\n', 'secret one\n'], *init)
        self.assertEqual(code, OK, shown)
        self.assertNotIn('secret', shown)
        self.expect(OK, 'ca', 'crl', self.folder / 'ca', '-o', self.folder / 'crl',
                    passphrase='secret one')

    def test_asked_once_for_an_old_one(self):
        arguments = ['sign', 'notice.ofd', '-o', self.folder / 'o.ofd', '--cert', 'unit.pem',
                     '--key', 'unit.key']
        code, shown = self.on_terminal(['wrong\n'], *arguments)
        self.assertEqual(code, REFUSED, shown)
        code, shown = self.on_terminal([PASSPHRASE + '\n'], *arguments)
        self.assertEqual(code, OK, shown)
        self.assertNotIn(PASSPHRASE, shown)
        code, shown = self.on_terminal(['\n'], *arguments)
        self.assertEqual(code, USAGE, shown)

    def test_interrupted_at_the_prompt(self):
        code, shown = self.on_terminal(['\x03'], 'ca', 'crl', 'ca', '-o', self.folder / 'crl')
        self.assertEqual(code, REFUSED, shown)
        self.expect_left()


class Seals(Case):
    # REQ: SEAL-09
    def test_an_esid_stands_once_in_a_folder(self):
        must(*seal_arguments(self.folder / 'a.esl', '--esid', 'ID-1'))
        (self.folder / 'odd.esl').write_bytes(b'no seal')
        for name in ('b.esl', 'a.esl'):
            done = self.expect(REFUSED, *seal_arguments(self.folder / name, '--esid', 'ID-1'))
            self.assertIn('a.esl', done.stderr)
        must(*seal_arguments(self.folder / 'b.esl', '--esid', 'ID-2'))
        self.expect_left('a.esl', 'b.esl', 'odd.esl')

    def test_versions_and_show(self):
        for version, standard in ((1, 'GM/T 0031-2014'), (4, 'GB/T 38540-2020'),
                                  (5, 'GM/T 0031-2025')):
            name = self.folder / f'v{version}.esl'
            must(*seal_arguments(name, '--version', str(version), '--type', '2', '--esid',
                                 f'V{version}'))
            shown = must('seal', 'show', name)
            for text in ('测试单位公章', f'V{version}', standard, 'CN=制章中心', 'CN=测试单位'):
                self.assertIn(text, shown)
            self.expect(OK, 'seal', 'verify', name, '--trust', 'ca/ca.pem')
            report = json.loads(must('seal', 'verify', name, '--trust', 'ca/ca.pem', '--json'))
            self.assertEqual(report['format'], 'esl')
            self.assertEqual(report['signatures'][0]['seal']['version'], version)
            self.assertEqual(report['signatures'][0]['seal']['type'], 2)

    def test_period_and_digests(self):
        name = self.folder / 'a.esl'
        must(*seal_arguments(name, '--digests', '--to', '2027-01-01'))
        self.assertRegex(must('seal', 'show', name), r'2027-01-01')
        self.assertIn('digest', must('seal', 'show', name))
        self.expect(REFUSED, 'seal', 'verify', name, '--trust', 'ca/ca.pem', '--at', '2029-01-01')

    def test_refusals(self):
        bad = self.folder / 'a.esl'
        text = self.folder / 'picture.png'
        text.write_text('no picture')
        for code, arguments in (
                (REFUSED, seal_arguments(bad, '--to', '2099-01-01')),
                (USAGE, seal_arguments(bad, '--version', '3')),
                (USAGE, seal_arguments(bad, '--version', '6')),
                (USAGE, seal_arguments(bad, '--from', 'soon')),
                (USAGE, seal_arguments(bad, '--type', '-1')),
                (NO_INPUT, seal_arguments(bad, '--holder', 'none.pem')),
                (REFUSED, seal_arguments(bad, '--holder', 'ca/ca.pem')),
                (REFUSED, seal_arguments(bad, '--trust', 'strange/ca.pem')),
                (NO_OUTPUT, seal_arguments(self.folder / 'no/a.esl'))):
            self.expect(code, *arguments)
        picture = [str(a) for a in seal_arguments(bad)]
        picture[picture.index('--picture') + 1] = str(text)
        self.expect(REFUSED, *picture)
        key = [str(a) for a in seal_arguments(bad)]
        key[key.index('--maker-key') + 1] = 'unit.key'
        self.expect(REFUSED, *key)
        key[key.index('--maker-key') + 1] = 'pkcs11:token=a?module-path=/nowhere/x.so'
        self.expect(NO_INPUT, *key, says='/nowhere/x.so')
        key[key.index('--maker-key') + 1] = 'skf:a'
        self.expect(USAGE, *key)
        width = [str(a) for a in seal_arguments(bad)]
        width[width.index('--width') + 1] = '0'
        self.expect(USAGE, *width)
        self.expect_left('picture.png')

    def test_show_and_verify_what_is_no_seal(self):
        self.expect(DAMAGED, 'seal', 'show', 'contract.ofd')
        self.expect(NO_INPUT, 'seal', 'show', 'none.esl')
        self.expect(DAMAGED, 'seal', 'verify', 'sealed.ofd')
        self.expect(DAMAGED, 'seal', 'verify', 'unit.pem')
        data = bytearray((WORLD / 'unit.esl').read_bytes())
        data[len(data) // 2] ^= 1
        (self.folder / 'a.esl').write_bytes(data)
        self.expect(REFUSED, 'seal', 'verify', self.folder / 'a.esl', '--trust', 'ca/ca.pem')


class Signing(Case):
    def stamps(self, *more, source='contract.ofd', code=OK):
        out = self.folder / f'{len(list(self.folder.iterdir()))}.ofd'
        self.expect(code, *sign_arguments(source, out, *more))
        if code != OK:
            self.assertFalse(out.exists())
            return None
        report = json.loads(must('verify', out, '--json', '--trust', 'ca/ca.pem'))
        return report['signatures'][-1]['stamps']

    def test_places(self):
        last = self.stamps()
        self.assertEqual([(s['page'], s['width'], s['height']) for s in last], [(3, 42, 42)])
        self.assertAlmostEqual(last[0]['x'] + 42 + 20, 210, places=1)
        point = self.stamps('--page', '2', '--at', '105,148.5')
        self.assertEqual([(s['page'], s['x'], s['y']) for s in point], [(2, 84, 127.5)])
        self.assertEqual([s['page'] for s in self.stamps('--page', 'all', '--at', '60,60')],
                         [1, 2, 3])
        self.assertEqual([s['page'] for s in self.stamps('--page', '2-3', '--at', '60,60')], [2, 3])
        self.assertEqual([s['page'] for s in self.stamps('--keyword', '甲方（盖章）')], [3])
        self.assertGreater(len(self.stamps('--keyword', '甲方', '--match', 'all')), 1)
        for edge in ('left', 'right', 'top', 'bottom'):
            self.assertEqual([s['page'] for s in self.stamps('--seam', edge)], [1, 2, 3])
        self.assertEqual([s['page'] for s in self.stamps('--seam', 'right', '--page', '1-2')],
                         [1, 2])

    def test_places_refused(self):
        for code, more in ((REFUSED, ['--page', '4']), (REFUSED, ['--page', '3-9']),
                           (REFUSED, ['--keyword', '没有这句话']), (REFUSED, ['--at', '500,500']),
                           (REFUSED, ['--page', '1', '--seam', 'left']), (USAGE, ['--page', '0']),
                           (USAGE, ['--page', '3-1']), (USAGE, ['--page', 'x']),
                           (USAGE, ['--page', '1-']), (USAGE, ['--at', '5']),
                           (USAGE, ['--at', '5,']), (USAGE, ['--at', '5,6,7']),
                           (USAGE, ['--at', '1e2,5']), (USAGE, ['--at', 'nan,5']),
                           (USAGE, ['--seam', 'middle']), (USAGE, ['--match', 'all']),
                           (USAGE, ['--keyword', 'a', '--match', 'some']),
                           (USAGE, ['--keyword', 'a', '--at', '5,5']),
                           (USAGE, ['--document', '0']), (REFUSED, ['--document', '2'])):
            self.stamps(*more, code=code)
        self.expect_left()

    def test_a_package_of_two_documents(self):
        interop = pathlib.Path(os.environ.get('YX_INTEROP', ROOT.parent / 'shared/interop'))
        source = interop / 'ofd-unsigned/two-documents.ofd'
        if not source.exists():
            self.skipTest('the documents of others are not here')
        out = self.folder / 'a.ofd'
        must(*sign_arguments(source, out, '--document', '2'))
        report = json.loads(run('verify', out, '--json', '--trust', 'ca/ca.pem').stdout)
        self.assertEqual([s['document'] for s in report['signatures']], [2])
        self.assertIn('(id 1, document 2)', run('verify', out).stdout)

    def test_the_strips_of_a_seam(self):
        out = self.folder / 'a.ofd'
        must(*sign_arguments('contract.ofd', out, '--seam', 'right'))
        report = json.loads(must('verify', out, '--json', '--trust', 'ca/ca.pem'))
        clips = [stamp['clip'] for stamp in report['signatures'][0]['stamps']]
        self.assertEqual([(clip['x'], clip['width']) for clip in clips], [(196.0, 14.0)] * 3)
        self.assertIn('page 2, strip of 14.0 x 42.0 mm at 196.0, 127.5 mm, part of a seam',
                      must('verify', out, '--trust', 'ca/ca.pem'))

    def test_it_says_what_it_did(self):
        out = must(*sign_arguments('contract.ofd', self.folder / 'a.ofd', '--at', '60,70', '--page',
                                   '1'))
        self.assertRegex(out, r'a\.ofd: .*page 1.*60\.0, 70\.0 mm.*kB\n')
        self.assertEqual(out.count('\n'), 1)

    def test_without_a_seal(self):
        must('sign', 'notice.ofd', '-o', self.folder / 'a.ofd', '--cert', 'unit.pem', '--key',
             'unit.key')
        report = json.loads(must('verify', self.folder / 'a.ofd', '--json', '--trust', 'ca/ca.pem'))
        self.assertEqual(report['signatures'][0]['kind'], 'gbt35275')
        self.assertIsNone(report['signatures'][0]['seal'])
        self.expect(USAGE, 'sign', 'notice.ofd', '-o', self.folder / 'b.ofd', '--cert', 'unit.pem',
                    '--key', 'unit.key', '--at', '50,50')

    def test_closed(self):
        must(*sign_arguments('contract.ofd', self.folder / 'a.ofd', '--close'))
        self.expect(REFUSED, *sign_arguments(self.folder / 'a.ofd', self.folder / 'b.ofd'))
        self.expect_left('a.ofd')

    def test_twice(self):
        must(*sign_arguments('sealed.ofd', self.folder / 'a.ofd', '--seam', 'right'))
        report = json.loads(must('verify', self.folder / 'a.ofd', '--json', '--trust', 'ca/ca.pem'))
        self.assertEqual([s['result'] for s in report['signatures']], ['valid', 'valid'])

    def test_who_may(self):
        out = self.folder / 'a.ofd'
        base = ['sign', 'contract.ofd', '-o', out, '--seal', 'unit.esl']
        self.expect(REFUSED, *base, '--cert', 'other.pem', '--key', 'other.key')
        self.expect(USAGE, *base, '--cert', 'unit.pem', '--key', 'other.key')
        self.expect(DAMAGED, *base, '--cert', 'unit.key', '--key', 'unit.key')
        self.expect(DAMAGED, *base, '--cert', 'unit.pem', '--key', 'unit.pem')
        self.expect(REFUSED, *base, '--cert', 'unit.pem', '--key', 'unit.key', '--trust',
                    'strange/ca.pem')
        self.expect(OK, *base, '--cert', 'unit.pem', '--key', 'unit.key', '--trust', 'ca/ca.pem')

    def test_foreign_algorithms(self):
        must('ca', 'issue', 'ca', '--profile', 'person', '--subject', 'CN=p', '--algorithm', 'p256',
             '-o', self.folder / 'p')
        base = ['sign', 'notice.ofd', '-o', self.folder / 'a.ofd', '--cert', self.folder / 'p.pem',
                '--key', self.folder / 'p.key']
        self.expect(REFUSED, *base)
        self.expect(OK, *base, '--allow-foreign-algorithms')
        verify = ['verify', self.folder / 'a.ofd', '--trust', 'ca/ca.pem']
        self.expect(REFUSED, *verify)
        self.expect(OK, *verify, '--allow-foreign-algorithms')

    def test_the_input_is_never_touched(self):
        before = (WORLD / 'contract.ofd').read_bytes()
        copy = self.folder / 'copy.ofd'
        copy.write_bytes(before)
        (self.folder / 'link.ofd').symlink_to(copy)
        for out in (copy, self.folder / 'link.ofd', self.folder / '.' / 'copy.ofd'):
            self.expect(USAGE, *sign_arguments(copy, out))
        self.assertEqual(copy.read_bytes(), before)
        self.expect_left('copy.ofd', 'link.ofd')

    def test_inputs(self):
        out = self.folder / 'a.ofd'
        self.expect(NO_INPUT, *sign_arguments('none.ofd', out))
        self.expect(DAMAGED, *sign_arguments('unit.esl', out))
        self.expect(NO_INPUT, 'sign', 'contract.ofd', '-o', out, '--seal', 'none.esl', '--cert',
                    'unit.pem', '--key', 'unit.key')
        self.expect(DAMAGED, 'sign', 'contract.ofd', '-o', out, '--seal', 'unit.pem', '--cert',
                    'unit.pem', '--key', 'unit.key')
        self.expect_left()

    def test_outputs(self):
        self.expect(NO_OUTPUT, *sign_arguments('contract.ofd', self.folder / 'no/a.ofd'))
        (self.folder / 'contract.ofd').mkdir()
        self.expect(NO_OUTPUT, *sign_arguments('contract.ofd', self.folder))
        (self.folder / 'contract.ofd').rmdir()
        self.expect(NO_OUTPUT, *sign_arguments('contract.ofd', '/proc/a.ofd'))
        self.expect_left()

    def test_a_full_disk(self):
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000))
        old = self.folder / 'a.ofd'
        old.write_bytes(b'what was there')
        self.expect(IO, *sign_arguments('contract.ofd', old), preexec_fn=limit)
        self.assertEqual(old.read_bytes(), b'what was there')
        self.expect(IO, *seal_arguments(self.folder / 'a.esl'), preexec_fn=limit)
        self.expect_left('a.ofd')


class Verifying(Case):
    def test_exit_codes(self):
        trust = ['--trust', 'ca/ca.pem']
        self.expect(OK, 'verify', 'sealed.ofd', *trust, says='valid')
        self.expect(REFUSED, 'verify', 'forged.ofd', *trust, says='Content.xml')
        self.expect(INDETERMINATE, 'verify', 'sealed.ofd')
        self.expect(UNSIGNED, 'verify', 'contract.ofd', says='not signed')
        self.expect(DAMAGED, 'verify', 'unit.pem')
        self.expect(NO_INPUT, 'verify', 'none.ofd')
        self.expect(NO_INPUT, 'verify', 'sealed.ofd', '--trust', 'none.pem')
        self.expect(NO_INPUT, 'verify', 'sealed.ofd', '--crl', 'none.crl')
        pdf = self.folder / 'a.pdf'
        pdf.write_bytes(b'%PDF-1.7\n')
        self.expect(REFUSED, 'verify', pdf, says='File structure')
        pdf.write_bytes(b'no document')
        self.expect(DAMAGED, 'verify', pdf, says='PDF')

    def test_several_files(self):
        """1 before all, then a file that could not be verified, 2, 3, 0."""
        trust = ['--trust', 'ca/ca.pem']
        good, bad, none, plain = 'sealed.ofd', 'forged.ofd', 'none.ofd', 'contract.ofd'
        for code, files in ((OK, [good, 'unit.esl']), (UNSIGNED, [good, plain]),
                            (NO_INPUT, [plain, none, good]), (REFUSED, [none, bad, good]),
                            (REFUSED, [bad, none]), (NO_INPUT, [none, 'unit.pem']),
                            (DAMAGED, ['unit.pem', none])):
            self.expect(code, 'verify', *files, *trust)
        self.expect(INDETERMINATE, 'verify', good, plain)
        shown = run('verify', good, none, bad, *trust)
        self.assertIn('sealed.ofd: valid', shown.stdout)
        self.assertIn('forged.ofd: invalid', shown.stdout)
        self.assertEqual(shown.stderr.count('none.ofd'), 1)

    def test_json(self):
        done = run('verify', 'sealed.ofd', 'forged.ofd', 'none.ofd', '--json', '--trust',
                   'ca/ca.pem')
        lines = done.stdout.splitlines()
        self.assertEqual(len(lines), 2)
        good, bad = map(json.loads, lines)
        self.assertEqual(list(good), ['file', 'format', 'digest', 'result', 'checks', 'signatures',
                                      'coverage'])
        self.assertEqual((good['file'], good['format'], good['result']),
                         ('sealed.ofd', 'ofd', 'valid'))
        self.assertEqual(good['digest']['algorithm'], 'SM3')
        digest = subprocess.run(['openssl', 'dgst', '-sm3', '-r', WORLD / 'sealed.ofd'],
                                capture_output=True, text=True, check=True).stdout.split()[0]
        self.assertEqual(good['digest']['value'], digest)
        signature = good['signatures'][0]
        self.assertEqual(list(signature), ['id', 'kind', 'document', 'result', 'signing_time',
                                           'time_source', 'signer', 'seal', 'stamps', 'checks'])
        self.assertEqual(signature['kind'], 'ses-v4')
        self.assertRegex(signature['signing_time'], r'^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$')
        self.assertEqual(signature['signer']['subject'], 'CN=测试单位,O=测试单位,C=CN')
        self.assertEqual(signature['seal']['name'], '测试单位公章')
        for check in signature['checks']:
            self.assertEqual(list(check), ['id', 'result', 'detail', 'rule'])
            self.assertIn(check['result'], ('pass', 'skip'))
        failed = [c['id'] for c in bad['signatures'][0]['checks'] if c['result'] == 'fail']
        self.assertEqual(failed, ['references.digest'])
        self.assertEqual(good['coverage'], {'unprotected': [], 'changed_after': []})

    def test_trust_folders(self):
        config = self.folder / 'config/yinxin/trust'
        config.mkdir(parents=True)
        env = {'XDG_CONFIG_HOME': str(self.folder / 'config')}
        self.expect(INDETERMINATE, 'verify', 'sealed.ofd', env=env)
        shutil.copy(WORLD / 'ca/ca.pem', config)
        self.expect(OK, 'verify', 'sealed.ofd', env=env)
        self.expect(INDETERMINATE, 'verify', 'sealed.ofd', '--no-default-trust', env=env)
        home = self.folder / 'home/.config/yinxin'
        home.mkdir(parents=True)
        shutil.copytree(config, home / 'trust')
        self.expect(OK, 'verify', 'sealed.ofd', env={'HOME': str(self.folder / 'home')})
        self.expect(OK, 'verify', 'sealed.ofd', '--trust', config)

    def test_a_chain_over_a_subordinate(self):
        must('ca', 'init', self.folder / 'sub', '--parent', 'ca', '--name', 'CN=下级,O=机构,C=CN')
        for name, profile in (('m', 'seal-maker'), ('u', 'unit')):
            must('ca', 'issue', self.folder / 'sub', '--profile', profile, '--subject',
                 f'CN={name},O=x,C=CN', '-o', self.folder / name)
        must('sign', 'notice.ofd', '-o', self.folder / 'a.ofd', '--cert', self.folder / 'u.pem',
             '--key', self.folder / 'u.key')
        self.expect(OK, 'verify', self.folder / 'a.ofd', '--trust', self.folder / 'sub/ca.pem')

    def test_revoked(self):
        ca = self.folder / 'ca'
        must('ca', 'init', ca, '--name', 'CN=r,O=r,C=CN')
        must('ca', 'issue', ca, '--profile', 'person', '--subject', 'CN=a', '-o', self.folder / 'a')
        signed = ['verify', self.folder / 'a.ofd', '--trust', ca / 'ca.pem']
        must('ca', 'revoke', ca, self.folder / 'a.pem', '--reason', 'keyCompromise')
        must('ca', 'crl', ca, '-o', self.folder / 'crl')
        time.sleep(1.1)  # signed after it was revoked
        must('sign', 'notice.ofd', '-o', self.folder / 'a.ofd', '--cert', self.folder / 'a.pem',
             '--key', self.folder / 'a.key')
        self.expect(OK, *signed)
        self.expect(REFUSED, *signed, '--crl', self.folder / 'crl', says='revo')
        self.expect(REFUSED, 'sign', 'notice.ofd', '-o', self.folder / 'b.ofd', '--cert',
                    self.folder / 'a.pem', '--key', self.folder / 'a.key', '--trust',
                    ca / 'ca.pem', '--crl', self.folder / 'crl')

    def test_details_and_colour(self):
        trust = ['--trust', 'ca/ca.pem']
        brief = must('verify', 'sealed.ofd', *trust)
        full = must('verify', 'sealed.ofd', *trust, '--details')
        self.assertNotIn('Signature value', brief)
        self.assertIn('Signature value', full)
        self.assertNotIn('\033', brief)
        self.assertIn('\033[32m', must('verify', 'sealed.ofd', *trust, '--color', 'always'))
        self.assertNotIn('\033', must('verify', 'sealed.ofd', *trust, '--color=never'))

    def on_terminal(self, **env):
        child, terminal = pty.fork()
        if child == 0:
            os.chdir(WORLD)
            os.execve(PROGRAM, [PROGRAM, 'verify', 'sealed.ofd'], environment(**env))
        shown = b''
        while True:
            try:
                data = os.read(terminal, 4096)
            except OSError:
                break
            if not data:
                break
            shown += data
        os.waitpid(child, 0)
        os.close(terminal)
        return shown

    def test_colour_on_a_terminal(self):
        self.assertIn(b'\033[', self.on_terminal())
        self.assertNotIn(b'\033[', self.on_terminal(NO_COLOR='1'))


class Text(Case):
    def test_flowing(self):
        lines = must('text', 'contract.ofd').splitlines()
        self.assertEqual(lines[0], '技术服务合同')
        self.assertGreater(len(must('text', 'contract.ofd')),
                           len(must('text', 'contract.ofd', '--page', '1')))

    def test_boxes(self):
        for line in must('text', 'contract.ofd', '--boxes', '--page', '1').splitlines()[1:]:
            self.assertRegex(line, r'^( +\d+\.\d\d){4}  \S')

    def test_json(self):
        document = json.loads(must('text', 'contract.ofd', '--json'))
        self.assertEqual([page['page'] for page in document['pages']], [1, 2, 3])
        self.assertEqual((document['pages'][0]['width'], document['pages'][0]['height']), (210, 297))
        first = document['pages'][0]['texts'][0]
        self.assertEqual(list(first), ['text', 'x', 'y', 'width', 'height'])

    def test_refusals(self):
        self.expect(NO_INPUT, 'text', 'none.ofd')
        self.expect(DAMAGED, 'text', 'unit.esl')
        self.expect(REFUSED, 'text', 'contract.ofd', '--page', '9')
        self.expect(REFUSED, 'text', 'contract.ofd', '--document', '2')


@unittest.skipUnless(shutil.which('openssl'), 'openssl asks and judges')
class TimeStamps(Case):
    def setUp(self):
        super().setUp()
        (self.folder / 'data').write_text('what is stamped')
        self.openssl('ts', '-query', '-data', 'data', '-sha256', '-cert', '-out', 'query')
        must('ca', 'init', 'ca', '--name', 'CN=测试根CA,O=测试机构,C=CN', '--algorithm', 'p256',
             cwd=self.folder)
        must('ca', 'issue', 'ca', '--profile', 'tsa', '--subject', 'CN=时间戳,O=测试机构,C=CN',
             '-o', 'tsa', cwd=self.folder)

    def openssl(self, *arguments):
        return subprocess.run(['openssl', *arguments], cwd=self.folder, capture_output=True,
                              text=True, check=False).stdout

    def reply(self, code, *more, query='query', says='', cert='tsa'):
        return self.expect(code, 'tsa', 'reply', '--cert', f'{cert}.pem', '--key', f'{cert}.key',
                           '-i', query, '-o', 'response', *more, cwd=self.folder, says=says)

    def test_openssl_takes_the_answer(self):
        self.reply(OK)
        verify = ('ts', '-verify', '-in', 'response', '-CAfile', 'ca/ca.pem')
        self.assertIn('Verification: OK', self.openssl(*verify, '-queryfile', 'query'))
        (self.folder / 'data').write_text('something else')
        self.assertNotIn('Verification: OK', self.openssl(*verify, '-data', 'data'))

    def test_a_refusal_is_an_answer_too(self):
        self.openssl('ts', '-query', '-data', 'data', '-sha1', '-out', 'query')
        self.reply(REFUSED, says='RFC 3161')
        self.assertIn('Status: Rejected.', self.openssl('ts', '-reply', '-in', 'response', '-text'))
        (self.folder / 'query').write_bytes(b'no request')
        self.reply(REFUSED)
        self.assertIn('Status: Rejected.', self.openssl('ts', '-reply', '-in', 'response', '-text'))

    def test_only_for_a_time_stamping_certificate(self):
        must('ca', 'issue', 'ca', '--profile', 'unit', '--subject', 'CN=测试单位,O=测试单位,C=CN',
             '-o', 'unit', cwd=self.folder)
        before = sorted(path.name for path in self.folder.iterdir())
        self.reply(REFUSED, cert='unit', says='time-stamping')
        self.expect_left(*before)

    def test_inputs(self):
        before = sorted(path.name for path in self.folder.iterdir())
        self.reply(NO_INPUT, query='nowhere')
        (self.folder / 'query').write_bytes(bytes(100_000))
        self.reply(DAMAGED)
        self.expect(USAGE, 'tsa', 'reply', '--cert', 'tsa.pem', '--key', 'tsa.key', '-i', 'query',
                    cwd=self.folder)
        self.expect_left(*before)


class Service(http.server.BaseHTTPRequestHandler):
    """A time-stamping service by `tsa reply`, and some that are none."""

    def do_POST(self):
        asked = self.rfile.read(int(self.headers['Content-Length']))
        self.server.asked.append((self.path, self.headers['Content-Type']))
        status, body = getattr(self, self.path.strip('/'))(asked)
        self.send_response(status)
        if status == 302:
            self.send_header('Location', '/good')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def good(self, asked):
        folder = pathlib.Path(tempfile.mkdtemp(dir=WORLD))
        (folder / 'query').write_bytes(asked)
        run('tsa', 'reply', '--cert', WORLD / 'tsa.pem', '--key', WORLD / 'tsa.key', '-i', 'query',
            '-o', 'response', cwd=folder)
        return 200, (folder / 'response').read_bytes()

    def replayed(self, asked):
        self.server.first = self.server.first or self.good(asked)[1]
        return 200, self.server.first

    def moved(self, _):
        return 302, b''

    def broken(self, _):
        return 500, b'out of order'

    def page(self, _):
        return 200, b'<html>Hello</html>'

    def endless(self, _):
        return 200, bytes(2_000_000)

    def refusing(self, _):
        return self.good(b'no request')

    def log_message(self, *_):
        pass


class TimeStampService(Case):
    @classmethod
    def setUpClass(cls):
        if not (WORLD / 'tsa.pem').exists():
            issue('tsa', 'tsa', 'CN=时间戳,O=测试机构,C=CN')
        cls.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Service)
        cls.server.asked, cls.server.first = [], None
        threading.Thread(target=cls.server.serve_forever, daemon=True).start()
        cls.url = f'http://127.0.0.1:{cls.server.server_port}'

    @classmethod
    def tearDownClass(cls):
        cls.server.shutdown()
        cls.server.server_close()

    def sign(self, code, *more, out='out.pdf', **keywords):
        source = 'contract' + pathlib.Path(out).suffix
        return self.expect(code, *sign_arguments(source, self.folder / out), *more,
                           env={'no_proxy': '127.0.0.1'}, **keywords)

    def time_source(self, out='out.pdf'):
        done = run('verify', self.folder / out, '--trust', 'ca/ca.pem', '--json')
        signature = json.loads(done.stdout)['signatures'][0]
        checks = {check['id']: check['result'] for check in signature['checks']}
        self.assertEqual(checks['timestamp.token'], 'pass')
        return signature['time_source']

    def test_a_service(self):
        self.sign(OK, '--tsa', f'{self.url}/good')
        self.assertEqual(self.time_source(), 'tsa')
        self.assertIn(('/good', 'application/timestamp-query'), self.server.asked)

    def test_a_key_at_hand(self):
        self.sign(OK, '--tsa-cert', 'tsa.pem', '--tsa-key', 'tsa.key')
        self.assertEqual(self.time_source(), 'tsa')

    def test_an_ofd(self):
        self.sign(OK, '--tsa', f'{self.url}/good', out='out.ofd')
        self.assertEqual(self.time_source('out.ofd'), 'tsa')
        self.sign(OK, '--tsa-cert', 'tsa.pem', '--tsa-key', 'tsa.key', out='other.ofd')
        self.assertEqual(self.time_source('other.ofd'), 'tsa')
        for path, says in (('broken', '500'), ('refusing', 'badDataFormat')):
            self.sign(REFUSED, '--tsa', f'{self.url}/{path}', out='bad.ofd', says=says)
        self.sign(REFUSED, '--tsa', f'{self.url}/good', '--level', 'lt', out='bad.ofd')
        self.expect_left('other.ofd', 'out.ofd')

    def test_a_seal(self):
        seal = seal_arguments(self.folder / 'v5.esl', '--version', '5')
        self.expect(OK, *seal, '--tsa', f'{self.url}/good', env={'no_proxy': '127.0.0.1'})
        report = json.loads(run('seal', 'verify', self.folder / 'v5.esl', '--trust', 'ca/ca.pem',
                                '--json').stdout)
        checks = {check['id']: check['result'] for check in report['signatures'][0]['checks']}
        self.assertEqual(checks['timestamp.token'], 'pass')
        old = seal_arguments(self.folder / 'v4.esl')
        self.expect(REFUSED, *old, '--tsa-cert', 'tsa.pem', '--tsa-key', 'tsa.key',
                    says='version 5')
        self.expect_left('v5.esl')

    def test_services_that_are_none(self):
        for path, code, says in (('broken', REFUSED, '500'), ('moved', REFUSED, '302'),
                                 ('page', DAMAGED, ''), ('endless', DAMAGED, '1048576'),
                                 ('refusing', REFUSED, 'badDataFormat')):
            with self.subTest(path):
                self.sign(code, '--tsa', f'{self.url}/{path}', says=says)
                self.expect_left()

    def test_an_old_answer(self):
        self.sign(OK, '--tsa', f'{self.url}/replayed', out='first.pdf')
        self.sign(REFUSED, '--tsa', f'{self.url}/replayed')
        self.expect_left('first.pdf')

    def test_nobody_there(self):
        with socket.socket() as taken:
            taken.bind(('127.0.0.1', 0))
            self.sign(IO, '--tsa', f'http://127.0.0.1:{taken.getsockname()[1]}/')
        self.expect_left()

    def test_what_is_no_url_for_it(self):
        for url in ('file:///etc/passwd', 'ftp://127.0.0.1/', 'gopher://127.0.0.1/', 'http://'):
            self.sign(USAGE, '--tsa', url)
        self.expect_left()

    def test_options_that_exclude_each_other(self):
        self.sign(USAGE, '--tsa-cert', 'tsa.pem')
        self.sign(USAGE, '--tsa-key', 'tsa.key')
        self.sign(USAGE, '--tsa', self.url, '--tsa-cert', 'tsa.pem', '--tsa-key', 'tsa.key')
        self.sign(REFUSED, '--tsa-cert', 'unit.pem', '--tsa-key', 'unit.key')
        self.expect_left()


class Hostile(Case):
    """Nothing in a document, a name or a path may steer the terminal."""

    def clean(self, text):
        for c in text:
            self.assertTrue(c == '\n' or (ord(c) >= 32 and not 0x7F <= ord(c) <= 0x9F), repr(text))
            self.assertNotIn(ord(c), (0x202A, 0x202B, 0x202D, 0x202E, 0x2066, 0x2067, 0x2028))

    def test_text_of_a_document(self):
        name = self.folder / 'a.ofd'
        with zipfile.ZipFile(WORLD / 'notice.ofd') as old, zipfile.ZipFile(name, 'w') as new:
            for entry in old.infolist():
                data = old.read(entry).decode('utf-8')
                if '/Pages/' in entry.filename:
                    data = re.sub(r'(<ofd:TextCode[^>]*>)', '\\1\u202e\u009b31m\u2028', data)
                new.writestr(entry, data)
        for more in ([], ['--boxes']):
            shown = must('text', name, *more)
            self.assertIn('?', shown)
            self.clean(shown)

    def test_names_of_files(self):
        for name in ('a\033[31m.ofd', 'a\u202e.ofd', 'b\n.ofd'):
            path = self.folder / name
            shutil.copy(WORLD / 'sealed.ofd', path)
            shown = run('verify', path)
            self.clean(shown.stdout)
            path.unlink()
            shown = run('verify', path)
            self.assertEqual(shown.returncode, NO_INPUT)
            self.clean(shown.stderr)

    def test_names_that_are_no_utf8(self):
        path = os.fsencode(self.folder) + b'/\xff\xfe.ofd'
        shutil.copy(WORLD / 'sealed.ofd', path)
        done = run('verify', os.fsdecode(path), '--json', '--trust', 'ca/ca.pem')
        self.assertEqual(done.returncode, OK)
        self.assertTrue(json.loads(done.stdout)['file'].endswith('/??.ofd'))

    def test_names_of_people_and_seals(self):
        subject = 'CN=x\u202ey,O=x,C=CN'
        done = run('ca', 'issue', 'ca', '--profile', 'unit', '--subject', subject, '-o',
                   self.folder / 'a')
        self.clean(done.stdout + done.stderr)
        self.clean(must('ca', 'list', 'ca'))
        name = self.folder / 'a.esl'
        done = run(*seal_arguments(name, name='章\u202e\u009b31m'))
        self.clean(done.stdout + done.stderr)
        if done.returncode == OK:
            self.clean(must('seal', 'show', name))
            self.clean(run('verify', name).stdout)

    def test_damaged_documents(self):
        """Cut anywhere, a sealed document is never valid, and the program never dies."""
        whole = (WORLD / 'sealed.ofd').read_bytes()
        for part in range(0, 20):
            path = self.folder / 'cut.ofd'
            path.write_bytes(whole[:len(whole) * part // 20])
            self.assertIn(run('verify', path, '--trust', 'ca/ca.pem').returncode,
                          (REFUSED, UNSIGNED, DAMAGED))


if __name__ == '__main__':
    unittest.main()
