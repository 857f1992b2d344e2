#!/usr/bin/python3
"""What the gateway needs to have something to answer with: packages in a vault and the rows that tell of them.

    gateway_rows.py VAULT KEYS        KEYS: the folder with tenants/NAME/ of room keys; rows as SQL on standard output

The bytes are sealed by Debian's age and laid out by the documented forms (vault/README.md, entry_index.h), not by our own
code: what is read in this test was written by others.
"""
import hashlib
import hmac
import io
import pathlib
import subprocess
import sys
import uuid
import zipfile

PERSON = ("1.2.752.129.2.1.3.1", "191212121212")
FORMER = ("1.2.752.129.2.1.3.3", "191212721219")  # the same person's coordination number
CROWD = ("1.2.752.129.2.1.3.1", "191212121213")   # has 200 notes
SPREAD = ("1.2.752.129.2.1.3.1", "191212121214")  # has a note in each of SPREAD_PACKAGES packages
SPREAD_PACKAGES = 200
UNLUCKY = ("1.2.752.129.2.1.3.1", "191212121215")  # two files of whose are damaged, one is gone
JOURNAL_A = "SE2321000016-A001"
JOURNAL_B = "SE2321000024-B001"
OLD = ("1.2.752.129.2.1.3.1", "191212121216")      # has a note of units that are no more
PROVIDER = "SE2321000016-10A1"
PROVIDER_B = "SE2321000024-10B1"
GCD = "urn:riv:clinicalprocess:healthcond:description"


def quote(value):
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return r"'\x" + value.hex() + "'"
    return "'" + str(value).replace("'", "''") + "'"


def insert(table, **columns):
    names = ", ".join(f'"{name}"' for name in columns)
    print(f"insert into {table} ({names}) values ({', '.join(quote(v) for v in columns.values())});")


def number(value):
    out = b""
    while value >= 128:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def entry_index(package):
    """The form of entry_index.h, for a ZIP without restart points."""
    head = b"R7eIdx\0\1"
    items, rows = b"", []
    for info in zipfile.ZipFile(io.BytesIO(package)).infolist():
        local = info.header_offset
        data = local + 30 + sum(int.from_bytes(package[local + at:local + at + 2], "little") for at in (26, 28))
        path = info.filename.encode()
        rows.append(hashlib.sha256(path).digest()[:10] + (len(head) + len(items)).to_bytes(6, "big"))
        flags = 4 | (2 if info.compress_type == zipfile.ZIP_DEFLATED else 0)
        items += (b"E" + bytes([flags]) + number(len(path)) + path + number(data) + number(info.compress_size) +
                  number(info.file_size) + info.CRC.to_bytes(4, "big") + number(0) + number(0))
    rows.sort()
    fan_out, below = b"", 0
    for first in range(256):
        below += sum(row[0] == first for row in rows)
        fan_out += below.to_bytes(8, "big")
    tail = b"".join(n.to_bytes(8, "big") for n in (len(head) + len(items), len(rows), 0)) + b"\0\0R7eIdx"
    return head + items + b"".join(rows) + fan_out + tail


class Region:
    def __init__(self, vault, keys, tenant, name):
        self.tenant, self.vault = tenant, vault / "ocfl" / name
        self.folder = keys / "tenants" / name
        self.folder.mkdir(parents=True)
        for file in ("service.identity", "delivery.identity"):
            subprocess.run(["age-keygen", "-o", self.folder / file], check=True, capture_output=True)
        self.recipient = subprocess.run(["age-keygen", "-y", self.folder / "service.identity"], check=True,
                                        capture_output=True, text=True).stdout.strip()
        for file in ("region.recipient", "escrow.recipient"):
            (self.folder / file).write_text(self.recipient + "\n")
        self.key = hashlib.sha256(name.encode()).digest()
        (self.folder / "pseudonym.key").write_text(self.key.hex() + "\n")
        insert("access.tenant", id=tenant, name=name, title=name)
        insert("ingest.agreement", tenant=tenant, id="A1", system="vas", title="x", information_type="care",
               reader="files", archive_creator="x", source_system="x")

    def pseudonym(self, person):
        kind, digits = person
        return uuid.UUID(bytes=hmac.new(self.key, kind.encode() + b"\0" + digits.encode(), "sha256").digest()[:16])

    def seal(self, package, kind, place, what, plain):
        """header ‖ payload, as age makes it, kept apart as the vault does."""
        sealed = subprocess.run(["age", "-r", self.recipient], input=plain, check=True, capture_output=True).stdout
        end = sealed.index(b"\n", sealed.index(b"\n--- ") + 1) + 1
        name = hashlib.sha256(f"urn:uuid:{package}".encode()).hexdigest()
        content = self.vault / name[:3] / name[3:6] / name[6:9] / name / "v1" / "content"
        content.mkdir(parents=True, exist_ok=True)
        (content / f"{'seg' if kind == 'delivered' else 'aip'}-{place:08d}").write_bytes(sealed[end:])
        key = uuid.uuid4()
        insert("keys.header", id=key, tenant=self.tenant, header=sealed[:end], lease_until="2100-01-01")
        insert("preservation.segment", package=package, kind=kind, number=place, tenant=self.tenant, what=what, key=key,
               bytes=len(plain), stored_bytes=len(sealed) - end, sha512=hashlib.sha512(sealed[end:]).digest())

    def segment(self, package):
        name = hashlib.sha256(f"urn:uuid:{package}".encode()).hexdigest()
        return self.vault / name[:3] / name[3:6] / name[6:9] / name / "v1" / "content" / "seg-00000000"

    def damage(self, package):
        sealed = bytearray(self.segment(package).read_bytes())
        sealed[20] ^= 1
        self.segment(package).write_bytes(sealed)

    def lose(self, package):
        self.segment(package).unlink()

    def package(self, name, files, accepted=True, record_status="NEW"):
        package, delivery = uuid.uuid4(), uuid.uuid4()
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for path, content in files.items():
                archive.writestr(path, content)
        plain = out.getvalue()
        digest = hashlib.sha256(plain).digest()
        insert("ingest.delivery", id=delivery, tenant=self.tenant, system="vas", identity=name, agreement="A1",
               package=package, kind="package", objid=name, record_status=record_status, bytes=len(plain),
               sha256=digest, received_at="2026-01-01", validated_at="2026-01-01", stored_at="2026-01-01",
               accepted_at="2026-01-01" if accepted else None)
        insert("preservation.package", id=package, tenant=self.tenant, delivery=delivery, system="vas", agreement="A1",
               objid=name, bytes=len(plain), sha256=digest, files=len(files), stored_at="2026-01-01")
        self.seal(package, "delivered", 0, "bytes", plain)
        self.seal(package, "aip", 1, "entries", entry_index(plain))
        return package

    def record(self, package, place, person, source_id, day, system=JOURNAL_A, provider=PROVIDER, unit=PROVIDER + "1",
               **more):
        pseudonym = self.pseudonym(person)
        insert("indexing.record", **{
            "package": package, "person": pseudonym, "shard": int.from_bytes(pseudonym.bytes[:2], "big") >> 6,
            "part": 0, "number": place, "tenant": self.tenant, "type": "care", "category": "voo", "status": "signed",
            "occurred_at": day, "documented_at": day, "authored_at": day, "signed_at": day, "author_name": "Läkare Å",
            "unit_id": unit, "unit_name": "Mottagning <1>", "care_unit": unit, "care_provider": provider,
            "archive_creator": "Region", "source_system": system, "source_id": source_id, "approved_for_patient": True,
            "title": "Anteckning", "content_hmac": uuid.uuid4(), **more})


def delivered_xml():
    """A document as another system would have answered with it."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<x:GetCareDocumentationResponse xmlns:x="{GCD}:GetCareDocumentationResponder:3" xmlns:d="{GCD}:3">
<x:careDocumentation><d:header><d:accessControlHeader>
<d:patientId><d:root>{FORMER[0]}</d:root><d:extension>{FORMER[1]}</d:extension></d:patientId>
<d:blockComparisonTime>20190202100000</d:blockComparisonTime><d:approvedForPatient>false</d:approvedForPatient>
</d:accessControlHeader><d:sourceSystemId><d:root>1.2.752.129.2.1.4.1</d:root><d:extension>SE1-OLD</d:extension>
</d:sourceSystemId><d:record><d:id><d:root>gcd-1</d:root></d:id><d:timestamp>20190202100000</d:timestamp></d:record>
</d:header><d:body><d:clinicalDocumentNoteCode><d:originalText>Journal</d:originalText></d:clinicalDocumentNoteCode>
<d:clinicalDocumentNoteText>Från källan: &lt;åäö&gt; &amp; mer</d:clinicalDocumentNoteText></d:body></x:careDocumentation>
</x:GetCareDocumentationResponse>
""".encode()


def region_a(vault, keys):
    a = Region(vault, keys, 1, "region-a")
    former_row = f"note-2;{FORMER[1]};2018-01-01;text\r\n".encode()
    index = f"id;pnr;dag;fil\r\nnote-1;{PERSON[1]};2020-01-01;text\r\n".encode()
    xml = delivered_xml()
    begin, end = xml.index(b"<x:careDocumentation>"), xml.index(b"</x:careDocumentation>") + 22
    main = a.package("A-1", {"index.csv": index + former_row, "one.txt": "Besök. åäö".encode("windows-1252"),
                             "two.txt": "Under det förra numret.".encode(), "scan.pdf": b"%PDF-1.4 " + bytes(5000),
                             "page.tif": b"II*\0" + bytes(900), "gcd.xml": xml})
    a.record(main, 0, PERSON, "note-1", "2020-01-01T10:00Z", path="one.txt", driver="index.csv", row_offset=16, row_length=35)
    a.record(main, 1, FORMER, "note-2", "2018-01-01T10:00Z", path="two.txt", driver="index.csv", row_offset=len(index),
             row_length=len(former_row))
    a.record(main, 2, PERSON, "scan-1", "2017-01-01T10:00Z", path="scan.pdf", attachments="{page.tif}", driver="index.csv",
             row_offset=1, provider=PROVIDER, unit=PROVIDER + "2", approved_for_patient=False)
    a.record(main, 3, FORMER, "gcd-1", "2019-02-02T09:00Z", path="gcd.xml", driver="gcd.xml", offset=begin,
             length=end - begin, row_offset=begin, row_length=end - begin)
    # What must never come: another provider, final archive, nullified, another category, not accepted, a test.
    a.record(main, 4, PERSON, "other-provider", "2020-01-02", provider="SE2321000016-20A2", path="one.txt", driver="index.csv", row_offset=2)
    a.record(main, 5, PERSON, "final", "2020-01-03", stage="final", path="one.txt", driver="index.csv", row_offset=3)
    a.record(main, 6, PERSON, "gone", "2020-01-04", status="nullified", path="one.txt", driver="index.csv", row_offset=4)
    a.record(main, 7, PERSON, "diagnosis", "2020-01-05", category="dia", path="one.txt", driver="index.csv", row_offset=5)
    a.record(main, 8, PERSON, "other-system", "2020-01-06", system="SE2321000016-A002", path="one.txt", driver="index.csv", row_offset=6)
    waiting = a.package("A-2", {"one.txt": b"x"}, accepted=False)
    a.record(waiting, 0, PERSON, "not-accepted", "2020-01-07", path="one.txt")
    test = a.package("A-3", {"one.txt": b"y"}, record_status="TEST")
    a.record(test, 0, PERSON, "test", "2020-01-08", path="one.txt")
    crowd = a.package("A-4", {f"note-{i}.txt": f"Anteckning {i}. " * 50 for i in range(200)})
    for i in range(200):
        a.record(crowd, i, CROWD, f"crowd-{i}", f"2015-{i % 12 + 1:02d}-{i % 28 + 1:02d}T08:00Z", path=f"note-{i}.txt")
    for i in range(SPREAD_PACKAGES):
        one = a.package(f"S-{i}", {"note.txt": f"Ensam {i}."})
        a.record(one, 0, SPREAD, f"spread-{i}", f"2016-{i % 12 + 1:02d}-{i % 28 + 1:02d}T08:00Z", path="note.txt")
    good = a.package("U-1", {"good.txt": "Hel."})
    bad = a.package("U-2", {"bad.txt": "Skadad.", "page.txt": "Sidan."})
    gone = a.package("U-3", {"gone.txt": "Borta."})
    a.record(good, 0, UNLUCKY, "good", "2016-01-03", path="good.txt")
    a.record(bad, 0, UNLUCKY, "bad", "2016-01-02", path="bad.txt", attachments="{page.txt}")
    a.record(gone, 0, UNLUCKY, "gone", "2016-01-01", path="gone.txt")
    old = a.package("O-1", {"old.txt": "Gammal."})
    a.record(old, 0, OLD, "by-code", "1996-01-03", path="old.txt", unit="MED", care_unit=None, provider=None)
    a.record(old, 1, OLD, "as-delivered", "1996-01-02", path="old.txt", unit="MED", care_unit=PROVIDER + "7")
    a.record(old, 2, OLD, "later-code", "2010-01-01", path="old.txt", unit="MED", care_unit=None)
    a.record(old, 3, OLD, "unknown-code", "1996-01-01", path="old.txt", unit="?", care_unit=None, provider=None)
    # MED was the clinic of then until 1998; another unit has the code now, and the health centre took over from the clinic.
    for unit in "4", "5", "6":
        insert("access.unit", tenant=1, id=PROVIDER + unit, name="Enhet", care_unit=PROVIDER + unit, care_provider=PROVIDER, valid_from="1980-01-01")
    for unit, valid_from, valid_until in (("4", "1980-01-01", "1999-01-01"), ("5", "1999-01-01", None)):
        insert("access.unit_code", tenant=1, source_system=JOURNAL_A, code="MED", unit=PROVIDER + unit, valid_from=valid_from, valid_until=valid_until)
    insert("access.succession", id=uuid.uuid4(), tenant=1, unit=PROVIDER + "4", successor=PROVIDER + "6", kind="merge", decided_by="x", valid_from="2020-01-01")
    a.damage(bad)
    a.lose(gone)
    insert("indexing.person_link", id=uuid.uuid4(), tenant=1, person=a.pseudonym(PERSON), other=a.pseudonym(FORMER),
           source="national_person_service", assurance="high", decided_by="x", reason="changed number", valid_from="2020-01-01")


def region_b(vault, keys):
    b = Region(vault, keys, 2, "region-b")
    package = b.package("B-1", {"one.txt": b"In region B."})
    b.record(package, 0, PERSON, "b-1", "2021-01-01", system=JOURNAL_B, provider=PROVIDER_B, unit=PROVIDER_B, path="one.txt")


def services():
    insert("access.principal", subject="SE5565594230-NPO", kind="national_service", name="Nationella plattformen", purpose="care", valid_from="2020-01-01")
    insert("access.principal", subject="SE5565594230-1177", kind="national_service", name="1177", purpose="patient", valid_from="2020-01-01")
    for tenant, provider, unit in ((1, PROVIDER, ""), (2, PROVIDER_B, "")):
        insert("gateway.consumer_policy", service="SE5565594230-NPO", tenant=tenant, care_provider=provider, care_unit=unit,
               valid_from="2020-01-01")
    insert("gateway.consumer_policy", service="SE5565594230-1177", tenant=1, care_provider=PROVIDER, care_unit=PROVIDER + "2",
           valid_from="2020-01-01")
    insert("access.logical_address", address=JOURNAL_A, tenant=1, processor_agreement=True, valid_from="2020-01-01")
    insert("access.logical_address", address=JOURNAL_B, tenant=2, processor_agreement=True, valid_from="2020-01-01")
    insert("access.logical_address", address="SE2321000016-A002", tenant=1, processor_agreement=False, valid_from="2020-01-01")
    insert("access.logical_address", address="SE2321000016-A003", tenant=1, processor_agreement=True, valid_from="2020-01-01",
           valid_until="2021-01-01")


def main():
    vault, keys = map(pathlib.Path, sys.argv[1:])
    print("begin;")
    region_a(vault, keys)
    region_b(vault, keys)
    services()
    print("commit;")


main()
