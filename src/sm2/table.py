#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the table of sm2/multiple.c to the file named: row i holds 1, 2 ... 16 times 2^(5 i) G, affine, in
Montgomery's form, four words lowest first. The curve is that of GB/T 32918.5; tests/sm2/test_point.c computes
the table again with libcrypto."""
import sys

P = 2**256 - 2**224 - 2**96 + 2**64 - 1
G = (0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
     0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0)
BITS, ROWS = 5, 52


def add(a, b):
    """The sum of two points that are not opposite."""
    if a == b:
        slope = 3 * (a[0] * a[0] - 1) * pow(2 * a[1], -1, P)
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, P)
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def words(number):
    number = number * 2**256 % P
    return "{{" + ", ".join(f"0x{number >> 64 * i & 2**64 - 1:016X}" for i in range(4)) + "}}"


def main(path):
    base = G
    with open(path, "w", encoding="ascii") as out:
        for _ in range(ROWS):
            row = [base]
            while len(row) < 2**(BITS - 1):
                row.append(add(row[-1], base))
            out.write("{" + ",\n".join(f"{{{words(x)}, {words(y)}}}" for x, y in row) + "},\n")
            base = add(row[-1], row[-1])


main(sys.argv[1])
