#!/usr/bin/env python3
"""What a file system does to a running `bm mcp`: disks come and go, permissions change, sync tools convert, files are huge.

    file_systems.py --binary build/release/cli/bm [--memory-mb 60] [--only unmount,permissions,...]

Each part says what it saw. Mounting needs a user who may do it, at least in a namespace of his own, and permissions mean
nothing to root, so as root that part runs as nobody; a part that is not possible here is skipped with a line, and
then the script exits with 77.
"""

import argparse
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "support"), str(HERE.parent / "kill"), str(HERE.parent / "vault"),
                str(HERE.parent / "soak")]
from bm_process import SKIPPED, Failure, Sandbox, TemporaryFolder, check  # noqa: E402
from index_hostile_vault import as_nobody  # noqa: E402
from index_rows import IndexRows  # noqa: E402
from watching import PROJECT, paths_found, wait_until, wait_until_found  # noqa: E402

LIMIT_SECONDS = 500
NOTES = 30
SETTLE_SECONDS = 1.5  # longer than a server waits before it looks at what has changed


class Skipped(Exception):
    """Why a part is not possible here."""


def fill(folder, count=NOTES):
    for number in range(count):
        path = folder / f"f{number % 3}" / f"Note {number}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# Note {number}\n\nplover{number}x\n\n- [fact] {number} #outside\n"
                        f"- follows [[Note {(number + 1) % count}]]\n", encoding="utf-8")


def rows(box):
    """The same for the same notes, whatever ids and times they have."""
    seen = IndexRows(box.data, PROJECT)
    return sorted(seen.notes), seen.observations, seen.relations


def identities(box):
    """Rows that were deleted and made again have other ids."""
    database = sqlite3.connect(f"file:{box.data}/index.db?mode=ro", uri=True, timeout=30)
    found = dict(database.execute("SELECT path, hex(external_id) FROM entity"))
    database.close()
    return found


def wait_for_notes(box, count):
    wait_until(lambda: not box.pending() and len(rows(box)[0]) == count, f"{count} notes are indexed")


# A disk that is unmounted

def mount(*arguments):
    done = subprocess.run(arguments, stderr=subprocess.PIPE, check=False, timeout=30)
    return "" if done.returncode == 0 else done.stderr.decode().strip() or f"exit {done.returncode}"


def unmount_in_namespace(binary):
    """Runs check_unmount in a namespace where nobody else sees the mounts."""
    if shutil.which("unshare") is None:
        raise Skipped("there is no `unshare`")
    if reason := mount("unshare", "--mount", "--map-root-user", "true") if os.geteuid() else mount("unshare", "--mount", "true"):
        raise Skipped(f"no mounts here: {reason}")
    own = ["unshare", "--mount"] + (["--map-root-user"] if os.geteuid() else [])
    done = subprocess.run([*own, sys.executable, "-B", __file__, "--binary", binary, "--only", "mounted"],
                          stdout=subprocess.PIPE, check=False, timeout=300)
    said = done.stdout.decode()
    if done.returncode == SKIPPED:
        raise Skipped(said.strip())
    check(done.returncode == 0, said)


def check_unmount(binary, folder):
    """13.1 item 100: the folder where a disk was mounted is there without the disk, and empty."""
    disk = folder / "disk"
    disk.mkdir()
    if reason := mount("mount", "-t", "tmpfs", "none", str(disk)):
        print(f"no tmpfs here: {reason}")
        sys.exit(SKIPPED)
    (disk / "notes").mkdir()
    fill(disk / "notes")
    box = Sandbox(binary, folder / "box", (PROJECT,))
    plug = lambda: check(not mount("mount", "--bind", str(disk / "notes"), str(box.project)), "mounting failed")
    plug()
    with box.serve() as server:
        wait_for_notes(box, NOTES)
        before, known = rows(box), identities(box)
        for way in ([], ["--lazy"]):
            check(not mount("umount", *way, str(box.project)), "a running server keeps the disk busy")
            check(not list(box.project.iterdir()), "the disk is still there")
            time.sleep(SETTLE_SECONDS)
            check(rows(box) == before, f"rows went away with the disk: {len(rows(box)[0])} notes are left")
            check(paths_found(server, "plover7x") == {"f1/Note 7.md"}, "a note is not found while its disk is away")
            refused = server.call("edit_note", {"identifier": "Note 7", "operation": "append", "content": "x",
                                                "project": PROJECT})
            check(not refused.text.startswith("# Edited"), f"a note without its disk was edited: {refused.text[:200]}")
            check(not list(box.project.rglob("*")), "something was written below the place of the disk")
            (disk / "notes" / "f0" / "Note 0.md").write_text(f"# Note 0\n\nwaxwing{len(way)}x\n", encoding="utf-8")
            plug()
            wait_until_found([server], f"waxwing{len(way)}x", "f0/Note 0.md")
            check(identities(box) == known, "notes were forgotten and made anew")
            (box.project / "late.md").write_text(f"# Late\n\nsiskin{len(way)}x\n", encoding="utf-8")
            wait_until_found([server], f"siskin{len(way)}x", "late.md")
            (box.project / "late.md").unlink()
            wait_for_notes(box, NOTES)
            before = rows(box)
        check(server.close() == 0, "the server did not end with 0")
    mount("umount", str(box.project))
    mount("umount", str(disk))


# Folders that nobody may read

def check_permissions(binary, folder):
    """13.1 item 99: a folder that cannot be read keeps its rows, and comes back."""
    box = Sandbox(binary, folder, (PROJECT,))
    fill(box.project)
    if os.geteuid() == 0 and not as_nobody(box, folder):
        raise Skipped("root may read everything here and cannot be somebody else")
    with box.serve() as server:
        wait_for_notes(box, NOTES)
        before, known = rows(box), identities(box)
        closed = box.project / "f1"
        for mode in (0o000, 0o600, 0o100):  # nothing; names without what they stand for; what it holds without names
            closed.chmod(mode)
            other = box.project / "f0" / f"other {mode}.md"
            other.write_text(f"# Other\n\nbrambling{mode}x\n", encoding="utf-8")
            other.chmod(0o644)
            wait_until_found([server], f"brambling{mode}x", f"f0/other {mode}.md")
            box.run("sync")
            other.unlink()
            wait_until(lambda: rows(box) == before, f"with mode {mode:o} the rows of the folder stay as they were")
            check(paths_found(server, "plover7x") == {"f1/Note 7.md"}, f"with mode {mode:o} a note is not found")
            closed.chmod(0o700)
            note = closed / "Note 1.md"
            note.write_text(f"# Note 1\n\nwryneck{mode}x\n\n- [fact] 1 #outside\n- follows [[Note 2]]\n", encoding="utf-8")
            wait_until_found([server], f"wryneck{mode}x", "f1/Note 1.md")
            check(identities(box) == known, f"after mode {mode:o} notes were forgotten and made anew")
        unreadable = closed / "Note 4.md"
        unreadable.chmod(0)
        time.sleep(SETTLE_SECONDS)
        check(identities(box) == known, "a file that cannot be read was forgotten")
        unreadable.chmod(0o644)
        wait_until(lambda: not box.pending() and rows(box) == before, "the readable file is indexed again")
        root = box.project.stat().st_mode
        box.project.chmod(0)
        time.sleep(SETTLE_SECONDS)
        check(identities(box) == known, "the notes of a project that cannot be read were forgotten")
        box.project.chmod(root)
        (box.project / "f0" / "back.md").write_text("# Back\n\ndotterel\n", encoding="utf-8")
        wait_until_found([server], "dotterel", "f0/back.md")
        check(server.close() == 0, "the server did not end with 0")


# Line endings

def check_line_endings(binary, folder):
    """13.1 item 107: a tool that converts line endings changes no meaning, and edits go on."""
    box = Sandbox(binary, folder, (PROJECT,))
    with box.serve() as server:
        for number in range(5):
            done = server.call("write_note", {
                "title": f"Ends {number}", "folder": "in", "tags": "one,two", "project": PROJECT,
                "content": f"lapwing{number}x\n\n## Part\n\n- [fact] two words #tag (context)\n- follows [[Ends 1]]"})
            check(not done.is_error, done.text)
        before = rows(box)
        metadata = {path: row[14] for path, row in IndexRows(box.data, PROJECT).notes.items()}
        for old, new in ((b"\n", b"\r\n"), (b"\r\n", b"\n"), (b"\n", b"\r\n")):
            for path in box.project.rglob("*.md"):
                path.write_bytes(path.read_bytes().replace(old, new))
            wait_until(lambda: not box.pending(), "the converted notes are indexed")
            check(rows(box) == before, "converting the line endings changed observations or relations")
            now = {path: row[14] for path, row in IndexRows(box.data, PROJECT).notes.items()}
            check(now == metadata, f"converting the line endings changed the metadata: {now}")
            check(paths_found(server, "lapwing3x") == {"in/Ends 3.md"}, "a converted note is not found")
        for operation, more in (("append", {}), ("find_replace", {"find_text": "two words"}),
                                ("replace_section", {"section": "## Part"})):
            done = server.call("edit_note", {"identifier": "Ends 2", "operation": operation, "project": PROJECT,
                                             "content": f"changed by {operation}", **more})
            check(done.text.startswith("# Edited"), f"a converted note refuses {operation}: {done.text[:300]}")
        text = (box.project / "in" / "Ends 2.md").read_bytes()
        check(text.startswith(b"---\r\ntitle: Ends 2\r\n") and text.count(b"title:") == 1,
              f"a converted note has another front matter after an edit: {text[:200]!r}")
        check(server.close() == 0, "the server did not end with 0")
    place = box.data / "basic-memory.log"
    log = place.read_text(encoding="utf-8") if place.exists() else ""
    check("corrupt" not in log and "warning" not in log, f"the log complains: {log[-500:]}")


# Memory

def check_memory(binary, folder, limit_mb):
    """13.1 item 92: what a sync needs depends neither on how large a file is nor on how many there are."""
    box = Sandbox(binary, folder, (PROJECT,))
    peaks = {}
    for count, huge_mb in ((300, 1), (6000, 400)):
        fill(box.project, count)
        with open(box.project / "film.mp4", "wb") as file:
            file.truncate(huge_mb << 20)
        (box.data / "index.db").unlink(missing_ok=True)
        pid = os.posix_spawn(box.binary, [box.binary, "sync"], box.environment,
                             file_actions=[(os.POSIX_SPAWN_OPEN, out, os.devnull, os.O_WRONLY, 0) for out in (1, 2)])
        _, status, usage = os.wait4(pid, 0)
        check(status == 0, f"`bm sync` ended with {status}")
        wait_for_notes(box, count + 1)
        peaks[count] = usage.ru_maxrss / 1024
    if limit_mb:
        check(max(peaks.values()) < limit_mb, f"`bm sync` took {peaks} MB of memory, allowed are {limit_mb}")
    return f"at most {max(peaks.values()):.0f} MB for {count} notes and a file of {huge_mb} MB"


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--binary", required=True)
    options.add_argument("--memory-mb", type=int, default=60, help="what a sync may take; 0: only look")
    options.add_argument("--only", default="unmount,permissions,line-endings,memory")
    chosen = options.parse_args()
    binary = str(pathlib.Path(chosen.binary).resolve())
    signal.alarm(LIMIT_SECONDS)
    parts = {"unmount": lambda folder: unmount_in_namespace(binary), "mounted": lambda folder: check_unmount(binary, folder),
             "permissions": lambda folder: check_permissions(binary, folder),
             "line-endings": lambda folder: check_line_endings(binary, folder),
             "memory": lambda folder: check_memory(binary, folder, chosen.memory_mb)}
    skipped = False
    for name in chosen.only.split(","):
        with TemporaryFolder("bm-outside-") as folder:
            try:
                print(f"{name}: {parts[name](folder) or 'fine'}", flush=True)
            except Skipped as reason:
                skipped = True
                print(f"{name}: SKIPPED, {reason}", flush=True)
            except Failure as failure:
                print(f"FAIL {name}: {failure}")
                return 1
    print("SKIPPED" if skipped else "PASS")
    return SKIPPED if skipped else 0


if __name__ == "__main__":
    sys.exit(main())
