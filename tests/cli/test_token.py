#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Keys on a PKCS#11 token (SoftHSM) through the program: made, asked a certificate for, used, refused.

YINXIN_PROGRAM names the program; build/yinxin unless set.
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.path.abspath(os.environ.get('YINXIN_PROGRAM', ROOT / 'build' / 'yinxin'))
MODULES = ('/usr/lib/softhsm/libsofthsm2.so', '/usr/lib64/pkcs11/libsofthsm2.so')
MODULE = next((path for path in MODULES if os.path.exists(path)), None)
OK, REFUSED, USAGE, NO_INPUT = 0, 1, 64, 66
TOKEN = 'pkcs11:token=Test'


@unittest.skipIf(MODULE is None, 'SoftHSM is not installed')
class Token(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory(prefix='yx-token-')
        cls.folder = pathlib.Path(cls.scratch.name)
        (cls.folder / 'tokens').mkdir()
        (cls.folder / 'conf').write_text(f'directories.tokendir = {cls.folder}/tokens\n')
        for name, text in (('pin', '1234'), ('so', '87654321'), ('wrong', '4321'), ('new', '123456')):
            (cls.folder / name).write_text(text + '\n')
        cls.must('token', 'init', 'pkcs11:', '--label', 'Test', '--new-so-pin-file', 'so',
                 '--new-pin-file', 'pin')
        for label, algorithm in (('r', 'rsa2048'), ('e', 'p256')):
            cls.must('token', 'generate', TOKEN, '--algorithm', algorithm, '--label', label,
                     '--pin-file', 'pin')
        cls.must('ca', 'init', 'ca', '--name', 'CN=Root,O=T,C=CN', '--algorithm', 'p256')

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    @classmethod
    def run_program(cls, *arguments, **env):
        environment = {'PATH': os.environ['PATH'], 'LC_ALL': 'C.UTF-8', 'HOME': '/nonexistent',
                       'YINXIN_PASSPHRASE': 'correct horse', 'YINXIN_PKCS11_MODULE': MODULE,
                       'SOFTHSM2_CONF': str(cls.folder / 'conf'), **env}
        return subprocess.run([PROGRAM, *map(str, arguments)], cwd=cls.folder, env=environment,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=120, start_new_session=True)

    @classmethod
    def must(cls, *arguments, **env):
        done = cls.run_program(*arguments, **env)
        if done.returncode != OK:
            raise AssertionError(f'{arguments}: {done.returncode} {done.stderr}')
        return done.stdout

    def expect(self, code, *arguments, says='', **env):
        done = self.run_program(*arguments, **env)
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertIn(says, done.stderr)

    def certify(self, label):
        """A request of the key, a certificate of the authority, put beside the key."""
        if not (self.folder / f'{label}.pem').exists():
            self.must('request', '--key', f'{TOKEN};object={label}', '--subject',
                      f'CN={label},O=T,C=CN', '-o', f'{label}.csr', '--pin-file', 'pin')
            self.must('ca', 'issue', 'ca', '--profile', 'person', '--csr', f'{label}.csr', '-o', label)
            self.must('token', 'import', TOKEN, '--cert', f'{label}.pem', '--pin-file', 'pin')

    def test_list_shows_places_that_work(self):
        shown = self.must('token', 'list', '--login', '--pin-file', 'pin')
        places = [line.strip() for line in shown.split('\n') if 'type=private' in line]
        self.assertGreaterEqual(len(places), 2)
        for place in places:
            self.assertIn('verifies', self.must('token', 'test', place, '--pin-file', 'pin'))
        self.assertIn('object=r', self.must('token', 'list', TOKEN))

    def test_documents_are_signed(self):
        document = self.folder / 'in.pdf'
        if not document.exists():
            source = next(iter(sorted(ROOT.glob('examples/**/*.pdf'))), None)
            if source is None:
                body = (b'%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n'
                        b'2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n'
                        b'3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\n')
                at = [body.index(b'%d 0 obj' % n) for n in (1, 2, 3)]
                table = b''.join(b'%010d 00000 n \n' % offset for offset in at)
                document.write_bytes(body + b'xref\n0 4\n0000000000 65535 f \n' + table +
                                     b'trailer<</Size 4/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n'
                                     % len(body))
            else:
                document.write_bytes(source.read_bytes())
        for label in ('r', 'e'):
            self.certify(label)
            place = f'{TOKEN};object={label}'
            for cert in (f'{label}.pem', place):
                self.must('sign', 'in.pdf', '-o', 'out.pdf', '--cert', cert, '--key', place,
                          '--pin-file', 'pin')
                self.must('verify', 'out.pdf', '--trust', 'ca/ca.pem', '--crl', self.crl())

    def crl(self):
        self.must('ca', 'crl', 'ca', '-o', 'ca.crl')
        return 'ca.crl'

    def test_refusals(self):
        key = f'{TOKEN};object=r'
        self.expect(REFUSED, 'token', 'test', key, '--pin-file', 'wrong', says='wrong')
        self.expect(USAGE, 'token', 'test', key, says='--pin-file')
        self.expect(REFUSED, 'token', 'test', key + '?pin-value=1234', says='pin-value')
        self.expect(NO_INPUT, 'token', 'test', f'{TOKEN};object=none', '--pin-file', 'pin')
        self.expect(NO_INPUT, 'token', 'test', key, '--pin-file', 'none')
        self.expect(REFUSED, 'token', 'test', TOKEN, '--pin-file', 'pin', says='more than one')
        self.expect(USAGE, 'token', 'test', 'pkcs11:tokn=Test', says='tokn')
        self.expect(NO_INPUT, 'token', 'test', key, YINXIN_PKCS11_MODULE='/nowhere/x.so')
        self.expect(REFUSED, 'token', 'test', key, YINXIN_PKCS11_MODULE='libc.so.6',
                    says='PKCS#11')
        self.expect(REFUSED, 'token', 'init', TOKEN, '--label', 'New', says='initialised')
        self.expect(USAGE, 'token', 'generate', TOKEN, '--algorithm', 'dsa', '--label', 'x')
        self.expect(USAGE, 'token', 'generate', TOKEN, '--algorithm', 'p256', '--label', 'x',
                    '--id', 'xyz')
        self.expect(REFUSED, 'token', 'generate', TOKEN, '--algorithm', 'sm2', '--label', 'x',
                    '--pin-file', 'pin', says='SM2')
        self.expect(USAGE, 'token', 'import', TOKEN)
        self.expect(USAGE, 'token', 'delete', key, says='type=private')

    def test_keys_are_imported_and_deleted(self):
        self.must('ca', 'issue', 'ca', '--profile', 'person', '--subject', 'CN=I,O=T,C=CN', '-o', 'i')
        place = self.must('token', 'import', TOKEN, '--key', 'i.key', '--cert', 'i.pem', '--label',
                          'i', YINXIN_PIN='1234').strip().split('\n')[-1]
        self.must('token', 'test', place, YINXIN_PIN='1234')
        self.must('token', 'delete', place, YINXIN_PIN='1234')
        self.expect(NO_INPUT, 'token', 'test', place, YINXIN_PIN='1234')

    def test_pins_are_set(self):
        self.must('token', 'change-pin', TOKEN, '--pin-file', 'pin', '--new-pin-file', 'new')
        self.expect(REFUSED, 'token', 'test', f'{TOKEN};object=r', '--pin-file', 'pin')
        self.must('token', 'unlock', TOKEN, '--so-pin-file', 'so', '--new-pin-file', 'pin')
        self.must('token', 'test', f'{TOKEN};object=r', '--pin-file', 'pin')

    def test_key_files_get_another_cost(self):
        self.must('ca', 'issue', 'ca', '--profile', 'person', '--subject', 'CN=K,O=T,C=CN', '-o', 'k')
        for more in ((), ('--kdf', 'pbkdf2'), ('--kdf', 'scrypt', '--kdf-cost', '4')):
            self.must('key', 'protect', 'k.key', '-o', 'k2.key', '--new-passphrase-file', 'new', *more)
            self.must('token', 'test', 'k2.key', '--passphrase-file', 'new')
        self.expect(USAGE, 'key', 'protect', 'k.key', '-o', 'k3.key', '--kdf', 'md5')
        self.expect(USAGE, 'key', 'protect', 'k.key', '-o', 'k3.key', '--kdf-cost', '65')
        self.assertFalse((self.folder / 'k3.key').exists())


if __name__ == '__main__':
    unittest.main(argv=sys.argv)
