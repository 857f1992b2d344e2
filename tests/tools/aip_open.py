"""The AIP of an object in the vault, made again with nothing but an identity and Debian's age: what somebody does who has the
storage roots and no R7e.

    aip_open.py OBJECT IDENTITY FOLDER      writes FOLDER/urn+uuid+PACKAGE/…

Which of the AIP part's files is which, and which key opens which, stands in the catalogue; it is the one whose JSON says so.
"""
import json
import os
import subprocess
import sys
import xml.etree.ElementTree as tree

what, identity, folder = sys.argv[1:]
content, headers = f"{what}/v1/content", f"{what}/extensions/r7e-headers"


def opened(name, key):
    """The plaintext, or None when the key is another file's."""
    sealed = b"".join(open(path, "rb").read() for path in (f"{headers}/{key}", f"{content}/{name}"))
    age = subprocess.run(["age", "-d", "-i", identity], input=sealed, capture_output=True, check=False)
    return age.stdout if age.returncode == 0 else None


def catalogue():
    for name in sorted(n for n in os.listdir(content) if n.startswith("aip-")):
        for key in os.listdir(headers):
            text = opened(name, key)
            if text is not None and text.startswith(b'{"format":"r7e-catalogue-v1"'):
                return json.loads(text)
    sys.exit("no catalogue opens with this identity")


facts = catalogue()
files = {}
for part in facts["aip"]:
    files[part["what"]] = files.get(part["what"], b"") + opened(f"aip-{part['number']:08d}", part["key"])
delivered = b"".join(opened(f"seg-{s['number']:08d}", s["key"]) for s in facts["segments"])

# Where each lies is told by METS.
mets, link = "{http://www.loc.gov/METS/}", "{http://www.w3.org/1999/xlink}href"
document = tree.fromstring(files["mets"])
root = f"{folder}/urn+uuid+{facts['package']}"
places = {"METS.xml": files["mets"], document.find(f".//{mets}FLocat").get(link): delivered}
for section in document.iter(mets + "digiprovMD"):
    places[section.find(mets + "mdRef").get(link)] = files[section.get("ID").removeprefix("digiprov-")]
for path, text in places.items():
    os.makedirs(os.path.dirname(f"{root}/{path}"), exist_ok=True)
    with open(f"{root}/{path}", "wb") as out:
        out.write(text)
print(root)
