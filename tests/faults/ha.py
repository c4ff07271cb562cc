#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`./run ha-test`: PostgreSQL in three, by Patroni over etcd, behind haproxy, each machine a network namespace;
two nodes of `yinxin serve` write all the time; the machine of the primary dies. Everything that was
acknowledged must be there when writing goes on. Needs root, and the packages patroni, etcd-server, haproxy.
"""
import http.client
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / 'tests' / 'cli'), str(ROOT / 'scripts')]
import postgres  # noqa: E402
from test_nodes import PASSWORD, Node  # noqa: E402

NET = '10.213.7'
MACHINES = (1, 2, 3)
HAPROXY = f'{NET}.254'
URI = f'postgresql://postgres@{HAPROXY}:5000/postgres'

PATRONI = """
scope: yx
name: n{n}
restapi: {{listen: '{ip}:8008', connect_address: '{ip}:8008'}}
etcd3: {{hosts: '{etcds}'}}
bootstrap:
  dcs:
    ttl: 20
    loop_wait: 2
    retry_timeout: 5
    synchronous_mode: true
    postgresql: {{use_pg_rewind: true, parameters: {{max_connections: 120}}}}
  initdb: [encoding: UTF8, locale: C.UTF-8]
  pg_hba:
    - local all all trust
    - host all all {net}.0/24 trust
    - host replication all {net}.0/24 trust
postgresql:
  listen: '{ip}:5432'
  connect_address: '{ip}:5432'
  data_dir: {folder}/data
  bin_dir: {bin}
  pgpass: {folder}/pgpass
  authentication:
    superuser: {{username: postgres}}
    replication: {{username: replicator}}
  parameters: {{unix_socket_directories: '{folder}'}}
"""
BALANCER = """
defaults
  mode tcp
  timeout connect 3s
  timeout client 1h
  timeout server 1h
  timeout check 2s
listen primary
  bind {ip}:5000
  option httpchk GET /primary
  http-check expect status 200
  default-server inter 1s fall 2 rise 1 on-marked-down shutdown-sessions
{servers}
"""


def call(*words):
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)


def wait_until(holds, seconds, what):
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            sys.exit(f'ha-test: {what} did not come within {seconds} s')
        time.sleep(0.2)


class Machine:
    """A network namespace with an address, etcd and Patroni."""

    def __init__(self, number, folder):
        self.name, self.ip = f'yxha{number}', f'{NET}.{number}'
        self.folder, self.started = folder / self.name, []
        self.folder.mkdir()
        shutil.chown(self.folder, 'postgres')
        call('ip', 'netns', 'add', self.name)
        call('ip', 'link', 'add', self.name, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', self.name)
        call('ip', 'link', 'set', self.name, 'master', 'yxha', 'up')
        for words in (['addr', 'add', f'{self.ip}/24', 'dev', 'eth0'], ['link', 'set', 'eth0', 'up'],
                      ['link', 'set', 'lo', 'up']):
            call('ip', '-n', self.name, *words)

    def run(self, *words):
        log = open(self.folder / f'{words[0]}.log', 'w', encoding='utf-8')
        self.started.append(subprocess.Popen(
            ['ip', 'netns', 'exec', self.name, 'setpriv', '--reuid=postgres', '--regid=postgres',
             '--clear-groups', *words], cwd=self.folder, stdout=log, stderr=log))

    def start(self):
        cluster = ','.join(f'yxha{n}=http://{NET}.{n}:2380' for n in MACHINES)
        self.run('etcd', '--name', self.name, '--data-dir', self.folder / 'etcd',
                 '--listen-peer-urls', f'http://{self.ip}:2380',
                 '--initial-advertise-peer-urls', f'http://{self.ip}:2380',
                 '--listen-client-urls', f'http://{self.ip}:2379',
                 '--advertise-client-urls', f'http://{self.ip}:2379',
                 '--initial-cluster', cluster, '--initial-cluster-state', 'new')
        (self.folder / 'patroni.yml').write_text(PATRONI.format(
            n=self.ip.rsplit('.', 1)[1], ip=self.ip, net=NET, folder=self.folder, bin=postgres.programs(),
            etcds=','.join(f'{NET}.{n}:2379' for n in MACHINES)))
        self.run('patroni', self.folder / 'patroni.yml')

    def is_role(self, role):
        try:
            return urllib.request.urlopen(f'http://{self.ip}:8008/{role}', timeout=2).status == 200
        except OSError:
            return False

    def die(self):
        """All its processes at once, as when the power goes."""
        for pid in subprocess.run(['ip', 'netns', 'pids', self.name], check=True, capture_output=True,
                                  text=True).stdout.split():
            try:
                os.kill(int(pid), signal.SIGKILL)
            except ProcessLookupError:
                pass
        for process in self.started:
            process.wait()

    def remove(self):
        self.die()
        call('ip', 'link', 'del', self.name)  # the kernel would, too, but in its own time
        call('ip', 'netns', 'del', self.name)


class Load:
    """Clients that make roles at both nodes in turn."""

    def __init__(self, nodes, headers):
        self.nodes, self.headers, self.kept, self.refused = nodes, headers, [], 0
        self.stopped = threading.Event()
        self.threads = [threading.Thread(target=self.write, args=(i * 1000000,)) for i in range(4)]
        for thread in self.threads:
            thread.start()

    def write(self, first):
        n = first
        while not self.stopped.is_set():
            n += 1
            role = {'name_zh': f'角色{n}', 'name_en': f'Role {n}', 'permissions': ['party.read']}
            try:
                status = self.nodes[n % 2].ask('POST', '/api/v1/roles', role, self.headers)[0]
            except (OSError, http.client.HTTPException):
                status = 0
            if status == 201:
                self.kept.append(f'Role {n}')
            else:
                self.refused += 1
                time.sleep(0.1)

    def more(self, count, seconds):
        before = len(self.kept)
        wait_until(lambda: len(self.kept) >= before + count, seconds, f'{count} writes more')

    def stop(self):
        self.stopped.set()
        for thread in self.threads:
            thread.join()


def start_nodes(folder):
    nodes = []
    for name in ('one', 'two'):
        data = folder / name
        if nodes:
            shutil.copytree(folder / 'one' / 'keys', data / 'keys')
            shutil.copy(folder / 'one' / 'tls.pem', data)
        data.mkdir(exist_ok=True)
        (data / 'yinxin.conf').write_text(f'database = "{URI}"\nlog_requests = no\n')
        nodes.append(Node(data))
    return nodes


def log_in(node):
    node.ask('POST', '/api/v1/links', {'token': node.links['security'], 'password': PASSWORD})
    _, body, headers = node.ask('POST', '/api/v1/session', {'name': 'security', 'password': PASSWORD})
    return {'Cookie': headers['Set-Cookie'].split(';')[0], 'X-CSRF-Token': body['csrf']}


def sql(text):
    return subprocess.run([os.path.join(postgres.programs(), 'psql'), '-XAtq', '-d', URI, '-c', text],
                          check=True, capture_output=True, text=True).stdout.split('\n')


def test(machines, folder, at_end):
    for machine in machines:
        machine.start()
    wait_until(lambda: any(m.is_role('primary') for m in machines), 90, 'a primary')
    wait_until(lambda: any(m.is_role('sync') for m in machines), 90, 'a synchronous standby')
    servers = '\n'.join(f'  server {m.name} {m.ip}:5432 check port 8008' for m in machines)
    (folder / 'haproxy.cfg').write_text(BALANCER.format(ip=HAPROXY, servers=servers))
    balancer = subprocess.Popen(['haproxy', '-f', folder / 'haproxy.cfg'], stderr=subprocess.DEVNULL)
    at_end.append(balancer.terminate)
    time.sleep(3)
    nodes = start_nodes(folder)
    at_end.extend(node.stop for node in nodes)
    load = Load(nodes, log_in(nodes[0]))
    at_end.append(load.stop)
    load.more(200, 60)

    primary = next(m for m in machines if m.is_role('primary'))
    acknowledged, died = len(load.kept), time.monotonic()
    primary.die()
    print(f'{acknowledged} writes acknowledged; {primary.name}, the primary, is dead', flush=True)
    last = len(load.kept) + 8  # what was under way
    wait_until(lambda: len(load.kept) > last, 120, 'a write after the failover')
    print(f'writing goes on after {time.monotonic() - died:.1f} s', flush=True)
    load.more(200, 60)
    load.stop()
    there = set(sql("SELECT name_en FROM party_role WHERE name_en LIKE 'Role %'")) - {''}
    leaves = int(sql("SELECT count(*) FROM audit_leaf WHERE action = 'role.make'")[0])
    lost = set(load.kept) - there
    print(f'{len(load.kept)} acknowledged in all, {len(there)} there, {leaves} audit leaves,'
          f' {load.refused} refused meanwhile, {len(lost)} lost', flush=True)
    return not lost and leaves == len(there)


def main():
    if os.getuid() != 0:
        sys.exit('ha-test: network namespaces need root')
    folder = pathlib.Path(tempfile.mkdtemp(prefix='yx-ha-'))
    folder.chmod(0o755)
    machines, at_end, good = [], [], False
    try:
        call('ip', 'link', 'add', 'yxha', 'type', 'bridge')
        call('ip', 'addr', 'add', f'{HAPROXY}/24', 'dev', 'yxha')
        call('ip', 'link', 'set', 'yxha', 'up')
        machines = [Machine(n, folder) for n in MACHINES]
        good = test(machines, folder, at_end)
    finally:
        for end in reversed(at_end):
            end()
        for machine in machines:
            machine.remove()
        call('ip', 'link', 'del', 'yxha')
        if good:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            print(f'ha-test: the logs are in {folder}')
    print('passed' if good else 'FAILED')
    return 0 if good else 1


if __name__ == '__main__':
    sys.exit(main())
