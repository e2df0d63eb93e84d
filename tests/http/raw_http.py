"""HTTP as bytes on a socket, for tests that care for every header. Only the standard library; every wait has a limit."""

import json
import pathlib
import socket
import sys

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent.parent / name) for name in ("support", "clients")]
from bm_process import Failure, check  # noqa: E402
from wire import Dialogue  # noqa: E402

SECONDS = 30
MODERN = "2026-07-28"
META = {"io.modelcontextprotocol/protocolVersion": MODERN, "io.modelcontextprotocol/clientCapabilities": {}}
NAMED = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}


class Response:
    """A head, and a body that is read whole or event by event. Messages are part of `dialogue`, if there is one."""

    def __init__(self, connection, dialogue=None):
        self.dialogue = dialogue
        self.connection = connection
        self.status_line = self.line()
        self.status = int(self.status_line.split()[1])
        self.headers = []
        while line := self.line():
            name, _, value = line.partition(":")
            self.headers.append((name, value.strip()))
        self.rest = b""
        self.whole = None
        self.is_heard = False

    def line(self):
        line = self.connection.readline()
        check(line.endswith(b"\n"), f"the connection ended within a line: {line[:200]!r}")
        return line.decode("latin-1").rstrip("\r\n")

    def header(self, name):
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def chunk(self):
        """The next chunk; empty at the end."""
        size = int(self.line(), 16)
        data = self.connection.read(size)
        self.line()
        return data

    def body(self):
        """All of it, however often it is asked for. For a stream this waits for its end."""
        if self.whole is None:
            self.whole = self.read_body()
        return self.whole

    def read_body(self):
        if self.header("Transfer-Encoding") == "chunked":
            text = self.rest
            while piece := self.chunk():
                text += piece
            return text.decode()
        return self.connection.read(int(self.header("Content-Length") or 0)).decode()

    def event(self):
        """The next event of a stream, without the blank line behind it; comments are passed over."""
        while True:
            while b"\n\n" not in self.rest:
                piece = self.chunk()
                check(piece, "the stream ended")
                self.rest += piece
            event, _, self.rest = self.rest.partition(b"\n\n")
            if not event.startswith(b":"):
                return event.decode()

    def message(self):
        """The next message of a stream."""
        for line in self.event().split("\n"):
            if line.startswith("data: "):
                self.hear([line[6:]])
                return json.loads(line[6:])
        return self.message()

    def hear(self, texts):
        for text in texts if self.dialogue else []:
            self.dialogue.received(text)

    def json(self):
        """The answer, whether it came as one body or as the last event of a stream."""
        texts = [self.body()]
        if (self.header("Content-Type") or "").startswith("text/event-stream"):
            texts = [line[6:] for line in texts[0].split("\n") if line.startswith("data: {")]
        if texts[-1] and not self.is_heard:
            self.hear(texts)
            self.is_heard = True
        return json.loads(texts[-1]) if texts[-1] else None

    def close(self):
        self.connection.close()

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        self.close()


def send(port, method, target, headers=(), body=None, seconds=SECONDS, dialogue=None):
    """Sends one request on a connection of its own. `headers` are pairs; Host and lengths are added."""
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers)]
    if not any(name.lower() == "host" for name, _ in headers):
        lines.insert(1, f"Host: 127.0.0.1:{port}")
    data = b"" if body is None else body.encode() if isinstance(body, str) else body
    if body is not None:
        lines.append(f"Content-Length: {len(data)}")
    stream = socket.create_connection(("127.0.0.1", port), timeout=seconds)
    try:
        stream.sendall(("\r\n".join(lines) + "\r\n\r\n").encode() + data)
        return Response(stream.makefile("rb"), dialogue)
    except socket.timeout:
        raise Failure(f"no answer to {method} {target} within {seconds} s") from None
    finally:
        stream.close()  # the file keeps the connection


def bearer(token):
    return [("Authorization", f"Bearer {token}")] if token else []


class Modern:
    """A client of the newest revision, which needs no session."""

    def __init__(self, port, token=None, path="/mcp"):
        self.port, self.token, self.path = port, token, path

    def send(self, method, params=None, accept="application/json, text/event-stream"):
        params = dict(params or {})
        headers = bearer(self.token) + [("Content-Type", "application/json"), ("Accept", accept),
                                        ("MCP-Protocol-Version", MODERN), ("Mcp-Method", method)]
        if method in NAMED and isinstance(params.get(NAMED[method]), str):
            headers.append(("Mcp-Name", params[NAMED[method]]))
        message = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": {**params, "_meta": META}})
        dialogue = Dialogue()
        dialogue.sent(message)
        return send(self.port, "POST", self.path, headers, message, dialogue=dialogue)

    def ask(self, method, params=None):
        """The whole answer, which holds `result` or `error`."""
        with self.send(method, params) as response:
            return response.json()

    def call(self, tool, arguments):
        return self.ask("tools/call", {"name": tool, "arguments": arguments})


class Legacy:
    """A client of a session."""

    def __init__(self, port, token=None, version="2025-06-18"):
        self.port, self.token, self.version, self.session = port, token, version, None
        self.dialogue = Dialogue()
        with self.post({"jsonrpc": "2.0", "id": 1, "method": "initialize",
                        "params": {"protocolVersion": version, "capabilities": {},
                                   "clientInfo": {"name": "bm-tests", "version": "1"}}}) as response:
            check(response.status == 200, f"initialize: {response.status} {response.body()}")
            self.session = response.header("Mcp-Session-Id")
            response.json()
        self.post({"jsonrpc": "2.0", "method": "notifications/initialized"}).close()

    def headers(self):
        named = [("MCP-Protocol-Version", self.version), ("MCP-Session-Id", self.session)] if self.session else []
        return bearer(self.token) + named

    def post(self, message):
        headers = self.headers() + [("Content-Type", "application/json"),
                                    ("Accept", "application/json, text/event-stream")]
        text = json.dumps(message)
        self.dialogue.sent(text)
        return send(self.port, "POST", "/mcp", headers, text, dialogue=self.dialogue)

    def ask(self, method, params=None):
        with self.post({"jsonrpc": "2.0", "id": 2, "method": method, "params": params or {}}) as response:
            return response.json()

    def listen(self):
        return send(self.port, "GET", "/mcp", self.headers() + [("Accept", "text/event-stream")], dialogue=self.dialogue)
