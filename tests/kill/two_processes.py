#!/usr/bin/env python3
"""Two `bm mcp` on one project at once, as when an editor and a desktop client are both open.

    two_processes.py --binary build/release/cli/bm [--notes 120] [--appends 40]

Both write notes of their own, the same notes at the same moment, and extend one common note. No note and no line may
be lost or doubled, no answer may speak of locks, and each process must find what the other wrote.
"""

import argparse
import pathlib
import signal
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from bm_process import Failure, Sandbox, TemporaryFolder, check  # noqa: E402

PROJECT = "test-project"
LIMIT_SECONDS = 600
WORDS_OF_A_LOCK = ("locked", "busy", "SQLITE")


class Writer(threading.Thread):
    """One process and what its client does with it."""

    def __init__(self, box, name, meeting, counts):
        super().__init__(name=name)
        self.server = box.serve()
        self.meeting = meeting
        self.counts = counts
        self.failure = None

    def run(self):
        try:
            self.write_all()
        except Exception as error:  # shown by the main thread, which also ends the other one
            self.failure = error
            self.meeting.abort()

    def do(self, tool, arguments):
        answer = self.server.call(tool, {**arguments, "project": PROJECT})
        check(not answer.is_error and answer.text.startswith(("# Created", "# Updated", "# Edited")),
              f"{self.name}: {tool} {arguments} was refused: {answer.text[:400]}")
        check(not any(word in answer.text for word in WORDS_OF_A_LOCK),
              f"{self.name}: an answer speaks of locks: {answer.text[:400]}")

    def write_all(self):
        notes, appends = self.counts
        for number in range(notes):
            self.do("write_note", {"title": f"{self.name} {number}", "folder": self.name,
                                   "content": f"{self.name}{number:05} is whole.\n\n- next_to [[{self.name} {number + 1}]]"})
            if number % 4 == 0:
                self.meeting.wait(timeout=60)
                self.do("write_note", {"title": f"Shared {number}", "folder": "shared",
                                       "content": f"Written by {self.name}. " + "All of it. " * 200 + self.name})
        self.meeting.wait(timeout=60)
        for number in range(appends):
            self.do("edit_note", {"identifier": "shared/Log.md", "operation": "append",
                                  "content": f"- [line] {self.name} {number} #log"})


def look_at_files(project, names, counts):
    notes, appends = counts
    for name in names:
        for number in range(notes):
            text = (project / name / f"{name} {number}.md").read_text(encoding="utf-8")
            check(f"{name}{number:05} is whole." in text, f"{name} {number} has another text: {text[:200]!r}")
    shared = sorted(path.name for path in (project / "shared").iterdir() if not path.name.startswith("."))
    wanted = sorted(["Log.md"] + [f"Shared {number}.md" for number in range(0, notes, 4)])
    check(shared == wanted, f"the shared folder holds {shared}")
    for number in range(0, notes, 4):
        text = (project / "shared" / f"Shared {number}.md").read_text(encoding="utf-8")
        bodies = [f"Written by {name}. " + "All of it. " * 200 + name for name in names]
        check(text.split("\n---\n\n", 1)[1] in bodies, f"Shared {number} is a mixture: {text[:300]!r}")
        check(f"permalink: shared/shared-{number}\n" in text, f"Shared {number} has another permalink: {text[:200]!r}")
    lines = (project / "shared" / "Log.md").read_text(encoding="utf-8").splitlines()
    for name in names:
        for number in range(appends):
            count = lines.count(f"- [line] {name} {number} #log")
            check(count == 1, f"line {number} of {name} is {count} times in the common note")


def look_through(server, other, counts):
    """What the other process wrote is there for this one too."""
    for number in (0, counts[0] // 2, counts[0] - 1):
        word = f"{other}{number:05}"
        text = server.call("read_note", {"identifier": f"{other} {number}", "project": PROJECT}).text
        check(f"{word} is whole." in text, f"{other} {number} cannot be read by the other process: {text[:200]!r}")
        found = server.call("search_notes", {"query": word, "entity_types": ["entity"], "project": PROJECT})
        titles = [row["title"] for row in found.structured["result"]["results"]]
        check(titles == [f"{other} {number}"], f"searching {word} in the other process finds {titles}")


def run(binary, folder, counts):
    box = Sandbox(binary, folder, (PROJECT,))
    (box.project / "shared").mkdir()
    (box.project / "shared" / "Log.md").write_text("---\ntitle: Log\n---\n\nBegins.\n", encoding="utf-8")
    meeting = threading.Barrier(2)
    writers = [Writer(box, name, meeting, counts) for name in ("alder", "birch")]
    try:
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join(timeout=LIMIT_SECONDS)
        failures = [writer.failure for writer in writers if writer.failure]
        for failure in failures:
            if not isinstance(failure, threading.BrokenBarrierError):
                raise failure
        check(not failures, "one process waited for the other in vain")
        look_at_files(box.project, [writer.name for writer in writers], counts)
        for writer, other in zip(writers, reversed(writers)):
            look_through(writer.server, other.name, counts)
        for writer in writers:
            check(writer.server.close() == 0, f"{writer.name} did not end with 0")
    finally:
        for writer in writers:
            if writer.server.process.poll() is None:
                writer.server.kill()
    box.run("sync")
    check(not box.pending(), f"still pending after all: {box.pending()}")
    for log in (box.root / "server.log", box.data / "basic-memory.log"):
        text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
        check(not any(word in text for word in WORDS_OF_A_LOCK), f"{log.name} speaks of locks: {text[-1000:]}")


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--binary", required=True)
    options.add_argument("--notes", type=int, default=120)
    options.add_argument("--appends", type=int, default=40)
    chosen = options.parse_args()
    signal.alarm(LIMIT_SECONDS)
    with TemporaryFolder("bm-two-") as folder:
        try:
            run(chosen.binary, folder, (chosen.notes, chosen.appends))
        except Failure as failure:
            print(f"FAIL {failure}")
            return 1
    print(f"PASS {2 * chosen.notes} notes, {2 * chosen.appends} lines in a common note, nothing lost or doubled")
    return 0


if __name__ == "__main__":
    sys.exit(main())
