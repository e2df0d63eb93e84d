#!/usr/bin/env python3
"""Logs real clients in with a real browser, and lets an OpenID provider say who may call.

    run_login.py --binary build/dev/cli/bm --cache build/dev/clients [--only pages,tls,issuer] [--shots FOLDER] [--keep]

Pictures of all pages, at the width of a phone and of a desk, go to the folder of shots. Exits with 0 when all is as
expected, with 1 when something is not, with 77 when clients or browser cannot be had.
"""

import argparse
import json
import pathlib
import re
import socket
import subprocess
import sys
import time

from http_server import HttpServer, Program, plain_environment
from packages import Packages, Unavailable, find_browser
from bm_process import Failure, Sandbox, TemporaryFolder, check

SKIPPED = 77
SECONDS = 100
SETUP_LINK = re.compile(r"https?://\S+/setup\?key=\S+")
PAGES = ["become the owner", "see the consent page on a phone without scripts", "call with a token",
         "refresh by itself, with a new refresh token", "get no token for another server",
         "be refused with a revoked token", "log in on a desk", "refuse", "let a client only read",
         "be sent nowhere else", "connect a device"]
TLS_PAGES = ["become the owner, with cookies of this host alone",
             "let a client in from the page that one is logged in on", "not be asked a second time",
             "log in anew and be sent back at once", "get nowhere with the form of another browser"]
ISSUER = ["name the issuer", "take its token", "refuse a token for another server",
          "refuse what the scope does not hold", "refuse a forged token", "follow a change of keys"]
SHOTS = {f"{name}-390.png" for name in ("setup", "setup-again", "owner", "setup-used", "consent")} | {
    f"{name}-1280.png" for name in ("login", "login-again", "consent", "device", "device-consent")}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def make_sandbox(binary, root):
    sandbox = Sandbox(binary, root, config={"default_project_mode": True})
    (sandbox.project / "Bread.md").write_text("# Bread\n\n- [flour] Rye\n", encoding="utf-8")
    sandbox.run("sync")
    return sandbox


def setup_link(server):
    """The link that is shown at the first start, right behind the address."""
    deadline = time.monotonic() + 10
    while not (found := SETUP_LINK.search(server.log_path.read_text(encoding="utf-8"))):
        check(time.monotonic() < deadline, f"no link for the owner: {server.log_tail()}")
        time.sleep(0.05)
    return found[0]


def walk(packages, browser, sandbox, server, script, shots, **variables):
    """Lets the browser walk the pages of a server, as the script says. The steps that it did."""
    login = {"setup": setup_link(server), "user": "ada", "password": "quiet river under stones", "browser": browser,
             "profile": str(sandbox.root / "profile"), "shots": str(shots)}
    environment = plain_environment(sandbox, LOGIN=json.dumps(login), **variables)
    program = Program([packages.node, script, server.url], environment, packages.folder, sandbox.root / "login.log")
    program.talk({}, SECONDS)
    log = server.log_path.read_text(encoding="utf-8") + "".join(
        path.read_text(encoding="utf-8", errors="replace") for path in sandbox.data.rglob("*.log"))
    for secret in (login["password"], "bmat_", "bmrt_"):
        check(secret not in log, f"the log tells {secret}...")
    check(server.stop() == 0, f"the server ended badly: {server.log_tail()}")
    return program.steps


def run_pages(packages, browser, binary, scratch, shots):
    """The built-in authorization server: owner, login, consent, tokens, device."""
    sandbox = make_sandbox(binary, scratch / "pages")
    port = free_port()
    with HttpServer(sandbox, "--auth", "--public-url", f"http://127.0.0.1:{port}", port=port) as server:
        steps = walk(packages, browser, sandbox, server, "login.mjs", shots)
        check(steps == PAGES, f"did {steps}")
    taken = {path.name for path in pathlib.Path(shots).glob("*.png") if path.stat().st_size > 1000}
    check(SHOTS <= taken, f"pictures are missing: {sorted(SHOTS - taken)}")


def make_certificate(folder):
    """A certificate of this machine's address, and its key."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext",
               "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    check(done.returncode == 0, f"no certificate: {done.stderr[-500:]}")
    return certificate, key


def run_tls(packages, browser, binary, scratch, shots):
    """The pages as a public server shows them: over https, with cookies that log in."""
    sandbox = make_sandbox(binary, scratch / "tls")
    certificate, key = make_certificate(sandbox.root)
    port = free_port()
    with HttpServer(sandbox, "--auth", "--public-url", f"https://127.0.0.1:{port}", "--tls-cert", str(certificate),
                    "--tls-key", str(key), port=port) as server:
        steps = walk(packages, browser, sandbox, server, "login_tls.mjs", shots, NODE_EXTRA_CA_CERTS=certificate)
        check(steps == TLS_PAGES, f"did {steps}")


def run_issuer(packages, _browser, binary, scratch, _shots):
    """An OpenID provider issues the tokens instead of the program."""
    sandbox = make_sandbox(binary, scratch / "issuer")
    certificate, key = make_certificate(scratch)
    sandbox.environment["SSL_CERT_FILE"] = str(certificate)
    servers = []

    def serve(issuer):
        port = free_port()
        servers.append(HttpServer(sandbox, "--public-url", f"http://127.0.0.1:{port}", "--openid-issuer", issuer,
                                  port=port))
        return servers[0].url

    environment = plain_environment(sandbox, NODE_EXTRA_CA_CERTS=certificate,
                                    ISSUER=json.dumps({"certificate": str(certificate), "key": str(key)}))
    program = Program([packages.node, "issuer.mjs"], environment, packages.folder, sandbox.root / "issuer.log")
    try:
        program.talk({"serve": serve}, SECONDS)
        check(program.steps == ISSUER, f"did {program.steps}")
        check(servers[0].stop() == 0, f"the server ended badly: {servers[0].log_tail()}")
    finally:
        for server in servers:
            server.stop()


PARTS = {"pages": run_pages, "tls": run_tls, "issuer": run_issuer}


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--binary", required=True)
    options.add_argument("--cache", required=True, help="where Node and the clients are kept")
    options.add_argument("--shots", type=pathlib.Path, help="where the pictures go")
    options.add_argument("--only", default=",".join(PARTS), help=f"some of: {', '.join(PARTS)}")
    options.add_argument("--keep", action="store_true", help="leave the folders of the test")
    chosen = options.parse_args()
    try:
        packages = Packages(chosen.cache)
        browser = find_browser()
    except Unavailable as reason:
        print(f"SKIPPED: the clients cannot be had: {reason}")
        return SKIPPED
    with TemporaryFolder("bm-login-", chosen.keep) as scratch:
        for name in chosen.only.split(","):
            started = time.monotonic()
            try:
                PARTS[name](packages, browser, chosen.binary, scratch, (chosen.shots or scratch / "shots").resolve())
            except (Failure, subprocess.TimeoutExpired) as failure:
                print(f"FAIL {name}: {failure}")
                return 1
            print(f"ok {name} ({time.monotonic() - started:.1f} s)", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
