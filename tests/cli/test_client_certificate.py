#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Log-ins at a running service by a certificate that the client shows over TLS: whose certificates
are asked for, whose open an account, and what a revocation or a lock does to that.

Run as test_client_certificate.py. Needs openssl."""
import http.client
import json
import pathlib
import shutil
import ssl
import subprocess
import tempfile
import time
import unittest
import urllib.parse

import test_account as account
import test_cli as cli
from test_cli import must

WORLD = SERVICE = None
PASSWORD = account.PASSWORD
AUTHORITY = 'data/ca/people'
SECRET = ('--passphrase-file', 'data/keys/secret')


def setUpModule():
    """A service with an authority of its own, and one of somebody else that it trusts for log-ins."""
    global WORLD, SERVICE
    WORLD = cli.WORLD = pathlib.Path(tempfile.mkdtemp(prefix='yinxin-tls-'))
    account.Service(WORLD / 'data').close()
    must('ca', 'init', AUTHORITY, '--name', 'CN=People,O=Test,C=CN', '--algorithm', 'p256', *SECRET,
         passphrase=None)
    must('ca', 'init', 'data/ca/sm2', '--name', 'CN=SM2,O=Test,C=CN', *SECRET, passphrase=None)
    must('ca', 'init', 'elsewhere', '--name', 'CN=Elsewhere,O=Test,C=CN', '--algorithm', 'p256')
    must('ca', 'init', 'unknown', '--name', 'CN=Unknown,O=Test,C=CN', '--algorithm', 'p256')
    for name in ('zhao', 'qian', 'revoked'):
        issue(name, AUTHORITY, *SECRET, passphrase=None)
    issue('sun', 'elsewhere')
    issue('stranger', 'unknown')
    (WORLD / 'roots').mkdir()
    shutil.copy(WORLD / 'elsewhere' / 'ca.pem', WORLD / 'roots' / 'elsewhere.pem')
    (WORLD / 'data' / 'yinxin.conf').write_text(f'login_trust = {{"{WORLD}/roots"}}\n')
    account.SERVICE = SERVICE = account.Service(WORLD / 'data')


def tearDownModule():
    SERVICE.close()
    shutil.rmtree(WORLD)


def issue(name, authority, *more, **options):
    """NAME.pem and NAME.key, whose key is in the clear."""
    must('ca', 'issue', authority, '--profile', 'tls-client', '--subject', f'CN={name},O=Test,C=CN',
         '-o', name, *more, **options)
    secret = (WORLD / 'data/keys/secret').read_text().strip() if more else cli.PASSPHRASE
    subprocess.run(['openssl', 'pkcs8', '-in', f'{name}.key', '-passin', f'pass:{secret}', '-out',
                    f'{name}.plain'], cwd=WORLD, check=True)


class Browser(account.Browser):
    """With the certificate of somebody; None: without."""

    def __init__(self, name=None, version=ssl.TLSVersion.TLSv1_3):
        super().__init__()
        self.name, self.version = name, version

    def trust(self):
        trust = super().trust()
        trust.minimum_version = trust.maximum_version = self.version
        if self.name:
            trust.load_cert_chain(WORLD / f'{self.name}.pem', WORLD / f'{self.name}.plain')
        return trust

    def enter(self):
        return self.ask('POST', '/api/v1/session', {'tls': True})


def invite(name):
    """An account whose holder has set the password."""
    code, out, err = account.account('add', name)
    assert code == cli.OK, err
    assert account.redeem(out.strip().partition('token=')[2]) == 204


class Certificates(unittest.TestCase):

    def bound(self, name, certificate):
        """An account that this certificate opens; its browser."""
        invite(name)
        browser = Browser(certificate)
        self.assertEqual(browser.log_in(name, PASSWORD)[0], 201)
        status, said = browser.ask('POST', '/api/v1/session/certificates',
                                   {'kind': 'certificate', 'tls': True})
        self.assertEqual(status, 201, said)
        return browser

    def refused(self, browser, words):
        status, said = browser.enter()
        self.assertEqual(status, 401, said)
        self.assertIn(words, said['detail'])
        self.assertIsNone(browser.cookie)

    def test_in_and_out(self):
        self.refused(Browser('zhao'), 'opens no account')
        self.bound('zhao', 'zhao')
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            browser = Browser('zhao', version)
            status, said = browser.enter()
            self.assertEqual((status, said['name'], said['methods']), (201, 'zhao', ['tls']))
            # The session goes on without it: the cookie is what counts now.
            browser.name = None
            self.assertEqual(browser.ask('GET', '/api/v1/session')[0], 200)
            self.assertEqual(browser.ask('DELETE', '/api/v1/session')[0], 204)
        self.refused(Browser(), 'no certificate was shown')
        self.refused(Browser('qian'), 'opens no account')
        self.assertEqual(account.account('lock', 'zhao', '--reason', 'on leave')[0], cli.OK)
        self.refused(Browser('zhao'), 'not active')
        self.assertEqual(account.account('unlock', 'zhao')[0], cli.OK)
        self.assertEqual(Browser('zhao').enter()[0], 201)
        listed = must('audit', 'list', '--data', SERVICE.data)
        self.assertIn('session.open', listed)

    def test_of_another_authority(self):
        """One of login_trust opens, one that nobody trusts is let in to read and opens nothing."""
        self.bound('sun', 'sun')
        self.assertEqual(Browser('sun').enter()[0], 201)
        self.refused(Browser('stranger'), 'not among the trusted certificates')
        invite('stranger')
        browser = Browser('stranger')
        self.assertEqual(browser.log_in('stranger', PASSWORD)[0], 201)
        status, said = browser.ask('POST', '/api/v1/session/certificates',
                                   {'kind': 'certificate', 'tls': True})
        self.assertEqual(status, 401, said)

    def test_asked_for_by_name(self):
        """What a client is told when it is asked for a certificate: it need not show one."""
        place = urllib.parse.urlsplit(SERVICE.origin)
        said = subprocess.run(['openssl', 's_client', '-connect', f'{place.hostname}:{place.port}'],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=30).stdout
        names = said.partition('Acceptable client certificate CA names')[2]
        for name in ('People', 'Elsewhere', 'SM2'):
            self.assertIn(f'CN = {name}', names)
        self.assertNotIn('Unknown', names)

    def test_revoked(self):
        browser = self.bound('li', 'revoked')
        self.assertEqual(Browser('revoked').enter()[0], 201)
        must('ca', 'revoke', AUTHORITY, 'revoked.pem', '--reason', 'keyCompromise')
        must('ca', 'crl', AUTHORITY, '-o', 'people.crl', *SECRET, passphrase=None)
        end = time.monotonic() + 30
        while (said := Browser('revoked').enter())[0] == 201 and time.monotonic() < end:
            time.sleep(0.5)
        self.assertEqual(said[0], 401, said)
        self.assertIn('revoked', said[1]['detail'])
        # Who is inside stays: the session is ended by those who manage accounts, or by its holder.
        self.assertEqual(browser.ask('GET', '/api/v1/session')[0], 200)


if __name__ == '__main__':
    unittest.main()
