#!/usr/bin/env python3
"""A stand-in of the HSA directory, for units.sh: GetUnit 5, GetHealthCareUnit 2 and GetHealthCareProvider 1 over mutual TLS.

    hsa_directory.py PORT CERT KEY CA UNITS.json [XSD-FOLDER]

UNITS.json: {HSA-id: {"name", "start", "end", "care_unit", "provider", "provider_name", "answer"}}. "answer" is how it fails: fault, status,
html, other, large. With a folder of the official schemas each question and each answer is validated by them first: a message
that breaks its schema is answered with status 418. What was asked is printed, a line for each: contract, id, logical address."""
import http.server, json, ssl, sys
from xml.sax.saxutils import escape

from lxml import etree

port, cert, key, ca, units_path = sys.argv[1:6]
schemas = {}
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
DOMAIN = "urn:riv:infrastructure:directory:organization:"
CONTRACTS = {"GetUnit": "5", "GetHealthCareUnit": "2", "GetHealthCareProvider": "1"}

if len(sys.argv) > 6:
    for name, major in CONTRACTS.items():
        schemas[name] = etree.XMLSchema(etree.parse(f"{sys.argv[6]}/interactions/{name}Interaction/{name}Responder_{major}.0.xsd"))


def leaf(name, value):
    return f"<{name}>{escape(value)}</{name}>" if value else ""


def answer(contract, asked, units):
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


class Directory(http.server.BaseHTTPRequestHandler):
    def log_message(self, *arguments):
        pass

    def reply(self, status, body, kind="text/xml; charset=UTF-8"):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        units = json.load(open(units_path))
        envelope = etree.fromstring(self.rfile.read(int(self.headers["Content-Length"])))
        question = envelope.find(f"{{{SOAP}}}Body")[0]
        contract = etree.QName(question).localname
        major = CONTRACTS[contract]
        namespace = f"{DOMAIN}{contract}Responder:{major}"
        address = envelope.findtext(f"{{{SOAP}}}Header/{{urn:riv:itintegration:registry:1}}LogicalAddress")
        asked = question[0].text
        print(contract, asked, address, flush=True)
        right = (self.path == f"/vp/infrastructure/directory/organization/{contract}/{major}/rivtabp21"
                 and self.headers["SOAPAction"] == f'"{namespace}:{contract}"')
        if not right or (schemas and not schemas[contract].validate(question)):
            return self.reply(418, b"the question is wrong")
        how = units.get(asked, {}).get("answer")
        body = f'<{contract}Response xmlns="{namespace}">{answer(contract, asked, units)}</{contract}Response>'
        if schemas and not schemas[contract].validate(etree.fromstring(body)):
            return self.reply(418, b"the stand-in is wrong")
        if how == "status":
            return self.reply(502, b"")
        if how == "html":
            return self.reply(200, b"<html>sign in</html>", "text/html")
        if how == "other":
            body = body.replace("organization", "employee")
        if how == "large":
            body = body.replace("Response xmlns", "Response x='" + "x" * 2000000 + "' xmlns", 1)
        if how == "fault":
            body = "<s:Fault><faultcode>s:Server</faultcode><faultstring>19121212-1212 is unwell</faultstring></s:Fault>"
        self.reply(500 if how == "fault" else 200, f'<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="{SOAP}"><s:Body>{body}</s:Body></s:Envelope>'.encode())


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(cert, key)
context.load_verify_locations(ca)
context.verify_mode = ssl.CERT_REQUIRED
server = http.server.ThreadingHTTPServer(("127.0.0.1", int(port)), Directory)
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
