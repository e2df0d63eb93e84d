#!/usr/bin/env python3
"""Two devices and a host, edited at random on all three sides while syncs run and are killed: is anything lost?

    soak.py --binary build/release/cli/bm [--seconds 60] [--seed N] [--keep]

Users create, edit, rename and delete notes and make projects on both devices and on the host; syncs run with all three
profiles; `bm` and rclone are killed with SIGKILL at random moments and the host is restarted, politely or not. After
some quiet syncs the three trees are equal, and every version that a user ever saved is found in them, in a conflict
file or in a trash, unless a user who had just that version before him replaced or deleted it. The choices follow from
the seed.

While a sync runs users only make new notes: rclone cannot tell an edit in that moment from what it has listed.
"""

import argparse
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from device import Failure, check, tree  # noqa: E402
from registry import Scenario, Unavailable, Verdicts  # noqa: E402
from trial import Machine, Trial  # noqa: E402

PROFILES = ("safe", "balanced", "fast")
PROJECTS = ("garden", "kitchen", "workshop")
SKIPPED = 77


class Side:
    """One place where a user works: a folder of projects."""

    def __init__(self, name, root, luck, ledger):
        self.name, self.root, self.luck, self.ledger = name, pathlib.Path(root), luck, ledger

    def notes(self):
        return [file for file in sorted(self.root.rglob("*")) if file.is_file() and not file.is_symlink()
                and not any(part.startswith(".") for part in file.relative_to(self.root).parts)]

    def save(self, file):
        """Saves a version that nobody else ever writes, in the way of an editor: beside the file, then in its place."""
        text = self.ledger.version(self.name, self.luck.randrange(400))
        file.parent.mkdir(parents=True, exist_ok=True)
        new = file.with_name(f".{file.name}.new")
        new.write_text(text)
        if file.exists():
            aside = file.with_name(f".{file.name}.old")
            os.rename(file, aside)
            self.ledger.replaced(aside.read_text())
            os.rename(new, file)
            aside.unlink()
        else:
            os.rename(new, file)

    def create(self):
        project = self.luck.choice(PROJECTS)
        self.save(self.root / project / f"{self.name}-{self.luck.randrange(10**6)}.md")

    def act(self):
        notes = self.notes()
        deed = self.luck.choice(("create", "create", "edit", "edit", "edit", "rename", "delete", "project"))
        if deed == "project":
            self.save(self.root / f"{self.name}-project-{self.luck.randrange(1000)}" / "first.md")
        elif deed == "create" or not notes:
            self.create()
        else:
            file = self.luck.choice(notes)
            if deed == "edit":
                self.save(file)
            elif deed == "rename":
                os.rename(file, file.with_name(f"renamed-{self.luck.randrange(10**6)}.md"))
            else:
                self.ledger.replaced(file.read_text())
                file.unlink()


class Ledger:
    def __init__(self):
        self.saved, self.released = set(), set()

    def version(self, who, length):
        token = f"version {len(self.saved)} of {who}"
        self.saved.add(token)
        return f"# Note\n{token}\n" + "x" * length + "\n"

    def replaced(self, text):
        lines = text.splitlines()
        if len(lines) > 1:
            self.released.add(lines[1])


class Soak:
    def __init__(self, trial, seed):
        self.luck = random.Random(seed)
        self.host = trial.own_host()
        self.user = trial.user(self.host)
        self.ledger = Ledger()
        self.devices = [trial.device(self.user, name, setup=False) for name in "ab"]
        self.sides = [Side(device.root.name, device.space, self.luck, self.ledger) for device in self.devices]
        self.sides.append(Side("host", self.user.space, self.luck, self.ledger))
        counted = ("syncs", "failed", "kills of bm", "kills of rclone", "host restarts", "resyncs")
        self.counts = dict.fromkeys(counted, 0)
        for device in self.devices:
            device.bm("cloud", "bisync-setup")
        self.sides[0].create()
        for device in self.devices:
            self.sync(device, "balanced")

    def sync(self, device, profile):
        """One sync; where it says that a new baseline is needed, that one."""
        done = device.bm("sync", "--profile", profile, expect=None)
        self.counts["syncs"] += 1
        if done.code != 0:
            self.counts["failed"] += 1
            if "--resync" in done.text and "Deletion exceeds" not in done.text:
                self.counts["resyncs"] += 1
                device.bm("cloud", "bisync", "--resync", "--profile", profile, expect=None)
        return done

    @staticmethod
    def children(pid):
        try:
            return [int(each) for each in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        except OSError:
            return []

    def disturbed_sync(self):
        device, profile = self.luck.choice(self.devices), self.luck.choice(PROFILES)
        running = device.start("sync", "--profile", profile)
        what = self.luck.choice(("bm", "rclone", "host", "notes", "notes"))
        end = time.monotonic() + self.luck.uniform(0.05, 2.5)
        while time.monotonic() < end and running.poll() is None:
            if what == "notes":
                self.luck.choice(self.sides).create()
            time.sleep(0.1)
        if what == "host":
            self.restart_host()
        elif running.poll() is None and what == "rclone":
            for child in self.children(running.pid):
                try:
                    os.kill(child, 9)
                    self.counts["kills of rclone"] += 1
                except ProcessLookupError:
                    pass
        elif running.poll() is None and what == "bm":
            running.kill()
            self.counts["kills of bm"] += 1
        try:
            running.wait(180)
        except subprocess.TimeoutExpired:
            raise Failure(f"a sync does not end after {what}: {running.said()[-300:]}") from None
        self.counts["syncs"] += 1

    def restart_host(self):
        (self.host.kill if self.luck.random() < 0.5 else self.host.stop)()
        self.host.start()
        self.counts["host restarts"] += 1

    def round(self):
        for _ in range(self.luck.randrange(1, 5)):
            self.luck.choice(self.sides).act()
        if self.luck.random() < 0.5:
            self.disturbed_sync()
        else:
            self.sync(self.luck.choice(self.devices), self.luck.choice(PROFILES))

    def quiet(self):
        """Syncs until nothing changes any more."""
        for _ in range(8):
            told = [self.sync(device, "balanced") for device in self.devices]
            if all(done.code == 0 and "no changes" in done.text for done in told):
                return
        raise Failure(f"syncs do not come to rest: {[done.text[-300:] for done in told]}")

    def judge(self):
        trees = [{name: content for name, content in tree(side.root).items()
                  if not any(part.startswith(".") for part in pathlib.PurePath(name).parts)} for side in self.sides]
        for side, other in zip(self.sides[1:], trees[1:]):
            differing = sorted(name for name in trees[0].keys() | other.keys() if trees[0].get(name) != other.get(name))
            check(not differing, f"a and {side.name} differ in {differing[:6]}")
        check(not [name for name in trees[0] if name.endswith(".partial") or "..path" in name], "leftovers of rclone")
        held = b"".join(content for each in trees for content in each.values())
        for device in self.devices:
            for folder in (device.data / "bisync-state").glob("*/*"):
                if folder.name in ("trash", "detached"):
                    held += b"".join(tree(folder).values())
        lost = sorted(token for token in self.ledger.saved - self.ledger.released
                      if f"{token}\n".encode() not in held)
        check(not lost, f"{len(lost)} of {len(self.ledger.saved)} versions are lost: {lost[:5]}")
        return len(trees[0])


def run(trial, seed, seconds):
    soak = Soak(trial, seed)
    end = time.monotonic() + seconds
    rounds = 0
    while time.monotonic() < end:
        soak.round()
        rounds += 1
    soak.quiet()
    files = soak.judge()
    print(f"seed {seed}: {rounds} rounds, {len(soak.ledger.saved)} versions, {files} files on each of three sides; "
          + ", ".join(f"{count} {what}" for what, count in soak.counts.items()))


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--binary", required=True)
    options.add_argument("--seconds", type=float, default=60)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--keep", action="store_true", help="leave the folders")
    chosen = options.parse_args()
    root = pathlib.Path(tempfile.mkdtemp(prefix="bm-cloud-soak-")).resolve()
    machine = Machine(chosen.binary, root, root)
    print(f"rclone {', '.join(machine.versions.values()) or 'none'}", flush=True)
    try:
        with Trial(machine, Verdicts(Scenario(run, ()))) as trial:
            run(trial, chosen.seed, chosen.seconds)
    except Unavailable as lack:
        print(f"skipped: {lack}")
        return SKIPPED
    except Failure as problem:
        print(f"seed {chosen.seed}: {problem}")
        return 1
    finally:
        machine.close()
        if chosen.keep:
            print(f"kept: {root}")
        else:
            shutil.rmtree(root, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
