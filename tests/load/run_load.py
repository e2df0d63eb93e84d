#!/usr/bin/env python3
"""Lets polite and rude clients loose on `bm mcp` over HTTP, all at once.

    run_load.py --binary build/dev/cli/bm --client build/dev/tests/load/http_load [--size small] [--only crowd,abuse]

Polite clients must get a good answer to every call, whatever the others do; the server must stay within bounds of
memory, give back every descriptor and thread, and end well. `--size large` is the long form.
"""

import argparse
import json
import os
import pathlib
import resource
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "support"), str(HERE.parent / "clients")]
from http_server import HttpServer  # noqa: E402
from bm_process import Failure, Sandbox, TemporaryFolder, check  # noqa: E402

NOTES = 300
LARGE_BYTES = 1_000_000
DESCRIPTORS = 1024  # what most systems allow a program at first
SETTLE_SECONDS = 30
SECONDS_OF_A_BODY = 60
KEPT = 76  # workers, and what each holds of the database, stay for the next call


class Size:
    """How much there is of everything."""

    def __init__(self, *, seconds, lingerers, slow, sessions, writes, megabytes):
        self.seconds, self.lingerers, self.slow, self.sessions = seconds, lingerers, slow, sessions
        self.writes, self.megabytes = writes, megabytes


SIZES = {"small": Size(seconds=6, lingerers=780, slow=20, sessions=2000, writes=640, megabytes=250),
         "sanitized": Size(seconds=12, lingerers=380, slow=10, sessions=500, writes=160, megabytes=2500),
         "threads": Size(seconds=20, lingerers=180, slow=10, sessions=500, writes=160, megabytes=2500),
         "large": Size(seconds=75, lingerers=780, slow=100, sessions=10_000, writes=16_000, megabytes=400)}
STREAMS = 200
STREAMS_OF_A_TOKEN = 64  # no token has more


def make_sandbox(binary, root):
    sandbox = Sandbox(binary, root, config={"default_project_mode": True})
    for number in range(NOTES):
        text = f"# Note {number}\n\n- [fact] word{number % 40} about rivers\n- near [[Note {(number * 7) % NOTES}]]\n"
        (sandbox.project / f"Note {number}.md").write_text(text, encoding="utf-8")
    (sandbox.project / "Large.md").write_text("# Large\n\n" + "All work and no play.\n" * (LARGE_BYTES // 22),
                                              encoding="utf-8")
    sandbox.popen["preexec_fn"] = limit_descriptors
    sandbox.run("sync")
    return sandbox


def limit_descriptors():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(DESCRIPTORS, hard), hard))


def usual_calls(count):
    """Nine searches, a read, and now and then a write."""
    for number in range(count):
        if number % 50 == 17:
            yield "write_note", {"title": "Board", "folder": "written", "content": f"- [at] {number}\n",
                                 "overwrite": True}
        elif number % 10 == 3:
            yield "read_note", {"identifier": f"Note {number % NOTES}"}
        else:
            yield "search_notes", {"query": f"word{number % 40} rivers"}


def write_calls(path, calls):
    lines = [json.dumps({"name": name, "arguments": arguments}) for name, arguments in calls]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


class Watched:
    """What a process takes up, looked at several times a second."""

    def __init__(self, pid):
        self.pid, self.peak, self.most_threads = pid, 0.0, 0
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.look, daemon=True)

    def look(self):
        while not self.stop.wait(0.1):
            status = figures(self.pid)
            self.peak = max(self.peak, status["megabytes"])
            self.most_threads = max(self.most_threads, status["threads"])

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, kind, value, trace):
        self.stop.set()
        self.thread.join()


def figures(pid):
    """Megabytes, threads and open descriptors of a process; zeroes when it is gone."""
    try:
        lines = dict(line.split(":", 1) for line in open(f"/proc/{pid}/status", encoding="utf-8"))
        return {"megabytes": int(lines["VmRSS"].split()[0]) / 1024, "threads": int(lines["Threads"]),
                "descriptors": len(os.listdir(f"/proc/{pid}/fd"))}
    except (OSError, KeyError):
        return {"megabytes": 0.0, "threads": 0, "descriptors": 0}


class Load:
    """A server, and runs of the load client against it."""

    def __init__(self, client, size, sandbox, server, token=None):
        self.client, self.size, self.sandbox, self.server = client, size, sandbox, server
        self.token = token  # shown with every request
        time.sleep(1)  # its first look at the files
        self.quiet = figures(server.process.pid)

    def run(self, calls, *, once=False, **numbers):
        """Runs the load client and returns its counts. Failure when a polite client was let down."""
        words = [str(self.client), str(self.server.port), "--calls", str(calls), *(["--once"] if once else []),
                 *(["--token", self.token] if self.token else [])]
        for name, value in numbers.items():
            words += [f"--{name.replace('_', '-')}", str(value)]
        with Watched(self.server.process.pid) as watched:
            done = subprocess.run(words, capture_output=True, timeout=280, check=False)
        said = done.stderr.decode("utf-8", "replace")[-1500:]
        check(done.returncode in (0, 1) and done.stdout, f"{' '.join(words[1:])}: exit {done.returncode}: {said}")
        counts = json.loads(done.stdout)
        counts |= {"peak MB": round(watched.peak), "threads": watched.most_threads}
        print(f"   {json.dumps(counts)}", flush=True)
        check(counts["failed"] == 0, f"{counts['failed']} polite calls failed: {said}; log: {self.server.log_tail()}")
        check(counts["answered"] > 0, "no polite call was answered")
        check(watched.peak <= self.size.megabytes, f"the server took {watched.peak:.0f} MB")
        self.settle()
        return counts

    def settle(self):
        """Whatever the clients took is given back soon after they have gone."""
        deadline = time.monotonic() + SETTLE_SECONDS
        while True:
            now = figures(self.server.process.pid)
            if all(now[name] <= self.quiet[name] + KEPT for name in ("threads", "descriptors")):
                return
            check(time.monotonic() < deadline, f"not given back: {now}, at the start it was {self.quiet}")
            time.sleep(0.2)


def at_least(counts, name, least):
    check(counts.get(name, 0) >= least, f"{name}: {counts.get(name, 0)} instead of at least {least}")


def none_of(counts, *names):
    for name in names:
        check(name not in counts, f"{name}: {counts.get(name)} instead of none")


def crowd(load, streams=STREAMS):
    """1,000 connections, 200 of them open streams."""
    calls = write_calls(load.sandbox.scratch / "calls", usual_calls(2000))
    counts = load.run(calls, polite=8, seconds=load.size.seconds, streams=streams, lingerers=load.size.lingerers)
    at_least(counts, "streams opened", streams)
    none_of(counts, "streams refused", "streams lost", "lingerers refused", "lingerers lost")
    at_least(counts, "lingered", load.size.lingerers)
    at_least(counts, "events", 2 * streams)  # the acknowledgement and a change


def abuse(load):
    """Slow ones, those that send too much, that go away or forget their sessions."""
    calls = write_calls(load.sandbox.scratch / "calls", usual_calls(2000))
    slow = load.size.slow
    seconds = max(12, load.size.seconds)
    counts = load.run(calls, polite=8, seconds=seconds, slow_heads=slow, slow_bodies=slow,
                      slow_readers=slow // 2, oversizers=4, half_closers=4, resetters=4, sessions=load.size.sessions)
    at_least(counts, "slow heads refused", slow)
    # A body has a minute, and who reads nothing has as long: only the long form sees the end of both.
    if seconds > SECONDS_OF_A_BODY:
        at_least(counts, "slow bodies refused", slow)
        at_least(counts, "slow readers closed", slow // 2)
    at_least(counts, "oversized 413", 4)
    at_least(counts, "oversized 431", 4)
    at_least(counts, "half-closed 200", 4)
    at_least(counts, "resets", 4)
    at_least(counts, "sessions", load.size.sessions)
    none_of(counts, "oversized other", "half-closed other", "slow other", "sessions refused")


def writers(load):
    """Thirty-two writers; each note is there once, with its text."""
    titles = [f"Letter {number}" for number in range(load.size.writes)]
    calls = write_calls(load.sandbox.scratch / "calls", (
        ("write_note", {"title": title, "folder": f"letters{at % 10}", "content": f"- [seal] seal{at}q of {title}\n"})
        for at, title in enumerate(titles)))
    counts = load.run(calls, once=True, polite=32, seconds=60)
    check(counts["answered"] == len(titles), f"{counts['answered']} of {len(titles)} writes were answered")
    print(f"   {counts['answered'] / counts['seconds']:.0f} notes/s", flush=True)
    texts = {path.stem: path.read_text(encoding="utf-8") for path in load.sandbox.project.rglob("Letter *.md")}
    check(sorted(texts) == sorted(titles), f"{len(texts)} files instead of {len(titles)}")
    wrong = [title for at, title in enumerate(titles) if texts[title].count(f"seal{at}q") != 1]
    check(not wrong, f"written wrongly: {wrong[:5]}")
    check(not load.sandbox.pending(), f"not indexed: {str(load.sandbox.pending())[:300]}")


def authorized(load):
    """Both with a server that looks at everybody's token: a crowd, then the writers."""
    crowd(load, streams=STREAMS_OF_A_TOKEN)
    writers(load)


PHASES = {"crowd": crowd, "abuse": abuse, "writers": writers, "authorized": authorized}
WITH_TOKENS = {"authorized"}
WITH_AUTH = ["--auth", "--public-url", "http://127.0.0.1:1"]


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--binary", required=True)
    options.add_argument("--client", required=True, help="the built load client")
    options.add_argument("--size", choices=SIZES, default="small")
    options.add_argument("--only", default=",".join(PHASES), help=f"some of: {', '.join(PHASES)}")
    options.add_argument("--keep", action="store_true", help="leave the folders of the test")
    chosen = options.parse_args()
    for name in chosen.only.split(","):
        started = time.monotonic()
        try:
            with TemporaryFolder("bm-load-", chosen.keep) as scratch:
                sandbox = make_sandbox(chosen.binary, scratch)
                token = sandbox.json("token", "create", "--json")["token"] if name in WITH_TOKENS else None
                with HttpServer(sandbox, *(WITH_AUTH if token else [])) as server:
                    load = Load(pathlib.Path(chosen.client).resolve(), SIZES[chosen.size], sandbox, server, token)
                    PHASES[name](load)
                    check(server.stop() == 0, f"the server ended badly: {server.log_tail()}")
                    check(b"Sanitizer: " not in server.log_path.read_bytes(), f"a report: {server.log_tail()}")
        except (Failure, subprocess.TimeoutExpired) as failure:
            print(f"FAIL {name}: {failure}")
            return 1
        print(f"ok {name} ({time.monotonic() - started:.1f} s)", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
