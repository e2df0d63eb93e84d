#!/usr/bin/env python3
"""What the options of `bm mcp` over HTTP do, one start each: the program's own words and one request.

    options.py --binary build/dev/cli/bm
"""

import subprocess
import sys

from raw_http import Legacy, Modern, check, send
from http_server import HttpServer
from bm_process import Sandbox, run_in_folder

SECONDS = 60
WITH_AUTH = ("--auth", "--public-url", "http://127.0.0.1:1")


def refused(box, *options, says):
    """The program does not start, and tells the way out."""
    command = [box.binary, "mcp", "--transport", "streamable-http", "--port", "0", *options]
    done = subprocess.run(command, env=box.environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS,
                          check=False)
    said = done.stderr.decode("utf-8", "replace")
    check(done.returncode == 1, f"{options}: exit {done.returncode}: {said}")
    for words in says:
        check(words in said, f"{options}: does not say '{words}': {said}")


def listens_only_here(box):
    for host in ("0.0.0.0", "::", "0", ""):
        refused(box, "--host", host, says=["--insecure-no-auth"])
    print("ok beyond this machine it does not listen without being told who may call")


def warns_of_everybody(box):
    with HttpServer(box, "--host", "0.0.0.0", "--insecure-no-auth", "--allow-host", "127.0.0.1") as server:
        said = server.log_path.read_text(encoding="utf-8")
        check("Warning: " in said, f"no warning: {said}")
    refused(box, *WITH_AUTH, "--insecure-no-auth", says=["say one of them"])
    print("ok that everybody may call is warned of")


def keeps_no_sessions(box):
    with HttpServer(box, "--stateless") as server:
        check(Legacy(server.port).session is None, "a session is opened")
        check(Legacy(server.port).ask("ping")["result"] == {}, "a message by itself is not answered")
        with send(server.port, "GET", "/mcp", [("Accept", "text/event-stream")]) as response:
            check(response.status == 405 and response.header("Allow") == "POST, OPTIONS", f"GET: {response.status}")
    print("ok --stateless opens no sessions")


def lets_pages_in(box):
    def asked(server, origin):
        headers = [("Origin", origin), ("Access-Control-Request-Method", "POST")]
        with send(server.port, "OPTIONS", "/mcp", headers) as response:
            return response.status, response.header("Access-Control-Allow-Origin")

    with HttpServer(box, "--allow-origin", "https://pages.example") as server:
        check(asked(server, "https://pages.example") == (204, "https://pages.example"), "the page is not let in")
        check(asked(server, "https://other.example") == (403, None), "another page is let in")
    refused(box, "--allow-origin", "pages.example", says=["pages.example"])
    print("ok --allow-origin lets in the pages of one origin")


def names_its_path(box):
    for transport, options, path in (("streamable-http", ("--path", "/notes"), "/notes"), ("sse", (), "/sse"),
                                     ("sse", ("--path", "/old"), "/old")):
        with HttpServer(box, *options, *WITH_AUTH, transport=transport) as server:
            method, accept = ("POST", "application/json, text/event-stream") if "http" in transport else \
                ("GET", "text/event-stream")
            headers = [("Accept", accept), ("Content-Type", "application/json")]
            with send(server.port, method, path, headers, "{}" if method == "POST" else None) as response:
                challenge = response.header("WWW-Authenticate") or ""
                check(response.status == 401, f"{path}: {response.status}")
                place = f"http://127.0.0.1:1/.well-known/oauth-protected-resource{path}"
                check(place in challenge, f"{path} is challenged with {challenge}")
            with send(server.port, "GET", f"/.well-known/oauth-protected-resource{path}") as response:
                check(response.status == 200, f"metadata of {path}: {response.status}")
                check(response.json()["resource"] == f"http://127.0.0.1:1{path}", f"{path}: {response.body()}")
            with send(server.port, method, "/mcp", headers, "{}" if method == "POST" else None) as response:
                check(response.status == 404, f"with {path}, /mcp answers {response.status}")
    with HttpServer(box, "--path", "/notes") as server:
        check(Modern(server.port, path="/notes").ask("server/discover")["result"], "another path does not serve")
    print("ok --path, and where the metadata of each endpoint is")


def asks_for_an_issuer(box):
    refused(box, *WITH_AUTH, "--openid-audience", "notes", says=["--openid-audience goes with --openid-issuer"])
    print("ok --openid-audience asks for an issuer")


def run(binary, root):
    box = Sandbox(binary, root, ("notes",), {"default_project_mode": True})
    box.run("sync")
    for part in (listens_only_here, warns_of_everybody, keeps_no_sessions, lets_pages_in, names_its_path,
                 asks_for_an_issuer):
        part(box)


if __name__ == "__main__":
    sys.exit(run_in_folder(__doc__, "bm-options-", run))
