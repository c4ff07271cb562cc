# SPDX-License-Identifier: Apache-2.0
"""embed.py PO OUTPUT: compiles a catalogue with msgfmt and writes it as the inside of a C array."""
import os
import subprocess
import sys
import tempfile

with tempfile.TemporaryDirectory() as folder:
    compiled = os.path.join(folder, "mo")
    subprocess.run(["msgfmt", "--endianness=little", "--no-hash", "-o", compiled, sys.argv[1]], check=True)
    with open(compiled, "rb") as file:
        data = file.read()
with open(sys.argv[2], "w", encoding="ascii") as file:
    for start in range(0, len(data), 24):
        file.write(",".join(map(str, data[start:start + 24])) + ",\n")
