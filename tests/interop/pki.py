#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""For each algorithm a root, an authority below it and a certificate of every profile, judged by
others: openssl, certtool (GnuTLS), certutil (NSS), and BouncyCastle for SM2; then CRLs, full, delta
and partitioned, with certificates revoked, suspended and restored.

REQ: CERT-19, CA-14. Their words count, not their exit codes. The program is $YINXIN_PROGRAM.
Ends with `N passed, N failed, N skipped`.
"""

import pathlib
import re
import shutil
import sys
import tempfile

import judge

ALGORITHMS = ('p256', 'p384', 'rsa3072', 'ed25519', 'sm2')
SM2_ID = ('-vfyopt', judge.SIGNER_ID)
# certutil's word for what a certificate of the profile is to be used for.
NSS_USAGES = {'tls-server': 'V', 'tls-client': 'C', 'sub-ca': 'L'}
SUBJECT = 'CN=host.example,O=Judged,C=CN'
CONFIG = 'base_url = "http://ca.example"\ndelta_period = 3600\n'


class Pki:
    """The authorities of one algorithm, in a folder of their own."""

    def __init__(self, court, algorithm):
        self.court, self.algorithm = court, algorithm
        self.here = court.folder / algorithm
        self.here.mkdir()

    def count(self, what, good, why=''):
        self.court.count(f'{self.algorithm}: {what}', good, why)

    def skip(self, what, why):
        self.court.skipped += 1
        print(f'skipped {self.algorithm}: {what}: {why}')

    def yinxin(self, *arguments):
        self.court.yinxin(*arguments)

    def make(self, name, parent=None, config=CONFIG):
        """An authority whose key is not encrypted: opening it again and again would take long."""
        folder = self.here / name
        settings = self.here / f'{name}.conf'
        settings.write_text(config)
        self.yinxin('ca', 'init', folder, '--name', f'CN={name},O=Judged,C=CN', '--algorithm',
                    self.algorithm, '--config', settings, *(('--parent', parent) if parent else ()))
        self.court.tool('openssl', 'pkcs8', '-topk8', '-nocrypt', '-passin', 'pass:judge', '-in',
                        folder / 'ca.key', '-out', folder / 'plain')
        (folder / 'plain').rename(folder / 'ca.key')
        return folder

    def first(self, chain, name):
        """The certificate at the head of a file with its chain, alone."""
        found = re.search(r'-----BEGIN CERT.*?-----END CERTIFICATE-----\n', chain.read_text(), re.S)
        path = self.here / f'{name}.one.pem'
        path.write_text(found.group())
        return path

    def issue(self, ca, profile, name):
        """None when the profile cannot have such a key."""
        more = ('--dns', 'host.example') if profile == 'tls-server' else ()
        done = self.court.run(judge.PROGRAM, 'ca', 'issue', ca, '--profile', profile, '--csr',
                              self.here / 'x.csr', '-o', self.here / name, *more)
        if done.returncode == 1 and self.algorithm == 'ed25519':
            return None
        self.count(f'{profile} issued', done.returncode == 0, done.stderr)
        return self.first(self.here / f'{name}.pem', name)

    def prepare(self):
        self.root = self.make('root')
        self.sub = self.make('sub', self.root)
        self.root_cert = self.first(self.root / 'ca.pem', 'root')
        self.sub_cert = self.first(self.sub / 'ca.pem', 'sub')
        self.yinxin('ca', 'issue', self.sub, '--profile', 'person', '--subject', SUBJECT, '-o',
                    self.here / 'x')
        self.yinxin('request', '--key', self.here / 'x.key', '--subject', SUBJECT, '-o',
                    self.here / 'x.csr')

    # --- Judges of certificates ---

    def verify(self, cert, *more):
        """What `openssl verify` says. It sets the signer ID of SM2 for the certificate in question
        alone, so that each step of such a path is one question."""
        path = ('-CAfile', self.root_cert, '-untrusted', self.sub_cert)
        if self.algorithm == 'sm2':
            path = (*SM2_ID, '-partial_chain', '-trusted', self.sub_cert)
        done = self.court.run('openssl', 'verify', '-x509_strict', *path, *more, cert)
        return done.stdout + done.stderr

    def openssl(self, profile, cert):
        said = self.verify(cert)
        self.count(f'openssl verify: {profile}', said.strip() == f'{cert}: OK', said)

    def certtool(self, profile, cert):
        if shutil.which('certtool') is None:
            return self.skip(f'certtool: {profile}', 'gnutls-bin is not installed')
        chain = self.here / 'chain.pem'
        chain.write_text(''.join(path.read_text() for path in (cert, self.sub_cert, self.root_cert)))
        done = self.court.run('certtool', '--verify-chain', '--infile', chain)
        self.count(f'certtool: {profile}',
                   'Chain verification output: Verified. The certificate is trusted.' in done.stdout,
                   done.stdout + done.stderr)

    def certutil(self, profile, cert):
        if profile not in NSS_USAGES:
            return
        if self.algorithm == 'ed25519':
            return self.skip(f'certutil: {profile}', 'NSS of this system has no Ed25519')
        if shutil.which('certutil') is None:
            return self.skip(f'certutil: {profile}', 'libnss3-tools is not installed')
        base = self.here / 'nss'
        if not base.exists():
            base.mkdir()
            self.court.tool('certutil', '-N', '-d', f'sql:{base}', '--empty-password')
            for name, trust, path in (('root', 'CT,C,C', self.root_cert), ('sub', ',,', self.sub_cert)):
                self.court.tool('certutil', '-A', '-d', f'sql:{base}', '-n', name, '-t', trust, '-i', path)
        self.court.tool('certutil', '-A', '-d', f'sql:{base}', '-n', profile, '-t', ',,', '-i', cert)
        done = self.court.run('certutil', '-V', '-d', f'sql:{base}', '-n', profile, '-u',
                              NSS_USAGES[profile])
        self.count(f'certutil: {profile}', done.stdout.strip().endswith('certificate is valid'),
                   done.stdout + done.stderr)

    def profiles(self):
        listed = self.court.run(judge.PROGRAM, 'help', 'ca', 'issue').stdout.split('Profiles:')[1]
        for profile in re.findall(r'^  (\S+) ', listed, re.M):
            cert = self.issue(self.sub, profile, profile)
            if cert is None:
                self.count(f'{profile} refused', 'encryption' in profile)
                continue
            self.openssl(profile, cert)
            if self.algorithm == 'sm2':
                self.court.case(f'sm2: {profile}', True, 'chain', self.root_cert, cert,
                                self.sub_cert)
            else:
                self.certtool(profile, cert)
                self.certutil(profile, cert)

    # --- Lists ---

    def crl(self, ca, name, *more):
        """A list as openssl reads it, checked with the authority's key where openssl can."""
        path = self.here / name
        self.yinxin('ca', 'crl', ca, '-o', path, *more)
        pem = path.with_suffix('.pem')
        done = self.court.run('openssl', 'crl', '-inform', 'DER', '-in', path, '-out', pem, '-CAfile',
                              ca / 'ca.pem')
        if self.algorithm != 'sm2':
            self.count(f'openssl crl: {name}', 'verify OK' in done.stderr, done.stderr)
        else:
            self.court.case(f'sm2: {name}', True, 'crl', self.sub_cert, path)
        return pem

    def expect(self, what, cert, words, *lists, more=()):
        """openssl's word about one certificate, with these lists."""
        if self.algorithm == 'sm2':  # libcrypto checks CRLs without the signer ID
            return
        named = [word for path in lists for word in ('-CRLfile', path)]
        said = self.verify(cert, '-crl_check', *named, *more)
        self.count(f'{what}: {words}', words in said, said)

    def lists(self):
        held = self.issue(self.sub, 'unit', 'held')
        lost = self.issue(self.sub, 'unit', 'lost')
        full = self.crl(self.sub, 'full0.crl')
        self.expect('before', held, ': OK', full)
        self.yinxin('ca', 'suspend', self.sub, held)
        self.yinxin('ca', 'revoke', self.sub, lost, '--reason', 'keyCompromise')
        delta = self.crl(self.sub, 'delta1.crl', '--delta')
        self.expect('delta', lost, 'certificate revoked', full, delta, more=('-use_deltas',))
        self.expect('delta', held, 'certificate revoked', full, delta, more=('-use_deltas',))
        full = self.crl(self.sub, 'full2.crl')
        self.expect('suspended', held, 'certificate revoked', full)
        self.yinxin('ca', 'restore', self.sub, held)
        delta = self.crl(self.sub, 'delta3.crl', '--delta')
        said = self.court.run('openssl', 'crl', '-in', delta, '-noout', '-text').stdout
        self.count('delta takes it off hold', 'Remove From CRL' in said, said)
        full = self.crl(self.sub, 'full4.crl')
        self.expect('restored', held, ': OK', full)
        self.expect('still revoked', lost, 'certificate revoked', full)

    def partitions(self):
        parts = self.make('parts', self.root, CONFIG + 'partitions = 3\n')
        self.sub_cert = self.first(parts / 'ca.pem', 'parts')
        certs = [self.issue(parts, 'unit', f'part{n}') for n in range(4)]
        self.yinxin('ca', 'revoke', parts, certs[0], '--reason', 'superseded')
        lists = [self.crl(parts, f'{n}.crl', '--partition', n) for n in range(3)]
        for n, cert in enumerate(certs):
            self.expect(f'partitioned {n}', cert, ': OK' if n else 'certificate revoked', *lists,
                        more=('-extended_crl',))


def by_bouncy_castle(court):
    missing = judge.missing_judges()
    if missing:
        court.skipped += len(court.cases)
        print('skipped sm2: not here: ' + ', '.join(missing))
        return
    court.path('classes').mkdir()
    court.tool('javac', '-encoding', 'UTF-8', '-cp', judge.classpath(court), '-d', 'classes',
               *sorted((judge.HERE / 'judge').glob('*.java')))
    judge.java_judge(court)


def main():
    if shutil.which('openssl') is None:
        print('skipped: openssl is not installed\n0 passed, 0 failed, 1 skipped')
        return 0
    with tempfile.TemporaryDirectory(prefix='yinxin-pki-') as name:
        court = judge.Court(pathlib.Path(name))
        for algorithm in ALGORITHMS:
            pki = Pki(court, algorithm)
            pki.prepare()
            pki.profiles()
            pki.lists()
            pki.partitions()
        by_bouncy_castle(court)
    print(f'{court.passed} passed, {court.failed} failed, {court.skipped} skipped')
    return 1 if court.failed else 0


if __name__ == '__main__':
    sys.exit(main())
