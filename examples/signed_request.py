#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A request that a system signs with its key (YX1-HMAC-SM3):

    signed_request.py https://seal.example KEY-ID GET /api/v1/session
    signed_request.py https://seal.example KEY-ID POST /api/v1/parties < body.json

The secret, as it was shown when the key was made, is in YINXIN_KEY_SECRET. YINXIN_CA names the
certificate that the service's own leads to, when it is not one of the system's. Needs a Python
whose OpenSSL has SM3."""
import datetime
import hashlib
import hmac
import http.client
import os
import secrets
import ssl
import sys
import urllib.parse


def authorization(key, secret, method, target, body):
    """The value of the header; `target` is path and query as they are sent."""
    time = datetime.datetime.now(datetime.timezone.utc).strftime('%Y-%m-%dT%H:%M:%SZ')
    nonce = secrets.token_urlsafe(24)
    digest = hashlib.new('sm3', body).hexdigest()
    text = '\n'.join(['YX1-HMAC-SM3', method, target, time, nonce, digest])
    signature = hmac.new(secret.encode(), text.encode(), 'sm3').hexdigest()
    return (f'YX1-HMAC-SM3 key={key}, time={time}, nonce={nonce}, body={digest}, '
            f'signature={signature}')


def main(origin, key, method, target):
    place = urllib.parse.urlsplit(origin)
    trust = ssl.create_default_context(cafile=os.environ.get('YINXIN_CA'))
    connection = http.client.HTTPSConnection(place.hostname, place.port, context=trust, timeout=30)
    body = b'' if method in ('GET', 'DELETE') else sys.stdin.buffer.read()
    headers = {'Authorization': authorization(key, os.environ['YINXIN_KEY_SECRET'], method, target,
                                              body)}
    if body:
        headers['Content-Type'] = 'application/json'
    connection.request(method, target, body or None, headers)
    reply = connection.getresponse()
    print(reply.read().decode())
    return 0 if reply.status < 400 else 1


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
