#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Builds the example documents: build.py OUTDIR writes contract and notice there, as OFD and PDF.

Needs Python 3 alone. content.py reads the sources, typeset.py sets the pages, ofd.py and pdf.py write
them.
"""

import pathlib
import sys

sys.dont_write_bytecode = True

import content  # noqa: E402
import ofd  # noqa: E402
import pdf  # noqa: E402
import typeset  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent


def main(arguments):
    if len(arguments) != 1 or arguments[0].startswith('-'):
        sys.exit('usage: build.py OUTDIR')
    out = pathlib.Path(arguments[0])
    out.mkdir(parents=True, exist_ok=True)
    for name in ('contract', 'notice'):
        source = content.read(HERE / name / 'content.txt')
        pages = typeset.typeset(source)
        ofd.write(out / f'{name}.ofd', source.info, pages)
        pdf.write(out / f'{name}.pdf', source.info, pages)


if __name__ == '__main__':
    main(sys.argv[1:])
