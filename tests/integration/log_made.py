"""A sealed log of any length, made with nothing of ours: key, checkpoint, tiles, extract and the region's journal.

    log_made.py SIZE FOLDER [EVERY]     FOLDER gets key, checkpoint, tile/…, log.jsonl and journal/00000000.jsonl, …

Each EVERY-th leaf (100) is a row, with what is about somebody withheld; the others were removed by the one decision in the journal. The
forms: libcommon/tlog/row.h, note.h, tile_path.h and batch.h. The same SIZE gives the same log again."""
import base64
import hashlib
import hmac
import json
import os
import random
import sys
import uuid

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

size, folder, every = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 100
NAME, BATCH, TILE, FILE_MAX = "archive.example/region-a", 900, 256, 64 << 20
WITHHELD = ["assignment", "care_provider", "reasons", "request", "role", "subject", "subject_kind", "subject_name", "unit", "what"]
dice = random.Random(size)
decision = uuid.UUID(int=7)
private = Ed25519PrivateKey.from_private_bytes(dice.randbytes(32))
public = b"\1" + private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
key_hash = hashlib.sha256(NAME.encode() + b"\n" + public).digest()[:4]


def text(data):
    return base64.b64encode(data).decode()


def compact(value):
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def node(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


class Tree:
    """The right edge: whole subtrees from the largest; and tiles, written when they are full."""

    def __init__(self):
        self.edge, self.levels, self.size = [], {}, 0

    def add(self, leaf):
        self.into_tile(0, leaf)
        height, hashed = 0, leaf
        while self.edge and self.edge[-1][0] == height:
            hashed, height = node(self.edge.pop()[1], hashed), height + 1
        self.edge.append((height, hashed))
        self.size += 1

    def into_tile(self, level, hashed):
        number, hashes = self.levels.setdefault(level, (0, []))
        hashes.append(hashed)
        if len(hashes) == TILE:
            write(path(level, number, TILE), b"".join(hashes))
            self.levels[level] = (number + 1, [])
            while len(hashes) > 1:
                hashes = [node(hashes[i], hashes[i + 1]) for i in range(0, len(hashes), 2)]
            self.into_tile(level + 1, hashes[0])

    def write_rest(self):
        for level, (number, hashes) in self.levels.items():
            if hashes:
                write(path(level, number, len(hashes)), b"".join(hashes))

    def checkpoint(self):
        root = None
        for _, hashed in reversed(self.edge):
            root = hashed if root is None else node(hashed, root)
        body = f"{NAME}\n{self.size}\n{text(root)}\n"
        return f"{body}\n— {NAME} {text(key_hash + private.sign(body.encode()))}\n"


def path(kind, number, width):
    groups = [f"{number % 1000:03d}"]
    while number >= 1000:
        number //= 1000
        groups.insert(0, f"x{number % 1000:03d}")
    return f"tile/{kind}/{'/'.join(groups)}" + (f".p/{width}" if width < TILE else "")


def write(name, data):
    name = os.path.join(folder, name)
    os.makedirs(os.path.dirname(name), exist_ok=True)
    with open(name, "wb") as file:
        file.write(data)


class Journal:
    def __init__(self):
        self.number, self.file = 0, None
        os.makedirs(f"{folder}/journal", exist_ok=True)

    def put(self, entry):
        if self.file is None or self.file.tell() > FILE_MAX:
            self.file = open(f"{folder}/journal/{self.number:08d}.jsonl", "w", encoding="utf-8")
            self.number += 1
        self.file.write(compact({"id": str(uuid.UUID(bytes=dice.randbytes(16))), "entry": entry}) + "\n")


def row(leaf, row_id):
    """Its line in the extract, and its commitment."""
    if leaf % every:
        commitment = dice.randbytes(32)
        return {"removed": {"leaf": leaf, "commitment": text(commitment), "decision": str(decision), "at": "2026-01-01T00:00:00Z"}}, commitment
    salt, second = dice.randbytes(32), leaf // 1000
    members = {"action": "read", "at": f"2020-{second // 2332800 % 12 + 1:02d}-{second // 86400 % 27 + 1:02d}T{second // 3600 % 24:02d}:{second // 60 % 60:02d}:{second % 60:02d}.000000Z",
               "id": str(row_id), "purpose": "care", "records": 1, "tenant": "region-a"}
    withheld = {name: text(dice.randbytes(32)) for name in WITHHELD}
    commitment = hmac.digest(salt, compact({**members, **withheld}).encode(), "sha256")
    return {"leaf": leaf, "salt": text(salt), "row": members, "keys": {}, "withheld": withheld}, commitment


def flush_tile(number, ids, records):
    write(path("entries", number, len(ids)), b"".join(records))
    write(path("ids", number, len(ids)), b"".join(ids))


def main():
    tree, journal, ids, records, batch, start = Tree(), Journal(), [], [], [], 0
    journal.put({"change": "log_purge", "fact": {"id": str(decision)}})
    with open(f"{folder}/rows", "w", encoding="utf-8") as rows:
        for leaf in range(size):
            row_id = uuid.UUID(bytes=dice.randbytes(16))
            line, commitment = row(leaf, row_id)
            rows.write(compact(line) + "\n")
            record = b"r7e-leaf-v1" + commitment
            tree.add(hashlib.sha256(b"\0" + record).digest())
            ids.append(row_id.bytes)
            records.append(b"\0\x2b" + record)
            batch.append((row_id.bytes, commitment))
            if len(ids) == TILE:
                flush_tile(leaf // TILE, ids, records)
                ids, records = [], []
            if len(batch) == BATCH or leaf == size - 1:
                journal.put({"log": {"from": start, "at": "2026-01-01T00:00:00Z", "checkpoint": tree.checkpoint(),
                                     "ids": text(b"".join(i for i, _ in batch)), "commitments": text(b"".join(c for _, c in batch))}})
                start, batch = leaf + 1, []
    if ids:
        flush_tile(size // TILE, ids, records)
    tree.write_rest()
    journal.file.close()
    key = f"{NAME}+{key_hash.hex()}+{text(public)}"
    write("key", (key + "\n").encode())
    write("checkpoint", tree.checkpoint().encode())
    with open(f"{folder}/log.jsonl", "w", encoding="utf-8") as out, open(f"{folder}/rows", encoding="utf-8") as rows:
        out.write(compact({"format": "r7e-log-extract-v1", "tenant": "region-a", "key": key, "checkpoint": tree.checkpoint()}) + "\n")
        for line in rows:
            out.write(line)
    os.remove(f"{folder}/rows")


os.makedirs(folder, exist_ok=True)
main()
