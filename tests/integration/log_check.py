#!/usr/bin/env python3
"""Checks an extract of the disclosure log (r7e-log-extract-v1) with nothing of ours: hashes and RFC 9162 from the standard library,
Ed25519 from python3-cryptography.

    log_check.py FILE [KEY]      KEY: the verifier key one was given; without it the extract's own is believed

Prints "good: N rows of a log of SIZE"; or what is wrong, and exits with 1.
"""
import base64
import hashlib
import hmac
import json
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

OPEN = {"action", "at", "id", "purpose", "records", "tenant"}


def mac(key, message):
    return hmac.new(key, message, hashlib.sha256).digest()


def canonical(value):
    """RFC 8785, of values whose numbers are whole."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def text(data):
    return base64.b64encode(data).decode()


def leaf_of(row):
    members = dict(row["withheld"])
    for name, value in row["row"].items():
        if (name in OPEN) == (name in row["keys"]):
            raise ValueError(f"{name} has a key or lacks one")
        members[name] = value if name in OPEN else text(mac(base64.b64decode(row["keys"][name]), canonical(value)))
    if set(row["withheld"]) & set(row["row"]):
        raise ValueError("a member is both shown and withheld")
    commitment = mac(base64.b64decode(row["salt"]), canonical(members))
    return hashlib.sha256(b"\0r7e-leaf-v1" + commitment).digest()


def root_of(leaf, number, size, proof):
    """RFC 9162 2.1.3.2."""
    if number >= size:
        raise ValueError("the leaf is not in the tree")
    first, last, hashed = number, size - 1, leaf
    for step in proof:
        if last == 0:
            raise ValueError("the proof is too long")
        if first & 1 or first == last:
            hashed = hashlib.sha256(b"\1" + step + hashed).digest()
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            hashed = hashlib.sha256(b"\1" + hashed + step).digest()
        first, last = first >> 1, last >> 1
    if last:
        raise ValueError("the proof is too short")
    return hashed


def checkpoint_of(note, key):
    body, _, signatures = note.partition("\n\n")
    body += "\n"
    name, number, public = key.split("+", 2)
    public = base64.b64decode(public)
    if public[0] != 1 or hashlib.sha256(name.encode() + b"\n" + public).digest()[:4].hex() != number:
        raise ValueError("the key is none")
    for line in signatures.splitlines():
        dash, signer, signature = line.split(" ")
        signature = base64.b64decode(signature)
        if dash == "—" and signer == name and signature[:4].hex() == number:
            Ed25519PublicKey.from_public_bytes(public[1:]).verify(signature[4:], body.encode())
            origin, size, root = body.split("\n")[:3]
            if origin != name:
                raise ValueError("the checkpoint is another log's")
            return int(size), base64.b64decode(root)
    raise ValueError("the checkpoint is not signed with the key")


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        extract = json.load(file)
    size, root = checkpoint_of(extract["checkpoint"], sys.argv[2] if len(sys.argv) > 2 else extract["key"])
    for row in extract["rows"]:
        if root_of(leaf_of(row), row["leaf"], size, [base64.b64decode(h) for h in row["proof"]]) != root:
            raise ValueError(f"row {row['leaf']} is not the one that was logged")
        if row["row"]["tenant"] != extract["tenant"]:
            raise ValueError(f"row {row['leaf']} is another region's")
    print(f"good: {len(extract['rows'])} rows of a log of {size}")


try:
    main()
except Exception as error:
    sys.exit(f"{type(error).__name__}: {error}")
