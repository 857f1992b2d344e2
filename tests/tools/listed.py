"""Does METS.xml of an unpacked package list every file that is there, with its size and digest, and no other?

    listed.py ROOT      the root folder, named as its OBJID with ":" as "+"
"""
import hashlib
import os
import sys
import urllib.parse
import xml.etree.ElementTree as tree

root = sys.argv[1]
mets, link = "{http://www.loc.gov/METS/}", "{http://www.w3.org/1999/xlink}href"
seen = {"METS.xml"}
document = tree.parse(root + "/METS.xml").getroot()
assert document.get("OBJID").replace(":", "+") == os.path.basename(root), "root folder"
for element in list(document.iter(mets + "mdRef")) + list(document.iter(mets + "file")):
    place = element if element.get(link) else element.find(mets + "FLocat")
    path = urllib.parse.unquote(place.get(link))
    with open(os.path.join(root, path), "rb") as file:
        content = file.read()
    assert path not in seen, path + " twice"
    assert len(content) == int(element.get("SIZE")), path + " size"
    assert hashlib.sha256(content).hexdigest() == element.get("CHECKSUM"), path + " digest"
    seen.add(path)
there = {os.path.relpath(os.path.join(f, n), root) for f, _, names in os.walk(root) for n in names}
assert there == seen, there ^ seen
