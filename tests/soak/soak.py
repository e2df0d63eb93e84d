#!/usr/bin/env python3
"""Three programs change a folder of notes while three `bm mcp` write to it: is the index right whenever it is quiet?

    soak.py --binary build/release/cli/bm [--seconds 60] [--seed N] [--phase 4] [--keep]

Actors that know nothing of `bm` edit, save in the ways of vim, VS Code, Obsidian, rclone and rsync, move, rename,
delete, touch, link, break and heal files, and change between git branches; clients write, edit, move and delete through
tools. After each phase all pause, and when `bm status` has nothing to say:

- the index equals a fresh one of the same files, row for row (index_rows.py says what cannot be compared and why), and
  both find the same by the same words;
- no acknowledged write is lost (ledger.py says what may take one away); what tools took away is in the history;
- no temporary file is left.

Between two phases one client is restarted, now and then with SIGKILL, so that another process takes over watching. The
choices of every actor follow from the seed; the order in which the system runs them does not.
"""

import argparse
import collections
import pathlib
import random
import shutil
import signal
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "support"), str(HERE.parent / "kill")]
from bm_process import SKIPPED, Failure, Sandbox, TemporaryFolder, check  # noqa: E402
from clients import Client, texts_in_history  # noqa: E402
from index_rows import IndexRows, differences, search_rows  # noqa: E402
from ledger import Ledger  # noqa: E402
from outside import WORDS, Outsider, Versioner  # noqa: E402
from watching import holder_of_watch  # noqa: E402

PROJECT = "soak"
SETTLED_WITHIN_SECONDS = 60  # on a machine that does something else, with sanitizers
SECOND_LOOKS = 200


class Soak:
    def __init__(self, binary, folder, seed, pace):
        self.folder, self.seed = folder, seed
        self.box = Sandbox(binary, folder / "live", (PROJECT,))
        self.root, self.ledger = self.box.project, Ledger()
        self.outsiders = [Outsider(name, self.root, self.ledger, self.chance(name), pace) for name in "xy"]
        self.outsiders.append(Versioner("git", self.root, self.ledger, self.chance("git"), pace * 20))
        self.clients = [Client(name, self.root, self.ledger, self.chance(name), pace, self.box, PROJECT)
                        for name in "pqr"]
        self.luck = self.chance("soak")
        self.points, self.rows, self.settling, self.excused = 0, 0, [], 0
        self.by_history = collections.Counter()

    def chance(self, name):
        return random.Random(f"{self.seed} {name}")

    @property
    def actors(self):
        return self.outsiders + self.clients

    def run(self, seconds, phase):
        end = time.monotonic() + seconds
        for actor in self.actors:
            actor.start()
        while time.monotonic() < end:
            self.let_them_act(min(phase, end - time.monotonic()))
            self.look()
            if self.luck.random() < 0.5:
                client = self.luck.choice(self.clients)
                client.restart(self.luck.random() < 0.5)
        for actor in self.actors:
            actor.stopped = True
            actor.may_act.set()
            actor.join(timeout=60)
        self.look_into_history()
        self.look(promises=False)  # bringing versions back has replaced others
        self.look_into_logs()

    def let_them_act(self, seconds):
        for actor in self.actors:
            actor.may_act.set()
        time.sleep(max(0.0, seconds))
        for actor in self.actors:
            actor.may_act.clear()
        for actor in self.actors:
            check(actor.is_idle.wait(90), f"{actor.name} does not come to an end")
            if actor.failure:
                raise Failure(f"{actor.name}: {type(actor.failure).__name__}: {actor.failure}") from actor.failure

    def look(self, promises=True):
        """A quiet point."""
        started = time.monotonic()
        while True:
            pending = self.box.pending()
            live = IndexRows(self.box.data, PROJECT)
            if not pending and not live.links_wait:
                break
            if time.monotonic() - started > SETTLED_WITHIN_SECONDS:
                raise Failure(f"not indexed {SETTLED_WITHIN_SECONDS} s after the last change: {str(pending)[:1500]}; "
                              f"links that wait: {live.links_wait}\n{self.what_servers_do()}")
            time.sleep(0.05)
        self.settling.append(time.monotonic() - started)
        fresh = self.fresh_index()
        found, by_history = differences(live, IndexRows(fresh.data, PROJECT))
        for _ in range(SECOND_LOOKS):  # `bm status` compares files with rows: a row may be stored a moment before its links
            if not found:
                break
            time.sleep(0.05)
            live = IndexRows(self.box.data, PROJECT)
            found, by_history = differences(live, IndexRows(fresh.data, PROJECT))
        check(not found, f"the index differs from a fresh one in {len(found)} ways:\n  " + "\n  ".join(found[:12]))
        self.compare_searches(fresh)
        if promises:
            self.look_at_promises()
        self.points, self.rows = self.points + 1, self.rows + live.size()
        self.by_history.update(by_history)

    def what_servers_do(self):
        """Where the threads of the servers are, for whoever has to find out why nothing happens."""
        lines = []
        for client in self.clients:
            pid = client.server.process.pid
            lines.append(f"{client.name}: process {pid}, watching: {pid == holder_of_watch(self.box)}")
            for task in sorted(pathlib.Path(f"/proc/{pid}/task").iterdir()):
                lines.append(f"  {(task / 'comm').read_text().strip()} in {(task / 'wchan').read_text()}, "
                             f"call {(task / 'syscall').read_text().strip()}")
            if debugger := shutil.which("gdb"):
                lines.append(subprocess.run([debugger, "-p", str(pid), "-batch", "-ex", "thread apply all bt 20"], check=False,
                                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=60).stdout.decode())
        return "\n".join(lines)

    def fresh_index(self):
        place = self.folder / "fresh"
        shutil.rmtree(place, ignore_errors=True)
        fresh = Sandbox(self.box.binary, place, (PROJECT,), {"projects": {PROJECT: str(self.root)}})
        fresh.run("sync")
        return fresh

    def compare_searches(self, fresh):
        queries = self.luck.sample(WORDS, 8)
        queries += [" ".join(self.luck.sample(WORDS, 2)), f"{WORDS[0]} OR {WORDS[1]}", f"{WORDS[2]} NOT {WORDS[3]}", "tag:soak"]
        promised = self.ledger.promised()
        queries += [token for token, _ in self.luck.sample(promised, min(4, len(promised)))]
        with fresh.serve() as server:
            for query in queries:
                wanted, found = search_rows(server, PROJECT, query), search_rows(self.clients[0].server, PROJECT, query)
                check(found == wanted, f"searching {query!r} finds {len(found)} rows, in a fresh index {len(wanted)}: "
                                       f"{str(sorted(set(found) ^ set(wanted)))[:600]}")

    def texts(self):
        return [path.read_bytes() for path in self.root.rglob("*.md") if not path.is_symlink() and path.is_file()]

    def look_at_promises(self):
        lost, self.excused = self.ledger.lost(self.texts())
        check(not lost, f"{len(lost)} acknowledged writes are lost: " + "; ".join(
            f"{token} of note {event.note} ({event.kind}, {event.start:.3f} to {event.end:.3f})" for token, event in lost[:5]))
        left = [str(path) for path in self.root.rglob(".bm-*")]
        killed = sum(client.killed for client in self.clients)
        check(len(left) <= killed, f"{len(left)} temporary files are left after {killed} kills: {left[:5]}")

    def look_into_history(self):
        """What tools have deleted and overwritten, and nobody else has touched, can be brought back."""
        self.clients[0].take_away()  # on a busy machine there may be nothing else
        wanted = collections.defaultdict(set)
        for note, token in self.ledger.taken_by_tools():
            wanted[note].add(token.encode())
        check(wanted, "nothing was taken away by a tool")
        self.brought_back = 0
        for note in self.luck.sample(sorted(wanted), min(10, len(wanted))):
            now = self.texts()
            texts = b"\n".join([*now, *texts_in_history(self.clients[0], note)])
            missing = [token for token in wanted[note] if token not in texts]
            check(not missing, f"the history of {note} does not know {missing}:\n  {self.ledger.story(note)}")
            self.brought_back += len(wanted[note])

    def look_into_logs(self):
        for log in (self.box.root / "server.log", self.box.data / "basic-memory.log"):
            text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
            for word in ("locked", "SQLITE", "constraint", "stopped", "corrupt", "Sanitizer"):
                lines = [line for line in text.splitlines() if word in line]
                check(not lines, f"{log.name} says: {lines[:3]}")

    def close(self):
        for actor in self.actors:
            actor.stopped = True
            actor.may_act.set()
        for client in self.clients:
            client.join(timeout=5)
            client.server.kill()

    def summary(self):
        refused = collections.Counter()
        for client in self.clients:
            refused.update(client.refusals)
        done = ", ".join(f"{actor.name} {actor.done}" for actor in self.outsiders)
        lines = [f"{self.points} quiet points, {self.rows} rows compared; settled after {statistics.median(self.settling):.2f} s "
                 f"(median), {max(self.settling):.2f} s (longest), what `bm status` takes included",
                 f"outside: {done}; through tools: {sum(client.acknowledged for client in self.clients)} acknowledged, "
                 f"{sum(refused.values())} refused",
                 f"{len(self.ledger.promised())} tokens promised, {self.excused} taken away by what came later, "
                 f"{self.brought_back} of those looked up in the history; permalinks that history explains: {dict(self.by_history)}"]
        return "\n".join(lines + [f"  refused {count} times: {reason}" for reason, count in refused.most_common(12)])


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--binary", required=True)
    options.add_argument("--seconds", type=float, default=60)
    options.add_argument("--phase", type=float, default=4, help="seconds of changes before each quiet point")
    options.add_argument("--pace", type=float, default=0.02, help="seconds between two changes of one actor")
    options.add_argument("--seed", type=int, default=None)
    options.add_argument("--keep", action="store_true", help="leave the folder there")
    chosen = options.parse_args()
    if not shutil.which("git"):
        print("SKIPPED: git is not installed, and one of those who change the notes changes between branches")
        return SKIPPED
    seed = chosen.seed if chosen.seed is not None else random.SystemRandom().randrange(10**6)
    print(f"seed {seed}", flush=True)
    signal.alarm(int(chosen.seconds * 3 + 300))
    with TemporaryFolder("bm-soak-", chosen.keep) as folder:
        soak = Soak(chosen.binary, folder, seed, chosen.pace)
        try:
            soak.run(chosen.seconds, chosen.phase)
        except Failure as failure:
            print(f"FAIL (seed {seed}, {soak.points} quiet points before) {failure}")
            return 1
        finally:
            soak.close()
        print(soak.summary())
    print(f"PASS (seed {seed})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
