#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lets other people's clients enrol: openssl cmp, strongSwan's pki, curl, BouncyCastle (SM2).

The authority is enrol_front ($YX_FRONT), made by the program ($YINXIN_PROGRAM). Each CMP command is
also given to openssl's own mock server, so that a red line says whose fault it is.
Ends with `N passed, N failed, N skipped`.
"""

import base64
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BUILD = ROOT / 'build-test'
PROGRAM = pathlib.Path(os.environ.get('YINXIN_PROGRAM', BUILD / 'yinxin')).resolve()
FRONT = pathlib.Path(os.environ.get('YX_FRONT', BUILD / 'tests' / 'interop' / 'enrol_front')).resolve()
JARS = [f'/usr/share/java/{name}.jar' for name in ('bcprov', 'bcpkix', 'bcutil')]
KINDS = {'rsa3072': ['-newkey', 'rsa:2048'],
         'p256': ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256']}


class Desk:
    """A folder, the count, and how programs are run in it."""

    def __init__(self, folder):
        self.folder = folder
        self.passed = self.failed = self.skipped = 0
        self.environment = dict(os.environ, YINXIN_PASSPHRASE='enrol', LC_ALL='C.UTF-8',
                                XDG_CONFIG_HOME=str(folder / 'config'))

    def count(self, name, good, why=''):
        self.passed += good
        self.failed += not good
        if not good:
            print(f'FAIL {name}: {why}')

    def run(self, *command, data=None):
        return subprocess.run([str(word) for word in command], cwd=self.folder, input=data,
                              env=self.environment, capture_output=True, timeout=120,
                              **({} if data is not None else {}))

    def tool(self, *command):
        done = self.run(*command)
        if done.returncode != 0:
            raise SystemExit(f'{command}: {done.stdout}{done.stderr}')
        return done.stdout

    def expect(self, name, good, *command):
        """It has to work, or not to."""
        done = self.run(*command)
        self.count(name, (done.returncode == 0) == good,
                   (done.stdout + done.stderr).decode(errors='replace')[-3000:])
        return done

    def issued(self, ca):
        """How many certificates there are."""
        listed = self.run(PROGRAM, 'ca', 'list', ca)
        if listed.returncode != 0:
            raise SystemExit(listed.stderr.decode())
        return len(listed.stdout.splitlines())


def hashed(password):
    """As yx_password_hash writes it, computed by somebody else."""
    salt = os.urandom(16)
    value = hashlib.scrypt(password.encode(), salt=salt, n=1 << 14, r=8, p=5,
                           maxmem=64 << 20, dklen=32)
    return '$scrypt$ln=14,r=8,p=5$%s$%s' % (base64.b64encode(salt).decode(),
                                           base64.b64encode(value).decode())


PEOPLE = '''delay_seconds = 0
person "device-7" {
  password = "%s"
  secret = "secret of seven"
  profiles = {"tls-client", "tls-server"}
  subject = "CN=device-7"
  names = {"device-7.example"}
}
person "other" {
  secret = "secret of other"
  profiles = {"tls-client"}
  subject = "CN=other"
}
person "ra" {
  secret = "secret of the ra"
  profiles = {"tls-client"}
  subject = "*"
}
'''


class Front:
    """The authority while it serves."""

    def __init__(self, desk, kind, tls=False):
        self.desk = desk
        self.folder = f'{kind}-ca'
        more = [f'{kind}-tls.pem', f'{kind}-tls.plain'] if tls else []
        self.process = subprocess.Popen([FRONT, self.folder, f'{kind}-cmp', *more], cwd=desk.folder,
                                        env=desk.environment, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)
        self.port = int(self.process.stdout.readline() or 0)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(30)


def make_authority(desk, kind):
    ca = f'{kind}-ca'
    desk.tool(PROGRAM, 'ca', 'init', ca, '--name', f'CN=Enrol {kind},O=Test,C=CN', '--algorithm',
              kind)
    desk.tool(PROGRAM, 'ca', 'issue', ca, '--profile', 'cmp', '--subject', 'CN=CMP server', '-o',
              f'{kind}-cmp')
    desk.tool(PROGRAM, 'ca', 'issue', ca, '--profile', 'tls-server', '--subject', 'CN=localhost',
              '--dns', 'localhost', '--ip', '127.0.0.1', '-o', f'{kind}-tls')
    people = desk.folder / ca / 'enrol.conf'
    people.write_text(PEOPLE % hashed('open the door'))
    people.chmod(0o600)


def make_requests(desk, kind):
    desk.tool('openssl', 'pkey', '-in', f'{kind}-tls.key', '-passin', 'env:YINXIN_PASSPHRASE',
              '-out', f'{kind}-tls.plain')
    desk.tool('openssl', 'req', '-new', '-nodes', *KINDS[kind], '-keyout', f'{kind}-1.key',
              '-subj', '/CN=device-7', '-out', f'{kind}-1.csr')
    desk.tool('openssl', 'req', '-new', '-nodes', *KINDS[kind], '-keyout', f'{kind}-2.key',
              '-subj', '/CN=device-7', '-out', f'{kind}-2.csr')


# --- CMP -------------------------------------------------------------------------------------------

class Cmp:
    """openssl cmp against one authority."""

    def __init__(self, desk, front, kind):
        self.desk, self.kind, self.front = desk, kind, front
        self.server = ['-server', f'127.0.0.1:{front.port}', '-path', '.well-known/cmp']
        self.secret = ['-ref', 'device-7', '-secret', 'pass:secret of seven', '-recipient',
                       f'/C=CN/O=Test/CN=Enrol {kind}']

    def key(self, number):
        return f'{self.kind}-{number}.key'

    def by(self, name, key):
        return ['-cert', name, '-key', key, '-trusted', f'{self.kind}-ca/ca.pem']

    def ask(self, name, good, *more, path=None):
        before = self.desk.issued(self.front.folder)
        server = list(self.server)
        if path:
            server[-1] = path
        done = self.desk.expect(f'{self.kind}: {name}', good, 'openssl', 'cmp', '-config', '',
                                '-batch', *server, *more)
        if not good:
            after = self.desk.issued(self.front.folder)
            self.desk.count(f'{self.kind}: {name}, nothing issued', before == after,
                            f'{before} before, {after} after')
        return done


def check_issued(desk, kind, name, *words):
    """The certificate leads to the authority, and says what it should."""
    desk.expect(f'{name} verifies', True, 'openssl', 'verify', '-CAfile', f'{kind}-ca/ca.pem', name)
    text = desk.run('openssl', 'x509', '-in', name, '-noout', '-text').stdout.decode()
    for word in words:
        desk.count(f'{name} has {word}', word in text, text)


def cmp_requests(cmp):
    desk, kind = cmp.desk, cmp.kind
    new = ['-newkey', cmp.key(1), '-subject', '/CN=device-7']
    cmp.ask('ir', True, '-cmd', 'ir', *cmp.secret, *new, '-certout', f'{kind}-ir.pem',
            '-cacertsout', f'{kind}-ir-ca.pem')
    check_issued(desk, kind, f'{kind}-ir.pem', 'CN = device-7', 'TLS Web Client')
    cmp.ask('ir with SHA-256 in the MAC', True, '-cmd', 'ir', *cmp.secret, *new, '-mac',
            'hmacWithSHA256', '-digest', 'sha512', '-certout', f'{kind}-mac.pem')
    cmp.ask('ir, implicitly confirmed', True, '-cmd', 'ir', *cmp.secret, *new, '-implicit_confirm',
            '-certout', f'{kind}-implicit.pem')
    cmp.ask('ir for a profile and names', True, '-cmd', 'ir', *cmp.secret, *new, '-sans',
            'device-7.example', '-certout', f'{kind}-server.pem',
            path='.well-known/cmp/p/tls-server')
    check_issued(desk, kind, f'{kind}-server.pem', 'TLS Web Server', 'DNS:device-7.example')
    cmp.ask('p10cr', True, '-cmd', 'p10cr', *cmp.secret, '-csr', f'{kind}-2.csr', '-certout',
            f'{kind}-p10.pem')
    signed = cmp.by(f'{kind}-ir.pem', cmp.key(1))
    cmp.ask('cr, signed', True, '-cmd', 'cr', *signed, '-newkey', cmp.key(2), '-subject',
            '/CN=device-7', '-certout', f'{kind}-cr.pem')
    cmp.ask('kur', True, '-cmd', 'kur', *signed, '-newkey', cmp.key(2), '-certout',
            f'{kind}-kur.pem')
    check_issued(desk, kind, f'{kind}-kur.pem', 'CN = device-7', 'TLS Web Client')
    cmp.ask('genm', True, '-cmd', 'genm', *signed)
    cmp.ask('genm by MAC', True, '-cmd', 'genm', *cmp.secret, '-infotype', 'caCerts')
    desk.run(PROGRAM, 'ca', 'crl', f'{kind}-ca', '-o', f'{kind}.crl')
    cmp.ask('genm for the CRL', True, '-cmd', 'genm', *signed, '-infotype', 'currentCRL')


def cmp_refusals(cmp):
    new = ['-newkey', cmp.key(1), '-subject', '/CN=device-7']
    signed = cmp.by(f'{cmp.kind}-ir.pem', cmp.key(1))
    wrong = ['-ref', 'device-7', '-secret', 'pass:secret of other', '-recipient', '/CN=x']
    nobody = ['-ref', 'nobody', '-secret', 'pass:secret of seven', '-recipient', '/CN=x']
    cmp.ask('a wrong secret', False, '-cmd', 'ir', *wrong, *new, '-certout', 'never.pem')
    cmp.ask('nobody', False, '-cmd', 'ir', *nobody, *new, '-certout', 'never.pem')
    cmp.ask('unprotected', False, '-cmd', 'ir', '-unprotected_requests', '-recipient', '/CN=x',
            *new, '-certout', 'never.pem')
    cmp.ask('another subject', False, '-cmd', 'ir', *cmp.secret, '-newkey', cmp.key(1), '-subject',
            '/CN=device-8', '-certout', 'never.pem')
    cmp.ask('other names', False, '-cmd', 'ir', *cmp.secret, *new, '-sans', 'device-8.example',
            '-certout', 'never.pem', path='.well-known/cmp/p/tls-server')
    cmp.ask('another profile', False, '-cmd', 'ir', *cmp.secret, *new, '-certout', 'never.pem',
            path='.well-known/cmp/p/unit')
    cmp.ask('raVerified', False, '-cmd', 'ir', *cmp.secret, *new, '-popo', '0', '-certout',
            'never.pem')
    cmp.ask('no proof of possession', False, '-cmd', 'ir', *cmp.secret, *new, '-popo', '-1',
            '-certout', 'never.pem')
    cmp.ask('a signed cr for another subject', False, '-cmd', 'cr', *signed, '-newkey', cmp.key(2),
            '-subject', '/CN=device-8', '-certout', 'never.pem')
    cmp.ask('an update by MAC', False, '-cmd', 'kur', *cmp.secret, '-oldcert',
            f'{cmp.kind}-ir.pem', '-newkey', cmp.key(2), '-certout', 'never.pem')
    replay(cmp, new)


def replay(cmp, new):
    """The very message that was answered before."""
    cmp.ask('ir, kept', True, '-cmd', 'ir', *cmp.secret, *new, '-implicit_confirm', '-reqout',
            f'{cmp.kind}-kept.der', '-certout', f'{cmp.kind}-kept.pem')
    cmp.ask('replayed', False, '-cmd', 'ir', *cmp.secret, *new, '-implicit_confirm', '-reqin',
            f'{cmp.kind}-kept.der', '-certout', 'never.pem')


def cmp_revocations(cmp):
    kind = cmp.kind
    other = ['-ref', 'other', '-secret', 'pass:secret of other', '-recipient', '/CN=x']
    cmp.ask("somebody else's revoked", False, '-cmd', 'rr', *other, '-oldcert', f'{kind}-kur.pem')
    cmp.ask('rr by MAC', True, '-cmd', 'rr', *cmp.secret, '-oldcert', f'{kind}-p10.pem',
            '-revreason', '4')
    cmp.ask('rr again', False, '-cmd', 'rr', *cmp.secret, '-oldcert', f'{kind}-p10.pem')
    signed = cmp.by(f'{kind}-ir.pem', cmp.key(1))
    cmp.ask('suspended', True, '-cmd', 'rr', *signed, '-oldcert', f'{kind}-cr.pem', '-revreason',
            '6')
    cmp.ask('taken off hold by its holder', False, '-cmd', 'rr', *signed, '-oldcert',
            f'{kind}-cr.pem', '-revreason', '8')
    ra = ['-ref', 'ra', '-secret', 'pass:secret of the ra', '-recipient', '/CN=x']
    cmp.ask('taken off hold', True, '-cmd', 'rr', *ra, '-oldcert', f'{kind}-cr.pem', '-revreason',
            '8')
    cmp.ask('rr of itself', True, '-cmd', 'rr', *signed, '-oldcert', f'{kind}-ir.pem',
            '-revreason', '1')
    cmp.ask('signed by one that is revoked', False, '-cmd', 'genm', *signed)
    listed = cmp.desk.run(PROGRAM, 'ca', 'list', f'{kind}-ca').stdout.decode()
    cmp.desk.count(f'{kind}: two are revoked', listed.count('revoked') == 2, listed)


def mock(desk):
    """openssl's own server: what fails here is not our fault."""
    desk.tool('openssl', 'req', '-x509', '-nodes', *KINDS['p256'], '-keyout', 'mock.key', '-subj',
              '/CN=mock', '-out', 'mock.pem')
    both = ['-use_mock_srv', '-srv_ref', 'device-7', '-srv_secret', 'pass:secret of seven',
            '-rsp_cert', 'mock.pem']
    desk.expect('mock: ir', True, 'openssl', 'cmp', '-config', '', '-batch', *both, '-cmd', 'ir',
                '-ref', 'device-7', '-secret', 'pass:secret of seven', '-recipient', '/CN=mock',
                '-newkey', 'mock.key', '-subject', '/CN=mock', '-certout', 'mock-out.pem')


# --- EST -------------------------------------------------------------------------------------------

def est_by_strongswan(desk, kind, port):
    url, ca = f'https://localhost:{port}', f'{kind}-ca/ca.pem'
    if shutil.which('pki') is None:
        desk.skipped += 1
        print(f'skipped {kind}: pki (strongswan-pki) is not installed')
        return
    desk.expect(f'{kind}: estca', True, 'pki', '--estca', '--url', url, '--cacert', ca, '--caout',
                f'{kind}-swan-ca.pem', '--outform', 'pem', '--force')
    got = desk.run('openssl', 'x509', '-in', f'{kind}-swan-ca.pem', '-outform', 'DER').stdout
    own = desk.run('openssl', 'x509', '-in', ca, '-outform', 'DER').stdout
    desk.count(f'{kind}: estca brings the authority', got == own != b'')
    der = desk.run('openssl', 'req', '-in', f'{kind}-1.csr', '-outform', 'DER').stdout
    (desk.folder / f'{kind}-1.der').write_bytes(der)
    login = ['--userpass', 'device-7:open the door']
    done = desk.expect(f'{kind}: pki --est', True, 'pki', '--est', '--url', url, '--in',
                       f'{kind}-1.der', '--cacert', ca, *login, '--outform', 'pem')
    (desk.folder / f'{kind}-swan.pem').write_bytes(done.stdout)
    check_issued(desk, kind, f'{kind}-swan.pem', 'CN = device-7')
    desk.expect(f'{kind}: pki --est, wrong password', False, 'pki', '--est', '--url', url, '--in',
                f'{kind}-1.der', '--cacert', ca, '--userpass', 'device-7:wrong')
    done = desk.expect(f'{kind}: pki --est, renewal', True, 'pki', '--est', '--url', url, '--in',
                       f'{kind}-1.der', '--cacert', ca, '--cert', f'{kind}-swan.pem', '--key',
                       f'{kind}-1.key', '--outform', 'pem')
    (desk.folder / f'{kind}-swan2.pem').write_bytes(done.stdout)
    check_issued(desk, kind, f'{kind}-swan2.pem', 'CN = device-7')


def est_by_curl(desk, kind, port):
    base, ca = f'https://localhost:{port}/.well-known/est', f'{kind}-ca/ca.pem'
    der = desk.run('openssl', 'req', '-in', f'{kind}-2.csr', '-outform', 'DER').stdout
    (desk.folder / 'body').write_bytes(base64.encodebytes(der))
    post = ['-H', 'Content-Type: application/pkcs10', '--data-binary', '@body']

    def ask(name, status, *words):
        before = desk.issued(f'{kind}-ca')
        done = desk.run('curl', '-sS', '--cacert', ca, '-o', 'reply', '-D', 'head', '-w',
                        '%{http_code}', *words)
        desk.count(f'{kind}: curl {name}', done.stdout.decode() == str(status),
                   f'{done.stdout} {done.stderr}')
        after = desk.issued(f'{kind}-ca')
        desk.count(f'{kind}: curl {name}, issued', (after == before + 1) ==
                   (status == 200 and '@body' in words))
        return (desk.folder / 'reply').read_bytes()

    ask('csrattrs', 200, f'{base}/csrattrs')
    ask('without a password', 401, *post, f'{base}/simpleenroll')
    desk.count('asks for the password', b'WWW-Authenticate: Basic' in
               (desk.folder / 'head').read_bytes())
    ask('with a wrong password', 401, '-u', 'device-7:x', *post, f'{base}/simpleenroll')
    ask('another profile', 403, '-u', 'device-7:open the door', *post, f'{base}/unit/simpleenroll')
    ask('no such thing', 404, f'{base}/nonsense')
    reply = ask('simpleenroll', 200, '-u', 'device-7:open the door', *post,
                f'{base}/tls-server/simpleenroll')
    (desk.folder / 'reply.p7').write_bytes(base64.b64decode(reply))
    pem = desk.tool('openssl', 'pkcs7', '-inform', 'DER', '-in', 'reply.p7', '-print_certs')
    (desk.folder / f'{kind}-curl.pem').write_bytes(pem)
    check_issued(desk, kind, f'{kind}-curl.pem', 'TLS Web Server', 'CN = device-7')
    shown = ['--cert', f'{kind}-curl.pem', '--key', f'{kind}-2.key']
    ask('simplereenroll', 200, *shown, *post, f'{base}/simplereenroll')
    ask('simplereenroll without a certificate', 401, *post, f'{base}/simplereenroll')
    desk.tool(PROGRAM, 'ca', 'revoke', f'{kind}-ca', f'{kind}-curl.pem', '--reason',
              'keyCompromise')
    ask('simplereenroll, revoked', 401, *shown, *post, f'{base}/simplereenroll')


# --- SM2 -------------------------------------------------------------------------------------------

def by_bouncycastle(desk):
    kind = 'sm2'
    make_authority(desk, kind)
    with Front(desk, kind) as front:
        done = desk.tool('java', '-cp', ':'.join(JARS), HERE / 'enrol' / 'CmpClient.java',
                         f'http://127.0.0.1:{front.port}/.well-known/cmp', f'{kind}-ca/ca.pem',
                         'device-7', 'secret of seven', 'CN=device-7')
        lines = done.decode().splitlines()
        for line in lines:
            desk.count(line, line.startswith('ok '))
        desk.count('BouncyCastle tried three things', len(lines) == 3, lines)
        desk.count('two for the service and three for the client', desk.issued(f'{kind}-ca') == 5)


def main():
    with tempfile.TemporaryDirectory(prefix='yinxin-enrol-') as name:
        desk = Desk(pathlib.Path(name))
        mock(desk)
        by_bouncycastle(desk)
        for kind in KINDS:
            make_authority(desk, kind)
            make_requests(desk, kind)
            with Front(desk, kind) as front:
                cmp = Cmp(desk, front, kind)
                cmp_requests(cmp)
                cmp_refusals(cmp)
                cmp_revocations(cmp)
            with Front(desk, kind, tls=True) as front:
                est_by_strongswan(desk, kind, front.port)
                est_by_curl(desk, kind, front.port)
    print(f'{desk.passed} passed, {desk.failed} failed, {desk.skipped} skipped')
    return 1 if desk.failed else 0


if __name__ == '__main__':
    sys.exit(main())
