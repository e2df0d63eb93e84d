#!/usr/bin/env python3
"""Has Claude Code take this server up, over stdio and HTTP, by its own command and by `bm setup`, and look whether it answers.

    run_claude_code.py --binary build/dev/cli/bm --cache build/dev/clients [--keep]

Exits with 0 when all is as expected, with 1 when something is not, with 77 when Claude Code cannot be had. Nobody logs in:
what is asked of it works without. It speaks one revision; both eras are walked by the SDK of run_clients.py.
"""

import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "cloud_acceptance"))
from recorder import Recorder
from http_server import HttpServer
from packages import Unavailable, npm_install
from bm_process import Failure, Sandbox, TemporaryFolder, check

SKIPPED = 77
PACKAGE = "@anthropic-ai/claude-code@2.1.197"
SECONDS = 90
SPEAKS = ("legacy", "2025-11-25")  # this version of it
FIRST = {"initialize": "legacy", "server/discover": "modern"}
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def fetch(cache):
    """The program, fetched once into a folder of the build. Raises Unavailable."""
    folder = pathlib.Path(cache).resolve() / "claude-code"
    program = folder / "node_modules" / ".bin" / "claude"
    stamp = folder / "fetched"  # written last, so that half a fetch is none
    if not (stamp.is_file() and stamp.read_text(encoding="utf-8") == PACKAGE):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / "package.json").write_text('{"private": true}\n', encoding="utf-8")
        npm_install(folder, PACKAGE)
        if not program.exists():
            raise Unavailable("the package lacks its program")
        stamp.write_text(PACKAGE, encoding="utf-8")
    done = subprocess.run([program, "--version"], capture_output=True, timeout=SECONDS, check=False)
    if done.returncode != 0:
        raise Unavailable(f"it does not start: {done.stderr.decode('utf-8', 'replace')[:200]}")
    return str(program)


class ClaudeCode:
    def __init__(self, program, sandbox):
        self.program = program
        self.environment = sandbox.environment | {"DISABLE_AUTOUPDATER": "1",
                                                  "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1"}
        self.folder = sandbox.home

    def run(self, *words):
        done = subprocess.run([self.program, "mcp", *words], env=self.environment, cwd=self.folder, capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=SECONDS, check=False)
        text = COLOURS.sub("", (done.stdout + done.stderr).decode("utf-8", "replace"))
        check(done.returncode == 0, f"claude mcp {' '.join(words)}: exit {done.returncode}: {text[-800:]}")
        return text

    def finds(self, name):
        """Whether it has shaken hands with the server of this name."""
        listed = self.run("list")
        lines = [line for line in listed.splitlines() if line.startswith(f"{name}:")]
        check(len(lines) == 1 and "Connected" in lines[0], f"{name} is not connected: {listed}")


def first_words(client, server, name):
    """The era in which it begins, and the revision that it names."""
    with Recorder(server.port) as between:
        between.answer(r"^GET ", status=405, body={})  # a stream that says nothing is no answer to pass on
        client.run("add", "-s", "user", "--transport", "http", name, f"{between.address}/mcp")
        client.finds(name)
        said = [json.loads(each.body) for each in between.requests(r"^POST /mcp")]
        client.run("remove", "-s", "user", name)
    check(said and said[0].get("method") in FIRST, f"it begins with {said[:1]}")
    params = said[0].get("params", {})
    revision = params.get("protocolVersion") or params.get("_meta", {}).get("io.modelcontextprotocol/protocolVersion")
    check((FIRST[said[0]["method"]], revision) == SPEAKS, f"it speaks {revision} after {said[0]}")
    return FIRST[said[0]["method"]], revision


def walk(program, binary, scratch):
    sandbox = Sandbox(binary, scratch, config={"default_project_mode": True})
    (sandbox.project / "Bread.md").write_text("# Bread\n\n- [flour] Rye\n", encoding="utf-8")
    client = ClaudeCode(program, sandbox)
    client.run("add", "-s", "user", "notes", "--", sandbox.binary, "mcp")
    client.finds("notes")
    yield "added by its own command, it answers over stdio"
    with HttpServer(sandbox) as server:
        client.run("add", "-s", "user", "--transport", "http", "notes-http", server.url)
        client.finds("notes-http")
        yield "and over HTTP"
        era, revision = first_words(client, server, "watched")
        yield f"it begins in the {era} era, with {revision}; the other one is the SDKs' to walk"
        sandbox.run("setup", "claude-code", "--http", server.url, "--name", "by-setup-http")
        client.finds("by-setup-http")
        yield "set up by `bm setup --http`, it answers"
    sandbox.run("setup", "claude-code", "--name", "by-setup")
    client.finds("by-setup")
    yield "set up by `bm setup`, it answers"
    client.finds("notes")
    yield "and what was there before still does"
    sandbox.run("setup", "claude-code", "--remove", "--name", "by-setup")
    check("by-setup:" not in client.run("list"), "it is still listed after --remove")
    yield "after `bm setup --remove` it is gone"


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--binary", required=True)
    options.add_argument("--cache", required=True, help="where Claude Code is kept")
    options.add_argument("--keep", action="store_true", help="leave the folders of the test")
    chosen = options.parse_args()
    try:
        program = fetch(chosen.cache)
    except Unavailable as reason:
        print(f"SKIPPED: Claude Code cannot be had: {reason}")
        return SKIPPED
    with TemporaryFolder("bm-claude-code-", chosen.keep) as scratch:
        try:
            for done in walk(program, chosen.binary, scratch):
                print(f"ok {done}", flush=True)
        except (Failure, subprocess.TimeoutExpired) as failure:
            print(f"FAIL {failure}")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
