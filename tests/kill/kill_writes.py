#!/usr/bin/env python3
"""No answered write is lost: kills `bm mcp` with kill -9 at random moments and looks at what is left.

    kill_writes.py --binary build/release/cli/bm [--rounds 20] [--seed 1]

Each round writes, replaces and extends notes over stdio, several at a time, until the server is killed. Then:

- every note is on disk as its last answered call left it, or as the call that was cut off would have; never in between;
- `bm sync` succeeds, and after it `bm status` has nothing to say;
- a new server reads every touched note and finds it by its words.

The second part kills `bm sync` in the middle of a first index; another `bm sync` must finish the work.
"""

import argparse
import itertools
import os
import pathlib
import random
import signal
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from bm_process import Answer, Failure, Sandbox, TemporaryFolder, check  # noqa: E402

PROJECT = "test-project"
IN_FLIGHT = 4
FOLDERS = ("", "a", "a/deep/er", "b c", "日記")
LIMIT_SECONDS = 1000  # for the whole run, whatever goes wrong


class Note:
    """What must be on disk for one note: what its last answered call left, or what the pending one makes of it."""

    def __init__(self, number, folder):
        self.title = f"Kill {number:06}"
        self.word = f"qk{number:06}"
        self.folder = folder
        self.path = pathlib.Path(folder, f"{self.title}.md")
        self.answered = None  # the body; None while no call was answered
        self.pending = None
        self.extensions = 0

    def whole_text(self, chance):
        filler = " ".join(chance.choice(("bread", "stone", "river", "ink")) for _ in range(chance.randrange(1, 2000)))
        return f"{self.word} begins.\n\n{filler}\n\n{self.word} ends {chance.randrange(10**9)}."

    def next_call(self, chance):
        """A tool and its arguments; remembers what the call would leave."""
        if self.answered is None or chance.random() < 0.3:
            self.pending = self.whole_text(chance)
            return "write_note", {"title": self.title, "folder": self.folder, "content": self.pending,
                                  "project": PROJECT}
        self.extensions += 1
        line = f"- [extension] number {self.extensions} of {self.word} #kill"
        self.pending = f"{self.answered}\n{line}"
        return "edit_note", {"identifier": str(self.path), "operation": "append", "content": line,
                             "project": PROJECT}

    def settle(self, answer):
        check(not answer.is_error and answer.text.startswith(("# Created", "# Updated", "# Edited")),
              f"a call on {self.path} was refused: {answer.text[:300]}")
        self.answered, self.pending = self.pending, None

    def look(self, project):
        """Compares with the disk. A call that was cut off may have happened or not; afterwards it is settled."""
        file = project / self.path
        if not file.exists():
            check(self.answered is None, f"{self.path} was answered and is gone")
            self.pending = None
            return
        text = file.read_text(encoding="utf-8")
        parts = text.split("\n---\n\n", 1)
        check(text.startswith("---\n") and len(parts) == 2, f"{self.path} has no front matter: {text[:200]!r}")
        allowed = [body for body in (self.answered, self.pending) if body is not None]
        check(parts[1] in allowed, f"{self.path} is not as it was answered: it ends {text[-200:]!r}")
        self.answered, self.pending = parts[1], None


def write_until_killed(box, notes, numbers, chance, delay):
    """Keeps calls in flight until the server dies. Returns the notes that were touched."""
    server = box.serve()
    touched, flying = set(), {}
    killer = threading.Timer(delay, os.kill, (server.process.pid, signal.SIGKILL))
    killer.start()
    try:
        while True:
            while len(flying) < IN_FLIGHT:
                note = chance.choice(notes) if notes and chance.random() < 0.5 else None
                if note is None or note.pending is not None:
                    note = Note(next(numbers), chance.choice(FOLDERS))
                    notes.append(note)
                touched.add(note)
                tool, arguments = note.next_call(chance)
                flying[server.start_call(tool, arguments)] = note
            take_one(server, flying)
    except BrokenPipeError:
        drain(server, flying)
    except EndOfSession:
        pass
    finally:
        killer.join()
        server.kill()
    check(server.process.returncode == -signal.SIGKILL,
          f"the server ended by itself ({server.process.returncode}): {server.log_tail()}")
    return touched


class EndOfSession(Exception):
    """The server is gone and all that it had said was read."""


def take_one(server, flying):
    """Waits for the reply to any call in flight."""
    try:
        reply = server.next_reply(60)
    except Failure:
        if server.process.poll() is None:
            server.process.wait(timeout=10)
        raise EndOfSession from None
    note = flying.pop(reply["id"])
    note.settle(Answer(reply))


def drain(server, flying):
    """What the server had answered before it died counts as answered."""
    try:
        while flying:
            take_one(server, flying)
    except EndOfSession:
        pass


def look_through_server(box, notes, chance):
    """A new server must know each note by its permalink and by its words."""
    with box.serve() as server:
        for note in notes:
            text = server.call("read_note", {"identifier": str(note.path), "project": PROJECT}).text
            check(text.endswith(note.answered), f"read_note gives another {note.path}: {text[-200:]!r}")
        for note in chance.sample(notes, min(15, len(notes))):
            found = server.call("search_notes", {"query": note.word, "entity_types": ["entity"], "project": PROJECT})
            paths = [row["file_path"] for row in found.structured["result"]["results"]]
            check(paths == [str(note.path)], f"searching {note.word} finds {paths}")
        check(server.close() == 0, "the server did not end with 0")


def kill_servers(binary, folder, rounds, chance):
    box = Sandbox(binary, folder, (PROJECT,))
    notes, numbers, looked_at = [], itertools.count(), 0
    for number in range(rounds):
        touched = write_until_killed(box, notes, numbers, chance, chance.uniform(0.005, 0.35))
        for note in touched:
            note.look(box.project)
        notes = [note for note in notes if note.answered is not None]
        looked_at += len(touched)
        box.run("sync")
        check(not box.pending(), f"round {number}: still pending after a sync: {box.pending()}")
        look_through_server(box, [note for note in notes if note in touched], chance)
    for note in notes:
        note.look(box.project)
    known = {str(note.path) for note in notes}
    on_disk = {str(path.relative_to(box.project)) for path in box.project.rglob("*.md")
               if not path.name.startswith(".")}
    check(on_disk == known, f"files that nobody wrote: {sorted(on_disk - known)[:5]}")
    left = [path for path in box.project.rglob("*") if path.is_file() and str(path.relative_to(box.project)) not in known]
    print(f"{rounds} kills: {len(notes)} notes whole, looked at {looked_at} times, {len(left)} unfinished temporary files")


def kill_first_index(binary, folder, rounds, chance):
    count = 600
    files = folder / "notes"
    for number in range(count):
        path = files / f"f{number % 20}" / f"Note {number}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# Note {number}\n\n" + "Some words to index. " * 40 +
                        f"\n\n- [fact] number {number} #kill\n- follows [[Note {number - 1}]]\n", encoding="utf-8")
    before = {path: path.read_bytes() for path in files.rglob("*.md")}
    for number in range(rounds):
        box = Sandbox(binary, folder / f"data{number}", ("p",), {"projects": {"p": str(files)}})
        for _ in range(3):
            kill_one_sync(box, chance.uniform(0.002, 0.25))
        box.run("sync")
        check(not box.pending(), f"kill {number} of a first index: still pending: {str(box.pending())[:300]}")
        info = box.json("project", "info", "p", "--json")
        known = info["statistics"]["total_entities"]
        check(known == count, f"kill {number} of a first index: {known} notes are known instead of {count}")
    check({path: path.read_bytes() for path in files.rglob("*.md")} == before, "a sync changed a file")
    print(f"{rounds * 3} kills of a first index: all {count} notes known afterwards, each time")


def kill_one_sync(box, delay, command="sync"):
    pid = os.posix_spawn(box.binary, [box.binary, command], box.environment,
                         file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                                       (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)])
    time.sleep(delay)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--binary", required=True)
    options.add_argument("--rounds", type=int, default=20)
    options.add_argument("--seed", type=int, default=None, help="makes the choices of a run repeatable")
    chosen = options.parse_args()
    seed = chosen.seed if chosen.seed is not None else random.SystemRandom().randrange(10**6)
    chance = random.Random(seed)
    signal.alarm(LIMIT_SECONDS)
    with TemporaryFolder("bm-kill-") as folder:
        try:
            kill_servers(chosen.binary, folder / "writes", chosen.rounds, chance)
            kill_first_index(chosen.binary, folder / "index", max(2, chosen.rounds // 4), chance)
        except Failure as failure:
            print(f"FAIL (seed {seed}) {failure}")
            return 1
    print(f"PASS (seed {seed})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
