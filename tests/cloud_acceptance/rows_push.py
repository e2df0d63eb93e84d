"""One-way syncs with both versions of rclone, speed, and odd names and answers."""

import re

from device import check, digest, put, same, same_trees, tree
from registry import rows
from trial import slack


NAMES = ("spaced name.md", "quote\"s and 'more'.md", "-dash.md", "#hash.md", "ünï.md",
         "semi;colon $(touch x).md", "ß" * 120 + ".md")


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
        leaked = [name for name in passed if name.startswith(("AWS_", "RCLONE_")) and name != "RCLONE_CONFIG"]
        same(leaked, [], "passed on")
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
        revoked = "pass = obscured-nonsense-AAAAAAAAAAAAAAAAAAAAA"
        a.rclone_conf.write_text(re.sub(r"^pass = .*$", revoked, conf, flags=re.M))
        proxy.forget()
        put(folder / "later.md", "# Later\n")
        a.bm("project", "bisync", "--name", "x", expect=1).has("bm cloud setup")
        same(proxy.requests("credentials"), [], "renewals by itself")
        a.bm("cloud", "setup")
        a.bm("project", "bisync", "--name", "x")
        check((user.space / "x" / "later.md").exists(), "after setup it works")
