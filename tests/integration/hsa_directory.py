#!/usr/bin/env python3
"""A stand-in of the HSA directory, for directory.sh: GetUnit 5, GetHealthCareUnit 2 and GetHealthCareProvider 1 (soap_stand_in.py).

    hsa_directory.py PORT CERT KEY CA UNITS.json [XSD-FOLDER]

UNITS.json: {HSA-id: {"name", "start", "end", "care_unit", "provider", "provider_name", "answer"}}; "answer" is how it fails."""
import sys
from xml.sax.saxutils import escape

from soap_stand_in import serve

DOMAIN = "urn:riv:infrastructure:directory:organization:"
CONTRACTS = {name: (f"{DOMAIN}{name}Responder:{major}", f"infrastructure/directory/organization/{name}/{major}/rivtabp21",
                    f"{name}Interaction/{name}Responder_{major}.0.xsd")
             for name, major in {"GetUnit": "5", "GetHealthCareUnit": "2", "GetHealthCareProvider": "1"}.items()}


def leaf(name, value):
    return f"<{name}>{escape(value)}</{name}>" if value else ""


def content(contract, asked, units):
    unit = units.get(asked)
    if contract == "GetUnit" and unit:
        return ("<unit>" + leaf("businessType", "02") + leaf("unitHsaId", asked) + leaf("unitName", unit["name"]) + leaf("publicName", "Öppet namn")
                + leaf("unitStartDate", unit.get("start")) + leaf("unitEndDate", unit.get("end")) + "</unit>")
    if contract == "GetHealthCareUnit" and unit and unit.get("care_unit"):
        return ("<healthCareUnit>" + leaf("healthCareUnitHsaId", unit["care_unit"]) + leaf("healthCareUnitName", "En vårdenhet")
                + leaf("healthCareUnitPublicName", "En vårdenhet") + leaf("healthCareProviderHsaId", unit["provider"])
                + leaf("healthCareProviderName", "?") + leaf("healthCareProviderPublicName", "?") + leaf("healthCareProviderOrgNo", "232100-0000")
                + "</healthCareUnit>")
    names = {u["provider"]: u["provider_name"] for u in units.values() if u.get("provider")}
    if contract == "GetHealthCareProvider" and asked in names:
        return ("<healthCareProvider>" + leaf("healthCareProviderHsaId", asked) + leaf("healthCareProviderName", names[asked])
                + leaf("healthCareProviderOrgNo", "232100-0000") + "</healthCareProvider>")
    return ""


def answer(contract, question, units):
    asked = question[0].text
    return asked, (f'xmlns="{CONTRACTS[contract][0]}"', content(contract, asked, units)), units.get(asked, {}).get("answer")


serve(sys.argv[1], sys.argv[2:5], sys.argv[5], CONTRACTS, answer, *sys.argv[6:])
