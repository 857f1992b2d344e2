"""Packages of several parts with known faults, made from one that is right.

    faulty_packages.py SMALL.tar LARGE.tar FOLDER

SMALL becomes the TARs, LARGE what is compressed. Writes FOLDER/{right,faulty,broken,both}.{zip,tar,tar.gz}. `faulty` has one fault of each kind; `broken` has a file whose bytes
are not what the container says of them (a TAR says nothing of them, so it is cut off instead); in `both` a file is a folder, too."""
import gzip
import io
import re
import sys
import tarfile
import zipfile


def read(path):
    with tarfile.open(path) as tar:
        return [(m.name, None if m.isdir() else tar.extractfile(m).read()) for m in tar]


def as_tar(entries):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, content in entries:
            info = tarfile.TarInfo(name)
            info.type = tarfile.DIRTYPE if content is None else tarfile.REGTYPE
            info.size = len(content or b"")
            tar.addfile(info, io.BytesIO(content or b""))
    return out.getvalue()


def as_zip(entries):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            info = zipfile.ZipInfo(name + "/" if content is None else name, (2026, 1, 2, 3, 4, 6))
            info.compress_type = zipfile.ZIP_STORED if content is None else zipfile.ZIP_DEFLATED
            archive.writestr(info, content or b"")
    return out.getvalue()


def as_gzip(tar):
    return gzip.compress(tar, mtime=0)


def faulty(entries):
    """Every kind of fault that the join and the check find, each in a file of its own."""
    entries = dict(entries)
    mets = next(n for n in entries if n.count("/") == 1 and n.endswith("/METS.xml"))
    text = entries[mets].decode()
    files = sorted(n for n in entries if "/data/note-" in n)

    def change(name, pattern, replacement):
        nonlocal text
        short = re.escape(name.rsplit("/", 1)[1])
        element = re.search(r"<(?:mets:)?file [^>]*>\s*<(?:mets:)?FLocat [^>]*" + short + "[^>]*>", text)
        changed = re.sub(pattern, replacement, element.group(0), count=1)
        assert changed != element.group(0), (name, pattern)
        text = text.replace(element.group(0), changed, 1)

    change(files[10], r'CHECKSUM="[0-9A-Fa-f]{8}', 'CHECKSUM="00000000')
    change(files[20], r'SIZE="[0-9]+"', 'SIZE="999999"')
    change(files[30], r'CHECKSUMTYPE="[^"]+"', 'CHECKSUMTYPE="TIGER"')
    del entries[files[40]]
    change(files[50], r'href="([^"]*)note', r'href="\1NOTE')
    change(files[55], r'href="([^"]*)note', r'href="\1%C3%A5note')  # å composed; the file's is not
    entries[files[55].replace("note", "a\u030anote")] = entries.pop(files[55])
    entries[files[60] + ".extra"] = b"nobody lists me"
    entries[files[70] + ".dcm"] = b"no image"
    entries[files[80] + ".siard"] = b"PK\x03\x04 no database" * 1000
    text = text.replace('CONTENTINFORMATIONTYPE="MIXED"', 'CONTENTINFORMATIONTYPE="SIARD1"')
    premis = next(n for n in entries if n.endswith("/premis.xml"))
    entries[premis] = entries[premis][:-20]
    change(files[890], r'CHECKSUM="[0-9A-Fa-f]{8}', 'CHECKSUM="11111111')
    entries[mets] = text.encode()
    return list(entries.items())


def below_a_file(entries):
    note = next(name for name, _ in entries if "/data/note-0100" in name)
    return [(f"{note}/{letter}.txt", b"x") for letter in "ab"]


def broken(kind, entries):
    if kind == "tar":
        return as_tar(entries)[:-20000]
    if kind == "tar.gz":
        packed = bytearray(as_gzip(as_tar(entries)))
        packed[-6] ^= 1  # the checksum of it all
        return packed
    archive = bytearray(as_zip(entries))
    with zipfile.ZipFile(io.BytesIO(archive)) as listed:
        info = next(i for i in listed.infolist() if "/data/note-0200" in i.filename)
    archive[info.header_offset + 30 + len(info.filename) + 4] ^= 0x10
    return archive


def main():
    small, large, folder = sys.argv[1:]
    containers = {"zip": as_zip, "tar": as_tar, "tar.gz": lambda entries: as_gzip(as_tar(entries))}
    for kind, pack in containers.items():
        entries = read(small if kind == "tar" else large)
        for name, data in (
            ("right", pack(entries)),
            ("faulty", pack(faulty(entries))),
            ("broken", broken(kind, entries)),
            ("both", pack(entries + below_a_file(entries))),
        ):
            with open(f"{folder}/{name}.{kind}", "wb") as out:
                out.write(data)


if __name__ == "__main__":
    main()
