#!/usr/bin/env python3
"""Works in a vault that is another program's, and looks at every byte of it afterwards.

    leave_a_vault_alone.py --binary build/release/cli/bm

A project that is added with --read-only is indexed, searched, watched and read, and whatever would change it is refused
with one sentence. Without that, and with disable_permalinks, nothing but what was asked for is written.
"""

import argparse
import hashlib
import json
import os
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from bm_process import Failure, Sandbox, TemporaryFolder, check  # noqa: E402

NOTES = {
    "Daily/2024-01-31.md": b"Met [[Ada]] about #bread.\r\n- [ ] buy flour\r\n",
    "Ada.md": b"---\naliases: [A]\ntags:\n  - person\n---\n# Ada Lovelace\n- [role] Baker #bread\n- knows [[Bob]]\n",
    "Bob.md": b"\xef\xbb\xbfno line end",
    "broken.md": b"---\nx: [1\n---\nbody\n",
    "empty.md": b"",
    ".obsidian/app.json": b"{}",
    "pic.png": b"\x89PNG\r\n\x1a\n",
    "board.canvas": b"{}",
}
REFUSAL = "Project 'vault' is read-only"


def make_vault(folder):
    for name, data in NOTES.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        os.utime(file, (1700000000, 1700000000))


def state(folder):
    seen = {}
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        seen[str(path.relative_to(folder))] = (status.st_mode, status.st_size, status.st_mtime_ns, content)
    return seen


def refused(done, what):
    text = done.stdout + done.stderr
    check(REFUSAL in text and "--read-only=false" in text, f"{what}: {text}")
    check(text.count(REFUSAL) == 1, f"{what} says it more than once: {text}")


def read_only(box):
    vault = box.scratch / "vault"
    make_vault(vault)
    before = state(vault)
    added = box.run("project", "add", "vault", str(vault), "--read-only")
    check("It is read-only" in added.stdout, added.stdout)
    there = ["--project", "vault"]
    box.run("sync", *there)
    check("Ada" in box.run("tool", "search-notes", "Baker", *there).stdout, "not found")
    check("Baker" in box.run("tool", "read-note", "Ada", *there).stdout, "not read")
    box.run("tool", "build-context", "memory://ada", *there)
    box.run("reindex", *there)
    box.run("doctor", *there, expect=None)
    check(state(vault) == before, "reading changed the vault")
    box.run("config", "set", "formatter_command", "truncate -s 0 {file}")
    content = box.scratch / "export.json"
    content.write_text('[{"title":"x","mapping":{}}]')
    for words in (["tool", "write-note", "--title", "New", "--folder", "", "--content", "x"],
                  ["tool", "write-note", "--title", "Ada", "--folder", "", "--content", "x"],
                  ["tool", "edit-note", "Ada", "--operation", "append", "--content", "x"],
                  ["tool", "move-note", "Ada", "--to", "Else/Ada.md"],
                  ["tool", "delete-note", "Ada"],
                  ["schema", "infer", "note", "--threshold", "0.01", "--save"],
                  ["format"],
                  ["import", "chatgpt", str(content)],
                  ["import", "chatgpt", str(content), "--dry-run"]):
        refused(box.run(*words, *there, expect=None), words)
    with box.serve() as server:
        for tool, arguments in (("canvas", {"nodes": [], "edges": [], "title": "c", "folder": ""}),
                                ("move_note", {"identifier": "Daily", "destination_path": "D", "is_directory": True}),
                                ("delete_note", {"identifier": "Daily", "is_directory": True})):
            answer = server.call(tool, {**arguments, "project": "vault"})
            check(REFUSAL in answer.text, f"{tool}: {answer.text}")
        for arguments in ({"project_name": "vault"}, {"project_name": "vault", "delete_notes": True}):
            answer = server.call("delete_project", arguments)
            check(REFUSAL in answer.text, f"delete_project: {answer.text}")
        # A watching server reads what the other program saves, and writes nothing.
        (vault / "Later.md").write_bytes(b"saved xylophone later")
        for _ in range(100):
            if "Later" in server.call("search_notes", {"query": "xylophone", "project": "vault"}).text:
                break
            time.sleep(0.1)
        else:
            raise Failure("the watcher did not see Later.md")
        server.close()
    (vault / "Later.md").unlink()
    after = state(vault)
    check(after == before, f"changed: {set(after.items()) ^ set(before.items())}")
    done = box.run("project", "remove", "vault", "--delete-notes", "--yes", expect=1)
    check(REFUSAL in done.stderr and state(vault) == before, done.stderr)
    listed = box.json("project", "list", "--json")["projects"]
    check([entry.get("read_only") for entry in listed] == [None, True], str(listed))
    check("(read-only)" in box.run("project", "list").stdout, "not shown in the list")
    lock = "projects.vault.read_only"
    check(box.run("config", "get", lock).stdout == f"{lock} = true\n", "the lock is no setting")
    box.run("config", "unset", lock)
    check(box.run("config", "get", lock).stdout == f"{lock} = false\n", "the lock stays")
    box.run("config", "set", lock, "true")
    refused(box.run("tool", "delete-note", "Ada", *there, expect=None), "locked by its setting")
    box.run("project", "add", "vault", str(vault), "--read-only=false")
    box.run("tool", "write-note", "--title", "New", "--folder", "", "--content", "x", *there)
    check((vault / "New.md").exists(), "still read-only")


def shapes_of_the_file(box):
    """The form of `projects` stays, whichever it is."""
    vault = box.scratch / "v"
    box.run("project", "add", "a.b", str(vault), "--read-only")
    config = json.loads((box.data / "config.json").read_text())
    check(config["projects"]["a.b"] == str(vault) and config["read_only_projects"] == {"a.b": True}, str(config))
    box.run("project", "remove", "a.b")
    config = json.loads((box.data / "config.json").read_text())
    check("read_only_projects" not in config, str(config))
    config["projects"] = {name: {"path": path, "mode": "local", "x": 1} for name, path in config["projects"].items()}
    (box.data / "config.json").write_text(json.dumps(config))
    box.run("project", "add", "a.b", str(vault), "--read-only")
    config = json.loads((box.data / "config.json").read_text())
    check(config["projects"]["a.b"]["read_only"] is True and "read_only_projects" not in config, str(config))
    done = box.run("tool", "write-note", "--title", "N", "--folder", "", "--content", "x", "--project", "a.b", expect=None)
    check("Project 'a.b' is read-only" in done.stdout + done.stderr, done.stdout + done.stderr)
    box.run("project", "add", "a.b", str(vault), "--read-only=false")
    config = json.loads((box.data / "config.json").read_text())
    check("read_only" not in config["projects"]["a.b"], str(config))


def only_what_was_asked(box):
    """With disable_permalinks no note gets a block or a permalink of ours."""
    config = json.loads((box.data / "config.json").read_text())
    (box.data / "config.json").write_text(json.dumps(config | {"disable_permalinks": True}))
    make_vault(box.project)
    before = state(box.project)
    box.run("sync")
    box.run("reindex")
    check(state(box.project) == before, "indexing changed the vault")
    box.run("tool", "edit-note", "Bob", "--operation", "append", "--content", "more")
    edited = (box.project / "Bob.md").read_bytes()
    check(edited.startswith(NOTES["Bob.md"]) and b"---" not in edited, str(edited))
    box.run("tool", "move-note", "Ada", "--to", "Else/Ada.md")
    check((box.project / "Else/Ada.md").read_bytes() == NOTES["Ada.md"], "a moved note was changed")
    box.run("tool", "write-note", "--title", "New", "--folder", "", "--content", "x")
    check(b"permalink" not in (box.project / "New.md").read_bytes(), "a new note got a permalink")


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--binary", required=True)
    chosen = options.parse_args()
    failed = 0
    for scenario in (read_only, shapes_of_the_file, only_what_was_asked):
        with TemporaryFolder("bm-vault-") as root:
            try:
                scenario(Sandbox(chosen.binary, root))
                print(f"ok   {scenario.__name__}")
            except Failure as failure:
                failed += 1
                print(f"FAIL {scenario.__name__}: {failure}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
