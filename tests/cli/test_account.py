#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Accounts of a running service: `yinxin account` on the machine, and log-ins over HTTPS by links,
passwords and keys of systems, with what a thief may have stolen.

Run as test_account.py."""
import http.client
import json
import os
import pathlib
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import unittest
import urllib.parse

import test_cli as cli
from test_cli import OK, REFUSED, USAGE, must

PASSWORD = 'korrekte Pferde 7'
OTHER = 'sieben Wale 3'
WORLD = SERVICE = None


class Service:
    """`yinxin serve` on a fresh folder; `links` are those that it printed."""

    def __init__(self, data):
        self.data = data
        self.process = subprocess.Popen(
            [cli.PROGRAM, 'serve', '--data', str(data), '--listen', '127.0.0.1:0'],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            env=cli.environment())
        self.links = {}
        for line in self.process.stdout:
            name, _, link = line.strip().partition(': ')
            if not link:
                self.origin = name
                break
            self.links[name] = link.partition('?token=')[2]

    def close(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        self.process.stdout.close()


class Browser:
    """Keeps a cookie and the token of its session."""

    def __init__(self, cookie=None, csrf=None):
        self.cookie, self.csrf = cookie, csrf

    def trust(self):
        trust = ssl.create_default_context(cafile=str(SERVICE.data / 'tls.pem'))
        trust.check_hostname = False
        return trust

    def ask(self, method, target, body=None, **headers):
        place = urllib.parse.urlsplit(SERVICE.origin)
        connection = http.client.HTTPSConnection(place.hostname, place.port, context=self.trust(),
                                                 timeout=30)
        if self.cookie:
            headers['Cookie'] = f'__Host-yinxin={self.cookie}'
        if self.csrf:
            headers['X-CSRF-Token'] = self.csrf
        if body is not None:
            headers['Content-Type'] = 'application/json'
        connection.request(method, target, None if body is None else json.dumps(body), headers)
        reply = connection.getresponse()
        text = reply.read()
        cookie = reply.getheader('Set-Cookie')
        if cookie:
            self.cookie = cookie.partition('=')[2].partition(';')[0]
        connection.close()
        found = json.loads(text) if text else {}
        self.csrf = found.get('csrf', self.csrf) if isinstance(found, dict) else self.csrf
        return reply.status, found

    def log_in(self, name, password):
        return self.ask('POST', '/api/v1/session', {'name': name, 'password': password})


def account(*words):
    done = cli.run('account', *words, '--data', SERVICE.data)
    return done.returncode, done.stdout, done.stderr


def redeem(token, password=PASSWORD):
    return Browser().ask('POST', '/api/v1/links', {'token': token, 'password': password})[0]


def setUpModule():
    global WORLD, SERVICE
    WORLD = pathlib.Path(tempfile.mkdtemp(prefix='yinxin-account-'))
    cli.WORLD = WORLD
    SERVICE = Service(WORLD / 'data')
    for name, token in SERVICE.links.items():
        assert redeem(token) == 204, name


def tearDownModule():
    SERVICE.close()
    shutil.rmtree(WORLD)


class Accounts(unittest.TestCase):

    def test_first_three(self):
        """Three administrators, each with a link that was good once."""
        self.assertEqual(sorted(SERVICE.links), ['admin', 'auditor', 'security'])
        for name, token in SERVICE.links.items():
            self.assertEqual(redeem(token), 401)
            browser = Browser()
            self.assertEqual(browser.log_in(name, PASSWORD)[0], 201)
            self.assertEqual(browser.ask('GET', '/api/v1/session')[1]['name'], name)

    def invite(self, name, *more):
        code, out, err = account('add', name, *more)
        self.assertEqual(code, OK, err)
        self.assertIn('good once', err)
        return out.strip().partition('token=')[2]

    def test_life(self):
        """Invited, locked, opened, reset and removed on the machine while the service runs."""
        token = self.invite('wang', '--language', 'en')
        self.assertEqual(redeem(token, '1234567890'), 422)
        self.assertEqual(redeem(token), 204)
        browser = Browser()
        self.assertEqual(browser.log_in('wang', PASSWORD)[0], 201)
        self.assertEqual(account('lock', 'wang', '--reason', 'on leave')[0], OK)
        self.assertEqual(browser.ask('GET', '/api/v1/session')[0], 401)
        self.assertEqual(browser.log_in('wang', PASSWORD)[0], 401)
        self.assertEqual(account('lock', 'wang', '--reason', 'again')[0], REFUSED)
        self.assertEqual(account('link', 'wang')[0], REFUSED)
        self.assertEqual(account('unlock', 'wang')[0], OK)
        self.assertEqual(browser.log_in('wang', PASSWORD)[0], 201)
        token = account('link', 'wang')[1].strip().partition('token=')[2]
        newer = account('reset', 'wang')[1].strip().partition('token=')[2]
        self.assertEqual(redeem(token, OTHER), 401)
        self.assertEqual(redeem(newer, OTHER), 204)
        self.assertEqual(browser.ask('GET', '/api/v1/session')[0], 401)
        self.assertEqual(browser.log_in('wang', OTHER)[0], 201)
        self.assertEqual(account('remove', 'wang', '--reason', 'left')[0], OK)
        self.assertEqual(browser.ask('GET', '/api/v1/session')[0], 401)
        self.assertEqual(account('unlock', 'wang')[0], REFUSED)
        self.assertEqual(account('add', 'wang')[0], REFUSED)
        listed = [json.loads(line) for line in account('list', '--json')[1].splitlines()]
        self.assertEqual([row['state'] for row in listed if row['name'] == 'wang'], ['disabled'])
        done = must('audit', 'list', '--data', SERVICE.data)
        for action in ('account.lock', 'account.unlock', 'account.remove', 'account.link'):
            self.assertIn(action, done)

    def test_locked_by_guesses(self):
        """REQ: SEC-10: ten wrong ones lock the password, whoever is inside stays, SEC-16: IT opens."""
        self.assertEqual(redeem(self.invite('li')), 204)
        inside = Browser()
        self.assertEqual(inside.log_in('li', PASSWORD)[0], 201)
        database = SERVICE.data / 'yinxin.db'
        answers = set()
        for _ in range(10):
            status, problem = Browser().log_in('li', 'falsche Pferde 7')
            self.assertEqual(status, 401)
            answers.add(problem['detail'])
            # So that nobody waits for the growing pauses.
            subprocess.run([sys.executable, '-c', 'import sqlite3, sys; '
                            'c = sqlite3.connect(sys.argv[1], timeout=20); '
                            'c.execute("UPDATE login_guess SET last_at = last_at - 1000000000"); '
                            'c.commit()', str(database)], check=True)
        status, problem = Browser().log_in('li', PASSWORD)
        self.assertEqual(status, 401)
        self.assertEqual(answers, {problem['detail']})
        self.assertEqual(inside.ask('GET', '/api/v1/session')[0], 200)
        self.assertIn('password-locked', account('list')[1])
        self.assertEqual(account('unlock', 'li')[0], OK)
        self.assertEqual(Browser().log_in('li', PASSWORD)[0], 201)

    def test_refusals(self):
        for words in (['lock', 'nobody', '--reason', 'x'], ['unlock', 'admin'],
                      ['remove', 'security', '--reason', 'x'], ['link', 'wa ng'],
                      ['add', 'filing-x', '--role', 'nobody-knows'],
                      ['add', 'filing-x', '--party', '018f0000-0000-7000-8000-000000000000']):
            self.assertEqual(account(*words)[0], REFUSED, words)
        for words in (['add', 'wa ng'], ['add', 'x', '--language', 'fr'], ['lock', 'admin'], ['add']):
            self.assertEqual(account(*words)[0], USAGE, words)
        self.assertNotIn('filing-x', account('list')[1])


class Thieves(unittest.TestCase):

    def test_stolen_cookie(self):
        """A stolen cookie reads until the log-out, and changes nothing without the token."""
        victim = Browser()
        self.assertEqual(victim.log_in('auditor', PASSWORD)[0], 201)
        thief = Browser(victim.cookie)
        self.assertEqual(thief.ask('DELETE', '/api/v1/sessions')[0], 403)
        self.assertEqual(victim.ask('DELETE', '/api/v1/session')[0], 204)
        self.assertEqual(thief.ask('GET', '/api/v1/session')[0], 401)

    def test_forms_of_other_sites(self):
        """What a form of another site can send is refused before it is looked at."""
        browser = Browser()
        self.assertEqual(browser.log_in('auditor', PASSWORD)[0], 201)
        for kind in ('application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data'):
            status, _ = browser.ask('POST', '/api/v1/session/confirm', None,
                                    **{'Content-Type': kind, 'Content-Length': '0'})
            self.assertIn(status, (400, 415), kind)


class Systems(unittest.TestCase):

    def test_example(self):
        """examples/signed_request.py asks as a system does."""
        self.assertEqual(account('add', 'filing', '--system')[0], OK)
        admin = Browser()
        self.assertEqual(admin.log_in('admin', PASSWORD)[0], 201)
        accounts = admin.ask('GET', '/api/v1/accounts')[1]['items']
        system = next(row['id'] for row in accounts if row['name'] == 'filing')
        status, key = admin.ask('POST', '/api/v1/api-keys',
                                {'account': system, 'name': 'k', 'permissions': ['seal.read'],
                                 'expires_at': '2099-01-01'})
        self.assertEqual(status, 201, key)
        # The certificate of the service is for localhost.
        origin = SERVICE.origin.replace('127.0.0.1', 'localhost')
        done = subprocess.run(
            [sys.executable, str(cli.ROOT / 'examples/signed_request.py'), origin, key['id'], 'GET',
             '/api/v1/session?x=1'], stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=60, env=dict(os.environ, YINXIN_KEY_SECRET=key['secret'],
                                 YINXIN_CA=str(SERVICE.data / 'tls.pem')))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(json.loads(done.stdout)['name'], 'filing')


if __name__ == '__main__':
    unittest.main()
