#!/usr/bin/env python3
"""Measures the release binary over stdio and on the command line, each figure beside what the machine itself takes.

    tests/bench/run.py [--binary build/release/cli/bm] [--sizes S,M,L] [--runs 5] [--only NAMES] [--markdown]

Figures are medians of the runs (of p50 and p99 where many calls are measured), everything warm. A floor is the least
that the same work can cost here: walking and reading the files, a bare FTS5 table, fsync, an empty process, a ping.
"""

import argparse
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import time

from measure import (PROJECT, SIZES, Answer, Corpora, Failure, Floors, Row, call, check, file_system, machine,
                     markdown_table, median, medians, percentile, ping_floor, say, text_table, timed_call, timed_line,
                     timed_spawn)
from over_http import http_mixed, http_writers
from robust import many_writers, mixed_vault, recovery

LIMIT_SECONDS = 7200
CALLS = 300  # of one kind in one pass
SPAWNS = 20  # in one pass
IDLE_SECONDS = 10
TARGETS_OF_INDEX = {"S": 0.4, "M": 3, "L": 30}
TARGETS_OF_NOTHING = {"M": 60, "L": 350}
TARGETS_OF_SEARCH = {"M": (None, 3), "L": (2, 10)}


class Bench:
    """What all workloads share."""

    def __init__(self, binary, work, sizes, runs, idle_seconds=IDLE_SECONDS):
        self.binary = str(pathlib.Path(binary).resolve())
        self.sizes = sizes
        self.runs = runs
        self.corpora = Corpora(self.binary, work)
        self.floors = Floors(work)
        self.work = work
        self.idle_seconds = idle_seconds
        self.chance = random.Random(1)

    @property
    def largest(self):
        return self.sizes[-1]

    def target(self, value):
        """A target that is set for L."""
        return value if self.largest == "L" else None

    def served(self, size, variables=None):
        """A server over the indexed copy, after its first look at the files."""
        box = self.corpora.indexed(size)[0]
        kept = box.environment
        box.environment = {**kept, **(variables or {})}
        try:
            server = box.serve()
        finally:
            box.environment = kept
        call(server, "search_notes", {"query": "warm up"})
        time.sleep(1)
        return server


def first_answer(bench):
    """From spawning `bm mcp` to the answer of a search, as at the start of a conversation."""
    size = bench.largest
    box, _ = bench.corpora.indexed(size)
    words = bench.corpora.about(size)["queries"]["rare"]
    passes = []
    for _ in range(bench.runs):
        took = []
        for number in range(SPAWNS):
            took.append(spawn_and_ask(box, words[number]))
        passes.append(median(took))
    floor = median([echo_round_trip(bench.floors.program) for _ in range(SPAWNS)])
    yield Row("first answer: spawn, initialize, search", size, "median", median(passes), "ms", bench.target(15),
              [("empty process and one line", floor)])


def spawn_and_ask(box, word):
    lines = [{"jsonrpc": "2.0", "id": 1, "method": "initialize",
              "params": {"protocolVersion": "2025-06-18", "capabilities": {},
                         "clientInfo": {"name": "bench", "version": "1"}}},
             {"jsonrpc": "2.0", "method": "notifications/initialized"},
             {"jsonrpc": "2.0", "id": 2, "method": "tools/call",
              "params": {"name": "search_notes", "arguments": {"query": word, "project": PROJECT}}}]
    data = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
    started = time.perf_counter()
    process = subprocess.Popen([box.binary, "mcp"], env=box.environment, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    process.stdin.write(data)
    process.stdin.flush()
    answer = None
    for line in process.stdout:
        if b'"id":2' in line or b'"id": 2' in line:
            answer = json.loads(line)
            break
    took = (time.perf_counter() - started) * 1000
    process.stdin.close()
    process.wait(timeout=30)
    process.stdout.close()
    check(answer is not None and not Answer(answer).is_error, f"no good first answer: {answer}")
    return took


def echo_round_trip(program):
    started = time.perf_counter()
    process = subprocess.Popen([program, "echo"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process.stdin.write(b"x\n")
    process.stdin.flush()
    process.stdout.readline()
    took = (time.perf_counter() - started) * 1000
    process.stdin.close()
    process.wait(timeout=30)
    process.stdout.close()
    return took


def one_command(bench):
    """One `bm tool read-note` from the shell."""
    size = bench.largest
    box, _ = bench.corpora.indexed(size)
    links = bench.corpora.about(size)["permalinks"]
    passes = [median([timed_spawn([box.binary, "tool", "read-note", link], box.environment)[0]
                      for link in links[number * SPAWNS:(number + 1) * SPAWNS]]) for number in range(bench.runs)]
    yield Row("one command: bm tool read-note", size, "median", median(passes), "ms", bench.target(10),
              [("empty process", bench.floors.process())])


def first_index(bench):
    """`bm sync` with an empty data directory."""
    for size in bench.sizes:
        bench.corpora.about(size)
        corpus = bench.corpora.folder(size)
        say(f"first index of {size}")
        took, peak = [], []
        for _ in range(bench.runs):
            box = bench.corpora.fresh_box("first", corpus)
            one = timed_spawn([box.binary, "sync"], box.environment, 900)
            took.append(one[0] / 1000)
            peak.append(one[1])
        floors = [("read every byte", bench.floors.read(corpus, bench.runs) / 1000),
                  ("bare FTS5 insert", bench.floors.full_text(corpus, size) / 1000)]
        yield Row("first index", size, "time", median(took), "s", TARGETS_OF_INDEX[size], floors)
        yield Row("first index", size, "peak memory", median(peak), "MB", 250 if size == "L" else None)
        data = sum(path.stat().st_size for path in box.data.rglob("*") if path.is_file())
        yield Row("first index", size, "index on disk", data / 1e6, "MB", None,
                  [("bytes of the notes", bench.corpora.about(size)["bytes"] / 1e6)])


def sync_nothing(bench):
    """`bm sync` when nothing has changed."""
    for size in [size for size in bench.sizes if size in TARGETS_OF_NOTHING]:
        box, copy = bench.corpora.indexed(size)
        took = [timed_spawn([box.binary, "sync"], box.environment)[0] for _ in range(bench.runs)]
        yield Row("sync, nothing changed", size, "time", median(took), "ms", TARGETS_OF_NOTHING[size],
                  [("walk and stat", bench.floors.walk(copy, bench.runs))])


def sync_changes(bench):
    """`bm sync` after 10 edits, 2 moves and 1 delete."""
    size = bench.largest
    box, copy = bench.corpora.indexed(size)
    asked = {*bench.corpora.about(size)["permalinks"], *bench.corpora.about(size)["hubs"]}
    files = [path for path in sorted(copy.rglob("*.md"))
             if str(path.relative_to(copy).with_suffix("")).lower().replace(" ", "-") not in asked]
    bench.chance.shuffle(files)
    took = []
    for number in range(bench.runs):
        chosen = [files.pop() for _ in range(13)]
        for path in chosen[:10]:
            changed = path.with_suffix(".new")
            changed.write_bytes(path.read_bytes() + f"\n- [edit] number {number}\n".encode())
            os.replace(changed, path)
        for path in chosen[10:12]:
            path.rename(path.with_name(f"moved {number} {path.name}"))
        chosen[12].unlink()
        took.append(timed_spawn([box.binary, "sync"], box.environment)[0])
    check(not box.pending(), "a sync left something pending")
    yield Row("sync, 10 edits, 2 moves, 1 delete", size, "time", median(took), "ms", bench.target(400),
              [("walk and stat", bench.floors.walk(copy, bench.runs))])


def write_note(bench):
    """`write_note` of 2 KB; answered when it is on disk."""
    yield from with_and_without_history(bench, "write_note, 2 KB, durable", written_notes, (1.5, 10))


def written_notes(bench, server, number, kind):
    words = bench.corpora.about(bench.largest)["queries"]["six words"]
    took = []
    for note in range(CALLS):
        text = f"{' '.join(words[note:note + 20] + words[:20])[:1900]}\n\n- [fact] {words[note]} #bench\n"
        took.append(call(server, "write_note", {"title": f"Written {kind} {number} {note}", "folder": "bench",
                                                "content": text}))
    return took


def edit_note(bench):
    """`edit_note`, appending a line."""
    yield from with_and_without_history(bench, "edit_note, append a line", edited_notes, (None, None))


def edited_notes(bench, server, number, _):
    links = bench.corpora.about(bench.largest)["permalinks"]
    return [call(server, "edit_note", {"identifier": link, "operation": "append",
                                       "content": f"- [edit] pass {number} #bench"})
            for link in bench.chance.sample(links, CALLS)]


def with_and_without_history(bench, name, work, targets):
    """What the history costs: the same beside it with `history_enabled` off, passes taking turns."""
    size = bench.largest
    passes = {"": [], ", no history": []}
    for number in range(bench.runs):
        for kind, variables in (("", {}), (", no history", {"BASIC_MEMORY_HISTORY_ENABLED": "false"})):
            with bench.served(size, variables) as server:
                ping = ping_floor(server)
                passes[kind].append(work(bench, server, number, kind[-7:]))
                server.close()
    floors = [("fsync of file and folder", bench.floors.durable_write()), ("ping", ping)]
    yield from two_rows(name, size, passes[""], targets, *floors)
    yield from two_rows(name + ", no history", size, passes[", no history"], (None, None), *floors)
    (mean, _), (mean_without, _) = (medians(of) for of in passes.values())
    yield Row(name, size, "cost of the history, of p50", (mean / mean_without - 1) * 100, "%", 10)


def two_rows(name, size, passes, targets, *floors):
    """p50 and p99. A floor is a name and its own p50 and p99."""
    for at, (figure, value) in enumerate(zip(("p50", "p99"), medians(passes))):
        yield Row(name, size, figure, value, "ms", targets[at], [(floor, both[at]) for floor, both in floors])


def read_note(bench):
    size = bench.largest
    links = bench.corpora.about(size)["permalinks"]
    with bench.served(size) as server:
        ping = ping_floor(server)
        passes = [[call(server, "read_note", {"identifier": link}) for link in bench.chance.sample(links, 1000)]
                  for _ in range(bench.runs)]
        server.close()
    yield from two_rows("read_note", size, passes, (bench.target(0.3), bench.target(2)), ("ping", ping))


def search(bench):
    """300 queries of each class."""
    for size in [size for size in bench.sizes if size in TARGETS_OF_SEARCH]:
        classes = bench.corpora.about(size)["queries"]
        with bench.served(size) as server:
            ping = ping_floor(server)
            for name, queries in classes.items():
                passes = [[call(server, "search_notes", {"query": query}) for query in queries]
                          for _ in range(bench.runs)]
                unordered = bench.floors.first_ten(size, queries)
                floors = [("ping", ping)] + ([("FTS5, any ten", unordered)] if unordered else [])
                yield from two_rows(f"search, {name}", size, passes, TARGETS_OF_SEARCH[size], *floors)
            server.close()


def build_context(bench):
    """`build_context` two links deep, hubs among the notes."""
    size = bench.largest
    about = bench.corpora.about(size)
    with bench.served(size) as server:
        ping = ping_floor(server)
        passes = []
        for _ in range(bench.runs):
            links = bench.chance.sample(about["permalinks"], CALLS - len(about["hubs"])) + about["hubs"]
            passes.append([call(server, "build_context", {"url": f"memory://{link}", "depth": 2}) for link in links])
        server.close()
    yield from two_rows("build_context, depth 2, with hubs", size, passes, (bench.target(1), bench.target(10)),
                        ("ping", ping))


def watcher(bench):
    """From saving a file in an editor until a running server finds it."""
    size = bench.largest
    box, copy = bench.corpora.indexed(size)
    folder = copy / "watched"
    folder.mkdir(exist_ok=True)
    took = []
    with bench.served(size) as server:
        for number in range(4 * bench.runs):
            word = f"watched{number:04}x{os.getpid()}"
            started = time.perf_counter()
            (folder / f"Watched {number}.md").write_text(f"# Watched {number}\n\nLooks for {word}.\n", encoding="utf-8")
            while word not in (found := Answer(timed_call(server, "search_notes", {"query": word})[1])).text or \
                    '"results":[]' in found.text:
                if time.perf_counter() - started > 5:
                    say("the watcher did not see a new file within 5 s; left out")
                    server.kill()
                    return
            took.append((time.perf_counter() - started) * 1000)
        server.close()
    shutil.rmtree(folder)
    box.run("sync")
    yield Row("watcher, saved file until found", size, "p50", percentile(took, 50), "ms")
    yield Row("watcher, saved file until found", size, "p99", percentile(took, 99), "ms", 150)


def idle(bench):
    """Memory, processor time and wake-ups of a server that nobody talks to. Minutes of it are measured once."""
    size, seconds = bench.largest, bench.idle_seconds
    memory, cpu, wakeups, counts = [], [], [], []
    for _ in range(bench.runs if seconds == IDLE_SECONDS else 1):
        box, _ = bench.corpora.indexed(size)
        with box.serve() as server:
            time.sleep(5)  # its first look at the files ends
            first = process_figures(server.process.pid)
            time.sleep(seconds)
            last = process_figures(server.process.pid)
            server.close()
        memory.append(last["memory"])
        cpu.append((last["cpu_ns"] - first["cpu_ns"]) / 1e6)
        wakeups.append(last["switches"] - first["switches"])
        counts.append(last["threads"])
    name = f"idle server, {seconds} s, {median(counts):.0f} threads"
    yield Row(name, size, "memory", median(memory), "MB", 15)
    yield Row(name, size, "processor time", median(cpu), "ms", seconds * 1000 * 0.0005)
    yield Row(name, size, "wake-ups", median(wakeups), "", 0)


def process_figures(pid):
    """Memory, processor time and context switches of all threads of a process."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    memory = next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS"))
    switches, cpu_ns, threads = 0, 0, 0
    for thread in pathlib.Path(f"/proc/{pid}/task").iterdir():
        lines = (thread / "status").read_text(encoding="utf-8").splitlines()
        switches += sum(int(line.split()[1]) for line in lines if "ctxt_switches" in line)
        cpu_ns += int((thread / "schedstat").read_text(encoding="utf-8").split()[0])
        threads += 1
    return {"memory": memory, "cpu_ns": cpu_ns, "switches": switches, "threads": threads}


def binary_size(bench):
    stripped = bench.work / "stripped"
    subprocess.run(["strip", "-o", str(stripped), bench.binary], check=True, timeout=60)
    yield Row("stripped binary", "", "size", stripped.stat().st_size / 1e6, "MB", 8)


WORKLOADS = {"size": binary_size, "first-index": first_index, "first-answer": first_answer, "command": one_command,
             "sync-nothing": sync_nothing, "read": read_note, "search": search, "context": build_context,
             "idle": idle, "write": write_note, "edit": edit_note, "sync-changes": sync_changes, "watcher": watcher,
             "recovery": recovery, "mixed-vault": mixed_vault, "many-writers": many_writers,
             "http-mixed": http_mixed, "http-writers": http_writers}


def main():
    root = pathlib.Path(__file__).resolve().parent.parent.parent
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--binary", default=str(root / "build" / "release" / "cli" / "bm"))
    options.add_argument("--work", type=pathlib.Path, default=root / "build" / "bench",
                         help="where corpora and indexes are kept")
    options.add_argument("--sizes", default="S,M,L")
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--only", default="", help=f"some of: {', '.join(WORKLOADS)}")
    options.add_argument("--minutes", type=float, default=IDLE_SECONDS / 60,
                         help="how long the workload idle looks at a quiet server")
    options.add_argument("--markdown", action="store_true", help="print the table as Markdown too")
    chosen = options.parse_args()
    sizes = [size for size in SIZES if size in chosen.sizes.split(",")]
    names = chosen.only.split(",") if chosen.only else list(WORKLOADS)
    if not sizes or any(name not in WORKLOADS for name in names):
        options.error(f"sizes are {', '.join(SIZES)}; workloads are {', '.join(WORKLOADS)}")
    signal.alarm(LIMIT_SECONDS)
    chosen.work.mkdir(parents=True, exist_ok=True)
    bench = Bench(chosen.binary, chosen.work.resolve(), sizes, chosen.runs, round(chosen.minutes * 60))
    rows, failed = [], []
    for name in names:
        say(name)
        try:
            rows += WORKLOADS[name](bench)
        except Failure as failure:
            say(f"{name} FAILED: {failure}")
            failed.append(name)
    corpora = "; ".join(f"{size}: {about['notes']:,} notes, {about['bytes'] / 1e6:,.1f} MB"
                        for size in sizes for about in [bench.corpora.about(size)])
    print(f"Machine: {machine()}, {file_system(chosen.work)}\nCorpora: {corpora}\n"
          f"Medians of {chosen.runs} runs, everything warm.\n")
    print(text_table(rows))
    if chosen.markdown:
        print("\n" + markdown_table(rows))
    if failed:
        print(f"\nfailed: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
