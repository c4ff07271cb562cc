#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""yinxin audit: what an authority did, and who finds out when the list of it was changed. REQ: AUD-01, AUD-02"""
import json
import sqlite3
import unittest

import test_cli as cli
from test_cli import DAMAGED, NO_INPUT, REFUSED, USAGE, must


def setUpModule():
    cli.setUpModule()


def tearDownModule():
    cli.tearDownModule()


class Audit(cli.Case):
    def setUp(self):
        super().setUp()
        self.ca = self.folder / 'ca'
        must('ca', 'init', self.ca, '--name', 'CN=测试根CA,O=测试机构,C=CN')
        must('ca', 'issue', self.ca, '--profile', 'unit', '--subject', 'CN=某单位,O=某单位,C=CN',
             '-o', self.folder / 'unit')
        must('ca', 'issue', self.ca, '--profile', 'person', '--subject', 'CN=审计员,O=某单位,C=CN',
             '-o', self.folder / 'auditor')
        self.signed = ('--cert', self.folder / 'auditor.pem', '--key', self.folder / 'auditor.key')

    def checkpoint(self, name):
        must('audit', 'checkpoint', '--data', self.ca, *self.signed, '-o', self.folder / name)
        return self.folder / name

    def verify(self, *more):
        return ('audit', 'verify', '--data', self.ca, *more)

    def change(self, statement):
        """As the owner of the database may."""
        base = sqlite3.connect(self.ca / 'ca.db')
        for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            base.execute(f'DROP TRIGGER {name}')
        base.execute(statement)
        base.commit()
        base.close()

    def test_everything_is_listed(self):
        must('ca', 'revoke', self.ca, self.folder / 'unit.pem', '--reason', 'superseded')
        text = must('audit', 'list', '--data', self.ca)
        for action in ('ca.authority.create', 'ca.certificate.issue', 'ca.certificate.revoke'):
            self.assertIn(action, text)
        records = [json.loads(line) for line in must('audit', 'list', '--data', self.ca, '--json').splitlines()]
        self.assertEqual([record['number'] for record in records], [1, 2, 3, 4])
        self.assertEqual(json.loads(records[3]['details']), {'reason': 'superseded'})
        self.assertEqual(must('audit', 'list', '--data', self.ca, '--from', '3', '--count', '1').count('\n'), 1)

    def test_a_sound_list(self):
        first = self.checkpoint('first.note')
        must('ca', 'revoke', self.ca, self.folder / 'unit.pem', '--reason', 'superseded')
        self.checkpoint('second.note')
        text = must(*self.verify('--cert', self.folder / 'auditor.pem', '--checkpoint', first))
        self.assertIn('4 records and 2 checkpoints', text)

    def test_changed_records_are_found(self):
        self.change("UPDATE audit_leaf SET actor = 'nobody' WHERE id = 2")
        self.expect(DAMAGED, *self.verify(), says='leaf 2')
        self.expect(DAMAGED, 'audit', 'list', '--data', self.ca, says='leaf 2')

    def test_records_that_are_gone_are_found(self):
        kept = self.checkpoint('kept.note')
        self.change('DELETE FROM audit_number WHERE number = 3')
        self.expect(DAMAGED, *self.verify(), says='some are gone')
        self.expect(DAMAGED, 'audit', 'checkpoint', '--data', self.ca, *self.signed, '-o', self.folder / 'x',
                    says='some are gone')
        self.change('DELETE FROM audit_checkpoint')
        self.expect(DAMAGED, *self.verify('--checkpoint', kept), says='some are gone')

    def test_checkpoints_of_others(self):
        kept = self.checkpoint('kept.note')
        self.expect(REFUSED, *self.verify('--cert', self.folder / 'unit.pem'))
        self.expect(REFUSED, *self.verify('--cert', self.folder / 'auditor.pem', '--name', 'other'))
        kept.write_text(kept.read_text().replace('\n3\n', '\n2\n'))
        self.expect(REFUSED, *self.verify('--cert', self.folder / 'auditor.pem', '--checkpoint', kept))
        kept.write_text('nothing')
        self.expect(DAMAGED, *self.verify('--checkpoint', kept))

    def test_a_record_as_evidence(self):
        evidence = self.folder / 'evidence'
        prove = ('audit', 'prove', '--data', self.ca, '--record', '2', '-o', evidence)
        self.expect(REFUSED, *prove, says='audit checkpoint')
        self.checkpoint('note')
        must(*prove)
        check = ('audit', 'check', evidence, '--name', 'ca', '--cert')
        shown = must(*check, self.folder / 'auditor.pem')
        self.assertIn('ca.certificate.issue', shown)
        self.assertIn('3 records', shown)
        self.expect(REFUSED, *check, self.folder / 'unit.pem')
        evidence.write_text(evidence.read_text().replace('\n2\n', '\n1\n', 1))
        self.expect(REFUSED, *check, self.folder / 'auditor.pem')
        evidence.write_text('nothing')
        self.expect(DAMAGED, *check, self.folder / 'auditor.pem')
        self.expect(REFUSED, 'audit', 'prove', '--data', self.ca, '--record', '4', '-o', evidence)

    def test_usage(self):
        self.expect(USAGE, 'audit', 'list')
        self.expect(USAGE, 'audit', 'list', '--data', self.ca, '--from', '0')
        self.expect(NO_INPUT, 'audit', 'verify', '--data', self.folder / 'none')
        self.expect(NO_INPUT, *self.verify('--checkpoint', self.folder / 'none'))


if __name__ == '__main__':
    unittest.main()
