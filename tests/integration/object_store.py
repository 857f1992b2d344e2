"""An object store for bad days: what ingest asks of S3 (GET of a range, If-Match), with Signature Version 4 verified as the
service does it, and everything that a real one does not do on command.

    object_store.py PORT FOLDER CERTIFICATE KEY ACCESS:SECRET:BUCKET...

FOLDER/BUCKET/KEY is an object. FOLDER/mood says how it feels, at each request anew:

    503 | 403 | 307     answers so; 307 leads to FOLDER/elsewhere
    cut N               breaks the connection off after N bytes
    slow N              N bytes a second
    stall               100 bytes, and then nothing for an hour
    first               has only what begins at 0, and is busy else
    length              tells of a byte more than there is
    deaf                knows no ranges
    bare                gives no ETag

FOLDER/asked has a line for each request: status, range, If-Match."""
import datetime
import hashlib
import hmac
import http.server
import pathlib
import ssl
import sys
import time
import urllib.parse

port, folder = int(sys.argv[1]), pathlib.Path(sys.argv[2])
keys = {access: (secret, bucket) for access, secret, bucket in (word.split(":") for word in sys.argv[5:])}


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def mac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def signer(request):
    """Whose request it is, or None: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html"""
    kind, _, rest = request.headers.get("Authorization", "").partition(" ")
    parts = dict(part.strip().partition("=")[::2] for part in rest.split(","))
    access, day, region, service, end = (parts.get("Credential", "") + "////").split("/")[:5]
    signed = parts.get("SignedHeaders", "").split(";")
    at = request.headers.get("x-amz-date", "")
    payload = request.headers.get("x-amz-content-sha256", "")
    try:
        age = datetime.datetime.utcnow() - datetime.datetime.strptime(at, "%Y%m%dT%H%M%SZ")
    except ValueError:
        return None
    if (kind, service, end) != ("AWS4-HMAC-SHA256", "s3", "aws4_request") or access not in keys or not at.startswith(day):
        return None
    if abs(age) > datetime.timedelta(minutes=15) or not {"host", "x-amz-date", "x-amz-content-sha256"} <= set(signed):
        return None
    if not all(name in request.headers for name in signed):
        return None
    path = urllib.parse.quote(urllib.parse.unquote(request.path), safe="/-_.~")
    headers = "".join(f"{name}:{' '.join(request.headers.get(name, '').split())}\n" for name in signed)
    canonical = "\n".join([request.command, path, "", headers, ";".join(signed), payload])
    scope = f"{day}/{region}/s3/aws4_request"
    key = ("AWS4" + keys[access][0]).encode()
    for word in (day, region, "s3", "aws4_request"):
        key = mac(key, word)
    wanted = mac(key, f"AWS4-HMAC-SHA256\n{at}\n{scope}\n{sha256(canonical.encode())}").hex()
    return access if hmac.compare_digest(wanted, parts.get("Signature", "")) else None


class Store(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def tell(self, status, headers=(), body=b""):
        with open(folder / "asked", "a", encoding="utf-8") as asked:
            print(status, self.headers.get("Range", "-"), self.headers.get("If-Match", "-"), file=asked)
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if not any(name == "Content-Length" for name, _ in headers):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def problem(self, status, code):
        self.tell(status, (), f"<Error><Code>{code}</Code><Key>{self.path}</Key></Error>".encode())

    def mood(self):
        try:
            word, _, number = (folder / "mood").read_text().strip().partition(" ")
        except FileNotFoundError:
            word, number = "", ""
        return word, int(number or 0)

    def place(self):
        """The object's file, or None once the request has been refused."""
        access = signer(self)
        bucket, _, key = urllib.parse.unquote(self.path)[1:].partition("/")
        if access is None:
            return self.problem(403, "SignatureDoesNotMatch")
        if bucket != keys[access][1]:
            return self.problem(403, "AccessDenied")
        return folder / bucket / key

    def do_PUT(self):
        place = self.place()
        if place is not None:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
            self.tell(200)

    def do_GET(self):
        mood, number = self.mood()
        place = self.place()
        if place is None:
            return None
        if mood in ("503", "403"):
            return self.problem(int(mood), "SlowDown")
        if mood == "307":
            return self.tell(307, [("Location", (folder / "elsewhere").read_text().strip())])
        if not place.is_file():
            return self.problem(404, "NoSuchKey")
        size = place.stat().st_size
        etag = f'"{sha256(f"{place.stat().st_mtime_ns} {size}".encode())[:32]}"'
        if self.headers.get("If-Match", etag) != etag:
            return self.problem(412, "PreconditionFailed")
        first, _, last = self.headers["Range"].removeprefix("bytes=").partition("-")
        first, last = int(first), min(int(last), size - 1)
        if first >= size:
            return self.problem(416, "InvalidRange")
        if mood == "deaf":
            first, last = 0, size - 1
        if mood == "first" and first > 0:
            return self.problem(503, "SlowDown")
        headers = [("Content-Length", str(last - first + 1))]
        if mood != "bare":
            headers.append(("ETag", etag))
        if mood != "deaf":
            headers.append(("Content-Range", f"bytes {first}-{last}/{size + (mood == 'length')}"))
        self.tell(200 if mood == "deaf" else 206, headers)
        return self.give(place, first, last + 1, mood, number)

    def give(self, place, at, end, mood, number):
        stop = at + {"cut": number, "stall": 100}.get(mood, end)
        piece = max(number // 20, 1) if mood == "slow" else 1 << 20
        with open(place, "rb") as content:
            content.seek(at)
            while at < min(stop, end):
                data = content.read(min(piece, min(stop, end) - at))
                self.wfile.write(data)
                at += len(data)
                if mood == "slow":
                    time.sleep(0.05)
        if mood == "stall":
            self.wfile.flush()
            time.sleep(3600)
        self.close_connection = at < end


server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Store)
server.daemon_threads = True
server.handle_error = lambda *_: None  # a client that dies is what this is about
tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
tls.load_cert_chain(sys.argv[3], sys.argv[4])
server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
server.serve_forever()
