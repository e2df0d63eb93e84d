#!/usr/bin/env python3
"""Logs real clients in with a real browser, and lets an OpenID provider say who may call.

    run_login.py --binary build/dev/cli/bm --cache build/dev/clients [--only pages,tls,issuer,inspector] [--shots FOLDER] [--keep]

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
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "conformance"))
from auth_walk import Visitor, become_owner, let_in, visit  # noqa: E402

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
INSPECTOR = "@modelcontextprotocol/inspector/clients/cli/build/index.js"
NAVIGATE = re.compile(r"Please navigate to: (\S+)")
TURNED_OUT = 3  # what the Inspector exits with when it would have to log in
USER, PASSWORD = "ada", "quiet river under stones"
ISSUER = ["name the issuer", "take its token", "refuse a token for another server",
          "refuse what the scope does not hold", "refuse a forged token", "follow a change of keys"]
SHOTS = {f"{name}-390.png" for name in ("setup", "setup-again", "owner", "setup-used", "login", "consent")} | {
    f"{name}-1280.png" for name in ("login", "login-again", "consent", "device", "device-consent")}
TLS_SHOTS = {f"{name}-390.png" for name in ("tls-owner", "tls-consent", "tls-login", "tls-login-again")} | {
    f"{name}-1280.png" for name in ("tls-login", "tls-too-old")}


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
    login = {"setup": setup_link(server), "user": USER, "password": PASSWORD, "browser": browser,
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


def take_away(shots, wanted):
    """Pictures of an earlier run are none of this one."""
    for name in wanted:
        pathlib.Path(shots, name).unlink(missing_ok=True)


def check_taken(shots, wanted):
    taken = {path.name for path in pathlib.Path(shots).glob("*.png") if path.stat().st_size > 1000}
    check(wanted <= taken, f"pictures are missing: {sorted(wanted - taken)}")


def run_pages(packages, browser, binary, scratch, shots):
    """The built-in authorization server: owner, login, consent, tokens, device."""
    take_away(shots, SHOTS)
    sandbox = make_sandbox(binary, scratch / "pages")
    port = free_port()
    with HttpServer(sandbox, "--auth", "--public-url", f"http://127.0.0.1:{port}", port=port) as server:
        steps = walk(packages, browser, sandbox, server, "login.mjs", shots)
        check(steps == PAGES, f"did {steps}")
    check_taken(shots, SHOTS)


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
    take_away(shots, TLS_SHOTS)
    sandbox = make_sandbox(binary, scratch / "tls")
    certificate, key = make_certificate(sandbox.root)
    port = free_port()
    with HttpServer(sandbox, "--auth", "--public-url", f"https://127.0.0.1:{port}", "--tls-cert", str(certificate),
                    "--tls-key", str(key), port=port) as server:
        steps = walk(packages, browser, sandbox, server, "login_tls.mjs", shots, NODE_EXTRA_CA_CERTS=certificate)
        check(steps == TLS_PAGES, f"did {steps}")
    check_taken(shots, TLS_SHOTS)


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


class InspectorLogin:
    """The Inspector's command line with a store of its own, and nobody's browser."""

    def __init__(self, packages, sandbox, server, era):
        home = sandbox.root / f"home-{era}"
        programs = home / "bin"
        programs.mkdir(parents=True)
        # The Inspector shows the address, too: the test opens it.
        (programs / "xdg-open").write_text("#!/bin/sh\n", encoding="utf-8")
        (programs / "xdg-open").chmod(0o755)
        self.environment = plain_environment(
            sandbox, HOME=home, PATH=f"{programs}:{sandbox.environment['PATH']}", MCP_AUTO_OPEN_ENABLED="true",
            MCP_INSPECTOR_SECRET_STORE="file")
        callback = f"http://127.0.0.1:{free_port()}/oauth/callback"
        self.command = [packages.node, packages.path(INSPECTOR), server.url, "--transport", "http", "--protocol-era", era,
                        "--callback-url", callback, "--format", "json", "--method", "tools/list"]
        self.log = home / "inspector.log"

    def log_in(self, visitor):
        """Shows an address, is let in there, and lists the tools."""
        with open(self.log, "wb") as log:
            process = subprocess.Popen(self.command, env=self.environment, stdin=subprocess.DEVNULL,
                                       stdout=subprocess.PIPE, stderr=log)
        try:
            deadline = time.monotonic() + SECONDS
            while not (found := NAVIGATE.search(self.log.read_text(encoding="utf-8", errors="replace"))):
                check(process.poll() is None and time.monotonic() < deadline, f"no address is shown: {self.tail()}")
                time.sleep(0.05)
            visit(let_in(visitor, found[1], USER, PASSWORD))
            said, _ = process.communicate(timeout=SECONDS)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait(timeout=10)
        check(process.returncode == 0, f"exit {process.returncode}: {self.tail()}")
        check(len(json.loads(said)["result"]["tools"]) > 10, f"lists {said[:300]}")

    def without_login(self):
        """What it exits with when it may only use what it has kept."""
        done = subprocess.run([*self.command, "--stored-auth-only"], env=self.environment, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=SECONDS, check=False)
        return done.returncode, done.stderr.decode("utf-8", "replace")[-500:]

    def tail(self):
        return self.log.read_text(encoding="utf-8", errors="replace")[-1500:]


def run_inspector(packages, _browser, binary, scratch, _shots):
    """The Inspector logs in, in each era, calls again without a login, and knows when it was turned out."""
    sandbox = make_sandbox(binary, scratch / "inspector")
    port = free_port()
    origin = f"http://127.0.0.1:{port}"
    with HttpServer(sandbox, "--auth", "--public-url", origin, port=port) as server:
        visitor = Visitor(origin)
        become_owner(visitor, setup_link(server), USER, PASSWORD)
        for era in ("legacy", "modern", "auto"):
            before = {token["id"] for token in sandbox.json("token", "list", "--json")["tokens"]}
            inspector = InspectorLogin(packages, sandbox, server, era)
            inspector.log_in(visitor)
            check(inspector.without_login()[0] == 0, f"{era}: asks for a login again: {inspector.without_login()}")
            given = {token["id"] for token in sandbox.json("token", "list", "--json")["tokens"]} - before
            check(given, f"{era}: no token is listed")
            for token in given:
                sandbox.run("token", "revoke", str(token))
            code, said = inspector.without_login()
            check(code == TURNED_OUT, f"{era}: after its token was taken back: exit {code}: {said}")
        check(server.stop() == 0, f"the server ended badly: {server.log_tail()}")


PARTS = {"inspector": run_inspector, "pages": run_pages, "tls": run_tls, "issuer": run_issuer}


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
