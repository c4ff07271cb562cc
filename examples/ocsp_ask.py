#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Asks an OCSP responder: ocsp_ask.py URL ISSUER CERT OUT writes its answer about CERT (RFC 6960).

URL is that of the responder; ISSUER and CERT are PEM. It shows how little a client needs: nobody
has to trust it, since `yinxin verify --ocsp OUT` checks the answer.
"""

import base64
import hashlib
import pathlib
import re
import sys
import urllib.request

SHA1 = bytes.fromhex('300906052b0e03021a0500')  # names the issuer here, protects nothing


def elements(der):
    """The elements of DER content, whole."""
    at = 0
    while at < len(der):
        size, head = der[at + 1], 2
        if size & 0x80:
            head += size & 0x7F
            size = int.from_bytes(der[at + 2:at + head], 'big')
        yield der[at:at + head + size]
        at += head + size


def content(element):
    size = element[1]
    return element[2 + (size & 0x7F if size & 0x80 else 0):]


def make(tag, *parts):
    body = b''.join(parts)
    size = len(body)
    if size < 0x80:
        return bytes([tag, size]) + body
    octets = size.to_bytes((size.bit_length() + 7) // 8, 'big')
    return bytes([tag, 0x80 | len(octets)]) + octets + body


def fields(path):
    """Serial, subject and key of the first certificate of a file."""
    text = re.search('-----BEGIN CERTIFICATE-----(.*?)-----END', pathlib.Path(path).read_text(), re.S)
    certificate, = elements(base64.b64decode(text.group(1)))
    signed = list(elements(content(next(elements(content(certificate))))))
    _, serial, _, _, _, subject, key = signed[:7]
    return serial, subject, content(list(elements(content(key)))[1])[1:]


def main(url, issuer, cert, out):
    _, name, key = fields(issuer)
    serial, _, _ = fields(cert)
    about = make(0x30, SHA1, make(4, hashlib.sha1(name).digest()), make(4, hashlib.sha1(key).digest()),
                 serial)
    request = make(0x30, make(0x30, make(0x30, make(0x30, about))))
    asked = urllib.request.Request(url, request, {'Content-Type': 'application/ocsp-request'})
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(asked, timeout=10) as answer:
        pathlib.Path(out).write_bytes(answer.read())


if __name__ == '__main__':
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    main(*sys.argv[1:])
