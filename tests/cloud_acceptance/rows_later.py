"""Mounts, uploads and what comes from older releases."""

from device import check, put, same, tree
from registry import rows


@rows("9-245", "9-511", "9-512", "9-521", "9-522", "9-A9")
def mount(t):
    user = t.user()
    a = t.device(user)
    point = a.home / "basic-memory-cloud"
    a.fault('case "$1" in mount|nfsmount) exit 0;; esac\n')
    a.bm("cloud", "mount", "--mount-point", a.home / "elsewhere", expect=2).has("The mount point is fixed")
    a.bm("cloud", "mount", expect=None)
    calls = a.calls("mount") + a.calls("nfsmount")
    check(calls, "rclone was not asked to mount")
    same(calls[0].words[1:3], [f"basic-memory-cloud:{user.bucket}", str(point)], "what is mounted where")
    a.bm("cloud", "mount-status").has("Cloud Mount Status", user.tenant, str(point))
    a.bm("cloud", "unmount").has("Not mounted")


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
