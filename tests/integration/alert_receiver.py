#!/usr/bin/env python3
"""A stand-in for what receives alerts: a webhook over TLS, and a mail relay (SMTP over TLS) beside it. It does what the file MODE
says at the time: accept, refuse, delay (answers after its client has given up), die (breaks off before it answers), or lose (takes
it and breaks off). What was taken is a line of JSON on standard output.

    alert_receiver.py PORT MAIL-PORT CERTIFICATE KEY MODE-FILE SECRET
"""
import hashlib
import hmac
import http.server
import json
import socket
import socketserver
import ssl
import sys
import threading
import time

port, mail_port, certificate, key, mode_file, secret = sys.argv[1:]
lock = threading.Lock()


def mode():
    with open(mode_file, encoding="utf-8") as file:
        return file.read().strip()


def tell(**what):
    with lock:
        print(json.dumps(what), flush=True)


def signed(header, body):
    parts = dict(p.split("=", 1) for p in header.split(","))
    right = hmac.new(secret.encode(), parts["t"].encode() + b"." + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(right, parts["v1"]) and abs(time.time() - int(parts["t"])) < 300


class Hook(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        how = mode()
        if how == "refuse":
            tell(refused=json.loads(body)["id"])
            self.send_response(503)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if how == "die":
            tell(died=json.loads(body)["id"])
            self.connection.close()
            return
        if how == "delay":
            tell(delayed=json.loads(body)["id"])
            time.sleep(20)
            self.close_connection = True
            return
        told = json.loads(body)
        tell(path=self.path, id=told["id"], kind=told["kind"], members=sorted(told), escalated=told["escalated"],
             signed=signed(self.headers["R7-Signature"], body), key=self.headers["Idempotency-Key"] == told["id"])
        if how == "lose":
            self.connection.close()
            return
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


class Relay(socketserver.StreamRequestHandler):
    def handle(self):
        say = lambda text: self.wfile.write(text.encode() + b"\r\n")
        if mode() == "refuse":
            say("421 not now")
            return
        say("220 relay")
        to, data = [], None
        for line in self.rfile:
            text = line.decode("utf-8").rstrip("\r\n")
            if data is not None:
                if text != ".":
                    data.append(text)
                    continue
                tell(mail=to, subject=[l for l in data if l.startswith("Subject:")][0], text="\n".join(data))
                data = None
                say("250 taken")
            elif text.upper().startswith("EHLO"):
                say("250 relay")
            elif text.upper().startswith("RCPT"):
                to.append(text[8:].strip("<> "))
                say("250 ok")
            elif text.upper() == "DATA":
                data = []
                say("354 go on")
            elif text.upper() == "QUIT":
                say("221 bye")
                return
            else:
                say("250 ok")


class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """Handshakes in the thread of each connection, so that nobody waits for another."""
    allow_reuse_address = daemon_threads = True

    def __init__(self, where, handler):
        super().__init__(where, handler)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)

    def finish_request(self, request, client_address):
        try:
            with self.context.wrap_socket(request, server_side=True) as tls:
                self.RequestHandlerClass(tls, client_address, self)
        except (OSError, ValueError, socket.timeout):
            pass


threading.Thread(target=Server(("127.0.0.1", int(mail_port)), Relay).serve_forever, daemon=True).start()
Server(("127.0.0.1", int(port)), Hook).serve_forever()
