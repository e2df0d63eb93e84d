"""Projects with a folder of their own: every command of the group."""

import os
import re
import shlex
import time

from device import check, digest, put, same, same_trees, tree
from registry import rows
from trial import index_has, slack


@rows("20-S1", "20-02", "20-03", "20-09", "20-17", "20-18", "20-19", "20-21", "20-23", "20-36", "20-41", "20-S3",
      "20-32",
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
        said = a.bm("project", "bisync", "--name", "My Research", expect=1)
        said.has("requires --resync to establish baseline")
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


@rows("20-S2", "20-34", "20-27", "20-28", "20-Q2", "20-R3", "20-42", "20-R2", "20-P4", "20-55", "20-51", "9-F1",
      "20-20",
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
