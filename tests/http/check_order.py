#!/usr/bin/env python3
"""Each check of a modern request alone, then each with every one behind it: the earlier one answers.

    check_order.py --binary build/dev/cli/bm

Also: what a batch of a session holds is refused as a whole when the caller lacks a scope for a part.
"""

import copy
import json
import sys

from raw_http import META, MODERN, Dialogue, Legacy, bearer, check, send
from http_server import HttpServer
from bm_process import Sandbox, run_in_folder

VERSION = "io.modelcontextprotocol/protocolVersion"
UNKNOWN = "v999.0.0"
LONGEST = 16 * 1024 * 1024


class Request:
    """A request in which everything is as it should be, until a fault is put into it."""

    def __init__(self, port, tokens):
        self.port, self.tokens = port, tokens
        self.method, self.target, self.body, self.length = "POST", "/mcp", None, None
        self.headers = {"Authorization": f"Bearer {tokens['write']}", "Content-Type": "application/json",
                        "Accept": "application/json, text/event-stream", "MCP-Protocol-Version": MODERN,
                        "Mcp-Method": "tools/call", "Mcp-Name": "write_note"}
        self.message = {"jsonrpc": "2.0", "id": 7, "method": "tools/call",
                        "params": {"name": "write_note", "arguments": {"title": "T", "folder": "f", "content": "c"},
                                   "_meta": copy.deepcopy(META)}}

    def send(self):
        dialogue = Dialogue()
        headers = [(name, value) for name, value in self.headers.items() if value is not None]
        if self.length is not None:
            return send(self.port, self.method, self.target, [*headers, ("Content-Length", self.length)])
        text = self.body or json.dumps(self.message)
        dialogue.sent(text)
        return send(self.port, self.method, self.target, headers, text, dialogue=dialogue)

    def answer(self):
        with self.send() as response:
            text = response.body()
            try:
                body = json.loads(text)
            except ValueError:
                body = {}
            if isinstance(body, dict) and "jsonrpc" in body:
                response.hear([text])
            # The errors of authorization are words, those of JSON-RPC objects.
            error = body.get("error") if isinstance(body, dict) else None
            code = error.get("code") if isinstance(error, dict) else None
            return response.status, code, bool(body.get("result", {}).get("isError"))


def set_header(name, value):
    def put(request):
        request.headers[name] = value
    return put


def wrong_path(request):
    request.target = "/elsewhere"


def too_large(request):
    request.length = LONGEST + 1


def wrong_method(request):
    request.method = "PUT"


def no_json(request):
    request.body = '{"jsonrpc":"2.0","id":7,'


def no_request(request):
    request.body = request.body or '{"jsonrpc":"2.0","id":7,"params":{}}'


def no_meta(request):
    # Without it nothing in it can be at fault, so a version keeps its place.
    request.message["params"]["_meta"] = {key: value for key, value in META.items() if key != VERSION}


def unequal_version(request):
    if VERSION in request.message["params"]["_meta"]:
        request.message["params"]["_meta"][VERSION] = UNKNOWN
    else:
        request.headers["MCP-Protocol-Version"] = None


def unknown_version(request):
    # With one of the faults before it the other half stays what it was.
    if request.message["params"]["_meta"].get(VERSION) == MODERN:
        request.headers["MCP-Protocol-Version"] = request.message["params"]["_meta"][VERSION] = UNKNOWN
    elif VERSION not in request.message["params"]["_meta"]:
        request.headers["MCP-Protocol-Version"] = UNKNOWN


def unknown_method(request):
    request.message["method"] = "no/such/method"
    if request.headers["Mcp-Method"] is not None:
        request.headers["Mcp-Method"] = "no/such/method"


def read_only(request):
    if request.headers["Authorization"] is not None:
        request.headers["Authorization"] = f"Bearer {request.tokens['read']}"


def wrong_arguments(request):
    request.message["params"]["arguments"] = {"title": 5}


# In the order in which they are looked at: a name, the fault, and how it is answered.
CHECKS = [
    ("the size", too_large, (413, -32600)),
    ("Origin and Host", set_header("Host", "evil.example.com"), (403, -32600)),
    ("the HTTP method", wrong_method, (405, -32600)),
    ("the credentials", set_header("Authorization", None), (401, None)),
    ("the content type", set_header("Content-Type", "text/plain"), (415, -32600)),
    ("what is accepted", set_header("Accept", "text/plain"), (406, -32600)),
    ("JSON", no_json, (400, -32700)),
    ("the form of a request", no_request, (400, -32600)),
    ("_meta", no_meta, (400, -32602)),
    ("the version header", unequal_version, (400, -32020)),
    ("the version", unknown_version, (400, -32022)),
    ("Mcp-Method", set_header("Mcp-Method", None), (400, -32020)),
    ("the method", unknown_method, (404, -32601)),
    ("the scope", read_only, (403, None)),
    ("the arguments", wrong_arguments, (200, None)),
]


def ask(port, tokens, *faults):
    request = Request(port, tokens)
    for _, put, _ in faults:
        put(request)
    return request.answer()


def check_pairs(port, tokens):
    check(ask(port, tokens, ("the path", wrong_path, None))[0] == 404, "another path is found")
    check(ask(port, tokens) == (200, None, False), f"a request without faults: {ask(port, tokens)}")
    told_apart = 0
    for at, each in enumerate(CHECKS):
        name, _, wanted = each
        got = ask(port, tokens, each)
        check(got[:2] == wanted or got[:2] == (wanted[0], None) and wanted[1] == -32600,
              f"{name} alone is answered with {got}, not {wanted}")
        if wanted[0] == 200:
            check(got[2], f"{name} alone is no error of the tool: {got}")
        for behind in CHECKS[at + 1:]:
            both = ask(port, tokens, each, behind)
            check(both == got, f"{name} with {behind[0]} is answered with {both}, not {got}")
            # What cannot be told apart proves nothing about the two; about their neighbours it does.
            told_apart += wanted != behind[2]
    pairs = len(CHECKS) * (len(CHECKS) - 1) // 2
    check(told_apart >= pairs - 1, f"only {told_apart} of {pairs} pairs can be told apart")
    print(f"ok {len(CHECKS)} checks, and each with all behind it: {pairs} pairs")


def check_batch(port, tokens):
    """A batch of 2025-03-26: nothing of it runs when a part may not."""
    session = Legacy(port, tokens["read"], "2025-03-26")
    listed = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    read = {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "list_memory_projects"}}
    write = {"jsonrpc": "2.0", "id": 3, "method": "tools/call",
             "params": {"name": "write_note", "arguments": {"title": "Batch", "folder": "f", "content": "c"}}}
    with session.post([listed, read]) as response:
        check(response.status == 200, f"a batch that only reads: {response.status}")
        response.body()
    for batch in ([write], [listed, write], [write, listed], [read, write, listed]):
        with session.post(batch) as response:
            challenge = response.header("WWW-Authenticate") or ""
            check(response.status == 403 and 'error="insufficient_scope"' in challenge
                  and 'scope="notes:write"' in challenge, f"{batch}: {response.status} {challenge}")
            check('"result"' not in response.body(), "a part of a refused batch was answered")
    whole = Legacy(port, tokens["write"], "2025-03-26")
    with whole.post([listed, write]) as response:
        check(response.status == 200 and "Batch" in response.body(), "a batch of a caller who may write")
    print("ok a batch is refused as a whole")


def check_old_transport(box, tokens):
    """The transport of 2024-11-05 asks for the same scopes, of each message and of each part of a batch."""
    read = {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "list_memory_projects"}}
    write = {"jsonrpc": "2.0", "id": 3, "method": "tools/call",
             "params": {"name": "write_note", "arguments": {"title": "Old", "folder": "f", "content": "c"}}}
    with HttpServer(box, "--auth", "--public-url", "http://127.0.0.1:1", transport="sse") as server:
        with send(server.port, "GET", "/sse", [("Accept", "text/event-stream")]) as response:
            check(response.status == 401 and response.header("WWW-Authenticate"), f"no token: {response.status}")
        with send(server.port, "GET", "/sse", bearer(tokens["read"]) + [("Accept", "text/event-stream")]) as stream:
            place = stream.event().partition("data: ")[2]
            typed = [("Content-Type", "application/json")]
            for message in (write, [write], [read, write]):
                with send(server.port, "POST", place, bearer(tokens["read"]) + typed, json.dumps(message)) as response:
                    challenge = response.header("WWW-Authenticate") or ""
                    check(response.status == 403 and 'scope="notes:write"' in challenge,
                          f"a writing call of a reader: {response.status} {challenge}")
                with send(server.port, "POST", place, typed, json.dumps(message)) as response:
                    check(response.status == 401, f"a message without a token: {response.status}")
            with send(server.port, "POST", place, bearer(tokens["read"]) + typed, json.dumps(read)) as response:
                check(response.status == 202, f"a reading call of a reader: {response.status}")
            check(stream.message()["id"] == 2, "what was refused is answered all the same")
    check(not (box.project / "f" / "Old.md").exists(), "a reader has written")
    print("ok the transport of 2024-11-05 asks for scopes, too")


def check_bearer_of_session(port, tokens):
    """A session is no credential."""
    session = Legacy(port, tokens["write"])
    session.token = None
    with session.post({"jsonrpc": "2.0", "id": 1, "method": "ping"}) as response:
        check(response.status == 401, f"a session without a token: {response.status}")
    with send(port, "GET", "/mcp", bearer("bmpt_wrong") + [("Accept", "text/event-stream")]) as response:
        check(response.status == 401 and response.header("WWW-Authenticate"), "GET with a wrong token")
    print("ok a session is no credential")


def run(binary, root):
    box = Sandbox(binary, root, ("notes",), {"default_project_mode": True})
    box.run("sync")
    tokens = {name: box.json("token", "create", "--name", name, "--scope", f"notes:{name}", "--json")["token"]
              for name in ("read", "write")}
    with HttpServer(box, "--auth", "--public-url", "http://127.0.0.1:1") as server:
        check_pairs(server.port, tokens)
        check_batch(server.port, tokens)
        check_bearer_of_session(server.port, tokens)
    check_old_transport(box, tokens)


if __name__ == "__main__":
    sys.exit(run_in_folder(__doc__, "bm-order-", run))
