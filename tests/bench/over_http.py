"""Workloads over HTTP: a crowd that mostly searches, and many that write. The clients are tests/load/http_load."""

import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import time

from measure import HERE, PROJECT, Row, check, median

sys.path.insert(0, str(HERE.parent / "clients"))
from http_server import HttpServer  # noqa: E402

SECONDS = 5  # of one pass
CLIENTS = 64
WRITERS = 32
NOTES = 3200  # of one pass
LOAD_SOURCES = ("http_load.cpp", "http_peer.cpp", "polite_client.cpp", "rude_clients.cpp")


def http_mixed(bench):
    """64 clients, nine searches and a read, on M (or the largest that is not L)."""
    size = ([each for each in bench.sizes if each != "L"] or [bench.largest])[-1]
    about = bench.corpora.about(size)
    box, _ = bench.corpora.indexed(size)
    calls = write_calls(bench.work / "http-mixed", mixed_calls(bench, about))
    program = load_program(bench)
    passes = []
    with HttpServer(box) as server:
        run(program, server.port, calls, CLIENTS, seconds=1)
        floor = bare_exchanges(server.port)
        pings = rate(run(program, server.port, None, CLIENTS, seconds=2))
        spent = processor_seconds(server.process.pid)
        for _ in range(bench.runs):
            passes.append(run(program, server.port, calls, CLIENTS, seconds=SECONDS))
        spent = processor_seconds(server.process.pid) - spent
        server.stop()
    name = f"HTTP, {CLIENTS} clients, 90 % search, 10 % read"
    answers = sum(one["answered"] for one in passes)
    # More is better: what has to be reached stands in the name.
    yield Row(f"{name} (at least 3,000/s)", size, "answers", median([rate(one) for one in passes]), "/s", None,
              [("64 clients, ping", pings), ("one connection, server/discover", floor)])
    # Says more than a rate where other programs work on the same cores.
    yield Row(name, size, "processor time of the server", 1000 * spent / answers, "ms")
    yield Row(name, size, "p50", median([one["p50_ms"] for one in passes]), "ms")
    yield Row(name, size, "p99", median([one["p99_ms"] for one in passes]), "ms")
    yield Row(name, size, "errors", sum(one["failed"] for one in passes), "", 0)


def rate(one):
    return one["answered"] / one["seconds"]


def processor_seconds(pid):
    """What a process has used up so far."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def mixed_calls(bench, about):
    queries = [query for name in ("rare", "common", "AND", "six words") for query in about["queries"].get(name, ())]
    check(queries, "the corpus has no queries")
    for number in range(4000):
        if number % 10 == 3:
            yield "read_note", {"identifier": bench.chance.choice(about["permalinks"])}
        else:
            yield "search_notes", {"query": bench.chance.choice(queries)}


def http_writers(bench):
    """32 clients that write notes; each is there once, with its text."""
    size = ([each for each in bench.sizes if each != "L"] or [bench.largest])[-1]
    box, copy = bench.corpora.indexed(size)
    program = load_program(bench)
    rates, slow = [], []
    with HttpServer(box) as server:
        for turn in range(bench.runs):
            titles = [f"Over HTTP {turn} {number}" for number in range(NOTES)]
            calls = write_calls(bench.work / "http-writers", (
                ("write_note", {"title": title, "folder": f"http/{at % 10}",
                                "content": f"- [seal] sealed{turn}x{at}q here\n- near [[{titles[at - 1]}]]\n"})
                for at, title in enumerate(titles)))
            one = run(program, server.port, calls, WRITERS, once=True, seconds=60)
            rates.append(rate(one))
            slow.append(one["p99_ms"])
            look(copy / "http", turn)
        server.stop()
    shutil.rmtree(copy / "http")
    box.run("sync")
    each, _ = bench.floors.durable_write()
    yield Row(f"HTTP, {WRITERS} writers (at least 500/s)", size, "notes", median(rates), "/s", None,
              [("fsync of file and folder, one after the other", 1000 / each)])
    yield Row(f"HTTP, {WRITERS} writers", size, "p99", median(slow), "ms")


def look(folder, turn):
    """What was answered is on disk exactly once."""
    seals = re.findall(rf"sealed{turn}x(\d+)q", "".join(path.read_text(encoding="utf-8")
                                                         for path in folder.rglob(f"Over HTTP {turn} *.md")))
    check(len(seals) == NOTES and len(set(seals)) == NOTES, f"{len(seals)} notes instead of {NOTES}")


def write_calls(path, calls):
    lines = [json.dumps({"name": name, "arguments": {**arguments, "project": PROJECT}}) for name, arguments in calls]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def load_program(bench):
    """The load client, built like the floors: with what is at hand."""
    program = bench.work / "http_load"
    root = HERE.parent.parent
    sources = [str(root / "tests" / "load" / name) for name in LOAD_SOURCES]
    if not program.exists() or program.stat().st_mtime < max(pathlib.Path(path).stat().st_mtime for path in sources):
        subprocess.run(["c++", "-O2", "-std=c++20", f"-I{root}", *sources, "-o", str(program)], check=True, timeout=300)
    return program


def run(program, port, calls, clients, seconds, once=False):
    """One pass; without calls the clients ping."""
    asked = ["--calls", str(calls)] if calls else ["--pings"]
    words = [str(program), str(port), *asked, "--polite", str(clients), "--seconds", str(seconds)]
    done = subprocess.run(words + (["--once"] if once else []), capture_output=True, text=True, timeout=600, check=False)
    check(done.returncode == 0, f"a call over HTTP failed: {done.stdout} {done.stderr[-1000:]}")
    return json.loads(done.stdout)


def bare_exchanges(port, count=300):
    """Answers per second of the cheapest request on one connection: what framing and sockets take."""
    meta = {"io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {}}
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "server/discover", "params": {"_meta": meta}}).encode()
    request = (f"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
               "Accept: application/json, text/event-stream\r\nMCP-Protocol-Version: 2026-07-28\r\n"
               f"Mcp-Method: server/discover\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        started = time.perf_counter()
        for _ in range(count):
            connection.sendall(request)
            received = b""
            while b"\r\n\r\n" not in received:
                received += connection.recv(1 << 16)
            head, _, rest = received.partition(b"\r\n\r\n")
            left = int(re.search(rb"(?i)content-length: (\d+)", head)[1]) - len(rest)
            while left > 0:
                left -= len(connection.recv(left))
        return count / (time.perf_counter() - started)
