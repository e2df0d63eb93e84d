#!/usr/bin/env python3
"""Talks to `bm mcp` as an assistant's client does: JSON-RPC, one message a line, over the server's pipes.

    examples/mcp_session.py [--binary PATH] [--vault FOLDER]

Works on a copy of the example vault with a data directory of its own, so nothing of yours is touched, and prints
the conversation: `→` is what the client asks, `←` what the server answers. Needs nothing but Python 3.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import textwrap
import threading
import time

EXAMPLES = pathlib.Path(__file__).resolve().parent
WIDTH = 100
MOST_LINES = 30
MOST_SECONDS = 120

NOTE = """\
Four kilograms of bruised Boskoop, and the freezer has room again.

- [ratio] 500 g of apple to 120 g of sugar #preserving
- [trick] Freeze it flat, then blend it #ideas
- made_from [[Plot 17]] (the leaning tree)
- served_at [[Harvest Supper]]
"""

# What the client asks for, with the sentence that the log prints first.
CALLS = [
    ("The vault mentions this note already; now it is written, and the waiting links find it.",
     "write_note", {"title": "Sorbet from Windfall Apples", "folder": "kitchen", "content": NOTE,
                    "tags": ["dessert", "autumn"]}),
    ("Full-text search. Words are prefixes and all of them must occur.",
     "search_notes", {"query": "frost buckets", "output_format": "text"}),
    ("Only observations of one category.",
     "search_notes", {"query": "sourdough", "categories": ["temperature"], "output_format": "text"}),
    ("A note by its permalink, exactly as it is on disk.",
     "read_note", {"identifier": "people/herr-brandt"}),
    ("Notes in any language are found like all others.",
     "read_note", {"identifier": "金継ぎ"}),
    ("Change one part of a note and leave the rest of its bytes alone.",
     "edit_note", {"identifier": "Harvest Supper", "operation": "find_replace", "find_text": "fourteen people",
                   "content": "sixteen people"}),
    ("A note with what surrounds it, as a starting point for a conversation.",
     "build_context", {"url": "memory://kitchen/sorbet-from-windfall-apples", "depth": 1, "output_format": "text"}),
    ("A path that would leave the project is refused.",
     "read_note", {"identifier": "../../etc/passwd"}),
]


class Client:
    """The client's side of one session."""

    def __init__(self, binary, environment):
        self.process = subprocess.Popen([binary, "mcp"], env=environment, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, encoding="utf-8")
        # An example must not hang: whatever happens, the server is ended after two minutes.
        self.guard = threading.Timer(MOST_SECONDS, self.process.kill)
        self.guard.start()
        self.last_id = 0

    def notify(self, method):
        self.send({"jsonrpc": "2.0", "method": method})

    def request(self, method, params):
        """Sends a request and returns its result and how long it took, in milliseconds."""
        self.last_id += 1
        started = time.perf_counter()
        self.send({"jsonrpc": "2.0", "id": self.last_id, "method": method, "params": params})
        while True:
            line = self.process.stdout.readline()
            if not line:
                raise SystemExit("the server ended before it answered")
            message = json.loads(line)
            if message.get("id") == self.last_id and "method" not in message:
                break  # all else is a notification, which this client may ignore
        milliseconds = (time.perf_counter() - started) * 1000
        if "error" in message:
            raise SystemExit(f"{method} failed: {message['error']}")
        return message["result"], milliseconds

    def send(self, message):
        self.process.stdin.write(json.dumps(message, ensure_ascii=False) + "\n")
        self.process.stdin.flush()

    def close(self):
        """Closing the pipe is how a client says good-bye."""
        self.process.stdin.close()
        code = self.process.wait(timeout=10)
        self.guard.cancel()
        return code


def show(text):
    """Prints a block indented, long lines folded and long texts cut."""
    lines = []
    for line in text.strip("\n").splitlines():
        lines += textwrap.wrap(line, WIDTH, break_on_hyphens=False) or [""]
    for line in lines[:MOST_LINES]:
        print(f"    {line}".rstrip())
    if len(lines) > MOST_LINES:
        print(f"    ... and {len(lines) - MOST_LINES} more lines")


def hold_conversation(client):
    result, took = client.request("initialize", {
        "protocolVersion": "2025-06-18", "capabilities": {},
        "clientInfo": {"name": "mcp-session-example", "version": "1.0"}})
    client.notify("notifications/initialized")
    print("→ initialize")
    server = result["serverInfo"]
    print(f"← ({took:.1f} ms) {server['name']} {server['version']}, protocol {result['protocolVersion']}\n")

    result, took = client.request("tools/list", {})
    print("→ tools/list")
    print(f"← ({took:.1f} ms)")
    show(", ".join(tool["name"] for tool in result["tools"]))

    for why, tool, arguments in CALLS:
        result, took = client.request("tools/call", {"name": tool, "arguments": arguments})
        print(f"\n# {why}\n→ {tool}")
        for name, value in arguments.items():
            show(f"{name}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}")
        print(f"← ({took:.1f} ms){' an error' if result.get('isError') else ''}")
        show(result["content"][0]["text"])


def default_binary():
    built = EXAMPLES.parent / "build" / "release" / "cli" / "bm"
    return str(built) if built.exists() else "bm"


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--binary", default=default_binary())
    options.add_argument("--vault", type=pathlib.Path, default=EXAMPLES / "vault")
    chosen = options.parse_args()
    sys.stdout.reconfigure(encoding="utf-8")
    with tempfile.TemporaryDirectory(prefix="bm-example-") as folder:
        vault = pathlib.Path(folder, "vault")
        shutil.copytree(chosen.vault, vault)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("BASIC_MEMORY_")}
        environment |= {"BASIC_MEMORY_CONFIG_DIR": str(pathlib.Path(folder, "data")),
                        "BASIC_MEMORY_HOME": str(vault)}
        print("$ bm sync", flush=True)
        subprocess.run([chosen.binary, "sync"], env=environment, check=True, timeout=MOST_SECONDS)
        print("\n$ bm mcp", flush=True)
        client = Client(chosen.binary, environment)
        try:
            hold_conversation(client)
            code = client.close()
        finally:
            client.guard.cancel()
            if client.process.poll() is None:
                client.process.kill()
    print(f"\nThe client closed the pipe; the server ended with exit code {code}.")
    return code


if __name__ == "__main__":
    sys.exit(main())
