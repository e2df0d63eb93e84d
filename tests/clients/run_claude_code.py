#!/usr/bin/env python3
"""Has Claude Code take this server up, over stdio and HTTP, by its own command and by `bm setup`, and look whether it answers.

    run_claude_code.py --binary build/dev/cli/bm --cache build/dev/clients [--keep]

Exits with 0 when all is as expected, with 1 when something is not, with 77 when Claude Code cannot be had. Nobody logs in:
what is asked of it works without.
"""

import argparse
import pathlib
import re
import shutil
import subprocess
import sys

from http_server import HttpServer
from packages import Unavailable, npm_install
from bm_process import Failure, Sandbox, TemporaryFolder, check

SKIPPED = 77
PACKAGE = "@anthropic-ai/claude-code@2.1.197"
SECONDS = 90
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
