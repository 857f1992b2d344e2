#!/usr/bin/env python3
"""A stand-in of a service that keeps blocks, for block_mirror.sh: GetBlocks 4 (soap_stand_in.py).

    block_service.py PORT CERT KEY CA BLOCKS.json [XSD-FOLDER]

BLOCKS.json: {"blocks": [{"id", "created", "provider", "unit", "outer", "patient", "start", "end", "excluded": [], "lifts": [{"id", "until", "unit",
"employee", "created"}]}], "cancelled": TIME, "page": blocks in an answer, "answer": how it fails, beside what all stand-ins do: "refuses" (a
result that is no answer), "provider" (of another than was asked), "half" (no header)}. Without "created" a block is of the beginning."""
import sys
from xml.sax.saxutils import escape

from soap_stand_in import serve

URN = "urn:riv:informationsecurity:authorization:blocking:"
RESPONDER = URN + "GetBlocksResponder:4"
CONTRACTS = {"GetBlocks": (RESPONDER, "informationsecurity/authorization/blocking/GetBlocks/4/rivtabp21", "GetBlocksInteraction/GetBlocksResponder_4.0.xsd")}


def leaf(name, value):
    return f"<{name}>{escape(value)}</{name}>" if value else ""


def block(b, provider):
    lifts = "".join("<temporaryRevokes>" + leaf("temporaryRevokeId", l["id"]) + leaf("endDate", l["until"]) + leaf("revokedForCareUnitId", l["unit"])
                    + leaf("revokedForEmployeeId", l.get("employee")) + "</temporaryRevokes>" for l in b.get("lifts", []))
    excluded = "".join(f"<excludedInformationTypes>{leaf('infoTypeId', k)}{leaf('infoTypeDescription', k)}</excludedInformationTypes>" for k in b.get("excluded", []))
    return ("<blocks>" + leaf("blockId", b["id"]) + leaf("blockType", "Outer" if b.get("outer") else "Inner") + leaf("informationStartDate", b.get("start"))
            + leaf("informationEndDate", b.get("end")) + leaf("informationCareUnitId", b.get("unit")) + leaf("informationCareProviderId", provider)
            + f"<patientId><root>1.2.752.129.2.1.3.1</root><extension>{b['patient']}</extension></patientId>{excluded}{lifts}"
            + leaf("ownerId", "elsewhere") + "</blocks>")


def created(b):
    return max([b.get("created", "2000-01-01T00:00:00")] + [l.get("created", "") for l in b.get("lifts", [])])


def answer(contract, question, known):
    provider = question.findtext(f"{{{RESPONDER}}}careProviderIds")
    since = question.findtext(f"{{{RESPONDER}}}createdOnOrAfter") or ""
    how = known.get("answer")
    found = sorted((b for b in known["blocks"] if b["provider"] == provider and created(b) >= since), key=created)
    page = found[:known.get("page", 1000)]
    after = created(found[len(page)]) if len(found) > len(page) else known.get("now", "2026-01-01T00:00:00")
    told = "".join(block(b, "SE0000000009-9" if how == "provider" else provider) for b in page)
    code = "ACCESSDENIED" if how == "refuses" else "OK"
    header = (f'<x:blockHeader xmlns:x="{RESPONDER}"><result>{leaf("resultCode", code)}</result>{told}' + leaf("nextCreatedOnOrAfter", after)
              + leaf("latestCancellation", known.get("cancelled", "2000-01-01T00:00:00")) + "</x:blockHeader>")
    return f"{provider} {since or 'all'}", (f'xmlns="{URN}4"', header), how


serve(sys.argv[1], sys.argv[2:5], sys.argv[5], CONTRACTS, answer, *sys.argv[6:])
