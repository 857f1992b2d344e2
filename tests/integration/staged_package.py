"""A delivered and validated package as ingest and validation leave it, made without them: random bytes cut into segments,
each sealed by Debian's age, header and payload apart, in staging folders; and the SQL of their rows on standard output.

    staged_package.py LOCATION TENANT KEYS_OF_TENANT SEGMENTS BYTES_OF_A_SEGMENT PLAINTEXT

PLAINTEXT becomes the delivered bytes. Prints the delivery's id as an SQL comment, first.
"""
import hashlib
import os
import subprocess
import sys
import uuid


def recipients(keys):
    service = subprocess.run(["age-keygen", "-y", f"{keys}/service.identity"], capture_output=True, check=True)
    names = [f"{keys}/{name}.recipient" for name in ("region", "escrow")]
    return [service.stdout.decode().strip()] + [open(name, encoding="ascii").read().strip() for name in names]


def seal(folder, plain, to):
    """The row's key, stored bytes and sha512."""
    options = [word for recipient in to for word in ("-r", recipient)]
    sealed = subprocess.run(["age", *options], input=plain, capture_output=True, check=True).stdout
    end = sealed.index(b"\n", sealed.index(b"\n--- ") + 1) + 1
    key = str(uuid.uuid4())
    os.makedirs(folder, mode=0o700, exist_ok=True)
    for name, content in ((f"{key}.header", sealed[:end]), (key, sealed[end:])):
        with open(f"{folder}/{name}", "wb") as out:
            out.write(content)
    return key, len(sealed) - end, hashlib.sha512(sealed[end:]).hexdigest()


def main(location, tenant, keys, segments, size, plaintext):
    delivery, package, upload, judged = (str(uuid.uuid4()) for _ in range(4))
    to = recipients(keys)
    plain = [os.urandom(int(size)) for _ in range(int(segments))]
    with open(plaintext, "wb") as out:
        out.write(b"".join(plain))
    digest = hashlib.sha256(b"".join(plain)).hexdigest()
    total = sum(map(len, plain))
    print(f"-- {delivery}")
    print(f"""insert into ingest.delivery (id, tenant, system, identity, agreement, package, kind, bytes, sha256, staged, received_at)
        values ('{delivery}', 1, 'delar', '{delivery}', 'DELAR', '{package}', 'package', {total}, '\\x{digest}', '{upload}', now());
        insert into validation.work (delivery, tenant, staged, files, bytes, errors, warnings, done_at)
        values ('{delivery}', 1, '{judged}', 7, {total}, 0, 0, now());""")
    for number, piece in enumerate(plain):
        key, stored, sha512 = seal(f"{location}/staging/{tenant}/{upload}", piece, to)
        print(f"""insert into ingest.segment (tenant, delivery, number, key, bytes, stored_bytes, sha512)
            values (1, '{delivery}', {number}, '{key}', {len(piece)}, {stored}, '\\x{sha512}');""")
    for number, what in enumerate(("entries", "report")):
        key, stored, sha512 = seal(f"{location}/staging/{tenant}/{judged}", what.encode(), to)
        print(f"""insert into validation.sealed (staged, number, tenant, delivery, what, key, bytes, stored_bytes, sha256, sha512)
            values ('{judged}', {number}, 1, '{delivery}', '{what}', '{key}', {len(what)}, {stored},
            '\\x{hashlib.sha256(what.encode()).hexdigest()}', '\\x{sha512}');""")


main(*sys.argv[1:])
