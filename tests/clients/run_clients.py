#!/usr/bin/env python3
"""Runs the protocol's own clients against `bm`: the Inspector's command line and both majors of the TypeScript SDK.

    run_clients.py --binary build/dev/cli/bm --cache build/dev/clients [--only inspector,sdk] [--keep]

Exits with 0 when all is as expected, with 1 when something is not, with 77 when the clients cannot be had.
"""

import argparse
import concurrent.futures
import json
import subprocess
import sys
import time

from http_server import HttpServer, Program, plain_environment
from packages import Packages, Unavailable
from bm_process import Failure, Sandbox, TemporaryFolder, check

SKIPPED = 77
CROWD = 400
SECONDS_OF_A_CLIENT = 70
INSPECTOR = "@modelcontextprotocol/inspector/clients/cli/build/index.js"
OUR_VARIABLES = ("BASIC_MEMORY_CONFIG_DIR", "BASIC_MEMORY_HOME")  # the Inspector hands on none of its own
ERAS = ("legacy", "auto", "modern")
EXERCISE = ["list tools", "call tools", "be told of faults", "read a resource", "get a prompt",
            "hear of a change by a tool", "hear of a change by another program", "hear of progress", "cancel"]


def make_sandbox(binary, root):
    """A project with a few notes, and a folder that is large enough for its move to take a while."""
    sandbox = Sandbox(binary, root, config={"default_project_mode": True})
    (sandbox.project / "Bread.md").write_text("# Bread\n\n- [flour] Rye\n- uses [[Starter]]\n", encoding="utf-8")
    (sandbox.project / "Starter.md").write_text("# Starter\n\n- [fed] daily\n", encoding="utf-8")
    crowd = sandbox.project / "crowd"
    crowd.mkdir()
    for number in range(CROWD):
        (crowd / f"Guest {number}.md").write_text(f"# Guest {number}\n\n- [seat] {number}\n", encoding="utf-8")
    sandbox.run("sync")
    return sandbox


class Inspector:
    """One run of the Inspector's command line after the other."""

    def __init__(self, packages, sandbox):
        self.command = [packages.node, packages.path(INSPECTOR)]
        self.sandbox = sandbox

    def run(self, target, era, *arguments, expect=0):
        command = [*self.command, *target, "--protocol-era", era, "--format", "json", *arguments]
        done = subprocess.run(command, env=plain_environment(self.sandbox), capture_output=True, timeout=40, check=False)
        said = done.stderr.decode("utf-8", "replace")[-1500:]
        check(done.returncode == expect, f"{' '.join(arguments)} ({era}): exit {done.returncode}, not {expect}: {said}")
        return json.loads(done.stdout)["result"] if expect == 0 else said

    def walk(self, target, era):
        """What its user asks of a server, in one era."""
        # Exit code 6 is what it says of schemas that are not portable.
        names = {tool["name"] for tool in self.run(target, era, "--method", "tools/list", "--strict")["tools"]}
        check({"search_notes", "read_note", "write_note"} <= names, f"tools/list ({era}): {sorted(names)}")
        read = self.run(target, era, "--method", "tools/call", "--tool-name", "read_note", "--tool-arg",
                        "identifier=Bread")
        check("Rye" in read["content"][0]["text"] and not read.get("isError"), f"tools/call ({era}): {read}")
        found = self.run(target, era, "--method", "resources/read", "--uri", "memory://starter")
        check("daily" in found["contents"][0]["text"], f"resources/read ({era}): {found}")
        said = self.run(target, era, "--method", "prompts/get", "--prompt-name", "continue_conversation",
                        "--prompt-args", "topic=Bread")
        check("Bread" in json.dumps(said["messages"]), f"prompts/get ({era}): {said}")
        return f"Inspector, {era}"


def run_inspector(packages, binary, scratch):
    sandbox = make_sandbox(binary, scratch / "inspector")
    inspector = Inspector(packages, sandbox)
    with HttpServer(sandbox) as server, concurrent.futures.ThreadPoolExecutor(4) as pool:
        settings = [word for name in OUR_VARIABLES for word in ("-e", f"{name}={sandbox.environment[name]}")]
        targets = {"stdio": (sandbox.binary, "mcp", *settings), "HTTP": (server.url, "--transport", "http")}
        runs = [(name, pool.submit(inspector.walk, target, era)) for name, target in targets.items() for era in ERAS]
        for name, run in runs:
            yield f"{run.result(timeout=120)}, {name}"
        inspector.run(targets["HTTP"], "legacy", "--method", "logging/setLevel", "--log-level", "debug")
        load = [*inspector.command, *targets["HTTP"], "--method", "tools/call", "--tool-name", "search_notes",
                "--tool-arg", "query=Rye", "--load", "--load-requests", "200", "--format", "json"]
        done = subprocess.run(load, env=plain_environment(sandbox), capture_output=True, timeout=60, check=False)
        check(done.returncode == 0, f"--load: exit {done.returncode}: {done.stderr.decode()[-1000:]}")
        yield "Inspector, 200 calls at once"
        check(server.stop() == 0, f"the server ended badly: {server.log_tail()}")
    with HttpServer(sandbox, transport="sse") as server:
        listed = inspector.run((server.url, "--transport", "sse"), "legacy", "--method", "tools/list")
        check(len(listed["tools"]) > 10, f"over SSE: {listed}")
        yield "Inspector, legacy, SSE"


class SdkRun:
    """One SDK client on one transport: what to start, and which steps it has to report."""

    def __init__(self, name, program, *, era=(), over="stdio", last=()):
        self.name, self.program, self.era, self.over = name, program, era, over
        self.steps = ["connect", *EXERCISE, *last]

    def run(self, packages, binary, scratch):
        sandbox = make_sandbox(binary, scratch / self.name.replace(" ", "-").replace(",", ""))
        place = json.dumps({"notes": str(sandbox.project), "crowd": "crowd"})
        environment = plain_environment(sandbox, PLACE=place)
        command = [packages.node, self.program, *self.era, self.over]
        if self.over == "stdio":
            self.talk(command + [sandbox.binary, "mcp"], environment, packages, sandbox, {})
            return self.name
        with HttpServer(sandbox, transport="sse" if self.over == "sse" else "streamable-http") as server:
            self.talk(command + [server.url], environment, packages, sandbox, {"restart": lambda _: server.restart()})
            check(server.stop() == 0, f"{self.name}: the server ended badly: {server.log_tail()}")
        return self.name

    def talk(self, command, environment, packages, sandbox, asked):
        program = Program(command, environment, packages.folder, sandbox.root / "client.log")
        try:
            program.talk(asked, SECONDS_OF_A_CLIENT)
        except Failure as failure:
            raise Failure(f"{self.name}: {failure}") from None
        check(program.steps == self.steps, f"{self.name}: did {program.steps}, not {self.steps}")


NEW_SESSION = "open a new session after a restart"
SDK_RUNS = (
    SdkRun("SDK 1 over stdio", "sdk_one.mjs"),
    SdkRun("SDK 1 over HTTP", "sdk_one.mjs", over="http", last=("end the session", NEW_SESSION)),
    SdkRun("SDK 1 over SSE", "sdk_one.mjs", over="sse"),
    SdkRun("SDK 2, legacy, over stdio", "sdk_two.mjs", era=("legacy",)),
    SdkRun("SDK 2, auto, over stdio", "sdk_two.mjs", era=("auto",)),
    SdkRun("SDK 2, legacy, over HTTP", "sdk_two.mjs", era=("legacy",), over="http", last=(NEW_SESSION,)),
    SdkRun("SDK 2, auto, over HTTP", "sdk_two.mjs", era=("auto",), over="http", last=("go on after a restart",)),
    SdkRun("SDK 2, modern, over HTTP", "sdk_two.mjs", era=("modern",), over="http", last=("go on after a restart",)),
)


def run_sdks(packages, binary, scratch):
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for run in [pool.submit(one.run, packages, binary, scratch) for one in SDK_RUNS]:
            yield run.result(timeout=300)


PARTS = {"inspector": run_inspector, "sdk": run_sdks}


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--binary", required=True)
    options.add_argument("--cache", required=True, help="where Node and the clients are kept")
    options.add_argument("--only", default=",".join(PARTS), help=f"some of: {', '.join(PARTS)}")
    options.add_argument("--keep", action="store_true", help="leave the folders of the test")
    chosen = options.parse_args()
    names = chosen.only.split(",")
    if any(name not in PARTS for name in names):
        options.error(f"the parts are {', '.join(PARTS)}")
    try:
        packages = Packages(chosen.cache)
    except Unavailable as reason:
        print(f"SKIPPED: the clients cannot be had: {reason}")
        return SKIPPED
    with TemporaryFolder("bm-clients-", chosen.keep) as scratch:
        for name in names:
            started = time.monotonic()
            try:
                for done in PARTS[name](packages, chosen.binary, scratch):
                    print(f"ok {done} ({time.monotonic() - started:.1f} s)", flush=True)
            except (Failure, subprocess.TimeoutExpired, concurrent.futures.TimeoutError) as failure:
                print(f"FAIL {name}: {failure}")
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
