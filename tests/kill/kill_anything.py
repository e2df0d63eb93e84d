#!/usr/bin/env python3
"""Kills `bm` with kill -9 whatever it is doing, again and again over one project, and looks at what is left.

    kill_anything.py --binary build/release/cli/bm [--rounds 100] [--seed N]

Rounds are mixed: a server whose clients write, edit, move and delete notes, with other programs changing files beside
it and sometimes a second server that lives on; a server or `bm sync` that has just found hundreds of changes; a first
index; `bm reindex`. After each:

- every note of a client is on disk as its last answered call left it, or as the call that was cut off would have;
- a new server brings the index up to the files by itself, and finds what was touched by its words;
- now and then, and in the end, the index equals a fresh one of the same files, row for row;
- what unfinished writes left behind is gone once it is an hour old.
"""

import argparse
import collections
import itertools
import os
import pathlib
import random
import shutil
import signal
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support"), str(HERE.parent / "soak")]
from bm_process import Failure, Sandbox, TemporaryFolder, check  # noqa: E402
from index_rows import IndexRows, differences  # noqa: E402
from kill_writes import FOLDERS, IN_FLIGHT, PROJECT, EndOfSession, Note, drain, kill_one_sync, take_one  # noqa: E402

OUTSIDE_NOTES = 500
COMPARED_EVERY = 10  # rounds
PATIENCE_SECONDS = 60
NOTES_AT_MOST = 250


class MovingNote(Note):
    """A note that calls also move and delete. `pending` is what the call in flight would make of it: path and body."""

    def __init__(self, number, folder):
        super().__init__(number, folder)
        self.moves = itertools.count(1)

    @property
    def is_there(self):
        return self.answered is not None

    def next_call(self, chance):
        choice = chance.random()
        if self.is_there and choice < 0.2:
            to = pathlib.Path(chance.choice(FOLDERS), f"{self.title} m{next(self.moves)}.md")
            self.pending = (to, self.answered)
            return "move_note", {"identifier": str(self.path), "destination_path": str(to), "project": PROJECT}
        if self.is_there and choice < 0.3:
            self.pending = (None, None)
            return "delete_note", {"identifier": str(self.path), "project": PROJECT}
        was_moved = self.path.stem != self.title
        if self.is_there and (choice < 0.7 or was_moved):
            self.extensions += 1
            line = f"- [extension] number {self.extensions} of {self.word} #kill"
            self.pending = (self.path, f"{self.answered}\n{line}")
            return "edit_note", {"identifier": str(self.path), "operation": "append", "content": line, "project": PROJECT}
        if not self.is_there:
            self.path = pathlib.Path(self.folder, f"{self.title}.md")
        self.pending = (self.path, self.whole_text(chance))
        return "write_note", {"title": self.title, "folder": str(self.path.parent), "content": self.pending[1],
                              "project": PROJECT}

    def settle(self, answer):
        check(not answer.is_error and answer.text.startswith(("# Created", "# Updated", "# Edited", "✅", "true")),
              f"a call on {self.path} was refused: {answer.text[:300]}")
        self.become(*self.pending)

    def become(self, path, body):
        self.path, self.answered, self.pending = path or self.path, body, None

    def look(self, project):
        """Compares with the disk. A call that was cut off may have happened or not; afterwards it is settled."""
        before = (self.path if self.is_there else None, self.answered)
        after = self.pending or before
        places = {path for path, _ in (before, after) if path}
        found = [path for path in places if (project / path).exists()]
        check(len(found) <= 1, f"{self.title} is there twice: {found}")
        if not found:
            check(None in (before[0], after[0]), f"{self.path} was answered and is gone")
            self.become(None, None)
            return
        text = (project / found[0]).read_text(encoding="utf-8")
        head, mark, body = text.partition("\n---\n\n")
        check(head.startswith("---\n") and mark, f"{found[0]} has no front matter: {text[:200]!r}")
        check((found[0], body) in (before, after), f"{found[0]} is not as it was answered: it ends {text[-200:]!r}")
        self.become(found[0], body)


class Ordeal:
    def __init__(self, binary, folder, chance):
        self.chance, self.folder = chance, folder
        self.box = Sandbox(binary, folder / "live", (PROJECT,))
        self.project = self.box.project
        self.notes, self.numbers = [], itertools.count()
        self.outside = [self.project / f"outside/f{number % 20}" / f"Outside {number}.md" for number in range(OUTSIDE_NOTES)]
        for path in self.outside:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.outside_text(path), encoding="utf-8")
        self.counts, self.looked_at, self.answered, self.compared = collections.Counter(), 0, 0, 0

    def outside_text(self, path):
        words = " ".join(self.chance.choice(("bread", "stone", "river", "ink")) for _ in range(self.chance.randrange(300)))
        return f"# {path.stem}\n\n{words}\n\n- [fact] {self.chance.randrange(10**6)}\n" \
               f"- follows [[Outside {self.chance.randrange(OUTSIDE_NOTES)}]]\n"

    def change_outside(self, count):
        for path in self.chance.sample(self.outside, count):
            if self.chance.random() < 0.1 and path.exists():
                path.unlink()
            elif self.chance.random() < 0.1 and path.exists():
                path.rename(path.with_name(f"gone {path.name}"))
            else:
                path.write_text(self.outside_text(path), encoding="utf-8")

    # What is killed

    def kill_tools(self):
        self.serve_until_killed(self.chance.uniform(0.005, 0.4))

    def kill_tools_beside_another(self):
        with self.box.serve() as other:
            self.serve_until_killed(self.chance.uniform(0.005, 0.4))
            self.wait_until_settled()
            self.look_through(other, self.chance.sample(self.living(), min(5, len(self.living()))))
            check(other.close() == 0, "the server that lived on did not end with 0")

    def kill_scan_of_server(self):
        self.change_outside(self.chance.randrange(50, 400))
        self.serve_until_killed(self.chance.uniform(0.005, 0.15))

    def kill_sync(self):
        self.change_outside(self.chance.randrange(50, 400))
        kill_one_sync(self.box, self.chance.uniform(0.002, 0.15))

    def kill_first_index(self):
        for end in ("", "-wal", "-shm"):
            pathlib.Path(f"{self.box.data}/index.db{end}").unlink(missing_ok=True)
        if self.chance.random() < 0.5:
            kill_one_sync(self.box, self.chance.uniform(0.002, 0.3))
        else:
            self.serve_until_killed(self.chance.uniform(0.005, 0.3))

    def kill_reindex(self):
        kill_one_sync(self.box, self.chance.uniform(0.002, 0.3), "reindex")

    def serve_until_killed(self, delay):
        """Keeps calls in flight, and other programs busy, until the server dies."""
        killer = None
        flying, touched = {}, set()
        server = self.box.serve()
        try:
            killer = threading.Timer(delay, os.kill, (server.process.pid, signal.SIGKILL))
            killer.start()
            while True:
                while len(flying) < IN_FLIGHT:
                    note = self.next_note()
                    touched.add(note)
                    flying[server.start_call(*note.next_call(self.chance))] = note
                take_one(server, flying)
                self.answered += 1
                if self.chance.random() < 0.2:
                    self.change_outside(2)
        except BrokenPipeError:
            drain(server, flying)
        except EndOfSession:
            pass
        finally:
            killer.join()
            server.kill()
        check(server.process.returncode == -signal.SIGKILL,
              f"the server ended by itself ({server.process.returncode}): {server.log_tail()}")
        for note in touched:
            note.look(self.project)
        self.looked_at += len(touched)

    def next_note(self):
        free = [note for note in self.notes if note.pending is None]
        if free and (len(self.notes) > NOTES_AT_MOST or self.chance.random() < 0.7):
            return self.chance.choice(free)
        self.notes.append(MovingNote(next(self.numbers), self.chance.choice(FOLDERS)))
        return self.notes[-1]

    def living(self):
        return [note for note in self.notes if note.is_there]

    # What is looked at

    def recover(self):
        """A new server agrees with the files, without being told."""
        with self.box.serve() as server:
            self.wait_until_settled()
            notes = self.living()
            self.look_through(server, self.chance.sample(notes, min(8, len(notes))))
            check(server.close() == 0, "the server did not end with 0")

    def wait_until_settled(self):
        end = time.monotonic() + PATIENCE_SECONDS
        while (pending := self.box.pending()) or IndexRows(self.box.data, PROJECT).links_wait:
            check(time.monotonic() < end, f"not indexed after {PATIENCE_SECONDS} s: {str(pending)[:500]}")
            time.sleep(0.02)

    def look_through(self, server, notes):
        for note in notes:
            text = server.call("read_note", {"identifier": str(note.path), "project": PROJECT}).text
            check(text.endswith(note.answered), f"read_note gives another {note.path}: {text[-200:]!r}")
            found = server.call("search_notes", {"query": note.word, "entity_types": ["entity"], "project": PROJECT})
            paths = [row["file_path"] for row in found.structured["result"]["results"]]
            check(paths == [str(note.path)], f"searching {note.word} finds {paths} instead of {note.path}")

    def look_at_everything(self):
        for note in self.notes:
            note.look(self.project)
        self.notes = self.living()
        place = self.folder / "fresh"
        shutil.rmtree(place, ignore_errors=True)
        fresh = Sandbox(self.box.binary, place, (PROJECT,), {"projects": {PROJECT: str(self.project)}})
        fresh.run("sync")
        live = IndexRows(self.box.data, PROJECT)
        found, _ = differences(live, IndexRows(fresh.data, PROJECT))
        check(not found,
              f"the index differs from a fresh one in {len(found)} ways:\n  " + "\n  ".join(found[:12]))
        self.compared += 1

    def look_at_leftovers(self):
        left = list(self.project.rglob(".bm-*"))
        for path in left:
            os.utime(path, (time.time() - 7200, time.time() - 7200))
        time.sleep(3.5)  # what was touched just now may be in somebody's hands
        self.box.run("sync")
        still = [str(path) for path in self.project.rglob(".*") if path.is_file()]
        check(not still, f"{len(still)} unfinished files stay for ever: {still[:5]}")
        known = {note.path for note in self.notes} | {path.relative_to(self.project) for path in self.outside}
        strange = [path for path in self.project.rglob("*") if path.is_file()
                   and path.relative_to(self.project) not in known and not path.name.startswith("gone ")]
        check(not strange, f"files that nobody wrote: {strange[:5]}")
        return len(left)

    def run(self, rounds):
        kinds = {self.kill_tools: 40, self.kill_tools_beside_another: 10, self.kill_scan_of_server: 15, self.kill_sync: 15,
                 self.kill_first_index: 8, self.kill_reindex: 12}
        for number in range(1, rounds + 1):
            kind = self.chance.choices(list(kinds), weights=kinds.values())[0]
            self.counts[kind.__name__.replace("_", " ")] += 1
            kind()
            self.recover()
            if number % COMPARED_EVERY == 0 or number == rounds:
                self.look_at_everything()
        left = self.look_at_leftovers()
        kinds = ", ".join(f"{count} {name}" for name, count in sorted(self.counts.items()))
        print(f"{rounds} kills ({kinds}): {self.answered} calls were answered before, notes were looked at "
              f"{self.looked_at} times, {self.compared} comparisons with a fresh index, {left} unfinished files "
              f"that went away")


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--binary", required=True)
    options.add_argument("--rounds", type=int, default=100)
    options.add_argument("--seed", type=int, default=None, help="makes the choices of a run repeatable")
    options.add_argument("--keep", action="store_true", help="leave the folder there")
    chosen = options.parse_args()
    seed = chosen.seed if chosen.seed is not None else random.SystemRandom().randrange(10**6)
    print(f"seed {seed}", flush=True)
    signal.alarm(300 + chosen.rounds * 10)
    with TemporaryFolder("bm-kill-any-", chosen.keep) as folder:
        ordeal = Ordeal(chosen.binary, folder, random.Random(seed))
        try:
            ordeal.run(chosen.rounds)
        except Failure as failure:
            print(f"FAIL (seed {seed}, kill {sum(ordeal.counts.values())}: {list(ordeal.counts)[-1]}) {failure}")
            return 1
    print(f"PASS (seed {seed})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
