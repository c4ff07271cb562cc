#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes a PDF to measure with: make_pdf.py PAGES BYTES OUT. Every page has its own content, a line
of text and as many bytes that do not compress as make the size up."""
import random
import sys


def main():
    pages, size, path = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    noise = random.Random(1)
    offsets = {}
    with open(path, "wb") as out:

        def put(number, body):
            offsets[number] = out.tell()
            out.write(b"%d 0 obj\n" % number + body + b"\nendobj\n")

        out.write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
        put(1, b"<< /Type /Catalog /Pages 2 0 R >>")
        kids = b" ".join(b"%d 0 R" % (4 + 3 * i) for i in range(pages))
        put(2, b"<< /Type /Pages /Kids [" + kids + b"] /Count %d >>" % pages)
        put(3, b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
        for i in range(pages):
            number = 4 + 3 * i
            put(number, b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595.28 841.89] /Contents %d 0 R "
                b"/Resources << /Font << /F1 3 0 R >> >> >>" % (number + 1))
            text = b"BT /F1 12 Tf 72 720 Td (Page %d) Tj ET" % (i + 1)
            put(number + 1, b"<< /Length %d >>\nstream\n" % len(text) + text + b"\nendstream")
            data = noise.randbytes(max(0, size // pages - 450))
            put(number + 2, b"<< /Length %d >>\nstream\n" % len(data) + data + b"\nendstream")
        start, count = out.tell(), 4 + 3 * pages
        out.write(b"xref\n0 %d\n0000000000 65535 f \n" % count)
        for number in range(1, count):
            out.write(b"%010d 00000 n \n" % offsets[number])
        out.write(b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (count, start))


main()
