"""The files of an E-ARK package in other forms of packages: other_forms.py E-ARK.zip FGS.zip BAG.zip

FGS.zip is a package of FGS Paketstruktur 1.2: the content in content/, described by sip.xml. BAG.zip is a bag (BagIt 1.0) around
the package as it is."""
import hashlib
import re
import sys
import zipfile
from xml.sax.saxutils import quoteattr

PROFILE = "http://xml.ra.se/e-arkiv/METS/version12/CommonSpecificationSwedenPackageProfile.xml"
HEAD = f"""<?xml version="1.0" encoding="UTF-8"?>
<mets xmlns="http://www.loc.gov/METS/" xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:ext="ExtensionMETS"
 OBJID="UUID:7E3C5F44-1F5B-4a35-9D2E-4B7B7C1C1A01" TYPE="Medical record" PROFILE="{PROFILE}">
<metsHdr CREATEDATE="2026-01-01T00:00:00Z" RECORDSTATUS="NEW" ext:OAISSTATUS="SIP">
<agent ROLE="ARCHIVIST" TYPE="ORGANIZATION"><name>Region Ekeby</name><note>ORG:232100-0000</note></agent>
<agent ROLE="ARCHIVIST" TYPE="OTHER" OTHERTYPE="SOFTWARE"><name>Kurvan</name></agent>
<agent ROLE="CREATOR" TYPE="ORGANIZATION"><name>Region Ekeby</name></agent>
<altRecordID TYPE="SUBMISSIONAGREEMENT">A-KURVAN</altRecordID></metsHdr>
<fileSec><fileGrp>
"""
TAIL = """</fileGrp></fileSec>
<structMap><div LABEL="No structMap defined in this information package"/></structMap></mets>
"""


def described(number, path, content):
    return (
        f'<file ID="f{number}" MIMETYPE="application/octet-stream" SIZE="{len(content)}" CREATED="2026-01-01T00:00:00Z"'
        f' CHECKSUM="{hashlib.sha256(content).hexdigest()}" CHECKSUMTYPE="SHA-256"><FLocat LOCTYPE="URL" xlink:type="simple"'
        f' xlink:href={quoteattr("file:///" + path)}/></file>\n'
    )


def write_fgs(files, out):
    kept = {}
    for path, content in files.items():
        below = path.split("/", 1)[1]
        if below.endswith("METS.xml") or below.startswith("metadata/"):
            continue
        if below == "documentation/mapping.json":
            content = re.sub(rb"representations/[^/\"]+/data/", b"content/", content)
        kept[re.sub(r"^representations/[^/]+/data/", "content/", below)] = content
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        listed = "".join(described(i, path, content) for i, (path, content) in enumerate(kept.items()))
        package.writestr("fgs/sip.xml", HEAD + listed + TAIL)
        for path, content in kept.items():
            package.writestr("fgs/" + path, content)


def write_bag(files, out):
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("bag/bagit.txt", "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")
        package.writestr("bag/bag-info.txt", f"Payload-Oxum: {sum(map(len, files.values()))}.{len(files)}\n")
        lines = (f"{hashlib.sha512(content).hexdigest()}  data/{path}\n" for path, content in files.items())
        package.writestr("bag/manifest-sha512.txt", "".join(lines))
        for path, content in files.items():
            package.writestr("bag/data/" + path, content)


with zipfile.ZipFile(sys.argv[1]) as source:
    delivered = {name: source.read(name) for name in source.namelist() if not name.endswith("/")}
write_fgs(delivered, sys.argv[2])
write_bag(delivered, sys.argv[3])
