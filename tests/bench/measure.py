"""Clocks, floors and tables for the measurements: everything that is not a workload."""

import json
import os
import pathlib
import shutil
import sqlite3
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
from bm_process import Answer, Failure, Sandbox, check  # noqa: E402
from make_corpus import SIZES, make_corpus  # noqa: E402

PROJECT = "bench"


class Row:
    """One figure, what it should be at most, and what the machine itself takes for the same: pairs of name and value."""

    def __init__(self, workload, size, figure, value, unit, target=None, floors=()):
        self.cells = (workload, size, figure, number(value, unit), "" if target is None else number(target, unit),
                      "; ".join(f"{name} {number(least, unit)}" for name, least in floors))


HEADINGS = ("workload", "corpus", "figure", "measured", "target", "floors in the same run")


def number(value, unit):
    digits = 2 if value < 10 else 1 if value < 100 else 0
    return f"{value:,.{digits}f} {unit}".strip()


def text_table(rows):
    lines = [HEADINGS, *(row.cells for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    right = {3, 4}
    shown = [("  ".join(cell.rjust(width) if column in right else cell.ljust(width)
                        for column, (cell, width) in enumerate(zip(line, widths)))).rstrip() for line in lines]
    return "\n".join([shown[0], "-" * len(shown[0]), *shown[1:]])


def markdown_table(rows):
    lines = ["| " + " | ".join(HEADINGS) + " |", "| --- | --- | --- | ---: | ---: | --- |"]
    lines += ["| " + " | ".join(row.cells) + " |" for row in rows]
    return "\n".join(lines)


def median(values):
    return statistics.median(values)


def percentile(values, percent):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def medians(passes):
    """p50 and p99 of each pass, and of those the median."""
    return median([percentile(one, 50) for one in passes]), median([percentile(one, 99) for one in passes])


def machine():
    """Processor, cores, memory, system and file system, in one line."""
    cpu = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo", encoding="utf-8")
                if line.startswith("model name")), "unknown processor")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    system = next((line.split("=", 1)[1].strip().strip('"') for line in open("/etc/os-release", encoding="utf-8")
                   if line.startswith("PRETTY_NAME=")), "Linux")
    return f"{cpu}, {os.cpu_count()} cores, {memory:.0f} GB, {system}, kernel {os.uname().release}"


def file_system(path):
    done = subprocess.run(["df", "--output=fstype", str(path)], stdout=subprocess.PIPE, timeout=10, check=False)
    return done.stdout.decode().split()[-1] if done.returncode == 0 else "unknown"


def timed_spawn(command, environment, limit=600):
    """Milliseconds from spawn to end, and the peak of memory in MB. The output goes nowhere."""
    null = [(os.POSIX_SPAWN_OPEN, stream, os.devnull, mode, 0) for stream, mode in ((0, os.O_RDONLY),
                                                                                    (1, os.O_WRONLY), (2, os.O_WRONLY))]
    started = time.perf_counter()
    pid = os.posix_spawn(command[0], command, environment, file_actions=null)
    _, status, usage = os.wait4(pid, 0)
    took = (time.perf_counter() - started) * 1000
    check(status == 0, f"{' '.join(command)} ended with status {status}")
    check(took < limit * 1000, f"{' '.join(command)} took {took / 1000:.0f} s")
    return took, usage.ru_maxrss / 1024


def timed_call(server, tool, arguments):
    """Milliseconds of one tool call, from the first byte out to the last byte in, and its answer."""
    server.next_id += 1
    line = json.dumps({"jsonrpc": "2.0", "id": server.next_id, "method": "tools/call",
                       "params": {"name": tool, "arguments": {**arguments, "project": PROJECT}}})
    return timed_line(server, line, server.next_id)


def timed_line(server, line, ident):
    data = line.encode() + b"\n"
    started = time.perf_counter()
    server.process.stdin.write(data)
    while True:
        reply = server.receive_line(60)
        took = (time.perf_counter() - started) * 1000
        message = json.loads(reply)
        if message.get("id") == ident and "method" not in message:
            return took, message


def call(server, tool, arguments):
    """The milliseconds of a call that must succeed."""
    took, message = timed_call(server, tool, arguments)
    answer = Answer(message)
    check(not answer.is_error, f"{tool} {arguments} failed: {answer.text[:300]}")
    return took


def ping_floor(server, count=200):
    """What one round trip through the pipes and the protocol takes: p50 and p99 of `ping`."""
    passes = []
    for _ in range(count):
        server.next_id += 1
        line = json.dumps({"jsonrpc": "2.0", "id": server.next_id, "method": "ping"})
        passes.append(timed_line(server, line, server.next_id)[0])
    return percentile(passes, 50), percentile(passes, 99)


class Floors:
    """The C program beside this file, and a bare FTS5 table."""

    def __init__(self, work):
        self.work = work
        self.program = str(work / "floors")
        subprocess.run([os.environ.get("CC", "cc"), "-O2", "-static", "-o", self.program, str(HERE / "floors.c")],
                       check=True, timeout=120)

    def _run(self, *arguments):
        return subprocess.run([self.program, *arguments], check=True, timeout=600,
                              stdout=subprocess.PIPE).stdout.decode()

    def process(self, count=50):
        return median([timed_spawn([self.program, "exit"], {})[0] for _ in range(count)])

    def walk(self, folder, runs):
        return median([float(self._run("walk", str(folder)).split()[0]) for _ in range(runs)])

    def read(self, folder, runs):
        return median([float(self._run("read", str(folder)).split()[0]) for _ in range(runs)])

    def durable_write(self, count=300):
        """p50 and p99 in milliseconds of a 2 KB file, fsynced with its folder."""
        folder = self.work / "written"
        folder.mkdir(exist_ok=True)
        took = [float(line) / 1000 for line in self._run("write", str(folder), str(count)).split()]
        shutil.rmtree(folder)
        return percentile(took, 50), percentile(took, 99)

    def full_text(self, corpus, size):
        """Milliseconds to put all texts into a bare FTS5 table, in one transaction; the table is kept for queries."""
        path = self.work / f"floor-{size}.db"
        for end in ("", "-wal", "-shm"):
            pathlib.Path(f"{path}{end}").unlink(missing_ok=True)
        database = sqlite3.connect(path, isolation_level=None)
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=NORMAL")
        database.execute("CREATE VIRTUAL TABLE notes USING fts5(text, content='')")
        took = 0.0
        database.execute("BEGIN")
        batch = []
        files = sorted(corpus.rglob("*.md"))
        for number, file in enumerate(files, 1):
            batch.append((number, file.read_text(encoding="utf-8")))
            if len(batch) == 2000 or number == len(files):
                started = time.perf_counter()
                database.executemany("INSERT INTO notes(rowid, text) VALUES (?, ?)", batch)
                took += time.perf_counter() - started
                batch.clear()
        started = time.perf_counter()
        database.execute("COMMIT")
        took += time.perf_counter() - started
        database.close()
        return took * 1000

    def first_ten(self, size, queries):
        """p50 and p99 of the same queries on that table: the first ten matches, in no order. None without a table."""
        path = self.work / f"floor-{size}.db"
        if not path.exists():
            return None
        database = sqlite3.connect(path)
        took = []
        for query in queries:
            started = time.perf_counter()
            database.execute("SELECT rowid FROM notes WHERE notes MATCH ? LIMIT 10", (query,)).fetchall()
            took.append((time.perf_counter() - started) * 1000)
        database.close()
        return percentile(took, 50), percentile(took, 99)


class Corpora:
    """The generated notes, kept in the work folder, and indexed copies of them that workloads may change."""

    def __init__(self, binary, work):
        self.binary = binary
        self.work = work
        self.boxes = {}

    def folder(self, size):
        return self.work / f"corpus-{size}"

    def about(self, size):
        """What make_corpus says; the notes are made when they are not there yet."""
        about = pathlib.Path(f"{self.folder(size)}.json")
        if not about.exists():
            shutil.rmtree(self.folder(size), ignore_errors=True)
            say(f"making the corpus {size}")
            return make_corpus(self.folder(size), SIZES[size])
        return json.loads(about.read_text(encoding="utf-8"))

    def fresh_box(self, name, notes):
        """An empty data directory over a folder of notes."""
        root = self.work / name
        for place in ("data", "home", "scratch"):
            shutil.rmtree(root / place, ignore_errors=True)
        return Sandbox(self.binary, root, (PROJECT,), {"projects": {PROJECT: str(notes)}})

    def indexed(self, size):
        """A copy of the corpus with its index, made at the first use. The copy shares the files' bytes: replace, never
        write into them."""
        if size not in self.boxes:
            self.about(size)
            copy = self.work / f"box-{size}" / "notes"
            shutil.rmtree(copy.parent, ignore_errors=True)
            copy.parent.mkdir(parents=True)
            say(f"copying and indexing {size}")
            subprocess.run(["cp", "-al", str(self.folder(size)), str(copy)], check=True, timeout=600)
            box = self.fresh_box(f"box-{size}", copy)
            box.run("sync", timeout=900)
            self.boxes[size] = (box, copy)
        return self.boxes[size]


def say(text):
    print(f"-- {text}", file=sys.stderr, flush=True)


__all__ = ["Answer", "Corpora", "Failure", "Floors", "PROJECT", "Row", "SIZES", "call", "check", "file_system",
           "machine", "markdown_table", "median", "medians", "percentile", "ping_floor", "say", "text_table",
           "timed_call", "timed_line", "timed_spawn"]
