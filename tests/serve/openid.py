#!/usr/bin/env python3
"""A real `bm serve` that takes the tokens of an OpenID provider: logins, refusals, users kept apart.

    openid.py --binary build/release/cli/bm
"""

import argparse
import base64
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "cloud_acceptance"))
from device import Device  # noqa: E402
from host_process import MODERN, Failure, Host, McpClient, WireFailure, check  # noqa: E402
from openid_provider import CLIENT, Provider, make_certificate  # noqa: E402


class Machine(Device):
    """A home folder without rclone."""

    def use_rclone(self, real):
        pass


class Stage:
    """A provider, a host that takes its tokens, and room for machines."""

    def __init__(self, binary, folder):
        self.folder = pathlib.Path(folder)
        certificate, key = make_certificate(self.folder)
        self.certificate, self.key = certificate, key
        self.provider = Provider(self.folder, certificate, key).__enter__()
        self.host = self.start_host(binary, self.provider)
        self.address = f"http://127.0.0.1:{self.host.port}"
        self.audience = f"{self.address}/mcp"

    def start_host(self, binary, provider):
        return Host(binary, ["--openid-issuer", provider.issuer, "--openid-client", CLIENT], SSL_CERT_FILE=provider.certificate)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.host.__exit__()
        self.provider.__exit__()

    def add(self, name, subject):
        done = self.host.command("add", name, "--openid-subject", subject)
        check(done.returncode == 0, f"user add: {done.stdout}{done.stderr}")
        return done

    def machine(self, name):
        return Machine(self.host.binary, self.folder, None, name)

    def log_in(self, machine, person, *words, expect=0):
        self.provider.person = person
        return machine.bm("cloud", "login", "--host", self.address, "--no-browser", "--ca-cert", self.provider.certificate,
                          *words, expect=expect)

    def token(self, subject, **claims):
        return self.provider.token(subject, claims.pop("aud", self.audience), **claims)


def same(found, expected, what):
    check(found == expected, f"{what}: {found!r}, not {expected!r}")


def basic(name, password):
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


DOORS = (("POST", "/mcp"), ("GET", "/proxy/health"), ("GET", "/proxy/projects/projects"), ("PROPFIND", "/webdav/"))


def statuses(host, token):
    params = {"protocolVersion": MODERN, "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params})
    headers = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json", "Depth": "1"}
    return [host.ask(method, path, token, body if method == "POST" else None, headers) for method, path in DOORS]


def a_machine_logs_in(stage):
    """By the device code of the provider, and again there when its token ends."""
    stage.add("ann", "subject-of-ann")
    laptop = stage.machine("laptop")
    stage.log_in(laptop, "subject-of-ann", expect=2).has("--client-id", stage.provider.issuer)
    check(not stage.provider.forms, "nobody was asked to log in before the client was named")
    stage.provider.lifetime = 30
    stage.log_in(laptop, "subject-of-ann", "--client-id", CLIENT).has("Authentication Required", "ABCD-EFGH", "Cloud mode enabled")
    kept = json.loads((laptop.data / "basic-memory-cloud.json").read_text())
    same((kept["issuer"], kept["host"]), (stage.provider.issuer, stage.address), "whose tokens they are")
    same(stage.provider.forms[0]["resource"], stage.audience, "what the token is for")
    # It is too old to begin something with, so each command gets a new one.
    before = len(stage.provider.refreshes())
    laptop.bm("project", "add", "research")
    laptop.bm("project", "list").has("research")
    check(len(stage.provider.refreshes()) > before, "the token was renewed at the provider")
    stage.provider.lifetime = 600
    # The client is known by now.
    laptop.bm("cloud", "login", "--force", "--no-browser").has("Cloud mode enabled")
    same(laptop.config["cloud_domain"], stage.provider.issuer, "the issuer is kept")
    laptop.bm("cloud", "api-key", "create", "server").has("created and saved")
    key = laptop.config["cloud_api_key"]
    server = stage.machine("server")
    server.bm("cloud", "api-key", "save", "-", text=key + "\n")
    server.bm("cloud", "login", "--host", stage.address).has("Cloud mode enabled").lacks("Authentication Required")
    server.bm("project", "list").has("research")
    for file in laptop.root.rglob("*.log"):
        check(kept["refresh_token"] not in file.read_text(), f"a token is in {file.name}")


def pages_are_off(stage):
    """Who logs in does so at the provider, and nobody with a password that is none."""
    stage.add("ann", "subject-of-ann")
    for path in ("/authorize", "/login", "/device", "/setup", "/token", "/oauth2/token", "/oauth2/device_authorization",
                 "/.well-known/oauth-authorization-server"):
        for method in ("GET", "POST"):
            same(stage.host.ask(method, path).status, 404, f"{method} {path}")
    metadata = stage.host.ask("GET", "/.well-known/oauth-protected-resource/mcp").json
    same((metadata["authorization_servers"], metadata["resource"]), ([stage.provider.issuer], stage.audience), "metadata")
    check("/setup?key=" not in stage.host.told(), "no link makes somebody the owner")
    listed = json.loads(stage.host.command("list", "--json").stdout)
    same([(each["name"], each["openid_subject"]) for each in listed["users"]], [("ann", "subject-of-ann")], "the list")
    again = stage.host.command("add", "eve", "--openid-subject", "subject-of-ann")
    check(again.returncode == 1 and "'ann'" in again.stderr, f"a subject has one account: {again.stderr}")


def wrong_tokens(stage):
    """What is for another server, of another issuer, forged or of nobody opens no door."""
    stage.add("ann", "subject-of-ann")
    good = stage.token("subject-of-ann")
    for reply in statuses(stage.host, good):
        check(reply.status < 400, f"a good token: {reply.status} {reply.text}")
    with Provider(stage.folder, stage.certificate, stage.key) as other:
        foreign = other.token("subject-of-ann", stage.audience)
        forged = other.token("subject-of-ann", stage.audience, iss=stage.provider.issuer)
    wrong = {"another audience": stage.token("subject-of-ann", aud="https://elsewhere.example/mcp"),
             "another issuer": foreign, "forged": forged, "expired": stage.token("subject-of-ann", exp=int(time.time()) - 300)}
    for what, token in wrong.items():
        for reply in statuses(stage.host, token):
            same(reply.status, 401, f"{what} ({reply.text})")
    for reply in statuses(stage.host, stage.token("nobody")):
        same(reply.status, 403, f"an unknown subject ({reply.text})")
        check("'nobody'" in reply.text and "bm serve user add NAME --openid-subject" in reply.text, reply.text)
    for claims in ({"email": "ann"}, {"preferred_username": "ann"}, {"name": "ann"}):
        same(stage.host.ask("GET", "/proxy/health", stage.token("ann", **claims)).status, 403, f"by {claims}")
    reading = stage.token("subject-of-ann", scope="notes:read")
    same(stage.host.ask("GET", "/proxy/health", reading).status, 200, "who may read reads")
    same(stage.host.ask("POST", "/proxy/projects/projects", reading, {"name": "x"}).status, 403, "and changes nothing")


def unknown_at_the_command_line(stage):
    """Who has no account yet is told what to ask for, and need not log in again."""
    laptop = stage.machine("laptop")
    stage.log_in(laptop, "subject-of-ann", "--client-id", CLIENT, expect=1).has("'subject-of-ann'", "bm serve user add")
    stage.add("ann", "subject-of-ann")
    asked = len(stage.provider.forms)
    laptop.bm("cloud", "login").has("Cloud mode enabled")
    same(len(stage.provider.forms), asked, "the login was kept")


def two_users(stage):
    """Each has a space, and sees nothing of the other's: not by MCP, nor by routes or WebDAV."""
    stage.add("ann", "subject-of-ann")
    stage.add("bob", "subject-of-bob")
    tokens = {name: stage.token(f"subject-of-{name}") for name in ("ann", "bob")}
    roots = {}
    for name, token in tokens.items():
        made = stage.host.ask("POST", "/proxy/projects/projects", token, {"name": f"of {name}", "path": f"of-{name}"})
        check(made.status < 300, f"a project of {name}: {made.text}")
        McpClient(stage.host, token).open().call("write_note", title=f"Secret of {name}", folder="f", content="x",
                                                 project=f"of {name}")
        roots[name] = "/webdav/" + stage.host.ask("GET", "/tenant/mount/info", token).json["bucket_name"]
        given = stage.host.ask("POST", "/tenant/mount/credentials", token).json
        same((given["user"], given["expires_at"] is not None), (name, True), "keys for the files")
        fields = basic(given["user"], given["pass"])
        same(stage.host.ask("PUT", f"{roots[name]}/of-{name}/mine.md", body=name, headers=fields).status, 201, "a file")
        same(stage.host.ask("GET", f"{roots[name]}/of-{name}/mine.md", token).text, name, "the file by the token itself")
        roots[f"key of {name}"] = fields
    check(roots["ann"] != roots["bob"], "each has a root")
    for name, other in (("ann", "bob"), ("bob", "ann")):
        token, fields = tokens[name], roots[f"key of {name}"]
        listed = stage.host.ask("GET", "/proxy/projects/projects", token).text
        check(f"of {name}" in listed and f"of {other}" not in listed, f"the projects of {name}: {listed}")
        for how in ({"token": token}, {"headers": fields}):
            status = stage.host.ask("GET", f"{roots[other]}/of-{other}/mine.md", **how).status
            check(status in (403, 404), f"the file of {other} for {name}: {status}")
        found = McpClient(stage.host, token).open().call("search_notes", query="Secret", project=f"of {name}")
        check(f"Secret of {other}" not in found, f"a search of {name} finds {found}")


def removed_account(stage):
    """Nothing that was given out for it opens anything with the next request; a new one of the subject is empty."""
    stage.add("ann", "subject-of-ann")
    token = stage.token("subject-of-ann")
    given = stage.host.ask("POST", "/tenant/mount/credentials", token).json
    key = stage.host.ask("POST", "/api/keys", token, {"name": "server"}).json["key"]
    fields = basic(given["user"], given["pass"])
    stage.host.ask("POST", "/proxy/projects/projects", token, {"name": "old", "path": "old"})
    same(stage.host.ask("PROPFIND", "/webdav/", headers=fields | {"Depth": "1"}).status, 207, "the files")
    same(stage.host.ask("GET", "/proxy/health", key).status, 200, "the key")
    removed = stage.host.command("remove", "ann")
    same(removed.returncode, 0, removed.stderr)
    same(stage.host.ask("GET", "/proxy/health", token).status, 403, "the provider's token")
    same(stage.host.ask("PROPFIND", "/webdav/", headers=fields | {"Depth": "1"}).status, 401, "the files, afterwards")
    same(stage.host.ask("GET", "/proxy/health", key).status, 401, "the key, afterwards")
    stage.add("anna", "subject-of-ann")
    same(stage.host.ask("GET", "/proxy/health", token).status, 200, "a new account")
    check('"old"' not in stage.host.ask("GET", "/proxy/projects/projects", token).text, "it has a space of its own")


def tokens_stay_with_their_issuer(stage):
    """Another host with another provider sees nothing of the tokens that a machine has."""
    stage.add("ann", "subject-of-ann")
    laptop = stage.machine("laptop")
    stage.provider.lifetime = 30
    stage.log_in(laptop, "subject-of-ann", "--client-id", CLIENT)
    kept = json.loads((laptop.data / "basic-memory-cloud.json").read_text())
    with Provider(stage.folder, stage.certificate, stage.key) as other:
        with stage.start_host(stage.host.binary, other) as second:
            address = f"http://127.0.0.1:{second.port}"
            laptop.bm("project", "list", expect=None, BASIC_MEMORY_CLOUD_HOST=address)
            laptop.bm("project", "list", expect=None, BASIC_MEMORY_CLOUD_DOMAIN=other.issuer)
            other.person = "somebody"
            laptop.bm("cloud", "login", "--host", address, "--no-browser", "--client-id", CLIENT, expect=1)
        sent = json.dumps(other.forms)
        check(other.forms, "the other provider was asked")
        for secret in ("access_token", "refresh_token"):
            check(kept[secret] not in sent, f"the {secret} went to the other provider")
        other.end_check()


def another_host_gets_no_token_of_ours(stage):
    """A host that names the provider of ours is not logged in at with the client that ours was given."""
    stage.add("ann", "subject-of-ann")
    laptop = stage.machine("laptop")
    stage.log_in(laptop, "subject-of-ann", "--client-id", CLIENT)
    asked = len(stage.provider.forms)
    with stage.start_host(stage.host.binary, stage.provider) as second:
        laptop.bm("cloud", "login", "--host", f"http://127.0.0.1:{second.port}", "--no-browser", "--ca-cert",
                  stage.provider.certificate, expect=2).has("--client-id")
    check(len(stage.provider.forms) == asked, "the provider was asked for a token")


TESTS = (a_machine_logs_in, pages_are_off, wrong_tokens, unknown_at_the_command_line, two_users, removed_account,
         tokens_stay_with_their_issuer, another_host_gets_no_token_of_ours)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True)
    parser.add_argument("only", nargs="*", help="names of tests")
    options = parser.parse_args()
    if not shutil.which("openssl"):
        print("skipped: no openssl")
        return 77
    failed = 0
    for test in TESTS:
        if options.only and test.__name__ not in options.only:
            continue
        began = time.monotonic()
        try:
            with tempfile.TemporaryDirectory(prefix="bm-openid-") as folder, Stage(options.binary, folder) as stage:
                test(stage)
                stage.provider.end_check()
            print(f"ok      {test.__name__} ({time.monotonic() - began:.1f} s)", flush=True)
        except (Failure, WireFailure, AssertionError, KeyError, OSError, subprocess.SubprocessError) as problem:
            failed += 1
            print(f"FAILED  {test.__name__}: {type(problem).__name__} {problem}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
