"""Workloads about what must stay quick when something went wrong or is large: a kill, a vault full of scans, a crowd."""

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import threading
import time

from make_mixed_vault import make_mixed_vault
from measure import PROJECT, Answer, Row, check, median, timed_call, timed_spawn

KILLS = 30


def recovery(bench):
    """From spawning `bm mcp` after a kill -9 in the middle of writes to the first search that finds the last answered
    write, in the largest corpus but L."""
    size = [each for each in bench.sizes if each != "L"][-1:] or [bench.largest]
    box, copy = bench.corpora.indexed(size[0])
    took, first = [], []
    for number in range(KILLS):
        title, word = write_until_killed(box, copy, number, bench.chance)
        started = time.perf_counter()
        with box.serve() as server:
            while True:
                answer = Answer(timed_call(server, "search_notes", {"query": word, "entity_types": ["entity"]})[1])
                if not first or len(first) <= number:
                    first.append((time.perf_counter() - started) * 1000)
                found = [] if answer.is_error else answer.structured["result"]["results"]
                if [hit["title"] for hit in found] == [title]:
                    break
                check(time.perf_counter() - started < 30, f"{word} is not found after a kill: {answer.text[:300]}")
            took.append((time.perf_counter() - started) * 1000)
            server.close()
    shutil.rmtree(copy / "killed")
    box.run("sync")
    check(not box.pending(), f"something is pending after {KILLS} kills: {str(box.pending())[:300]}")
    name = f"recovery from kill -9, {KILLS} kills"
    yield Row(name, size[0], "median until found", median(took), "ms", 300)
    yield Row(name, size[0], "longest until found", max(took), "ms", 300)
    yield Row(name, size[0], "longest first answer", max(first), "ms", 300)


def write_until_killed(box, copy, number, chance):
    """Four writes in flight and edits from outside until the server dies. The last answered note and its word."""
    answered, calls = None, {}
    server = box.serve()
    killer = threading.Timer(chance.uniform(0.02, 0.5), os.kill, (server.process.pid, signal.SIGKILL))
    killer.start()
    try:
        for at in range(10**6):
            if at % 10 == 0:
                path = copy / "killed" / f"Outside {number} {at}.md"
                path.parent.mkdir(exist_ok=True)
                path.write_text(f"# Outside {number} {at}\n\ntext\n", encoding="utf-8")
            title, word = f"Killed {number} {at}", f"qz{number}x{at}z"
            ident = server.start_call("write_note", {"title": title, "folder": "killed", "project": PROJECT,
                                                     "content": f"{word}\n\n- [fact] before a kill\n- after [[Killed {at}]]"})
            calls[ident] = (title, word)
            if at >= 4:
                reply = server.next_reply(30)
                if not Answer(reply).is_error:
                    answered = calls[reply["id"]]
    except Exception as end:  # the pipe is closed: that is what was wanted
        if server.process.poll() is None:
            server.process.wait(timeout=10)
        check(server.process.returncode == -signal.SIGKILL, f"the server ended by itself: {end}")
    finally:
        killer.join()
        server.kill()
    return answered or write_until_killed(box, copy, number + 1000, chance)


def mixed_vault(bench):
    """2,621 files, 31 of them PDFs, 80 MB in files that are no notes."""
    folder = bench.work / "mixed-vault"
    took = {name: [] for name in ("first", "peak", "scan", "full", "nothing", "few", "many")}
    for _ in range(bench.runs):
        shutil.rmtree(folder, ignore_errors=True)
        notes = make_mixed_vault(folder)
        box = bench.corpora.fresh_box("mixed", folder)
        took["scan"].append(timed_spawn([box.binary, "status"], box.environment)[0] / 1000)
        box = bench.corpora.fresh_box("mixed", folder)
        first, peak = timed_spawn([box.binary, "sync"], box.environment)
        took["first"].append(first / 1000)
        took["peak"].append(peak)
        took["nothing"].append(timed_spawn([box.binary, "sync"], box.environment)[0] / 1000)
        full, peak = timed_spawn([box.binary, "reindex"], box.environment)
        took["full"].append(full / 1000)
        took["peak"].append(peak)
        for name, count in (("few", 10), ("many", 150)):
            for number, path in enumerate(bench.chance.sample([path for path in notes if path.exists()], count)):
                if number % 5 == 4:
                    path.rename(path.with_name(f"moved {path.name}"))
                else:
                    path.write_bytes(path.read_bytes() + b"\n- [edit] one more line\n")
            took[name].append(timed_spawn([box.binary, "sync"], box.environment)[0] / 1000)
        check(not box.pending(), "a sync left something pending")
    shutil.rmtree(folder)
    name = "2,621 files, 31 PDFs, 80 MB"
    yield Row(name, "", "peak memory", max(took["peak"]), "MB", 450)
    yield Row(name, "", "first scan (status)", median(took["scan"]), "s", 30)
    yield Row(name, "", "first sync", median(took["first"]), "s", 300)
    yield Row(name, "", "full sync (reindex)", median(took["full"]), "s", 300)
    yield Row(name, "", "next sync, nothing changed", median(took["nothing"]), "s", 2)
    yield Row(name, "", "sync, 10 changes", median(took["few"]), "s", 5)
    yield Row(name, "", "sync, 150 changes", median(took["many"]), "s", 30)


def many_writers(bench):
    """Eight processes with four calls in flight each, as tests/kill/many_writers.py has them."""
    script = pathlib.Path(__file__).resolve().parent.parent / "kill" / "many_writers.py"
    rates = []
    for number in range(bench.runs):
        done = subprocess.run([sys.executable, "-B", str(script), "--binary", bench.binary, "--calls", "4000", "--seed",
                               str(number)], stdout=subprocess.PIPE, timeout=900, check=False)
        check(done.returncode == 0, done.stdout.decode()[-500:])
        rates.append(float(done.stdout.decode().split(" notes/s")[0].split()[-1]))
    floor = 1000 / bench.floors.durable_write()[0]
    yield Row("32 writers in 8 processes", "", "durable notes a second", median(rates), "", None,
              [("fsyncs of file and folder, one after the other", floor)])
