"""A real `bm serve` for tests, and what speaks HTTP with it. Only the standard library."""

import base64
import hashlib
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from bm_process import KEPT_VARIABLES, Failure, check  # noqa: E402
from wire import Dialogue, WireFailure  # noqa: E402

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
CONFIGURED_CLIENT = "client_01K6KWQPW6J1M8VV7R3TZP5A6M"
MODERN = "2025-11-25"


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def eventually(what, test, seconds=20):
    """Waits until test() is true, and returns it."""
    end = time.monotonic() + seconds
    while True:
        value = test()
        if value:
            return value
        check(time.monotonic() < end, f"{what}: not within {seconds} s")
        time.sleep(0.1)


class Reply:
    def __init__(self, response):
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = response.read()
        self.text = self.body.decode("utf-8", "replace")

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def detail(self):
        return self.json["detail"]

    def messages(self):
        """Each JSON-RPC message of an answer of /mcp, as text."""
        if self.headers.get("content-type", "").startswith("text/event-stream"):
            lines = (line.partition("data: ") for line in self.text.splitlines())
            return [data for before, found, data in lines if found and not before and data]
        return [self.text] if self.text else []


class Host:
    """One host with a data directory of its own; ends with the `with` block."""

    def __init__(self, binary, options=(), certificate=None, **variables):
        self.options, self.certificate = options, certificate
        self.binary = str(pathlib.Path(binary).resolve())
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="bm-host-"))
        self.data = self.folder / "data"
        self.environment = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
        self.environment |= {"HOME": str(self.folder / "home"), "BASIC_MEMORY_DISCOVERY_INTERVAL": "1", **variables}
        (self.folder / "home").mkdir()
        self.process = None
        self.port = free_port()
        self.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self):
        self.log = open(self.folder / "stderr", "ab")
        self.process = subprocess.Popen(
            [self.binary, "serve", "--port", str(self.port), "--data", str(self.data), *self.options],
            env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self.log)
        eventually("the host answers", self.answers, 60)

    def answers(self):
        check(self.process.poll() is None, f"the host ended: {self.told()}")
        try:
            return self.ask("GET", "/health").status == 200
        except OSError:
            return False

    def told(self):
        return (self.folder / "stderr").read_text()

    def host_log(self):
        file = self.data / "host.log"
        return file.read_text() if file.exists() else ""

    def stop(self):
        """The exit code after a polite request to end."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()
        return self.process.returncode

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.log.close()

    def command(self, *words, text=""):
        """`bm serve user ...` on this host's data."""
        return subprocess.run([self.binary, "serve", "user", *words, "--data", str(self.data)], env=self.environment,
                              input=text, capture_output=True, text=True, timeout=60)

    def words(self, *words):
        """`bm ...` as the user who runs the host."""
        return subprocess.run([self.binary, *words], env=self.environment, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=60)

    def ask(self, method, path, token=None, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        if self.certificate:
            trusting = ssl.create_default_context(cafile=self.certificate)
            connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=60, context=trusting)
        sent = dict(headers or {})
        if token:
            sent["Authorization"] = f"Bearer {token}"
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
            sent.setdefault("Content-Type", "application/json")
        try:
            connection.request(method, path, body=body, headers=sent)
            return Reply(connection.getresponse())
        finally:
            connection.close()

    def form(self, path, **fields):
        return self.ask("POST", path, body=urllib.parse.urlencode(fields),
                        headers={"Content-Type": "application/x-www-form-urlencoded"})

    def add_user(self, name):
        done = self.command("add", name, text="correct horse battery 7\n")
        check(done.returncode == 0, f"user add: {done.stdout}{done.stderr}")

    def log_in(self, name, client=CONFIGURED_CLIENT, scope="openid profile email offline_access"):
        """The tokens of a device that the user let in."""
        verifier = base64.urlsafe_b64encode(os.urandom(32)).rstrip(b"=").decode()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        begun = self.form("/oauth2/device_authorization", client_id=client,
                          scope=scope, code_challenge=challenge,
                          code_challenge_method="S256")
        check(begun.status == 200, f"device authorization: {begun.text}")
        approved = self.command("approve", begun.json["user_code"].lower(), "--user", name)
        check(approved.returncode == 0, f"approve: {approved.stdout}{approved.stderr}")
        tokens = self.form("/oauth2/token", client_id=client, grant_type=DEVICE_GRANT,
                           device_code=begun.json["device_code"], code_verifier=verifier)
        check(tokens.status == 200, f"token: {tokens.text}")
        return tokens.json

    def user(self, name):
        """A token of a new account."""
        self.add_user(name)
        return self.log_in(name)["access_token"]

    def space(self, number):
        return self.data / "spaces" / str(number)


class McpClient:
    """One legacy session on the host's endpoint."""

    def __init__(self, host, token, session=None):
        self.host, self.token, self.session = host, token, session
        self.number = 0
        self.dialogue = Dialogue()

    def post(self, method, params=None):
        self.number += 1
        message = {"jsonrpc": "2.0", "id": self.number, "method": method, "params": params or {}}
        headers = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
        if self.session:
            headers |= {"Mcp-Session-Id": self.session, "MCP-Protocol-Version": MODERN}
        text = json.dumps(message)
        self.dialogue.sent(text)
        reply = self.host.ask("POST", "/mcp", self.token, text, headers)
        if reply.status == 200:
            for each in reply.messages():
                self.dialogue.received(each)
        return reply

    def open(self):
        reply = self.post("initialize", {"protocolVersion": MODERN, "capabilities": {},
                                         "clientInfo": {"name": "test", "version": "1"}})
        check(reply.status == 200, f"initialize: {reply.status} {reply.text}")
        self.session = reply.headers["mcp-session-id"]
        return self

    def call(self, tool, **arguments):
        reply = self.post("tools/call", {"name": tool, "arguments": arguments})
        check(reply.status == 200, f"{tool}: {reply.status} {reply.text}")
        result = [json.loads(each) for each in reply.messages() if '"result"' in each][-1]["result"]
        return result["content"][0]["text"] if result["content"] else ""


class Skipped(Exception):
    """A test that cannot be run here."""


def run(tests, binary):
    """Runs the tests in their order and prints one line for each; the exit code: 1 where one failed, 77 where one was
    skipped."""
    failed, skipped = 0, 0
    for test in tests:
        began = time.monotonic()
        try:
            with Host(binary) as host:
                test(host)
            print(f"ok      {test.__name__} ({time.monotonic() - began:.1f} s)", flush=True)
        except Skipped as reason:
            skipped += 1
            print(f"skipped {test.__name__}: {reason}", flush=True)
        except (Failure, WireFailure, AssertionError, KeyError, OSError) as problem:
            failed += 1
            print(f"FAILED  {test.__name__}: {type(problem).__name__} {problem}", flush=True)
    return 1 if failed else 77 if skipped else 0
