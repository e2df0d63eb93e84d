#!/usr/bin/env python3
"""Faults of real machines: disks that are full or read-only, limits, a locked index, broken settings, a clock that is set.

    real_faults.py --binary build/release/cli/bm [--library ...] [--only TEXT] [--without TEXT]

Each case: answers are right or one sentence with a way out, no answered note is lost, and afterwards the index is what a
new one would be, by itself or with the command that the sentence names. Cases that need a mount ("mounted: ...") are
skipped, and say so, where mounting is not allowed. Exits with 77 when all that was to be looked at was skipped.
"""

import json
import resource
import sqlite3
import subprocess
import sys
import time

from fault_script import (PROJECT, Failure, Fault, Faults, Sandbox, Skipped, check, check_sentence, finds, put_notes,
                          run_cases, sanitizer_of, stray_files, wait_until, wait_until_index_is_right, write)


class Mounted:
    """A small file system of its own at `folder`."""

    def __init__(self, folder, size):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.act("-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder))

    def act(self, *arguments):
        done = subprocess.run(["mount", *arguments], check=False, timeout=30, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        if done.returncode != 0:
            raise Skipped(f"mounting is not possible here: {done.stdout.decode().strip()}")

    def make_read_only(self, yes):
        self.act("-o", "remount,ro" if yes else "remount,rw", str(self.folder))

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        subprocess.run(["umount", "-l", str(self.folder)], check=False, timeout=30)


def fill(folder):
    """A disk without a byte left."""
    ballast = folder / "ballast"
    with open(ballast, "wb", buffering=0) as file:
        for size in (1 << 16, 1 << 12, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                pass
    return ballast


def write_until_refused(server, box, what, size=3000, most=3000):
    """Writes notes until one is refused. Everything that was answered is there, whole."""
    answered = {}
    for number in range(most):
        title, body = f"Full {number:04}", f"full{number} " + "x" * size + " ends"
        answer = write(server, title, content=body)
        if answer.is_error:
            check_sentence(answer.text, what)
            break
        answered[title] = body
    else:
        raise Failure(f"{what}: {most} notes fit")
    for title, body in answered.items():
        text = (box.project / "notes" / f"{title}.md").read_text()
        check(text.endswith(body) or text.endswith(body + "\n"), f"{what}: {title} was answered and is torn")
    check(not stray_files(box.project), f"{what}: unfinished files stay: {stray_files(box.project)}")
    return answered


def check_full_notes(chosen, folder):
    with Mounted(folder / "projects" / PROJECT, "2m"):
        box = Sandbox(chosen.binary, folder, (PROJECT,))
        with box.serve() as server:
            answered = write_until_refused(server, box, "the disk of the notes is full")
            title = next(iter(answered))
            edited = server.call("edit_note", {"project": PROJECT, "identifier": f"notes/{title}.md",
                                               "operation": "append", "content": "y" * 9000})
            check(edited.text.startswith("# Edit Failed"), f"an edit fits on a full disk: {edited.text[:200]}")
            check_sentence(edited.text, "editing on a full disk")
            check(finds(server, "full0"), "searching works on a full disk")
            gone = server.call("delete_note", {"project": PROJECT, "identifier": f"notes/{title}.md"})
            check(not gone.is_error, f"deleting on a full disk is refused: {gone.text}")
            check(not write(server, "Fits", content="again ends").is_error, "there is room again, and writing fails")
            wait_until_index_is_right(box, folder, "after a full disk")
            check(server.close() == 0, "the server ends with 0")


def check_full_data(chosen, folder):
    with Mounted(folder / "data", "3m") as disk:
        box = Sandbox(chosen.binary, folder, (PROJECT,))
        with box.serve() as server:
            check(not write(server, "Before").is_error, "writing before")
            ballast = fill(disk.folder)
            kept = {}
            for number in range(20):
                answer = write(server, f"While {number}", content=f"while{number} body ends")
                if answer.is_error:
                    check_sentence(answer.text, "the disk of the index is full")
                else:
                    kept[f"While {number}.md"] = f"while{number} body ends"
            (box.project / "outside.md").write_text("outside while full\n")
            for name, body in kept.items():
                check(body in (box.project / "notes" / name).read_text(), f"{name} was answered and is not on disk")
            read = server.call("read_note", {"project": PROJECT, "identifier": "notes/Before.md"})
            check("body ends" in read.text, f"reading while the disk of the index is full: {read.text[:200]}")
            ballast.unlink()
            check(not write(server, "After").is_error, "writing when there is room again")
            wait_until_index_is_right(box, folder, "the disk of the index was full", 90)
            check(server.close() == 0, "the server ends with 0")


def check_read_only_notes(chosen, folder):
    with Mounted(folder / "projects" / PROJECT, "4m") as disk:
        box = Sandbox(chosen.binary, folder, (PROJECT,))
        put_notes(box)
        with box.serve() as server:
            wait_until_index_is_right(box, folder, "before")
            disk.make_read_only(True)
            for tool, arguments in (("write_note", {"title": "No", "folder": "new", "content": "x"}),
                                    ("edit_note", {"identifier": "f0/Note 0.md", "operation": "append", "content": "x"}),
                                    ("move_note", {"identifier": "f0/Note 0.md", "destination_path": "g/N.md"}),
                                    ("delete_note", {"identifier": "f0/Note 0.md"})):
                answer = server.call(tool, {"project": PROJECT, **arguments})
                refused = answer.is_error or "Failed" in answer.text or "Error" in answer.text
                check(refused, f"{tool} on a read-only file system: {answer.text[:300]}")
                check_sentence(answer.text, f"{tool} on a read-only file system")
            check(finds(server, "word7"), "searching works on a read-only file system")
            disk.make_read_only(False)
            check(not write(server, "Yes").is_error, "writing when it is writable again")
            wait_until_index_is_right(box, folder, "after a read-only file system")


def check_read_only_data(chosen, folder):
    with Mounted(folder / "data", "16m") as disk:
        box = Sandbox(chosen.binary, folder, (PROJECT,))
        put_notes(box)
        box.run("sync")
        with box.serve() as server:
            wait_until_index_is_right(box, folder, "before")
            check(server.close() == 0, "ends")
        disk.make_read_only(True)
        try:
            done = box.run("tool", "write-note", "--title", "No", "--folder", "x", "--content", "y", expect=None)
            if done.returncode == 0:
                check((box.project / "x" / "No.md").exists(), "a note was answered and is not there")
            else:
                check_sentence(done.stderr.strip(), "a command with a read-only data directory")
            with box.serve() as server:
                for tool, arguments in (("write_note", {"title": "No", "folder": "new", "content": "x"}),
                                        ("search_notes", {"query": "word7"}),
                                        ("read_note", {"identifier": "f0/Note 0.md"})):
                    answer = server.call(tool, {"project": PROJECT, **arguments})
                    if answer.is_error:
                        check_sentence(answer.text, f"{tool} with a read-only data directory")
                doctor = box.run("doctor", expect=None)
                check(doctor.returncode == 1, "doctor passes with a read-only data directory")
                check_sentence(doctor.stderr.strip().splitlines()[-1], "doctor with a read-only data directory")
                disk.make_read_only(False)
                check(not write(server, "Yes").is_error, "writing when it is writable again")
                wait_until_index_is_right(box, folder, "after a read-only data directory", 90)
        finally:
            disk.make_read_only(False)


def check_few_descriptors(chosen, folder):
    """Some calls get through, all answers are sentences, and the limit is only one of the process."""
    if sanitizer_of(chosen.binary):
        raise Skipped("the sanitizers look at memory through a pipe: without descriptors they take it for bad")
    for limit in (24, 16, 12):
        here = folder / str(limit)
        box = Sandbox(chosen.binary, here, (PROJECT,))
        put_notes(box)
        box.popen = {"preexec_fn": lambda limit=limit: resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))}
        done = box.run("sync", expect=None)
        if done.returncode != 0:
            check_sentence(done.stderr.strip().splitlines()[-1], f"`bm sync` with {limit} descriptors")
        try:
            server = box.serve()
        except Failure as failure:
            check("closed its output" in str(failure), f"with {limit} descriptors: {failure}")
            # Whether there is a descriptor left depends on what the watcher does meanwhile.
            for told in (box.run("mcp", expect=None).stderr.strip() for _ in range(5)):
                check(not told or told.startswith("Error: "), f"`bm mcp` with {limit} descriptors says {told!r}")
                if told:
                    check_sentence(told, f"`bm mcp` with {limit} descriptors")
        else:
            with server:
                calls = [server.start_call("write_note", {"project": PROJECT, "title": f"T{n}", "folder": "t",
                                                          "content": "body ends"}) for n in range(12)]
                for number, ident in enumerate(calls):
                    reply = server.receive(ident, 60)
                    check("result" in reply, f"with {limit} descriptors: {reply}")
                    result = reply["result"]
                    if result.get("isError"):
                        check_sentence(result["content"][0]["text"], f"with {limit} descriptors")
                    else:
                        check((box.project / "t" / f"T{number}.md").exists(), f"T{number} was answered and is not there")
        box.popen = {}
        box.run("sync")
        wait_until_index_is_right(box, here, f"after {limit} descriptors", 1)
        check(not stray_files(here), f"unfinished files stay: {stray_files(here)}")


def check_file_size_limit(chosen, folder):
    """The limit on the size of files fails writes and kills nobody."""
    box = Sandbox(chosen.binary, folder, (PROJECT,))
    box.popen = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000))}
    with box.serve() as server:
        answer = write(server, "Big", content="b" * 400_000)
        check(answer.is_error, "a note beyond the limit is written")
        check_sentence(answer.text, "a note beyond the limit on the size of files")
        check(not stray_files(folder), f"unfinished files stay: {stray_files(folder)}")
        kept = []
        for number in range(60):
            answer = write(server, f"Small {number}", content=f"small{number} " + "word " * 900)
            if answer.is_error:
                check_sentence(answer.text, "the index at the limit on the size of files")
            else:
                kept.append(number)
        for number in kept:
            check(f"small{number} " in (box.project / "notes" / f"Small {number}.md").read_text(), f"Small {number}")
        check(server.close() == 0, "the server ends with 0")
    box.popen = {}
    box.run("sync")
    wait_until_index_is_right(box, folder, "after the limit on the size of files", 1)


def check_locked_index(chosen, folder):
    """Another program holds the index: reading goes on, what is written is safe and indexed when it lets go."""
    box = Sandbox(chosen.binary, folder, (PROJECT,))
    put_notes(box)
    with box.serve() as server:
        wait_until_index_is_right(box, folder, "before")
        holder = sqlite3.connect(box.data / "index.db", isolation_level=None, timeout=20)
        holder.execute("BEGIN EXCLUSIVE")
        check(finds(server, "word7"), "searching works while another program holds the index")
        answer = write(server, "Held", content="held body ends")
        if answer.is_error:
            check_sentence(answer.text, "writing while another program holds the index")
        else:
            check("held body" in (box.project / "notes" / "Held.md").read_text(), "an answered note is not there")
        moved = server.call("move_note", {"project": PROJECT, "identifier": "f1/Note 1.md",
                                          "destination_path": "g/Note 1.md"}, timeout=150)
        if moved.is_error:
            check_sentence(moved.text, "moving while another program holds the index")
        doctor = box.run("doctor", "--project", PROJECT, expect=None)
        check(doctor.returncode == 1, "doctor passes although the index is locked")
        check_sentence(doctor.stderr.strip().splitlines()[-1], "doctor while another program holds the index")
        holder.execute("ROLLBACK")
        holder.close()
        if answer.is_error:
            check(not write(server, "Held", content="held body ends").is_error, "writing when it let go")
        wait_until_index_is_right(box, folder, "another program held the index", 90)
        check(server.close() == 0, "the server ends with 0")
    projects = json.loads((box.data / "config.json").read_text())["projects"]
    check(list(projects) == [PROJECT], f"doctor left a project behind: {projects}")


def check_broken_settings(chosen, folder):
    """config.json half written, gone, or not to be read, while a server runs: the last good settings stay."""
    box = Sandbox(chosen.binary, folder, (PROJECT,))
    put_notes(box)
    config = box.data / "config.json"
    good = config.read_text()
    with box.serve() as server:
        for broken in (good[:40], "", "[1, 2]", '{"projects": 7}', "\x00" * 200):
            config.write_text(broken)
            check(not write(server, f"While {len(broken)}").is_error, f"writing with config.json {broken[:20]!r}")
            check(config.read_text() == broken, "the broken file was changed")
            done = box.run("status", expect=None)
            if done.returncode != 0:
                check("config" in done.stderr and len(done.stderr) < 700, f"status says: {done.stderr!r}")
        config.unlink()
        check(not write(server, "Gone").is_error, "writing without config.json")
        config.mkdir()
        check(not write(server, "Folder").is_error, "writing when config.json is a folder")
        config.rmdir()
        settings = json.loads(good)
        other = folder / "projects" / "second"
        other.mkdir(parents=True)
        (other / "second.md").write_text("zebra in the second project\n")
        settings["projects"]["second"] = str(other)
        config.write_text(json.dumps(settings))
        wait_until(lambda: "zebra" in server.call("search_notes", {"project": "second", "query": "zebra"}).text,
                   "good settings are taken again")
        wait_until_index_is_right(box, folder, "after broken settings")
        check(server.close() == 0, "the server ends with 0")


def check_settings_that_cannot_be_read(chosen, folder):
    """New settings that could not be read for a moment are taken when they can."""
    if not chosen.library:
        raise Skipped("needs --library")
    folder.mkdir(parents=True, exist_ok=True)
    faults = Faults(chosen.library, folder)
    box = Sandbox(chosen.binary, folder, (PROJECT,), variables=faults.variables(chosen.binary))
    with box.serve() as server:
        check(not write(server, "Before").is_error, "writing before")
        settings = json.loads((box.data / "config.json").read_text())
        other = folder / "projects" / "second"
        other.mkdir(parents=True)
        (other / "second.md").write_text("zebra in the second project\n")
        settings["projects"]["second"] = str(other)
        faults.begin(Fault("read", 5, "config.json"))
        (box.data / "config.json").write_text(json.dumps(settings))
        check(not write(server, "While").is_error, "writing while the settings cannot be read")
        time.sleep(0.3)
        check(faults.end() > 0, "the settings were read")
        wait_until(lambda: "zebra" in server.call("search_notes", {"project": "second", "query": "zebra"}).text,
                   "settings are taken when they can be read again")


def check_clock_jumps(chosen, folder):
    """The clock is set by years, to and fro, while tools write and files change."""
    if not chosen.library:
        raise Skipped("needs --library")
    folder.mkdir(parents=True, exist_ok=True)
    faults = Faults(chosen.library, folder)
    box = Sandbox(chosen.binary, folder, (PROJECT,), variables=faults.variables(chosen.binary))
    year = 365 * 24 * 3600
    leftover = box.project / ".bm-0a1b2c3d-0a1b-4c2d-8e3f-0a1b2c3d4e5f.tmp"
    with box.serve() as server:
        for round_number, jump in enumerate((0, 5 * year, -5 * year, 40 * year, -20 * year, 7200, -7200, 0)):
            faults.begin(Fault("clock", keep=jump))
            calls = {}
            for number in range(6):
                title = f"Jump {round_number} {number}"
                calls[title] = server.start_call("write_note", {"project": PROJECT, "title": title, "folder": "j",
                                                                "content": f"jump{round_number}x{number} ends"})
                (box.project / f"outside {number}.md").write_text(f"outside{round_number}x{number}\n")
            for title, ident in calls.items():
                reply = server.receive(ident)
                text = reply["result"]["content"][0]["text"]
                check(not reply["result"].get("isError"), f"clock set by {jump} s: {text}")
                check((box.project / "j" / f"{title}.md").exists(), f"{title} is not there")
            wait_until(lambda word=f"outside{round_number}x5": finds(server, word),
                       f"a file that changed while the clock was set by {jump} s is found", 20)
            edited = server.call("edit_note", {"project": PROJECT, "identifier": f"j/Jump {round_number} 0.md",
                                               "operation": "append", "content": "more"})
            check(not edited.is_error, f"editing with the clock set by {jump} s: {edited.text}")
            wait_until_index_is_right(box, folder, f"clock set by {jump} s", 20)
        check(server.close() == 0, "the server ends with 0")
    # What a dead writer left is removed an hour later, and also when the clock was wrong then.
    for jump in (2 * 3600, -2 * 3600):
        leftover.write_text("half")
        faults.begin(Fault("clock"))
        box.run("sync")
        check(leftover.exists(), "a temporary file that may be somebody's was removed")
        faults.begin(Fault("clock", keep=jump))
        box.run("sync")
        check(not leftover.exists(), f"what a dead writer left stays with the clock set by {jump} s")


def cases(chosen):
    yield "mounted: the disk of the notes is full", check_full_notes
    yield "mounted: the disk of the index is full", check_full_data
    yield "mounted: the notes are read-only", check_read_only_notes
    yield "mounted: the data directory is read-only", check_read_only_data
    yield "few descriptors", check_few_descriptors
    yield "a limit on the size of files", check_file_size_limit
    yield "the index is locked", check_locked_index
    yield "settings that are broken", check_broken_settings
    yield "settings that cannot be read", check_settings_that_cannot_be_read
    yield "the clock is set", check_clock_jumps


if __name__ == "__main__":
    sys.exit(run_cases(__doc__, cases))
