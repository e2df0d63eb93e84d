"""Limits on deletions, and conflicts between two devices."""

import os
import shutil
import time

from device import check, put, same, same_trees, tree
from registry import rows

KEPT = 130


class Cut:
    """Deletes files and can put some of them back as they were, times too."""

    def __init__(self, folder):
        self.folder, self.gone = folder, {}

    def delete(self, count):
        for file in sorted(self.folder.glob("n*.md"))[:count]:
            self.gone[file] = (file.read_bytes(), file.stat().st_mtime_ns)
            file.unlink()

    def put_back(self, count=None):
        for file in list(self.gone)[:count]:
            content, moment = self.gone.pop(file)
            file.write_bytes(content)
            os.utime(file, ns=(moment, moment))

    def done(self):
        self.gone.clear()


@rows("9-C09", "9-S7", "9-A3", "15-11", "15-12", "15-13", "15-84", "9-T07", "9-K01…K10", "20-52", "15-23", "9-A4")
def limits(t):
    user = t.user()
    a = t.space_device(user)
    notes = a.space / "p"
    for number in range(KEPT):
        put(notes / f"n{number:03}.md", f"# Note {number}\n", age=5000)
    for number in range(15):
        put(a.space / "small" / f"s{number}.md", f"# S {number}\n", age=5000)
    a.bm("sync")
    same(len(tree(user.space)), KEPT + 15, "files on the host")
    cut = Cut(notes)

    def stops(count, limit, *words):
        held = len(tree(user.space / "p"))
        said = a.bm("sync", *words, expect=1).has(f"Deletion exceeds safety limit ({count} > {limit})")
        same(len(tree(user.space / "p")), held, "files on the host after an abort")
        return said

    with t.row("9-S7", "9-K01…K10", "9-C09"):
        shutil.rmtree(user.space / "small")
        said = a.bm("sync", "--profile", "safe", expect=1).has("Deletion exceeds safety limit (15 > 10)")
        for way in ("--dry-run", "--force", "--resync"):
            said.has(way)
        same(len(tree(a.space / "small")), 15, "local files")
        # The host has made the folder of its project again, empty.
        shutil.copytree(a.space / "small", user.space / "small", dirs_exist_ok=True)
    with t.row("9-C09", "15-12", "9-A3", "9-T07", "15-84"):
        cut.delete(26)
        said = stops(26, 25)
        said.has("Error: Deletion exceeds safety limit (26 > 25)")
    with t.row("15-84", "15-12"):
        a.bm("sync", "--dry-run").has("Would exceed the safety limit (26 > 25)", "would delete in cloud: p/n000.md")
        same(len(tree(user.space / "p")), KEPT, "a dry run deletes nothing")
    with t.row("15-84", "15-23"):
        a.bm("cloud", "bisync", "--resync").has("✓ Initial sync baseline established")
        same(len(tree(notes)), KEPT, "--resync brings them back")
        cut.done()
    with t.row("9-C09", "15-12", "9-A4"):
        cut.delete(26)
        cut.put_back(1)
        a.bm("sync").has("25 files deleted")
        same(len(tree(user.space / "p")), KEPT - 25, "files on the host")
        cut.done()
    with t.row("9-C09", "15-11", "9-T07", "9-A4"):
        cut.delete(11)
        stops(11, 10, "--profile", "safe")
        cut.put_back(1)
        a.bm("sync", "--profile", "safe").has("10 files deleted")
        cut.done()
    with t.row("9-C09", "15-13", "9-T07", "15-84", "9-A4", "20-52"):
        cut.delete(51)
        stops(51, 50, "--profile", "fast")
        cut.put_back(1)
        a.bm("sync", "--profile", "fast").has("50 files deleted")
    same_trees(notes, user.space / "p")


@rows("15-14", "15-15", "15-63", "15-64", "15-65", "15-83", "15-16", "20-25", "9-A3", "15-11", "15-12", "9-T07", "9-F1")
def conflicts(t):
    user = t.user()
    a = t.space_device(user, "a")
    put(a.space / "p" / "ideas.md", "# Ideas\n", age=3000)
    put(a.space / "p" / "plan.md", "# Plan\n", age=3000)
    a.bm("sync")
    b = t.space_device(user, "b")
    now = time.time()

    def edit(device, name, text, moment):
        file = put(device.space / "p" / name, text)
        os.utime(file, (moment, moment))

    with t.row("15-63", "20-25", "9-A3", "15-12", "9-T07"):
        edit(a, "ideas.md", "# Ideas\nof ten\n", now - 600)
        edit(b, "ideas.md", "# Ideas\nof five past ten\n", now - 300)
        a.bm("sync")
        with t.row("15-16"):
            code, shown = b.at_terminal("sync")
            same(code, 0, f"exit at a terminal: {shown}")
            check("[y/N]" not in shown, f"it asks: {shown}")
        check("Resolving conflict: using newer version" in shown, f"it says so: {shown}")
        a.bm("sync")
        same((a.space / "p" / "ideas.md").read_text(), "# Ideas\nof five past ten\n", "the later edit wins")
        # The earlier edit syncs last.
        edit(a, "plan.md", "# Plan\nearlier\n", now - 200)
        edit(b, "plan.md", "# Plan\nlater\n", now - 100)
        b.bm("sync")
        a.bm("sync").has("Resolving conflict: using newer version: p/plan.md")
        b.bm("sync")
        same((a.space / "p" / "plan.md").read_text(), "# Plan\nlater\n", "also when the earlier edit comes last")
        same_trees(a.space, b.space)
        kept = {text for name, text in tree(a.space).items() if ".conflict" in name}
        same(kept, {b"# Ideas\nof ten\n", b"# Plan\nearlier\n"}, "the losers are kept")
    with t.row("15-83", "9-F1"):
        found = [name for name in tree(a.space) if ".conflict" in name]
        same(sorted(found), ["p/ideas.md.conflict1", "p/plan.md.conflict1"], "names")
        a.bm("cloud", "conflicts").has(*found)
        for name in found:
            (a.space / name).unlink()
        a.bm("sync")
        b.bm("sync")
    with t.row("15-64", "15-14", "15-11", "9-T07"):
        edit(a, "ideas.md", "# A1\n", now - 90)
        edit(b, "ideas.md", "# B1 longer\n", now - 80)
        a.bm("sync", "--profile", "safe")
        b.bm("sync", "--profile", "safe").has(
            "Conflict detected: p/ideas.md", "Saved as: p/ideas.md.conflict1 and p/ideas.md.conflict2",
            "Please resolve manually")
        a.bm("sync", "--profile", "safe")
        same_trees(a.space, b.space)
        same({name: text for name, text in tree(a.space / "p").items() if name.startswith("ideas")},
             {"ideas.md.conflict1": b"# B1 longer\n", "ideas.md.conflict2": b"# A1\n"}, "both versions")
    with t.row("15-15"):
        edit(a, "ideas.md", "# base\n", now - 70)
        a.bm("sync", "--profile", "safe")
        b.bm("sync", "--profile", "safe")
        edit(a, "ideas.md", "# A2\n", now - 60)
        edit(b, "ideas.md", "# B2 longer\n", now - 50)
        a.bm("sync", "--profile", "safe")
        b.bm("sync", "--profile", "safe")
        a.bm("sync", "--profile", "safe")
        texts = set(tree(a.space / "p").values())
        check({b"# A1\n", b"# B1 longer\n", b"# A2\n", b"# B2 longer\n"} <= texts, f"all four versions: {texts}")
    with t.row("15-65"):
        edit(a, "ideas.md", "# merged\n", now - 40)
        for name in tree(a.space / "p"):
            if ".conflict" in name:
                (a.space / "p" / name).unlink()
        a.bm("sync")
        b.bm("sync")
        for device in (a, b):
            same(sorted(tree(device.space)), ["p/ideas.md", "p/plan.md"], "clean everywhere")
        b.bm("sync").has("no changes")


@rows("9-C09", "X-08", "20-44", "15-11")
def losing_everything(t):
    """A side that has lost all files is noticed whatever the count says."""
    user = t.user()
    a = t.device(user)
    folder = t.project(a, "ten", {f"n{i}.md": f"# {i}\n" for i in range(10)})
    shutil.rmtree(user.space / "ten")
    (user.space / "ten").mkdir()
    with t.row("20-44", "9-C09", "15-11"):
        a.bm("project", "bisync", "--name", "ten", expect=1).has("--resync", "--force")
        same(len(tree(folder)), 10, "local files")
        put(user.space / "ten" / "foreign.md", "# Wrong disk\n")
        a.bm("project", "bisync", "--name", "ten", expect=1)
        same(len([name for name in tree(folder) if name.startswith("n")]), 10, "local files, with another one there")
        a.bm("project", "bisync", "--name", "ten", "--resync")
        same(len(tree(user.space / "ten")), 11, "--resync brings them back")
    with t.row("X-08"):
        # Deleted on both sides, and hidden by a filter: no deletions.
        a.bm("project", "bisync", "--name", "ten", "--resync")
        for number in range(6):
            (folder / f"n{number}.md").unlink()
            (user.space / "ten" / f"n{number}.md").unlink()
        put(folder / "keep.md", "# Keep\n")
        report = a.bm("project", "bisync", "--name", "ten", "--json").json
        same((report["deleted_local"], report["deleted_remote"], report["uploaded"]), ([], [], ["keep.md"]), "counted")
        for number in range(30):
            put(folder / f"h{number}.log", "x")
        a.bm("project", "bisync", "--name", "ten")
        put(a.data / ".bmignore", "*.log\n")
        report = a.bm("project", "bisync", "--name", "ten", "--json").json
        same((report["deleted_local"], report["deleted_remote"]), ([], []), "hidden files are not deleted")
        same(len(list((user.space / "ten").glob("*.log"))), 30, "they stay in the cloud")


@rows("20-44")
def limit_of_a_project(t):
    """25 pass and 26 do not, with 30 and with 300 files."""
    user = t.user()
    a = t.device(user)
    for count in (30, 300):
        name = f"of{count}"
        folder = t.project(a, name, {f"n{i:04}.md": f"# {i}\n" for i in range(count)})
        cut = Cut(folder)
        cut.delete(26)
        a.bm("project", "bisync", "--name", name, expect=1).has("Deletion exceeds safety limit (26 > 25)")
        same(len(tree(user.space / name)), count, "nothing is deleted")
        cut.put_back(1)
        a.bm("project", "bisync", "--name", name)
        same(len(tree(user.space / name)), count - 25, "25 pass")
