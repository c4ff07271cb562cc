#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A bucket for one command: `s3.py COMMAND...` starts OpenStack Swift with its S3 interface on free
ports of the loopback, in a folder of its own, runs COMMAND with YX_TEST_S3 (the endpoint),
YX_TEST_S3_BUCKET, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY set, and stops it. Needs python3-swift and
a file system with extended attributes; where one is missing, COMMAND runs without, and it is said why."""
import ctypes
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

BUCKET = "yinxin-test"
PYTHON = "/usr/bin/python3"
ACCESS, SECRET = "test:tester", "testing"
# Each server is one process of this program: `s3.py --serve FOLDER NAME`.
SERVERS = ("account", "container", "object", "proxy")

SWIFT = """
[swift-hash]
swift_hash_path_suffix = yinxin
"""
STORAGE = """
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
workers = 0
user = {user}
swift_dir = {folder}
devices = {folder}/devices
mount_check = false
fallocate_reserve = 0
[pipeline:main]
pipeline = {name}-server
[app:{name}-server]
use = egg:swift#{name}
"""
PROXY = """
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
workers = 0
user = {user}
swift_dir = {folder}
[pipeline:main]
pipeline = catch_errors cache s3api tempauth slo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:cache]
paste.filter_factory = s3:memory_cache
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
min_segment_size = 5242880
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
[filter:slo]
use = egg:swift#slo
"""


def stop_with_us():
    """A server ends when this script is killed (prctl PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def use_python_of_the_system():
    """Debian's packages are for Debian's Python, and PATH may name another one."""
    if importlib.util.find_spec("swift") is None and os.path.realpath(sys.executable) != \
            os.path.realpath(PYTHON) and os.path.exists(PYTHON):
        os.execv(PYTHON, [PYTHON, *sys.argv])


def why_not(folder):
    """What is missing; None when nothing is."""
    try:
        import swift.common.middleware.s3api  # noqa: F401
    except ImportError:
        return "python3-swift is not installed"
    probe = os.path.join(folder, "probe")
    open(probe, "w").close()
    try:
        os.setxattr(probe, "user.swift.probe", b"x")
    except OSError:
        return f"{folder} has no extended attributes"
    return None


def serve(folder, name):
    """Becomes one of the servers. swift.conf is not /etc/swift/swift.conf here."""
    from swift.common import utils
    utils.SWIFT_CONF_FILE = os.path.join(folder, "swift.conf")
    from swift.common.wsgi import run_wsgi
    return run_wsgi(os.path.join(folder, f"{name}.conf"), f"{name}-server")


class Memory:
    """What Swift keeps in memcached, for one process."""
    def __init__(self):
        self.kept = {}

    def get(self, key, **_):
        return self.kept.get(key)

    def set(self, key, value, **_):
        self.kept[key] = value

    def delete(self, key, **_):
        self.kept.pop(key, None)

    def incr(self, key, delta=1, **_):
        self.kept[key] = self.kept.get(key, 0) + delta
        return self.kept[key]


def memory_cache(*_, **__):
    """A filter of paste.deploy."""
    memory = Memory()

    def filter_app(app):
        def call(environment, start_response):
            environment["swift.cache"] = memory
            return app(environment, start_response)
        return call
    return filter_app


class Swift:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="yx-swift-", dir=os.environ.get("TMPDIR", "/var/tmp"))
        self.servers = []
        self.missing = why_not(self.folder)
        if self.missing is None:
            self.ports = dict(zip(SERVERS, free_ports(len(SERVERS))))
            self.configure()

    def write(self, name, text):
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
            file.write(text)

    def configure(self):
        from swift.common.ring import RingBuilder
        os.makedirs(os.path.join(self.folder, "devices", "d1"))
        self.write("swift.conf", SWIFT)
        user = pwd.getpwuid(os.getuid()).pw_name
        for name in SERVERS:
            text = PROXY if name == "proxy" else STORAGE
            self.write(f"{name}.conf", text.format(name=name, port=self.ports[name], user=user,
                                                   folder=self.folder))
        for name in SERVERS[:-1]:
            ring = RingBuilder(1, 1, 0)
            ring.add_dev({"id": 0, "region": 1, "zone": 1, "ip": "127.0.0.1",
                          "port": self.ports[name], "replication_ip": "127.0.0.1",
                          "replication_port": self.ports[name], "device": "d1", "weight": 1.0})
            ring.rebalance()
            ring.get_ring().save(os.path.join(self.folder, f"{name}.ring.gz"))

    def start(self):
        for name in SERVERS:
            with open(os.path.join(self.folder, f"{name}.log"), "w", encoding="utf-8") as log:
                self.servers.append(subprocess.Popen(
                    [sys.executable, os.path.abspath(__file__), "--serve", self.folder, name],
                    stdout=log, stderr=log, stdin=subprocess.DEVNULL, preexec_fn=stop_with_us))
        for name in SERVERS:
            self.wait_for(self.ports[name])
        self.make_bucket()

    def wait_for(self, port):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError("a server of Swift does not listen")

    def endpoint(self):
        return f"http://127.0.0.1:{self.ports['proxy']}"

    def make_bucket(self):
        """The access key holds a colon, which --user would split at."""
        url = self.endpoint().replace("//", f"//{ACCESS.replace(':', '%3A')}:{SECRET}@")
        subprocess.run(["curl", "-sSf", "-X", "PUT", "--aws-sigv4", "aws:amz:us-east-1:s3",
                        "-H", "x-amz-content-sha256: UNSIGNED-PAYLOAD", f"{url}/{BUCKET}"], check=True)

    def environment(self):
        return {"YX_TEST_S3": self.endpoint(), "YX_TEST_S3_BUCKET": BUCKET,
                "AWS_ACCESS_KEY_ID": ACCESS, "AWS_SECRET_ACCESS_KEY": SECRET}

    def stop(self):
        for server in self.servers:
            server.kill()
        for server in self.servers:
            server.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def main():
    use_python_of_the_system()
    if sys.argv[1:2] == ["--serve"]:
        return serve(*sys.argv[2:4])
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    swift = Swift()
    environment = dict(os.environ)
    try:
        if swift.missing is not None:
            print(f"s3.py: skipped: {swift.missing}", file=sys.stderr)
        else:
            swift.start()
            environment.update(swift.environment())
        return subprocess.run(sys.argv[1:], env=environment).returncode
    finally:
        swift.stop()


if __name__ == "__main__":
    sys.exit(main())
