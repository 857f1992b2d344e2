#!/usr/bin/env python3
"""A stand-in of a service that keeps consents, for consents.sh: CheckConsent 2 (soap_stand_in.py).

    consent_service.py PORT CERT KEY CA CONSENTS.json [XSD-FOLDER]

CONSENTS.json: {"PATIENT EMPLOYEE UNIT": "Consent" or "Emergency", "answer": how it fails, beside what all stand-ins do: "refuses" (a result that is
no answer), "kindless" (a consent of no kind)}."""
import sys

from soap_stand_in import serve

URN = "urn:riv:informationsecurity:authorization:consent:"
RESPONDER = URN + "CheckConsentResponder:2"
CONTRACTS = {"CheckConsent": (RESPONDER, "informationsecurity/authorization/consent/CheckConsent/2/rivtabp21", "CheckConsentInteraction/CheckConsentResponder_2.0.xsd")}


def answer(contract, question, known):
    def told(of, name):
        return question.findtext(f"{{{RESPONDER}}}{of}/{{{URN}2}}{name}")

    asked = " ".join([told("patientId", "extension"), told("accessingActor", "employeeId"), told("accessingActor", "careUnitId")])
    how, kind = known.get("answer"), known.get(asked)
    code = "ACCESSDENIED" if how == "refuses" else "OK"
    type_told = f"<assertionType>{kind}</assertionType>" if kind and how != "kindless" else ""
    result = (f'<x:checkResult xmlns:x="{RESPONDER}"><result><resultCode>{code}</resultCode><resultText></resultText></result>'
              f"<hasConsent>{'true' if kind else 'false'}</hasConsent>{type_told}</x:checkResult>")
    return told("accessingActor", "careProviderId"), (f'xmlns="{URN}2"', result), how


serve(sys.argv[1], sys.argv[2:5], sys.argv[5], CONTRACTS, answer, *sys.argv[6:])
