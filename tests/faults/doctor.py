#!/usr/bin/env python3
"""`bm doctor` as a person and as a script meet it: what it says, what it repairs, what it leaves alone.

    doctor.py --binary build/release/cli/bm

Every kind of difference is made in the rows or in the files, told by --check without a change, repaired, and gone. A
check that is interrupted or fails leaves no project behind.
"""

import argparse
import contextlib
import json
import signal
import sqlite3
import subprocess
import sys
import time

from fault_script import (PROJECT, Failure, Sandbox, TemporaryFolder, check, check_sentence, difference, fresh_rows,
                          rows_of, wait_until)

LIMIT_SECONDS = 800  # also where much else runs
MANY = 2000

DIFFERENCES = {
    "file_without_row": lambda box: (box.project / "new.md").write_text("# New\n"),
    "row_without_file": lambda box: (box.project / "b.md").unlink(),
    "changed_file": lambda box: change(box, "UPDATE entity SET checksum = zeroblob(32) WHERE path = 'a.md'"),
    "wrong_rows": lambda box: change(box, "UPDATE observation SET content = 'no'"),
    "search_documents": lambda box: change(box, "DELETE FROM text_fresh", "DELETE FROM text_segment",
                                           "UPDATE text_state SET generation = generation + 1"),
    "wrong_links": lambda box: change(box, "UPDATE relation SET to_id = NULL"),
}


def change(box, *statements):
    connection = sqlite3.connect(box.data / "index.db")
    with connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


@contextlib.contextmanager
def held_index(box):
    """Whoever wants to write to the index waits, for up to ten seconds."""
    connection = sqlite3.connect(box.data / "index.db", isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield
    finally:
        connection.close()


def start_doctor(box):
    return subprocess.Popen([box.binary, "doctor"], env=box.environment, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE)


def read_until(process, line_says):
    """What the doctor says up to the line that is looked for. A moment of its run that no load shifts."""
    said = b""
    for line in process.stdout:
        said += line
        if line_says(line):
            break
    return said


def new_box(binary, folder):
    box = Sandbox(binary, folder, (PROJECT, "other"))
    (box.project / "a.md").write_text("# A\n\n- [fact] heron #bird\n- sees [[B]]\n")
    (box.project / "b.md").write_text("# B\n")
    (box.projects["other"] / "c.md").write_text("# C\n")
    box.run("sync", "--all")
    return box


def projects_of(box):
    return sorted(json.loads((box.data / "config.json").read_text())["projects"])


def check_healthy(binary, folder):
    box = new_box(binary, folder)
    done = box.run("doctor")
    lines = done.stdout.splitlines()
    check(lines[-1] == "Doctor checks passed.", f"says {done.stdout!r}")
    check(all(line.startswith("OK ") for line in lines[:-1]) and len(lines) == 12, f"says {done.stdout!r}")
    check(done.stderr == "", f"says {done.stderr!r} on standard error")
    check(projects_of(box) == ["other", PROJECT], f"projects afterwards: {projects_of(box)}")
    report = box.json("doctor", "--json", "--local")
    check(report["healthy"] and report["error"] is None and len(report["round_trip"]) == 8, f"says {report}")
    check([each["project"] for each in report["projects"]] == [PROJECT, "other"], f"says {report}")
    check(len(box.json("doctor", "--json", "--project", "other")["projects"]) == 1, "--project chooses")
    wrong = box.run("doctor", "--project", "nobody", expect=1)
    check("No project found named: nobody" in wrong.stderr, f"says {wrong.stderr!r}")
    box.run("doctor", "--local", "--cloud", expect=1)


def check_difference(binary, folder, kind):
    box = new_box(binary, folder)
    DIFFERENCES[kind](box)
    before = rows_of(box.data / "index.db")
    told = box.json("doctor", "--check", "--json", expect=1)
    kinds = {each["kind"] for each in told["projects"][0]["differences"]}
    check(kind in kinds, f"{kind}: told are {kinds}")
    check(not told["healthy"] and "without --check" in told["error"], f"{kind}: {told['error']}")
    check(difference(rows_of(box.data / "index.db"), before) is None, f"{kind}: --check changed the index")
    done = box.run("doctor")
    check("repaired" in done.stdout and done.stdout.endswith("Doctor checks passed.\n"), f"{kind}: {done.stdout}")
    left = difference(rows_of(box.data / "index.db"), fresh_rows(box, folder))
    check(left is None, f"{kind}: after the repair: {left}")
    check(box.json("doctor", "--check", "--json")["projects"][0]["differences"] == [], f"{kind}: is told again")


def check_interruption(binary, folder):
    """Ctrl+C at any moment, some time after the start or after some of its lines: no project and no folder stay."""
    box = new_box(binary, folder)
    temporary = folder / "tmp"
    temporary.mkdir()
    box.environment["TMPDIR"] = str(temporary)
    for lines, seconds in [*((0, 0.01 + 0.024 * number) for number in range(6)), *((n, 0) for n in range(1, 12, 2))]:
        process = start_doctor(box)
        for _ in range(lines):
            process.stdout.readline()
        time.sleep(seconds)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=60)
        check(process.returncode in (0, 130, -signal.SIGINT), f"exits with {process.returncode}: {told}")
        check(projects_of(box) == ["other", PROJECT], f"projects after Ctrl+C: {projects_of(box)}")
        check(not list(temporary.iterdir()), f"left behind: {list(temporary.iterdir())}")


def check_interrupted_repair(binary, folder):
    """Ctrl+C while the text index is put right: all stays searchable, and nothing is called repaired."""
    box = new_box(binary, folder)
    for number in range(MANY):
        (box.project / f"many {number}.md").write_text(f"# Many {number}\n\nplover\n")
    box.run("sync")
    interrupted = 0
    for number in range(8):
        change(box, "UPDATE text_state SET documents = documents + 5, generation = generation + 1")
        with held_index(box):
            process = start_doctor(box)
            said = read_until(process, lambda line: line.startswith(b"! "))
            if number == 0:
                # Before it repairs anything, so that one is interrupted on any machine.
                process.send_signal(signal.SIGINT)
                time.sleep(1)
        time.sleep(0.06 * number)
        process.send_signal(signal.SIGINT)
        said += process.communicate(timeout=60)[0]
        # A repair that is told of was done before the signal came.
        damaged = [line.split(b":")[0][2:] for line in said.splitlines() if line.startswith(b"! ")]
        if process.returncode == 130 and damaged and damaged[-1] + b": repaired" not in said:
            interrupted += 1
            check(b"agrees" not in said, f"says {said.decode()!r}")
        check(box.json("status", "--json") is not None, "status fails")
        found = box.json("tool", "search-notes", "plover", "--page-size", "1")
        check(found["total"] == MANY, f"after Ctrl+C {found['total']} of {MANY} notes are found")
    check(interrupted > 0, "no repair was interrupted")
    box.run("doctor")
    box.run("doctor", "--check")


def check_killed(binary, folder):
    """What a doctor that was killed left behind goes with the next one, and is not in the history."""
    box = new_box(binary, folder)
    temporary = folder / "tmp"
    temporary.mkdir()
    box.environment["TMPDIR"] = str(temporary)
    with held_index(box):
        process = start_doctor(box)
        wait_until(lambda: len(projects_of(box)) > 2, "the doctor makes a project")
        process.kill()
        process.communicate(timeout=60)
    check(len(projects_of(box)) > 2, "no project was left by a doctor that was killed")
    for lines in range(1, 12):
        process = start_doctor(box)
        for _ in range(lines):
            process.stdout.readline()
        process.kill()
        process.communicate(timeout=60)
    box.run("doctor")
    check(projects_of(box) == ["other", PROJECT], f"projects afterwards: {projects_of(box)}")
    stay = [path for path in temporary.glob("*/*")]
    check(not stay, f"left behind: {stay}")


def check_unusable(binary, folder):
    """Files that no index can hold are in the report, and are not among those that the index agrees with."""
    box = new_box(binary, folder)
    (box.project / "latin.md").write_bytes(b"caf\xe9")
    report = box.json("doctor", "--json")
    entry = report["projects"][0]
    check(report["healthy"] and entry["differences"] == [], f"says {report}")
    check([each["path"] for each in entry["unusable"]] == ["latin.md"], f"says {entry}")
    check("UTF-8" in entry["unusable"][0]["reason"], f"says {entry}")
    check(entry["unreadable_folders"] == [], f"says {entry}")
    check(report["projects"][1]["unusable"] == [], f"says {report}")
    said = box.run("doctor").stdout
    check(f"OK {PROJECT}: the index agrees with 2 files, and 1 cannot be indexed" in said, f"says {said!r}")


def check_failure(binary, folder):
    """A round trip that cannot work says why."""
    box = new_box(binary, folder)
    box.environment["TMPDIR"] = str(folder / "nowhere")
    done = box.run("doctor", expect=1)
    check(done.stderr.startswith("Doctor failed: "), f"says {done.stderr!r}")
    check_sentence(done.stderr, "a round trip without a temporary folder")
    (box.data / "config.json").write_text("{ broken")
    done = box.run("doctor", expect=1)
    check(done.stderr.startswith("Doctor failed: ") and "config" in done.stderr, f"says {done.stderr!r}")


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--binary", required=True)
    options.add_argument("--library", help="not used: so that all tests here take the same words")
    chosen = options.parse_args()
    signal.alarm(LIMIT_SECONDS)
    failed = 0
    cases = [("healthy", check_healthy), ("interruption", check_interruption), ("failure", check_failure),
             ("interrupted repair", check_interrupted_repair), ("killed", check_killed), ("unusable", check_unusable)]
    cases += [(kind, lambda binary, folder, kind=kind: check_difference(binary, folder, kind)) for kind in DIFFERENCES]
    with TemporaryFolder("bm-doctor-") as folder:
        for name, check_it in cases:
            try:
                check_it(chosen.binary, folder / name)
                print(f"{name}: ok", flush=True)
            except Failure as failure:
                failed += 1
                print(f"FAIL {name}: {failure}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
