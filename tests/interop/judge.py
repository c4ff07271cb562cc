#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lets others judge what the program makes, and the program judge what others make.

Judges are BouncyCastle (judge/*.java, compiled here) and openssl. Everything sound must be
accepted and everything tampered with refused. The program is $YINXIN_PROGRAM. REQ: SEC-01
Ends with `N passed, N failed, N skipped`.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PROGRAM = pathlib.Path(os.environ.get('YINXIN_PROGRAM', ROOT / 'build-test' / 'yinxin')).resolve()
JARS = [pathlib.Path('/usr/share/java') / f'{name}.jar' for name in ('bcprov', 'bcpkix', 'bcutil')]
SIGNER_ID = 'distid:1234567812345678'
SIGNATURE = 'Doc_0/Signs/Sign_0'


class Court:
    """The work folder, the cases for the Java judge, and the count."""

    def __init__(self, folder):
        self.folder = folder
        self.cases = []
        self.passed = self.failed = self.skipped = 0
        self.environment = dict(os.environ, YINXIN_PASSPHRASE='judge', LC_ALL='C.UTF-8',
                                XDG_CONFIG_HOME=str(folder / 'config'))

    def count(self, name, good, why=''):
        if good:
            self.passed += 1
        else:
            self.failed += 1
            print(f'FAIL {name}: {why}')

    def run(self, *command):
        return subprocess.run([str(word) for word in command], cwd=self.folder,
                              env=self.environment, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, errors='replace')

    def yinxin(self, *arguments, code=0):
        """Runs the program; it must end with `code`."""
        done = self.run(PROGRAM, *arguments)
        self.count('yinxin ' + ' '.join(map(str, arguments)), done.returncode == code,
                   f'exit {done.returncode}, expected {code}\n{done.stdout}{done.stderr}')

    def tool(self, *command):
        """A tool that prepares something: it has to work."""
        done = self.run(*command)
        if done.returncode != 0:
            raise SystemExit(f'{command[0]} failed: {done.stderr}')

    def case(self, name, good, kind, *arguments):
        fields = [name, 'good' if good else 'bad', kind, *map(str, arguments)]
        self.cases.append('\t'.join(fields))

    def path(self, name):
        return self.folder / name


# --- Our objects before the judges ---------------------------------------------------------------

def make_people(court):
    court.yinxin('ca', 'init', 'ca', '--name', 'CN=评判根CA,O=评判机构,C=CN')
    for name, profile in (('maker', 'seal-maker'), ('holder', 'unit'), ('lost', 'unit'),
                          ('tsa', 'tsa')):
        court.yinxin('ca', 'issue', 'ca', '--profile', profile,
                     '--subject', f'CN=评判{name},O=评判机构,C=CN', '-o', name)
    court.yinxin('ca', 'crl', 'ca', '-o', 'before.crl')
    court.yinxin('ca', 'revoke', 'ca', 'lost.pem', '--reason', 'keyCompromise')
    court.yinxin('ca', 'crl', 'ca', '-o', 'after.crl')


def make_seal(court, version, maker='maker', holder='holder', out=None, *more):
    court.yinxin('seal', 'make', '--name', '评判专用章', '--picture',
                 ROOT / 'examples' / 'seal' / 'company.png', '--width', 42, '--height', 42,
                 '--holder', f'{holder}.pem', '--maker', f'{maker}.pem', '--maker-key',
                 f'{maker}.key', '--version', version, *more, '-o', out or f'v{version}.esl')


def sign(court, source, target, seal, *more, holder='holder'):
    court.yinxin('sign', source, '-o', target, '--seal', seal, '--cert', f'{holder}.pem',
                 '--key', f'{holder}.key', *more)


def judge_certificates(court):
    for name in ('maker', 'holder', 'lost'):
        court.case(f'certificate {name}', True, 'path', 'ca/ca.pem', f'{name}.pem')
    court.case('certificate with CRL', True, 'path', 'ca/ca.pem', 'holder.pem', 'after.crl')
    court.case('not revoked yet', True, 'path', 'ca/ca.pem', 'lost.pem', 'before.crl')
    court.case('revoked', False, 'path', 'ca/ca.pem', 'lost.pem', 'after.crl')
    court.case('CRL', True, 'crl', 'ca/ca.pem', 'after.crl')
    court.case('certificate of another CA', False, 'path', 'foreign-ca.pem', 'holder.pem')
    court.case('CRL of another CA', False, 'crl', 'foreign-ca.pem', 'after.crl')


def judge_seals(court):
    for version in (1, 4, 5):
        make_seal(court, version)
        court.case(f'seal V{version}', True, 'seal', 'ca/ca.pem', f'v{version}.esl')
        court.case(f'seal V{version}, another CA', False, 'seal', 'foreign-ca.pem',
                   f'v{version}.esl')
        flips(court, f'v{version}.esl', f'v{version}')
    make_seal(court, 4, 'maker', 'holder', 'digests.esl', '--digests')
    court.case('seal with digests', True, 'seal', 'ca/ca.pem', 'digests.esl')
    court.case('evidence of a seal', True, 'sealdump', 'ca/ca.pem', 'v4.esl', 'seal')


def flips(court, seal, name):
    """A seal with any of these bits changed holds for nobody. (Not beyond the maker's signature:
    there the last bits lie in the value, all of them count.)"""
    original = court.path(seal).read_bytes()
    for number in range(12):
        forged = bytearray(original)
        forged[40 + number * (len(forged) - 80) // 11] ^= 1 << (number % 8)
        file = f'{name}-flip{number}.esl'
        court.path(file).write_bytes(forged)
        court.case(f'{name} flip {number}', False, 'seal', 'ca/ca.pem', file)
        done = court.run(PROGRAM, 'seal', 'verify', file, '--trust', 'ca/ca.pem')
        court.count(f'{name} flip {number}, by yinxin', done.returncode in (1, 65),
                    f'exit {done.returncode}\n{done.stdout}{done.stderr}')


def judge_documents(court):
    for seal in ('v1', 'v4', 'v5', 'digests'):
        sign(court, 'contract.ofd', f'{seal}.ofd', f'{seal}.esl', '--keyword', '甲方（盖章）')
    sign(court, 'contract.ofd', 'seam.ofd', 'v4.esl', '--seam', 'right')
    sign(court, 'v1.ofd', 'mixed.ofd', 'v5.esl', '--page', 'all')
    sign(court, 'mixed.ofd', 'closed.ofd', 'v4.esl', '--close')
    court.yinxin('sign', 'notice.ofd', '-o', 'signed.ofd', '--cert', 'holder.pem', '--key',
                 'holder.key')
    for name in ('v1', 'v4', 'v5', 'digests', 'seam', 'mixed', 'closed', 'signed'):
        court.yinxin('verify', f'{name}.ofd', '--trust', 'ca/ca.pem')
        court.case(f'document {name}', True, 'ofd', 'ca/ca.pem', f'{name}.ofd')
        court.case(f'document {name}, another CA', False, 'ofd', 'foreign-ca.pem', f'{name}.ofd')
    for name in ('v1', 'v4', 'v5', 'signed'):
        forge_document(court, name)
    court.case('evidence of a document', True, 'ofddump', 'ca/ca.pem', 'v4.ofd',
               f'/{SIGNATURE}/SignedValue.dat', 'ses')


def forge_document(court, name):
    """Every part that is changed in one bit, one after the other."""
    with zipfile.ZipFile(court.path(f'{name}.ofd')) as package:
        parts = {entry.filename: package.read(entry) for entry in package.infolist()}
    folder = next(part for part in parts if part.endswith('/Signature.xml')).rsplit('/', 1)[0]
    for part in ('Doc_0/Pages/Page_0/Content.xml', 'Doc_0/Document.xml', 'Doc_0/PublicRes.xml',
                 f'{folder}/Signature.xml', f'{folder}/SignedValue.dat', f'{folder}/Seal.esl'):
        if part not in parts:
            continue
        forged = bytearray(parts[part])
        forged[len(forged) * 2 // 3] ^= 4
        file = f'{name}-{part.replace("/", "-")}.ofd'
        with zipfile.ZipFile(court.path(file), 'w') as package:
            for other, content in parts.items():
                package.writestr(other, bytes(forged) if other == part else content)
        court.case(f'{name} with {part} changed', False, 'ofd', 'ca/ca.pem', file)
        court.yinxin('verify', file, '--trust', 'ca/ca.pem', code=1)


def judge_pdf(court):
    """What stands in Contents over what ByteRange names: SM2 before BouncyCastle, the rest before
    openssl as CAdES too; with a seal inside and without."""
    for kind in ('p256', 'rsa3072'):
        court.yinxin('ca', 'issue', f'{kind}-ca', '--profile', 'unit', '--subject',
                     'CN=评判单位,O=评判机构,C=CN', '-o', f'{kind}-unit')
    sign(court, 'contract.pdf', 'sealed.pdf', 'v4.esl', '--keyword', '甲方（盖章）', '--tsa-cert',
         'tsa.pem', '--tsa-key', 'tsa.key')
    sign(court, 'contract.pdf', 'seam.pdf', 'v5.esl', '--seam', 'right')
    for name in ('p256-unit', 'rsa3072-unit'):
        court.yinxin('sign', 'contract.pdf', '-o', f'{name}.pdf', '--cert', f'{name}.pem', '--key',
                     f'{name}.key')
    for name, ca in (('sealed', 'ca'), ('seam', 'ca'), ('p256-unit', 'p256-ca'),
                     ('rsa3072-unit', 'rsa3072-ca')):
        judge_contents(court, name, f'{ca}/ca.pem', by_openssl=ca != 'ca')


def take_apart(court, name):
    """Writes NAME.cms and NAME.signed out of the last signature of NAME.pdf."""
    data = court.path(f'{name}.pdf').read_bytes()
    first, length, last, rest = map(int, re.findall(
        rb'/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]', data)[-1])
    der = bytes.fromhex(data[length + 1:last - 1].decode())
    octets = der[1] & 0x7F if der[1] & 0x80 else 0
    size = int.from_bytes(der[2:2 + octets], 'big') if octets else der[1]
    court.path(f'{name}.cms').write_bytes(der[:2 + octets + size])
    court.path(f'{name}.signed').write_bytes(data[first:first + length] + data[last:last + rest])


def judge_contents(court, name, ca, by_openssl):
    take_apart(court, name)
    forged = bytearray(court.path(f'{name}.signed').read_bytes())
    forged[len(forged) // 2] ^= 1
    court.path(f'{name}.forged').write_bytes(forged)
    court.case(f'PDF {name}', True, 'cms', ca, f'{name}.cms', f'{name}.signed')
    court.case(f'PDF {name}, forged', False, 'cms', ca, f'{name}.cms', f'{name}.forged')
    court.case(f'PDF {name}, another CA', False, 'cms', 'foreign-ca.pem', f'{name}.cms',
               f'{name}.signed')
    if not by_openssl:  # it cannot do SM2 here
        return
    for content, good in ((f'{name}.signed', True), (f'{name}.forged', False)):
        done = court.run('openssl', 'cms', '-verify', '-cades', '-binary', '-inform', 'DER', '-in',
                         f'{name}.cms', '-content', content, '-CAfile', ca, '-purpose', 'any',
                         '-out', os.devnull)
        court.count(f'{content} by openssl',
                    ('CAdES Verification successful' in done.stderr) == good,
                    done.stdout + done.stderr)


def judge_timestamps(court):
    """Requests by openssl, answered by us; SM2 answers before BouncyCastle, others before both."""
    court.path('stamped').write_bytes(b'a signature value')
    for kind in ('p256', 'rsa3072'):
        court.yinxin('ca', 'init', f'{kind}-ca', '--name', f'CN=评判{kind},O=评判机构,C=CN',
                     '--algorithm', kind)
        court.yinxin('ca', 'issue', f'{kind}-ca', '--profile', 'tsa', '--subject',
                     'CN=评判TSA,O=评判机构,C=CN', '-o', f'{kind}-tsa')
    for name, ca in (('tsa', 'ca'), ('p256-tsa', 'p256-ca'), ('rsa3072-tsa', 'rsa3072-ca')):
        for digest in ('sm3', 'sha256', 'sha512'):
            stem = f'{name}-{digest}'
            for query in (stem, f'{stem}-later'):
                court.tool('openssl', 'ts', '-query', '-data', 'stamped', f'-{digest}', '-cert',
                           '-out', f'{query}.tsq')
            court.yinxin('tsa', 'reply', '--cert', f'{name}.pem', '--key', f'{name}.key', '-i',
                         f'{stem}.tsq', '-o', f'{stem}.tsr')
            judge_response(court, stem, f'{ca}/ca.pem', by_openssl=name != 'tsa')
    court.yinxin('tsa', 'reply', '--cert', 'holder.pem', '--key', 'holder.key', '-i', 'tsa-sm3.tsq',
                 '-o', 'never.tsr', code=1)
    court.count('and no response was written', not court.path('never.tsr').exists())


def judge_ocsp(court):
    """Requests by BouncyCastle and openssl, answered by us before the one and the other; and
    BouncyCastle's answers before the program."""
    people = (('ca', 'holder', 'good'), ('ca', 'lost', 'revoked'), ('ca', 'foreign-holder', 'unknown'))
    asked = []
    court.yinxin('ca', 'issue', 'ca', '--profile', 'ocsp', '--subject',
                 'CN=评判OCSP,O=评判机构,C=CN', '-o', 'ocsp')
    for ca, name, _ in people:
        for digest in ('sm3', 'sha1'):
            asked += [f'{ca}/ca.pem', f'{name}.pem', digest, f'{name}-{digest}.ocspq']
    asked += ['ca/ca.pem', 'holder.pem', 'sm3', 'later.ocspq']
    court.tool('java', '-cp', classpath(court), 'Judge', 'ask', *asked)
    for ca, name, status in people:
        for digest in ('sm3', 'sha1'):
            for by in ((), ('--cert', 'ocsp.pem', '--key', 'ocsp.key')):
                stem = f'{name}-{digest}{"-delegate" if by else ""}'
                court.yinxin('ocsp', 'reply', ca, '-i', f'{name}-{digest}.ocspq', '-o',
                             f'{stem}.ocspr', *by)
                judge_ocsp_answer(court, stem, f'{name}-{digest}.ocspq', status)
    judge_ocsp_by_openssl(court)
    judge_foreign_ocsp(court)


def post(url, content_type, body):
    request = urllib.request.Request(url, body, {'Content-Type': content_type})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=30) as answer:
        return answer.read()


def judge_service(court):
    """The same requests to `ca serve` with SM2 keys, by HTTP."""
    shutil.copytree(court.path('ca'), court.path('served'))
    for name in ('ocsp', 'tsa'):
        for ending in ('pem', 'key'):
            shutil.copy(court.path(f'{name}.{ending}'), court.path('served'))
    with subprocess.Popen([PROGRAM, 'ca', 'serve', 'served', '--listen', '127.0.0.1:0'],
                          cwd=court.folder, env=court.environment, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, text=True) as service:
        try:
            url = service.stdout.readline().split(': ', 1)[1].strip()
            for query, stem in (('tsa-sm3', 'http-tsa'), ('tsa-sha256', 'http-sha256')):
                for part in ('', '-later'):
                    shutil.copy(court.path(f'{query}{part}.tsq'), court.path(f'{stem}{part}.tsq'))
                court.path(f'{stem}.tsr').write_bytes(
                    post(url + 'tsa', 'application/timestamp-query',
                         court.path(f'{stem}.tsq').read_bytes()))
                judge_response(court, stem, 'ca/ca.pem', by_openssl=False)
            for name, status in (('holder', 'good'), ('lost', 'revoked')):
                court.path(f'http-{name}.ocspr').write_bytes(
                    post(url + 'ocsp', 'application/ocsp-request',
                         court.path(f'{name}-sm3.ocspq').read_bytes()))
                judge_ocsp_answer(court, f'http-{name}', f'{name}-sm3.ocspq', status)
        finally:
            service.terminate()
            court.count('the service ends', service.wait(30) == 0)


def judge_ocsp_answer(court, stem, query, status):
    forged = bytearray(court.path(f'{stem}.ocspr').read_bytes())
    forged[len(forged) // 5] ^= 1
    court.path(f'{stem}-forged.ocspr').write_bytes(forged)
    response = f'{stem}.ocspr'
    court.case(f'OCSP {stem}', True, 'ocsp', 'ca/ca.pem', response, query, status)
    court.case(f'OCSP {stem}, another CA', False, 'ocsp', 'foreign-ca.pem', response, query, status)
    court.case(f'OCSP {stem}, to another request', False, 'ocsp', 'ca/ca.pem', response,
               'later.ocspq', status)
    court.case(f'OCSP {stem}, forged', False, 'ocsp', 'ca/ca.pem', f'{stem}-forged.ocspr', query,
               status)


def judge_ocsp_by_openssl(court):
    for kind in ('p256', 'rsa3072'):
        for name in ('kept', 'lost'):
            court.yinxin('ca', 'issue', f'{kind}-ca', '--profile', 'unit', '--subject',
                         f'CN=评判{name},O=评判机构,C=CN', '-o', f'{kind}-{name}')
        court.yinxin('ca', 'revoke', f'{kind}-ca', f'{kind}-lost.pem', '--reason', 'superseded')
        court.tool('openssl', 'x509', '-in', f'{kind}-ca/ca.pem', '-out', f'{kind}-root.pem')
        certificates = ('-cert', f'{kind}-kept.pem', '-cert', f'{kind}-lost.pem')
        court.tool('openssl', 'ocsp', '-issuer', f'{kind}-root.pem', *certificates, '-reqout',
                   f'{kind}.ocspq')
        court.yinxin('ocsp', 'reply', f'{kind}-ca', '-i', f'{kind}.ocspq', '-o', f'{kind}.ocspr')
        done = court.run('openssl', 'ocsp', '-no_nonce', '-respin', f'{kind}.ocspr', '-reqin',
                         f'{kind}.ocspq', '-issuer', f'{kind}-root.pem', '-CAfile',
                         f'{kind}-root.pem', *certificates)
        said = done.stdout + done.stderr
        court.count(f'OCSP {kind} by openssl', 'Response verify OK' in said
                    and f'{kind}-kept.pem: good' in said and f'{kind}-lost.pem: revoked' in said
                    and 'Reason: superseded' in said and 'nonce' not in said, said)
        done = court.run('openssl', 'ocsp', '-respin', f'{kind}.ocspr', '-issuer', 'ssl-ca.pem',
                         '-CAfile', 'ssl-ca.pem', '-cert', 'ssl-holder.pem')
        court.count(f'OCSP {kind} by openssl, another CA',
                    'Response verify OK' not in done.stdout + done.stderr, done.stdout)


def judge_foreign_ocsp(court):
    court.yinxin('sign', 'contract.pdf', '-o', 'foreign.pdf', '--cert', 'foreign-holder.pem',
                 '--key', 'foreign-holder.key')
    for name, code in (('good', 0), ('delegate', 0), ('revoked', 1), ('unknown', 2),
                       ('strange', 2)):
        court.yinxin('verify', 'foreign.pdf', '--trust', 'foreign-ca.pem', '--ocsp',
                     f'foreign-{name}.ocsp', code=code)


def judge_response(court, stem, ca, by_openssl):
    forged = bytearray(court.path(f'{stem}.tsr').read_bytes())
    forged[-1] ^= 1  # in the signature value
    court.path(f'{stem}-forged.tsr').write_bytes(forged)
    court.case(f'time-stamp {stem}', True, 'tsp', ca, f'{stem}.tsr', f'{stem}.tsq')
    court.case(f'{stem}, to another request', False, 'tsp', ca, f'{stem}.tsr', f'{stem}-later.tsq')
    court.case(f'{stem}, another CA', False, 'tsp', 'foreign-ca.pem', f'{stem}.tsr', f'{stem}.tsq')
    court.case(f'{stem}, forged', False, 'tsp', ca, f'{stem}-forged.tsr', f'{stem}.tsq')
    if not by_openssl:  # it cannot do SM2 here
        return
    for file, good in ((f'{stem}.tsr', True), (f'{stem}-forged.tsr', False)):
        done = court.run('openssl', 'ts', '-verify', '-queryfile', f'{stem}.tsq', '-in', file,
                         '-CAfile', ca)
        court.count(f'{file} by openssl', ('Verification: OK' in done.stdout) == good,
                    done.stdout + done.stderr)


def judge_by_openssl(court):
    """The raw to-be-signed bytes, with the key out of the certificate."""
    for name in ('seal', 'ses'):
        court.tool('openssl', 'x509', '-inform', 'DER', '-in', f'{name}.der', '-pubkey', '-noout',
                   '-out', f'{name}.pub')
        verify = ('openssl', 'dgst', '-sm3', '-verify', f'{name}.pub', '-sigopt', SIGNER_ID,
                  '-signature', f'{name}.sig', f'{name}.tbs')
        done = court.run(*verify)
        court.count(f'{name} by openssl', done.stdout.strip() == 'Verified OK', done.stdout)
        bytes_ = bytearray(court.path(f'{name}.tbs').read_bytes())
        bytes_[len(bytes_) // 2] ^= 1
        court.path(f'{name}.tbs').write_bytes(bytes_)
        done = court.run(*verify)
        court.count(f'{name} changed, by openssl', 'Verified OK' not in done.stdout, done.stdout)
        without = court.run('openssl', 'dgst', '-sm3', '-verify', f'{name}.pub', '-signature',
                            f'{name}.sig', f'{name}.tbs')
        court.count(f'{name} without the signer ID', 'Verified OK' not in without.stdout,
                    without.stdout)


# --- Others' objects before the program ----------------------------------------------------------

def openssl_people(court):
    """An SM2 root, maker and holder by openssl; and a holder signed without the signer ID."""
    court.path('openssl.cnf').write_text(
        '[ca]\nbasicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign,cRLSign\n'
        'subjectKeyIdentifier=hash\n'
        '[end]\nbasicConstraints=critical,CA:false\n'
        'keyUsage=critical,digitalSignature,nonRepudiation\n'
        'subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n'
        '[req]\ndistinguished_name=dn\n[dn]\n')
    for name in ('ssl-ca', 'ssl-maker', 'ssl-holder', 'ssl-bad'):
        court.tool('openssl', 'genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:SM2',
                   '-pkeyopt', 'ec_param_enc:named_curve', '-out', f'{name}.key')
    court.tool('openssl', 'req', '-x509', '-new', '-key', 'ssl-ca.key', '-sm3', '-sigopt',
               SIGNER_ID, '-subj', '/C=CN/O=OpenSSL/CN=OpenSSL Root', '-days', '400', '-config',
               'openssl.cnf', '-extensions', 'ca', '-out', 'ssl-ca.pem')
    for name, ids in (('ssl-maker', SIGNER_ID), ('ssl-holder', SIGNER_ID), ('ssl-bad', 'distid:')):
        court.tool('openssl', 'req', '-new', '-key', f'{name}.key', '-sm3', '-sigopt', SIGNER_ID,
                   '-subj', f'/C=CN/O=OpenSSL/CN={name}', '-config', 'openssl.cnf', '-out',
                   f'{name}.csr')
        court.tool('openssl', 'x509', '-req', '-in', f'{name}.csr', '-vfyopt', SIGNER_ID, '-CA',
                   'ssl-ca.pem', '-CAkey', 'ssl-ca.key', '-CAcreateserial', '-sm3', '-sigopt', ids,
                   '-days', '300', '-extfile', 'openssl.cnf', '-extensions', 'end', '-out',
                   f'{name}.pem')


def judge_foreigners(court):
    for who in ('foreign', 'ssl'):
        make_seal(court, 4, f'{who}-maker', f'{who}-holder', f'{who}.esl')
        sign(court, 'contract.ofd', f'{who}.ofd', f'{who}.esl', '--seam', 'left',
             holder=f'{who}-holder')
        court.yinxin('verify', f'{who}.ofd', '--trust', f'{who}-ca.pem')
        court.yinxin('verify', f'{who}.ofd', '--trust', 'ca/ca.pem', code=2)
        court.case(f'document of {who}', True, 'ofd', f'{who}-ca.pem', f'{who}.ofd')
    for name, csr in (('by-bouncycastle', 'foreign.csr'), ('by-openssl', 'ssl-holder.csr')):
        court.yinxin('ca', 'issue', 'ca', '--profile', 'unit', '--subject',
                     f'CN={name},O=评判机构,C=CN', '--csr', csr, '-o', name)
        court.case(f'certificate for a request {name}', True, 'path', 'ca/ca.pem', f'{name}.pem')
    forge_request(court)
    judge_missing_id(court)


def forge_request(court):
    court.tool('openssl', 'req', '-in', 'foreign.csr', '-outform', 'DER', '-out', 'forged.csr')
    forged = bytearray(court.path('forged.csr').read_bytes())
    forged[-4] ^= 1
    court.path('forged.csr').write_bytes(forged)
    done = court.run(PROGRAM, 'ca', 'issue', 'ca', '--profile', 'unit', '--subject',
                     'CN=forged,O=评判机构,C=CN', '--csr', 'forged.csr', '-o', 'forged')
    court.count('request with a wrong signature', done.returncode in (1, 65), done.stderr)
    court.count('and nothing was issued', not court.path('forged.pem').exists())


def judge_missing_id(court):
    """GM/T 0009: a certificate signed with the empty ID of openssl is nobody's."""
    make_seal(court, 4, 'ssl-maker', 'ssl-bad', 'bad.esl')
    done = court.run(PROGRAM, 'sign', 'contract.ofd', '-o', 'bad.ofd', '--seal', 'bad.esl',
                     '--cert', 'ssl-bad.pem', '--key', 'ssl-bad.key')
    if done.returncode == 0:  # without trust nobody looked at the chain yet
        done = court.run(PROGRAM, 'verify', 'bad.ofd', '--trust', 'ssl-ca.pem')
    court.count('a certificate without the signer ID is not trusted', done.returncode in (1, 2),
                f'exit {done.returncode}\n{done.stdout}{done.stderr}')


# --- The proceedings -----------------------------------------------------------------------------

def java_judge(court):
    """Runs what was collected; one process for all."""
    court.path('cases').write_text('\n'.join(court.cases) + '\n', encoding='utf-8')
    done = court.run('java', '-Dfile.encoding=UTF-8', '-cp', classpath(court), 'Judge', 'cases')
    lines = done.stdout.splitlines()
    for line in lines:
        court.count(line[5:], line.startswith('ok'), 'not as it should be')
    court.count('every case was judged', len(lines) == len(court.cases), done.stderr)
    court.cases.clear()


def classpath(court):
    return ':'.join(map(str, [court.path('classes'), *JARS]))


def missing_judges():
    missing = [tool for tool in ('java', 'javac', 'openssl') if not shutil.which(tool)]
    return missing + [str(jar) for jar in JARS if not jar.exists()]


def proceed(court):
    court.tool('javac', '-encoding', 'UTF-8', '-cp', classpath(court), '-d', court.path('classes'),
               *sorted((HERE / 'judge').glob('*.java')))
    court.tool('java', '-cp', classpath(court), 'Judge', 'make', court.folder)
    court.tool(sys.executable, ROOT / 'examples' / 'build.py', court.folder)
    openssl_people(court)
    make_people(court)
    judge_certificates(court)
    judge_seals(court)
    judge_documents(court)
    judge_foreigners(court)
    judge_timestamps(court)
    judge_pdf(court)
    judge_ocsp(court)
    judge_service(court)
    java_judge(court)
    judge_by_openssl(court)


def main():
    missing = missing_judges()
    if missing:
        print('skipped: not here: ' + ', '.join(missing))
        print('0 passed, 0 failed, 1 skipped')
        return 0
    with tempfile.TemporaryDirectory(prefix='yinxin-judge-') as folder:
        court = Court(pathlib.Path(folder))
        proceed(court)
        print(f'{court.passed} passed, {court.failed} failed, {court.skipped} skipped')
        return 1 if court.failed else 0


if __name__ == '__main__':
    sys.exit(main())
