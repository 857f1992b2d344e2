#!/usr/bin/env python3
"""An identity provider (OpenID Connect) that does what a real one never would, on command.

    identity_provider.py PORT FOLDER CERTIFICATE KEY CA

FOLDER/mood is JSON, read at each request; FOLDER/asked has a line for each. It signs everybody in at once as the person of
the mood. GET /logout-token gives who asks a logout token, which a real one keeps to itself. What the mood may say:

    claims {}          members of the ID token that are other than right; null takes one away
    sign WORD          ES256 RS256 PS256, or a forgery: none none-signed hs256-public hs256-jwks rs256-by-ec wrong-key
    header {}          members of the token's header
    token TEXT         the whole ID token, instead
    access_token TEXT  what it gives as access token
    lenient true       codes are good again and again, for any redirect and any verifier
    answer {}          parameters of the way back that are other than right; null takes one away
    discovery {}       members of its configuration that are other than right
    jwks WORD          huge slow redirect rubbish weak twins
    logout {}          members of logout tokens that are other than right; null takes one away
    keys N             which generation of keys signs and is published (rotation)
    hold true          the token endpoint waits for another mood, four seconds at most
    status N           what the token endpoint answers with
"""
import base64
import hashlib
import hmac
import http.server
import json
import os
import secrets
import ssl
import sys
import threading
import time
import urllib.parse
import urllib.request

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

ID_TOKEN, LOGOUT = ("JWT", "claims"), ("logout+jwt", "logout")  # the header's typ, and what the mood calls its claims

port, folder, certificate, key, ca = sys.argv[1:]
issuer = f"https://127.0.0.1:{port}"
codes = {}
generations = {}
lock = threading.Lock()


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value, size=None):
    return b64(value.to_bytes(size or (value.bit_length() + 7) // 8, "big"))


def keys(generation):
    with lock:
        if generation not in generations:
            generations[generation] = (ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 2048))
        return generations[generation]


def jwks(generation):
    curve, long = keys(generation)
    point, modulus = curve.public_key().public_numbers(), long.public_key().public_numbers()
    return {"keys": [
        {"kty": "EC", "crv": "P-256", "x": number(point.x, 32), "y": number(point.y, 32), "kid": f"ec-{generation}", "use": "sig"},
        {"kty": "RSA", "n": number(modulus.n), "e": number(modulus.e), "kid": f"rsa-{generation}", "use": "sig"},
        {"kty": "RSA", "n": number(modulus.n), "e": number(modulus.e), "kid": f"enc-{generation}", "use": "enc"},
        {"kty": "oct", "k": b64(b"a secret that is none"), "kid": "oct", "alg": "HS256"}]}


def sign(word, generation, header, claims):
    curve, long = keys(generation)
    kid = f"rsa-{generation}" if word in ("RS256", "PS256") else f"ec-{generation}"
    algorithm = {"none": "none", "none-signed": "none", "hs256-public": "HS256", "hs256-jwks": "HS256", "rs256-by-ec": "RS256",
                 "wrong-key": "ES256"}.get(word, word)
    head = {"alg": algorithm, "kid": kid, **header}
    text = ".".join(b64(json.dumps({k: v for k, v in part.items() if v is not None}).encode()) for part in (head, claims))
    data = text.encode()
    if word == "none":
        signature = b""
    elif word == "hs256-public":
        pem = long.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        signature = hmac.digest(pem, data, "sha256")
    elif word == "hs256-jwks":
        signature = hmac.digest(json.dumps(jwks(generation)).encode(), data, "sha256")
    elif word == "RS256":
        signature = long.sign(data, padding.PKCS1v15(), hashes.SHA256())
    elif word == "PS256":
        signature = long.sign(data, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
    else:
        signer = ec.generate_private_key(ec.SECP256R1()) if word == "wrong-key" else curve
        r, s = utils.decode_dss_signature(signer.sign(data, ec.ECDSA(hashes.SHA256())))
        signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    return f"{text}.{b64(signature)}"


class Provider(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def answer(self, status, body=b"", headers=()):
        self.send_response(status)
        for name, value in (("Content-Type", "application/json"), *headers, ("Content-Length", str(len(body)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def tell(self, status, thing):
        self.answer(status, json.dumps(thing).encode())

    def read_mood(self):
        with open(os.path.join(folder, "mood"), encoding="utf-8") as file:
            self.mood = json.load(file)

    def begin(self):
        self.read_mood()
        with open(os.path.join(folder, "asked"), "a", encoding="utf-8") as file:
            print(self.command, self.path.split("?")[0], file=file)

    def do_GET(self):
        self.begin()
        address = urllib.parse.urlsplit(self.path)
        if address.path == "/.well-known/openid-configuration":
            self.tell(200, {"issuer": issuer, "authorization_endpoint": f"{issuer}/authorize", "token_endpoint": f"{issuer}/token",
                            "jwks_uri": f"{issuer}/jwks", "end_session_endpoint": f"{issuer}/logout", "authorization_response_iss_parameter_supported": True,
                            **self.mood.get("discovery", {})})
        elif address.path == "/jwks":
            self.publish()
        elif address.path == "/logout-token":
            self.answer(200, self.signed(LOGOUT, {"iss": issuer, "aud": "r7", "iat": 0, "exp": 120, "jti": secrets.token_urlsafe(16),
                                                  "sub": "subject-1", "events": {"http://schemas.openid.net/event/backchannel-logout": {}}}).encode())
        elif address.path == "/authorize":
            self.authorize(dict(urllib.parse.parse_qsl(address.query)))
        else:
            self.answer(404)

    def publish(self):
        word, document = self.mood.get("jwks"), jwks(self.mood.get("keys", 0))
        if word == "redirect":
            return self.answer(302, headers=[("Location", f"{issuer}/.well-known/openid-configuration")])
        if word == "rubbish":
            return self.answer(200, b"<html>")
        if word == "weak":
            short = rsa.generate_private_key(65537, 1024).public_key().public_numbers()
            document = {"keys": [{"kty": "RSA", "n": number(short.n), "e": "AQAB", "kid": "rsa-0"}]}
        if word == "twins":
            document["keys"] *= 2
        if word == "huge":
            document["keys"] += [{"kty": "EC", "crv": "P-384", "kid": str(i), "x": "A" * 100} for i in range(10000)]
        text = json.dumps(document).encode()
        if word == "slow":
            self.send_response(200)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            try:
                for byte in text:
                    self.wfile.write(bytes([byte]))
                    time.sleep(1)
            except OSError:
                self.close_connection = True
            return None
        return self.answer(200, text)

    def authorize(self, asked):
        code = secrets.token_urlsafe(16)
        codes[code] = asked
        back = {"code": code, "state": asked.get("state"), "iss": issuer, **self.mood.get("answer", {})}
        query = urllib.parse.urlencode({k: v for k, v in back.items() if v is not None})
        self.answer(302, headers=[("Location", f"{asked['redirect_uri']}?{query}")])

    def proven(self, form):
        """By which means the client has shown who it is."""
        header = self.headers.get("Authorization", "")
        if header.startswith("Basic "):
            name, secret = base64.b64decode(header[6:]).decode().split(":")
            return "client_secret_basic" if (urllib.parse.unquote(name), urllib.parse.unquote(secret)) == ("basic", "a secret/of ours") else None
        if "client_secret" in form:
            return "client_secret_post" if (form["client_id"], form["client_secret"]) == ("post", "a secret/of ours") else None
        if "client_assertion" in form:
            return self.asserted(form["client_assertion"])
        return "none" if form.get("client_id") == "r7" else None

    def asserted(self, text):
        head, body, signature = text.split(".")
        plain = [json.loads(base64.urlsafe_b64decode(part + "==")) for part in (head, body)]
        with urllib.request.urlopen(self.mood["client_jwks"], context=ssl.create_default_context(cafile=ca)) as answer:
            known = {k["kid"]: k for k in json.load(answer)["keys"]}[plain[0]["kid"]]
        x, y = (int.from_bytes(base64.urlsafe_b64decode(known[n] + "=="), "big") for n in "xy")
        raw = base64.urlsafe_b64decode(signature + "==")
        ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key().verify(
            utils.encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")),
            f"{head}.{body}".encode(), ec.ECDSA(hashes.SHA256()))
        good = plain[0]["typ"] == "JWT" and plain[1]["aud"] == issuer and plain[1]["iss"] == plain[1]["sub"] == "key" and plain[1]["exp"] > time.time()
        return "private_key_jwt" if good else None

    def signed(self, kind, claims):
        """A token of these claims, iat and exp of them from now, but for what the mood has otherwise."""
        now, (typ, word) = int(time.time()), kind
        claims["iat"], claims["exp"] = now + claims["iat"], now + claims["exp"]
        for name, value in self.mood.get(word, {}).items():
            claims[name] = now + int(value[4:]) if isinstance(value, str) and value.startswith("now ") else value
        return sign(self.mood.get("sign", "ES256"), self.mood.get("keys", 0), {"typ": typ, **self.mood.get("header", {})}, claims)

    def do_POST(self):
        self.begin()
        form = dict(urllib.parse.parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        for _ in range(40):  # a provider that is slow, until its mood is better
            if not self.mood.get("hold"):
                break
            time.sleep(0.1)
            self.read_mood()
        if "status" in self.mood:
            return self.tell(self.mood["status"], {"error": "server_error"})
        lenient = self.mood.get("lenient")
        asked = codes.get(form.get("code")) if lenient else codes.pop(form.get("code"), None)
        means = self.proven(form)
        if asked is None or means is None:
            return self.tell(400, {"error": "invalid_grant"})
        challenge = b64(hashlib.sha256(form["code_verifier"].encode()).digest())
        if not lenient and (challenge != asked["code_challenge"] or asked["code_challenge_method"] != "S256" or form["redirect_uri"] != asked["redirect_uri"]):
            return self.tell(400, {"error": "invalid_grant"})
        access = self.mood.get("access_token", "an access token")
        token = self.mood.get("token") or self.signed(ID_TOKEN, {
            "iss": issuer, "sub": "subject-1", "aud": asked["client_id"], "iat": 0, "exp": 60, "nonce": asked.get("nonce"),
            "at_hash": b64(hashlib.sha256(access.encode()).digest()[:16]), "amr": ["siths", means],
            "acr": "http://id.sambi.se/loa/loa3", "employeeHsaId": "SE1-NURSE", "commissionHsaId": "SE1-COMMISSION",
            "commissionPurpose": "Vård och behandling", "commissionRight": ["Läsa;alla;SJF", "Skriva;alla;VE"],
            "healthCareUnitHsaId": "SE1-CU1", "healthCareProviderHsaId": "SE1-CP"})
        return self.tell(200, {"id_token": token, "access_token": access, "token_type": "Bearer"})


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True


server = Server(("127.0.0.1", int(port)), Provider)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
