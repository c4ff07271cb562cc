#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Revocation data given by hand (--ocsp) and fetched: OCSP responses and CRLs of an authority that
openssl keeps, behind a small HTTP server of this file's own.

Run as test_cli.py. Needs openssl.
"""

import http.server
import json
import pathlib
import shutil
import subprocess
import tempfile
import threading

import test_cli as cli
from test_cli import DAMAGED, NO_INPUT, OK, REFUSED, USAGE, run

WORLD = None
SERVER = None
HERE = ('--trust', 'ca.pem')
TSA = ('--tsa-cert', 'tsa.pem', '--tsa-key', 'tsa.key')

CONFIG = '''
[req]
distinguished_name = dn
[dn]
[root]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[usual]
keyUsage = critical,digitalSignature,nonRepudiation
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[tsa]
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
authorityKeyIdentifier = keyid
[responder]
keyUsage = critical,digitalSignature
extendedKeyUsage = OCSPSigning
authorityKeyIdentifier = keyid
noCheck = yes
[ca]
default_ca = here
[here]
database = index.txt
default_md = sha256
default_crl_days = 3
'''

# Who names which sources: the serial, authorityInfoAccess, cRLDistributionPoints.
SIGNERS = {
    'by-ocsp': (7, ['ocsp'], []),
    'revoked': (8, ['ocsp'], []),
    'unlisted': (9, ['ocsp'], []),
    'by-crl': (10, [], ['ca.crl']),
    'second': (11, ['broken', 'ocsp'], []),
    'falls-back': (12, ['later'], ['ca.crl']),
    'later': (13, ['later'], []),
    'gone': (14, ['gone'], []),
    'page': (15, ['page'], []),
    'moved': (16, ['moved'], []),
    'endless': (17, ['endless'], []),
    'strange': (18, ['strange'], []),
    'no-crl': (19, [], ['page']),
    'replayed': (20, ['replayed'], []),
}


def openssl(*arguments):
    subprocess.run(['openssl', *map(str, arguments)], cwd=WORLD, check=True,
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def certify(name, serial, section, *more, ca='ca'):
    path = WORLD / f'{name}.cnf'
    path.write_text(CONFIG + f'[this]\n{section}\n' + '\n'.join(more) + '\n')
    openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out',
            f'{name}.key')
    openssl('req', '-new', '-key', f'{name}.key', '-subj', f'/C=CN/O=Test/CN={name}', '-config',
            path, '-out', f'{name}.csr')
    openssl('x509', '-req', '-in', f'{name}.csr', '-CA', f'{ca}.pem', '-CAkey', f'{ca}.key',
            '-set_serial', serial, '-days', 30, '-extfile', path, '-extensions', 'this', '-out',
            f'{name}.pem')


def section(name):
    return CONFIG.split(f'[{name}]\n')[1].split('[')[0]


def make_root(name):
    openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
            '-keyout', f'{name}.key', '-subj', '/C=CN/O=Test/CN=Root', '-days', 60, '-config',
            'root.cnf', '-extensions', 'root', '-out', f'{name}.pem')


def make_signers():
    for name, (serial, responders, lists) in SIGNERS.items():
        more = []
        if responders:
            more.append('authorityInfoAccess = ' + ','.join(
                f'OCSP;URI:{SERVER.url}/{path}' for path in responders))
        if lists:
            more.append('crlDistributionPoints = ' + ','.join(
                f'URI:{SERVER.url}/{path}' for path in lists))
        certify(name, serial, section('usual'), *more)
    # The index of `openssl ca`: serials in hexadecimal; 9 is not in it.
    lines = [f'V\t490101000000Z\t\t{serial:02X}\tunknown\t/CN={name}'
             for name, (serial, *_) in SIGNERS.items() if name not in ('revoked', 'unlisted')]
    lines.append('R\t490101000000Z\t250101000000Z,keyCompromise\t08\tunknown\t/CN=revoked')
    (WORLD / 'index.txt').write_text('\n'.join(lines) + '\n')
    openssl('ca', '-config', 'root.cnf', '-gencrl', '-keyfile', 'ca.key', '-cert', 'ca.pem',
            '-out', 'crl.pem')
    openssl('crl', '-in', 'crl.pem', '-outform', 'DER', '-out', 'ca.crl')


def setUpModule():
    global WORLD, SERVER
    WORLD = pathlib.Path(tempfile.mkdtemp(prefix='yinxin-ocsp-'))
    cli.WORLD = WORLD
    subprocess.run(['python3', cli.ROOT / 'examples/build.py', WORLD], check=True,
                   stdout=subprocess.DEVNULL)
    SERVER = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Service)
    SERVER.asked, SERVER.first = [], None
    SERVER.url = f'http://127.0.0.1:{SERVER.server_port}'
    threading.Thread(target=SERVER.serve_forever, daemon=True).start()
    (WORLD / 'root.cnf').write_text(CONFIG)
    for name in ('ca', 'strange-ca'):
        make_root(name)
        certify('responder' if name == 'ca' else 'strange-responder', 2, section('responder'),
                ca=name)
    certify('tsa', 3, section('tsa'))
    make_signers()


def tearDownModule():
    SERVER.shutdown()
    SERVER.server_close()
    shutil.rmtree(WORLD)


class Service(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        asked = self.rfile.read(int(self.headers['Content-Length']))
        self.answer(self.headers['Content-Type'], asked)

    def do_GET(self):
        self.answer(None, b'')

    def answer(self, content_type, asked):
        self.server.asked.append((self.path, content_type))
        status, body = getattr(self, self.path.strip('/').replace('.', '_'))(asked)
        self.send_response(status)
        if status == 302:
            self.send_header('Location', '/ocsp')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def ocsp(self, asked, by='responder', ca='ca'):
        with tempfile.TemporaryDirectory(dir=WORLD) as folder:
            request, response = pathlib.Path(folder, 'q'), pathlib.Path(folder, 'a')
            request.write_bytes(asked)
            openssl('ocsp', '-index', 'index.txt', '-CA', f'{ca}.pem', '-rsigner', f'{by}.pem',
                    '-rkey', f'{by}.key', '-reqin', request, '-respout', response, '-ndays', 3)
            return 200, response.read_bytes()

    def strange(self, asked):
        """Somebody with a certificate for OCSP of another root of the same name. openssl answers
        for its own CA alone, so that it is told that ours is it: with -rsigner of the other."""
        return self.ocsp(asked, by='strange-responder')

    def replayed(self, asked):
        self.server.first = self.server.first or self.ocsp(asked)[1]
        return 200, self.server.first

    def ca_crl(self, _):
        return 200, (WORLD / 'ca.crl').read_bytes()

    def later(self, _):
        return 200, bytes.fromhex('30030a0103')

    def broken(self, _):
        return 500, b'out of order'

    def gone(self, _):
        return 404, b''

    def moved(self, _):
        return 302, b''

    def page(self, _):
        return 200, b'<html>Hello</html>'

    def endless(self, _):
        return 200, bytes(2_000_000)

    def log_message(self, *_):
        pass


class Case(cli.Case):
    def setUp(self):
        super().setUp()
        SERVER.asked.clear()

    def sign(self, name, *more, out='a.pdf', code=OK, says=''):
        self.expect(code, 'sign', 'contract.pdf', '-o', self.folder / out, '--cert', f'{name}.pem',
                    '--key', f'{name}.key', *more, env={'no_proxy': '127.0.0.1'}, says=says)

    def revocation(self, *more, out='a.pdf'):
        done = run('verify', self.folder / out, *HERE, *more, '--json')
        report = json.loads(done.stdout)
        checks = {check['id']: check for check in report['signatures'][0]['checks']}
        return report['result'], checks['signer.revocation']

    def ask(self, name, out):
        request = self.folder / 'request'
        openssl('ocsp', '-issuer', 'ca.pem', '-cert', f'{name}.pem', '-reqout', request)
        openssl('ocsp', '-index', 'index.txt', '-CA', 'ca.pem', '-rsigner', 'responder.pem',
                '-rkey', 'responder.key', '-reqin', request, '-respout', self.folder / out,
                '-ndays', 3)
        return self.folder / out


class ByHand(Case):
    def test_verify(self):
        self.sign('by-ocsp')
        self.assertEqual(self.revocation()[0], 'indeterminate')
        self.assertEqual(SERVER.asked, [])  # a verification never asks anybody
        result, check = self.revocation('--ocsp', self.ask('by-ocsp', 'good'))
        self.assertEqual((result, check['result'], check['rule']), ('valid', 'pass', 'RFC 6960 3.2'))
        result, check = self.revocation('--ocsp', self.ask('second', 'other'))
        self.assertEqual((result, check['result']), ('indeterminate', 'unknown'))

    def test_several(self):
        self.sign('by-ocsp')
        result, _ = self.revocation('--ocsp', self.ask('second', 'other'), '--ocsp',
                                    self.ask('by-ocsp', 'good'))
        self.assertEqual(result, 'valid')

    def test_revoked_and_unknown(self):
        self.sign('revoked')
        result, check = self.revocation('--ocsp', self.ask('revoked', 'bad'))
        self.assertEqual((result, check['result']), ('invalid', 'fail'))
        self.assertIn('was revoked at 2025-01-01T00:00:00Z', check['detail'])
        self.sign('unlisted', out='b.pdf')
        result, check = self.revocation('--ocsp', self.ask('unlisted', 'lost'), out='b.pdf')
        self.assertEqual((result, check['rule']), ('indeterminate', 'RFC 6960 2.2'))

    def test_what_is_no_response(self):
        self.sign('by-ocsp')
        (self.folder / 'error').write_bytes(bytes.fromhex('30030a0106'))
        for code, path in ((REFUSED, self.folder / 'error'), (DAMAGED, 'ca.pem'),
                           (NO_INPUT, 'nowhere')):
            self.expect(code, 'verify', self.folder / 'a.pdf', *HERE, '--ocsp', path,
                        says=str(path))

    def test_sign_and_extend(self):
        good = self.ask('by-ocsp', 'good')
        self.sign('by-ocsp', '--level', 'lt', *TSA, *HERE, '--ocsp', good)
        self.assertEqual(self.revocation()[0], 'valid')
        self.sign('by-ocsp', *TSA, out='t.pdf')
        self.expect(OK, 'extend', self.folder / 't.pdf', '-o', self.folder / 'lt.pdf', *HERE,
                    '--ocsp', good)
        self.assertEqual(self.revocation(out='lt.pdf')[0], 'valid')
        self.assertEqual(SERVER.asked, [])  # there was enough


class Reply(Case):
    """Our own responder, asked and judged by openssl."""

    @classmethod
    def setUpClass(cls):
        cli.must('ca', 'init', 'ours', '--name', 'CN=Ours,O=Test,C=CN', '--algorithm', 'p256')
        for name, profile in (('kept', 'unit'), ('lost', 'unit'), ('delegate', 'ocsp')):
            cli.must('ca', 'issue', 'ours', '--profile', profile, '--subject',
                     f'CN={name},O=Test,C=CN', '-o', name)
        cli.must('ca', 'revoke', 'ours', 'lost.pem', '--reason', 'superseded')
        openssl('x509', '-in', 'ours/ca.pem', '-out', 'ours.pem')

    def query(self, issuer, *names):
        openssl('ocsp', '-issuer', issuer, *(word for name in names for word in ('-cert', name)),
                '-reqout', self.folder / 'q')

    def reply(self, code, *more, says=''):
        return self.expect(code, 'ocsp', 'reply', WORLD / 'ours', '-i', 'q', '-o', 'a', *more,
                           cwd=self.folder, says=says)

    def read(self):
        """What openssl makes of the answer."""
        done = subprocess.run(['openssl', 'ocsp', '-no_nonce', '-respin', self.folder / 'a',
                               '-reqin', self.folder / 'q', '-issuer', 'ours.pem', '-CAfile',
                               'ours.pem', '-cert', 'kept.pem', '-cert', 'lost.pem'], cwd=WORLD,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True)
        return done.stdout + done.stderr

    def test_good_and_revoked(self):
        for more in ((), ('--cert', WORLD / 'delegate.pem', '--key', WORLD / 'delegate.key')):
            with self.subTest(more):
                self.query('ours.pem', 'kept.pem', 'lost.pem')
                self.reply(OK, *more)
                said = self.read()
                for words in ('Response verify OK', 'kept.pem: good', 'lost.pem: revoked',
                              'Reason: superseded'):
                    self.assertIn(words, said)
                self.assertNotIn('nonce', said)

    def test_errors_are_answered(self):
        self.query('ca.pem', 'by-ocsp.pem')
        self.reply(REFUSED, says='other issuers')
        self.assertIn('unauthorized', self.read())
        (self.folder / 'q').write_bytes(b'no request')
        self.reply(DAMAGED)
        self.assertEqual((self.folder / 'a').read_bytes(), bytes.fromhex('30030a0101'))

    def test_refused_before_anything_is_written(self):
        self.query('ours.pem', 'kept.pem')
        for code, more in ((REFUSED, ('--cert', WORLD / 'kept.pem', '--key', WORLD / 'kept.key')),
                           (REFUSED, ('--cert', WORLD / 'delegate.pem', '--key',
                                      WORLD / 'kept.key')),
                           (REFUSED, ('--cert', WORLD / 'responder.pem', '--key',
                                      WORLD / 'responder.key')),
                           (USAGE, ('--cert', WORLD / 'delegate.pem'))):
            with self.subTest(more):
                self.reply(code, *more)
        (self.folder / 'q').write_bytes(bytes(100_000))
        self.reply(DAMAGED)
        self.expect_left('q')


class Fetched(Case):
    def test_by_ocsp_and_by_crl(self):
        for name, asked in (('by-ocsp', [('/ocsp', 'application/ocsp-request')]),
                            ('by-crl', [('/ca.crl', None)]),
                            ('second', [('/broken', 'application/ocsp-request'),
                                        ('/ocsp', 'application/ocsp-request')]),
                            ('falls-back', [('/later', 'application/ocsp-request'),
                                            ('/ca.crl', None)])):
            with self.subTest(name):
                SERVER.asked.clear()
                self.sign(name, '--level', 'lta', *TSA, *HERE, out=f'{name}.pdf')
                self.assertEqual(SERVER.asked, asked)
                self.assertEqual(self.revocation(out=f'{name}.pdf')[0], 'valid')

    def test_extend(self):
        self.sign('by-ocsp', *TSA)
        self.assertEqual(SERVER.asked, [])
        self.expect(OK, 'extend', self.folder / 'a.pdf', '-o', self.folder / 'b.pdf', *HERE,
                    env={'no_proxy': '127.0.0.1'})
        self.assertEqual(self.revocation(out='b.pdf')[0], 'valid')

    def test_refusals_name_place_and_reason(self):
        for name, path, says in (('later', 'later', 'tryLater'), ('gone', 'gone', '404'),
                                 ('page', 'page', 'OCSPResponse'), ('moved', 'moved', '302'),
                                 ('endless', 'endless', '1048576'),
                                 ('strange', 'strange', 'signed neither by'),
                                 ('no-crl', 'page', 'no CRL'),
                                 ('unlisted', 'ocsp', 'does not know')):
            with self.subTest(name):
                done = run('sign', 'contract.pdf', '-o', self.folder / 'no.pdf', '--cert',
                           f'{name}.pem', '--key', f'{name}.key', '--level', 'lt', *TSA, *HERE,
                           env={'no_proxy': '127.0.0.1'})
                self.assertEqual(done.returncode, REFUSED, done.stderr)
                self.assertIn(f'{SERVER.url}/{path}', done.stderr)
                self.assertIn(says, done.stderr)
        self.expect_left()

    def test_an_old_answer(self):
        self.sign('replayed', '--level', 'lt', *TSA, *HERE)
        self.sign('replayed', '--level', 'lt', *TSA, *HERE, out='b.pdf', code=REFUSED, says='nonce')
        self.expect_left('a.pdf')

    def test_nobody_there(self):
        server = http.server.HTTPServer(('127.0.0.1', 0), Service)
        port = server.server_port
        server.server_close()
        certify('nobody', 40, section('usual'),
                f'authorityInfoAccess = OCSP;URI:http://127.0.0.1:{port}/')
        self.sign('nobody', '--level', 'lt', *TSA, *HERE, code=REFUSED, says='cannot be reached')
        self.expect_left()

    def test_only_for_those_who_lead_to_a_root(self):
        """A stranger's certificate sends nobody anywhere."""
        self.sign('by-ocsp', *TSA)
        self.expect(REFUSED, 'extend', self.folder / 'a.pdf', '-o', self.folder / 'b.pdf',
                    '--trust', 'strange-ca.pem', env={'no_proxy': '127.0.0.1'})
        self.assertEqual(SERVER.asked, [])

    def test_not_below_lt(self):
        self.sign('by-ocsp', '--level', 't', *TSA, *HERE)
        self.assertEqual(SERVER.asked, [])


if __name__ == '__main__':
    cli.unittest.main()
