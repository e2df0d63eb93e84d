"""The space: set-up, registration, one sync of everything, and what a run tells."""

import json
import os
import re
import shutil

from device import check, digest, folders, put, same, same_trees, tree
from registry import rows
from trial import eventually, index_has, slack

RUNS = ("bisync", "sync", "check", "lsjson", "copyto")


@rows("9-010", "9-006", "9-112", "9-243", "9-212", "9-213", "9-211", "9-005", "9-221", "9-222", "9-242",
      "9-621", "9-622",
      "9-623", "15-01", "15-04", "15-92", "15-97", "20-12", "20-16", "20-29", "9-T03", "20-P1", "20-11", "20-14",
      "9-S2", "9-T04", "9-C06", "15-06", "15-08", "15-51", "15-31", "9-004", "9-S8", "9-C08", "9-T13", "20-53",
      "15-96", "9-335", "15-24", "15-62", "9-009", "9-A4", "9-T06", "9-T08", "15-22", "X-15", "9-332", "9-331",
      "9-K01…K10", "9-336", "9-337")
def journey(t):
    """Login, setup, a folder, a file, sync: on two devices of one user, with every call of rclone looked at."""
    user = t.user()
    proxy = t.recorder()
    a = t.device(user, address=proxy.address, setup=False)
    foreign = "# mine\n[other]\ntype = local\n\n"
    put(a.rclone_conf, foreign).chmod(0o644)
    said = a.bm("cloud", "setup")
    with t.row("20-P1", "20-11"):
        check(said.seconds < 30 * slack(), f"setup took {said.seconds} s")
        said.has("Found tenant: " + user.tenant, "Generated secure credentials", "Cloud setup completed successfully!")
    with t.row("20-14"):
        said.has("--local-path", "--resync --dry-run", "bisync-setup", "sync-setup", "bm sync --watch")
    with t.row("20-53"):
        check(not a.space.exists(), "`cloud setup` makes no space")
    with t.row("20-16", "20-12", "15-92"):
        held = a.rclone_conf.read_text()
        check(held.startswith(foreign.rstrip("\n")), f"foreign sections changed: {held[:80]!r}")
        sections = [line for line in held.splitlines() if line.startswith("[")]
        same(sections, ["[other]", "[basic-memory-cloud]"], "sections")
        check(list(a.rclone_conf.parent.glob("rclone.conf.backup-*")), "a backup was made")
    with t.row("15-92", "15-97"):
        for file in (a.rclone_conf, *a.rclone_conf.parent.glob("*.backup-*"), a.data / "config.json",
                     a.data / "basic-memory-cloud.json"):
            same(oct(file.stat().st_mode & 0o777), "0o600", f"mode of {file.name}")
    with t.row("15-92"):
        said.has("0644")
    a.forget_calls()
    proxy.forget()
    said = a.bm("cloud", "bisync-setup")
    with t.row("9-T03", "15-01", "20-29"):
        said.has("rclone is already installed", "Found tenant:", "Generated secure credentials", "rclone.conf",
                 "✓ Bisync setup completed", "✓ Initial sync baseline established")
        order = [repr(each) for each in proxy.seen]
        check(order.index("GET /tenant/mount/info") < order.index("POST /tenant/mount/credentials"), f"{order}")
        steps = [line for line in said.out.splitlines() if line.startswith("Step ")]
        same([step[5] for step in steps], [str(number + 1) for number in range(len(steps))], "steps")
    with t.row("9-112", "9-243", "9-242", "15-04"):
        check(a.space.is_dir(), "the folder of the space is made")
        said.has("Running bisync with profile 'balanced'")
    with t.row("15-04", "9-622"):
        check(a.state(user.tenant).is_dir() and (a.state(user.tenant) / "state.json").exists(), "state of the tenant")
    with t.row("9-623"):
        same(oct(a.state(user.tenant).stat().st_mode & 0o777), "0o700", "mode of the state directory")
    with t.row("9-212", "9-S8"):
        same([name for name in tree(a.space) if "RCLONE" in name], [], "marker files here")
    with t.row("9-213", "9-S8"):
        same([name for name in tree(user.space) if "RCLONE" in name], [], "marker files on the host")
    with t.row("9-010", "9-S2", "9-T04", "9-C06", "15-06", "15-51", "9-004", "15-31"):
        put(a.space / "my-research" / "first.md", "# First\nchrysalis\n")
        said = a.bm("cloud", "bisync")
        with t.row("15-51", "9-S2"):
            said.has("Checking for new projects...", "Found 1 new local project, creating on cloud...",
                     "✓ Created project: my-research")
        same((user.space / "my-research" / "first.md").read_text(), "# First\nchrysalis\n", "the file on the host")
        check("my-research" in user.projects(), "the project on the host")
        a.bm("project", "list").has("my-research")
    with t.row("15-08", "9-S2"):
        index_has(user, "my-research", "chrysalis")
    # From here on the baseline holds a file.
    put(a.space / "my-research" / "second.md", "# Second\n")
    before, remote = digest(a.space), digest(user.space)
    baseline = digest(a.state(user.tenant))
    with t.row("9-T08", "15-22", "9-337"):
        proxy.forget()
        put(a.space / "planned" / "x.md", "# X\n")
        before = digest(a.space)
        said = a.bm("cloud", "bisync", "--dry-run")
        said.has("DRY RUN MODE - No changes will be made", "would upload: my-research/second.md",
                 "✓ Dry run completed successfully")
        same((digest(a.space), digest(user.space)), (before, remote), "trees after a dry run")
        same(proxy.requests("^POST"), [], "POSTs of a dry run")
        same({name: text for name, text in tree(a.state(user.tenant)).items() if name.endswith((".lst", "state.json"))},
             {name: text for name, text in tree(a.state(user.tenant)).items()
              if name.endswith((".lst", "state.json")) and baseline}, "listings")
        check(not [name for name in tree(a.state(user.tenant)) if "-dry" in name], "files of the dry run are left")
        shutil.rmtree(a.space / "planned")
    with t.row("9-331", "9-332", "9-335", "9-336", "9-K01…K10"):
        before, state = digest(a.space), (a.state(user.tenant) / "state.json").read_bytes()
        said = a.bm("cloud", "check", "--verbose").has("Only local (1):", "second.md", "Command: rclone check",
                                                       "To sync differences, run: bm sync")
        check(a.calls("check"), "rclone check is used")
        same((digest(a.space), digest(user.space)), (before, remote), "trees after check")
        same((a.state(user.tenant) / "state.json").read_bytes(), state, "state after check")
        a.bm("cloud", "check", "--exit-code", expect=1)
    with t.row("15-24", "9-337", "9-335"):
        said = a.bm("cloud", "bisync", "--verbose").has("Command: rclone bisync", "↑ my-research/second.md",
                                                        "✓ Sync completed successfully")
    with t.row("15-62"):
        said.has("✓ Sync completed - 1 file uploaded")
        b = t.space_device(user, "b")
        same_trees(a.space, b.space, "both devices")
        put(a.space / "my-research" / "third.md", "# Third\n")
        a.bm("sync").has("✓ Sync completed - 1 file uploaded")
        b.bm("sync").has("✓ Sync completed - 1 file downloaded")
        same((b.space / "my-research" / "third.md").read_text(), "# Third\n", "the file on the other device")
    with t.row("9-T13", "9-S8", "9-C08", "15-31"):
        same(sorted(tree(a.space)), ["my-research/first.md", "my-research/second.md", "my-research/third.md"], "files")
        same(folders(a.space), ["main", "my-research"], "folders")
    with t.row("9-006", "9-221", "9-222", "9-211", "9-005", "9-621", "9-K01…K10"):
        runs = a.calls("bisync")
        check(runs, "rclone bisync ran")
        for run in runs:
            same(run.words[1:3], [str(a.space), f"basic-memory-cloud:{user.bucket}"], "both sides")
            check("--check-access" not in run.words, "--check-access")
            same(run.value("--workdir"), str(a.state(user.tenant)), "--workdir")
    with t.row("9-A4", "9-T06"):
        said = a.bm("cloud", "bisync-status").has(
            "Cloud Bisync Status", user.tenant, "✓ Initialized", "basic-memory-cloud-sync",
            *("safe", "balanced", "fast", "10", "25", "50"))
        with t.row("9-T06"):
            said.has("State Directory", "Remote")
            check(re.search(r"Last Sync +(just now|[0-9]+ minutes? ago)", said.out), f"when: {said.out}")
    with t.row("X-15"):
        for words in ("cloud bisync --json", "sync --json", "cloud check --json", "cloud bisync-status --json",
                      "cloud status --json", "project list --json", "cloud conflicts --json", "status --json",
                      "cloud bisync --dry-run --json", "sync --project my-research --json",
                      "project check --all --json", "project bisync --all --json"):
            value = a.bm(*words.split(), expect=None).json
            check(isinstance(value, dict) or "conflicts" in words, f"{words}: {value}")
    with t.row("9-009"):
        a.fault('while [ "$1" = bisync ] && [ ! -f "$dir/go" ]; do sleep 0.1; done\n')
        count = len(a.calls("bisync"))
        first = a.start("sync")
        eventually("the first one runs", lambda: len(a.calls("bisync")) > count, 120)
        a.bm("sync", expect=1).has(f"Sync already running (PID {first.pid})")
        put(a.log / "go")
        same(first.wait(120), 0, first.said())
        a.fault()
    with t.row("15-96"):
        conf = a.rclone_conf.read_text()
        secret = next(line.split(" = ")[1] for line in conf.splitlines() if line.startswith("pass = "))
        tokens = json.loads((a.data / "basic-memory-cloud.json").read_text())
        for hidden in (secret, tokens["access_token"], tokens["refresh_token"]):
            for file in a.root.rglob("*"):
                if not file.is_file() or file.name.startswith(("rclone.conf", "basic-memory-cloud.json")):
                    continue
                check(hidden.encode() not in file.read_bytes(), f"a secret stands in {file}")


@rows("9-S3", "9-C07", "9-S4", "9-002", "9-223", "9-C05", "9-S5", "9-234", "9-235", "9-257", "9-A1", "9-231", "9-232",
      "9-233", "15-25", "9-313", "9-258", "20-N2", "9-K01…K10", "9-A13", "9-333")
def everything_at_once(t):
    user = t.user()
    proxy = t.recorder()
    a = t.space_device(user, address=proxy.address)
    for name in ("one", "two", "three"):
        put(a.space / name / f"{name}.md", f"# {name}\n")
    (a.space / "empty").mkdir()
    put(a.space / ".dot" / "x.md", "x")
    put(a.space / "loose.md", "x")
    put(a.space / "build" / "x.md", "x")
    os.symlink(a.home, a.space / "away")
    proxy.forget()
    a.forget_calls()
    proxy.answer("^POST /proxy/projects/projects$", status=None, wait=1.5, change=lambda _, reply: reply, times=1)
    a.bm("sync")
    with t.row("9-232", "9-233", "9-231", "9-K01…K10"):
        posts = [each.json for each in proxy.requests("^POST /proxy/projects/projects$")]
        same(sorted(each["name"] for each in posts), ["one", "three", "two"], "registered")
        same(posts[0], {"name": posts[0]["name"], "path": posts[0]["name"], "set_default": False}, "body")
    with t.row("9-231", "9-234", "9-235", "9-A1", "15-25"):
        lists = proxy.requests("^GET /proxy/projects/projects$")
        creations = proxy.requests("^POST /proxy/projects/projects$")
        runs, notes = a.calls("bisync"), proxy.requests("/project/sync")
        check(lists[0].time < creations[0].time < runs[0].time, "fetch, create, sync")
        check(creations[0].time + 1.5 <= creations[1].time, "the answer is waited for")
        check(runs[-1].time < notes[0].time, "the index is told last")
    os.unlink(a.space / "away")
    with t.row("9-S3", "9-C07"):
        a.bm("project", "add", "work-notes")
        a.bm("sync")
        check((a.space / "work-notes").is_dir(), "the folder of an empty project")
        put(user.space / "work-notes" / "from-cloud.md", "# From the cloud\n")
        put(a.space / "work-notes" / "from-here.md", "# From here\n")
        a.bm("tool", "write-note", "--title", "Idea", "--folder", "ideas", "--project", "work-notes", "--content", "hm")
    with t.row("9-S5"):
        said = a.bm("tool", "write-note", "--title", "Routed", "--folder", "one", "--content", "by folder")
        check((user.space / "one" / "Routed.md").exists(), f"by the first part of the folder: {said.text}")
        (user.space / "one" / "Routed.md").unlink()
    with t.row("9-S4", "9-002", "9-223", "9-C05", "9-313", "9-K01…K10", "9-S5"):
        for name in ("one", "two", "three"):
            put(a.space / name / "here.md", f"# here {name}\n")
            put(user.space / name / "there.md", f"# there {name}\n")
        a.forget_calls()
        proxy.forget()
        a.bm("sync")
        same(len(a.calls("bisync")), 1, "rclone bisync runs for all projects")
        same_trees(a.space / "one", user.space / "one")
        for name in ("one", "two", "three"):
            same(sorted(tree(a.space / name)), sorted(["here.md", f"{name}.md", "there.md"]), f"files of {name}")
        same(sorted(tree(a.space / "work-notes")), ["from-cloud.md", "from-here.md", "ideas/Idea.md"],
             "files of work-notes")
    with t.row("9-257", "20-N2"):
        told = sorted(each.path for each in proxy.requests("^POST .*/project/sync"))
        same(told, [f"/proxy/{name}/project/sync?force_full=true" for name in ("one", "three", "two", "work-notes")],
             "notified")
    with t.row("9-258", "20-N2"):
        rule = proxy.answer("^POST /proxy/one/project/sync", 500, {"detail": "no"})
        put(a.space / "one" / "more.md", "# More\n")
        a.bm("sync").has("Warning: files are synced but indexing of 'one' could not be started")
        proxy.rules.remove(rule)
    with t.row("9-333"):
        a.settings(rclone_path=None)
        a.bm("cloud", "check", PATH="/nonexistent", expect=1).has("Error: rclone not found")
        a.settings(rclone_path=str(a.rclone))
        kept = a.rclone_conf.read_text()
        a.rclone_conf.unlink()
        a.bm("cloud", "check", expect=1).has("Cloud sync is not set up", "Run: bm cloud setup")
        put(a.rclone_conf, kept).chmod(0o600)
    with t.row("9-A13"):
        proxy.target = 1
        put(a.space / "one" / "offline.md", "# Offline\n")
        a.bm("sync", expect=1)
        proxy.target = user.host.port
        a.bm("sync")
        check((user.space / "one" / "offline.md").exists(), "what was written offline arrives")


@rows("9-241", "15-03", "9-244", "9-611", "9-612", "9-613", "9-614", "15-34", "15-82", "9-A11", "X-03", "9-A10",
      "20-55",
      "15-81", "9-C14", "15-93")
def folders_of_the_space(t):
    user = t.user()
    a = t.device(user)
    mount = a.home / "basic-memory-cloud"
    with t.row("9-611", "9-613", "15-34", "15-82", "9-244", "9-A11", "X-03"):
        mount.mkdir()
        os.symlink(mount, a.home / "link-to-mount")
        for path in (mount, a.home / "link-to-mount", a.home / "other" / ".." / "basic-memory-cloud", mount / "below"):
            a.bm("cloud", "bisync-setup", "--dir", path, expect=1).has("Cannot use", "it's the mount directory!")
        said = a.bm("cloud", "bisync", "--dir", "~/basic-memory-cloud", "--resync", expect=1)
        with t.row("15-82"):
            said.has("Error: Cannot use ~/basic-memory-cloud for bisync - it's the mount directory!")
        with t.row("9-613"):
            check("--dir" in said.text or "other" in said.text.lower() and "nmount" in said.text, said.text)
    with t.row("X-03", "9-244"):
        for path in ("/", a.home, a.home.parent, a.data, a.data / "x"):
            a.bm("cloud", "bisync-setup", "--dir", path, expect=1)
    with t.row("15-81"):
        a.bm("sync", expect=1)
        a.bm("cloud", "bisync", expect=1).has("Error: First bisync requires --resync to establish baseline",
                                              "bm cloud bisync --resync")
    with t.row("20-55"):
        a.bm("sync", expect=1).has("Space sync is not set up (run: bm cloud bisync-setup)")
    chosen = t.folder / "elsewhere" / "my-sync-folder"
    import pathlib
    shm = pathlib.Path("/dev/shm")
    if shm.is_dir():
        chosen = shm / f"bm-acceptance-{os.getpid()}-{user.name}" / "my-sync-folder"
        t.ending.append(lambda: shutil.rmtree(chosen.parent, ignore_errors=True))
    for name in ("alpha", "beta", "gamma"):
        put(chosen / name / "sub" / "n.md", f"# {name}\n")
    with t.row("9-241", "15-03", "9-A10", "15-93"):
        a.bm("cloud", "bisync-setup", "--dir", chosen).has("✓ Bisync setup completed")
        same(a.config["bisync_config"]["sync_dir"], str(chosen), "the folder in the settings")
        for name in ("alpha", "beta", "gamma"):
            same_trees(chosen / name, user.space / name)
            check(name in user.projects(), f"{name} is a project")
    with t.row("9-A10"):
        put(chosen / "alpha" / "sub" / "n.md", "# changed there\n")
        put(user.space / "beta" / "sub" / "n.md", "# changed in the cloud\n")
        report = a.bm("cloud", "bisync", "--json").json
        same((report["uploaded"], report["downloaded"], report["deleted_local"], report["deleted_remote"]),
             (["alpha/sub/n.md"], ["beta/sub/n.md"], [], []), "on another file system")
    with t.row("X-03"):
        put(a.home / "q" / "p" / "x.md", "# X\n")
        a.bm("project", "add", "held", "--local-path", a.home / "q" / "p")
        os.symlink(a.home / "q" / "p", a.home / "alias")
        a.bm("project", "add", "second")
        for path in (a.home / "q" / "p", a.home / "q", a.home / "q" / "p" / "deep", a.home / "alias", chosen,
                     chosen.parent, chosen / "alpha", a.home, "/", mount, a.data, a.home / "q" / "p" / ".." / "p"):
            a.bm("project", "sync-setup", "second", path, expect=1)
        check("second" not in a.config["cloud_projects"], "nothing was saved")
    with t.row("9-614"):
        a.settings(bisync_config={"sync_dir": str(mount)})
        a.bm("sync", expect=1).has("it's the mount directory!")
        a.settings(bisync_config={"sync_dir": str(chosen)})
    with t.row("9-612"):
        a.with_mount(chosen, "sync").has(f"{chosen} is currently mounted via 'bm cloud mount'")
        a.with_mount(a.home / "fresh", "cloud", "bisync-setup", "--dir", a.home / "fresh").has("is currently mounted")
