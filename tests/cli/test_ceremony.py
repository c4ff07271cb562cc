#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Key ceremonies from one file: what is made, what the transcript says, what is refused.

YINXIN_PROGRAM names the program; build/yinxin unless set. Needs Python 3 and openssl.
"""

import hashlib
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.path.abspath(os.environ.get('YINXIN_PROGRAM', ROOT / 'build' / 'yinxin'))
OK, REFUSED, USAGE, DAMAGED, NO_INPUT, NO_OUTPUT = 0, 1, 64, 65, 66, 73

A_ROOT = 'authority root { name = "CN=根,O=测试,C=CN" days = 100 }\n'


class Ceremony(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix='yinxin-ceremony-')
        self.addCleanup(shutil.rmtree, self.folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), 'w', encoding='utf-8') as file:
            file.write(text)

    def read(self, name):
        with open(self.path(name), encoding='utf-8') as file:
            return file.read()

    def expect(self, code, *arguments, **extra):
        env = {'PATH': os.environ['PATH'], 'LC_ALL': 'C.UTF-8', 'HOME': '/nonexistent', 'TZ': 'UTC',
               'YINXIN_PASSPHRASE': 'correct horse', **extra}
        for name in ('ASAN_OPTIONS', 'UBSAN_OPTIONS'):
            if name in os.environ:
                env[name] = os.environ[name]
        done = subprocess.run([PROGRAM, *map(str, arguments)], cwd=self.folder, env=env, timeout=120,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def left_behind(self):
        return sorted(os.listdir(self.folder))

    def test_the_example(self):
        example = ROOT / 'examples' / 'ceremony.conf'
        plan = self.expect(OK, 'ca', 'ceremony', example, '--check')
        for title in ('root', 'users', 'services', 'maker', 'tsa', 'ocsp'):
            self.assertIn(f'\n{title}\n', plan)
        self.assertEqual(self.left_behind(), [])
        self.expect(OK, 'ca', 'ceremony', example, '-o', 'pki')
        self.assertEqual(self.left_behind(), ['pki'])
        made = sorted(os.listdir(self.path('pki')))
        self.assertEqual(made, ['ceremony.conf', 'maker.key', 'maker.pem', 'ocsp.key', 'ocsp.pem',
                                'root', 'services', 'transcript.txt', 'tsa.key', 'tsa.pem', 'users'])
        for name in ('maker.key', 'users/ca.key', 'services/ca.key'):
            self.assertEqual(os.stat(self.path('pki/' + name)).st_mode & 0o077, 0, name)
        # The authorities work: by their settings, below their root.
        self.expect(OK, 'ca', 'issue', 'pki/users', '--profile', 'unit', '--subject',
                    'CN=单位,O=单位,C=CN', '-o', 'unit')
        text = subprocess.run(['openssl', 'x509', '-in', self.path('unit.pem'), '-noout', '-text'],
                              capture_output=True, text=True, check=True).stdout
        self.assertIn('http://pki.example.cn/users/crl/full.crl', text)
        chain = self.read('unit.pem')
        self.assertEqual(chain.count('BEGIN CERTIFICATE'), 3)
        self.assertIn('示例用户CA', self.expect(OK, 'ca', 'list', 'pki/root'))
        # There it is already.
        self.expect(NO_OUTPUT, 'ca', 'ceremony', example, '-o', 'pki')

    def test_the_transcript(self):
        self.write('c.conf', 'title = "试"\nplace = "Room 1"\npeople = {"Zhang San", "李四"}\n'
                   + A_ROOT)
        self.expect(OK, 'ca', 'ceremony', 'c.conf', '-o', 'pki')
        told = self.read('pki/transcript.txt')
        der = subprocess.run(['openssl', 'x509', '-in', self.path(os.path.join('pki', 'root', 'ca.pem')), '-outform',
                              'DER'], capture_output=True, check=True).stdout
        self.assertIn(hashlib.sha256(der).hexdigest().upper(), told)
        sm3 = subprocess.run(['openssl', 'dgst', '-sm3', '-r', self.path('c.conf')],
                             capture_output=True, text=True, check=True).stdout.split()[0]
        self.assertIn(sm3.upper(), told)
        for text in ('Room 1', 'Zhang San', '李四', 'CN=根,O=测试,C=CN', 'yinxin 0.', 'cli:uid='):
            self.assertIn(text, told)
        self.assertEqual(self.read('pki/ceremony.conf'), self.read('c.conf'))
        self.expect(OK, 'ca', 'ceremony', 'c.conf', '-o', 'pki2', LC_ALL='zh_CN.UTF-8',
                    LANGUAGE='zh_CN')

    def test_passphrases_and_requests(self):
        self.write('c.conf', A_ROOT)
        self.expect(OK, 'ca', 'ceremony', 'c.conf', '-o', 'first')
        self.expect(OK, 'ca', 'issue', 'first/root', '--profile', 'unit', '--subject',
                    'CN=a,O=a,C=CN', '-o', 'a')
        self.expect(OK, 'request', '--key', 'a.key', '--subject', 'CN=a,O=a,C=CN', '-o', 'a.csr')
        self.write('word', 'another word\n')
        self.write('c.conf', 'authority root { name = "CN=r,O=t,C=CN" passphrase_file = "word" }\n'
                   'certificate t { issuer = "root" profile = "tsa" name = "CN=t,O=t,C=CN"'
                   ' request = "a.csr" }\n')
        self.expect(OK, 'ca', 'ceremony', 'c.conf', '-o', 'pki')
        self.assertFalse(os.path.exists(self.path('pki/t.key')))
        self.expect(REFUSED, 'ca', 'crl', 'pki/root', '-o', 'x.crl')
        self.expect(OK, 'ca', 'crl', 'pki/root', '-o', 'x.crl', '--passphrase-file', 'word')

    def test_files_that_are_refused(self):
        below = 'authority sub { issuer = "root" name = "CN=s,O=t,C=CN" '
        leaf = 'certificate x { issuer = "root" profile = "tsa" name = "CN=t,O=t,C=CN" '
        files = [
            '',
            'shoes = 1\n' + A_ROOT,
            'authority root { name = "CN=r,O=t,C=CN" shoes = 1 }',
            'authority "../root" { name = "CN=r,O=t,C=CN" }',
            'authority "a.b" { name = "CN=r,O=t,C=CN" }',
            'authority "" { name = "CN=r,O=t,C=CN" }',
            'authority root { name = "CN=r,O=t,C=CN" issuer = "other" }',
            'authority root { name = "CN=r,O=t,C=CN" issuer = "root" }',
            'authority root { name = "CN=r,O=t,C=CN" algorithm = "rot13" }',
            'authority root { name = "CN=r,O=t,C=CN" days = 99999 }',
            'authority root { name = "CN=r,O=t,C=CN" path_length = -7 }',
            'authority root { name = "CN=r,O=t,C=CN" key = "/a/file" }',
            "authority root { name = \"CN=r,O=t,C=CN\" settings = 'crl_period = 0' }",
            "authority root { name = \"CN=r,O=t,C=CN\" settings = 'shoes = 0' }",
            "authority root { name = \"CN=r,O=t,C=CN\" settings = 'key = \"pkcs11:a=b\"' }",
            A_ROOT + A_ROOT,
            A_ROOT + below + 'days = 101 }',
            'authority root { name = "CN=r,O=t,C=CN" path_length = 0 }' + below + '}',
            A_ROOT + leaf.replace('"root"', '"none"') + '}',
            A_ROOT + leaf.replace('"root"', '""') + '}',
            A_ROOT + leaf.replace('"tsa"', '"none"') + '}',
            A_ROOT + leaf.replace('"tsa"', '"sub-ca"') + '}',
            A_ROOT + leaf + 'key = "pkcs11:token=a" request = "b" }',
            A_ROOT + leaf.replace('certificate x', 'certificate root') + '}',
            leaf + '}',
        ]
        for text in files:
            self.write('c.conf', text)
            for how in (['--check'], ['-o', 'pki']):
                with self.subTest(text=text, how=how):
                    self.expect(DAMAGED, 'ca', 'ceremony', 'c.conf', *how)
        for text, code in (('authority root { name = "nonsense" }', USAGE),
                           ('authority root { name = "CN=r" }', REFUSED)):
            self.write('c.conf', text)
            self.expect(code, 'ca', 'ceremony', 'c.conf', '-o', 'pki')
        self.assertEqual(self.left_behind(), ['c.conf'])

    def test_profiles(self):
        """An authority issues by the profiles of a file, in the ceremony and afterwards."""
        self.write('kinds.conf', 'profile door { like = "tls-client" days = 7 }\n'
                   'profile sub-ca { like = "sub-ca" subject = {"CN"} }\n')
        self.write('c.conf', 'authority root { name = "CN=r,O=t,C=CN" profiles = "kinds.conf" }\n'
                   'authority plain { name = "CN=plain" issuer = "root" }\n'
                   'certificate d { issuer = "root" profile = "door" name = "CN=d" }\n')
        plan = self.expect(OK, 'ca', 'ceremony', 'c.conf', '--check')
        self.expect(OK, 'ca', 'ceremony', 'c.conf', '-o', 'pki')
        sm3 = subprocess.run(['openssl', 'dgst', '-sm3', '-r', self.path('kinds.conf')],
                             capture_output=True, text=True, check=True).stdout.split()[0]
        for told in (plan, self.read('pki/transcript.txt')):
            self.assertIn(f'kinds.conf, SM3 {sm3.upper()}', told)
        self.assertEqual(self.read(os.path.join('pki', 'root', 'profiles.conf')), self.read('kinds.conf'))
        self.assertFalse(os.path.exists(self.path('pki/plain/profiles.conf')))
        self.expect(OK, 'ca', 'issue', os.path.join('pki', 'root'), '--profile', 'door', '--subject', 'CN=e', '-o', 'e')
        for name in ('pki/d.pem', 'e.pem'):
            subprocess.run(['openssl', 'x509', '-in', self.path(name), '-noout', '-checkend',
                            str(6 * 86400)], stdout=subprocess.DEVNULL, check=True)
            self.assertEqual(subprocess.run(
                ['openssl', 'x509', '-in', self.path(name), '-noout', '-checkend', str(8 * 86400)],
                stdout=subprocess.DEVNULL, check=False).returncode, 1)
        # A kind counts for its own authority alone, and what the file says is checked beforehand.
        for text, code in (
                ('authority r { name = "CN=r,O=t,C=CN" profiles = "none.conf" }', NO_INPUT),
                ('authority r { name = "CN=r,O=t,C=CN" profiles = "bad.conf" }', DAMAGED),
                (A_ROOT + 'certificate d { issuer = "root" profile = "door" name = "CN=d" }', DAMAGED),
                (A_ROOT + 'authority s { name = "CN=s" issuer = "root" profiles = "kinds.conf" }',
                 REFUSED)):
            self.write('bad.conf', 'profile x { like = "nobody" }\n')
            self.write('c.conf', text)
            self.expect(code, 'ca', 'ceremony', 'c.conf', '--check')

    def test_whole_or_nothing(self):
        """The last certificate fails, when all before it is made: nothing is left."""
        self.write('c.conf', A_ROOT + 'certificate x { issuer = "root" profile = "tsa"'
                   ' name = "CN=t,O=t,C=CN" request = "missing.csr" }')
        self.expect(NO_INPUT, 'ca', 'ceremony', 'c.conf', '-o', 'pki')
        self.assertEqual(self.left_behind(), ['c.conf'])
        self.expect(USAGE, 'ca', 'ceremony', 'c.conf')
        self.expect(NO_INPUT, 'ca', 'ceremony', 'none.conf', '--check')


if __name__ == '__main__':
    unittest.main()
