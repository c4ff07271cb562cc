#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""yinxin backup and restore; audit for people without the database: exports, witnesses, reviews. REQ: AUD-01, AUD-02, AUD-03, SEC-20, SEC-24"""
import json
import os
import signal
import sqlite3
import ssl
import subprocess
import time
import unittest
import urllib.request

import test_cli as cli
from test_cli import DAMAGED, NO_INPUT, NO_OUTPUT, OK, REFUSED, USAGE, must


def setUpModule():
    cli.setUpModule()


def tearDownModule():
    cli.tearDownModule()


class Folder(cli.Case):
    def setUp(self):
        super().setUp()
        self.ca = self.folder / 'ca'
        must('ca', 'init', self.ca, '--name', 'CN=测试根CA,O=测试机构,C=CN')
        for name in ('log', 'witness'):
            must('ca', 'issue', self.ca, '--profile', 'person', '--subject', f'CN={name},O=某单位,C=CN',
                 '-o', self.folder / name)
        self.signed = ('--cert', self.folder / 'log.pem', '--key', self.folder / 'log.key')
        self.log = ('--cert', self.folder / 'log.pem', '--name', 'ca')

    def checkpoint(self):
        must('audit', 'checkpoint', '--data', self.ca, *self.signed, '-o', self.folder / 'note')


class Backup(Folder):
    def backup(self, *more, **extra):
        return ('backup', '--data', self.ca, '-o', self.folder / 'b', *more)

    def restore(self, *more):
        return ('restore', '-i', self.folder / 'b', *more)

    def test_there_and_back(self):
        self.checkpoint()
        self.assertIn('3 audit records', must(*self.backup()))
        self.assertIn('sound', must(*self.restore('--verify')))
        self.assertIn('sound', must(*self.restore('--verify', '--data', self.folder / 'back')))
        self.assertFalse((self.folder / 'back').exists())
        self.expect(USAGE, *self.restore('--data', self.folder / 'back', '--tell', self.ca))
        must(*self.restore('--verify', '--tell', self.ca))
        tried = json.loads(must('audit', 'list', '--data', self.ca, '--action', 'backup.try', '--json'))
        made = json.loads(must('audit', 'list', '--data', self.ca, '--action', 'backup.make', '--json'))
        self.assertEqual(json.loads(tried['details'])['sm3'], json.loads(made['details'])['sm3'])
        must(*self.restore('--data', self.folder / 'back'))
        self.assertEqual((self.folder / 'back/ca.key').read_bytes(), (self.ca / 'ca.key').read_bytes())
        actions = [json.loads(line)['action'] for line in
                   must('audit', 'list', '--data', self.folder / 'back', '--json').splitlines()]
        self.assertEqual(actions[-1], 'backup.restore')
        self.assertIn(f'  cli:uid={os.getuid()}', must('audit', 'list', '--data', self.folder / 'back',
                                                       '--action', 'backup.restore'))
        self.assertIn('backup.make', must('audit', 'list', '--data', self.ca))
        # The authority goes on where it was.
        must('ca', 'issue', self.folder / 'back', '--profile', 'person', '--subject', 'CN=after,C=CN',
             '-o', self.folder / 'after')
        self.expect(REFUSED, *self.restore('--data', self.folder / 'back'), says='not empty')

    def test_keys(self):
        must(*self.backup())
        self.expect(REFUSED, *self.restore('--verify'), passphrase='wrong', says='passphrase')
        must(*self.backup('--recipient', self.folder / 'witness.pem'))
        self.expect(REFUSED, *self.restore('--verify'), says='certificate')
        self.expect(USAGE, *self.restore('--verify', '--cert', self.folder / 'witness.pem'))
        self.expect(REFUSED, *self.restore('--verify', '--cert', self.folder / 'log.pem',
                                           '--key', self.folder / 'log.key'), says='another certificate')
        must(*self.restore('--verify', '--cert', self.folder / 'witness.pem', '--key',
                           self.folder / 'witness.key'))

    def test_damage(self):
        must(*self.backup())
        file = self.folder / 'b'
        whole = file.read_bytes()
        before = sorted(path.name for path in self.folder.iterdir())
        for broken in (whole[:-1], whole + b'x', whole[:70000], whole[:200] + b'x' + whole[201:], b''):
            file.write_bytes(broken)
            self.expect(DAMAGED, *self.restore('--data', self.folder / 'back'))
        self.expect_left(*before)

    def test_forged_lists_stay_away(self):
        base = sqlite3.connect(self.ca / 'ca.db')
        for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            base.execute(f'DROP TRIGGER {name}')
        base.execute("UPDATE audit_leaf SET actor = 'nobody' WHERE id = 2")
        base.commit()
        base.close()
        must(*self.backup())
        self.expect(DAMAGED, *self.restore('--data', self.folder / 'back'), says='leaf 2')
        self.assertFalse((self.folder / 'back').exists())

    def test_usage(self):
        self.expect(USAGE, 'backup', '--data', self.ca)
        self.expect(USAGE, 'restore', '-i', self.folder / 'b')
        self.expect(NO_INPUT, *self.restore('--verify'))
        self.expect(NO_INPUT, 'backup', '--data', self.folder / 'none', '-o', self.folder / 'b')
        self.expect(NO_OUTPUT, 'backup', '--data', self.ca, '-o', self.folder / 'none/b')


class Auditors(Folder):
    def test_search(self):
        must('ca', 'revoke', self.ca, self.folder / 'log.pem', '--reason', 'superseded')
        listed = ('audit', 'list', '--data', self.ca, '--json')

        def numbers(*more):
            return [json.loads(line)['number'] for line in must(*listed, *more).splitlines()]
        self.assertEqual(numbers('--action', 'ca.certificate.issue'), [3, 2])
        self.assertEqual(numbers('--action', 'ca.'), [4, 3, 2, 1])
        self.assertEqual(len(numbers('--action', 'ca.', '--count', '2')), 2)
        self.assertEqual(numbers('--actor', 'nobody'), [])
        self.assertEqual(numbers('--since', '2100-01-01'), [])
        self.assertEqual(numbers('--until', '2020-01-01'), [])
        self.assertEqual(numbers('--since', '2020-01-01', '--until', '2100-01-01'), [4, 3, 2, 1])
        self.expect(USAGE, *listed, '--actor', 'x', '--from', '2')
        self.assertIn('证书已吊销', must('audit', 'list', '--data', self.ca, env={'LC_ALL': 'zh_CN.UTF-8'}))

    def test_export(self):
        file = self.folder / 'records'
        export = ('audit', 'export', '--data', self.ca, '-o', file)
        self.expect(REFUSED, *export)
        self.checkpoint()
        must(*export, '--from', '2')
        self.assertEqual(len(file.read_text().splitlines()), 3)
        self.assertIn('2 to 3', must('audit', 'check', file, *self.log))
        self.expect(REFUSED, 'audit', 'check', file, '--cert', self.folder / 'witness.pem', '--name', 'ca')
        file.write_text(file.read_text().replace('"actor":"cli', '"actor":"cla'))
        self.expect(DAMAGED, 'audit', 'check', file, *self.log, says='leaf 2')
        self.expect(REFUSED, *export, '--to', '4')

    def test_witness(self):
        growth, note, state = self.folder / 'growth', self.folder / 'signed', self.folder / 'state'

        def grow(old):
            must('audit', 'growth', '--data', self.ca, '--old', old, '-o', growth)
        witness = ('audit', 'witness', growth, '--state', state, '--name', 'w', '--cert',
                   self.folder / 'witness.pem', '--key', self.folder / 'witness.key', '--log-name', 'ca',
                   '--log-cert', self.folder / 'log.pem', '-o', note)
        cosigned = ('audit', 'cosigned', note, '--data', self.ca, '--name', 'w', '--cert')
        self.checkpoint()
        grow(0)
        must(*witness)
        self.assertIn('1 signatures', must(*cosigned, self.folder / 'witness.pem'))
        self.assertIn('0 signatures', must(*cosigned, self.folder / 'log.pem'))
        # The next one must grow out of what was signed.
        must('ca', 'revoke', self.ca, self.folder / 'witness.pem', '--reason', 'superseded')
        self.checkpoint()
        grow(0)
        self.expect(REFUSED, *witness, says='3 leaves')
        grow(3)
        must(*witness)
        # Evidence has both signatures from now on.
        must(*cosigned, self.folder / 'witness.pem')
        must('audit', 'prove', '--data', self.ca, '--record', '2', '-o', self.folder / 'evidence')
        must('audit', 'check', self.folder / 'evidence', '--cert', self.folder / 'witness.pem', '--name', 'w')
        must('audit', 'check', self.folder / 'evidence', *self.log)
        # Somebody else's list.
        other = self.folder / 'other/ca'
        other.parent.mkdir()
        must('ca', 'init', other, '--name', 'CN=另一个,O=测试机构,C=CN')
        for i in range(4):
            must('ca', 'issue', other, '--profile', 'person', '--subject', f'CN={i},C=CN', '-o',
                 self.folder / f'other/{i}')
        must('audit', 'checkpoint', '--data', other, *self.signed, '-o', self.folder / 'note')
        must('audit', 'growth', '--data', other, '--old', '4', '-o', growth)
        self.expect(REFUSED, *witness)
        self.expect(USAGE, *witness[:-2])

    def test_review(self):
        review = ('audit', 'review', '--data', self.ca, '--by', '张三')
        self.assertIn('1 to 3', must(*review, '--finding', '未发现问题'))
        must(*review, '--from', '2', '--to', '3', '--finding', '印章超期', '--handling', '已注销')
        listed = must('audit', 'list', '--data', self.ca, '--action', 'audit.review.make', '--json')
        newest = json.loads(listed.splitlines()[0])
        self.assertEqual(newest['object'], 'audit:2-3')
        self.assertEqual(json.loads(newest['details']),
                         {'by': '张三', 'finding': '印章超期', 'handling': '已注销'})
        self.expect(USAGE, *review, '--to', '99')
        self.expect(USAGE, 'audit', 'review', '--data', self.ca)


class Service(cli.Case):
    """`yinxin serve` runs all the while."""

    def setUp(self):
        super().setUp()
        self.data = self.folder / 'data'
        self.data.mkdir(mode=0o700)
        witness = self.folder / 'court.pem'
        must('ca', 'init', self.folder / 'ca', '--name', 'CN=测试根CA,O=测试机构,C=CN')
        must('ca', 'issue', self.folder / 'ca', '--profile', 'person', '--subject', 'CN=court,C=CN',
             '-o', self.folder / 'court')
        (self.data / 'yinxin.conf').write_text(f'listen = "127.0.0.1:0"\naudit_witnesses = {{"{witness}"}}\n')
        self.log = open(self.folder / 'log', 'w+')
        self.service = subprocess.Popen([cli.PROGRAM, 'serve', '--data', self.data], stdout=subprocess.PIPE,
                                        stderr=self.log, env=cli.environment(), text=True)
        self.addCleanup(self.stop)
        for line in self.service.stdout:
            if line.startswith('https://'):
                self.url = line.strip().replace('127.0.0.1', 'localhost')
                break
        else:
            self.fail((self.folder / 'log').read_text())

    def stop(self):
        if self.service.poll() is None:
            self.service.send_signal(signal.SIGTERM)
        self.service.wait(30)
        self.service.stdout.close()
        self.log.close()

    def get(self, path):
        context = ssl.create_default_context(cafile=str(self.data / 'tls.pem'))
        with urllib.request.urlopen(self.url + '/api/v1/audit/' + path, context=context, timeout=20) as reply:
            return reply.read().decode()

    def checkpoint(self):
        for _ in range(100):
            try:
                return self.get('checkpoint')
            except urllib.error.HTTPError:
                time.sleep(0.1)
        raise AssertionError('no checkpoint')

    def test_a_witness_asks_the_service(self):
        self.checkpoint()
        (self.folder / 'key.pem').write_text(self.get('key'))
        witness = ('audit', 'witness', self.url, '--tls-ca', self.data / 'tls.pem', '--state',
                   self.folder / 'state', '--cert', self.folder / 'court.pem', '--key',
                   self.folder / 'court.key', '--log-name', 'yinxin', '--log-cert', self.folder / 'key.pem',
                   '--name')
        must(*witness, 'court')
        self.assertIn('— court ', self.checkpoint())
        # The list grows, and so does what the witness has seen.
        must('audit', 'review', '--data', self.data, '--by', 'x', '--finding', '-')
        before = self.checkpoint().splitlines()[1]
        for _ in range(100):
            if self.checkpoint().splitlines()[1] != before:
                break
            time.sleep(0.1)
        must(*witness, 'court')
        note = self.checkpoint()
        self.assertIn('— court ', note)
        self.assertNotEqual(note.splitlines()[1], before)
        text = must('audit', 'verify', '--data', self.data, '--cert', self.folder / 'key.pem')
        self.assertIn('are sound', text)
        self.assertIn("keeper's journal", text)

    def test_backup_while_it_runs(self):
        self.checkpoint()
        done = self.expect(OK, 'backup', '--data', self.data, '-o', self.folder / 'b')
        # What is not in the folder is told, and nothing else is.
        self.assertEqual(done.stderr, f"yinxin: {self.folder / 'court.pem'} is not in this backup\n")
        self.assertIsNone(self.service.poll())
        self.checkpoint()
        (self.data / 'ca/far').mkdir()
        (self.data / 'ca/far/ca.conf').write_text('database = "postgresql://127.0.0.1:1/none"\n')
        (self.data / 'keys/secret').rename(self.folder / 'secret')
        done = self.expect(OK, 'backup', '--data', self.data, '-o', self.folder / 'c')
        self.assertEqual(done.stderr.splitlines()[1:], [
            'yinxin: the passphrase of the keys is not in this backup',
            f"yinxin: the database of {self.data / 'ca/far'} is not in this backup"])
        (self.folder / 'secret').rename(self.data / 'keys/secret')
        must('restore', '-i', self.folder / 'b', '--data', self.folder / 'back')
        for name in ('keys/audit.key', 'keys/secret', 'tls.pem', 'yinxin.conf'):
            self.assertEqual((self.folder / 'back' / name).read_bytes(), (self.data / name).read_bytes())
        self.assertEqual((self.folder / 'back/keys').stat().st_mode & 0o777, 0o700)
        must('audit', 'verify', '--data', self.folder / 'back')

    def test_doctor(self):
        self.checkpoint()
        done = cli.run('doctor', '--data', self.data, '--json', passphrase=None)
        self.assertEqual(done.returncode, 2, done.stdout)
        report = json.loads(done.stdout)
        self.assertEqual(report['result'], 'warning')
        grades = {found['check']: found['result'] for found in report['findings']}
        for check in ('folder', 'settings', 'database', 'keys', 'certificates', 'audit', 'journal', 'documents'):
            self.assertEqual(grades[check], 'ok', check)
        self.assertEqual(grades['backup'], 'warning')
        # A passphrase in the environment counts, as it does for the service.
        done = cli.run('doctor', '--data', self.data, passphrase='another')
        self.assertRegex(done.stdout, r'warning +keys .*audit.key does not open')
        (self.data / 'keys/audit.key').chmod(0o644)
        self.expect(REFUSED, 'doctor', '--data', self.data, '--full', says='chmod 600')
        self.expect(USAGE, 'doctor')


if __name__ == '__main__':
    unittest.main()
