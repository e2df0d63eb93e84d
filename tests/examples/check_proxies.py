#!/usr/bin/env python3
"""Lets nginx and Caddy check their examples, and a client talk with `bm` through nginx, where they are installed.

    check_proxies.py --binary build/dev/cli/bm

Exits with 77 when neither is installed.
"""

import argparse
import json
import pathlib
import shutil
import socket
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "support"), str(HERE.parent / "clients")]
from http_server import HttpServer  # noqa: E402
from bm_process import Failure, Sandbox, TemporaryFolder, check  # noqa: E402

PROXIES = HERE.parent.parent / "examples" / "proxy"
SKIPPED = 77
NAME = "notes.example.com"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    check(done.returncode == 0, f"{command[0]} refuses its example: {done.stdout}{done.stderr}")


def make_certificate(folder):
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={NAME}", "-keyout",
        str(folder / "privkey.pem"), "-out", str(folder / "fullchain.pem"))


def adapted(scratch, server, http, https):
    """The example with certificates and ports of the test, and with its files in the scratch folder."""
    text = (PROXIES / "nginx.conf").read_text(encoding="utf-8")
    for old, new in ((f"/etc/letsencrypt/live/{NAME}", str(scratch)), ("127.0.0.1:8000", f"127.0.0.1:{server}"),
                     ("listen [::]:80;", ""), ("listen [::]:443 ssl;", ""), ("listen 80;", f"listen 127.0.0.1:{http};"),
                     ("listen 443 ssl;", f"listen 127.0.0.1:{https} ssl;")):
        check(old in text, f"nginx.conf has no {old}")
        text = text.replace(old, new)
    temporary = "".join(f"    {what}_temp_path {scratch}/{what};\n"
                        for what in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    text = text.replace("http {\n", f"http {{\n    access_log off;\n{temporary}", 1)
    path = scratch / "nginx.conf"
    path.write_text(f"daemon off;\nmaster_process off;\npid {scratch}/pid;\nerror_log {scratch}/error.log;\n{text}",
                    encoding="utf-8")
    return path


def modern(method, params, name=None):
    meta = {"io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {}}
    headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream",
               "MCP-Protocol-Version": "2026-07-28", "Mcp-Method": method, "Host": NAME}
    if name:
        headers["Mcp-Name"] = name
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**params, "_meta": meta}}
    return json.dumps(body).encode(), headers


def post(port, body, headers):
    command = ["curl", "-sSk", "-N", "--max-time", "8", f"https://127.0.0.1:{port}/mcp", "--data-binary", "@-"]
    for name, value in headers.items():
        command += ["-H", f"{name}: {value}"]
    return subprocess.run(command, input=body, capture_output=True, timeout=20, check=False).stdout.decode()


def talk_through(nginx, binary, scratch):
    """A call, a name that fills a long header, and a stream whose first event comes at once."""
    sandbox = Sandbox(binary, scratch / "box", config={"default_project_mode": True})
    sandbox.run("sync")
    http, https = free_port(), free_port()
    with HttpServer(sandbox, "--allow-host", NAME) as server:
        config = adapted(scratch, server.port, http, https)
        run(nginx, "-t", "-p", str(scratch), "-c", str(config))
        proxy = subprocess.Popen([nginx, "-p", str(scratch), "-c", str(config)], stderr=subprocess.DEVNULL)
        try:
            wait_for(proxy, https)
            answer = post(https, *modern("tools/call", {"name": "search_notes", "arguments": {"query": "x"}},
                                         "search_notes"))
            check('"result"' in answer, f"no answer through nginx: {answer[:500]}")
            uri = "memory://" + "x" * 9000
            answer = post(https, *modern("resources/read", {"uri": uri}, uri))
            check("-32602" in answer, f"a long name does not get through nginx: {answer[:500]}")
            answer = post(https, *modern("subscriptions/listen", {"notifications": {"resourcesListChanged": True}}))
            check("acknowledged" in answer, f"a stream does not get through nginx: {answer[:500]}")
        finally:
            proxy.terminate()
            proxy.wait(timeout=10)


def wait_for(proxy, port):
    deadline = time.monotonic() + 15
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            check(time.monotonic() < deadline and proxy.poll() is None, "nginx does not listen")
            time.sleep(0.05)


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--binary", required=True)
    chosen = options.parse_args()
    nginx, caddy = shutil.which("nginx", path="/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin"), shutil.which("caddy")
    if not nginx and not caddy:
        print("SKIPPED: neither nginx nor caddy is installed")
        return SKIPPED
    try:
        with TemporaryFolder("bm-proxies-") as scratch:
            if caddy:
                run(caddy, "validate", "--adapter", "caddyfile", "--config", str(PROXIES / "Caddyfile"))
                print("ok Caddyfile")
            if nginx:
                make_certificate(scratch)
                talk_through(nginx, chosen.binary, scratch)
                print("ok nginx.conf")
    except (Failure, subprocess.TimeoutExpired) as failure:
        print(f"FAIL {failure}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
