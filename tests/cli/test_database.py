#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""yinxin database move: a service that began on a SQLite file goes on in PostgreSQL.

Needs a PostgreSQL server; skipped where there is none."""
import json
import pathlib
import shutil
import sqlite3
import tempfile
import unittest

import test_cli as cli
from test_cli import DAMAGED, NO_INPUT, OK, REFUSED, USAGE, must
from test_nodes import PASSWORD, Node, postgres

SERVER = None


def setUpModule():
    global SERVER
    if postgres.programs() is None:
        raise unittest.SkipTest('skipped: no PostgreSQL server is installed')
    cli.setUpModule()
    SERVER = postgres.Server()
    SERVER.start()


def tearDownModule():
    if SERVER:
        SERVER.stop()
        cli.tearDownModule()


class Administrator:
    def __init__(self, node, name='security'):
        self.node = node
        if name in node.links:
            status, told, _ = node.ask('POST', '/api/v1/links',
                                       {'token': node.links[name], 'password': PASSWORD})
            assert status in (200, 204), told
        status, told, headers = node.ask('POST', '/api/v1/session', {'name': name, 'password': PASSWORD})
        assert status in (200, 201), told
        self.shown = {'Cookie': headers['Set-Cookie'].split(';')[0], 'X-CSRF-Token': told['csrf']}

    def ask(self, method, path, value=None):
        status, told, _ = self.node.ask(method, path, value, self.shown)
        return status, told

    def must(self, method, path, value=None):
        status, told = self.ask(method, path, value)
        assert status in (200, 201, 204), f'{method} {path}: {status} {told}'
        return told


class Move(unittest.TestCase):
    def setUp(self):
        self.name = f'moved{self.id().rsplit("_", 1)[1].lower()}'
        SERVER.call('createdb', '-h', SERVER.folder, '-U', 'yinxin', self.name)
        self.uri = SERVER.uri.replace('/postgres?', f'/{self.name}?')
        self.folder = tempfile.mkdtemp(prefix='yinxin-move-')
        self.addCleanup(shutil.rmtree, self.folder)
        self.data = pathlib.Path(self.folder)
        self.node = Node(self.data)
        self.addCleanup(lambda: self.node.stop())

    def restart(self):
        self.node.stop()
        self.node = Node(self.data)

    def move(self, *more, to=None):
        return ('database', 'move', '--data', self.data, '--to', to or self.uri, *more)

    def refused(self, code, *command, says):
        done = cli.run(*command)
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertIn(says, done.stderr)

    def records(self):
        return [json.loads(line) for line in
                must('audit', 'list', '--data', self.data, '--json').splitlines()]

    def manager(self):
        """Somebody who manages parties."""
        link = must('account', 'add', 'manager', '--data', self.data, '--role', 'registration-authority').strip()
        self.node.links['manager'] = link.rsplit('=', 1)[1]
        return Administrator(self.node, 'manager')

    def test_goes_on(self):
        admin, manager = Administrator(self.node, 'admin'), self.manager()
        accounts = {admin.must('POST', '/api/v1/accounts', {'name': f'clerk-{i}'})['id'] for i in range(30)}
        unit, bureau = (manager.must('POST', '/api/v1/parties', {'kind': 'organisation', 'type': 'user', 'nature': 'court',
                                                            'name_zh': name})['id']
                        for name in ('某科', '某局'))
        # The row of the unit stands before the one that it refers to.
        manager.must('POST', f'/api/v1/parties/{unit}/move', {'parent': bureau})
        self.refused(REFUSED, *self.move(), says='runs on this folder already')
        self.node.stop()
        before = self.records()
        self.refused(USAGE, *self.move(to=self.data / 'other.db'), says='PostgreSQL')
        self.assertRegex(must(*self.move()), r'^\d+ rows are in the PostgreSQL database')
        self.refused(REFUSED, *self.move(), says='not empty')

        (self.data / 'yinxin.conf').write_text(f'database = "{self.uri}"\n')
        (self.data / 'yinxin.db').rename(self.data / 'old.db')
        self.refused(USAGE, *self.move(), says='already')
        after = self.records()
        self.assertEqual([record['action'] for record in after[:len(before) + 1]],
                         [*(record['action'] for record in before), 'database.move'])
        self.node = Node(self.data)
        admin, manager = Administrator(self.node, 'admin'), Administrator(self.node, 'manager')
        made = admin.must('POST', '/api/v1/accounts', {'name': 'after'})['id']
        found = {item['id'] for item in admin.must('GET', '/api/v1/accounts?limit=100')['items']}
        self.assertLessEqual({made, *accounts}, found)
        self.assertEqual(manager.must('GET', f'/api/v1/parties/{unit}')['parent'], bureau)
        # What was refused is refused again: rows of nobody, and that the list does not only grow.
        for sql in ("UPDATE login_session SET account = 'nobody'", 'DELETE FROM audit_leaf',
                    'UPDATE audit_number SET number = 0'):
            self.assertNotEqual(self.psql(sql).returncode, 0, sql)
        for sql in ('SELECT count(*) FROM pg_constraint WHERE condeferrable',
                    "SELECT count(*) FROM pg_trigger WHERE tgenabled = 'D'"):
            self.assertEqual(self.psql(sql).stdout.strip(), '0', sql)
        self.node.stop()
        self.assertIn('are sound', must('audit', 'verify', '--data', self.data))

    def psql(self, sql):
        return cli.subprocess.run([f'{SERVER.bin}/psql', '-At', '-h', SERVER.folder, '-U', 'yinxin', '-d',
                                   self.name, '-c', sql], capture_output=True, text=True)

    def test_all_or_nothing(self):
        Administrator(self.node)
        self.node.stop()
        base = sqlite3.connect(self.data / 'yinxin.db')
        base.execute('UPDATE login_session SET account = ?', ('nobody',))
        base.commit()
        base.close()
        done = cli.run(*self.move())
        self.assertNotEqual(done.returncode, OK)
        self.assertEqual(self.psql('SELECT count(*) FROM login_account').stdout.strip(), '0')

    def test_other_version(self):
        self.node.stop()
        base = sqlite3.connect(self.data / 'yinxin.db')
        base.execute("DELETE FROM yx_migration WHERE schema = 'upload'")
        base.commit()
        base.close()
        self.refused(REFUSED, *self.move(), says='start the service once')
        (self.data / 'yinxin.db').unlink()
        self.refused(NO_INPUT, *self.move(to=self.uri.replace(self.name, 'none')), says='')
        (self.data / 'yinxin.db').write_bytes(b'SQLite format 3\0' + bytes(5000))
        self.refused(DAMAGED, *self.move(), says='')


if __name__ == '__main__':
    unittest.main()
