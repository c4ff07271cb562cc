#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`yinxin serve`: the processes of the service, their sandboxes, their deaths and what is left then.

Run as test_processes.py. Needs openssl and curl; YINXIN_ROUNDS says how often processes are killed
under load (20). What is done to a process from outside (a system call that it would never make)
needs root and x86-64, else it is skipped.
"""

import base64
import ctypes
import hashlib
import http.client
import json
import os
import pathlib
import platform
import random
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import tempfile
import threading
import time
import unittest

import test_cli as cli
import test_serve as serve

WORLD = None
PASSWORD = 'open the door'
ROUNDS = int(os.environ.get('YINXIN_ROUNDS', '20'))
KINDS = ('keeper', 'launcher', 'page', 'web')


def setUpModule():
    global WORLD
    WORLD = pathlib.Path(tempfile.mkdtemp(prefix='yinxin-processes-'))
    cli.WORLD = serve.WORLD = WORLD


def tearDownModule():
    shutil.rmtree(WORLD)


class Service:
    """The parent; its children are found by what they are called."""

    def __init__(self, folder='data', *more, env=None, listen='127.0.0.1:0', **popen):
        begun = time.monotonic()
        self.folder = WORLD / folder
        where = ['--listen', listen] if listen else []
        self.errors = tempfile.TemporaryFile('w+')
        self.process = subprocess.Popen(
            [cli.PROGRAM, 'serve', '--data', str(folder), *where, *more], cwd=WORLD,
            env=cli.environment(no_proxy='*', **(env or {})), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=self.errors, text=True, **popen)
        # The links of the first people come before.
        self.links, self.url = [], self.process.stdout.readline().strip()
        while '/start' in self.url:
            self.links.append(self.url)
            self.url = self.process.stdout.readline().strip()
        self.port = int(self.url.rsplit(':', 1)[1]) if self.url else 0
        if self.url:
            self.get('/healthz')
        self.took = time.monotonic() - begun

    def said(self):
        self.errors.seek(0)
        return self.errors.read()

    def children(self, kind=None):
        """pid -> kind"""
        found = {}
        for pid in subprocess.run(['pgrep', '-P', str(self.process.pid)], capture_output=True,
                                  text=True).stdout.split():
            try:
                words = pathlib.Path('/proc', pid, 'cmdline').read_bytes().split(b'\0')
            except FileNotFoundError:
                continue
            if words[1:2] == [b'serve-process']:
                found[int(pid)] = words[2].decode()
        return {pid: name for pid, name in found.items() if kind in (None, name)}

    def ask(self, method, path, body=None, timeout=20):
        context = ssl.create_default_context(cafile=self.folder / 'tls.pem')
        connection = http.client.HTTPSConnection('127.0.0.1', self.port, timeout=timeout,
                                                 context=context)
        try:
            connection.request(method, path, body, {'Host': '127.0.0.1'})
            reply = connection.getresponse()
            return reply.status, reply.read()
        finally:
            connection.close()

    def get(self, path):
        status, body = self.ask('GET', path)
        if status != 200:
            raise AssertionError(f'{path}: {status} {body}')
        return body

    def ready(self):
        try:
            return self.ask('GET', '/readyz')[0] == 200
        except OSError:
            return False

    def end(self, code=0, with_signal=signal.SIGTERM):
        self.process.send_signal(with_signal)
        if self.process.wait(40) != code:
            raise AssertionError(f'{self.process.returncode}: {self.said()}')
        self.close()

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.errors.close()


class Case(unittest.TestCase):
    def service(self, *arguments, **more):
        service = Service(*arguments, **more)
        self.addCleanup(service.close)
        return service


class First(Case):
    def test_a_bare_folder(self):
        """REQ: SEC-21"""
        service = self.service('bare')
        self.assertLess(service.took, 3)  # a second, on a machine that does nothing else
        self.assertEqual(service.get('/readyz'), b'ok\n')
        folder = WORLD / 'bare'
        self.assertEqual((folder / 'keys').stat().st_mode & 0o777, 0o700)
        for name in ('audit.key', 'tls.key', 'session.key'):
            text = (folder / 'keys' / name).read_text()
            self.assertIn('BEGIN ENCRYPTED PRIVATE KEY', text)
            self.assertEqual((folder / 'keys' / name).stat().st_mode & 0o777, 0o600)
        self.assertEqual((folder / 'keys' / 'secret').stat().st_mode & 0o777, 0o600)
        said = serve.tool('openssl', 'x509', '-in', 'bare/tls.pem', '-noout', '-ext',
                          'subjectAltName')
        for name in ('DNS:localhost', 'IP Address:127.0.0.1', 'IP Address:0:0:0:0:0:0:0:1'):
            self.assertIn(name, said)
        self.assertEqual(len(service.links), 3)
        for language, title in (('zh-CN', 'zh'), ('en', 'en')):
            page = serve.tool('curl', '-s', '--cacert', 'bare/tls.pem', '-H',
                              f'Accept-Language: {language}', service.url + '/')
            self.assertIn(f'<html lang="{title}', page)
            self.assertIn('/api/openapi.yaml', page)
        keys = {name: (folder / 'keys' / name).read_bytes() for name in os.listdir(folder / 'keys')
                if name != 'journal'}
        service.end()
        again = self.service('bare')
        self.assertEqual(again.links, [])
        self.assertLess(again.took, 2)  # 300 ms, on a machine that does nothing else
        for name, content in keys.items():
            self.assertEqual((folder / 'keys' / name).read_bytes(), content)
        again.end()

    def test_something_to_try(self):
        for _ in range(2):  # what is there already stays
            service = self.service('demo', '--demo')
            authority = service.get('/demo/ca.cer')
            self.assertEqual(authority[:1], b'0')
            self.assertEqual([one['name'] for one in
                              json.loads(service.get('/api/v1/authorities'))['items']], ['demo'])
            for name in ('ocsp', 'tsa'):
                self.assertTrue((WORLD / 'demo/ca/demo' / f'{name}.key').exists())
            service.end()

    def test_a_passphrase(self):
        given = {'YINXIN_PASSPHRASE': 'correct horse battery'}
        self.service('guarded', env=given).end()
        self.assertFalse((WORLD / 'guarded/keys/secret').exists())
        for env in ({'YINXIN_PASSPHRASE': 'wrong'}, {}):
            service = self.service('guarded', env=env)
            self.assertEqual(service.url, '')
            self.assertNotEqual(service.process.wait(30), 0)
            self.assertIn('the service cannot start', service.said())
        (WORLD / 'credentials').mkdir()
        (WORLD / 'credentials' / 'passphrase').write_text('correct horse battery\n')
        self.service('guarded', env={'CREDENTIALS_DIRECTORY': str(WORLD / 'credentials')}).end()

    def test_what_keeps_it_from_starting(self):
        with socket.create_server(('127.0.0.1', 0)) as taken:
            service = self.service(listen=f'127.0.0.1:{taken.getsockname()[1]}')
            self.assertEqual((service.url, service.process.wait(30)), ('', cli.IO))
        (WORLD / 'bad.conf').write_text('nonsense = 1\n')
        service = self.service('data', '--config', 'bad.conf')
        self.assertEqual((service.url, service.process.wait(30)), ('', cli.DAMAGED))

    def test_one_service_for_a_folder(self):
        """Two keepers would write into one journal."""
        first = self.service()
        second = self.service()
        self.assertEqual(second.url, '')
        self.assertNotEqual(second.process.wait(30), 0)
        self.assertIn('a service runs on this folder already', second.said())
        self.assertTrue(first.ready())
        first.end()

    def test_secrets_stay_where_they_belong(self):
        """The passphrase is in the environment of the parent and the keeper alone."""
        service = self.service('hidden', env={'YINXIN_PASSPHRASE': 'correct horse battery'})
        for pid, kind in service.children().items():
            environment = pathlib.Path('/proc', str(pid), 'environ').read_bytes()
            self.assertEqual(b'YINXIN_PASSPHRASE' in environment, kind == 'keeper', kind)
        service.end()

    @unittest.skipUnless(os.geteuid() == 0, 'needs root')
    def test_another_user(self):
        """What root makes belongs to the account that the service becomes, the demonstration too."""
        with tempfile.TemporaryDirectory() as world:
            os.chmod(world, 0o755)
            conf = pathlib.Path(world, 'user.conf')
            conf.write_text('user = nobody\n')
            data = pathlib.Path(world, 'data')
            service = self.service(data, '--config', conf, '--demo')
            self.assertEqual(service.get('/readyz'), b'ok\n')
            self.assertEqual(service.get('/demo/ca.cer')[:1], b'0')
            for path in (data, *data.rglob('*')):
                self.assertNotEqual(path.stat().st_uid, 0, path)
            for pid in (service.process.pid, *service.children()):
                status = pathlib.Path('/proc', str(pid), 'status').read_text()
                self.assertNotIn('\nUid:\t0\t', status)
            service.end()

    def test_memory(self):
        service = self.service()
        pages = 0
        for pid in (service.process.pid, *service.children()):
            for line in pathlib.Path('/proc', str(pid), 'smaps_rollup').read_text().splitlines():
                if line.startswith('Pss:'):
                    pages += int(line.split()[1])
        if 'asan' not in cli.PROGRAM:
            self.assertLess(pages, 60 * 1024)
        service.end()


class Sandboxes(Case):
    def test_every_process_is_confined(self):
        """REQ: SEC-24"""
        service = self.service()
        serve.wait_until(lambda: set(service.children().values()) == set(KINDS), 'all of them')
        time.sleep(1)
        for pid, kind in service.children().items():
            # A thread that began before its process was confined would not be.
            for thread in pathlib.Path('/proc', str(pid), 'task').iterdir():
                status = dict(line.split(':\t', 1) for line in
                              (thread / 'status').read_text().splitlines() if ':\t' in line)
                self.assertEqual(status['NoNewPrivs'], '1', kind)
                self.assertEqual(status['Seccomp'], '2', kind)
        self.assertEqual(sorted(set(service.children().values())), sorted(KINDS))
        service.end()

    def test_nothing_is_open_but_what_it_was_given(self):
        service = self.service()
        serve.wait_until(lambda: service.children('page'), 'a page process')
        time.sleep(1)
        for pid in service.children('page'):
            kinds = [os.readlink(f'/proc/{pid}/fd/{fd}').split(':')[0]
                     for fd in os.listdir(f'/proc/{pid}/fd')]
            self.assertFalse([kind for kind in kinds if kind.startswith(str(WORLD))], kinds)
        service.end()

    @unittest.skipUnless(os.geteuid() == 0 and platform.machine() == 'x86_64', 'needs root, x86-64')
    def test_a_forbidden_call_ends_the_process(self):
        """The running program is made to ask for a socket, or to send a signal: it dies of it, and
        the service lives. REQ: SEC-24"""
        service = self.service()
        for kind, call in (('page', 41), ('launcher', 41), ('keeper', 41), ('web', 62), ('web', 101)):
            serve.wait_until(lambda: service.children(kind), f'{kind} runs')
            time.sleep(0.5)
            pid = min(service.children(kind))
            self.assertEqual(make_call(pid, call), signal.SIGSYS, kind)
            serve.wait_until(lambda: service.ready() and len(service.children(kind)) > 0 and
                             pid not in service.children(), f'{kind} is back')
            self.assertIn(f'the process {kind} was ended by the signal 31', service.said())
        service.end()


class Registers(ctypes.Structure):
    _fields_ = [(name, ctypes.c_ulonglong) for name in (
        'r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs eflags rsp ss '
        'fs_base gs_base ds es fs gs').split()]


def make_call(pid, number):
    """Stops the process where it waits in the kernel, and has it make this call instead. Returns
    the signal that it died of."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    ATTACH, CONT, GETREGS, SETREGS = 16, 7, 12, 13

    def ptrace(what, data=None):
        if libc.ptrace(what, pid, None, data) != 0:
            raise OSError(ctypes.get_errno(), f'ptrace {what}')
    ptrace(ATTACH)
    os.waitpid(pid, 0)
    registers = Registers()
    ptrace(GETREGS, ctypes.byref(registers))
    registers.rip -= 2  # on the instruction `syscall`, behind which it waits
    registers.rax, registers.orig_rax = number, ctypes.c_ulonglong(-1).value
    registers.rdi, registers.rsi, registers.rdx = 2, 1, 0
    ptrace(SETREGS, ctypes.byref(registers))
    ptrace(CONT)
    while True:
        _, status = os.waitpid(pid, 0)
        if os.WIFSIGNALED(status):
            return os.WTERMSIG(status)
        if os.WIFEXITED(status):
            return 0
        ptrace(CONT, os.WSTOPSIG(status) if os.WSTOPSIG(status) != signal.SIGSTOP else None)


class Signals(Case):
    def test_stop(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            service = self.service()
            children = service.children()
            service.end(with_signal=number)
            self.assertFalse([pid for pid in children if os.path.exists(f'/proc/{pid}')])

    def test_a_terminal(self):
        """Ctrl-C reaches the whole group: the parent alone decides what it means."""
        service = self.service(start_new_session=True)
        children = service.children()
        os.killpg(service.process.pid, signal.SIGINT)
        self.assertEqual(service.process.wait(40), 0)
        self.assertNotIn('was ended by', service.said())
        self.assertFalse([pid for pid in children if os.path.exists(f'/proc/{pid}')])

    def test_the_end_of_the_parent_is_the_end_of_all(self):
        service = self.service()
        children = service.children()
        service.process.kill()
        service.process.wait()
        serve.wait_until(lambda: not [pid for pid in children if os.path.exists(f'/proc/{pid}')],
                         'children end')

    def test_reload(self):
        (WORLD / 'reload.conf').write_text('')
        service = self.service('data', '--config', 'reload.conf')
        failures, stop = [], threading.Event()

        def ask_again_and_again():
            while not stop.is_set():
                try:
                    if service.ask('GET', '/healthz')[0] != 200:
                        failures.append('status')
                except OSError as problem:
                    failures.append(problem)
        thread = threading.Thread(target=ask_again_and_again)
        thread.start()
        first = set(service.children('web'))
        (WORLD / 'reload.conf').write_text('log_requests = no\n')
        service.process.send_signal(signal.SIGHUP)
        serve.wait_until(lambda: len(service.children('web')) == 1 and
                         not first & set(service.children('web')), 'another web process')
        second = set(service.children('web'))
        # Settings that are wrong leave things as they are.
        (WORLD / 'reload.conf').write_text('nonsense = 1\n')
        service.process.send_signal(signal.SIGHUP)
        serve.wait_until(lambda: 'nonsense' in service.said(), 'the complaint')
        time.sleep(0.5)
        self.assertEqual(set(service.children('web')), second)
        stop.set()
        thread.join()
        self.assertEqual(failures, [])
        service.end()

    def reload(self, service, conf, text):
        conf.write_text(text)
        service.process.send_signal(signal.SIGHUP)

    @staticmethod
    def is_silent(service):
        """One web process serves, which logs no requests."""
        before = len(service.said())
        if not service.ready():
            return False
        time.sleep(0.1)
        return len(service.children('web')) == 1 and '/readyz' not in service.said()[before:]

    def test_a_reload_during_a_reload(self):
        """The settings that were read last count."""
        conf = WORLD / 'twice.conf'
        conf.write_text('')
        service = self.service('data', '--config', 'twice.conf')
        serve.wait_until(lambda: '/healthz' in service.said(), 'a line about a request')
        self.reload(service, conf, 'upload_max = 1M\n')
        serve.wait_until(lambda: len(service.children('web')) == 2, 'a second web process')
        self.reload(service, conf, 'log_requests = no\n')

        serve.wait_until(lambda: self.is_silent(service), 'a web process with the last settings', 30)
        service.end()

    def test_a_reload_during_a_start(self):
        """The one that begins with older settings does not end the newer one when it serves."""
        conf = WORLD / 'start.conf'
        conf.write_text('')
        service = self.service('data', '--config', 'start.conf')
        for _ in range(3):
            self.reload(service, conf, '')
            serve.wait_until(lambda: service.ready() and not self.is_silent(service), 'the usual settings', 30)
            first = min(service.children('web'))
            os.kill(first, signal.SIGKILL)
            serve.wait_until(lambda: service.children('web') and
                             first not in service.children('web'), 'another one')
            self.reload(service, conf, 'log_requests = no\n')
            serve.wait_until(lambda: self.is_silent(service), 'the last settings', 30)
        service.end()

    def test_more_workers_than_there_are(self):
        """page_workers counts from the next start: until then nobody asks a worker that there is not."""
        conf = WORLD / 'workers.conf'
        conf.write_text('page_workers = 1\n')
        service = self.service('data', '--config', 'workers.conf')
        first = set(service.children('web'))
        self.reload(service, conf, 'page_workers = 4\n')
        serve.wait_until(lambda: len(service.children('web')) == 1 and
                         not first & set(service.children('web')), 'another web process')
        answers = []

        def verify():
            for _ in range(5):
                answers.append(service.ask('POST', '/api/v1/verifications', b'no document')[0])
        threads = [threading.Thread(target=verify) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(set(answers), {400})  # what is no document
        self.assertEqual(len(service.children('page')), 1)
        service.end()

    def test_requests_have_their_time(self):
        """A service that ends lets a request end that takes longer than the usual time."""
        conf = WORLD / 'patient.conf'
        conf.write_text('stop_deadline = 1m\n')
        service = self.service('data', '--config', 'patient.conf')
        context = ssl.create_default_context(cafile=service.folder / 'tls.pem')
        connection = http.client.HTTPSConnection('127.0.0.1', service.port, timeout=60,
                                                 context=context)
        connection.putrequest('POST', '/api/v1/verifications')
        connection.putheader('Content-Length', '11')
        connection.endheaders(b'no ')
        time.sleep(0.5)
        service.process.send_signal(signal.SIGTERM)
        time.sleep(22)
        connection.send(b'document')
        self.assertEqual(connection.getresponse().status, 400)  # it is no document
        connection.close()
        self.assertEqual(service.process.wait(40), 0)

    def test_systemd(self):
        """Readiness, the watchdog and sockets that are given (sd_notify, sd_listen_fds)."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify, \
                socket.create_server(('127.0.0.1', 0)) as given:
            notify.bind(str(WORLD / 'notify'))
            notify.settimeout(20)
            port = given.getsockname()[1]

            def prepare():
                os.dup2(given.fileno(), 3)
                os.environ['LISTEN_PID'] = str(os.getpid())
            # The child's own pid is known behind the fork alone.
            script = f'LISTEN_PID=$$ exec {cli.PROGRAM} serve --data data'
            process = subprocess.Popen(
                ['sh', '-c', script], cwd=WORLD, preexec_fn=prepare, pass_fds=(3,),
                env=cli.environment(LISTEN_FDS='1', NOTIFY_SOCKET=str(WORLD / 'notify'),
                                    WATCHDOG_USEC='400000'), stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL, text=True)
            self.addCleanup(process.stdout.close)
            self.assertEqual(notify.recv(100), b'READY=1')
            self.assertEqual(process.stdout.readline(), f'https://127.0.0.1:{port}\n')
            self.assertEqual(notify.recv(100), b'WATCHDOG=1')
            process.send_signal(signal.SIGTERM)
            while (said := notify.recv(100)) == b'WATCHDOG=1':
                pass
            self.assertEqual(said, b'STOPPING=1')
            self.assertEqual(process.wait(30), 0)


class Authority(Case):
    """An authority in the data folder, whose key only the keeper has."""

    @classmethod
    def setUpClass(cls):
        service = Service()
        service.end()
        for name in ('ca', 'lost'):
            subprocess.run(['rm', '-rf', str(WORLD / 'data' / 'ca' / name)], check=True)
        secret = ('--passphrase-file', 'data/keys/secret')
        cls.must('ca', 'init', 'data/ca/ca', '--name', 'CN=Root,O=Test,C=CN', '--algorithm', 'p256',
                 *secret)
        cls.must('ca', 'issue', 'data/ca/ca', '--profile', 'tsa', '--subject', 'CN=TSA,O=Test,C=CN',
                 '-o', 'data/ca/ca/tsa', *secret)
        cls.must('ca', 'issue', 'data/ca/ca', '--profile', 'unit', '--subject',
                 'CN=unit,O=Test,C=CN', '-o', 'unit', *secret)
        (WORLD / 'password').write_text(PASSWORD + '\n')
        cls.must('ca', 'user', 'add', 'data/ca/ca', 'seven', '--profile', 'tls-client', '--subject',
                 '*', '--password-file', 'password')
        serve.tool('openssl', 'x509', '-in', 'data/ca/ca/ca.pem', '-out', 'root.pem')

    @staticmethod
    def must(*arguments):
        return cli.must(*arguments, passphrase=None)

    def request(self, name):
        serve.tool('openssl', 'req', '-new', '-newkey', 'ec', '-pkeyopt',
                   'ec_paramgen_curve:P-256', '-nodes', '-keyout', f'{name}.key', '-subj',
                   f'/CN={name}', '-outform', 'DER', '-out', f'{name}.csr')
        return base64.b64encode((WORLD / f'{name}.csr').read_bytes())

    def enrol(self, service, request):
        """EST: the certificate, or None."""
        context = ssl.create_default_context(cafile=WORLD / 'data' / 'tls.pem')
        connection = http.client.HTTPSConnection('127.0.0.1', service.port, timeout=40,
                                                 context=context)
        word = base64.b64encode(f'seven:{PASSWORD}'.encode()).decode()
        try:
            connection.request('POST', '/ca/.well-known/est/simpleenroll', request,
                               {'Content-Type': 'application/pkcs10',
                                'Authorization': f'Basic {word}'})
            reply = connection.getresponse()
            body = reply.read()
            return body if reply.status == 200 else None
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def journal(self):
        """The entries, the chain checked by the words of docs/operations.md."""
        chain, entries = bytes(32), []
        for path in sorted((WORLD / 'data/keys/journal').iterdir()):
            header, *lines = path.read_text().splitlines()
            self.assertEqual(header, f'yinxin journal v1 {chain.hex().upper()}')
            for line in lines:
                text, said = line.rsplit(' ', 1)
                chain = hashlib.new('sm3', chain + text.encode() + b' ').digest()
                self.assertEqual(chain.hex().upper(), said)
                number, _, key, purpose, _, leaf = text.split(' ')
                self.assertEqual(int(number), len(entries) + 1)
                entries.append((key, purpose, leaf))
        return entries

    def leaves(self):
        with sqlite3.connect(WORLD / 'data/ca/ca/ca.db') as base:
            return [(action, json.loads(details), bytes(leaf).hex().upper()) for
                    action, details, leaf in
                    base.execute('SELECT action, details, hash FROM audit_leaf ORDER BY id')]

    def test_answers(self):
        service = self.service()
        service.get('/ca/ca.cer')
        serve.wait_until(lambda: service.ask('GET', '/ca/crl/full.crl')[0] == 200, 'a CRL')
        (WORLD / 'full.crl').write_bytes(service.get('/ca/crl/full.crl'))
        self.assertIn('verify OK', serve.tool('openssl', 'crl', '-inform', 'DER', '-in', 'full.crl',
                                              '-CAfile', 'root.pem', '-noout'))
        serve.tool('openssl', 'ocsp', '-issuer', 'root.pem', '-cert', 'unit.pem', '-reqout', 'req')
        status, answer = service.ask('POST', '/ca/ocsp', (WORLD / 'req').read_bytes())
        self.assertEqual(status, 415)  # without its content type
        said = serve.tool('curl', '-s', '--cacert', 'data/tls.pem', '--data-binary', '@req', '-H',
                          'Content-Type: application/ocsp-request', '-o', 'rsp', '-w',
                          '%{http_code}', service.url + '/ca/ocsp')
        self.assertEqual(said, '200')
        self.assertIn('unit.pem: good', serve.tool(
            'openssl', 'ocsp', '-respin', 'rsp', '-issuer', 'root.pem', '-cert', 'unit.pem',
            '-CAfile', 'root.pem', '-no_nonce'))
        (WORLD / 'data.txt').write_text('data')
        serve.tool('openssl', 'ts', '-query', '-data', 'data.txt', '-sha256', '-cert', '-out', 'tsq')
        self.assertEqual('200', serve.tool(
            'curl', '-s', '--cacert', 'data/tls.pem', '--data-binary', '@tsq', '-H',
            'Content-Type: application/timestamp-query', '-o', 'tsr', '-w', '%{http_code}',
            service.url + '/ca/tsa'))
        self.assertIn('OK', serve.tool('openssl', 'ts', '-verify', '-queryfile', 'tsq', '-in', 'tsr',
                                       '-CAfile', 'root.pem'))
        service.end()

    def test_a_key_elsewhere(self):
        """A place outside of the folder is left open to the keeper's sandbox."""
        folder = WORLD / 'data/ca/ca'
        (folder / 'ca.key').rename(WORLD / 'outside.key')
        conf = folder / 'ca.conf'
        before = conf.read_text() if conf.exists() else ''
        conf.write_text(f'{before}\nkey = "{WORLD}/outside.key"\n')
        try:
            service = self.service()
            self.assertIsNotNone(self.enrol(service, self.request('elsewhere')))
            service.end()
        finally:
            (WORLD / 'outside.key').rename(folder / 'ca.key')
            conf.write_text(before)

    def test_a_broken_one_beside_it(self):
        """An authority that cannot be read is told of; the others serve."""
        for name, settings in (('broken', 'nonsense = 1\n'), ('two words', '')):
            shutil.copytree(WORLD / 'data/ca/ca', WORLD / 'data/ca' / name)
            with open(WORLD / 'data/ca' / name / 'ca.conf', 'a') as conf:
                conf.write(settings)
        try:
            service = self.service()
            self.assertEqual(service.get('/ca/ca.cer')[:1], b'0')
            self.assertIsNotNone(self.enrol(service, self.request('beside')))
            for name in ('broken', 'two words'):
                self.assertIn(f'{name}: ', service.said())
            service.end()
        finally:
            shutil.rmtree(WORLD / 'data/ca/broken')
            shutil.rmtree(WORLD / 'data/ca/two words')

    def test_issuing_stands_in_the_journal(self):
        """REQ: SEC-08"""
        service = self.service()
        before = len(self.journal())
        self.assertIsNotNone(self.enrol(service, self.request('one')))
        entries = self.journal()
        self.assertEqual(len(entries), before + 1)
        key, purpose, leaf = entries[-1]
        self.assertEqual((key, purpose), ('ca/ca', 'certificate'))
        allowed = [details['signs'] for action, details, digest in self.leaves()
                   if digest == leaf and action == 'ca.certificate.issue']
        self.assertEqual([(signs['key'], signs['purpose']) for signs in allowed],
                         [('ca/ca', 'certificate')])
        service.end()

    def test_killed_at_random(self):
        """Whatever is killed whenever: the service comes back by itself, every certificate that was
        given out is on record, and every signature in the journal has its leaf."""
        service = self.service()
        random.seed(20)
        given, stop = [], threading.Event()

        def ask_again_and_again(name):
            count = 0
            while not stop.is_set():
                count += 1
                if (body := self.enrol(service, self.request(f'{name}-{count}'))) is not None:
                    given.append(body)
        threads = [threading.Thread(target=ask_again_and_again, args=(f'many{i}',))
                   for i in range(3)]
        for thread in threads:
            thread.start()
        for i in range(ROUNDS):
            kind = KINDS[i % len(KINDS)]
            serve.wait_until(lambda: service.children(kind), f'{kind} runs')
            victim = random.choice(sorted(service.children(kind)))
            os.kill(victim, signal.SIGKILL)
            time.sleep(random.uniform(0.2, 1))
        stop.set()
        for thread in threads:
            thread.join()
        serve.wait_until(service.ready, 'the service is back', 60)
        self.assertIsNotNone(self.enrol(service, self.request('last')))
        self.assertGreater(len(given), 4)
        service.end()
        with sqlite3.connect(WORLD / 'data/ca/ca/ca.db') as base:
            bodies = {bytes(body) for (body,) in
                      base.execute('SELECT body FROM certificate WHERE state = 1')}
        for body in given:
            der = base64.b64decode(body)
            self.assertTrue(any(certificate in der for certificate in bodies))
        leaves = {digest for _, _, digest in self.leaves()}
        for key, purpose, leaf in self.journal():
            self.assertIn(leaf, leaves)
        for folder in ('data', 'data/ca/ca'):
            self.must('audit', 'verify', '--data', folder)


if __name__ == '__main__':
    unittest.main()
