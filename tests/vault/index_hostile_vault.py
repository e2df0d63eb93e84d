#!/usr/bin/env python3
"""Indexes a hostile vault with the real binary and looks at what it did.

    index_hostile_vault.py --binary build/release/cli/bm [--notes 600] [--seed 1] [--keep]

`bm sync` must succeed, change no byte and no time of any file, name each file that it could not use and no other, and
leave nothing pending; a second run finds nothing to do; notes are found by their words and read back byte for byte.
Root can read everything, so as root the binary runs as the user nobody.
"""

import argparse
import hashlib
import os
import pathlib
import random
import resource
import shutil
import signal
import stat
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from bm_process import Failure, Sandbox, TemporaryFolder, check  # noqa: E402
from make_hostile_vault import ODD_NAMES, make_vault  # noqa: E402
from phrases import LANGUAGES  # noqa: E402

NOBODY = 65534
LIMIT_SECONDS = 1100
SEARCHES = 60


def snapshot(root):
    """Kind, mode, size, time and content of everything below the root."""
    seen = {}
    for folder, folders, files in os.walk(os.fsencode(root)):
        for name in folders + files:
            path = os.path.join(folder, name)
            status = os.lstat(path)
            content = b""
            if stat.S_ISREG(status.st_mode) and os.access(path, os.R_OK):
                with open(path, "rb") as file:
                    content = hashlib.sha256(file.read()).digest()
            elif stat.S_ISLNK(status.st_mode):
                content = os.readlink(path)
            seen[path] = (status.st_mode, status.st_size, status.st_mtime_ns, content)
    return seen


def check_unchanged(before, root):
    after = snapshot(root)
    changed = [os.fsdecode(path) for path in before if after.get(path) != before[path]]
    check(not changed, f"{len(changed)} files were changed: {changed[:5]}")
    made = [os.fsdecode(path) for path in after if path not in before]
    check(not made, f"{len(made)} files were made: {made[:5]}")


def as_nobody(box, folder):
    """Makes the sandbox run as nobody. False where that is not possible."""
    binary = folder / "bm"
    shutil.copy(box.binary, binary)
    binary.chmod(0o755)
    for place, folders, files in os.walk(os.fsencode(folder)):
        for name in [*folders, *files]:
            os.chown(os.path.join(place, name), NOBODY, NOBODY, follow_symlinks=False)
    os.chown(folder, NOBODY, NOBODY)
    identity = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    try:
        subprocess.run(["true"], check=True, timeout=10, **identity)
    except (PermissionError, subprocess.SubprocessError):
        return False
    box.binary, box.popen = str(binary), identity
    return True


def printable(path):
    """The readable part of a path, which a warning must hold whatever it does with the rest of the name."""
    return path.split(" \udcff")[0]


def check_warnings(errors, expected):
    """One line for each file that cannot be used, none for the others."""
    lines = [line for line in errors.splitlines() if line.startswith("Warning: ")]
    for path, kind in expected.items():
        named = [line for line in lines if printable(path) in line]
        if kind == "failed":
            check(named, f"no line tells that {path!r} could not be used; there are {lines[:20]}")
            check(len(named[0]) < 2000, f"the line about {path!r} is {len(named[0])} bytes long")
        elif kind in ("indexed", "ignored"):
            said = [line for line in named if line.startswith(f"Warning: {path} ")]
            check(not said, f"{path!r} should be {kind}, but: {said}")
    return len(lines)


def check_search(box, manifest, chance):
    """Notes are found by a word of their own, and something is found in every language."""
    words = {path: word for path, word in manifest["words"].items() if manifest["expected"][path] == "indexed"}
    must = [path for path in words if path.startswith(("names/", "broken/front matter/"))]
    sample = must[:: max(1, len(must) // SEARCHES)] + chance.sample(sorted(words), min(SEARCHES, len(words)))
    with box.serve() as server:
        for path in sample:
            found = server.call("search_notes", {"query": words[path], "entity_types": ["entity"]})
            check(not found.is_error, f"searching {words[path]} failed: {found.text[:300]}")
            paths = [row["file_path"] for row in found.structured["result"]["results"]]
            check(paths == [path], f"searching {words[path]} finds {paths} instead of {path!r}")
        for name, (folder, _, sentences) in LANGUAGES.items():
            word = sentences[0].split()[1 if " " in sentences[0] else 0].strip(".。")
            found = server.call("search_notes", {"query": word, "entity_types": ["entity"], "page_size": 50})
            paths = [row["file_path"] for row in found.structured["result"]["results"]]
            check(any(path.startswith(folder) for path in paths), f"{name}: searching {word} finds {paths[:5]}")
        wrong = []
        for name in ODD_NAMES:
            path = f"names/{name}.md"
            if "|" in name:  # in an identifier, what follows it is the text that a link shows
                continue
            text = server.call("read_note", {"identifier": path}).text
            if words[path] not in text:
                wrong.append(f"{path!r} gives {text[:120]!r}")
        check(not wrong, "read_note does not give the file of an exact path:\n  " + "\n  ".join(wrong))
        check(server.close() == 0, "the server did not end with 0")
    return len(sample)


def run(chosen, folder):
    vault = folder / "vault"
    box = Sandbox(chosen.binary, folder, ("vault",), {"projects": {"vault": str(vault)}, "default_project_mode": True})
    manifest = make_vault(vault, chosen.notes, chosen.seed)
    expected = manifest["expected"]
    if os.geteuid() == 0 and not as_nobody(box, folder):
        print("note: cannot become nobody here, so the files without permission are left out")
        expected.update({path: "either" for path in expected if path.startswith("odd files/") and
                         expected[path] == "failed"})
        expected["odd files/locked folder/inside.md"] = "either"
    before = snapshot(vault)

    started = time.monotonic()
    done = box.run("sync", timeout=LIMIT_SECONDS)
    seconds = time.monotonic() - started
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    check_unchanged(before, vault)
    lines = check_warnings(done.stderr, expected)
    pending = box.pending()
    check(not pending, f"still pending after a sync: {str(pending)[:1000]}")
    again = box.json("sync", "--json", timeout=LIMIT_SECONDS)
    check(again["total"] == 0, f"a second sync finds work: {str(again)[:1000]}")
    check(again["observed_files_count"] >= sum(kind == "indexed" for kind in expected.values()),
          f"only {again['observed_files_count']} files were seen")
    searches = check_search(box, manifest, random.Random(chosen.seed))
    check_unchanged(before, vault)
    print(f"{len(expected)} paths indexed in {seconds:.1f} s with at most {peak} MB; {lines} lines about files that "
          f"cannot be used; {searches} notes found by their words")


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--binary", required=True)
    options.add_argument("--notes", type=int, default=600)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--keep", action="store_true", help="leave the vault and the index behind")
    chosen = options.parse_args()
    signal.alarm(LIMIT_SECONDS)
    with TemporaryFolder("bm-vault-", chosen.keep) as folder:
        try:
            run(chosen, folder)
        except Failure as failure:
            print(f"FAIL {failure}")
            return 1
    print("PASS")
    return 0


if __name__ == "__main__":
    sys.exit(main())
