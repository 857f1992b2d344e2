#!/usr/bin/env python3
"""A stand-in of the national person service, for persons.sh: GetPersonsForProfile 5 (soap_stand_in.py).

    person_service.py PORT CERT KEY CA PERSONS.json [XSD-FOLDER]

PERSONS.json: {number: {"protected", "protected_registration", "test", "links": [[root, number, level]], "referred": [[number, status]],
"deregistered": [code, date], "answer"}}. "answer" is how it fails, or "somebody_else": another's record; "twice": one record twice. An
identity that is not there has no record."""
import sys

from soap_stand_in import serve

DOMAIN = "urn:riv:strategicresourcemanagement:persons:person:"
CONTRACTS = {"GetPersonsForProfile": (f"{DOMAIN}GetPersonsForProfileResponder:5",
                                      "strategicresourcemanagement/persons/person/GetPersonsForProfile/5/rivtabp21",
                                      "GetPersonsForProfileInteraction/GetPersonsForProfileResponder_5.0.xsd")}
PERSONNUMMER = "1.2.752.129.2.1.3.1"


def number(name, root, extension):
    return f"<{name}><root>{root}</root><extension>{extension}</extension></{name}>"


def yes(name, value):
    return f"<{name}>{'true' if value else 'false'}</{name}>"


def record(root, extension, person):
    referred = "".join("<referredPersonalIdentities>" + number("referredPersonalIdentity", PERSONNUMMER, other)
                       + f"<referredPersonalIdentityStatus>{status}</referredPersonalIdentityStatus></referredPersonalIdentities>"
                       for other, status in person.get("referred", []))
    links = "".join("<linkedIdentity>" + number("referredPersonalIdentity", other_root, other)
                    + f"<assuranceLevel>{level}</assuranceLevel>" + yes("primaryIdentity", False) + "</linkedIdentity>"
                    for other_root, other, level in person.get("links", []))
    ended = ""
    if "deregistered" in person:
        code, date = person["deregistered"]
        form = "YYYY-MM-DD"[:len(date)]
        ended = (f"<deregistration><deregistrationReasonCode>{code}</deregistrationReasonCode>"
                 f"<deregistrationDate><format>{form}</format><value>{date}</value></deregistrationDate></deregistration>")
    if person.get("answer") == "somebody_else":
        extension = "190312049802"
    return ("<personRecord>" + number("personalIdentity", root, extension) + yes("protectedPersonIndicator", person.get("protected"))
            + yes("testIndicator", person.get("test")) + yes("primaryIdentity", True)
            + "<name><givenName>Tolvan</givenName><surname>Tolvansson</surname></name>" + links + referred + ended
            + yes("protectedPopulationRecord", person.get("protected_registration")) + "</personRecord>")


def answer(_, question, persons):
    asked, content, how = [], "", None
    for person_id in question.iter("{*}personId"):
        root, extension = (part.text for part in person_id)
        person = persons.get(extension)
        asked.append(extension)
        how = how or (person or {}).get("answer")
        one = ("<a:requestedPersonRecord>" + number("requestedPersonalIdentity", root, extension)
               + (record(root, extension, person) if person is not None else "") + "</a:requestedPersonRecord>")
        content += one * (2 if how == "twice" else 1)
    profile, ignore = question.findtext("{*}profile"), question.findtext("{*}ignoreReferredIdentity")
    return f"{','.join(sorted(asked))} {profile} {ignore}", (f'xmlns="{DOMAIN}5"', content), how


serve(sys.argv[1], sys.argv[2:5], sys.argv[5], CONTRACTS, answer, *sys.argv[6:])
