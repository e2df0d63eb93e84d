#!/usr/bin/env python3
"""Thirty-two writers at once: eight `bm mcp` over one project with four calls in flight each.

    many_writers.py --binary build/release/cli/bm [--processes 8] [--in-flight 4] [--calls 1600] [--seed N]

They write notes of their own and extend, replace parts of and overwrite some that all share. Every call carries a token
as text, as an observation and as the target of a relation. What was acknowledged must be there exactly once: in the
file, among the observations, among the relations, and in what a search finds; what was refused must not be there at
all. Refusals must say that another writer was faster. Prints how many notes a second were written.
"""

import argparse
import collections
import pathlib
import random
import re
import shutil
import signal
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "support"), str(HERE.parent / "soak")]
from bm_process import Answer, Failure, Sandbox, TemporaryFolder, check  # noqa: E402
from index_rows import IndexRows, differences, search_rows  # noqa: E402

PROJECT = "test-project"
SHARED_NOTES = 6
LIMIT_SECONDS = 900
WORDS_OF_A_LOCK = ("locked", "busy", "SQLITE", "constraint")
TOKEN = re.compile(r"tok\d+q\d+k")


def text_with(token):
    return f"{token} is said.\n\n- [mark] {token} is seen #many\n- marks [[Target {token}]]"


class Writer(threading.Thread):
    """One process, and a client that keeps several calls in flight."""

    def __init__(self, box, number, calls, in_flight, seed):
        super().__init__(name=f"w{number}", daemon=True)
        self.number, self.calls, self.in_flight = number, calls, in_flight
        self.chance = random.Random(f"{seed} {number}")
        self.server = box.serve()
        self.sent, self.own = 0, []
        self.acknowledged, self.refused = {}, {}  # token: what was done
        self.failure = None

    def run(self):
        flying = {}
        try:
            while self.sent < self.calls or flying:
                while self.sent < self.calls and len(flying) < self.in_flight:
                    self.sent += 1
                    token, kind, tool, arguments = self.next_call(f"tok{self.number}q{self.sent}k")
                    flying[self.server.start_call(tool, {**arguments, "project": PROJECT})] = token, kind
                reply = self.server.next_reply(120)
                self.settle(*flying.pop(reply["id"]), Answer(reply))
        except Exception as error:  # shown by the main thread
            self.failure = error

    def next_call(self, token):
        choice = self.chance.random()
        if choice < 0.35:
            title = f"Own {self.number} {self.sent}"
            self.own.append(title)
            return token, "write", "write_note", {"title": title, "folder": f"own{self.sent % 5}",
                                                  "content": text_with(token)}
        path = f"shared/Shared {self.chance.randrange(SHARED_NOTES)}.md"
        if choice < 0.85:
            return token, "append", "edit_note", {"identifier": path, "operation": self.chance.choice(("append", "prepend")),
                                                  "content": "\n" + text_with(token) + "\n"}
        return token, "section", "edit_note", {"identifier": path, "operation": "insert_after_section",
                                               "section": "## Marks", "content": text_with(token)}

    def settle(self, token, kind, answer):
        check(not any(word in answer.text for word in WORDS_OF_A_LOCK), f"an answer speaks of locks: {answer.text[:300]}")
        if not answer.is_error and answer.text.startswith(("# Created", "# Updated", "# Edited")):
            self.acknowledged[token] = kind
            return
        check("changed" in answer.text and ("again" in answer.text or "another program" in answer.text),
              f"{self.name}: a {kind} was refused without saying why: {answer.text[:400]}")
        self.refused[token] = kind


def occurrences(rows):
    return collections.Counter(token for row in rows for token in set(TOKEN.findall(row)))


def look(box, writers):
    done = {token: kind for writer in writers for token, kind in writer.acknowledged.items()}
    refused = {token for writer in writers for token in writer.refused}
    texts = [path.read_text(encoding="utf-8") for path in box.project.rglob("*.md") if not path.name.startswith(".")]
    lines = [line for text in texts for line in text.splitlines()]
    live = IndexRows(box.data, PROJECT)
    observations = [row[1] for rows in live.observations.values() for row in rows]
    relations = [row[1] for rows in live.relations.values() for row in rows]
    kinds = {"text": [line for line in lines if line.endswith("is said.")],
             "line of an observation": [line for line in lines if line.startswith("- [mark]")],
             "line of a relation": [line for line in lines if line.startswith("- marks")],
             "observation": observations, "relation": relations}
    for what, rows in kinds.items():
        counts = occurrences(rows)
        check(sum(counts.values()) == len([row for row in rows if TOKEN.search(row)]), f"a {what} is there twice")
        wrong = [(token, counts[token]) for token in done if counts[token] != 1]
        check(not wrong, f"{len(wrong)} acknowledged calls are not once there as {what}: {wrong[:5]}")
        strange = [token for token in counts if token in refused]
        check(not strange, f"{len(strange)} refused calls are there as {what}: {strange[:5]}")
    own = [title for writer in writers for title in writer.own]
    check(len(texts) == len(own) + SHARED_NOTES, f"{len(texts)} files instead of {len(own) + SHARED_NOTES}")
    return done, refused, live


def look_through(writers, done, chance):
    for writer in writers:
        for token in chance.sample(sorted(done), min(6, len(done))):
            kinds = [row[0] for row in search_rows(writer.server, PROJECT, token)]
            check(sorted(kinds) == ["entity", "observation", "relation"], f"searching {token} finds {kinds}")


def run(binary, folder, chosen, seed):
    box = Sandbox(binary, folder / "live", (PROJECT,))
    (box.project / "shared").mkdir()
    for number in range(SHARED_NOTES):
        (box.project / "shared" / f"Shared {number}.md").write_text(
            f"---\ntitle: Shared {number}\n---\n\nBegins.\n\n## Marks\n\n## End\n", encoding="utf-8")
    box.run("sync")
    writers = [Writer(box, number, chosen.calls // chosen.processes, chosen.in_flight, seed)
               for number in range(chosen.processes)]
    try:
        started = time.perf_counter()
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join(timeout=LIMIT_SECONDS)
        took = time.perf_counter() - started
        for writer in writers:
            if writer.failure:
                raise writer.failure
        done, refused, live = look(box, writers)
        look_through(writers, done, random.Random(seed))
        for writer in writers:
            check(writer.server.close() == 0, f"{writer.name} did not end with 0")
    finally:
        for writer in writers:
            if writer.server.process.poll() is None:
                writer.server.kill()
    check(not box.pending(), f"still pending after all: {box.pending()}")
    fresh = Sandbox(box.binary, folder / "fresh", (PROJECT,), {"projects": {PROJECT: str(box.project)}})
    fresh.run("sync")
    found, _ = differences(live, IndexRows(fresh.data, PROJECT))
    check(not found, "the index differs from a fresh one:\n  " + "\n  ".join(found[:10]))
    shutil.rmtree(fresh.root)
    kinds = collections.Counter(done.values())
    print(f"{chosen.processes} processes with {chosen.in_flight} calls in flight each: {len(done)} calls acknowledged "
          f"({', '.join(f'{count} {kind}' for kind, count in sorted(kinds.items()))}), {len(refused)} refused, "
          f"in {took:.1f} s: {len(done) / took:.0f} notes/s")


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--binary", required=True)
    options.add_argument("--processes", type=int, default=8)
    options.add_argument("--in-flight", type=int, default=4)
    options.add_argument("--calls", type=int, default=1600, help="of all together")
    options.add_argument("--seed", type=int, default=None)
    options.add_argument("--keep", action="store_true", help="leave the folder there")
    chosen = options.parse_args()
    seed = chosen.seed if chosen.seed is not None else random.SystemRandom().randrange(10**6)
    print(f"seed {seed}", flush=True)
    signal.alarm(LIMIT_SECONDS)
    with TemporaryFolder("bm-many-", chosen.keep) as folder:
        try:
            run(chosen.binary, folder, chosen, seed)
        except Failure as failure:
            print(f"FAIL (seed {seed}) {failure}")
            return 1
    print(f"PASS (seed {seed})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
