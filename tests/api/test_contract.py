#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs/api/openapi.yaml against the program: every route is described and every description has its
route; what the running service answers is what the description says.

Run as test_contract.py. Needs python3-yaml and python3-jsonschema. YINXIN_PROGRAM names the program,
beside which tests/api/api_routes was built.
"""

import json
import re
import subprocess
import unittest

import jsonschema
import yaml

import service
from service import PROGRAM

DOCUMENT = service.ROOT / 'docs/api/openapi.yaml'
METHODS = ('get', 'post', 'put', 'patch', 'delete')
# Served by others than api/: pages of web/, and what authorities publish.
ELSEWHERE = re.compile(r'^/(healthz|readyz|api/openapi\.yaml|\{authority\}/.*)$')
SOME_ID = '0192f0c4-aaaa-7bbb-8ccc-0123456789ab'

DESCRIPTION = yaml.safe_load(DOCUMENT.read_text(encoding='utf-8'))


def resolve(node):
    """What a $ref stands for."""
    while '$ref' in node:
        target = DESCRIPTION
        for step in node['$ref'].removeprefix('#/').split('/'):
            target = target[step.replace('~1', '/').replace('~0', '~')]
        node = target
    return node


def operations():
    for path, item in DESCRIPTION['paths'].items():
        for method in METHODS:
            if method in item:
                yield method, path, item, item[method]


def validator(schema):
    return jsonschema.Draft202012Validator({**schema, 'components': DESCRIPTION['components']},
                                           format_checker=jsonschema.FormatChecker())


def nodes(value):
    """Every mapping of the document."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    for inner in value if isinstance(value, list) else []:
        yield from nodes(inner)


class Document(unittest.TestCase):
    """What the document says is well-formed."""

    def test_references_lead_somewhere(self):
        for node in nodes(DESCRIPTION):
            if isinstance(node.get('$ref'), str):
                self.assertTrue(resolve(node), node)

    def test_nothing_is_described_for_nobody(self):
        text = DOCUMENT.read_text(encoding='utf-8')
        for kind in ('schemas', 'parameters', 'responses'):
            for name in DESCRIPTION['components'][kind]:
                self.assertIn(f'#/components/{kind}/{name}"', text, f'{kind} {name}')

    def test_schemas_are_schemas(self):
        for schema in DESCRIPTION['components']['schemas'].values():
            jsonschema.Draft202012Validator.check_schema(schema)
        for method, path, _, operation in operations():
            for part in [operation.get('requestBody', {}), *operation['responses'].values()]:
                for media in resolve(part).get('content', {}).values():
                    jsonschema.Draft202012Validator.check_schema(media.get('schema', {}))

    def test_operations_say_what_they_must(self):
        tags = {tag['name'] for tag in DESCRIPTION['tags']}
        for method, path, item, operation in operations():
            with self.subTest(operation=f'{method} {path}'):
                self.assertTrue(operation['summary'])
                self.assertLessEqual(set(operation['tags']), tags)
                self.assertEqual('security' in operation, operation['x-permission'] == 'public')
                declared = {resolve(parameter)['name'] for parameter in item.get('parameters', [])
                            if resolve(parameter)['in'] == 'path'}
                self.assertEqual(declared, set(re.findall(r'\{(\w+)\}', path)))
                self.assertTrue(any(status[0] == '2' for status in operation['responses']))


class Routes(unittest.TestCase):
    """The table of the program and the document name the same."""

    def test_they_agree(self):
        listed = subprocess.run([PROGRAM.parent / 'tests/api/api_routes'], check=True,
                                capture_output=True, text=True).stdout
        table = {}
        for line in listed.splitlines():
            method, path, permission, everywhere, action, recent, body = line.split('\t')
            table[method.lower(), path.replace('/*', '/{tile}')] = (
                permission, everywhere == 'everywhere', None if action == '-' else action,
                recent == 'recent', body != '-')
        described = {(method, path): (operation['x-permission'], operation.get('x-everywhere', False),
                                      operation.get('x-action'), operation.get('x-recent', False),
                                      'requestBody' in operation)
                     for method, path, _, operation in operations() if not ELSEWHERE.match(path)}
        self.assertEqual(sorted(table.keys() - described.keys()), [], 'not described')
        self.assertEqual(sorted(described.keys() - table.keys()), [], 'not there')
        for key, row in table.items():
            self.assertEqual(described[key], row, key)


class Replies(unittest.TestCase):
    """A service of this test's own, asked as the document says."""

    @classmethod
    def setUpClass(cls):
        cls.service = service.Service()
        cls.ask, cls.ask_json = cls.service.ask, cls.service.ask_json

    @classmethod
    def tearDownClass(cls):
        cls.service.stop()

    def log_in(self, name):
        link, log_in = self.service.open_account(name)
        if link is not None:
            self.expect('post', '/api/v1/links', DESCRIPTION['paths']['/api/v1/links']['post'],
                        link, {204})
        self.expect('post', '/api/v1/session', DESCRIPTION['paths']['/api/v1/session']['post'],
                    log_in, {201})
        return self.service.shown(log_in)

    def expect(self, method, path, operation, reply, statuses=None):
        """The reply is one of those that the operation has, and looks as it should."""
        status, headers, body = reply
        with self.subTest(operation=f'{method} {path}', status=status, body=body[:300]):
            self.assertIn(str(status), operation['responses'])
            if statuses is not None:
                self.assertIn(status, statuses)
            self.assertTrue(headers['X-Request-Id'])
            content = resolve(operation['responses'][str(status)]).get('content', {})
            media = (headers['Content-Type'] or '').split(';')[0]
            if status == 204 or not content:
                self.assertEqual(body, b'')
                return None
            self.assertIn(media, content)
            if not media.endswith('json'):
                return body
            found = json.loads(body)
            problems = [error.message for error in
                        validator(content[media].get('schema', {})).iter_errors(found)]
            self.assertEqual(problems, [])
            return found

    @staticmethod
    def example(path):
        return re.sub(r'\{\w+\}', SOME_ID, path)

    def test_what_is_public_answers(self):
        for method, path, item, operation in operations():
            if method == 'get' and operation['x-permission'] == 'public' and '{' not in path:
                self.expect(method, path, operation, self.ask(method, path),
                            {200, 404} if 'audit' in path else {200})

    def test_the_rest_asks_who_it_is(self):
        for method, path, item, operation in operations():
            if operation['x-permission'] != 'public':
                body = None if method in ('get', 'delete') else '{}'
                self.expect(method, path, operation,
                            self.ask(method, self.example(path), body,
                                     {'Content-Type': 'application/json'} if body else {}), {401})

    def test_what_is_not_there_is_told(self):
        for method, path, item, operation in operations():
            if method == 'get' and operation['x-permission'] == 'public' and '{' in path:
                if not path.startswith('/{authority}'):
                    self.expect(method, path, operation, self.ask(method, self.example(path)),
                                {404})
        problem = validator(DESCRIPTION['components']['schemas']['Problem'])
        for method, path, status in (('GET', '/nowhere', 404), ('BREW', '/', 405),
                                     ('GET', '/api/v1/%00', 400),
                                     ('DELETE', '/api/v1/service', 405)):
            reply = self.ask(method, path)
            self.assertEqual(reply[0], status)
            problem.validate(json.loads(reply[2]))

    def test_what_is_malformed_is_refused(self):
        bodies = ['{', '[]', '{"a":1,"a":2}', '{"nobody knows":1}', '\xff', '[' * 50, '{"a":1e999}']
        for method, path, item, operation in operations():
            content = resolve(operation.get('requestBody', {})).get('content', {})
            if operation['x-permission'] != 'public' or 'application/json' not in content:
                continue
            for body in bodies:
                self.expect(method, path, operation,
                            self.ask(method, path, body.encode('latin-1'),
                                     {'Content-Type': 'application/json'}), {400, 422})

    def test_a_verification_has_its_report(self):
        operation = DESCRIPTION['paths']['/api/v1/verifications']['post']
        report = self.expect('post', '/api/v1/verifications', operation,
                             self.ask('POST', '/api/v1/verifications', b'no document at all',
                                      {'Content-Type': 'application/octet-stream'}))
        self.assertIsNotNone(report)

    def test_what_administrators_see(self):
        """Every GET of every kind of administrator: a reply as described, or a refusal."""
        answered = set()
        for name in ('admin', 'security', 'auditor'):
            person = self.log_in(name)
            for method, path, item, operation in operations():
                if method == 'get' and operation['x-permission'] != 'public':
                    reply = self.ask_json(method, self.example(path), None, person)
                    self.expect(method, path, operation, reply, {200, 400, 403, 404})
                    if reply[0] != 403:
                        answered.add(path)
        for method, path, item, operation in operations():
            # Who manages parties is none of the three.
            if method == 'get' and operation['x-permission'] not in ('public', 'party.manage'):
                self.assertIn(path, answered, 'nobody may read it')

    def test_what_is_wrong_is_pointed_out(self):
        """Every change, with a member that nobody knows."""
        for name in ('admin', 'security', 'auditor'):
            person = self.log_in(name)
            for method, path, item, operation in operations():
                content = resolve(operation.get('requestBody', {})).get('content', {})
                if operation['x-permission'] == 'public' or 'application/json' not in content:
                    continue
                reply = self.ask_json(method, self.example(path), {'nobody knows': 1}, person)
                problem = self.expect(method, path, operation, reply, {400, 403, 404, 422})
                if reply[0] == 400:
                    self.assertIn('#/nobody knows',
                                  [error.get('pointer') for error in problem['errors']], path)

    def test_what_is_made_looks_as_described(self):
        def do(method, path, value=None, want=200, **ids):
            operation = DESCRIPTION['paths'][path][method]
            reply = self.ask_json(method, path.format(**ids), value, person)
            return self.expect(method, path, operation, reply, {want})

        person = self.log_in('admin')
        account = do('post', '/api/v1/accounts', {'name': 'contract'}, 201)['id']
        do('get', '/api/v1/accounts/{account}', account=account)
        do('patch', '/api/v1/accounts/{account}', {'language': 'zh'}, account=account)
        do('post', '/api/v1/accounts/{account}/link', {}, 201, account=account)
        do('post', '/api/v1/accounts/{account}/lock', {'reason': 'tried'}, 204, account=account)
        do('post', '/api/v1/accounts/{account}/unlock', {}, 204, account=account)
        for path in ('/api/v1/accounts', '/api/v1/sessions', '/api/v1/session'):
            do('get', path)
        person = self.log_in('security')
        role = do('post', '/api/v1/roles', {'name_zh': '\u8bd5', 'name_en': 'Trial',
                                            'permissions': ['party.read']}, 201)['id']
        do('get', '/api/v1/roles/{role}', role=role)
        do('patch', '/api/v1/roles/{role}', {'name_en': 'Trial again'}, role=role)
        do('get', '/api/v1/roles/{role}/history', role=role)
        grant = do('post', '/api/v1/grants', {'account': account, 'role': role, 'scope': {}},
                   201)['id']
        do('get', '/api/v1/grants/{grant}', grant=grant)
        do('post', '/api/v1/grants/{grant}/revoke', {}, 204, grant=grant)
        do('post', '/api/v1/roles/{role}/retire', {}, role=role)
        for path in ('/api/v1/roles', '/api/v1/grants'):
            do('get', path)

    def clerk(self):
        """Somebody who looks after parties, and drafts rules."""
        admin = self.log_in('admin')
        account = self.made(admin, '/api/v1/accounts', {'name': 'clerk'})
        self.service.first['clerk'] = json.loads(self.ask_json(
            'POST', f'/api/v1/accounts/{account}/link', {}, admin)[2])['token']
        security = self.log_in('security')
        role = self.made(security, '/api/v1/roles', {
            'name_zh': '\u529e', 'name_en': 'Clerk',
            'permissions': ['party.manage', 'party.read', 'policy.read', 'policy.propose']})
        self.made(security, '/api/v1/grants', {'account': account, 'role': role, 'scope': {}})
        return self.log_in('clerk')

    def made(self, person, path, value):
        status, _, body = self.ask_json('POST', path, value, person)
        self.assertEqual(status, 201, body)
        return json.loads(body)['id']

    def test_what_a_clerk_makes_looks_as_described(self):
        def do(method, path, value=None, want=200, query='', **ids):
            operation = DESCRIPTION['paths'][path][method]
            reply = self.ask_json(method, path.format(**ids) + query, value, person)
            return self.expect(method, path, operation, reply, {want})

        person = self.clerk()
        parties, one = '/api/v1/parties', '/api/v1/parties/{party}'
        party = do('post', parties, {
            'kind': 'organisation', 'type': 'user', 'nature': 'enterprise', 'region': '340200',
            'name_zh': '\u4f8b', 'code': '91110000600037341L'}, 201)['id']
        clerk = do('post', parties, {
            'kind': 'person', 'name_zh': '\u4eba', 'parent': party, 'identity_kind':
            'resident-identity-card', 'identity_number': '11010519491231002X'}, 201)['id']
        do('get', parties)
        do('get', one, party=party)
        do('patch', one, {'name_en': 'Example', 'version': 1}, party=party)
        do('get', one + '/history', party=party)
        do('post', one + '/identity', {}, party=clerk)
        do('post', parties + '/search', {'identity_kind': 'resident-identity-card',
                                         'identity_number': '11010519491231002X'})
        post = do('post', one + '/posts', {'person': clerk, 'position': 'it-staff'}, 201,
                  party=party)['id']
        do('get', one + '/posts', party=party)
        do('get', one + '/qualifications', party=party)
        do('post', '/api/v1/posts/{post}/end', {}, 204, post=post)
        do('post', one + '/end', {}, party=clerk)
        do('post', parties, {'kind': 'unit', 'name_zh': '\u79d1', 'parent': SOME_ID}, 404)

        hooks, hook = '/api/v1/webhooks', '/api/v1/webhooks/{webhook}'
        webhook = do('post', hooks, {'party': party, 'url': 'https://example.com/hook',
                                     'events': ['seal.made']}, 201)['id']
        do('get', hooks, query=f'?party={party}')
        do('get', hook, webhook=webhook)
        do('post', hook + '/test', {}, 202, webhook=webhook)
        do('get', hook + '/deliveries', webhook=webhook)
        do('post', hook + '/secret', {}, webhook=webhook)
        do('patch', hook, {'on': False}, webhook=webhook)
        do('delete', hook, None, 204, webhook=webhook)

        sets, rules = '/api/v1/policies', '/api/v1/policies/{policy}'
        draft = {'name_zh': '\u89c4', 'name_en': 'Rules',
                 'values': [{'key': 'pin.attempts', 'value': 5, 'article': '1'}]}
        policy = do('post', sets, {'scheme': 'city', **draft}, 201)['id']
        do('get', sets)
        do('get', rules, policy=policy)
        do('put', rules, draft, policy=policy)
        do('post', rules + '/proposal', {}, policy=policy)
        do('post', rules + '/withdrawal', {}, policy=policy)
        do('get', sets + '/values', query=f'?party={party}')

        uploads, upload = '/api/v1/uploads', '/api/v1/uploads/{upload}'
        brought = self.ask('POST', uploads, b'abc', {'Content-Type': 'text/plain', **person})
        found = self.expect('post', uploads, DESCRIPTION['paths'][uploads]['post'], brought, {201})
        do('get', uploads)
        do('get', upload, upload=found['id'])
        do('get', upload + '/content', upload=found['id'])
        do('delete', upload, None, 204, upload=found['id'])

    def test_the_document_is_served(self):
        status, headers, body = self.ask('GET', '/api/openapi.yaml')
        self.assertEqual((status, body), (200, DOCUMENT.read_bytes()))
        self.assertEqual(headers['Content-Type'], 'application/yaml')
        again = self.ask('GET', '/api/openapi.yaml', headers={'If-None-Match': headers['ETag']})
        self.assertEqual((again[0], again[2]), (304, b''))


if __name__ == '__main__':
    unittest.main()
