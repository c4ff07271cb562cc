#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A USB key (GM/T 0016) and a device of servers (GM/T 0018), both of software, used as their owners
do: made, a certificate asked for and put on, documents sealed, PINs wrong, locked and unlocked.

Run as test_cli.py. The devices are those beside the program, else those of build-test;
YINXIN_DEVICES names another folder.
"""

import os
import pathlib
import subprocess
import tempfile
import unittest

import test_cli as cli
from test_cli import NO_INPUT, OK, REFUSED, USAGE, must

PIN, ADMIN = '135790', '87654321'
KEY = 'skf:device=KEY;application=Zhang'
HERE = ('--trust', 'ca/ca.pem')


def devices():
    named = [os.environ.get('YINXIN_DEVICES')] if 'YINXIN_DEVICES' in os.environ else []
    for folder in named + [pathlib.Path(cli.PROGRAM).parent / 'devices',
                           cli.ROOT / 'build-test/devices']:
        if (pathlib.Path(folder) / 'libyinxin-softskf.so').exists():
            return pathlib.Path(folder)
    raise unittest.SkipTest('the software devices are not built')


def setUpModule():
    devices()
    cli.setUpModule()


def tearDownModule():
    cli.tearDownModule()


def seal_for(folder, cert):
    """A seal for the holder of the certificate."""
    must('seal', 'make', '--name', '张三章', '--picture', cli.ROOT / 'examples/seal/company.png',
         '--width', '42', '--height', '42', '--holder', cert, '--maker', 'maker.pem',
         '--maker-key', 'maker.key', '-o', folder / 'zhang.esl')


class Skf(cli.Case):
    def setUp(self):
        super().setUp()
        self.keys = self.folder / 'keys'
        (self.keys / 'KEY').mkdir(parents=True)
        self.env = {'YINXIN_SOFTSKF_DIR': str(self.keys), 'YINXIN_PIN': PIN,
                    'YINXIN_SO_PIN': ADMIN, 'YINXIN_NEW_PIN': PIN, 'YINXIN_NEW_SO_PIN': ADMIN,
                    'YINXIN_SKF_MODULE': str(devices() / 'libyinxin-softskf.so')}

    def yinxin(self, code, *arguments, says='', **changed):
        return self.expect(code, *arguments, says=says, env={**self.env, **changed}).stdout

    def make(self):
        self.yinxin(OK, 'token', 'init', KEY, '--label', 'Zhang', YINXIN_NEW_PIN='246810')
        place = self.yinxin(OK, 'token', 'generate', KEY, '--label', 'seal', '--algorithm', 'sm2',
                            YINXIN_PIN='246810').strip()
        self.assertIn('container=seal', place)
        return place

    def certify(self, place, **changed):
        request, cert = self.folder / 'zhang.csr', self.folder / 'zhang.pem'
        self.yinxin(OK, 'request', '--key', place, '--subject', 'CN=张三,O=测试单位,C=CN', '-o',
                    request, **changed)
        must('ca', 'issue', 'ca', '--profile', 'unit', '--csr', request, '-o',
             self.folder / 'zhang')
        if not cert.exists():
            cert = next(path for path in self.folder.iterdir() if path.name.startswith('zhang')
                        and b'BEGIN CERTIFICATE-' in path.read_bytes())
        self.yinxin(OK, 'token', 'import', place, '--cert', cert, **changed)
        return cert

    def sign(self, code, place, out, says='', **changed):
        return self.yinxin(code, 'sign', 'contract.ofd', '-o', self.folder / out, '--seal',
                           self.folder / 'zhang.esl', '--cert', place, '--key', place, '--keyword', '甲方（盖章）', says=says, **changed)

    def test_walk(self):
        """REQ: SEC-06, SEC-12, SEC-13"""
        place = self.make()
        cert = self.certify(place, YINXIN_PIN='246810')
        seal_for(self.folder, cert)
        # The PIN that the registration point has set signs no document.
        self.yinxin(OK, 'token', 'list', 'skf:', says='PIN to be changed')
        self.sign(REFUSED, place, 'early.ofd', says='change-pin', YINXIN_PIN='246810')
        self.yinxin(OK, 'token', 'change-pin', KEY, YINXIN_PIN='246810')
        self.sign(OK, place, 'sealed.ofd')
        self.yinxin(OK, 'verify', self.folder / 'sealed.ofd', *HERE, says='张三')
        self.yinxin(OK, 'token', 'test', place, says='SM2, 256 bits')
        said = self.yinxin(OK, 'token', 'list', 'skf:', says='ready')
        self.assertIn('10', said)
        self.assertIn(place.split('?')[0], said)
        # Pulled out.
        (self.keys / 'KEY').rename(self.folder / 'pocket')
        self.sign(NO_INPUT, place, 'late.ofd', says='SKF')
        self.assertFalse((self.folder / 'late.ofd').exists())

    def test_lock_and_unlock(self):
        """REQ: SEC-10, CERT-89"""
        place = self.make()
        for left in range(9, 0, -1):
            self.yinxin(REFUSED, 'token', 'test', place, says=f'locks: {left}', YINXIN_PIN='000000')
        self.yinxin(REFUSED, 'token', 'test', place, says='locked', YINXIN_PIN='000000')
        self.yinxin(REFUSED, 'token', 'test', place, says='locked', YINXIN_PIN='246810')
        self.yinxin(REFUSED, 'token', 'unlock', KEY, says='locks: 9', YINXIN_SO_PIN='11111111')
        self.yinxin(OK, 'token', 'unlock', KEY)
        self.yinxin(OK, 'token', 'test', place)

    def test_refusals(self):
        self.yinxin(NO_INPUT, 'token', 'test', 'skf:', says='no SKF token')
        self.yinxin(NO_INPUT, 'token', 'test', 'skf:', YINXIN_SKF_MODULE='/nowhere.so')
        self.yinxin(REFUSED, 'token', 'test', 'skf:', says='no SKF library',
                    YINXIN_SKF_MODULE=str(devices() / 'libyinxin-softsdf.so'))
        self.yinxin(USAGE, 'token', 'test', 'skf:', YINXIN_SKF_MODULE='')
        self.yinxin(REFUSED, 'token', 'test', 'skf:?pin-value=246810', says='pin-value')
        place = self.make()
        self.yinxin(REFUSED, 'token', 'init', KEY, '--label', 'Zhang', says='already')
        self.yinxin(USAGE, 'token', 'import', place, says='--envelope')
        envelope = self.folder / 'envelope'
        envelope.write_bytes(b'no envelope')
        self.yinxin(cli.DAMAGED, 'token', 'import', place, '--envelope', envelope,
                    YINXIN_PIN='246810')


class Sdf(cli.Case):
    def test_seal(self):
        folder = self.folder / 'device'
        env = {'YINXIN_SOFTSDF_DIR': str(folder), 'YINXIN_PIN': 'right-of-access',
               'YINXIN_SDF_MODULE': str(devices() / 'libyinxin-softsdf.so')}
        made = subprocess.run([devices() / 'softsdf-keygen', '3'], input='right-of-access\n',
                              text=True, env=cli.environment(**env))
        self.assertEqual(made.returncode, 0)
        self.expect(OK, 'token', 'test', 'sdf:index=3', says='SM2', env=env)
        self.expect(OK, 'token', 'list', 'sdf:', says='sdf:index=3', env=env)
        self.expect(REFUSED, 'token', 'test', 'sdf:index=3', says='password',
                    env={**env, 'YINXIN_PIN': 'wrong'})
        self.expect(NO_INPUT, 'token', 'test', 'sdf:index=4', env=env)
        self.expect(REFUSED, 'token', 'generate', 'sdf:index=4', '--label', 'x', '--algorithm',
                    'sm2', says='maker', env=env)
        request = self.folder / 'unit.csr'
        self.expect(OK, 'request', '--key', 'sdf:index=3', '--subject', 'CN=测试单位,O=测试单位,C=CN', '-o',
                    request, env=env)
        must('ca', 'issue', 'ca', '--profile', 'unit', '--csr', request, '-o',
             self.folder / 'device-unit')
        cert = next(path for path in self.folder.iterdir()
                    if path.name.startswith('device-unit'))
        seal_for(self.folder, cert)
        self.expect(OK, 'sign', 'contract.ofd', '-o', self.folder / 'sealed.ofd', '--seal',
                    self.folder / 'zhang.esl', '--cert', cert, '--key', 'sdf:index=3', '--keyword', '甲方（盖章）', env=env)
        self.expect(OK, 'verify', self.folder / 'sealed.ofd', *HERE)


if __name__ == '__main__':
    unittest.main()
