#!/usr/bin/env python3
"""Imports small exports with the real binary and compares what it says and writes with golden files.

    import_commands.py --binary build/asan/cli/bm [--only NAME]

UPDATE_GOLDEN=1 writes the golden files anew and fails the run.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
from bm_process import Failure, Sandbox, TemporaryFolder, check  # noqa: E402

# Rules spelled out, so that no zone database is needed: one hour ahead.
ZONE = {"TZ": "CET-1"}
COMMANDS = {
    "chatgpt": ["chatgpt"],
    "claude_conversations": ["claude", "conversations"],
    "claude_projects": ["claude", "projects"],
    "memory": ["memory-json"],
}
CONVERSATION = '{"title":"%s","create_time":1706700000,"mapping":{}}'


def tree(box):
    """Every file of the project with its text."""
    files = sorted(path for path in box.project.rglob("*") if path.is_file())
    return {str(path.relative_to(box.project)): path.read_bytes() for path in files}


def put(box, name, text):
    file = box.scratch / name
    file.write_text(text, encoding="utf-8")
    return str(file)


def readable(box, text):
    return text.replace(str(box.project), "$PROJECT").replace(str(HERE), "$HERE").replace(str(box.scratch), "$SCRATCH")


def compare(name, text):
    golden = HERE / "golden" / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(text, encoding="utf-8")
        raise Failure(f"{golden.name} was written anew")
    wanted = golden.read_text(encoding="utf-8")
    check(text == wanted, f"differs from {golden}:\n{text}")


def golden_import(name):
    def run(box):
        words = ["import", *COMMANDS[name], str(HERE / "data" / f"{name}.json")]
        dry = box.run(*words, "--dry-run")
        check(not tree(box), "a dry run wrote files")
        done = box.run(*words)
        text = f"$ dry run\n{dry.stdout}{dry.stderr}\n$ import\n{done.stdout}{done.stderr}"
        first = tree(box)
        for path, data in first.items():
            text += f"\n==> {path}\n{data.decode()}\n"
        times = {path: path.stat().st_mtime_ns for path in box.project.rglob("*")}
        again = box.run(*words)
        text += f"\n$ once more\n{again.stdout}{again.stderr}"
        check(tree(box) == first, "a second import changed files")
        check(times == {path: path.stat().st_mtime_ns for path in box.project.rglob("*")},
              "a second import wrote files again")
        check(not box.pending(), f"what was imported is not indexed: {box.pending()}")
        value = box.json(*words, "--json", "--dry-run")
        check(value["success"] and value["created"] == 0 and value["unchanged"] == len(first), str(value))
        compare(name, readable(box, text))
    return run


def found_by_search(box):
    box.run("import", "chatgpt", str(HERE / "data/chatgpt.json"), "--folder", "old/chats/")
    found = box.run("tool", "search-notes", "flour").stdout
    check("Bread" in found, f"not found: {found}")
    check(all(path.startswith("old/chats/") for path in tree(box)), str(tree(box).keys()))
    box.run("import", "memory-json", str(HERE / "data/memory.json"))
    check("person/Ada.md" in tree(box), str(tree(box).keys()))
    check("Bob" in box.run("tool", "build-context", "memory://person/ada").stdout, "the relation is not followed")


def edits_are_kept(box):
    file = put(box, "c.json", f"[{CONVERSATION % 'Mine'}]")
    box.run("import", "chatgpt", file)
    note = box.project / "conversations/20240131-Mine.md"
    imported = note.read_bytes()
    note.write_bytes(imported + b"\nmy own words\n")
    box.run("sync")
    done = box.run("import", "chatgpt", file)
    check("Replaced conversations/20240131-Mine.md" in done.stdout and "1 replaced" in done.stdout, done.stdout)
    check(note.read_bytes() == imported, "the note is not the imported one")
    versions = box.json("history", "conversations/20240131-Mine.md", "--json")
    check(len(versions["versions"]) >= 1, str(versions))
    # Without a history nothing is overwritten.
    config = json.loads((box.data / "config.json").read_text())
    (box.data / "config.json").write_text(json.dumps(config | {"history_enabled": False}))
    note.write_bytes(imported + b"\nmine again\n")
    done = box.run("import", "chatgpt", file)
    check("is not replaced" in done.stderr and "Skipped 1 entry" in done.stdout, done.stdout + done.stderr)
    check(note.read_bytes() == imported + b"\nmine again\n", "an edit was lost")


def others_stay(box):
    """What only has the name of a conversation is another note."""
    def chats(*minutes):
        return "[" + ",".join('{"title":"New chat","create_time":%d,"mapping":{}}' % (1706700000 + 60 * minute)
                              for minute in minutes) + "]"

    first = put(box, "first.json", chats(1, 2))
    claude = put(box, "claude.json", json.dumps([{"uuid": "u", "name": "New chat", "created_at": "2024-01-31T08:00:00Z",
                                                  "updated_at": "2024-01-31T08:00:00Z", "chat_messages": []}]))
    own = box.project / "conversations/20240131-New_chat.md"
    own.parent.mkdir()
    own.write_bytes(b"my own note of that name\n")
    box.run("import", "chatgpt", first)
    box.run("import", "claude", "conversations", claude)
    before = tree(box)
    check(sorted(before) == [f"conversations/20240131-New_chat{end}.md" for end in ("-1", "-2", "-3", "")], str(before))
    check(before["conversations/20240131-New_chat.md"] == b"my own note of that name\n", "the user's note was replaced")
    for words in (["chatgpt", first], ["claude", "conversations", claude], ["chatgpt", first]):
        done = box.run("import", *words)
        check("0 new, 0 replaced" in done.stdout and tree(box) == before, done.stdout)
    # A newer export, in another order and with one more in front.
    value = box.json("import", "chatgpt", put(box, "newer.json", chats(3, 2, 1)), "--json")
    check(value["files"] == [{"path": "conversations/20240131-New_chat-4.md", "action": "created"}], str(value))
    check({path: text for path, text in tree(box).items() if not path.endswith("-4.md")} == before, "names were shifted")


def known_in_other_zones(box):
    """When a conversation began is written by the local clock; another clock makes it no other one."""
    def chats(*begun):
        return "[" + ",".join(json.dumps({
            "title": "New chat", "create_time": at, "mapping": {
                "a": {"children": ["b"], "message": {"author": {"role": "user"}, "content": {
                    "content_type": "text", "parts": ["The question of every day"]}}},
                "b": {"parent": "a", "message": {"author": {"role": "assistant"}, "content": {
                    "content_type": "text", "parts": [f"The answer of {at}"]}}}}})
            for at in begun) + "]"

    # The second began before midnight here, and a quarter of an hour after another one.
    evening, noon = 1706741100, 1706700000
    file = put(box, "c.json", chats(noon, evening, evening - 900))
    box.run("import", "chatgpt", file)
    before = tree(box)
    check(len(before) == 3, str(before.keys()))
    for zone in ("EST5", "<+14>-14", "UTC", "CET-1"):
        box.environment["TZ"] = zone
        done = box.run("import", "chatgpt", file)
        check("0 new" in done.stdout and tree(box).keys() == before.keys(), f"{zone}: {done.stdout} {tree(box).keys()}")
    check(tree(box) == before, "back home they are not as they were")
    # An editor that writes times its own way, and one name that is free again.
    for path in list(before):
        note = box.project / path
        note.write_text(note.read_text().replace("'", "").replace(" 12:", "T12:"))
    os.remove(box.project / "conversations/20240131-New_chat.md")
    done = box.run("import", "chatgpt", file)
    check("1 new" in done.stdout and tree(box) == before, f"{done.stdout} {tree(box).keys()}")
    # Of the same minute, and another one all the same.
    other = put(box, "other.json", chats(noon + 3600))
    check("1 new" in box.run("import", "chatgpt", other).stdout, "another conversation took the place of one")


def cut_off(box):
    file = put(box, "c.json", f"[{CONVERSATION % 'One'}, {CONVERSATION % 'Two'}, {{\"title\": \"Thr")
    done = box.run("import", "chatgpt", file, expect=1)
    check("Import ended early" in done.stdout and "Imported 2 conversations" in done.stdout, done.stdout)
    check(done.stderr.startswith("Error during import: the file ends in the middle at byte ")
          and "What came before it was imported." in done.stderr, done.stderr)
    check(len(tree(box)) == 2, str(tree(box).keys()))
    value = json.loads(box.run("import", "chatgpt", file, "--json", expect=1).stdout)
    check(value["success"] is False and value["unchanged"] == 2 and "ends in the middle" in value["error_message"],
          str(value))


def errors(box):
    text = ""
    good = put(box, "good.json", "[]")
    other = put(box, "other.json", "{}")
    for words in (["chatgpt", str(box.scratch / "none.json")], ["chatgpt"], ["claude", "conversations"],
                  ["claude", "projects"], ["memory-json"], ["chatgpt", str(box.scratch)], ["chatgpt", other],
                  ["chatgpt", good, "--folder", "../out"], ["chatgpt", good, "--folder", "/etc"],
                  ["chatgpt", good, "--project", "nobody"], ["memory-json", other]):
        done = box.run("import", *words, expect=0 if words == ["memory-json", other] else 1)
        text += f"$ import {' '.join(words)}\n{done.stdout}{done.stderr}"
    for words in ([], ["claude"], ["chatgpt", "a", "b"], ["claude", "projects", "--folder", "x"], ["nonsense"]):
        done = box.run("import", *words, expect=2)
        text += f"$ import {' '.join(words)}\n{done.stdout}{done.stderr}"
    archive = put(box, "export.zip", "PK\x03\x04and so on")
    large = put(box, "large.json", '[{"title":"The \\"long\\" one","mapping":{"a":"' + "x" * 13_000_000 + '"}}]')
    for words, expect in ((["chatgpt", archive], 1), (["claude", "projects", archive], 1), (["chatgpt", large], 0)):
        done = box.run("import", *words, expect=expect)
        text += f"$ import {' '.join(words)}\n{done.stdout}{done.stderr}"
    done = box.run("import", "chatgpt", good, "--cloud", expect=1)
    text += f"$ import chatgpt --cloud\n{done.stdout}{done.stderr}"
    check(not tree(box), str(tree(box).keys()))
    compare("errors", readable(box, text))


def helps(box):
    text = ""
    for words in ([], ["chatgpt"], ["claude"], ["claude", "conversations"], ["claude", "projects"], ["memory-json"]):
        text += box.run("import", *words, "--help").stdout
    compare("help", text)


def left_out_and_linked(box):
    """Nothing is written where the ignore rules or a link lead elsewhere."""
    (box.project / ".gitignore").write_text("private/\n")
    outside = box.scratch / "outside"
    outside.mkdir()
    (box.project / "linked").symlink_to(outside)
    file = put(box, "c.json", f"[{CONVERSATION % 'One'}]")
    for folder in ("private", "linked"):
        done = box.run("import", "chatgpt", file, "--folder", folder)
        check("Skipped 'One': " in done.stderr and "Imported 0 conversations" in done.stdout, done.stdout + done.stderr)
    check(not list(outside.iterdir()), "the import left the project")
    check(list(tree(box)) == [".gitignore"], str(tree(box).keys()))


def from_a_pipe(box):
    done = box.run("import", "chatgpt", "/dev/stdin", text=f"[{CONVERSATION % 'Piped'}]")
    check("Imported 1 conversations" in done.stdout, done.stdout)
    done = box.run("import", "memory-json", "/dev/stdin", text="{}", expect=1)
    check("needs a file and not a pipe" in done.stderr, done.stderr)


def memory_stays(box):
    """A large export takes no more memory than a small one, but for one entry."""
    words = "word " * 2000
    many = put(box, "many.json", "[" + ",".join(
        json.dumps({"title": f"T{i}", "create_time": 1706700000,
                    "mapping": {"a": {"message": {"author": {"role": "user"}, "content": {
                        "content_type": "text", "parts": [words]}}}}}) for i in range(4000)) + "]")
    few = put(box, "few.json", "[" + CONVERSATION % "x" + "]")
    peaks = []
    for file in (few, many):
        script = ("import resource, subprocess, sys\n"
                  "code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode\n"
                  "print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)")
        done = subprocess.run([sys.executable, "-c", script, box.binary, "import", "chatgpt", file, "--dry-run"],
                              env=box.environment, capture_output=True, text=True, timeout=200, check=True)
        code, peak = done.stdout.split()
        check(code == "0", done.stderr)
        peaks.append(int(peak) // 1024)
    # Sanitizers keep what is freed for a while.
    sanitized = b"__asan_init" in pathlib.Path(box.binary).read_bytes()
    check(peaks[1] - peaks[0] < (300 if sanitized else 20), f"peaks in MB: {peaks}")


SCENARIOS = {**{name: golden_import(name) for name in COMMANDS},
             "found_by_search": found_by_search, "edits_are_kept": edits_are_kept, "others_stay": others_stay,
             "known_in_other_zones": known_in_other_zones,
             "cut_off": cut_off, "errors": errors, "help": helps, "left_out_and_linked": left_out_and_linked,
             "from_a_pipe": from_a_pipe, "memory_stays": memory_stays}


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--binary", required=True)
    options.add_argument("--only")
    chosen = options.parse_args()
    failed = 0
    for name, scenario in SCENARIOS.items():
        if chosen.only not in (None, name):
            continue
        with TemporaryFolder("bm-import-") as root:
            try:
                scenario(Sandbox(chosen.binary, root, variables=ZONE))
                print(f"ok   {name}")
            except Failure as failure:
                failed += 1
                print(f"FAIL {name}: {failure}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
