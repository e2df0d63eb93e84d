"""A project that gets a folder of its own, gives it back, or is removed."""

from device import check, put, same, same_trees, tree
from registry import rows


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
            f"Local directory {own} does not exist, but 42 files were synced there", 
            "bm project sync-setup big NEWPATH")
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
