#!/usr/bin/env python3
"""How the server behaves beside its answers: idle it does nothing, told to stop it ends, and pages may ask its doors.

    conduct.py --binary build/dev/cli/bm
"""

import ctypes
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

from raw_http import META, MODERN, Legacy, Modern, check, send
from http_server import HttpServer
from bm_process import Sandbox, run_in_folder

LONGEST_END = 2.0
LONGEST_END_OF_STUCK = 5.0  # it is given up after 1.8 s; the machine may be busy
PIDFD_OPEN, PIDFD_GETFD = 434, 438  # the same number on every machine of Linux
LARGE_BYTES = 1_000_000
ROUTES = ["/mcp", "/authorize", "/login", "/setup", "/device", "/token", "/register", "/revoke", "/access.css",
          "/device_authorization", "/oauth2/token", "/oauth2/device", "/.well-known/oauth-protected-resource",
          "/.well-known/oauth-authorization-server"]
# What is put behind a route to get out of it.
TAILS = ["/..", "/../..", "/../../etc/passwd", "/%2e%2e/x", "/%2e%2e%2f%2e%2e%2fetc/passwd", "/..%2fetc/passwd", "/.%2e/",
         "/..;/x", ";x", "/..%5c..%5cetc/passwd", "/..\\..\\etc\\passwd", "/%c0%ae%c0%ae/x", "/%00", "/..%00/", "/./../.",
         "/%252e%252e/etc/passwd"]
OPEN_DOORS = ["/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/mcp",
              "/.well-known/oauth-authorization-server", "/token", "/register", "/revoke", "/device_authorization",
              "/oauth2/token", "/oauth2/device_authorization"]
PAGES = ["/authorize", "/login", "/setup", "/device", "/oauth2/device"]


def cpu_seconds(process):
    """What a process has computed, in all its threads."""
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def cannot_look(at):
    """Where a machine must have all that is needed, what is left out is a fault."""
    check(os.environ.get("BM_STRICT") != "1", f"{at} cannot be looked at")
    print(f"SKIPPED {at} cannot be looked at")


def stuck_call(port):
    """Calls of a client that reads nothing of what they answer."""
    read = {"jsonrpc": "2.0", "method": "tools/call",
            "params": {"name": "read_content", "arguments": {"path": "Large.md"}}}
    return Legacy(port, version="2025-03-26").post([read | {"id": number} for number in range(12)])


def open_streams(port, count):
    """Subscriptions, listening sessions and connections that say nothing."""
    wanted = {"notifications": {"resourcesListChanged": True}}
    streams = [Modern(port).send("subscriptions/listen", wanted) for _ in range(count)]
    for stream in streams:
        check(stream.status == 200 and stream.message()["method"].endswith("acknowledged"), "no subscription")
    for _ in range(count):
        streams.append(Legacy(port).listen())
        check(streams[-1].status == 200, f"a session does not listen: {streams[-1].status}")
    return streams, [socket.create_connection(("127.0.0.1", port)) for _ in range(count)]


def idles(server):
    streams, silent = open_streams(server.port, 20)
    time.sleep(1)  # what was begun is done
    before = cpu_seconds(server.process)
    time.sleep(4)
    spent = cpu_seconds(server.process) - before
    check(spent <= 0.1, f"an idle server with {len(streams)} streams computed for {spent:.2f} s in 4 s")
    print(f"ok idle with {len(streams)} streams: {spent:.2f} s of 4 s")
    return streams, silent


def sends_at_once(server):
    """No answer waits for a client's acknowledgement of the one before it (TCP_NODELAY)."""
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        ours, options = client.getsockname(), []
        deadline = time.monotonic() + 10
        # It is set a moment after the connection was taken.
        while options is not None and options != [1] and time.monotonic() < deadline:
            options = options_of(server.process.pid, ours)
            time.sleep(0.02)
    if options is None:
        return cannot_look("whether answers are sent at once")
    check(options == [1], f"TCP_NODELAY of the server's end is {options}")
    return print("ok answers are sent at once")


def options_of(pid, peer):
    """TCP_NODELAY of the process's sockets that lead to this peer; None where other processes cannot be looked at."""
    libc, found = ctypes.CDLL(None, use_errno=True), []
    process = libc.syscall(PIDFD_OPEN, pid, 0)
    if process < 0:
        return None
    for entry in os.listdir(f"/proc/{pid}/fd"):
        copy = libc.syscall(PIDFD_GETFD, process, int(entry), 0)
        if copy < 0:
            if ctypes.get_errno() in (1, 38):  # EPERM, ENOSYS
                os.close(process)
                return None
            continue
        try:
            with socket.socket(fileno=copy) as one:
                if one.getpeername()[:2] == peer:
                    found.append(one.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        except OSError:
            os.close(copy) if is_open(copy) else None
    os.close(process)
    return found


def is_open(number):
    try:
        os.fstat(number)
        return True
    except OSError:
        return False


def last_words(connection):
    """What came on a connection that has ended; where the server had not taken it yet, it ends with a reset."""
    try:
        return connection.recv(100)
    except ConnectionResetError:
        return b""


def ends_in_time(box, number, is_stuck=False):
    """Whoever stops it waits for two seconds at most, whatever clients hold open; streams end with their result."""
    longest = LONGEST_END_OF_STUCK if is_stuck else LONGEST_END
    server = HttpServer(box)
    try:
        streams, silent = open_streams(server.port, 5)
        stuck = stuck_call(server.port) if is_stuck else None
        check(not stuck or stuck.status == 200, "the calls of a client that reads nothing are refused")
        began = time.monotonic()
        server.process.send_signal(number)
        code = server.process.wait(timeout=15)
        took = time.monotonic() - began
        check(code == 0, f"after signal {number} it ends with {code}: {server.log_tail()}")
        check(took <= longest, f"after signal {number} it takes {took:.2f} s")
        for stream in streams[:5]:
            check("result" in stream.message(), "a subscription ends without a result")
            check(stream.chunk() == b"", "a stream is cut off")
        for stream in streams[5:]:
            check(stream.chunk() == b"", "the stream of a session is cut off")
        for one in silent:
            words = last_words(one)
            # One that the server came to only while it stopped is refused.
            check(words == b"" or words.startswith(b"HTTP/1.1 503 "), f"an idle connection is told {words}")
            one.close()
        if stuck:
            stuck.close()
    finally:
        server.stop()
    return took


def values_of(value, name):
    """What stands under this name anywhere within a value."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from [inner] if key == name else values_of(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from values_of(inner, name)


def speaks_of_numbers(box, root):
    """The locale of whoever starts it changes nothing in what it says."""
    folder = root / "locales"
    folder.mkdir()
    made = subprocess.run(["localedef", "-i", "de_DE", "-f", "UTF-8", str(folder / "de_DE.UTF-8")], check=False,
                          capture_output=True, timeout=60)
    if made.returncode > 1:
        return cannot_look("a locale with a comma, which cannot be made here,")
    told = {**box.environment, "LC_ALL": "de_DE.UTF-8", "LOCPATH": str(folder)}
    probe = subprocess.run(["printf", "%.1f", "1,5"], env=told, capture_output=True, text=True, timeout=30, check=False)
    if probe.stdout != "1,5":
        return cannot_look("a locale with a comma, which cannot be used here,")
    box.environment = told
    with HttpServer(box) as server:
        found = Modern(server.port).call("search_notes", {"query": "bread"})["result"]["structuredContent"]
        scores = list(values_of(found, "score"))
        check(scores and all(isinstance(score, (int, float)) for score in scores), f"scores are {scores}")
        text = json.dumps(found)
        check("rye" in text.lower(), f"found: {text[:300]}")
        with send(server.port, "GET", "/nowhere") as response:
            check(response.header("Date").endswith("GMT") and response.header("Date")[3] == ",", "a date of this locale")
    return print("ok numbers and dates are the protocol's under a locale with commas")


def opens_its_doors(box):
    """Scripts of every origin may ask what carries its own credentials; pages of the login nobody else's script."""
    asked = [("Origin", "https://elsewhere.example"), ("Access-Control-Request-Method", "POST"),
             ("Access-Control-Request-Headers", "authorization, content-type, mcp-protocol-version")]
    with HttpServer(box, "--auth", "--public-url", "http://127.0.0.1:1") as server:
        for path in OPEN_DOORS:
            with send(server.port, "OPTIONS", path, asked) as response:
                check(response.status == 204, f"preflight of {path}: {response.status}")
                check(response.header("Access-Control-Allow-Origin") == "*", f"{path} is closed to scripts")
                check(response.header("Access-Control-Allow-Credentials") is None, f"{path} takes cookies")
                words = (response.header("Access-Control-Allow-Headers") or "").lower()
                for name in ("authorization", "content-type", "mcp-protocol-version"):
                    check(name in words, f"{path} lets no script send {name}: {words}")
            method = "GET" if path.startswith("/.well") else "POST"
            with send(server.port, method, path, asked[:1], None if method == "GET" else "") as response:
                check(response.status == (200 if method == "GET" else response.status) and response.status < 500,
                      f"{path}: {response.status}")
                check(response.header("Access-Control-Allow-Origin") == "*", f"no script may read what {path} says")
        for path in PAGES:
            with send(server.port, "OPTIONS", path, asked) as response:
                check(response.header("Access-Control-Allow-Origin") is None, f"{path} is open to scripts")
    print(f"ok {len(OPEN_DOORS)} doors are open to scripts, {len(PAGES)} pages are not")


def leads_nowhere_else(box):
    """Whatever is put behind a route, or in front of it, it is another path, and none that leads to a file."""
    secret = pathlib.Path("/etc/passwd").read_text(encoding="utf-8").splitlines()[0]
    asked = 0
    for transport, routes in (("streamable-http", ROUTES), ("sse", ["/sse", "/messages", "/messages/", "/token"])):
        with HttpServer(box, "--auth", "--public-url", "http://127.0.0.1:1", transport=transport) as server:
            targets = [route + tail for route in routes for tail in TAILS]
            targets += [start + route.lstrip("/") for route in routes
                        for start in ("//", "/../", "/%2e%2e/", "/x/../", "/./", "/\\")]
            targets += ["/..", "/../../../../etc/passwd", "/etc/passwd", "//etc/passwd"]
            for target in targets:
                for method in ("GET", "POST"):
                    body = "" if method == "POST" else None
                    with send(server.port, method, target, [("Accept", "*/*")], body) as response:
                        check(response.status in (400, 401, 404, 405), f"{method} {target}: {response.status}")
                        check(secret not in response.body(), f"{method} {target} shows a file")
                    asked += 1
    print(f"ok {asked} requests for paths that lead elsewhere lead nowhere")


def says_what_it_hears(box):
    """Every filter of a subscription is answered with what of it will come."""
    wanted = {"toolsListChanged": True, "promptsListChanged": True, "resourcesListChanged": True,
              "resourceSubscriptions": ["memory://notes/bread", "memory://nothing/yet"]}
    with HttpServer(box) as server:
        with Modern(server.port).send("subscriptions/listen", {"notifications": wanted}) as stream:
            acknowledged = stream.message()["params"]["notifications"]
            check(acknowledged["resourceSubscriptions"] == wanted["resourceSubscriptions"], f"heard: {acknowledged}")
            check(acknowledged.get("resourcesListChanged") is True, f"heard: {acknowledged}")
            check(set(acknowledged) <= set(wanted), f"what nobody asked for is promised: {acknowledged}")
        for name in ("toolsListChanged", "promptsListChanged", "resourcesListChanged"):
            with Modern(server.port).send("subscriptions/listen", {"notifications": {name: True}}) as stream:
                got = stream.message()["params"]["notifications"]
                check(set(got) <= {name}, f"{name} alone is heard as {got}")
            with Modern(server.port).send("subscriptions/listen", {"notifications": {name: "yes"}}) as stream:
                check(stream.json()["error"]["code"] == -32602, f"{name} that is no boolean")
        # Tasks belong to an extension that this client has not declared.
        message = {"notifications": {"taskIds": ["x"]}, "_meta": META}
        headers = [("Content-Type", "application/json"), ("Accept", "application/json, text/event-stream"),
                   ("MCP-Protocol-Version", MODERN), ("Mcp-Method", "subscriptions/listen")]
        with send(server.port, "POST", "/mcp", headers, json.dumps(
                {"jsonrpc": "2.0", "id": 5, "method": "subscriptions/listen", "params": message})) as response:
            check(response.status == 400 and response.json()["error"]["code"] == -32021, "taskIds without tasks")
    print("ok each filter of a subscription is answered by what will come")


def run(binary, root):
    box = Sandbox(binary, root, ("notes",), {"default_project_mode": True})
    (box.project / "Bread.md").write_text("# Bread\n\n- [flour] Rye\n", encoding="utf-8")
    (box.project / "Large.md").write_text("# Large\n\n" + "All work and no play.\n" * (LARGE_BYTES // 22),
                                          encoding="utf-8")
    box.run("sync")
    with HttpServer(box) as server:
        held = idles(server)
        sends_at_once(server)
        del held
    took = [ends_in_time(box, number) for number in (signal.SIGTERM, signal.SIGINT)]
    print(f"ok told to stop it ends within {max(took):.2f} s")
    print(f"ok and within {ends_in_time(box, signal.SIGTERM, is_stuck=True):.2f} s whatever is stuck")
    opens_its_doors(box)
    leads_nowhere_else(box)
    says_what_it_hears(box)
    speaks_of_numbers(box, root)


if __name__ == "__main__":
    sys.exit(run_in_folder(__doc__, "bm-conduct-", run))
