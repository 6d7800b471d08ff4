#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A second opinion on encrypted flash, with nothing of Updraft in it: deciphers
SIZE bytes at ADDRESS (multiples of 128) of DUMP by Python's cryptography, and
writes them to OUT. Run by tests/e2e/flash_encryption_test.cc.
"""

import pathlib
import sys

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

UNIT = 128


def main():
    dump, key, address, size, out = sys.argv[1:]
    flash, key = pathlib.Path(dump).read_bytes(), pathlib.Path(key).read_bytes()
    plain = b""
    for at in range(int(address, 0), int(address, 0) + int(size), UNIT):
        tweak = at.to_bytes(16, "little")
        decipher = Cipher(algorithms.AES(key), modes.XTS(tweak)).decryptor()
        plain += (decipher.update(flash[at : at + UNIT][::-1]) + decipher.finalize())[::-1]
    pathlib.Path(out).write_bytes(plain)


if __name__ == "__main__":
    main()
