"""Projects with a folder of their own: every command of the group."""

import os
import re
import shlex
import time

from device import check, digest, put, same, same_trees, tree
from registry import rows
from trial import index_has, slack

NAMES = ("spaced name.md", "quote\"s and 'more'.md", "-dash.md", "#hash.md", "ünï.md", "semi;colon $(touch x).md", "ß" * 120 + ".md")


@rows("20-S1", "20-02", "20-03", "20-09", "20-17", "20-18", "20-19", "20-21", "20-23", "20-36", "20-41", "20-S3", "20-32",
      "20-33", "20-S4", "20-20", "20-22", "20-N5", "20-26", "20-54", "20-06", "20-07", "20-N7", "20-35", "20-Q5",
      "20-S6", "20-N4", "20-51", "20-52", "9-334", "9-T10", "15-72", "9-C12", "15-54", "X-09", "20-N2")
def one_project(t):
    user = t.user()
    proxy = t.recorder()
    a = t.device(user, address=proxy.address)
    folder = a.home / "deep" / "er" / "research"
    with t.row("20-02", "20-21", "20-03"):
        said = a.bm("project", "add", "My Research", "--local-path", "~/deep/er/research")
        said.has("bm project bisync --name", "--resync --dry-run")
        same(proxy.requests("^POST /proxy/projects/projects$")[0].json["path"], "my-research", "path in the cloud")
        check(folder.is_dir(), "nested folders are made")
        a.bm("project", "add", "temp-notes")
    with t.row("20-09", "20-23", "20-03"):
        same(a.config["cloud_projects"], {"My Research": {"local_path": str(folder), "last_sync": None,
                                                           "bisync_initialized": False}}, "settings")
    with t.row("20-21"):
        said.has("Local sync path configured: " + str(folder))
        a.bm("project", "add", "other", "--local", a.home / "other")
        same(a.config["cloud_projects"]["other"]["local_path"], str(a.home / "other"), "--local DIR")
        a.bm("project", "sync-setup", "other", "--remove")
    with t.row("20-22", "20-N5"):
        shown = a.bm("project", "list").out
        check(re.search(r"Local Path +.*Sync", shown), f"columns: {shown}")
        check("not initialised" in shown, f"state: {shown}")
        check("~/deep/er/research" in shown and "Default" not in shown and "/my-research" in shown, shown)
        same(a.bm("project", "list", COLUMNS="40").out, shown, "with a narrow terminal, piped")
    a.forget_calls()
    with t.row("20-36"):
        said = a.bm("project", "bisync", "--name", "My Research", expect=1).has("requires --resync to establish baseline")
        command = re.search(r"^Run: bm (.*)$", said.text, re.M)[1]
        a.bm(*shlex.split(command), "--dry-run")
    with t.row("20-41", "20-S3"):
        a.forget_calls()
        for word in ("bisync", "sync", "check"):
            a.bm("project", word, "--name", "temp-notes", expect=1).has(
                "Project temp-notes has no local_sync_path configured")
        same([call.words for call in a.calls() if call.verb != "version"], [], "rclone")
    put(folder / "a.md", "# A\nsycamore\n")
    put(folder / "sub" / "b.md", "# B\n")
    with t.row("20-35", "20-N7"):
        before = (digest(folder), digest(user.space), a.config)
        a.bm("project", "bisync", "--name", "My Research", "--resync", "--dry-run").has("DRY RUN MODE")
        same((digest(folder), digest(user.space), a.config), before, "after a dry run")
    with t.row("20-S1", "20-32", "20-N7"):
        a.bm("project", "bisync", "--name", "My Research", "--resync").has("✓ Initial sync baseline established")
        same_trees(folder, user.space / "my-research")
        index_has(user, "my-research", "sycamore")
        put(folder / "a.md", "# A\nsycamore and maple\n")
        said = a.bm("project", "bisync", "--name", "My Research").has("bisync completed successfully")
        same_trees(folder, user.space / "my-research")
        index_has(user, "my-research", "maple")
    with t.row("20-09", "20-N2"):
        entry = a.config["cloud_projects"]["My Research"]
        same(entry["bisync_initialized"], True, "initialised")
        check(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d.*(\+00:00|Z)$", entry["last_sync"]), entry["last_sync"])
    with t.row("20-22"):
        check("synced" in a.bm("project", "list").out, "the state after a sync")
    with t.row("20-17", "20-18", "20-19", "20-52"):
        runs = a.calls("bisync")
        for run in runs:
            same(run.words[1:3], [str(folder), f"basic-memory-cloud:{user.bucket}/my-research"], "both sides")
            same(run.value("--workdir"), str(a.state("My Research")), "--workdir")
            check("--filter-from" in run.words and "--filters-file" not in run.words, "filter flag")
        check(all("--filters-file" not in call.words for call in a.calls()), "--filters-file")
    with t.row("20-20"):
        check((a.state("My Research") / "state.json").exists(), "the state is named like the project")
    with t.row("20-33", "9-T10", "20-S4", "9-C12"):
        a.bm("project", "check", "--name", "My Research").has("files match")
        put(user.space / "my-research" / "by-hand.md", "# By hand\n")
        reply = user.ask("PUT", "/proxy/webdav/my-research/by-api.md", b"# By API\n")
        same(reply.status, 201, "a note by the API")
        a.bm("project", "check", "--name", "My Research").has("Only in cloud (2):", "by-hand.md", "by-api.md",
                                                             "bm project bisync --name")
        a.bm("project", "check", "--name", "My Research", "--exit-code", expect=1)
        with t.row("9-334", "9-T10"):
            a.bm("project", "check", "--name", "My Research", "--one-way").has("files match").lacks("by-hand.md")
        a.bm("project", "bisync", "--name", "My Research", "--verbose").has("↓ by-hand.md", "↓ by-api.md")
        same_trees(folder, user.space / "my-research")
    with t.row("20-26"):
        a.bm("project", "bisync", "--name", "My Research", "--verbose").has("Command: rclone bisync")
        a.fault('if [ "$1" = bisync ]; then set -- "$@" --bwlimit 100k; fi\n')
        put(folder / "seen.md", "# Seen\n" + "word " * 80000)
        _, shown = a.at_terminal("project", "bisync", "--name", "My Research", timeout=240)
        a.fault()
        check("Syncing" in shown, f"progress at a terminal: {shown!r}")
        with t.row("20-26"):
            check("ETA" in shown or "B/s" in shown, f"speed and time: {shown!r}")
    with t.row("15-72", "9-C12"):
        file = user.space / "my-research" / "by-hand.md"
        moment = file.stat().st_mtime_ns
        file.write_text("# By hanD\n")
        os.utime(file, ns=(moment, moment))
        put(folder / "drift.md", "# Drift\n")
        (user.space / "my-research" / "by-api.md").unlink()
        a.bm("project", "check", "--name", "My Research").has("Different (1):", "by-hand.md", "Only local (2):",
                                                             "drift.md", "by-api.md")
        file.write_text("# By hand\n")
        os.utime(file, ns=(moment, moment))
        put(user.space / "my-research" / "by-api.md", "# By API\n")
        a.bm("project", "bisync", "--name", "My Research")
    with t.row("20-06"):
        said = a.bm("project", "ls", "--name", "My Research").has("Files in My Research:")
        listed = sorted(line.split(None, 1)[1] for line in said.out.splitlines() if line.startswith("  "))
        same(listed, sorted(tree(user.space / "my-research")), "names")
        a.bm("project", "ls", "--name", "My Research", "sub").has("b.md").lacks("by-hand.md")
        a.bm("project", "ls", "--name", "My Research", "nowhere").has("No files found in My Research/nowhere")
    with t.row("20-07"):
        a.bm("project", "copy", "--name", "My Research", "sub/b.md", "sub/c.md", "--dry-run").has("DRY RUN")
        check(not (user.space / "my-research" / "sub" / "c.md").exists(), "a dry run copies nothing")
        a.bm("project", "copy", "--name", "My Research", "sub/b.md", "sub/c.md")
        same((user.space / "my-research" / "sub" / "c.md").read_text(), "# B\n", "the copy")
        for wrong in ("../x.md", "/etc/x.md", "sub/../../x.md"):
            a.bm("project", "copy", "--name", "My Research", "sub/b.md", wrong, expect=1)
            a.bm("project", "copy", "--name", "My Research", wrong, "sub/d.md", expect=1)
        check(not (user.space / "x.md").exists(), "nothing outside")
        a.bm("project", "bisync", "--name", "My Research")
    with t.row("20-54", "20-51"):
        put(folder / "phantom" / "p.md", "# P\n")
        proxy.forget()
        a.bm("project", "bisync", "--name", "My Research")
        same(proxy.requests("^POST /proxy/projects/projects$"), [], "projects made by a project command")
        check("phantom" not in user.projects(), "a folder stays a folder")
        check(not a.space.exists(), "no space is made")
    with t.row("20-N7"):
        for words in (("--dry-run",), (), ("--dry-run",), ("--resync", "--dry-run"), ()):
            put(folder / "mixed.md", f"# {words} {time.time()}\n")
            a.bm("project", "bisync", "--name", "My Research", *words)
        same_trees(folder, user.space / "my-research")
    with t.row("15-54"):
        put(folder / "named.md", "# Named\n")
        a.bm("sync", "--project", "My Research")
        check((user.space / "my-research" / "named.md").exists(), "a project with a folder is synced")
        proxy.forget()
        a.forget_calls()
        a.bm("sync", "--project", "temp-notes")
        check(proxy.requests("^POST /proxy/temp-notes/project/sync"), "another one is indexed on the host")
        same(a.calls("bisync"), [], "without any transfer")
    with t.row("20-S6", "20-N4"):
        held = digest(folder)
        put(a.state("My Research") / "x.path1.lst-dry", "x")
        put(a.state("My Research") / "x.path1.lst-err", "x")
        a.bm("project", "bisync-reset", "My Research")
        check(not list(a.state("My Research").glob("*.lst*")), "the baseline is forgotten")
        same(digest(folder), held, "files stay")
        a.bm("project", "bisync", "--name", "My Research", expect=1).has("--resync")
    with t.row("20-Q5", "X-09"):
        put(a.home / "there" / "old.md", "# Old\n")
        t.project(a, "existing", folder=a.home / "there")
        same((user.space / "existing" / "old.md").read_text(), "# Old\n", "an existing folder is fine")
        put(a.home / "there" / "old.md", "# Edited\n")
        a.bm("project", "bisync", "--name", "existing")
        same((user.space / "existing" / "old.md").read_text(), "# Edited\n", "a project with one note")


@rows("20-S2", "20-34", "20-27", "20-28", "20-Q2", "20-R3", "20-42", "20-R2", "20-P4", "20-55", "20-51", "9-F1", "20-20",
      "20-N6", "9-T09", "15-23", "X-07")
def all_projects(t):
    user = t.user()
    a = t.device(user)
    folders = {}
    for name in ("z", "a", "m"):
        folders[name] = t.project(a, name, {f"{name}.md": f"# {name}\n"}, resync=False)
    a.bm("project", "add", "without")
    with t.row("20-S2", "20-34", "20-27", "20-Q2"):
        said = a.bm("project", "bisync", "--all", "--resync")
        said.has("Skipping without: no local_sync_path", "3 succeeded, 0 failed, 2 skipped")
        same(re.findall(r"^Bisync (\w+)\.\.\.", said.out, re.M), ["z", "a", "m"], "order")
        for name, folder in folders.items():
            same_trees(folder, user.space / name)
            put(folder / "here.md", "# Here\n")
            put(user.space / name / "there.md", "# There\n")
        a.forget_calls()
        said = a.bm("project", "bisync", "--all").has("3 succeeded, 0 failed")
        for name, folder in folders.items():
            same_trees(folder, user.space / name)
            same(len(tree(folder)), 3, f"files of {name}")
    with t.row("20-P4"):
        check(said.seconds < 5 * 3 * slack(), f"{said.seconds} s for three projects")
    with t.row("20-R3"):
        starts = [call.value("--workdir") for call in a.calls("bisync")]
        same(starts, [str(a.state(name)) for name in ("z", "a", "m")], "one after the other")
    with t.row("20-42", "20-R2", "20-20"):
        for name in folders:
            check((a.state(name) / "state.json").exists(), f"the state of {name}")
    with t.row("20-42", "20-28", "20-R2"):
        for listing in a.state("a").glob("*.lst"):
            listing.write_text("torn")
        for listing in (a.state("a") / "backup").glob("*"):
            listing.write_text("torn")
        put(folders["m"] / "later.md", "# Later\n")
        said = a.bm("project", "bisync", "--all", expect=1).has("2 succeeded, 1 failed", "--resync")
        check((user.space / "m" / "later.md").exists(), "the others are done")
    with t.row("9-T09", "15-23"):
        put(folders["a"] / "mended.md", "# Mended\n")
        a.bm("project", "bisync", "--name", "a", expect=1).has("--resync")
        a.bm("project", "bisync", "--name", "a", "--resync")
        same_trees(folders["a"], user.space / "a")
    with t.row("X-07"):
        state = (a.state("m") / "state.json").read_bytes()
        listings = {file: file.read_bytes() for file in a.state("m").glob("*.lst")}
        put(folders["m"] / "p1.md", "# P1\n")
        a.bm("project", "bisync", "--name", "m")
        put(a.state("m") / "state.json", state)  # older than the listings
        put(folders["m"] / "p2.md", "# P2\n")
        a.bm("project", "bisync", "--name", "m")
        same_trees(folders["m"], user.space / "m")
        for file, text in listings.items():  # older than state.json
            file.write_bytes(text)
        put(user.space / "m" / "p3.md", "# P3\n")
        a.bm("project", "bisync", "--name", "m")
        same_trees(folders["m"], user.space / "m")
        same(sorted(name for name in tree(folders["m"]) if name.startswith("p")), ["p1.md", "p2.md", "p3.md"], "notes")
    with t.row("20-55"):
        put(folders["z"] / "by-sync.md", "# Z\n")
        a.bm("sync").has("Space sync is not set up (run: bm cloud bisync-setup)")
        check((user.space / "z" / "by-sync.md").exists(), "`bm sync` runs the project scopes")
        check(not a.space.exists(), "and makes no space")
    with t.row("20-N6"):
        folder = t.project(a, "hollow")
        a.bm("project", "bisync", "--name", "hollow")
        a.bm("project", "bisync", "--name", "hollow")
        put(folder / "first.md", "# First\n")
        a.bm("project", "bisync", "--name", "hollow")
        check((user.space / "hollow" / "first.md").exists(), "the first file arrives")
    with t.row("9-F1"):
        a.bm("project", "bisync", "--name", "z", "--profile", "safe")
        a.bm("cloud", "conflicts")
    with t.row("20-20"):
        for name in ("x/y", "..", "ünïcode", "n" * 200):
            made = a.bm("project", "add", name, "--local-path", a.home / "odd" / str(len(name)), expect=None)
            if made.code == 0:
                put(a.home / "odd" / str(len(name)) / "n.md", "# N\n")
                a.bm("project", "bisync", "--name", name, "--resync")
        states = sorted(file.parent for file in (a.data / "bisync-state").rglob("state.json"))
        check(all(state.parent == a.data / "bisync-state" for state in states), f"states: {states}")
        check(not (a.data / "state.json").exists(), "nothing escapes")


@rows("20-31", "20-S5", "20-44", "20-35", "X-08", "9-334")
def one_way(t):
    for old in (False, True):
        user = t.user()
        a = t.device(user, "old" if old else "new", old=old)
        folder = t.project(a, "push", {f"n{i:02}.md": f"# {i}\n" for i in range(40)}, resync=False)
        with t.row("20-31", "20-35"):
            before = digest(user.space)
            a.bm("project", "sync", "--name", "push", "--dry-run").has("DRY RUN")
            same(digest(user.space), before, "after a dry run")
            a.bm("project", "sync", "--name", "push").has("synced successfully")
            same_trees(folder, user.space / "push")
            put(user.space / "push" / "extra.md", "# Extra\n")
            held = digest(folder)
            a.bm("project", "sync", "--name", "push")
            check(not (user.space / "push" / "extra.md").exists(), "what only the cloud has goes")
            same(digest(folder), held, "the local side is never changed")
        with t.row("9-334"):
            put(user.space / "push" / "cloud-only.md", "# C\n")
            a.bm("project", "check", "--name", "push").has("cloud-only.md")
            a.bm("project", "check", "--name", "push", "--one-way").lacks("cloud-only.md")
            (user.space / "push" / "cloud-only.md").unlink()
        with t.row("20-S5", "20-44"):
            for number in range(30):
                (folder / f"n{number:02}.md").unlink()
            a.bm("project", "sync", "--name", "push", expect=1).has("Deletion exceeds safety limit (30 > 25)")
            same(len(tree(user.space / "push")), 40, "nothing is deleted")
            code, shown = a.at_terminal("project", "sync", "--name", "push", answer="n")
            same((code, len(tree(user.space / "push"))), (1, 40), f"answered no: {shown}")
            code, shown = a.at_terminal("project", "sync", "--name", "push", answer="y")
            same((code, len(tree(user.space / "push"))), (0, 10), f"answered yes: {shown}")
        with t.row("20-S5", "X-08"):
            for number in range(30):
                put(user.space / "push" / f"m{number}.md", "# M\n")
            a.bm("project", "sync", "--name", "push", "--force")
            same_trees(folder, user.space / "push")


@rows("20-04", "20-24", "X-01", "X-02", "X-04", "20-M1", "9-F1")
def attach_and_detach(t):
    user = t.user()
    a = t.space_device(user)
    for number in range(40):
        put(a.space / "big" / f"n{number:02}.md", f"# {number}\n")
    put(a.space / "small" / "s.md", "# S\n")
    a.bm("sync")
    own = a.home / "own" / "big"
    with t.row("20-04", "X-04", "X-01", "20-M1"):
        a.bm("project", "sync-setup", "big", own)
        same(a.config["cloud_projects"]["big"]["local_path"], str(own), "settings")
        check(not (a.space / "big").exists(), "the copy of the space is gone")
        same(len(tree(own)), 40, "it was moved")
        a.bm("sync").lacks("deleted").has("Skipping big: no baseline (run: bm project bisync --name big --resync)")
        same(len(tree(user.space / "big")), 40, "nothing is deleted in the cloud")
        a.bm("project", "bisync", "--name", "big", "--resync")
    with t.row("X-01"):
        put(own / "here.md", "# Here\n")
        put(user.space / "big" / "there.md", "# There\n")
        put(a.space / "small" / "more.md", "# More\n")
        for words in ("cloud bisync", "project bisync --name big", "sync", "project bisync --all", "cloud check"):
            a.bm(*words.split())
        same_trees(own, user.space / "big")
        same_trees(a.space / "small", user.space / "small")
        check(not (a.space / "big").exists(), "it is in one scope only")
    with t.row("20-24"):
        moved = a.home / "moved" / "big"
        moved.parent.mkdir()
        own.rename(moved)
        a.bm("project", "bisync", "--name", "big", expect=1).has(
            f"Local directory {own} does not exist, but 42 files were synced there", "bm project sync-setup big NEWPATH")
        same(len(tree(user.space / "big")), 42, "nothing is deleted")
        (moved / "n00.md").unlink()
        a.bm("project", "sync-setup", "big", moved)
        a.bm("project", "bisync", "--name", "big")
        check(not (user.space / "big" / "n00.md").exists(), "what was deleted meanwhile goes")
        same_trees(moved, user.space / "big")
    with t.row("X-02", "9-F1"):
        (moved / "n01.md").unlink()
        a.bm("project", "bisync", "--name", "big")
        a.bm("project", "sync-setup", "big", "--remove").has(str(moved))
        a.bm("sync")
        same_trees(a.space / "big", user.space / "big")
        check(not (a.space / "big" / "n01.md").exists() and not (a.space / "big" / "n00.md").exists(), "resurrected")
        same(len(tree(moved)), 40, "local files stay")
        # Attached and detached with no run of the space between.
        a.bm("project", "sync-setup", "small", a.home / "own" / "small")
        a.bm("project", "sync-setup", "small", "--remove")
        a.bm("sync", expect=None)
        same(len(tree(user.space / "small")), 2, "files in the cloud after attach and detach")


@rows("20-N3", "20-S7", "20-N4", "X-12")
def removal(t):
    user = t.user()
    a = t.space_device(user)
    folder = t.project(a, "gone", {"a.md": "# A\n"})
    kept = t.project(a, "kept", {"k.md": "# K\n"})
    put(a.space / "in-space" / "s.md", "# S\n")
    a.bm("sync")
    with t.row("20-N3", "20-S7", "20-N4"):
        said = a.bm("project", "remove", "kept").has("Project 'kept' removed successfully", "Removed bisync state",
                                                    f"Note: Local files remain at {kept}")
        check((kept / "k.md").exists() and not a.state("kept").exists(), "files stay, the state does not")
        check("kept" not in a.config["cloud_projects"], "nor the settings")
        said = a.bm("project", "remove", "gone", "--delete-notes", "--yes")
        said.has(f"Removed local sync directory: {folder}", "Removed bisync state")
        check(not folder.exists() and not (user.space / "gone").exists() and not a.state("gone").exists(), "all gone")
    with t.row("20-N3"):
        a.bm("project", "add", "homely")
        a.settings(cloud_projects={"homely": {"local_path": str(a.home), "last_sync": None,
                                              "bisync_initialized": False}})
        a.bm("project", "remove", "homely", "--delete-notes", "--yes", expect=None)
        check(a.home.is_dir() and (a.data / "config.json").exists(), "the home folder stays")
        a.settings(cloud_projects={})
    with t.row("X-12"):
        a.bm("project", "remove", "in-space")
        a.bm("sync")
        a.bm("sync")
        check("in-space" not in user.projects(), "a removed project comes back")


@rows("20-P2", "20-P3")
def speed(t):
    user = t.user()
    a = t.device(user)
    folder = t.project(a, "large", {f"d{i % 20}/n{i:04}.md": f"# Note {i}\n" + "word " * 800 for i in range(1000)},
                       resync=False)
    with t.row("20-P3"):
        said = a.bm("project", "bisync", "--name", "large", "--resync", timeout=300)
        check(said.seconds < 10 * slack(), f"resync of 1000 notes took {said.seconds:.1f} s")
    with t.row("20-P2"):
        put(folder / "d1" / "n0001.md", "# Edited\n")
        said = a.bm("project", "bisync", "--name", "large")
        check(said.seconds < 5 * slack(), f"one edit took {said.seconds:.1f} s")
        same((user.space / "large" / "d1" / "n0001.md").read_text(), "# Edited\n", "the edit")


@rows("20-N1", "X-11", "20-Q3", "X-13")
def odd_answers_and_names(t):
    user = t.user()
    proxy = t.recorder()
    a = t.device(user, address=proxy.address)
    folder = t.project(a, "x", {name: f"# {number}\n" for number, name in enumerate(NAMES)}, resync=False)
    with t.row("20-N1"):
        for spelling in ("/app/data/x", "app/data/x", "/x", "x"):
            def spelled(_, reply, spelling=spelling):
                for project in reply["projects"]:
                    if project["name"] == "x":
                        project["path"] = spelling
                return reply
            rule = proxy.answer("^GET /proxy/projects/projects$", status=None, change=spelled)
            a.forget_calls()
            a.bm("project", "bisync", "--name", "x", "--resync", "--dry-run")
            same({call.words[2] for call in a.calls("bisync")}, {f"basic-memory-cloud:{user.bucket}/x"}, spelling)
            check(re.search(r"^x +/x ", a.bm("project", "list").out, re.M), f"list of {spelling}")
            proxy.rules.remove(rule)
    with t.row("X-13"):
        said = a.bm("project", "bisync", "--name", "x", "--resync", AWS_CA_BUNDLE="/nowhere", AWS_PROFILE="x",
                    AWS_ACCESS_KEY_ID="k", RCLONE_DRY_RUN="true", RCLONE_VERBOSE="3")
        passed = a.call_environment(a.calls("bisync")[-1])
        same([name for name in passed if name.startswith(("AWS_", "RCLONE_")) and name != "RCLONE_CONFIG"], [], "passed")
        said.has("baseline established")
    with t.row("X-11"):
        same_trees(folder, user.space / "x")
        for name in NAMES:
            put(user.space / "x" / ("c " + name)[-200:].strip("-"), f"# from the cloud {name}\n")
        put(folder / "Case.md", "# Upper\n")
        put(folder / "case.md", "# lower\n")
        a.bm("project", "bisync", "--name", "x")
        same_trees(folder, user.space / "x")
        check(not (a.home / "x").exists() and not (folder / "x").exists(), "a name was run by a shell")
        # The same name in two spellings of Unicode.
        put(folder / "caf\u00e9.md", "# One\n")
        put(user.space / "x" / "cafe\u0301.md", "# One\n")
        a.bm("project", "bisync", "--name", "x", expect=None)
        a.bm("project", "bisync", "--name", "x", "--resync", expect=None)
        put(folder / "after.md", "# After\n")
        a.bm("project", "bisync", "--name", "x")
        check((user.space / "x" / "after.md").exists(), "a project with both spellings still syncs")
    with t.row("20-Q3"):
        conf = a.rclone_conf.read_text()
        a.rclone_conf.write_text(re.sub(r"^pass = .*$", "pass = obscured-nonsense-AAAAAAAAAAAAAAAAAAAAA", conf, flags=re.M))
        proxy.forget()
        put(folder / "later.md", "# Later\n")
        a.bm("project", "bisync", "--name", "x", expect=1).has("bm cloud setup")
        same(proxy.requests("credentials"), [], "renewals by itself")
        a.bm("cloud", "setup")
        a.bm("project", "bisync", "--name", "x")
        check((user.space / "x" / "later.md").exists(), "after setup it works")
