"""What stand-ins of national services share: SOAP over mutual TLS, and each question and answer judged by the official schema first.

A message that breaks its schema is answered with status 418, and so is one to another path or with another action."""
import http.server, json, ssl, time

from lxml import etree

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
LOGICAL_ADDRESS = f"{{{SOAP}}}Header/{{urn:riv:itintegration:registry:1}}LogicalAddress"


def serve(port, tls, known_path, contracts, answer, schemas=None):
    """contracts: {element: (namespace, path, schema file)}; answer(element, question, known): what was asked in words, the answer's
    content, how it fails (fault, status, html, other, large, slow or None). known_path is JSON, read at each question; schemas a folder.
    What was asked is printed, a line for each: element, words, logical address."""
    judges = {name: etree.XMLSchema(etree.parse(f"{schemas}/interactions/{file}")) for name, (_, _, file) in contracts.items()} if schemas else {}

    class StandIn(http.server.BaseHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

        def reply(self, status, body, kind="text/xml; charset=UTF-8"):
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self):
            known = json.load(open(known_path))
            envelope = etree.fromstring(self.rfile.read(int(self.headers["Content-Length"])))
            question = envelope.find(f"{{{SOAP}}}Body")[0]
            name = etree.QName(question).localname
            namespace, path, _ = contracts[name]
            words, content, how = answer(name, question, known)
            print(name, words, envelope.findtext(LOGICAL_ADDRESS), flush=True)
            right = self.path == f"/vp/{path}" and self.headers["SOAPAction"] == f'"{namespace}:{name}"'
            if not right or (judges and not judges[name].validate(question)):
                return self.reply(418, b"the question is wrong")
            body = f'<a:{name}Response xmlns:a="{namespace}" {content[0]}>{content[1]}</a:{name}Response>'
            if judges and not judges[name].validate(etree.fromstring(body)):
                return self.reply(418, b"the stand-in is wrong")
            if how == "status":
                return self.reply(502, b"")
            if how == "html":
                return self.reply(200, b"<html>sign in</html>", "text/html")
            if how == "slow":
                time.sleep(6)
            if how == "other":
                body = body.replace(namespace, "urn:another")
            if how == "large":
                body = body.replace("Response xmlns", "Response x='" + "x" * 2000000 + "' xmlns", 1)
            if how == "fault":
                body = "<s:Fault><faultcode>s:Server</faultcode><faultstring>19121212-1212 is unwell</faultstring></s:Fault>"
            self.reply(500 if how == "fault" else 200,
                       f'<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="{SOAP}"><s:Body>{body}</s:Body></s:Envelope>'.encode())

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*tls[:2])
    context.load_verify_locations(tls[2])
    context.verify_mode = ssl.CERT_REQUIRED
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(port)), StandIn)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.serve_forever()
