#!/usr/bin/env python3
"""An index that is cut off, overwritten, of another version, a folder or gone, at rest and under a running server.

    damaged_index.py --binary build/release/cli/bm [--only TEXT]

Each case: answers are right or one sentence with a way out, no note is lost or changed, and afterwards the index is what
a new one would be, by itself or with `bm doctor`.
"""

import contextlib
import os
import sqlite3
import sys
import time

from fault_script import (PROJECT, Failure, Sandbox, Skipped, check, check_search, check_sentence, put_notes, run_cases,
                          search, wait_until_index_is_right, write)


def overwrite(path, at, size):
    with open(path, "r+b") as file:
        file.seek(at)
        file.write(os.urandom(size))


DAMAGES = {
    "empty": lambda data: os.truncate(data / "index.db", 0),
    "10 bytes": lambda data: os.truncate(data / "index.db", 10),
    "100 bytes": lambda data: os.truncate(data / "index.db", 100),
    "one page": lambda data: os.truncate(data / "index.db", 4096),
    "a page and a half": lambda data: os.truncate(data / "index.db", 6000),
    "half": lambda data: os.truncate(data / "index.db", (data / "index.db").stat().st_size // 2 // 4096 * 4096),
    "without its last page": lambda data: os.truncate(data / "index.db", (data / "index.db").stat().st_size - 4096),
    "garbage in the header": lambda data: overwrite(data / "index.db", 0, 100),
    "garbage in the first page": lambda data: overwrite(data / "index.db", 100, 3000),
    "garbage in the middle": lambda data: overwrite(data / "index.db", 4096 * 12, 4096 * 3),
    "garbage everywhere": lambda data: overwrite(data / "index.db", 0, (data / "index.db").stat().st_size),
    "garbage in the log": lambda data: (data / "index.db-wal").write_bytes(os.urandom(50_000)),
    "a newer schema": lambda data: set_version(data, "user_version = 99"),
    "another program's database": lambda data: set_version(data, "application_id = 7"),
    "a folder": lambda data: replace_by_folder(data),
    "a text": lambda data: (data / "index.db").write_text("this is no database\n" * 500),
    "gone": lambda data: (data / "index.db").unlink(),
    "not permitted": lambda data: forbid(data),
}


def set_version(data, pragma):
    connection = sqlite3.connect(data / "index.db")
    connection.execute(f"PRAGMA {pragma}")
    connection.commit()
    connection.close()


def replace_by_folder(data):
    for name in ("index.db", "index.db-wal", "index.db-shm"):
        (data / name).unlink(missing_ok=True)
    (data / "index.db").mkdir()
    (data / "index.db" / "file").write_text("x")


def forbid(data):
    if os.geteuid() == 0:
        raise Skipped("root may read what nobody may")
    os.chmod(data / "index.db", 0)


NAMES_DOCTOR = "bm doctor"
NOTES = 150
FIRST_OF_ITS_OWN = 15  # from here on no word is the beginning of another


def come_right(box, folder, what, told, server):
    """The index heals by itself, or by the command that an answer has named."""
    with contextlib.suppress(Failure):
        return wait_until_index_is_right(box, folder, what, 8)
    # SQLite looks at a page only when somebody needs it: now every note is searched for.
    told += [check_search(server, f"word{number}", [place_of(number)], what) for number in range(FIRST_OF_ITS_OWN, NOTES)]
    try:
        return wait_until_index_is_right(box, folder, what, 8)
    except Failure as failure:
        # Where every answer was right, nobody has met the damage, and nothing had to be named.
        if any(told) and not any(NAMES_DOCTOR in text for text in told):
            raise Failure(f"{failure}; and no answer has named a command: {told}") from failure
    done = box.run("doctor")
    check("repaired" in done.stdout or "made anew" in done.stdout, f"{what}: doctor did nothing: {done.stdout}")
    wait_until_index_is_right(box, folder, what + ", after doctor", 30)


def check_damage(chosen, folder, name, uses_doctor):
    """A damaged index is found while a server runs on it, or by the next command, and made anew."""
    what = f"index: {name}" + (", doctor" if uses_doctor else "")
    box = Sandbox(chosen.binary, folder, (PROJECT,))
    put_notes(box, NOTES)
    box.run("sync")
    with sqlite3.connect(box.data / "index.db") as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    before = {path: path.read_bytes() for path in box.project.rglob("*.md")}
    DAMAGES[name](box.data)
    if uses_doctor:
        done = box.run("doctor", expect=None)
        check(done.returncode == 0 and done.stdout.rstrip().endswith("Doctor checks passed."),
              f"{what}: exit {done.returncode}: {done.stdout[-500:]} {done.stderr[-500:]}")
        wait_until_index_is_right(box, folder, what, 1)
        check(box.run("doctor", "--check").returncode == 0, what)
    else:
        with box.serve() as server:
            told = []
            for number in range(3):
                answer = write(server, f"New {number}")
                if answer.is_error:
                    told.append(answer.text)
                    check_sentence(answer.text, what)
                    again = write(server, f"New {number}")
                    check(not again.is_error, f"{what}: fails twice: {again.text[:300]}")
                wanted = FIRST_OF_ITS_OWN + number
                told.append(check_search(server, f"word{wanted}", [place_of(wanted)], what))
            come_right(box, folder, what, told, server)
            check_search_afterwards(server, what, "word77", place_of(77))
            check(server.close() == 0, f"{what}: the server ends with 0")
    check({path: path.read_bytes() for path in before} == before, f"{what}: notes were changed")


def place_of(number):
    """Where put_notes() puts a note."""
    return f"f{number % 5}/Note {number}.md"


def check_search_afterwards(server, what, word, path):
    result = search(server, word).structured["result"]
    check(result["total_is_exact"] and path in [row["file_path"] for row in result["results"]],
          f"{what}: searching {word} afterwards: {result}")


def check_damage_under_server(chosen, folder, name):
    """The same to a server that has the index open."""
    what = f"index under a server: {name}"
    box = Sandbox(chosen.binary, folder, (PROJECT,))
    put_notes(box, NOTES)
    with box.serve() as server:
        wait_until_index_is_right(box, folder, what)
        DAMAGES[name](box.data)
        told = []
        for number in range(6):
            answer = write(server, f"New {number}", content=f"fresh{number} body ends")
            if answer.is_error:
                told.append(answer.text)
                check_sentence(answer.text, what)
            else:
                check((box.project / "notes" / f"New {number}.md").exists(), f"{what}: an answered note is not there")
            wanted = FIRST_OF_ITS_OWN + number
            told.append(check_search(server, f"word{wanted}", [place_of(wanted)], what))
            time.sleep(0.1)
        check(server.process.poll() is None, f"{what}: the server is gone: {server.log_tail()}")
        come_right(box, folder, what, told, server)
        answer = write(server, "Last", content="last body ends")
        check(not answer.is_error, f"{what}: writing afterwards: {answer.text[:300]}")
        check_search_afterwards(server, what, "last", "notes/Last.md")
        server.close()


def cases(chosen):
    for name in DAMAGES:
        for doctor in (False, True):
            yield (f"index: {name}" + (", doctor" if doctor else ""),
                   lambda options, folder, name=name, doctor=doctor: check_damage(options, folder, name, doctor))
        yield (f"index under a server: {name}",
               lambda options, folder, name=name: check_damage_under_server(options, folder, name))


if __name__ == "__main__":
    sys.exit(run_cases(__doc__, cases))
