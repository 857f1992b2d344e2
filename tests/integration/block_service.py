#!/usr/bin/env python3
"""A stand-in of a service that keeps blocks, for block_mirror.sh and block_check.sh: GetBlocks 4, CheckBlocks 4 (soap_stand_in.py).

    block_service.py PORT CERT KEY CA BLOCKS.json [XSD-FOLDER]

BLOCKS.json: {"blocks": [{"id", "created", "provider", "unit", "outer", "patient", "start", "end", "excluded": [], "lifts": [{"id", "until", "unit",
"employee", "created"}]}], "cancelled": TIME, "page": blocks in an answer, "answer": how it fails, beside what all stand-ins do: "refuses" (a
result that is no answer), "provider" (of another than was asked), "half" (no header), "mirror": how GetBlocks alone fails}. Without "created" a
block is of the beginning. CheckBlocks has "blocked": {"PATIENT EMPLOYEE UNIT": [CARE UNIT + KIND]}; beside what all do it "refuses", cannot judge the last row
("invalid"), leaves it out ("short"), answers one more ("long") or one twice ("twice")."""
import sys
from xml.sax.saxutils import escape

from soap_stand_in import serve

URN = "urn:riv:informationsecurity:authorization:blocking:"
RESPONDER = URN + "GetBlocksResponder:4"
CHECK = URN + "CheckBlocksResponder:4"
CONTRACTS = {"GetBlocks": (RESPONDER, "informationsecurity/authorization/blocking/GetBlocks/4/rivtabp21", "GetBlocksInteraction/GetBlocksResponder_4.0.xsd"),
             "CheckBlocks": (CHECK, "informationsecurity/authorization/blocking/CheckBlocks/4/rivtabp21", "CheckBlocksInteraction/CheckBlocksResponder_4.0.xsd")}


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


def check(question, known):
    def told(of, name):
        return of.findtext(f"{{{URN}4}}{name}")

    actor, patient = question.find(f"{{{CHECK}}}accessingActor"), question.find(f"{{{CHECK}}}patientId")
    rows = question.findall(f"{{{CHECK}}}informationEntities")
    blocked = known.get("blocked", {}).get(" ".join([told(patient, "extension"), told(actor, "employeeId"), told(actor, "careUnitId")]), [])
    how = known.get("answer")
    said = [("BLOCKED" if told(row, "informationCareUnitId") + (told(row, "informationType") or "") in blocked else "OK", told(row, "rowNumber")) for row in rows]
    if how == "invalid":
        said = [("VALIDATIONERROR" if told(row, "informationCareUnitId") == "U-4" else was, number) for row, (was, number) in zip(rows, said)]
    if how in ("long", "twice"):
        said.append(("OK", str(len(said) + 1) if how == "long" else said[-1][1]))
    if how == "short":
        said.pop()
    result = (f'<x:checkBlocksResult xmlns:x="{CHECK}"><result>{leaf("resultCode", "ACCESSDENIED" if how == "refuses" else "OK")}</result>'
              + "".join("<checkResults>" + leaf("status", status) + leaf("rowNumber", number) + "</checkResults>" for status, number in said)
              + "</x:checkBlocksResult>")
    asked = [f'{told(row, "informationCareUnitId")}{told(row, "informationType") or ""}:{told(row, "informationStartDate")[:4]}-{told(row, "informationEndDate")[:4]}' for row in rows]
    return f'{told(actor, "careProviderId")} {told(actor, "careUnitId")} {" ".join(asked[:1] + sorted(asked[1:]))}', (f'xmlns="{URN}4"', result), how


def answer(contract, question, known):
    if contract == "CheckBlocks":
        return check(question, known)
    provider = question.findtext(f"{{{RESPONDER}}}careProviderIds")
    since = question.findtext(f"{{{RESPONDER}}}createdOnOrAfter") or ""
    how = known.get("mirror") or known.get("answer")
    found = sorted((b for b in known["blocks"] if b["provider"] == provider and created(b) >= since), key=created)
    page = found[:known.get("page", 1000)]
    after = created(found[len(page)]) if len(found) > len(page) else known.get("now", "2026-01-01T00:00:00")
    told = "".join(block(b, "SE0000000009-9" if how == "provider" else provider) for b in page)
    code = "ACCESSDENIED" if how == "refuses" else "OK"
    header = (f'<x:blockHeader xmlns:x="{RESPONDER}"><result>{leaf("resultCode", code)}</result>{told}' + leaf("nextCreatedOnOrAfter", after)
              + leaf("latestCancellation", known.get("cancelled", "2000-01-01T00:00:00")) + "</x:blockHeader>")
    return f"{provider} {since or 'all'}", (f'xmlns="{URN}4"', header), how


serve(sys.argv[1], sys.argv[2:5], sys.argv[5], CONTRACTS, answer, *sys.argv[6:])
