"""What .bmignore keeps at home."""

import os

from device import check, put, same, tree
from registry import rows

DEFAULTS = (".git/config", ".DS_Store", "node_modules/p/i.js", "x.tmp", ".env", "__pycache__/x.pyc", ".pytest_cache/v",
            ".ruff_cache/x", ".vscode/s.json", ".idea/w.xml", "sub/.env", "memory.db", "config.json")
# The examples of the paper: line, what it hides, what it keeps.
EXAMPLES = (
    (".*", (".hidden.md", ".obsidian/app.json", "notes/.git/config"), ("a.md",)),
    ("*.db", ("memory.db", "sub/x.db"), ("memory.db-wal",)),
    ("config.json", ("config.json", "sub/config.json"), ("config.json.bak", "config.json.d/x.md")),
    ("node_modules", ("web/node_modules/p/i.js",), ("node_modules.md",)),
    ("build", ("build/out.txt", "docs/build"), ("docs/buildings.md",)),
    ("dist/", ("dist/x.md",), ("sub/dist",)),
    ("*.tmp", ("n.tmp", "sub/dir.tmp/x.md"), ()),
    ("*~", ("swap.md~",), ()),
    ("Thumbs.db", ("Thumbs.db",), ()),
    ("temp/", ("temp/t.md",), ("sub/temp",)),
    ("*.log", ("app.log", "sub/app.log"), ()),
    ("/drafts", ("drafts/d.md",), ("sub/drafts/e.md",)),
    ("drafts/", ("drafts/d.md", "sub/drafts/e.md"), ()),
    ("docs/private", ("docs/private/p.md",), ("sub/docs/private/q.md",)),
    ("docs/*.pdf", ("docs/manual.pdf",), ("docs/sub/manual.pdf", "manual.pdf")),
    ("**/cache", ("cache/c.md", "x/cache/c.md"), ()),
    ("logs/**", ("logs/l.md",), ("x/logs/l.md",)),
    ("a/**/b", ("a/b/f.md", "a/x/y/b/f.md"), ("a/x/f.md",)),
    ("file?.txt", ("file1.txt", "sub/file2.txt"), ("file12.txt",)),
    ("[Tt]humbs.db", ("Thumbs.db",), ()),
    ("*.log\n!important.log", ("app.log",), ("important.log",)),
    ("data{1,2}.csv", ("data{1,2}.csv",), ("data1.csv",)),
    ("\\#notes.md", ("#notes.md",), ()),
    ("my notes.md  ", ("my notes.md",), ()),
    ("env", ("env",), ("Env.md",)),
    ("*.egg-info", ("foo.egg-info/PKG",), ()),
    ("\\[draft\\].md", ("[draft].md",), ("d.md",)),
    ("*.conflict*", ("notes.md.conflict1",), ()),
)


@rows("15-41", "15-98", "15-32", "15-33", "15-43", "15-44", "15-45", "15-46", "9-A2", "20-43", "20-18")
def ignored(t):
    user = t.user()
    a = t.space_device(user)
    for name in DEFAULTS:
        put(a.space / "p" / name, "secret")
    put(a.space / "p" / "n.md", "# N\n")
    put(a.space / "p" / ".bmignore", "secret.md\n")
    put(a.space / "p" / "secret.md", "# S\n")
    put(a.space / "q" / "secret.md", "# Q\n")
    put(a.space / ".basic-memory" / "x.md", "# X\n")
    a.bm("sync")
    with t.row("15-41", "15-98", "9-A2", "20-43"):
        same(sorted(tree(user.space / "p")), ["n.md"], "in the cloud")
    with t.row("15-32"):
        same(sorted(tree(user.space / "q")), ["secret.md"], "the rule of one project is not that of another")
    with t.row("15-43", "15-46"):
        for name in ("app.log", "temp/t.md", "x.backup"):
            put(a.space / "p" / name, "x")
        a.bm("sync")
        same(sorted(tree(user.space / "p")), ["app.log", "n.md", "temp/t.md", "x.backup"], "in the cloud")
        rules = put(a.data / ".bmignore", "*.log\ntemp/\n*.backup\n")
        os.utime(rules, (1000, 1000))
        put(a.space / "p" / "new.log", "x")
        put(user.space / "p" / "cloud.log", "x")
        report = a.bm("sync", "--json").json["results"][0]
        same((report["deleted_local"], report["deleted_remote"]), ([], []), "nothing is deleted by excluding")
        check(not (user.space / "p" / "new.log").exists() and not (a.space / "p" / "cloud.log").exists(), "effective")
        check((user.space / "p" / "app.log").exists() and (a.space / "p" / "app.log").exists(), "both stay")
    with t.row("15-33"):
        # Without the rule `.*`.
        put(a.space / ".basic-memory" / "y.md", "# Y\n")
        a.bm("sync")
        check(not (user.space / ".basic-memory").exists(), "a metadata folder is never synced")
    with t.row("15-45", "20-43", "9-A2"):
        a.bm("cloud", "check").lacks("new.log", "cloud.log")
        folder = t.project(a, "own", {"n.md": "# N\n", "x.log": "x", ".bmignore": "private.md\n", "private.md": "x"})
        check(set(tree(user.space / "own")) <= {"n.md", ".bmignore"}, f"bisync: {list(tree(user.space / 'own'))}")
        put(folder / "y.log", "x")
        a.bm("project", "sync", "--name", "own")
        check(set(tree(user.space / "own")) <= {"n.md", ".bmignore"}, f"sync: {list(tree(user.space / 'own'))}")
        a.bm("project", "check", "--name", "own").lacks("y.log", "private.md")
    with t.row("15-44"):
        check((a.data / ".bmignore.rclone").exists(), "the generated filter is not kept as .bmignore.rclone")
    with t.row("15-45", "9-A2"):
        a.bm("cloud", "upload", folder, "--project", "own", "--dry-run").lacks("y.log")
    with t.row("20-18"):
        check(all("--filters-file" not in call.words for call in a.calls()), "--filters-file")


@rows("15-42")
def examples_of_the_paper(t):
    """Each line of table 5.4, asked of rclone through `bm project check`, with both versions."""
    user = t.user()
    for old in (False, True):
        a = t.device(user, "old" if old else "new", old=old)
        folder = a.home / "own"
        a.bm("project", "add", "patterns" + str(old), "--local-path", folder)
        for line, hidden, kept in EXAMPLES if not old else EXAMPLES[::4]:
            put(a.data / ".bmignore", line + "\n")
            for name in hidden + kept:
                put(folder / name, "x")
            found = set(a.bm("project", "check", "--name", "patterns" + str(old), "--json").json["only_local"])
            same((sorted(found & set(hidden)), sorted(set(kept) - found)), ([], []), f"{line!r} hides and keeps")
            for name in hidden + kept:
                (folder / name).unlink()
