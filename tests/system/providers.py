#!/usr/bin/env python3
"""Nobody of one care provider learns anything of another within the same region, where no agreement, consent or emergency says
so: every route of every room is asked by each role at each other provider, and by other source systems, once about a thing that a
provider has and once about one that does not exist. Both answers must be the same, and no row of the provider another afterwards.

    providers.py        beside a demo house whose var/demo/env is sourced, with case files accepted

Two authorities and a private provider: the region's, which has care records and case files; Sjötorps läkarhus, which has care
records; and a municipality, which has staff and no records, and so must learn nothing of any person either. Archivists, log
reviewers and local administrators are the region's own, at no provider, and are walked between regions (isolation.py).
"""
import json
import re
import sys

from walk import TOP, Owner, bearer, both, check, operations, people, query, send, system, tell, walk

AUTHORITY, SURGERY, MUNICIPALITY = "SE0000000001-1001", "SE0000000003-1001", "SE0000000004-1001"
UNITS = {AUTHORITY: "SE0000000001-2003", SURGERY: "SE0000000003-2001", MUNICIPALITY: "SE0000000004-2001"}
OF_THE_REGION = {"archivist", "log_reviewer", "local_administrator"}
OF_THE_HOUSE = {"central_administrator", "operator"}
PURPOSES = {"care_staff": ["care"], "registrar": ["registry"]}
PATIENT, STRANGER = "191212121212", "189001019802"
PASSWORD = "a password of theirs"
ADA = people(["ada"])["ada"]


def administer(method, address, body, caller=None):
    answer = send("access", method, address, {**(caller or ADA), "Content-Type": "application/json"}, json.dumps(body))
    head, _, text = answer.partition("\n\n")
    if not re.match(r"HTTP/1.1 20[014]", head):
        sys.exit(f"could not {method} {address}: {answer}")
    return json.loads(text) if text else {}


def roles():
    with open(f"{TOP}/libcommon/domain/permission_roles.def", encoding="utf-8") as file:
        return [role for role in re.findall(r'^ROLE\(\w+, "(\w+)"', file.read(), re.M) if role not in OF_THE_REGION | OF_THE_HOUSE]


def member(provider, role):
    """Who has that role at that provider, in a unit of it; who comes with all that opens other units of one's own provider."""
    login = f"{role.replace('_', '.')}.{provider[9:12]}"
    unit = UNITS[provider] if role == "care_staff" else None
    administer("PUT", f"/logins/{login}", {"name": role, "password": PASSWORD, "assignment": {
        "role": role, "care_provider": provider, **({"unit": unit, "care_unit": unit} if unit else {}),
        "purposes": PURPOSES.get(role, ["administration"]), "information_types": ["care", "registry"],
        "analysis": f"BR-{provider}", "valid_from": "2026-01-01T00:00:00Z"}})
    token = administer("POST", "/login", {"tenant": "region-a", "login": login, "password": PASSWORD}, {"none": "yes"})["token"]
    return {**bearer(token), "R7-Purpose": PURPOSES.get(role, ["administration"])[0], "R7-Reason": "prov", "R7-Other-Units": "true"}


def staff(provider):
    return {f"{role} at {provider}": member(provider, role) for role in roles()}


for provider in UNITS:
    administer("PUT", f"/analyses/BR-{provider}", {
        "title": "Behovs- och riskanalys för prov", "care_provider": provider, "information_types": ["care", "registry"],
        "purposes": ["care", "registry", "administration"], "decided_by": "Chefen", "decided_at": "2026-01-01T00:00:00Z",
        "document": "prov", "valid_from": "2026-01-01T00:00:00Z", "review_by": "2099-01-01T00:00:00Z"})
for provider in (SURGERY, MUNICIPALITY):
    administer("PUT", f"/units/{UNITS[provider]}", {"name": "Enhet", "care_unit": UNITS[provider], "care_provider": provider,
                                                    "valid_from": "2000-01-01T00:00:00Z"})
everybody = {provider: staff(provider) for provider in UNITS}
for provider in (AUTHORITY, SURGERY):
    nurse = everybody[provider][f"care_staff at {provider}"]
    administer("POST", "/persons/relations", {"person": {"number": PATIENT}, "valid_until": "2099-01-01T00:00:00Z"}, nurse)
    administer("POST", "/persons/consents", {"person": {"number": PATIENT}, "valid_until": "2099-01-01T00:00:00Z"}, nurse)
    administer("POST", "/emergencies", {"person": {"number": PATIENT}, "reason": "prov"}, nurse)
    administer("POST", "/blocks", {"person": {"number": PATIENT}, "outer": True, "care_provider": provider})

OWNERS = {AUTHORITY: ["care", "registry"], SURGERY: ["care"]}
SYSTEMS = ("kurvan", "pennan", "ronden")
seen = set()
for provider, types in OWNERS.items():
    for information_type in types:
        for other, callers in everybody.items():
            if other == provider:
                continue
            # Who has no records may not learn that a person has any at all.
            number = (PATIENT, STRANGER) if other == MUNICIPALITY else (STRANGER, STRANGER)
            owner = Owner("region-a", provider, information_type, number)
            theirs = query(f"select system from ingest.delivery where id = '{owner.thing('delivery', {})}' union"
                           f" select system from ingest.agreement where tenant = {owner.tenant} and id = '{owner.thing('agreement', {})}'")
            others = [s for s in SYSTEMS if s not in theirs] if other == MUNICIPALITY else []
            walk(owner, {**callers, **{n: c for s in others for n, c in system("region-a", s).items()}})
        own = Owner("region-a", provider, information_type)
        for told in operations():
            if told[4]["operationId"] in ("getRecord", "getRecordContent", "explainRecord"):
                for name, caller in everybody[provider].items():
                    real, other = both(own, told, caller)
                    if real[0] != other[0] and real[0].startswith("HTTP/1.1 200"):
                        seen.add((provider, information_type, told[4]["operationId"]))
for provider, types in OWNERS.items():
    for information_type in types:
        check(f"those of {provider} see its {information_type}", (provider, information_type, "explainRecord") in seen, seen)
sys.exit(tell())
