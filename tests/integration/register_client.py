#!/usr/bin/env python3
"""A care system that asks the register of blocks and consents, for blocks.sh, over mutual TLS.

    register_client.py URL RIVTA KEYS NAME ADDRESS check_blocks|check_consent|get_blocks JSON

CheckBlocks and CheckConsent are asked by zeep from the official WSDL (strict), GetBlocks, which has no public WSDL, by an envelope
of our own. Every answer, and that question, is validated by the official XSD. JSON: the arguments as zeep takes them. Prints the
answer as JSON, or "fault: …"."""
import json, sys

import requests
import zeep
from lxml import etree
from zeep.helpers import serialize_object
from zeep.plugins import HistoryPlugin

url, rivta, keys, name, address, what, told = sys.argv[1:8]
told = json.loads(told)
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
BLOCKING = "urn:riv:informationsecurity:authorization:blocking:"
CONTRACTS = {"check_blocks": ("blocking/4.0", "CheckBlocks", "4", "blocking"), "check_consent": ("consent/2.0", "CheckConsent", "2", "consent"),
             "get_blocks": ("blocking/4.0", "GetBlocks", "4", "blocking")}
folder, contract, major, domain = CONTRACTS[what]
folder = f"{rivta}/informationsecurity.authorization.{folder}/interactions/{contract}Interaction"
schema = etree.XMLSchema(etree.parse(f"{folder}/{contract}Responder_{major}.0.xsd"))
endpoint = f"{url}/informationsecurity/authorization/{domain}/{contract}/{major}/rivtabp21"
session = requests.Session()
session.trust_env = False
session.verify = f"{keys}/ca.crt"
session.cert = (f"{keys}/{name}.crt", f"{keys}/{name}.key")


def element(parent, namespace, key, value):
    for one in value if isinstance(value, list) else [value]:
        child = etree.SubElement(parent, f"{{{namespace}}}{key}")
        if isinstance(one, dict):
            for k, v in one.items():
                element(child, BLOCKING + "4", k, v)
        else:
            child.text = str(one)


def get_blocks():
    question = etree.Element(f"{{{BLOCKING}GetBlocksResponder:4}}GetBlocks")
    for key, value in told.items():
        element(question, BLOCKING + "GetBlocksResponder:4", key, value)
    schema.assertValid(question)
    envelope = (f'<s:Envelope xmlns:s="{SOAP}"><s:Header><a:LogicalAddress xmlns:a="urn:riv:itintegration:registry:1">{address}</a:LogicalAddress></s:Header>'
                f'<s:Body>{etree.tostring(question).decode()}</s:Body></s:Envelope>')
    answer = session.post(endpoint, data=envelope.encode(), headers={"Content-Type": "text/xml; charset=UTF-8", "SOAPAction": '""'})
    body = etree.fromstring(answer.content).find(f"{{{SOAP}}}Body")[0]
    if answer.status_code != 200:
        return "fault: " + body.findtext("faultstring").split(", log id")[0]
    schema.assertValid(body)
    header = body[0]
    texts = lambda e: {etree.QName(c).localname: texts(c) if len(c) else c.text for c in e}
    blocks = [{**texts(b), "temporaryRevokes": [texts(t) for t in b if etree.QName(t).localname == "temporaryRevokes"],
               "excluded": [t[0].text for t in b if etree.QName(t).localname == "excludedInformationTypes"]}
              for b in header if etree.QName(b).localname == "blocks"]
    return json.dumps({**texts(header), "blocks": blocks})


def by_zeep():
    history = HistoryPlugin()
    client = zeep.Client(f"{folder}/{contract}Interaction_{major}.0_RIVTABP21.wsdl", transport=zeep.Transport(session=session),
                         settings=zeep.Settings(strict=True), plugins=[history])
    service = client.create_service(next(iter(client.wsdl.bindings)), endpoint)
    try:
        answer = getattr(service, contract)(**told, _soapheaders={"LogicalAddress": address})
    except zeep.exceptions.Fault as fault:
        return "fault: " + fault.message.split(", log id")[0]
    schema.assertValid(history.last_received["envelope"].find(f"{{{SOAP}}}Body")[0])
    answer = serialize_object(answer, dict)
    return json.dumps(answer["checkBlocksResult" if what == "check_blocks" else "checkResult"], default=str)


print(get_blocks() if what == "get_blocks" else by_zeep())
