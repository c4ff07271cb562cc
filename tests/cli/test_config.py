#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""yinxin config: the settings of a service shown and checked, and yinxin.conf(5) beside them.

Run as test_cli.py. Needs Python 3 alone.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import test_cli as cli
from test_cli import DAMAGED, NO_INPUT, USAGE, must, run


class Config(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.data = pathlib.Path(folder.name)
        self.file = self.data / 'yinxin.conf'

    def show(self, *more, **how):
        return must('config', 'show', '--data', self.data, *more, cwd=self.data, **how)

    def check(self):
        return must('config', 'check', '--data', self.data, cwd=self.data)

    def refuse(self, code, says, *arguments):
        done = run('config', *arguments, cwd=self.data)
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertIn(says, done.stderr)
        self.assertEqual(done.stdout, '')

    def test_all_settings_with_where_they_come_from(self):
        self.file.write_text('threads = 3\n\nupload_max = 1G\n')
        lines = self.show().splitlines()
        self.assertIn(f'threads = 3  # {self.file}:1', lines)
        self.assertIn(f'upload_max = 1G  # {self.file}:3', lines)
        self.assertIn('listen = {"127.0.0.1:8443"}  # usual', lines)
        self.assertIn(f'database = "{self.data}/yinxin.db"  # usual', lines)

    def test_what_is_shown_is_a_settings_file(self):
        self.file.write_text('user = "a\\"b"\nmetrics_from = {}\ntrusted_proxies = {"10.0.0.0/8", "::1"}\n')
        for more in ((), ('--explain',)):
            other = self.data / 'other.conf'
            other.write_text(self.show(*more))
            values = [[(setting['name'], setting['value']) for setting in
                       json.loads(self.show('--json', *file))] for file in ((), ('--config', other))]
            self.assertEqual(*values)

    def test_for_programs(self):
        self.file.write_text('\nthreads = 3\n')
        settings = {setting['name']: setting for setting in json.loads(self.show('--json'))}
        self.assertEqual(settings['threads']['value'], '3')
        self.assertEqual(settings['threads']['usual'], '8')
        self.assertEqual(settings['threads']['from'], {'file': str(self.file), 'line': 2})
        self.assertNotIn('from', settings['listen'])

    def test_help_in_both_languages(self):
        self.assertIn('# The key of this certificate.', self.show('--explain'))
        self.assertIn('# 该证书的私钥。', self.show('--explain', env={'LC_ALL': 'zh_CN.UTF-8'}))

    def test_no_secrets(self):
        self.file.write_text('database = "postgresql://yx:geheim@db/yx"\n')
        for more in ((), ('--json',)):
            self.assertNotIn('geheim', self.show(*more))

    def test_check(self):
        self.assertIn('0 settings are set', self.check())
        self.file.write_text('threads = 3\n')
        self.assertIn('1 settings are set', self.check())

    def test_what_is_wrong(self):
        self.file.write_text('threads = 3\nthread = 3\n')
        self.refuse(DAMAGED, 'line 2', 'check', '--data', self.data)
        self.refuse(DAMAGED, "no such option 'thread'", 'show', '--data', self.data)
        self.file.write_text('threads = 0\n')
        self.refuse(DAMAGED, f'{self.file}:1: threads must be 1 to 256, not 0', 'check', '--data', self.data)
        self.file.write_text('blobs_key = "none"\n')
        self.refuse(NO_INPUT, f'{self.data}/none, the blobs_key', 'check', '--data', self.data)
        self.file.write_bytes(b'threads = 3\0\n')
        self.refuse(DAMAGED, 'NUL', 'check', '--data', self.data)
        self.refuse(NO_INPUT, 'missing.conf', 'check', '--data', self.data, '--config', 'missing.conf')
        self.refuse(USAGE, '--data', 'check')

    def test_the_manual_says_the_same(self):
        done = subprocess.run([sys.executable, cli.ROOT / 'scripts/settings_man.py', '--check'],
                              env={**os.environ, 'YINXIN_PROGRAM': cli.PROGRAM}, text=True,
                              stdout=subprocess.PIPE)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_the_manual_has_every_command(self):
        listed = re.findall(r'^  yinxin ((?:[a-z-]+ )+) ', must('help'), re.MULTILINE)
        self.assertGreater(len(listed), 60)
        for page, comma in (('yinxin.1', ', '), ('zh_CN/yinxin.1', '、')):
            text = (cli.ROOT / 'docs/man' / page).read_text(encoding='utf-8').replace('\\-', '-')
            headings = [name for line in re.findall(r'^\.SS (.*)$', text, re.MULTILINE) for name in line.split(comma)]
            self.assertEqual(sorted(headings), sorted(name.strip() for name in listed if name != 'help '), page)


if __name__ == '__main__':
    unittest.main()
