#!/usr/bin/env python3
"""Replays a recorded dialogue over HTTP, one for each protocol revision, and compares every byte that comes back.

    replay_dialogues.py --binary build/dev/cli/bm [2025-06-18 ...]

A record (tests/golden/http) holds what the client sends, behind `> `, and what it gets, behind `< `. `>* ` begins a
request whose stream stays open; `? N` waits for N messages on it, which stand behind `<* `. SESSION, PORT and TOKEN stand
for what the server chose. A name such as 2025-06-18.stateless tells how the server is started. UPDATE_GOLDEN=1 writes the
answers anew and fails the run.
"""

import argparse
import difflib
import json
import os
import pathlib
import re
import socket
import sys

from raw_http import Dialogue as Wire, Response, check
from http_server import HttpServer
from bm_process import Failure, Sandbox, TemporaryFolder
from wire import WireFailure

RECORDS = pathlib.Path(__file__).resolve().parent.parent / "golden" / "http"
RECORDED = 14
SECONDS = 20
VARYING = [
    (re.compile(r"^Date: .*", re.MULTILINE), "Date: DATE"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?"), "TIME"),
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "UUID"),
    (re.compile(r'("version": ?")\d+\.\d+\.\d+'), r"\1VERSION"),
]
SESSION = re.compile(r"(?:sessionId=|^M[Cc][Pp]-Session-Id: )([A-Za-z0-9_-]{43})", re.MULTILINE)
START = re.compile(r">\*? [A-Z]+ \S+ HTTP/1\.1$")
LONG_LISTS = {"tools": "name", "prompts": "name", "resources": "uri", "resourceTemplates": "uriTemplate"}


def shortened(line):
    """Lists of all tools and the like are on record elsewhere: here their names are enough."""
    start = line.find("{")
    if start < 0 or not any(f'"{name}":[{{' in line for name in LONG_LISTS):
        return line
    message = json.loads(line[start:])
    for name, key in LONG_LISTS.items():
        entries = message.get("result", {}).get(name)
        if isinstance(entries, list):
            message["result"][name] = [entry[key] for entry in entries]
    return line[:start] + json.dumps(message, separators=(",", ":"), ensure_ascii=False)


class Dialogue:
    """One record, and the server that it is spoken with."""

    def __init__(self, path, port, token):
        self.lines = path.read_text(encoding="utf-8").splitlines()
        self.port, self.session, self.stream, self.token = port, None, None, token
        self.wire = Wire()
        self.connections = []

    def replayed(self):
        """The record with what is answered now."""
        written, number = [], 0
        while number < len(self.lines):
            line = self.lines[number]
            mark = line.split(" ")[0]
            if mark in (">", ">*"):
                block = [line[len(mark) + 1:]]
                number += 1
                while number < len(self.lines) and self.lines[number].split(" ")[0] == mark \
                        and not START.match(self.lines[number]):
                    block.append(self.lines[number][len(mark) + 1:])
                    number += 1
                written += [f"{mark} {each}".rstrip() for each in block]
                written += self.request(block, mark == ">*")
                continue
            number += 1
            if mark in ("<", "<*"):
                continue
            written.append(line)
            if mark == "?":
                events = [self.stream.event() for _ in range(int(line[2:]))]
                self.hear("\n".join(events))
                # Notices come when they like: the record has them behind the answers.
                for event in sorted(events, key=lambda event: '"method":' in event):
                    written += self.marked("<*", event)
        return written

    def request(self, block, stays_open):
        head, body = (block[:block.index("")], "\n".join(block[block.index("") + 1:])) if "" in block else (block, "")
        text = "\r\n".join(head)
        if body:
            text += f"\r\nContent-Length: {len(body.encode())}"
        text = f"{text}\r\n\r\n{body}".replace("PORT", str(self.port)).replace("SESSION", self.session or "SESSION")
        text = text.replace("TOKEN", self.token or "TOKEN")
        if body:
            self.wire.sent(body)
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=SECONDS)
        self.connections.append(connection)
        connection.sendall(text.encode())
        response = Response(connection.makefile("rb"))
        shown = "\n".join([response.status_line, *(f"{name}: {value}" for name, value in response.headers)])
        if found := SESSION.search(shown):
            self.session = found[1]
        if stays_open:
            self.stream = response
            return self.marked("<*", shown)
        body = response.body()
        # The others are refusals of HTTP itself, which nobody has looked for a message for.
        if response.status in (200, 400):
            self.hear(body)
        body = body.rstrip("\n")
        head, text = self.marked("<", shown), self.marked("<", "\n" + body) if body else []
        if text and text[1:] != [f"< {line}".rstrip() for line in body.split("\n")]:
            head = [re.sub(r"^< Content-Length: .*", "< Content-Length: LENGTH", line) for line in head]
        return head + text

    def hear(self, text):
        """Has messages compared with the schema of their revision, before their lists are shortened."""
        for line in text.split("\n"):
            said = line.removeprefix("data: ")
            if said.startswith(("{", "[")) and '"jsonrpc"' in said:
                self.wire.received(said)

    def marked(self, mark, text):
        if found := SESSION.search(text):
            self.session = found[1]
        if self.session:
            text = text.replace(self.session, "SESSION")
        if self.token:
            text = text.replace(self.token, "TOKEN")
        text = text.replace(str(self.port), "PORT")
        for pattern, name in VARYING:
            text = pattern.sub(name, text)
        return [f"{mark} {shortened(line)}".rstrip() for line in text.split("\n")]

    def close(self):
        for connection in self.connections:
            connection.close()


def make_sandbox(binary, root):
    box = Sandbox(binary, root, ("notes",), {"default_project_mode": True})
    (box.project / "Bread.md").write_text("---\ntitle: Bread\npermalink: bread\n---\n# Bread\n\n- [flour] Rye\n",
                                          encoding="utf-8")
    box.run("sync")
    return box


def flags_of(path):
    """Transport and options by the name of a record: its revision, and what is different from the usual."""
    revision, *ways = path.stem.split(".")
    transport = "sse" if "sse" in ways or (revision == "2024-11-05" and "streamable" not in ways) else "streamable-http"
    options = ["--stateless"] if "stateless" in ways else []
    return transport, options + (["--auth", "--public-url", "http://127.0.0.1:1"] if "auth" in ways else [])


def replay(binary, path, root):
    transport, options = flags_of(path)
    box = make_sandbox(binary, root)
    token = box.json("token", "create", "--scope", "notes:read", "--json")["token"] if "--auth" in options else None
    with HttpServer(box, *options, transport=transport) as server:
        dialogue = Dialogue(path, server.port, token)
        try:
            now = dialogue.replayed()
        finally:
            dialogue.close()
    if os.environ.get("UPDATE_GOLDEN") == "1":
        path.write_text("\n".join(now) + "\n", encoding="utf-8")
        raise Failure(f"{path} was written anew; read it, then run again without UPDATE_GOLDEN")
    if now != dialogue.lines:
        lines = difflib.unified_diff(dialogue.lines, now, "on record", "now", lineterm="")
        raise Failure("the answers have changed:\n" + "\n".join(lines))


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--binary", required=True)
    options.add_argument("revision", nargs="*", help="all when left out")
    chosen = options.parse_args()
    paths = sorted(path for path in RECORDS.glob("*.txt") if not chosen.revision or path.stem in chosen.revision)
    failed = False
    try:
        check(len(paths) == (len(chosen.revision) or RECORDED), f"{RECORDS} has not the records: {[p.stem for p in paths]}")
    except Failure as failure:
        print(f"FAIL {failure}")
        return 1
    for path in paths:
        with TemporaryFolder("bm-dialogue-") as root:
            try:
                replay(chosen.binary, path, root)
                print(f"PASS {path.stem}")
            except (Failure, WireFailure, OSError) as failure:
                print(f"FAIL {path.stem}: {failure}")
                failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
