#!/usr/bin/python3
"""Asks a gateway for care documentation as a consumer does: the official WSDL, zeep, mutual TLS. With --ping instead whether
the contract is there (PingForConfiguration); it prints what the gateway says of itself.

Prints one line for each record, "id<TAB>time<TAB>provider<TAB>unit<TAB>approved<TAB>what", follows hasMore, and ends
with the result. Exit 0: OK; 1: the contract said ERROR; 2: called wrongly; 3: a fault
(printed); 4: no answer. zeep is strict: an
answer that does not fit the schema is an exception. Needs Debian's python3-zeep.
"""
import argparse
import pathlib
import sys

import requests
import zeep
import zeep.exceptions
import zeep.transports
from lxml import etree

WSDL = pathlib.Path(
    "clinicalprocess.healthcond.description/3.0.5/interactions/GetCareDocumentationInteraction/"
    "GetCareDocumentationInteraction_3.0_RIVTABP21.wsdl")
BINDING = "{urn:riv:clinicalprocess:healthcond:description:GetCareDocumentation:3:rivtabp21}GetCareDocumentationResponderBinding"
PATH = "/clinicalprocess/healthcond/description/GetCareDocumentation/3/rivtabp21"
HSA = "1.2.752.129.2.1.4.1"
PING_WSDL = pathlib.Path("itintegration.monitoring/1.0/interactions/PingForConfigurationInteraction/"
                         "PingForConfigurationInteraction_1.0_RIVTABP21.wsdl")
PING_BINDING = "{urn:riv:itintegration:monitoring:PingForConfiguration:1:rivtabp21}PingForConfigurationResponderBinding"
PING_PATH = "/itintegration/monitoring/PingForConfiguration/1/rivtabp21"
TIMEOUT = 29  # what the national platform waits for


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", required=True, help="https://host:port of the gateway")
    parser.add_argument("--rivta", default="../shared/rivta", type=pathlib.Path, help="folder of the contracts")
    parser.add_argument("--cert", help="client certificate, PEM")
    parser.add_argument("--key", help="its key")
    parser.add_argument("--ca", help="who signed the gateway's certificate")
    parser.add_argument("--address", required=True, help="LogicalAddress: the source system's HSA-id")
    parser.add_argument("--patient", help="12 digits")
    parser.add_argument("--ping", metavar="NAMESPACE", help="of the contract that is asked for")
    parser.add_argument("--patient-type", default="1.2.752.129.2.1.3.1", help="OID")
    parser.add_argument("--period", nargs=2, metavar=("START", "END"), help="YYYYMMDD, both included")
    parser.add_argument("--unit", action="append", default=[], help="HSA-id; may be given several times")
    parser.add_argument("--provider", action="append", default=[], help="HSA-id; likewise")
    parser.add_argument("--system", help="sourceSystemId; must be the address")
    parser.add_argument("--consumer", default="SE0000000001-CONSUMER", help="HSA-id of the original consumer")
    parser.add_argument("--save", type=pathlib.Path, help="folder for the answers as they came")
    return parser.parse_args()


class Saving(zeep.Plugin):
    """Keeps the answers as they came, for Schematron, and what is in their Body, for the schema."""

    def __init__(self, folder):
        self.folder = folder
        self.count = 0

    def ingress(self, envelope, http_headers, operation):
        self.count += 1
        tree = envelope.getroottree()
        tree.write(str(self.folder / f"answer-{self.count}.xml"), encoding="UTF-8", xml_declaration=True)
        body = envelope.find("{http://schemas.xmlsoap.org/soap/envelope/}Body")
        etree.ElementTree(body[0]).write(str(self.folder / f"body-{self.count}.xml"), encoding="UTF-8")
        return envelope, http_headers


def client_of(options):
    session = requests.Session()
    session.trust_env = False  # a REQUESTS_CA_BUNDLE of the machine would win over --ca
    if options.cert:
        session.cert = (options.cert, options.key)
    if options.ca:
        session.verify = options.ca
    session.headers["x-rivta-original-serviceconsumer-hsaid"] = options.consumer
    transport = zeep.transports.Transport(session=session, operation_timeout=TIMEOUT)
    plugins = []
    if options.save:
        options.save.mkdir(parents=True, exist_ok=True)
        plugins.append(Saving(options.save))
    wsdl = PING_WSDL if options.ping else WSDL
    return zeep.Client(str(options.rivta / wsdl), transport=transport, plugins=plugins)


def question_of(options):
    def hsa(ids):
        return [{"root": HSA, "extension": one} for one in ids]

    question = {
        "patientId": {"root": options.patient_type, "extension": options.patient},
        "careUnit": hsa(options.unit),
        "healthcareProvider": hsa(options.provider),
    }
    if options.period:
        question["datePeriod"] = {"start": options.period[0], "end": options.period[1]}
    if options.system:
        question["sourceSystemId"] = {"root": HSA, "extension": options.system}
    return question


def describe(document):
    access = document.header.accessControlHeader
    body = document.body
    if body.multimediaEntry is not None:
        what = f"{body.multimediaEntry.mediaType}, {len(body.multimediaEntry.value)} bytes"
    else:
        what = " ".join(body.clinicalDocumentNoteText.split())

    def extension(ii):
        return ii.extension if ii is not None else "-"

    return "\t".join([
        document.header.record.id.root,
        document.header.record.timestamp,
        extension(access.accountableHealthcareProvider),
        extension(access.accountableCareUnit),
        "approved" if access.approvedForPatient else "not approved",
        what,
    ])


def ping(options):
    service = client_of(options).create_service(PING_BINDING, options.url + PING_PATH)
    answer = service.PingForConfiguration(serviceContractNamespace=options.ping, logicalAddress=options.address,
                                          _soapheaders={"LogicalAddress": options.address})
    for row in answer.configuration:
        print(f"{row.name}\t{row.value}")
    print(f"version {answer.version}, {answer.pingDateTime}")
    return 0


def main():
    options = arguments()
    if options.ping:
        return ping(options)
    service = client_of(options).create_service(BINDING, options.url + PATH)
    question = question_of(options)
    count = 0
    while True:
        try:
            answer = service.GetCareDocumentation(
                **question, _soapheaders={"LogicalAddress": options.address})
        except zeep.exceptions.Fault as fault:
            print(f"fault {fault.code}: {fault.message}")
            return 3
        except requests.exceptions.RequestException as failure:
            print(f"no answer: {failure}")
            return 4
        for document in answer.careDocumentation:
            print(describe(document))
            count += 1
        if not answer.hasMore:
            break
        question["hasMoreReference"] = answer.hasMore[0].reference
    print(f"{answer.result.resultCode}, {count} records" +
          (f": {answer.result.resultText}" if answer.result.resultText else ""))
    return 0 if answer.result.resultCode == "OK" else 1


if __name__ == "__main__":
    sys.exit(main())
