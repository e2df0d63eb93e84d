"""A small OpenID provider for tests: discovery, keys, the device grant and refreshes, over TLS.

The person at it approves at once, as whom `person` says. Keys and signatures come from the openssl command line.
"""

import base64
import hashlib
import http.server
import json
import secrets
import ssl
import subprocess
import threading
import time
import urllib.parse

from host_process import DEVICE_GRANT, check

CLIENT = "bm-at-the-provider"


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def openssl(*words, text=b""):
    return subprocess.run(["openssl", *map(str, words)], input=text, capture_output=True, timeout=60, check=True).stdout


def make_certificate(folder):
    """The files of a certificate for this machine that vouches for itself, and of its key."""
    certificate, key = folder / "provider.crt", folder / "provider.key"
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
            "/CN=localhost", "-keyout", key, "-out", certificate, "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1")
    return certificate, key


class Provider:
    """Ends with the `with` block. Every form that was sent to it is in `forms`."""

    def __init__(self, folder, certificate, key):
        self.signing_key = folder / f"signing-{secrets.token_hex(4)}.pem"
        openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", self.signing_key)
        modulus = openssl("rsa", "-in", self.signing_key, "-noout", "-modulus").decode().strip().partition("=")[2]
        self.keys = {"keys": [{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "k1", "e": "AQAB",
                               "n": encoded(bytes.fromhex(modulus))}]}
        self.certificate = str(certificate)
        self.person = None
        self.lifetime = 600
        self.forms = []
        self.faults = []
        self.waiting = {}
        self.refreshing = {}
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.issuer = f"https://127.0.0.1:{self.server.server_port}/realm"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def token(self, subject, audience, **claims):
        """An access token; `claims` take the place of what is usual."""
        now = int(time.time())
        body = {"iss": self.issuer, "sub": subject, "aud": audience, "client_id": CLIENT, "iat": now,
                "exp": now + self.lifetime, "scope": "openid notes:read notes:write"} | claims
        head = {"alg": "RS256", "kid": "k1", "typ": "at+jwt"}
        text = ".".join(encoded(json.dumps(part).encode()) for part in (head, body))
        return f"{text}.{encoded(openssl('dgst', '-sha256', '-sign', self.signing_key, text=text.encode()))}"

    def refreshes(self):
        return [form for form in self.forms if form.get("grant_type") == "refresh_token"]

    # What the endpoints answer: a status and an object.

    def documents(self, path):
        origin = self.issuer.removesuffix("/realm")
        if path == "/realm/.well-known/openid-configuration":
            return 200, {"issuer": self.issuer, "jwks_uri": f"{origin}/keys", "token_endpoint": f"{origin}/t",
                         "device_authorization_endpoint": f"{origin}/d"}
        return (200, self.keys) if path == "/keys" else (404, {})

    def begin(self, form):
        if form.get("client_id") != CLIENT:
            return 400, {"error": "invalid_client"}
        code = secrets.token_urlsafe(16)
        self.waiting[code] = dict(form, person=self.person, asked=0)
        return 200, {"device_code": code, "user_code": "ABCD-EFGH", "verification_uri": f"{self.issuer}/device",
                     "expires_in": 300, "interval": 1}

    def tokens(self, subject, resource):
        again = secrets.token_urlsafe(16)
        self.refreshing[again] = (subject, resource)
        return 200, {"access_token": self.token(subject, resource), "refresh_token": again, "token_type": "Bearer",
                     "expires_in": self.lifetime}

    def exchange(self, form):
        if form.get("client_id") != CLIENT:
            return 400, {"error": "invalid_client"}
        if form.get("grant_type") == "refresh_token":
            known = self.refreshing.pop(form.get("refresh_token"), None)
            return self.tokens(*known) if known else (400, {"error": "invalid_grant"})
        begun = self.waiting.get(form.get("device_code"))
        if form.get("grant_type") != DEVICE_GRANT or begun is None:
            return 400, {"error": "invalid_grant"}
        begun["asked"] += 1
        if begun["asked"] == 1:
            return 400, {"error": "authorization_pending"}
        if encoded(hashlib.sha256(form.get("code_verifier", "").encode()).digest()) != begun["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        return self.tokens(begun["person"], begun["resource"])

    def handler(self):
        provider = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self, status, body):
                data = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def do_GET(self):
                if "Authorization" in self.headers:
                    provider.faults.append(f"a credential came with {self.path}")
                self.answer(*provider.documents(self.path))

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                form = dict(urllib.parse.parse_qsl(body))
                provider.forms.append(form)
                answers = {"/d": provider.begin, "/t": provider.exchange}
                self.answer(*answers[self.path](form) if self.path in answers else (404, {}))

            def log_message(self, *_):
                pass

        return Handler

    def end_check(self):
        check(not self.faults, f"the provider saw: {self.faults}")
