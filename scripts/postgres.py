#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A PostgreSQL server for one command: `postgres.py [--durable] COMMAND...` starts one in a folder of
its own, on a Unix socket, runs COMMAND with its URI in YX_TEST_POSTGRES, and stops it. Without --durable
nothing is synced to the disk. Where no server is installed, COMMAND runs without."""
import ctypes
import glob
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time

SETTINGS = """
listen_addresses = ''
max_connections = 120
shared_buffers = 64MB
lc_messages = 'C'
"""
NOT_DURABLE = """
fsync = off
full_page_writes = off
"""


def programs():
    """The newest server of those installed; PostgreSQL keeps it out of PATH."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"),
                   key=lambda path: int(path.split("/")[4]))
    return os.path.dirname(found[-1]) if found else None


def stop_with_us():
    """The server ends when this script is killed (prctl PR_SET_PDEATHSIG, SIGQUIT)."""
    ctypes.CDLL(None).prctl(1, signal.SIGQUIT)


def account():
    """The server refuses to run as root."""
    if os.getuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
            return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        except KeyError:
            continue
    sys.exit("postgres.py: no account that the server could run under")


class Server:
    def __init__(self, durable=False):
        self.bin, self.account = programs(), account()
        self.folder = tempfile.mkdtemp(prefix="yx-postgres-")
        if self.account:
            os.chown(self.folder, self.account["user"], self.account["group"])
        os.chmod(self.folder, 0o755)
        self.data = os.path.join(self.folder, "data")
        self.log = open(os.path.join(self.folder, "log"), "w+", encoding="utf-8", errors="replace")
        self.process = None
        self.durable = durable
        self.uri = f"postgresql:///postgres?host={self.folder}&user=yinxin"

    def call(self, program, *arguments):
        return subprocess.run([os.path.join(self.bin, program), *arguments], cwd=self.folder,
                              stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT,
                              **self.account).returncode

    def fail(self, what):
        self.log.seek(0)
        sys.stderr.write(self.log.read())
        self.stop()
        sys.exit(f"postgres.py: {what}")

    def start(self):
        if self.call("initdb", "-D", self.data, "-U", "yinxin", "-A", "trust", "-E", "UTF8",
                     "--locale=C.UTF-8", "--no-sync") != 0:
            self.fail("initdb failed")
        with open(os.path.join(self.data, "postgresql.conf"), "a", encoding="utf-8") as conf:
            conf.write(SETTINGS + ("" if self.durable else NOT_DURABLE))
        self.process = subprocess.Popen(
            [os.path.join(self.bin, "postgres"), "-D", self.data, "-k", self.folder],
            cwd=self.folder, stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT,
            start_new_session=True, preexec_fn=stop_with_us, **self.account)
        deadline = time.monotonic() + 60
        while self.call("pg_isready", "-q", "-h", self.folder) != 0:
            if time.monotonic() > deadline or self.process.poll() is not None:
                self.fail("the server did not start")
            time.sleep(0.1)

    def stop(self):
        """SIGINT is the server's fast shutdown."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGQUIT)
                self.process.wait(30)
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def main(arguments):
    durable = arguments[:1] == ["--durable"]
    command = arguments[durable:]
    if not command:
        sys.exit(__doc__)
    if programs() is None:
        return subprocess.run(command).returncode
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    server = Server(durable)
    try:
        server.start()
        return subprocess.run(command, env=dict(os.environ, YX_TEST_POSTGRES=server.uri)).returncode
    finally:
        server.stop()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
