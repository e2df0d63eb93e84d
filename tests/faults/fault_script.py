"""What the tests of this folder share: faults that begin and end while a program runs, and a look into the index.

`Faults` writes the file that failing_calls.cpp keeps mapped. `Fault` is one rule of it.
"""

import argparse
import errno
import mmap
import pathlib
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from bm_process import SKIPPED, Failure, Sandbox, TemporaryFolder, check  # noqa: E402, F401

FILE_BYTES = 8192
PROJECT = "test-project"
NOTES = 40
LIMIT_SECONDS = 900
PATIENCE_SECONDS = 60


class Fault:
    """Calls of one kind on paths that contain `path` fail with `error`, after `skip` that pass, `times` times."""

    def __init__(self, call, error=0, path="", skip=0, times=0, keep=-1):
        self.call, self.error, self.path, self.skip, self.times, self.keep = call, error, path, skip, times, keep

    def line(self):
        return f"{self.call} {self.error} {self.skip} {self.times} {self.keep} {self.path}\n"

    def __str__(self):
        name = errno.errorcode.get(self.error, "short" if self.keep >= 0 else "no error")
        where = f" of {self.path}" if self.path else ""
        return f"{self.call}{where}: {name}" + (f" after {self.skip}" if self.skip else "")


def sanitizer_of(binary):
    """The library of the address sanitizer, in a list, if the binary has it."""
    listed = subprocess.run(["ldd", binary], check=True, timeout=30, stdout=subprocess.PIPE).stdout.decode()
    return [line.split("=>")[1].split()[0] for line in listed.splitlines() if "libasan" in line]


class Faults:
    """The script of one or more programs: begin() and end() take effect at their next call."""

    def __init__(self, library, folder):
        self.file = pathlib.Path(folder) / "faults"
        self.file.write_bytes(bytes(FILE_BYTES))
        self.library = str(pathlib.Path(library).resolve())
        with open(self.file, "r+b") as opened:
            self.map = mmap.mmap(opened.fileno(), FILE_BYTES)
        self.generation = 0

    def variables(self, binary):
        """The environment that a program needs. The runtime of the address sanitizer wants to be the first library."""
        libraries = [*sanitizer_of(binary), self.library]
        return {"LD_PRELOAD": ":".join(libraries), "BM_FAULTS_FILE": str(self.file)}

    def begin(self, *faults):
        text = "".join(fault.line() for fault in faults).encode()
        check(len(text) < FILE_BYTES - 16, "too many faults at once")
        self.map[16:16 + len(text) + 1] = text + b"\0"
        self.map[8:16] = struct.pack("<Q", 0)
        self.generation += 1
        self.map[0:8] = struct.pack("<Q", self.generation)

    def end(self):
        """How many calls were made to fail since begin()."""
        failed = self.failed()
        self.begin()
        return failed

    def failed(self):
        return struct.unpack("<Q", self.map[8:16])[0]


def wait_until(condition, what, seconds=PATIENCE_SECONDS):
    """Waits for something that comes soon on any machine."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.02)
    raise Failure(f"after {seconds} s still not true: {what}")


ROWS = {
    "entity": "SELECT p.name, e.path, e.title, e.type, e.permalink, hex(e.checksum), e.size, e.mtime_ns, e.observations,"
              " e.relations, e.excerpt, e.metadata FROM entity e JOIN project p ON p.id = e.project_id",
    "observation": "SELECT e.path, o.category, o.content, o.context, o.tags FROM observation o"
                   " JOIN entity e ON e.id = o.entity_id",
    "relation": "SELECT e.path, r.type, r.to_name, t.path, r.context FROM relation r JOIN entity e ON e.id = r.from_id"
                " LEFT JOIN entity t ON t.id = r.to_id",
    "text": "SELECT p.name, s.documents, s.tokens FROM text_state s JOIN project p ON p.id = s.project_id"
            " WHERE s.documents > 0",
    "failed": "SELECT path FROM failed_file",
}


def rows_of(database):
    """What an index says, without what differs from one to the next (ids, times of the rows)."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=20)
    try:
        return {name: sorted(connection.execute(query).fetchall(), key=repr) for name, query in ROWS.items()}
    finally:
        connection.close()


def fresh_rows(box, folder):
    """What a new index of the same files says."""
    data = pathlib.Path(folder) / "fresh"
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir()
    for name in ("config.json", ".bmignore"):
        if (box.data / name).exists():
            shutil.copy(box.data / name, data / name)
    environment = {name: value for name, value in box.environment.items() if name != "LD_PRELOAD"}
    environment["BASIC_MEMORY_CONFIG_DIR"] = str(data)
    done = subprocess.run([box.binary, "sync", "--all"], env=environment, timeout=120, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    check(done.returncode == 0, f"a fresh index fails: {done.stdout.decode()[-500:]}")
    return rows_of(data / "index.db")


def difference(is_now, should):
    """The first difference of two indexes, in one sentence; none when they are equal."""
    for name, rows in should.items():
        if is_now[name] == rows:
            continue
        more = [row for row in is_now[name] if row not in rows]
        less = [row for row in rows if row not in is_now[name]]
        return f"{name}: has {more[:2]} and lacks {less[:2]}"
    return None


def wait_until_index_is_right(box, folder, what, seconds=PATIENCE_SECONDS):
    """The index comes to say what a fresh one says, without anybody's help."""
    should = fresh_rows(box, folder)
    last = "never looked"

    def is_right():
        nonlocal last
        try:
            last = difference(rows_of(box.data / "index.db"), should)
        except sqlite3.Error as problem:
            last = str(problem)
        return last is None

    try:
        wait_until(is_right, "", seconds)
    except Failure:
        raise Failure(f"{what}: after {seconds} s the index is not that of the files: {last}") from None


def stray_files(*folders):
    """Files that somebody began and never finished. What is being written at the moment is gone a second later."""
    found = [path for folder in folders for path in pathlib.Path(folder).rglob(".bm-*.tmp")]
    if found:
        time.sleep(1)
    return [path for path in found if path.exists()]


WAYS_OUT = ("try again", "free some space", "make it", "make them", "run `bm", "check the disk", "close", "mount",
            "set basic_memory", "raise", "restart")


def check_sentence(text, what):
    """One clear sentence or two: no error of the program itself, and a way out."""
    check(text and len(text) < 700, f"{what}: the answer has {len(text)} bytes: {text[:300]!r}")
    for word in ("Internal error", "terminate called", "std::", "basic_string", "what():", "errno", "SQLITE_",
                 "query:", "prepare `", "run `BEGIN", "run `COMMIT"):
        check(word not in text, f"{what}: no sentence for a person: {text!r}")
    check(any(way in text.lower() for way in WAYS_OUT), f"{what}: names no way out: {text!r}")


class Skipped(Exception):
    """Why a case cannot be tried here."""


def put_notes(box, count=NOTES):
    for number in range(count):
        path = box.project / f"f{number % 5}" / f"Note {number}.md"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"# Note {number}\n\nword{number} [[Note {number + 1}]]\n\n- [fact] {number} #real\n")


def write(server, title, folder="notes", content="body ends"):
    return server.call("write_note", {"project": PROJECT, "title": title, "folder": folder, "content": content},
                       timeout=150)


def search(server, word):
    return server.call("search_notes", {"project": PROJECT, "query": word})


def finds(server, word):
    answer = search(server, word)
    return not answer.is_error and bool(answer.structured["result"]["results"])


def check_search(server, word, paths, what):
    """A search under trouble is right, or a sentence with a way out, or says itself that its total is not exact and why.
    Its text, when it was a sentence."""
    answer = search(server, word)
    if answer.is_error:
        check_sentence(answer.text, what)
        return answer.text
    result = answer.structured["result"]
    found = sorted(row["file_path"] for row in result["results"] if row["type"] == "entity")
    if result["total_is_exact"]:
        check(found == sorted(paths), f"{what}: searching {word} finds {found} and not {paths}, and calls that exact")
        check("notice" not in result, f"{what}: an exact answer excuses itself: {result}")
    else:
        check(set(found) <= set(paths), f"{what}: searching {word} finds {found} and not {paths}")
        check("still being built" in result.get("notice", ""), f"{what}: why is the total not exact? {result}")
    return ""


def run_cases(description, cases):
    """The main program of a script that is a list of cases. `cases(options)` gives names and functions."""
    options = argparse.ArgumentParser(description=description.splitlines()[0])
    options.add_argument("--binary", required=True)
    options.add_argument("--library", help="libfailing_calls.so, for the cases with a clock")
    options.add_argument("--only", default="", metavar="TEXT", help="only those whose name has this text")
    options.add_argument("--without", metavar="TEXT", help="not those whose name has this text")
    chosen = options.parse_args()
    signal.alarm(LIMIT_SECONDS)
    failed, passed, skipped = 0, 0, 0
    with TemporaryFolder("bm-real-faults-") as folder:
        for number, (name, check_it) in enumerate(cases(chosen)):
            if chosen.only not in name or (chosen.without and chosen.without in name):
                continue
            started = time.monotonic()
            try:
                check_it(chosen, folder / str(number))
                passed += 1
                outcome = "ok"
            except Skipped as why:
                skipped += 1
                outcome = f"SKIPPED: {why}"
            except (Failure, OSError, sqlite3.Error) as failure:
                failed += 1
                outcome = f"FAIL {failure}"
            print(f"{time.monotonic() - started:5.1f} s  {name}: {outcome}", flush=True)
    if failed + passed + skipped == 0:
        print("FAIL no case has such a name")
        return 1
    # What looked at nothing must not be taken for a success.
    return 1 if failed else 0 if passed else SKIPPED
