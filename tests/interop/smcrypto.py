#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lets sm-crypto (npm) judge our SM2, SM3 and SM4, and ours judge sm-crypto's.

npm ci puts the package beside the built tests: the versions are those of smcrypto/package-lock.json,
by their digests. Without node, npm or a registry the judge is skipped, and the reason named.
Ends with `N passed, N failed, N skipped`.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = pathlib.Path(os.environ.get('YINXIN_PROGRAM',
                                      HERE.parent.parent / 'build-test' / 'yinxin')).resolve()
PLACE = PROGRAM.parent / 'tests' / 'interop'
INSTALL = ('npm', 'ci', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund',
           '--fetch-retries=1', '--fetch-timeout=30000')
# What npm says when there is no registry. Anything else, as a package that is not what the lock file
# says, is a failure.
NO_REGISTRY = re.compile(r'npm \S+ code ((E(CONN|NOTFOUND|AI_AGAIN|TIMEDOUT|NETUNREACH|HOSTUNREACH)\w*'
                         r'|ERR_SOCKET_TIMEOUT|E[45]\d\d|\w*CERT\w*))')


def install(folder):
    """None, or why sm-crypto is not there."""
    missing = [tool for tool in ('node', 'npm') if shutil.which(tool) is None]
    if missing:
        return ', '.join(missing) + ' not installed'
    folder.mkdir(exist_ok=True)
    for name in ('package.json', 'package-lock.json'):
        shutil.copy(HERE / 'smcrypto' / name, folder)
    try:
        done = subprocess.run(INSTALL, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=300)
    except subprocess.TimeoutExpired:
        return 'npm ci did not end'
    if done.returncode == 0:
        return None
    found = NO_REGISTRY.search(done.stderr)
    if found is None:
        raise SystemExit(done.stderr)
    return f'npm ci cannot reach a registry: {found.group(1)}'


def main():
    folder = PLACE / 'smcrypto'
    reason = install(folder)
    if reason:
        print(f'skipped: {reason}\n0 passed, 0 failed, 1 skipped')
        return 0
    done = subprocess.run(['node', HERE / 'smcrypto' / 'judge.js', PLACE / 'sm_words'],
                          env=dict(os.environ, NODE_PATH=str(folder / 'node_modules')))
    return done.returncode


if __name__ == '__main__':
    sys.exit(main())
