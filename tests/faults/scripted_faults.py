#!/usr/bin/env python3
"""System calls of a running `bm mcp` fail, one kind after the other, while tools are called and files change.

    scripted_faults.py --binary build/release/cli/bm --library build/release/tests/faults/libfailing_calls.so
                       [--every N] [--only TEXT]

For each fault and each operation: the answer is right or one sentence with a way out; what was answered is on disk, and
no file is torn; the server lives on. When the fault ends the same call works, no unfinished file is left, and the index
becomes by itself what a new index of the files is. A fault that no call has met is a failure of this test. --every N takes
a sample.
"""

import argparse
import collections
import errno
import shutil
import signal
import sys
import time


from fault_operations import OPERATIONS
from fault_script import (PROJECT, Failure, Fault, Faults, Sandbox, TemporaryFolder, check, check_sentence, stray_files,
                          wait_until, wait_until_index_is_right)

LIMIT_SECONDS = 900
FILES = "projects/test-project"
INDEX = "data/index.db"

FAULTS = [
    # The notes' disk.
    Fault("write", errno.ENOSPC, FILES, keep=0),
    Fault("write", errno.ENOSPC, FILES, keep=20),
    Fault("write", errno.EIO, FILES),
    Fault("write", 0, FILES, keep=7),  # short writes are no faults
    Fault("sync", errno.EIO, FILES),
    Fault("sync", errno.EIO, FILES, skip=1),
    Fault("open", errno.EACCES, FILES),
    Fault("open", errno.EIO, FILES),
    Fault("create", errno.EROFS, FILES),
    Fault("open", errno.EMFILE, ""),
    Fault("open", errno.EMFILE, "", skip=2),
    Fault("open", errno.ENFILE, "", skip=5),
    Fault("rename", errno.EIO, FILES),
    Fault("rename", errno.EROFS, FILES),
    Fault("rename", errno.EINVAL, FILES, times=1),  # renameat2 that is not there
    Fault("unlink", errno.EACCES, FILES),
    Fault("mkdir", errno.ENOSPC, FILES),
    Fault("stat", errno.EIO, FILES),
    Fault("stat", errno.EACCES, FILES, skip=1),
    Fault("read", errno.EIO, FILES),
    Fault("list", errno.EIO, FILES),
    Fault("watch", errno.ENOSPC, ""),
    # The disk of the index, of the locks and of the history.
    Fault("write", errno.ENOSPC, INDEX),
    Fault("write", errno.EIO, INDEX),
    Fault("write", 0, INDEX, keep=100, times=1),
    Fault("read", errno.EIO, INDEX),
    Fault("sync", errno.EIO, INDEX),
    Fault("open", errno.EMFILE, INDEX),
    Fault("open", errno.EROFS, "data/locks"),
    Fault("open", errno.EMFILE, "data/"),
    Fault("lock", errno.ENOLCK, "data/locks"),
    Fault("write", errno.ENOSPC, "data/history"),
    Fault("mkdir", errno.ENOSPC, "data/history"),
    Fault("stat", errno.EIO, "data/"),
]


# What no call of a running server does, and which part of this test does it.
MET_ELSEWHERE = {
    str(Fault("sync", errno.EIO, INDEX)): "first index",  # the log is taken over then
    str(Fault("open", errno.EMFILE, INDEX)): "start",
    str(Fault("read", errno.EIO, INDEX)): "start",  # a server that runs has the pages of so few notes in memory
}


# What need not work at once when the fault ends: it was not the call that failed.
TEMPORARY_MAY_STAY = {"unlink"}


def is_about_lost_history(fault, operation):
    """The fault needs a history that was deleted, and the operation one that is there."""
    return fault.call == "mkdir" and "history" in fault.path and operation.needs_history


def run_cell(box, faults, server, fault, operation, number, folder):
    what = f"{operation.name} / {fault}"
    cell = operation(box, server, number)
    cell.prepare()
    if fault.call == "mkdir" and "history" in fault.path:
        shutil.rmtree(box.data / "history", ignore_errors=True)  # it may be deleted at any time
    faults.begin(fault)
    try:
        answer, done = cell.act()
    finally:
        failed = faults.end()
    if answer is not None and not done and done is not None:
        check_sentence(answer.text, what)
    cell.look(done)
    check(server.process.poll() is None, f"{what}: the server is gone: {server.log_tail()}")
    if done is False:
        again, worked = cell.act()
        check(worked is not False, f"{what}: fails when the fault is over: {again.text[:300]}")
        cell.look(True)
    wait_until_index_is_right(box, folder, what, seconds=20)
    left = stray_files(box.project, box.data)
    for path in left:
        path.unlink(missing_ok=True)
    if fault.call not in TEMPORARY_MAY_STAY:
        check(not left, f"{what}: unfinished files stay: {[str(path) for path in left]}")
    return failed


def check_start(box, faults, fault):
    """A server that starts while calls fail lives on, or says in one sentence why it does not. How many calls failed."""
    what = f"start of the server / {fault}"
    failed = 0
    faults.begin(fault)
    try:
        with box.serve() as server:
            answer = server.call("search_notes", {"query": "quoll", "project": PROJECT})
            if answer.is_error:
                check_sentence(answer.text, what)
            failed = faults.end()
            word = f"start{time.monotonic_ns()}"
            (box.project / f"{word}.md").write_text(f"# {word}\n\n{word} seen\n")
            wait_until(lambda: word in server.call("search_notes", {"query": word, "project": PROJECT}).text,
                       f"{what}: a file is seen once the fault is over", seconds=20)
            check(server.close() == 0, f"{what}: does not end well")
    except (Failure, BrokenPipeError) as failure:
        log = (box.root / "server.log").read_text(encoding="utf-8", errors="replace").strip().splitlines()
        ended = isinstance(failure, BrokenPipeError) or "closed its output" in str(failure)
        if ended and log and log[-1].startswith("Error: "):
            check_sentence(log[-1], what)
            return faults.failed()
        raise Failure(f"{what}: {failure}") from None
    finally:
        faults.end()
    return failed


def check_first_index(binary, library, folder, fault):
    """`bm sync` of a new index while calls fail, and once more without. How many calls failed."""
    what = f"first index / {fault}"
    box, faults = new_box(binary, library, folder)
    for number in range(300):
        path = box.project / f"f{number % 7}" / f"Note {number}.md"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"# Note {number}\n\nword{number} - [[Note {number + 1}]]\n\n- [fact] {number} #bulk\n")
    faults.begin(fault)
    done = box.run("sync", expect=None)
    failed = faults.end()
    if done.returncode != 0:
        check(done.returncode == 1, f"{what}: exits with {done.returncode}: {done.stderr[-400:]}")
        check_sentence(done.stderr.strip().splitlines()[-1], what)
    box.run("sync")
    wait_until_index_is_right(box, folder, what, seconds=1)
    return failed


def unmet(met):
    """Which faults no call has met where it should have. `met` counts calls by part and fault."""
    for fault in map(str, FAULTS):
        part = MET_ELSEWHERE.get(fault, "calls")
        if met[part, fault] == 0:
            yield f"{fault} was met by nothing in the part \"{part}\""


def log_tail(box):
    log = box.data / "basic-memory.log"
    return log.read_text(encoding="utf-8", errors="replace")[-1500:] if log.exists() else "(no log)"


def new_box(binary, library, folder):
    folder.mkdir(parents=True, exist_ok=True)
    faults = Faults(library, folder)
    return Sandbox(binary, folder, (PROJECT,), variables=faults.variables(binary)), faults


def run(chosen, folder):
    box, faults = new_box(chosen.binary, chosen.library, folder / "cells")
    cells = [(fault, operation) for fault in FAULTS for operation in OPERATIONS
             if not is_about_lost_history(fault, operation)]
    problems, struck, met = [], 0, collections.Counter()
    server = box.serve()
    try:
        for number, (fault, operation) in enumerate(cells):
            name = f"{operation.name} / {fault}"
            if number % chosen.every != 0 or chosen.only not in name:
                continue
            started = time.monotonic()
            try:
                failed = run_cell(box, faults, server, fault, operation, number, folder)
                struck += failed > 0
                met["calls", str(fault)] += failed
            except (Failure, BrokenPipeError) as failure:
                problems.append(f"{failure}")
                print(f"FAIL {failure}", flush=True)
                print(log_tail(box), flush=True)
                faults.end()
                # So that one problem is told once.
                server.kill()
                box.run("reindex")
                server = box.serve()
            if chosen.verbose:
                print(f"{time.monotonic() - started:.2f} s {name}", flush=True)
        check(server.close() == 0, "the server does not end with 0")
    finally:
        if server.process.poll() is None:
            server.kill()
    for number, fault in enumerate(FAULTS):
        for part, check_it, name in (("start", lambda: check_start(box, faults, fault),
                                      f"start of the server / {fault}"),
                                     ("first index", lambda: check_first_index(chosen.binary, chosen.library,
                                                                               folder / f"first{number}", fault),
                                      f"first index / {fault}")):
            if number % chosen.every != 0 or chosen.only not in name:
                continue
            started = time.monotonic()
            try:
                met[part, str(fault)] += check_it()
            except Failure as failure:
                problems.append(str(failure))
                print(f"FAIL {failure}", flush=True)
            if chosen.verbose:
                print(f"{time.monotonic() - started:.2f} s {name}", flush=True)
    if chosen.every == 1 and not chosen.only:
        for problem in unmet(met):
            problems.append(problem)
            print(f"FAIL {problem}", flush=True)
    elif sum(met.values()) == 0:
        problems.append("no call was made to fail")
        print("FAIL no call was made to fail", flush=True)
    print(f"{len(cells)} cells, {struck} of them with calls that failed, {len(problems)} problems")
    return not problems


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--binary", required=True)
    options.add_argument("--library", required=True)
    options.add_argument("--every", type=int, default=1, metavar="N", help="only each N-th combination")
    options.add_argument("--only", default="", metavar="TEXT", help="only those whose name has this text")
    options.add_argument("--verbose", action="store_true")
    chosen = options.parse_args()
    signal.alarm(LIMIT_SECONDS)
    with TemporaryFolder("bm-faults-") as folder:
        return 0 if run(chosen, folder) else 1


if __name__ == "__main__":
    sys.exit(main())
