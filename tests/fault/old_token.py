#!/usr/bin/env python3
"""A token as the archive would have given it, whose end has come: old_token.py KEYS TOKEN

KEYS is the issuer's file of keys (services/access/issuer.h), TOKEN one that it has signed. Prints the same token, but made
nine hours ago and over for an hour.
"""
import base64
import json
import subprocess
import sys
import time


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def encode(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def private_key(key):
    """RFC 5915 for P-256: what openssl reads."""
    point = b"\x04" + decode(key["x"]) + decode(key["y"])
    curve = bytes.fromhex("a00a06082a8648ce3d030107")
    body = b"\x02\x01\x01\x04\x20" + decode(key["d"]) + curve + b"\xa1\x44\x03\x42\x00" + point
    der = b"\x30" + bytes([len(body)]) + body
    return "-----BEGIN EC PRIVATE KEY-----\n" + base64.encodebytes(der).decode() + "-----END EC PRIVATE KEY-----\n"


def integers(der):
    """The two of an ECDSA signature, 32 bytes each (RFC 7518, section 3.4)."""
    out, at = b"", 2
    for _ in range(2):
        length = der[at + 1]
        out += int.from_bytes(der[at + 2:at + 2 + length], "big").to_bytes(32, "big")
        at += 2 + length
    return out


keys, token = sys.argv[1:]
with open(keys, encoding="ascii") as file:
    key = json.load(file)["keys"][0]
header, claims, _ = token.split(".")
claims = json.loads(decode(claims))
claims["iat"] = claims["nbf"] = int(time.time()) - 9 * 3600
claims["exp"] = int(time.time()) - 3600
signed = header + "." + encode(json.dumps(claims).encode())
with open(keys + ".pem", "w", encoding="ascii") as file:
    file.write(private_key(key))
signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", keys + ".pem"], input=signed.encode(),
                           capture_output=True, check=True).stdout
print(signed + "." + encode(integers(signature)))
