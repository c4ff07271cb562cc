#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Who may ask an authority for certificates, and what becomes of it: `yinxin ca user`, and the
running service as curl and openssl cmp see it.

Run as test_enrol.py. Needs openssl and curl.
"""

import base64
import email
import pathlib
import shutil
import sqlite3
import stat
import subprocess
import tempfile
import time
import unittest

import test_cli as cli
import test_serve as serve
from test_cli import DAMAGED, NO_INPUT, OK, REFUSED, USAGE, must

WORLD = None
PASSWORD = 'open the door'


def setUpModule():
    global WORLD
    WORLD = pathlib.Path(tempfile.mkdtemp(prefix='yinxin-enrol-'))
    cli.WORLD = serve.WORLD = WORLD
    must('ca', 'init', 'ca', '--name', 'CN=Enrol,O=Test,C=CN', '--algorithm', 'p256')
    serve.tool('openssl', 'x509', '-in', 'ca/ca.pem', '-out', 'root.pem')
    must('ca', 'issue', 'ca', '--profile', 'tls-server', '--subject', 'CN=localhost', '--dns',
         'localhost', '--ip', '127.0.0.1', '-o', 'tls')
    serve.tool('openssl', 'pkcs8', '-in', 'tls.key', '-passin', f'pass:{cli.PASSPHRASE}', '-out',
               'tls.plain')
    must('ca', 'issue', 'ca', '--profile', 'cmp', '--subject', 'CN=CMP,O=Test,C=CN', '-o', 'ca/cmp')
    for name in ('seven', 'eight'):
        serve.tool('openssl', 'req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256',
                   '-nodes', '-keyout', f'{name}.key', '-subj', f'/CN={name}', '-outform', 'DER',
                   '-out', f'{name}.csr')
        (WORLD / f'{name}.b64').write_bytes(
            base64.b64encode((WORLD / f'{name}.csr').read_bytes()))


def tearDownModule():
    shutil.rmtree(WORLD)


def user(what, *arguments, password=None):
    return cli.run('ca', 'user', what, 'ca', *arguments,
                   env={'YINXIN_PASSWORD': password} if password else None)


def leaves():
    with sqlite3.connect(WORLD / 'ca' / 'ca.db') as base:
        return base.execute('SELECT actor, action, object FROM audit_leaf ORDER BY id').fetchall()


def issued():
    return len(must('ca', 'list', 'ca').splitlines())


class Enrolment(unittest.TestCase):
    """With `seven`, who has a password and a secret, in enrol.conf."""

    def setUp(self):
        (WORLD / 'ca' / 'enrol.conf').unlink(missing_ok=True)
        (WORLD / 'secret').write_text('secret of seven\n')
        self.good(user('add', 'seven', '--profile', 'tls-client', '--subject', 'CN=seven',
                       '--password-file', '/dev/null', password=PASSWORD), USAGE)
        (WORLD / 'password').write_text(PASSWORD + '\n')
        self.good(user('add', 'seven', '--profile', 'tls-client', '--subject', 'CN=seven',
                       '--password-file', 'password', '--secret-file', 'secret'))

    def good(self, done, code=OK):
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def service(self):
        return serve.Service('ca', '--tls-cert', 'tls.pem', '--tls-key', 'tls.plain')

    def enrol(self, service, name='seven', password=PASSWORD, person=None, operation='simpleenroll',
              out='answer'):
        """The HTTP status of an EST request; its body goes to a file."""
        said = serve.tool('curl', '-sS', '--cacert', 'root.pem', '-u', f'{person or name}:{password}',
                          '-H', 'Content-Type: application/pkcs10', '--data-binary', f'@{name}.b64',
                          '-o', out, '-D', f'{out}.headers', '-w', '%{http_code}',
                          f'https://127.0.0.1:{service.port}/.well-known/est/{operation}')
        return int(said)

    def cmp(self, service, out, secret='secret of seven', *more):
        return subprocess.run(
            ['openssl', 'cmp', '-config', '', '-batch', '-cmd', 'ir', '-server',
             f'https://127.0.0.1:{service.port}', '-tls_used', '-tls_trusted', 'root.pem', '-path',
             '.well-known/cmp', '-ref', 'seven', '-secret', f'pass:{secret}', '-recipient',
             '/CN=Enrol', '-newkey', 'seven.key', '-subject', '/CN=seven', '-certout', out, *more],
            cwd=WORLD, env=cli.environment(no_proxy='*'), stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=120)


class Users(Enrolment):
    def test_list(self):
        self.good(user('add', 'ra', '--profile', 'tls-client', '--profile', 'tls-server',
                       '--subject', '*', '--name', '*', '--certificate', '2A01'))
        lines = self.good(user('list')).stdout.splitlines()
        self.assertEqual([line.split() for line in lines],
                         [['seven', 'password,secret', 'tls-client', 'CN=seven'],
                          ['ra', 'certificate', 'tls-client,tls-server', '*', '*']])
        self.assertEqual(stat.S_IMODE((WORLD / 'ca' / 'enrol.conf').stat().st_mode), 0o600)
        self.assertNotIn(PASSWORD, (WORLD / 'ca' / 'enrol.conf').read_text())

    def test_refused(self):
        before = (WORLD / 'ca' / 'enrol.conf').read_bytes(), leaves()
        add = ['add', 'x', '--profile', 'tls-client', '--subject', 'CN=x']
        for code, done in (
                (REFUSED, user('add', 'seven', *add[2:], password=PASSWORD)),
                (REFUSED, user(*add, password='short')),
                (REFUSED, user(*add, password='x' * 20)),
                (USAGE, user(*add)),  # no password and no terminal
                (USAGE, user('add', 'x"y', *add[2:], password=PASSWORD)),
                (DAMAGED, user('add', 'x', '--profile', 'none', '--subject', 'CN=x',
                               password=PASSWORD)),
                (USAGE, user('add', 'x', '--profile', 'tls-client', '--subject', 'nonsense',
                             password=PASSWORD)),
                (USAGE, user('add', 'x', '--profile', 'tls-client', password=PASSWORD)),
                (REFUSED, user('passwd', 'nobody', password=PASSWORD)),
                (REFUSED, user('passwd', 'seven', password='seven times seven')),
                (REFUSED, user('remove', 'nobody')),
                (USAGE, cli.run('ca', 'user')),
                (NO_INPUT, cli.run('ca', 'user', 'list', 'nowhere'))):
            self.good(done, code)
        self.assertEqual(before, ((WORLD / 'ca' / 'enrol.conf').read_bytes(), leaves()))

    def test_passphrase_of_the_key_is_no_password(self):
        done = cli.run('ca', 'user', 'passwd', 'ca', 'seven', passphrase='correct horse battery')
        self.good(done, USAGE)
        self.assertIn('YINXIN_PASSWORD', done.stderr)

    def test_audit(self):
        self.good(user('passwd', 'seven', password='another door'))
        self.good(user('remove', 'seven'))
        self.assertEqual([leaf[1:] for leaf in leaves()[-3:]],
                         [('enrol.person.' + what, 'ca:ca/person:seven')
                          for what in ('add', 'secrets', 'remove')])

    def test_a_running_service_heeds_changes(self):
        with self.service() as service:
            self.assertEqual(self.enrol(service), 200)
            self.good(user('passwd', 'seven', password='another door'))
            before = issued()
            self.assertEqual(self.enrol(service), 401)
            self.assertEqual(self.enrol(service, password='another door'), 200)
            self.good(user('remove', 'seven'))
            self.assertEqual(self.enrol(service, password='another door'), 401)
            self.good(user('add', 'eight', '--profile', 'tls-client', '--subject', 'CN=eight',
                           password=PASSWORD))
            self.assertEqual(self.enrol(service, 'eight'), 200)
            self.assertEqual(issued(), before + 2)

    def test_a_broken_file_leaves_who_was_known(self):
        with self.service() as service:
            self.assertEqual(self.enrol(service), 200)
            with open(WORLD / 'ca' / 'enrol.conf', 'a', encoding='utf-8') as file:
                file.write('person "half')
            self.assertEqual(self.enrol(service), 200)
            serve.wait_until(lambda: 'enrol.conf' in service.said, 'a complaint')


class Guesses(Enrolment):
    """REQ: SEC-10"""

    def setUp(self):
        super().setUp()
        self.conf = WORLD / 'ca' / 'enrol.conf'
        self.people = self.conf.read_text()

    def limit(self, settings):
        self.conf.write_text(settings + self.people)

    def forget_addresses(self):
        with sqlite3.connect(WORLD / 'ca' / 'ca.db') as base:
            base.execute('DELETE FROM enrol_address')

    def test_a_person_is_locked_until_somebody_unlocks(self):
        self.limit('attempts = 3\ndelay_seconds = 0\n')
        before = issued()
        with self.service() as service:
            for _ in range(3):
                self.assertEqual(self.enrol(service, password='guess'), 401)
            self.assertEqual(self.enrol(service), 401)
            serve.wait_until(lambda: 'seven is locked after 3' in service.said, 'news')
        with self.service() as service:  # another process
            wrong = (WORLD / 'answer').read_bytes()
            self.assertEqual(self.enrol(service), 401)
            self.assertEqual((WORLD / 'answer').read_bytes(), wrong)
            self.assertEqual(self.enrol(service, person='nobody'), 401)
            self.assertEqual((WORLD / 'answer').read_bytes(), wrong)
            self.assertIn('3 wrong in a row, the last from 127.0.0.1', user('list').stdout)
            self.assertIn('; locked)', user('list').stdout)
            self.assertEqual(leaves()[-1][1:], ('enrol.person.lock', 'ca:ca/person:seven'))
            self.assertEqual(issued(), before)
            self.good(user('unlock', 'seven'))
            self.assertEqual(self.enrol(service), 200)
            self.assertNotIn('wrong', user('list').stdout)
        self.good(user('unlock', 'nobody'), REFUSED)
        self.forget_addresses()

    def test_a_wrong_one_delays(self):
        self.limit('delay_after = 2\ndelay_seconds = 2\n')
        with self.service() as service:
            self.assertEqual(self.enrol(service, password='guess'), 401)
            self.assertEqual(self.enrol(service), 200)
            for _ in range(2):
                self.assertEqual(self.enrol(service, password='guess'), 401)
            self.assertEqual(self.enrol(service), 401)
            serve.wait_until(lambda: self.enrol(service) == 200, 'the delay to end')
        self.forget_addresses()

    def test_an_address_that_guesses_waits(self):
        self.limit('address_attempts = 3\naddress_seconds = 1000\ndelay_seconds = 0\n')
        with self.service() as service:
            for name in ('a', 'b', 'seven'):
                self.assertEqual(self.enrol(service, person=name, password='guess'), 401)
            self.assertEqual(self.enrol(service), 429)
            self.assertIn('Retry-After: 1000', (WORLD / 'answer.headers').read_text())
            self.assertEqual(self.cmp(service, 'never.pem').returncode, 1)
            self.forget_addresses()
            self.assertEqual(self.enrol(service), 200)
            self.assertEqual(self.cmp(service, 'cmp.pem').returncode, 0)

    def test_wrong_secrets_of_cmp_count(self):
        self.limit('attempts = 2\ndelay_seconds = 0\n')
        with self.service() as service:
            self.assertEqual(self.cmp(service, 'once.pem').returncode, 0)
            for _ in range(2):
                self.assertEqual(self.cmp(service, 'never.pem', 'guess at it').returncode, 1)
            before = issued()
            self.assertEqual(self.cmp(service, 'never.pem').returncode, 1)
            self.assertEqual(self.enrol(service), 401)
            self.assertEqual(issued(), before)
            self.good(user('passwd', 'seven', password=PASSWORD))
            self.assertEqual(self.cmp(service, 'again.pem').returncode, 0)
        self.forget_addresses()


class Keys(Enrolment):
    """EST serverkeygen, as curl gets it and openssl reads it."""

    def parts(self):
        head = (WORLD / 'answer.headers').read_text()
        kind = next(line for line in head.splitlines() if line.lower().startswith('content-type'))
        return email.message_from_bytes(kind.encode() + b'\r\n\r\n' +
                                        (WORLD / 'answer').read_bytes()).get_payload()

    def test_a_key_is_made(self):
        profiles = WORLD / 'ca' / 'profiles.conf'
        profiles.write_text('profile tls-client {\n like = "tls-client"\n makes_keys = true\n}\n')
        self.addCleanup(profiles.unlink)
        with self.service() as service:
            self.assertEqual(self.enrol(service, operation='serverkeygen'), 200)
        key, certificates = self.parts()
        self.assertEqual(key.get_content_type(), 'application/pkcs8')
        (WORLD / 'made.key').write_bytes(key.get_payload(decode=True))
        (WORLD / 'made.p7').write_bytes(certificates.get_payload(decode=True))
        serve.tool('openssl', 'pkcs7', '-inform', 'DER', '-in', 'made.p7', '-print_certs', '-out',
                   'made.pem')
        serve.tool('openssl', 'verify', '-CAfile', 'root.pem', 'made.pem')
        self.assertEqual(
            serve.tool('openssl', 'pkey', '-inform', 'DER', '-in', 'made.key', '-pubout'),
            serve.tool('openssl', 'x509', '-in', 'made.pem', '-pubkey', '-noout'))
        self.assertIn('subject=CN = seven', serve.tool('openssl', 'x509', '-in', 'made.pem',
                                                       '-noout', '-subject'))

    def test_off_unless_the_profile_says_so(self):
        before = issued(), leaves()[:-1]
        with self.service() as service:
            self.assertEqual(self.enrol(service, operation='serverkeygen'), 403)
        self.assertEqual(issued(), before[0])
        self.assertNotIn('enrol.key.make', [leaf[1] for leaf in leaves()[len(before[1]):]])


class Approval(Enrolment):
    """`eight` has to wait, and everybody who asks for the profile `looked-at`."""

    def setUp(self):
        super().setUp()
        self.good(user('add', 'eight', '--profile', 'tls-client', '--subject', 'CN=eight',
                       '--name', '*', '--approval', '--password-file', 'password', '--secret-file',
                       'secret'))
        conf = WORLD / 'ca' / 'enrol.conf'
        conf.write_text('retry_seconds = 1\n' + conf.read_text())

    def pending(self, *more):
        return [line.split() for line in must('ca', 'pending', 'list', 'ca', *more).splitlines()]

    def decide(self, what, code=OK, number=None):
        number = number or self.pending()[-1][0]
        return self.good(cli.run('ca', 'pending', what, 'ca', number), code)

    def test_est_waits(self):
        with self.service() as service:
            before = issued()
            self.assertEqual(self.enrol(service, 'eight'), 202)
            self.assertIn('Retry-After: 1', (WORLD / 'answer.headers').read_text())
            lines = self.pending()
            self.assertEqual(len(lines), 1)
            self.assertEqual(lines[0][4:8], ['waiting', 'est:eight', 'tls-client', 'CN=eight'])
            public = serve.tool('openssl', 'req', '-in', 'eight.csr', '-inform', 'DER', '-noout',
                                '-pubkey')
            (WORLD / 'eight.pub').write_text(public)
            serve.tool('openssl', 'pkey', '-pubin', '-in', 'eight.pub', '-outform', 'DER', '-out',
                       'eight.spki')
            digest = serve.tool('openssl', 'dgst', '-sm3', '-r', 'eight.spki').split()[0]
            self.assertIn(digest.upper(), lines[0][-1])
            self.assertEqual(issued(), before)
            self.decide('approve')
            self.assertEqual(self.pending(), [])
            self.assertEqual(self.pending('--all')[-1][4], 'approved')
            self.assertEqual(issued(), before)
        with self.service() as service:
            self.assertEqual(self.enrol(service, 'eight'), 200)
            self.assertEqual(issued(), before + 1)
            self.assertEqual(self.enrol(service), 200)  # seven need not wait
        self.assertEqual([leaf[1] for leaf in leaves() if 'request' in leaf[1]][-2:],
                         ['enrol.request.wait', 'enrol.request.approve'])

    def make(self, name):
        """Another key, so another request."""
        serve.tool('openssl', 'req', '-new', '-newkey', 'ec', '-pkeyopt',
                   'ec_paramgen_curve:P-256', '-nodes', '-keyout', f'{name}.key', '-subj',
                   '/CN=eight', '-outform', 'DER', '-out', f'{name}.csr')
        (WORLD / f'{name}.b64').write_bytes(
            base64.b64encode((WORLD / f'{name}.csr').read_bytes()))

    def test_refused(self):
        self.make('nine')
        with self.service() as service:
            before = issued()
            self.assertEqual(self.enrol(service, 'nine', person='eight'), 202)
            number = self.pending()[-1][0]
            self.decide('refuse')
            self.assertEqual(self.enrol(service, 'nine', person='eight'), 403)
            self.decide('approve', REFUSED, number)
            self.decide('approve', REFUSED, '4711')
            self.decide('approve', USAGE, 'x')
            self.assertEqual(issued(), before)

    def poll(self, command, what):
        """A client that waits, and what somebody decides meanwhile."""
        client = subprocess.Popen(command, cwd=WORLD, env=cli.environment(no_proxy='*'),
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT)
        try:
            serve.wait_until(self.pending, 'a request')
            time.sleep(1.5)
            self.assertIsNone(client.poll())
            self.decide(what)
            said = client.communicate(timeout=30)[0]
        finally:
            client.kill()
        return client.returncode, said

    def test_openssl_cmp_polls(self):
        for command, what in (('ir', 'approve'), ('ir', 'refuse'), ('p10cr', 'approve')):
            with self.subTest(f'{command}, {what}'), self.service() as service:
                before = issued()
                self.make('ten')
                asked = (['-csr', 'ten.csr', '-keyform', 'PEM'] if command == 'p10cr' else
                         ['-newkey', 'ten.key', '-subject', '/CN=eight'])
                code, said = self.poll(
                    ['openssl', 'cmp', '-config', '', '-batch', '-cmd', command, '-server',
                     f'https://127.0.0.1:{service.port}', '-tls_used', '-tls_trusted', 'root.pem',
                     '-path', '.well-known/cmp', '-ref', 'eight', '-secret',
                     'pass:secret of seven', '-recipient', '/CN=Enrol', *asked, '-certout',
                     'ten.pem', '-total_timeout', '60'], what)
                self.assertEqual(code == 0, what == 'approve', said)
                self.assertEqual(issued(), before + (what == 'approve'))

    @unittest.skipUnless(shutil.which('pki'), 'strongswan-pki is not installed')
    def test_strongswan_polls(self):
        self.make('eleven')
        with self.service() as service:
            code, said = self.poll(
                ['pki', '--est', '--url', f'https://127.0.0.1:{service.port}', '--in', 'eleven.csr',
                 '--cacert', 'root.pem', '--userpass', f'eight:{PASSWORD}', '--interval', '1'],
                'approve')
        self.assertEqual(code, 0, said)

    def test_a_profile_may_want_approval(self):
        profiles = WORLD / 'ca' / 'profiles.conf'
        profiles.write_text('profile looked-at {\n like = "tls-client"\n approval = true\n}\n')
        self.addCleanup(profiles.unlink)
        self.addCleanup(user, 'remove', 'twelve')
        self.good(user('add', 'twelve', '--profile', 'tls-client', '--profile', 'looked-at',
                       '--subject', 'CN=eight', password=PASSWORD))
        self.make('twelve')
        with self.service() as service:
            self.assertEqual(self.enrol(service, 'twelve', operation='looked-at/simpleenroll'), 202)
            self.assertEqual(self.pending()[-1][6], 'looked-at')
            self.decide('refuse')
            self.assertEqual(self.enrol(service, 'twelve'), 200)


if __name__ == '__main__':
    unittest.main()
