#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`yinxin ca serve` as its clients see it: curl, openssl ocsp, openssl ts, ldapsearch with a slapd
of this file's own, and sockets. Servers listen on 127.0.0.1, at ports that are free.

Run as test_serve.py. Needs openssl, curl, slapd and ldap-utils.
"""

import base64
import concurrent.futures
import hashlib
import http.client
import json
import os
import pathlib
import queue
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.parse

import test_cli as cli
from test_cli import DAMAGED, IO, OK, REFUSED, USAGE, must

sys.path.insert(0, str(cli.ROOT / 'scripts'))
import postgres  # noqa: E402

WORLD = None


def tool(*arguments, check=True, **more):
    done = subprocess.run([str(word) for word in arguments], cwd=WORLD, stdin=subprocess.DEVNULL,
                          capture_output=True, env=cli.environment(no_proxy='*'), timeout=60, **more)
    if check and done.returncode != 0:
        raise AssertionError(f'{arguments}: {done.stdout} {done.stderr}')
    return (done.stdout + done.stderr).decode('utf-8', 'replace')


def wait_until(said, what, seconds=15):
    """Calls `said` until it is true."""
    end = time.monotonic() + seconds
    while not said():
        if time.monotonic() > end:
            raise AssertionError(f'not within {seconds} s: {what}')
        time.sleep(0.05)


def issue(ca, name, profile, *more):
    must('ca', 'issue', ca, '--profile', profile, '--subject', f'CN={name},O=Test,C=CN', '-o', name,
         *more)


def init(name, algorithm, config=''):
    (WORLD / f'{name}.conf').write_text(config)
    must('ca', 'init', name, '--name', f'CN=Root {name},O=Test,C=CN', '--algorithm', algorithm,
         '--config', f'{name}.conf')
    tool('openssl', 'x509', '-in', f'{name}/ca.pem', '-out', f'{name}-root.pem')
    issue(name, f'{name}/tsa', 'tsa')
    issue(name, f'{name}-kept', 'unit')
    issue(name, f'{name}-lost', 'unit')


def setUpModule():
    global WORLD
    WORLD = pathlib.Path(tempfile.mkdtemp(prefix='yinxin-serve-'))
    cli.WORLD = WORLD
    for name, algorithm in (('ec', 'p256'), ('rsa', 'rsa3072'), ('sm2', 'sm2')):
        init(name, algorithm)
    issue('rsa', 'rsa/ocsp', 'ocsp')


def tearDownModule():
    shutil.rmtree(WORLD)


class Service:
    """A running `ca serve`."""

    def __init__(self, *arguments, env=None):
        self.process = subprocess.Popen(
            [cli.PROGRAM, 'ca', 'serve', *map(str, arguments), '--listen', '127.0.0.1:0'],
            cwd=WORLD, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=cli.environment(YINXIN_PASSPHRASE=cli.PASSPHRASE, **(env or {})), text=True,
            restore_signals=False)  # a file that may not grow is an error, and kills nobody
        self.said = ''
        lines = queue.Queue()
        self.ears = [threading.Thread(target=self.listen, daemon=True), threading.Thread(
            target=lambda: [lines.put(line) for line in self.process.stdout], daemon=True)]
        for ear in self.ears:
            ear.start()
        count = sum(not str(word).startswith('-') for word in arguments if
                    (WORLD / str(word) / 'ca.pem').exists())
        try:
            self.urls = [lines.get(timeout=30).split(': ', 1)[1].strip() for _ in range(count)]
        except queue.Empty as problem:
            self.process.kill()
            raise AssertionError(f'no service: {self.said}') from problem
        self.url = self.urls[0]
        self.port = urllib.parse.urlsplit(self.url).port

    def listen(self):
        for line in self.process.stderr:
            self.said += line

    def wait_for_crl(self):
        wait_until(lambda: self.get('crl/full.crl')[0] == 200, 'the first CRL')

    def get(self, path, headers=None, method='GET', body=None):
        connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=30)
        try:
            target = path if path.startswith('/') else urllib.parse.urlsplit(self.url).path + path
            connection.request(method, target, body, headers or {})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        for ear in self.ears:
            ear.join()
        self.process.stdout.close()
        self.process.stderr.close()
        if code != 0:
            raise AssertionError(f'the service ended with {code}: {self.said}')


class Case(cli.Case):
    def ocsp(self, service, ca, names, *more, url=None):
        certificates = [word for name in names for word in ('-cert', name)]
        return tool('openssl', 'ocsp', '-issuer', f'{ca}-root.pem', *certificates, '-url',
                    url or service.url + 'ocsp', '-CAfile', f'{ca}-root.pem', *more, check=False)


class Files(Case):
    def test_certificates_and_crls(self):
        with Service('ec') as service:
            service.wait_for_crl()
            status, headers, body = service.get('ca.cer')
            self.assertEqual((status, headers['Content-Type']), (200, 'application/pkix-cert'))
            (self.folder / 'ca.cer').write_bytes(body)
            self.assertIn('Root ec', tool('openssl', 'x509', '-inform', 'DER', '-noout', '-subject',
                                          '-in', self.folder / 'ca.cer'))
            self.assertEqual(service.get('chain.pem')[2], (WORLD / 'ec/ca.pem').read_bytes())
            serial = tool('openssl', 'x509', '-noout', '-serial', '-in',
                          'ec-kept.pem').strip().split('=')[1]
            status, _, body = service.get(f'certificates/{serial}.cer')
            self.assertEqual(status, 200)
            for path in ('', 'x', 'ca.cer/', 'crl/', 'crl/x.crl', 'crl/0.crl', 'certificates/00.cer',
                         f'certificates/{serial}', 'certificates/zz.cer', 'certificates/..%2Fca.key',
                         'crl/..%2f..%2fca.key', '../ca.key', 'ca.key', 'crl/delta.crl'):
                self.assertEqual(service.get(path)[0], 404, path)

    def test_crl_is_kept_by_clients(self):
        with Service('ec') as service:
            service.wait_for_crl()
            _, headers, body = service.get('crl/full.crl')
            self.assertEqual(headers['Content-Type'], 'application/pkix-crl')
            self.assertIn('max-age=', headers['Cache-Control'])
            (self.folder / 'full.crl').write_bytes(body)
            self.assertIn('verify OK', tool('openssl', 'crl', '-inform', 'DER', '-noout', '-CAfile',
                                            'ec-root.pem', '-in', self.folder / 'full.crl'))
            for name, header in (('If-None-Match', 'ETag'), ('If-Modified-Since', 'Last-Modified')):
                status, again, nothing = service.get('crl/full.crl', {name: headers[header]})
                self.assertEqual((status, nothing, again['ETag']), (304, b'', headers['ETag']))
            status, head, nothing = service.get('crl/full.crl', method='HEAD')
            self.assertEqual((status, head['Content-Length'], nothing), (200, str(len(body)), b''))

    def test_deltas_and_partitions(self):
        init('parts', 'p256', 'partitions = 3\ndelta_period = 3600\n'
                              'base_url = "http://127.0.0.1:9/"\n')
        with Service('parts') as service:
            wait_until(lambda: service.get('crl/2.crl')[0] == 200, 'CRLs of all partitions')
            must('ca', 'revoke', 'parts', 'parts-lost.pem', '--reason', 'superseded')
            found = []

            def delta():
                found[:] = [n for n in range(3) if service.get(f'crl/{n}-delta.crl')[0] == 200]
                return found

            wait_until(delta, 'a delta after the revocation')
            (self.folder / 'delta').write_bytes(service.get(f'crl/{found[0]}-delta.crl')[2])
            text = tool('openssl', 'crl', '-inform', 'DER', '-text', '-noout', '-in',
                        self.folder / 'delta')
            self.assertIn('Delta CRL Indicator', text)
            dates = [time.mktime(time.strptime(line.split(': ')[1].strip(), '%b %d %H:%M:%S %Y GMT'))
                     for line in text.splitlines() if 'Update:' in line]
            self.assertEqual(dates[1] - dates[0], 7200)  # twice its period


class Ocsp(Case):
    def test_post_and_revocation(self):
        with Service('ec') as service:
            said = self.ocsp(service, 'ec', ['ec-kept.pem', 'ec-lost.pem'])
            for words in ('Response verify OK', 'ec-kept.pem: good', 'ec-lost.pem: good'):
                self.assertIn(words, said)
            self.assertNotIn('WARNING', said)  # the nonce came back
            self.assertIn('ec-lost.pem: good', self.ocsp(service, 'ec', ['ec-lost.pem'],
                                                         '-no_nonce'))
            # Another process revokes: answers that are kept are not given any more.
            must('ca', 'revoke', 'ec', 'ec-lost.pem', '--reason', 'keyCompromise')
            revoked = time.monotonic()
            wait_until(lambda: 'ec-lost.pem: revoked' in self.ocsp(service, 'ec', ['ec-lost.pem'],
                                                                   '-no_nonce'),
                       'the revocation in OCSP', 2)
            self.assertLess(time.monotonic() - revoked, 1)
            wait_until(lambda: 'Serial Number' in self.crl(service), 'the revocation in the CRL', 5)

    def crl(self, service):
        (self.folder / 'crl').write_bytes(service.get('crl/full.crl')[2])
        return tool('openssl', 'crl', '-inform', 'DER', '-text', '-noout', '-in',
                    self.folder / 'crl')

    def test_get(self):
        with Service('rsa') as service:
            tool('openssl', 'ocsp', '-issuer', 'rsa-root.pem', '-cert', 'rsa-kept.pem', '-no_nonce',
                 '-reqout', self.folder / 'q')
            path = 'ocsp/' + urllib.parse.quote(base64.b64encode((self.folder / 'q').read_bytes()),
                                                safe='')
            status, headers, body = service.get(path)
            self.assertEqual((status, headers['Content-Type']), (200, 'application/ocsp-response'))
            self.assertIn('max-age=', headers['Cache-Control'])
            self.assertEqual(service.get(path)[2], body)  # a kept answer
            (self.folder / 'r').write_bytes(body)
            self.assertIn('rsa-kept.pem: good', tool(
                'openssl', 'ocsp', '-respin', self.folder / 'r', '-issuer', 'rsa-root.pem', '-cert',
                'rsa-kept.pem', '-CAfile', 'rsa-root.pem'))
            # The delegate of rsa/ocsp.pem signed it.
            text = tool('openssl', 'ocsp', '-respin', self.folder / 'r', '-resp_text', '-noverify')
            self.assertIn('OCSP Signing', text)
            tool('openssl', 'ocsp', '-issuer', 'rsa-root.pem', '-cert', 'rsa-kept.pem', '-reqout',
                 self.folder / 'n')
            path = 'ocsp/' + urllib.parse.quote(base64.b64encode((self.folder / 'n').read_bytes()),
                                                safe='')
            self.assertEqual(service.get(path)[1]['Cache-Control'], 'no-store')

    def test_what_is_no_request(self):
        kind = {'Content-Type': 'application/ocsp-request'}
        with Service('ec') as service:
            malformed = bytes.fromhex('30030a0101')
            self.assertEqual(service.get('ocsp', kind, 'POST', b'x')[::2], (200, malformed))
            self.assertEqual(service.get('ocsp', kind, 'POST', b'')[::2], (200, malformed))
            self.assertEqual(service.get('ocsp', {}, 'POST', b'x')[0], 415)
            self.assertEqual(service.get('ocsp', kind, 'POST', bytes(70000))[0], 413)
            self.assertEqual(service.get('ocsp')[0], 405)
            self.assertEqual(service.get('ocsp/!!!')[0], 400)
            self.assertEqual(service.get('ocsp/' + 'A' * 8000)[0], 400)
            self.assertIn('unauthorized', self.ocsp(service, 'rsa', ['rsa-kept.pem']))

    def test_unknown_serial(self):
        with Service('ec') as service:
            said = tool('openssl', 'ocsp', '-issuer', 'ec-root.pem', '-serial', '0x1234', '-url',
                        service.url + 'ocsp', '-CAfile', 'ec-root.pem', check=False)
            self.assertIn('0x1234: unknown', said)

    def test_a_strange_delegate_is_refused(self):
        shutil.copytree(WORLD / 'ec', self.folder / 'ec')
        for key in ('ec-kept.pem', 'ec/tsa.pem'):
            shutil.copy(WORLD / key, self.folder / 'ec/ocsp.pem')
            shutil.copy((WORLD / key).with_suffix('.key'), self.folder / 'ec/ocsp.key')
            self.expect(REFUSED, 'ca', 'serve', self.folder / 'ec', '--listen', '127.0.0.1:0')
        shutil.copy(WORLD / 'rsa/ocsp.key', self.folder / 'ec/ocsp.key')
        self.expect(DAMAGED, 'ca', 'serve', self.folder / 'ec', '--listen', '127.0.0.1:0',
                    says='is not that of the certificate')


class Stamps(Case):
    def stamp(self, service, ca, digest, *more):
        data, query, reply = (self.folder / name for name in ('data', 'query', 'reply'))
        data.write_text('what is stamped')
        tool('openssl', 'ts', '-query', '-data', data, f'-{digest}', '-out', query, *more)
        tool('curl', '-sSf', '-H', 'Content-Type: application/timestamp-query', '--data-binary',
             f'@{query}', service.url + 'tsa', '-o', reply)
        return tool('openssl', 'ts', '-verify', '-queryfile', query, '-in', reply, '-CAfile',
                    f'{ca}-root.pem', '-untrusted', f'{ca}/tsa.pem', check=False)

    def test_openssl_verifies(self):
        for ca in ('ec', 'rsa'):
            with self.subTest(ca), Service(ca) as service:
                for digest in ('sha256', 'sha384', 'sha512', 'sm3'):
                    for more in (('-cert',), ('-no_nonce',), ()):
                        self.assertIn('Verification: OK', self.stamp(service, ca, digest, *more))

    def test_refused(self):
        with Service('ec') as service:
            self.stamp(service, 'ec', 'sha1')
            self.assertIn('unrecognized or unsupported algorithm', self.told())
            self.stamp(service, 'ec', 'sha256', '-tspolicy', '1.2.3.4')
            self.assertIn('not supported by the TSA', self.told())
            kind = {'Content-Type': 'application/timestamp-query'}
            status, headers, _ = service.get('tsa', kind, 'POST', b'no request')
            self.assertEqual((status, headers['Content-Type']), (200, 'application/timestamp-reply'))
            self.assertEqual(service.get('tsa', {}, 'POST', b'x')[0], 415)
            self.assertEqual(service.get('tsa')[0], 405)

    def told(self):
        return tool('openssl', 'ts', '-reply', '-in', self.folder / 'reply', '-text', check=False)

    def test_policy_and_serials(self):
        init('policy', 'p256', 'tsa_policy = "1.3.6.1.4.1.99999.7"\n')
        serials = set()
        for _ in range(2):
            with Service('policy') as service:
                for _ in range(3):
                    self.assertIn('Verification: OK', self.stamp(service, 'policy', 'sha256'))
                    text = self.told()
                    self.assertIn('Policy OID: 1.3.6.1.4.1.99999.7', text)
                    serials.add(text.split('Serial number: ')[1].split()[0])
        self.assertEqual(len(serials), 6)

    def test_sign(self):
        """Our own client, with SM2 throughout."""
        subprocess.run(['python3', cli.ROOT / 'examples/build.py', self.folder], check=True,
                       stdout=subprocess.DEVNULL)
        with Service('sm2') as service:
            self.expect(OK, 'sign', self.folder / 'contract.pdf', '-o', self.folder / 'signed.pdf',
                        '--cert', 'sm2-kept.pem', '--key', 'sm2-kept.key', '--tsa',
                        service.url + 'tsa', env={'no_proxy': '127.0.0.1'})
            done = cli.run('verify', self.folder / 'signed.pdf', '--trust', 'sm2-root.pem', '--json')
        signature = json.loads(done.stdout)['signatures'][0]
        self.assertEqual((signature['result'], signature['time_source']), ('valid', 'tsa'))

    def test_without_a_key(self):
        shutil.copytree(WORLD / 'ec', self.folder / 'ec')
        (self.folder / 'ec/tsa.pem').unlink()
        with Service(self.folder / 'ec') as service:
            self.assertEqual(service.get('tsa', method='POST', body=b'x')[0], 404)


class Running(Case):
    def test_several_and_a_second_instance(self):
        with Service('ec', 'sm2') as service:
            self.assertEqual([urllib.parse.urlsplit(url).path for url in service.urls],
                             ['/ec/', '/sm2/'])
            self.assertEqual(service.get('/sm2/ca.cer')[0], 200)
            self.expect(IO, 'ca', 'serve', 'rsa', '--listen', f'127.0.0.1:{service.port}',
                        says='Address already in use')
        self.expect(USAGE, 'ca', 'serve', 'ec', 'ec', '--listen', '127.0.0.1:0',
                    says='two authorities are called ec')
        for address in ('nowhere', '127.0.0.1', '127.0.0.1:99999', '127.0.0.1:x', 'host:80'):
            self.expect(USAGE, 'ca', 'serve', 'ec', '--listen', address)
        self.expect(USAGE, 'ca', 'serve', 'ec', '--tls-cert', 'ec-root.pem')

    def test_two_processes_on_one_authority(self):
        with Service('ec') as one, Service('ec') as two:
            one.wait_for_crl()
            two.wait_for_crl()
            wait_until(lambda: one.get('crl/full.crl')[2] == two.get('crl/full.crl')[2],
                       'the same CRL from both')

    def test_log(self):
        with Service('ec', '--log') as service:
            service.get('certificates/ABCDEF.cer')
            wait_until(lambda: 'certificates' in service.said, 'a line in the log')
        line = json.loads(service.said.splitlines()[-1])
        self.assertEqual((line['method'], line['route'], line['status']),
                         ('GET', '/ec/certificates/*', 404))
        self.assertNotIn('ABCDEF', service.said)
        self.assertNotIn('127.0.0.1', service.said)

    def test_ends_while_requests_run(self):
        service = Service('ec')
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            tool('openssl', 'ocsp', '-issuer', 'ec-root.pem', '-cert', 'ec-kept.pem', '-reqout',
                 self.folder / 'q')
            asked = (self.folder / 'q').read_bytes()
            kind = {'Content-Type': 'application/ocsp-request'}
            ends = threading.Event()

            def ask():
                answers = []
                while not ends.is_set():
                    try:
                        answers.append(service.get('ocsp', kind, 'POST', asked)[0])
                    except (ConnectionError, http.client.HTTPException):
                        break  # refused, once it has ended
                return answers

            asking = [pool.submit(ask) for _ in range(8)]
            time.sleep(0.5)
            service.stop()
            ends.set()
            answers = [status for future in asking for status in future.result()]
        self.assertGreater(len(answers), 8)
        self.assertEqual(set(answers), {200})

    def test_tls(self):
        issue('ec', 'tls', 'tls-server', '--dns', 'localhost', '--ip', '127.0.0.1')
        tool('openssl', 'pkey', '-in', 'tls.key', '-passin', f'pass:{cli.PASSPHRASE}', '-out',
             'tls-open.key')
        with Service('ec', '--tls-cert', 'tls.pem', '--tls-key', 'tls-open.key') as service:
            self.assertTrue(service.url.startswith('https://127.0.0.1:'))
            tool('curl', '-sSf', '--cacert', 'ec-root.pem', service.url + 'ca.cer', '-o',
                 self.folder / 'out')
            for version in ('-tls1_1', '-tls1'):
                self.assertNotIn('Cipher is TLS_', tool(
                    'openssl', 's_client', version, '-cipher', 'ALL:@SECLEVEL=0', '-connect',
                    f'127.0.0.1:{service.port}', check=False))
            # Who drips inside TLS is cut off ten seconds after it connected.
            context = ssl.create_default_context(cafile=WORLD / 'ec-root.pem')
            with socket.create_connection(('127.0.0.1', service.port)) as plain, \
                    context.wrap_socket(plain, server_hostname='localhost') as secure:
                begun = time.monotonic()
                with self.assertRaises(OSError):
                    secure.sendall(b'GET / HTTP/1.1\r\nX: ')
                    while time.monotonic() - begun < 20:
                        secure.sendall(b'x')
                        time.sleep(1)
                self.assertLess(time.monotonic() - begun, 15)


class Enrolment(Case):
    """enrol.conf in the folder is all that it takes for programs to ask for certificates."""

    PEOPLE = ('person "device-7" {\n  password = "%s"\n  secret = "k3J9-very-secret"\n'
              '  profiles = {"tls-client"}\n  subject = "CN=device-7"\n}\n')

    def setUp(self):
        super().setUp()
        salt = os.urandom(16)
        value = hashlib.scrypt(b'open sesame', salt=salt, n=1 << 14, r=8, p=5, maxmem=64 << 20,
                               dklen=32)
        hashed = '$scrypt$ln=14,r=8,p=5$%s$%s' % tuple(
            base64.b64encode(part).decode() for part in (salt, value))
        self.people = WORLD / 'ec' / 'enrol.conf'
        self.people.write_text(self.PEOPLE % hashed)
        self.people.chmod(0o600)
        self.addCleanup(self.people.unlink)

    def cmp(self, port, path, secret, out):
        return tool('openssl', 'cmp', '-cmd', 'ir', '-server', f'127.0.0.1:{port}', '-path', path,
                    '-ref', 'device-7', '-secret', f'pass:{secret}', '-recipient', '/CN=ec',
                    '-newkey', self.folder / 'device.key', '-subject', '/CN=device-7', '-certout',
                    out, check=False)

    def make_key(self):
        tool('openssl', 'genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out',
             self.folder / 'device.key')

    def test_cmp(self):
        self.make_key()
        with Service('ec') as service:
            said = self.cmp(service.port, '.well-known/cmp', 'k3J9-very-secret', self.folder / 'a.pem')
            self.assertTrue((self.folder / 'a.pem').exists(), said)
            self.assertIn('OK', tool('openssl', 'verify', '-CAfile', 'ec-root.pem', '-untrusted',
                                     'ec/ca.pem', self.folder / 'a.pem'))
            self.cmp(service.port, '.well-known/cmp', 'guessed', self.folder / 'b.pem')
            self.assertFalse((self.folder / 'b.pem').exists())
            # Passwords do not travel in the clear.
            self.assertEqual(service.get('/.well-known/est/cacerts')[0], 404)

    def test_several_authorities(self):
        self.make_key()
        with Service('ec', 'sm2') as service:
            said = self.cmp(service.port, 'ec/.well-known/cmp', 'k3J9-very-secret',
                            self.folder / 'a.pem')
            self.assertTrue((self.folder / 'a.pem').exists(), said)
            self.assertEqual(service.get('/sm2/.well-known/cmp', method='POST', body=b'x')[0], 404)

    def test_est(self):
        self.make_key()
        issue('ec', self.folder / 'est', 'tls-server', '--dns', 'localhost', '--ip', '127.0.0.1')
        tool('openssl', 'pkey', '-in', self.folder / 'est.key', '-passin', f'pass:{cli.PASSPHRASE}',
             '-out', self.folder / 'est-open.key')
        tool('openssl', 'req', '-new', '-key', self.folder / 'device.key', '-subj', '/CN=device-7',
             '-outform', 'DER', '-out', self.folder / 'request.der')
        (self.folder / 'body').write_bytes(
            base64.b64encode((self.folder / 'request.der').read_bytes()))
        with Service('ec', '--tls-cert', self.folder / 'est.pem', '--tls-key',
                     self.folder / 'est-open.key') as service:
            url = f'https://127.0.0.1:{service.port}/.well-known/est/'
            ask = ['curl', '-sS', '--cacert', 'ec-root.pem', '-w', '%{http_code}', '-o']
            self.assertIn('200', tool(*ask, self.folder / 'cacerts', url + 'cacerts'))
            enrol = ['-H', 'Content-Type: application/pkcs10', '--data-binary',
                     f'@{self.folder / "body"}', url + 'simpleenroll']
            self.assertIn('401', tool(*ask, self.folder / 'no', '-u', 'device-7:guessed', *enrol))
            self.assertIn('200', tool(*ask, self.folder / 'p7', '-u', 'device-7:open sesame', *enrol))
            (self.folder / 'p7.der').write_bytes(base64.b64decode((self.folder / 'p7').read_bytes()))
            self.assertIn('CN = device-7', tool('openssl', 'pkcs7', '-inform', 'DER', '-in',
                                                self.folder / 'p7.der', '-print_certs'))

    def test_others_may_not_read_the_secrets(self):
        self.people.chmod(0o644)
        done = cli.run('ca', 'serve', 'ec', '--listen', '127.0.0.1:0', cwd=WORLD)
        self.assertNotEqual(done.returncode, OK)
        self.assertIn('enrol.conf', done.stderr)


class Failures(Case):
    """The database is taken away while the service runs."""

    def test_database_gone(self):
        shutil.copytree(WORLD / 'ec', self.folder / 'ec')
        kind = {'Content-Type': 'application/ocsp-request'}
        later = bytes.fromhex('30030a0103')
        tool('openssl', 'ocsp', '-issuer', 'ec-root.pem', '-cert', 'ec-kept.pem', '-reqout',
             self.folder / 'q')
        asked = (self.folder / 'q').read_bytes()
        with Service(self.folder / 'ec') as service:
            service.wait_for_crl()
            self.assertNotEqual(service.get('ocsp', kind, 'POST', asked)[2], later)
            database = self.folder / 'ec/ca.db'
            lock = cli.sqlite3.connect(database, isolation_level=None)
            lock.execute('ALTER TABLE certificate RENAME TO elsewhere')
            status, _, body = service.get('ocsp', kind, 'POST', asked)
            self.assertEqual((status, body[:4]), (200, bytes.fromhex('30030a01')))
            # The CRL is in memory.
            self.assertEqual(service.get('crl/full.crl')[0], 200)
            self.assertGreaterEqual(service.get('certificates/00.cer')[0], 500)
            lock.execute('ALTER TABLE elsewhere RENAME TO certificate')
            lock.close()
            wait_until(lambda: service.get('ocsp', kind, 'POST', asked)[2][:4] != later[:4],
                       'OCSP answers again')
            self.assertIn('/ec/ocsp: ', service.said)

    def restart(self, server):
        server.process = subprocess.Popen(
            [os.path.join(server.bin, 'postgres'), '-D', server.data, '-k', server.folder],
            cwd=server.folder, stdin=subprocess.DEVNULL, stdout=server.log,
            stderr=subprocess.STDOUT, start_new_session=True, preexec_fn=postgres.stop_with_us,
            **server.account)

    @unittest.skipIf(postgres.programs() is None, 'no PostgreSQL')
    def test_database_server_gone(self):
        server = postgres.Server()
        self.addCleanup(server.stop)
        server.start()
        init('remote', 'p256', f'database = "{server.uri}"\n')
        stamps = Stamps('stamp')
        stamps.folder = self.folder
        with Service('remote') as service:
            service.wait_for_crl()
            self.assertIn('remote-kept.pem: good', self.ocsp(service, 'remote', ['remote-kept.pem']))
            self.assertIn('Verification: OK', stamps.stamp(service, 'remote', 'sha256'))
            server.process.send_signal(signal.SIGINT)
            server.process.wait(30)
            self.assertIn('trylater', self.ocsp(service, 'remote', ['remote-kept.pem']))
            status, headers, _ = service.get('certificates/00.cer')
            self.assertEqual((status, headers['Retry-After']), (503, '5'))
            self.assertEqual(service.get('crl/full.crl')[0], 200)
            time.sleep(10)  # so long the serials of the last block last
            self.assertNotIn('Verification: OK', stamps.stamp(service, 'remote', 'sha256'))
            self.assertIn('system failure', stamps.told())
            self.assertIn('the database cannot be used', service.said)
            self.restart(server)
            wait_until(lambda: 'remote-kept.pem: good' in
                       self.ocsp(service, 'remote', ['remote-kept.pem']), 'OCSP answers again')
            wait_until(lambda: 'Verification: OK' in stamps.stamp(service, 'remote', 'sha256'),
                       'time-stamps again')

    def test_disk_full(self):
        shutil.copytree(WORLD / 'ec', self.folder / 'ec')
        stamps = Stamps('stamp')
        stamps.folder = self.folder
        must('ca', 'issue', self.folder / 'ec', '--profile', 'unit', '--subject',
             'CN=a,O=Test,C=CN', '-o', self.folder / 'a')
        with Service(self.folder / 'ec') as service:
            service.wait_for_crl()
            before = service.get('crl/full.crl')[2]
            limits = cli.resource.prlimit(service.process.pid, cli.resource.RLIMIT_FSIZE)
            cli.resource.prlimit(service.process.pid, cli.resource.RLIMIT_FSIZE, (0, limits[1]))
            must('ca', 'revoke', self.folder / 'ec', self.folder / 'a.pem', '--reason', 'superseded')
            self.assertNotIn('Verification: OK', stamps.stamp(service, 'ec', 'sha256'))
            self.assertIn('system failure', stamps.told())
            wait_until(lambda: service.said.count('\nec: ') + service.said.startswith('ec: '),
                       'a complaint about the CRL')
            self.assertEqual(service.get('crl/full.crl')[2], before)
            cli.resource.prlimit(service.process.pid, cli.resource.RLIMIT_FSIZE, limits)
            wait_until(lambda: 'Verification: OK' in stamps.stamp(service, 'ec', 'sha256'),
                       'time-stamps again')
            wait_until(lambda: service.get('crl/full.crl')[2] != before, 'the next CRL')


class Directory(Case):
    BASE = 'ou=pki,dc=example'

    def start_directory(self, port, scheme='ldap', host='127.0.0.1', tls=''):
        """A slapd of this test's own; `tls` are lines of its settings."""
        home = self.folder / 'slapd'
        (home / 'data').mkdir(parents=True, exist_ok=True)
        (home / 'slapd.conf').write_text(f'''
include /etc/ldap/schema/core.schema
pidfile {home}/pid
modulepath /usr/lib/ldap
moduleload back_mdb
{tls}
database mdb
maxsize 104857600
suffix "dc=example"
rootdn "cn=admin,dc=example"
rootpw secret
directory {home}/data
access to * by * read
''')
        # What the test asks and adds goes by another door than what the service does.
        self.door = f'ldapi://{urllib.parse.quote(str(home / "door"), safe="")}'
        server = subprocess.Popen(['/usr/sbin/slapd', '-f', home / 'slapd.conf', '-h',
                                   f'{scheme}://{host}:{port} {self.door}', '-d', '0'],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL)
        self.addCleanup(server.wait)
        self.addCleanup(server.terminate)
        wait_until(lambda: 'namingContexts' in tool(
            'ldapsearch', '-x', '-H', self.door, '-b', '', '-s', 'base', '+', check=False),
            'the directory')
        return server

    def add_base(self):
        text = ('dn: dc=example\nobjectClass: organization\nobjectClass: dcObject\no: E\n'
                'dc: example\n\ndn: ou=pki,dc=example\nobjectClass: organizationalUnit\nou: pki\n')
        (self.folder / 'base.ldif').write_text(text)
        tool('ldapadd', '-x', '-H', self.door, '-D', 'cn=admin,dc=example', '-w', 'secret', '-f',
             self.folder / 'base.ldif')

    def search(self, words, *attributes):
        text = tool('ldapsearch', '-x', '-LLL', '-o', 'ldif-wrap=no', '-H', self.door, '-b', self.BASE,
                    words, *attributes, check=False)
        return {line.split(':: ')[0]: base64.b64decode(line.split(':: ')[1])
                for line in text.splitlines() if ':: ' in line}

    def make(self, name, url, more=''):
        """An authority that publishes at `url`."""
        (self.folder / 'password').write_text('secret\n')
        init(name, 'p256', f'ldap_url = "{url}"\nldap_bind = "cn=admin,dc=example"\n'
                           f'ldap_password_file = "{self.folder}/password"\n'
                           f'ldap_base = "{self.BASE}"\n{more}')

    @staticmethod
    def free_port(host='127.0.0.1'):
        with socket.socket() as free:
            free.bind((host, 0))
            return free.getsockname()[1]

    def test_publishing(self):
        port = self.free_port()
        self.make('listed', f'ldap://127.0.0.1:{port}', 'delta_period = 3600\n')
        with Service('listed') as service:
            # Nobody is there: that is told, and nothing else suffers.
            wait_until(lambda: 'cannot be reached' in service.said, 'a complaint')
            service.wait_for_crl()
            issue('listed', 'listed-new', 'unit')
            self.start_directory(port)
            self.add_base()
            wait_until(lambda: self.search('(cn=listed-new)', 'userCertificate'),
                       'the certificate in the directory', 25)
            found = self.search('(cn=listed-new)', 'userCertificate')
            (self.folder / 'c').write_bytes(found['userCertificate;binary'])
            self.assertIn('listed-new', tool('openssl', 'x509', '-inform', 'DER', '-noout',
                                             '-subject', '-in', self.folder / 'c'))
            found = self.search('(cn=listed)')
            (self.folder / 'c').write_bytes(found['cACertificate;binary'])
            tool('openssl', 'x509', '-inform', 'DER', '-noout', '-in', self.folder / 'c')
            self.assertEqual(found['certificateRevocationList;binary'],
                             service.get('crl/full.crl')[2])
            self.assertEqual(found['authorityRevocationList;binary'],
                             service.get('crl/full.crl')[2])
            # A new list takes the place of the old one, and what was revoked leaves; who is suspended
            # may come back.
            must('ca', 'suspend', 'listed', 'listed-kept.pem')
            must('ca', 'revoke', 'listed', 'listed-lost.pem', '--reason', 'superseded')
            wait_until(lambda: 'deltaRevocationList;binary' in self.search('(cn=listed)'),
                       'the delta in the directory')
            self.assertEqual(self.search('(cn=listed)')['deltaRevocationList;binary'],
                             service.get('crl/delta.crl')[2])
            wait_until(lambda: not self.search('(cn=listed-lost)', 'userCertificate'),
                       'the end of the revoked one')
            self.assertIn('cn: listed-lost', tool('ldapsearch', '-x', '-LLL', '-H', self.door, '-b',
                                                  self.BASE, '(cn=listed-lost)'))
            issue('listed', 'listed-later', 'unit')
            wait_until(lambda: self.search('(cn=listed-later)', 'userCertificate'),
                       'the next certificate')
            self.assertTrue(self.search('(cn=listed-kept)', 'userCertificate'))
        # Below an authority that certifies no others there is no list of such.
        (WORLD / 'leaf.conf').write_text((WORLD / 'listed.conf').read_text())
        must('ca', 'init', 'leaf', '--name', 'CN=Leaf,O=Test,C=CN', '--algorithm', 'p256',
             '--path-length', '0', '--config', 'leaf.conf')
        with Service('leaf') as service:
            wait_until(lambda: 'certificateRevocationList;binary' in self.search('(cn=leaf)'),
                       'its list')
            self.assertNotIn('authorityRevocationList;binary', self.search('(cn=leaf)'))

    def age(self, name):
        """Lets the certificates of a name end in a second of their own, which is over."""
        time.sleep(1)
        with sqlite3.connect(WORLD / 'dropping' / 'ca.db') as database:
            database.execute('UPDATE certificate SET not_after = ? WHERE subject LIKE ?',
                             (int(time.time() - 0.1) * 1000000, f'%CN={name}%'))
        database.close()

    def test_ends(self):
        """By choice, who is revoked stays and who has expired leaves."""
        port = self.free_port()
        self.start_directory(port)
        self.add_base()
        self.make('dropping', f'ldap://127.0.0.1:{port}',
                  'ldap_drop_revoked = 0\nldap_drop_expired = 1\n')
        issue('dropping', 'dropping-never', 'unit')
        self.age('dropping-never')
        with Service('dropping'):
            wait_until(lambda: self.search('(cn=dropping-lost)', 'userCertificate') and
                       self.search('(cn=dropping-kept)', 'userCertificate'), 'the certificates')
            must('ca', 'revoke', 'dropping', 'dropping-lost.pem', '--reason', 'superseded')
            self.age('dropping-kept')
            wait_until(lambda: not self.search('(cn=dropping-kept)', 'userCertificate'),
                       'the end of the expired one')
            self.assertTrue(self.search('(cn=dropping-lost)', 'userCertificate'))
            self.assertFalse(self.search('(cn=dropping-never)'))

    def make_tls(self, host):
        """The key and certificate of a slapd, and the lines that name them."""
        must('ca', 'init', self.folder / 'tls', '--name', 'CN=TLS,O=Test,C=CN', '--algorithm', 'p256')
        must('ca', 'issue', self.folder / 'tls', '--profile', 'tls-server', '--subject', 'CN=localhost',
             '--ip', host, '-o', self.folder / 'slapd')
        tool('openssl', 'pkey', '-in', self.folder / 'slapd.key', '-passin', f'pass:{cli.PASSPHRASE}',
             '-out', self.folder / 'slapd.open')
        return (f'TLSCertificateFile {self.folder}/slapd.pem\n'
                f'TLSCertificateKeyFile {self.folder}/slapd.open\n')

    def test_tls(self):
        """Away from this machine (127.0.0.2 counts as that) nothing goes without TLS, nor to a server
        that is not trusted: by ldaps from the first byte, else by StartTLS."""
        host = '127.0.0.2'
        lines = self.make_tls(host)
        trusted = f'ldap_ca = "{self.folder}/tls/ca.pem"\n'
        for scheme in ('ldaps', 'ldap'):
            with self.subTest(scheme):
                shutil.rmtree(self.folder / 'slapd', ignore_errors=True)
                port = self.free_port(host)
                url = f'{scheme}://{host}:{port}'
                server = self.start_directory(port, scheme, host, lines)
                self.add_base()
                self.make(f'over-{scheme}', url, trusted)
                with Service(f'over-{scheme}'):
                    wait_until(lambda: self.search(f'(cn=over-{scheme}-kept)', 'userCertificate'),
                               'the certificate in the directory')
                for name, settings, words in (
                        ('strange', f'ldap_ca = "{WORLD}/ec-root.pem"\n', 'cannot be reached'),
                        ('unknown', '', 'cannot be reached'),
                        ('missing', f'ldap_ca = "{self.folder}/none"\n', 'no certificates to trust'),
                        ('part', 'ldap_ca = "none"\n', 'whole path')):
                    self.make(f'{name}-{scheme}', url, settings)
                    with Service(f'{name}-{scheme}') as service:
                        wait_until(lambda: words in service.said, f'a complaint about {name}')
                    self.assertFalse(self.search(f'(cn={name}-{scheme})'))
                server.terminate()
                server.wait()
        # One that knows no TLS is not told the password.
        shutil.rmtree(self.folder / 'slapd', ignore_errors=True)
        port = self.free_port(host)
        self.start_directory(port, 'ldap', host)
        self.add_base()
        self.make('plain', f'ldap://{host}:{port}', trusted)
        with Service('plain') as service:
            wait_until(lambda: 'refuses StartTLS' in service.said, 'a complaint about StartTLS')
        self.assertFalse(self.search('(cn=plain)'))

    def test_settings(self):
        for line in ('ldap_url = "ldap://127.0.0.1"\n', 'ocsp_cert = "a.pem"\n',
                     'tsa_key = "a.key"\n', 'tsa_step_max = 0\n', 'tsa_synchronised = 2\n',
                     'ldap_drop_revoked = 2\n', 'ldap_drop_expired = -1\n'):
            (self.folder / 'bad.conf').write_text(line)
            self.expect(DAMAGED, 'ca', 'init', self.folder / 'bad', '--name', 'CN=a', '--config',
                        self.folder / 'bad.conf')


if __name__ == '__main__':
    unittest.main()
