#!/usr/bin/env python3
"""An S3 server that misbehaves in the way that the object's name says. Prints its port, and logs requests to argv[1].

The signature of every request is checked with botocore, against the secret "secret" of the key "key".
"""
import hashlib
import re
import sys
import threading
import time
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

DATA = b"0123456789abcdef" * 20000
ETAG = hashlib.md5(DATA).hexdigest()
seen = {}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def date_time_string(self, timestamp=None):
        return formatdate(time.time() - (3600 if "skew" in self.path else 0), usegmt=True)

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        headers.setdefault("Content_Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def refuse(self, status, code, more="", **headers):
        self.answer(status, f"<Error><Code>{code}</Code><Message>no</Message>{more}</Error>".encode(), **headers)

    def signature_fits(self):
        given = self.headers.get("Authorization", "")
        if "Credential=key/" not in given:
            return self.refuse(403, "InvalidAccessKeyId")
        names = given.split("SignedHeaders=")[1].split(",")[0].split(";")
        request = AWSRequest(self.command, f"http://{self.headers['Host']}{self.path}",
                             headers={n: self.headers[n] for n in names})
        stamp = self.headers["X-Amz-Date"]
        request.context["timestamp"] = stamp
        auth = S3SigV4Auth(Credentials("key", "secret"), "s3", given.split("/")[2])
        auth.payload = lambda r: self.headers["X-Amz-Content-Sha256"]
        string = auth.string_to_sign(request, auth.canonical_request(request))
        if given.rsplit("Signature=", 1)[1] == auth.signature(string, request):
            return True
        return self.refuse(403, "SignatureDoesNotMatch")

    def handle_one(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        mode = self.path.split("?")[0].rsplit("/", 1)[1]
        key = (self.command, self.path)
        seen[key] = seen.get(key, 0) + 1
        with open(sys.argv[1], "a", encoding="ascii") as log:
            log.write(f"{self.command} {self.path}\n")
        if not self.signature_fits():
            return
        if hashlib.sha256(body).hexdigest() != self.headers["X-Amz-Content-Sha256"]:
            self.refuse(400, "XAmzContentSHA256Mismatch")
        elif mode == "pages":
            page = {None: 0, "a%20token%2F1": 1, "a%20token%2F2": 2}[
                (re.findall("continuation-token=([^&]*)", self.path) or [None])[0]]
            more = f"<NextContinuationToken>a token/{page + 1}</NextContinuationToken>" if page < 2 else ""
            self.answer(200, ("<ListBucketResult>" + more + "".join(
                f"<Contents><Key>key-{page}{i:03}</Key><Size>{i}</Size></Contents>" for i in range(1000))
                + "</ListBucketResult>").encode())
        elif mode == "close":
            self.close_connection = True
        elif mode == "stall":
            time.sleep(30)
        elif mode == "html":
            self.answer(200, b"<html>hello</html>", Content_Type="text/html")
        elif mode == "skew":
            self.refuse(403, "RequestTimeTooSkewed")
        elif mode == "region":
            self.refuse(301, "PermanentRedirect", x_amz_bucket_region="eu-west-1")
        elif mode == "moved":
            self.refuse(307, "TemporaryRedirect", Location="http://elsewhere/")
        elif mode == "busy":
            self.refuse(503, "SlowDown")
        elif mode == "busy-twice" and seen[key] < 3:
            self.refuse(503, "SlowDown")
        elif self.command == "PUT" and mode == "part-fails" and "partNumber=2" in self.path:
            self.refuse(400, "EntityTooSmall")
        elif mode == "token" and self.headers["X-Amz-Security-Token"] != "a token/+=":
            self.refuse(403, "AccessDenied")
        elif mode == "slow-part" and "partNumber=" in self.path:
            time.sleep(30)
        elif self.command == "POST" and "uploads=" in self.path:
            self.answer(200, b"<r><UploadId>an id/+</UploadId></r>")
        elif self.command == "POST" and mode == "lost":
            self.close_connection = True
            seen["etags"] = re.findall(rb'<ETag>"([0-9a-f]{32})"', body)
        elif self.command == "HEAD" and mode == "lost":
            sums = bytes.fromhex(b"".join(seen["etags"]).decode())
            self.answer(200, ETag=f'"{hashlib.md5(sums).hexdigest()}-{len(seen["etags"])}"')
        elif self.command == "POST":
            self.answer(200, b"<Error><Code>InternalError</Code></Error>")
        elif self.command == "PUT":
            self.answer(200, ETag="0" * 32 if mode == "bad-etag" else hashlib.md5(body).hexdigest())
        elif self.command == "DELETE":
            self.answer(204)
        else:
            self.send_object(mode)

    def send_object(self, mode):
        start = int((self.headers.get("Range") or "bytes=0-")[6:-1])
        data = DATA[start:]
        headers = {"ETag": f'"{ETAG}"', "Content_Length": str(len(data))}
        if start:
            headers["Content_Range"] = f"bytes {start}-{len(DATA) - 1}/{len(DATA)}"
        if mode == "short":
            data = data[:-1]
            headers["Content_Length"] = str(len(data))
        elif mode == "truncated" or (mode == "broken" and start < 200000):
            data = data[:100000] if mode == "broken" else data[:1] if start < 2 else b""
            self.close_connection = True
        elif mode == "changed" and start:
            return self.refuse(412, "PreconditionFailed")
        elif mode == "changed":
            data = data[:1000]
            self.close_connection = True
        return self.answer(206 if start else 200, data, **headers)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = handle_one


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
print(server.server_address[1], flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
