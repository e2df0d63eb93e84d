"""Mounts, uploads and what comes from older releases."""

import os
import shutil

from device import check, put, same, tree
from registry import Unavailable, rows


def needs_device():
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        raise Unavailable("no /dev/fuse")


@rows("9-245", "9-511", "9-512", "9-521", "9-A9")
def mount(t):
    """What rclone is asked for; it mounts nothing here."""
    needs_device()
    user = t.user()
    tools = t.folder / "tools"
    put(tools / "fusermount3", "#!/bin/sh\nexit 1\n").chmod(0o755)
    a = t.device(user, PATH=f"{os.environ['PATH']}:{tools}")
    point = a.home / "basic-memory-cloud"
    a.fault('case "$1" in mount|nfsmount) exit 0;; esac\n')
    a.bm("cloud", "mount", "--mount-point", a.home / "elsewhere", expect=2).has("The mount point is fixed")
    same(a.calls("mount"), [], "calls for another place")
    a.bm("cloud", "mount", expect=1).has("Mount did not become active")
    calls = a.calls("mount") + a.calls("nfsmount")
    same(len(calls), 1, "starts of rclone to mount")
    same(calls[0].words[1:3], [f"basic-memory-cloud:{user.bucket}", str(point)], "what is mounted where")
    same(calls[0].value("--dir-cache-time"), "10s", "the usual profile")
    place = a.bm("cloud", "mount-status", "--json").json["mount_path"]
    check(user.tenant not in place, f"the tenant in the place: {place}")
    named = [str(entry) for entry in a.home.rglob("*") if user.tenant in entry.name and a.data not in entry.parents]
    same(named, [], "folders beside the data that are named after the tenant")
    a.bm("cloud", "mount-status").has("Cloud Mount Status", user.tenant, "~/basic-memory-cloud", "Not mounted")
    a.bm("cloud", "unmount").has("Not mounted")


@rows("9-522")
def real_mount(t):
    """All projects are seen through FUSE; what is written is sent before the mount goes."""
    needs_device()
    if not (shutil.which("fusermount3") or shutil.which("fusermount")):
        raise Unavailable("no fusermount3")
    user = t.user()
    a = t.device(user)
    for name in ("one", "two", "three"):
        a.bm("project", "add", name)
        put(user.space / name / "n.md", f"# {name}\n")
    point = a.home / "basic-memory-cloud"
    mounted = a.bm("cloud", "mount", expect=None)
    if "not permitted" in mounted.text:
        raise Unavailable("nobody may mount here")
    try:
        mounted.has("Mounted at ~/basic-memory-cloud")
        check({"one", "two", "three"} <= {entry.name for entry in point.iterdir()}, "three projects")
        same((point / "two" / "n.md").read_text(), "# two\n", "a note through the mount")
        a.bm("cloud", "mount").has("Already mounted at ~/basic-memory-cloud")
        status = a.bm("cloud", "mount-status", "--json").json
        same((status["mounted"], len(status["process_ids"])), (True, 1), "status of a mount")
        a.bm("cloud", "bisync", "--dir", point, "--resync", expect=1).has("mount directory")
        put(point / "one" / "new.md", "# New\n")
        with open(point / "one" / "n.md", "rb"):
            a.bm("cloud", "unmount", expect=1).has("Mount is busy; close programs using it.")
        put(point / "one" / "last.md", "# Last\n")
        a.bm("cloud", "unmount").has("✓ Unmounted")
        same(sorted(tree(user.space / "one")), ["last.md", "n.md", "new.md"], "in the cloud at once")
        same(list(point.iterdir()), [], "the mount point")
        a.bm("cloud", "unmount").has("Not mounted")
    finally:
        a.bm("cloud", "unmount", expect=None)


@rows("15-45")
def upload(t):
    user = t.user()
    a = t.device(user)
    put(a.home / "docs" / "n.md", "# N\n")
    put(a.home / "docs" / ".env", "secret")
    put(a.home / "docs" / "old.zip", "x")
    a.bm("cloud", "upload", a.home / "docs", "--project", "fresh", expect=1).has("Project 'fresh' does not exist.")
    a.bm("cloud", "upload", a.home / "docs", "--project", "fresh", "--create-project").has(
        "Found 1 file(s) to upload", "Skipped 1 archive file(s)", "Successfully uploaded to 'fresh'")
    same(sorted(tree(user.space / "fresh")), ["n.md"], "in the cloud")


@rows("9-A12", "20-R1")
def migration(t):
    """M1 to M3: a set-up of release 0.15 goes on without a new baseline."""
    user = t.user()
    a = t.space_device(user)
    put(a.space / "p" / "n.md", "# N\n")
    a.bm("sync")
    old = f"basic-memory-{user.tenant}"
    state = a.state(user.tenant)
    for listing in state.glob("*.path?.lst"):
        listing.rename(state / listing.name.replace("basic-memory-cloud_", old + "_", 1))
    for entry in [*state.glob("*.json"), *state.glob("backup/*"), state / "filters.txt", state / "last-run.log"]:
        entry.unlink()
    a.rclone_conf.write_text(a.rclone_conf.read_text().replace("[basic-memory-cloud]", f"[{old}]"))
    said = a.bm("cloud", "setup")
    with t.row("20-R1", "9-A12"):
        said.has(f"Old remote '{old}' is no longer used", "basic-memory-cloud-sync")
    with t.row("9-A12"):
        check(f"[{old}]" in a.rclone_conf.read_text(), "the old section is left")
        put(a.space / "p" / "after.md", "# After\n")
        before = tree(a.space)
        a.bm("sync")
        same((tree(a.space), (user.space / "p" / "after.md").exists()), (before, True), "the next sync")
