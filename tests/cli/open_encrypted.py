#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A second opinion on encrypted images, with nothing of Updraft in it: opens FILE
by Python's cryptography, with a private RSA key (PEM) or a device's 32-byte HMAC
key, and writes what it holds to OUT. Fails where anything is not as the format
says, reserved bytes included; with SIGNER, a private P-256 key (PEM), these must
hold a signature by it and name the body. Run by tests/cli/encryption_test.cc.
"""

import hashlib
import pathlib
import struct
import sys

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, utils
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

SALT = bytes.fromhex("0e2160642dae76d33448e43d7720123d9f3b1eceb88e573a4e8f7fb94ff0c869")


def rsa_key(block, pem):
    private = serialization.load_pem_private_key(pem, None)
    return private.decrypt(block, padding.PKCS1v15())


def ecies_key(block, hmac_key):
    if any(block[96:]):
        sys.exit("reserved bytes of the key block are not zero")
    scalar = PBKDF2HMAC(hashes.SHA256(), 32, SALT, 2048).derive(hmac_key)
    private = ec.derive_private_key(int.from_bytes(scalar, "big"), ec.SECP256R1())
    sender = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + block[:64])
    shared = private.exchange(ec.ECDH(), sender)
    return HKDF(hashes.SHA256(), 32, block[64:96], b"_esp_enc_img_ecc").derive(shared)


def check_signature(header, body, pem):
    if header[424:428] != bytes.fromhex("55704101"):
        sys.exit("the header is not signed")
    if header[428:448] != hashlib.sha256(body).digest()[:20]:
        sys.exit("the header names another body")
    r, s = (int.from_bytes(header[at : at + 32], "big") for at in (448, 480))
    public = serialization.load_pem_private_key(pem, None).public_key()
    message = b"updraft-encrypted-image-v1\0" + header[:448]
    public.verify(utils.encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))


def main():
    file, key, out, *signer = (pathlib.Path(argument) for argument in sys.argv[1:])
    data, key = file.read_bytes(), key.read_bytes()
    magic, block, initial, size, tag, rest = struct.unpack("<I384s16sI16s88s", data[:512])
    if magic != 0x0788B6CF or (any(rest) and not signer) or len(data) != 512 + size:
        sys.exit("the header is not as it should be")
    aes = ecies_key(block, key) if len(key) == 32 else rsa_key(block, key)
    if len(aes) != 32:
        sys.exit(f"a key of {len(aes)} bytes")
    opener = Cipher(algorithms.AES(aes), modes.GCM(initial, tag)).decryptor()
    body = opener.update(data[512:]) + opener.finalize()
    if signer:
        check_signature(data[:512], body, signer[0].read_bytes())
    out.write_bytes(body)


if __name__ == "__main__":
    main()
