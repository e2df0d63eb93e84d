#!/usr/bin/env python3
"""Files that change under two running `bm mcp`, and what becomes of it when one of them dies.

    watching.py --binary build/release/cli/bm [--edits 30] [--quiet-seconds 4]

One of the two watches. Whatever other programs do to the files is found through both. The watching process is killed
with SIGKILL and the other one takes over, nothing that happened in between is missed; when the lock files are deleted
there is still one that watches. A server without work sleeps: none of its threads is scheduled at all. A server obeys
`sync_changes` when that is switched.
"""

import argparse
import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from bm_process import Failure, Sandbox, TemporaryFolder, check  # noqa: E402

PROJECT = "test-project"
LIMIT_SECONDS = 600
PATIENCE_SECONDS = 60


def wait_until(condition, what):
    """Waits for something that comes soon on any machine."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.01)
    raise Failure(f"after {PATIENCE_SECONDS} s still not true: {what}")


def paths_found(server, words):
    answer = server.call("search_notes", {"query": words, "project": PROJECT, "page_size": 50})
    check(not answer.is_error, f"search_notes failed: {answer.text}")
    return {hit["file_path"] for hit in answer.structured["result"]["results"]}


def wait_until_found(servers, words, path):
    for server in servers:
        wait_until(lambda: path in paths_found(server, words), f"{path} is found by '{words}'")


def wait_until_lost(servers, words):
    for server in servers:
        wait_until(lambda: not paths_found(server, words), f"nothing is found by '{words}'")


def holder_of_watch(sandbox):
    """The process that holds the only watching lock, or none."""
    locks = list((sandbox.data / "locks" / "watch").glob("*.lock"))
    if len(locks) != 1:
        return None
    inode = str(locks[0].stat().st_ino)
    for line in pathlib.Path("/proc/locks").read_text(encoding="ascii").splitlines():
        fields = line.split()
        if "->" not in fields and fields[1] == "FLOCK" and fields[5].split(":")[2] == inode:
            return int(fields[4])
    return None


def holds_deleted_lock(pid):
    """Whether a process still goes by a lock file that nobody else can find."""
    links = []
    for each in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            links.append(os.readlink(each))
    return any("/locks/watch/" in link and link.endswith("(deleted)") for link in links)


def delete_locks(sandbox, servers):
    """Somebody cleans up: the servers go by the file that takes the place of the lock, and a newcomer watches beside none."""
    shutil.rmtree(sandbox.data / "locks" / "watch", ignore_errors=True)
    with sandbox.serve() as newcomer:
        pids = [*servers, newcomer.process.pid]
        wait_until(lambda: holder_of_watch(sandbox) in pids, "somebody watches after the locks were deleted")
        wait_until(lambda: not any(map(holds_deleted_lock, pids)), "nobody goes by a lock file that was deleted")
        (sandbox.project / "cleaned.md").write_text("# Cleaned\n\nnightjar\n", encoding="utf-8")
        wait_until_found([*servers.values(), newcomer], "nightjar", "cleaned.md")
        check(newcomer.close() == 0, "a server did not end with exit code 0")
    wait_until(lambda: holder_of_watch(sandbox) in servers, "one of the others watches when the newcomer has gone")
    time.sleep(7)  # the last try of an election that was lost comes after 6.3 s


def times_scheduled(pid):
    """How often the threads of a process went to sleep or were sent there."""
    total = 0
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        for line in (task / "status").read_text(encoding="ascii").splitlines():
            if "ctxt_switches" in line:
                total += int(line.split()[1])
    return total


def check_idle(server, seconds):
    pid = server.process.pid
    before = -1

    def is_settled():
        nonlocal before
        now = times_scheduled(pid)
        was, before = before, now
        time.sleep(1)
        return now == was

    wait_until(is_settled, "the server has come to rest")
    before = times_scheduled(pid)
    time.sleep(seconds)
    woken = times_scheduled(pid) - before
    check(woken == 0, f"13.1 item 96: a server without work was woken {woken} times in {seconds} s")


def edit_from_outside(sandbox, servers, edits):
    folder = sandbox.project
    for i in range(edits):
        note = folder / f"note {i}.md"
        note.write_text(f"# Note {i}\n\nquail{i} runs\n", encoding="utf-8")
        wait_until_found(servers, f"quail{i}", note.name)
    note = folder / "note 0.md"
    saved = folder / ".note 0.md.swap"
    saved.write_text("# Note 0\n\nheron stands\n", encoding="utf-8")
    saved.rename(note)
    wait_until_found(servers, "heron", "note 0.md")
    wait_until_lost(servers, "quail0")
    (folder / "in").mkdir()
    note.rename(folder / "in" / "moved.md")
    wait_until_found(servers, "heron", "in/moved.md")
    (folder / "in").rename(folder / "out")
    wait_until_found(servers, "heron", "out/moved.md")
    (folder / "out" / "moved.md").unlink()
    wait_until_lost(servers, "heron")


class WatchCommand:
    """`bm watch`, and what it has printed so far."""

    def __init__(self, sandbox):
        self.output = sandbox.root / "watch.out"
        with open(self.output, "wb") as out, open(sandbox.root / "watch.err", "wb") as err:
            self.process = subprocess.Popen([sandbox.binary, "watch"], env=sandbox.environment, stdout=out, stderr=err)

    def wait_for(self, text):
        wait_until(lambda: text in self.output.read_text(encoding="utf-8"),
                   f"`bm watch` prints '{text}'; it has printed {self.output.read_text(encoding='utf-8')!r}")

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)
        check(self.process.wait(timeout=30) == 130, "`bm watch` did not exit with 130 after Ctrl+C")


def check_watch_command(sandbox, servers):
    """It waits behind a server, takes over when that ends, and says what it sees."""
    command = WatchCommand(sandbox)
    try:
        command.wait_for(f"{PROJECT}: another process watches {sandbox.project}")
        for server in servers:
            check(server.close() == 0, "a server did not end with exit code 0")
        command.wait_for(f"{PROJECT}: watching {sandbox.project}")
        (sandbox.project / "seen.md").write_text("# Seen\n", encoding="utf-8")
        command.wait_for(f"{PROJECT}: + seen.md")
        (sandbox.project / "seen.md").rename(sandbox.project / "moved.md")
        command.wait_for(f"{PROJECT}: ↔ seen.md → moved.md")
        (sandbox.project / "moved.md").unlink()
        command.wait_for(f"{PROJECT}: - moved.md")
        command.interrupt()
    finally:
        if command.process.poll() is None:
            command.process.kill()
            command.process.wait(timeout=10)


def check_switch(binary, root):
    """A server that was started while `sync_changes` was off begins when the file says so, and stops again."""
    sandbox = Sandbox(binary, root, config={"sync_changes": False})

    def switch(is_on):
        settings = json.loads((sandbox.data / "config.json").read_text(encoding="utf-8"))
        settings["sync_changes"] = is_on
        (sandbox.data / "config.new").write_text(json.dumps(settings), encoding="utf-8")
        (sandbox.data / "config.new").rename(sandbox.data / "config.json")

    with sandbox.serve() as server:
        (sandbox.project / "off.md").write_text("# Off\n\nbullfinch\n", encoding="utf-8")
        check_idle(server, 1)
        check(holder_of_watch(sandbox) is None, "a server watches although sync_changes is false")
        switch(True)
        wait_until_found([server], "bullfinch", "off.md")
        wait_until(lambda: holder_of_watch(sandbox) == server.process.pid, "the server watches")
        switch(False)
        wait_until(lambda: holder_of_watch(sandbox) is None, "the server has stopped watching")


def run(binary, root, edits, quiet_seconds):
    sandbox = Sandbox(binary, root)
    servers = {}
    try:
        for _ in range(2):
            server = sandbox.serve()
            servers[server.process.pid] = server
        wait_until(lambda: holder_of_watch(sandbox) in servers, "one of the two watches")
        edit_from_outside(sandbox, servers.values(), edits)
        delete_locks(sandbox, servers)
        for server in servers.values():
            check_idle(server, quiet_seconds)

        dead = servers.pop(holder_of_watch(sandbox))
        dead.process.send_signal(signal.SIGKILL)
        (sandbox.project / "between.md").write_text("# Between\n\nalbatross\n", encoding="utf-8")
        wait_until_found(servers.values(), "albatross", "between.md")
        wait_until(lambda: holder_of_watch(sandbox) in servers, "the other one has taken over")
        dead.kill()
        (sandbox.project / "after.md").write_text("# After\n\nkingfisher\n", encoding="utf-8")
        wait_until_found(servers.values(), "kingfisher", "after.md")

        late = sandbox.serve()
        servers[late.process.pid] = late
        (sandbox.project / "after.md").write_text("# After\n\ncormorant\n", encoding="utf-8")
        wait_until_found(servers.values(), "cormorant", "after.md")
        for server in servers.values():
            check_idle(server, quiet_seconds)
        check_watch_command(sandbox, servers.values())
    finally:
        for server in servers.values():
            if server.process.poll() is None:
                server.kill()
    check(not sandbox.pending(), f"not indexed in the end: {sandbox.pending()}")


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--binary", required=True)
    options.add_argument("--edits", type=int, default=30)
    options.add_argument("--quiet-seconds", type=float, default=4)
    chosen = options.parse_args()
    signal.alarm(LIMIT_SECONDS)
    with TemporaryFolder("bm-watching-") as folder:
        try:
            check_switch(chosen.binary, folder / "switch")
            run(chosen.binary, folder / "main", chosen.edits, chosen.quiet_seconds)
        except Failure as failure:
            print(f"FAIL {failure}")
            return 1
    print(f"PASS {chosen.edits} edits found through both, one watcher killed, the other took over, both slept")
    return 0


if __name__ == "__main__":
    sys.exit(main())
