"""Uploads that a host cannot take: what it had stays, and the next sync brings both sides in step."""

import resource
import tempfile

from cloud_device import main, ready_device
from device import put, same_trees, tree
from host_process import check

NO_LIMIT = resource.RLIM_INFINITY


def nothing_goes_for_what_did_not_come(host):
    """rclone deletes the name of each upload that fails: with every file of a project too large, all would go."""
    with tempfile.TemporaryDirectory(prefix="bm-uploads-") as folder:
        a = ready_device(host, folder)
        own, there = a.home / "own", host.space(1) / "own"
        a.bm("project", "add", "own", "--local-path", own)
        put(own / "n.md", "# N\n", age=100)
        put(own / "p.pdf", b"old pages", age=100)
        a.bm("project", "bisync", "--name", "own", "--resync")
        before = tree(there)
        check(set(before) == {"n.md", "p.pdf"}, f"in the cloud: {list(before)}")
        put(own / "n.md", "# N\n" + "x" * 3_000_000)
        put(own / "p.pdf", b"new pages" * 400_000)
        resource.prlimit(host.process.pid, resource.RLIMIT_FSIZE, (1_000_000, NO_LIMIT))
        a.bm("project", "bisync", "--name", "own", expect=1)
        check(tree(there) == before, f"after uploads that failed the host has {list(tree(there))}")
        a.bm("cloud", "push", "--name", "own", "--on-conflict", "keep-local", expect=1)
        check(tree(there) == before, f"after a push that failed the host has {list(tree(there))}")
        resource.prlimit(host.process.pid, resource.RLIMIT_FSIZE, (NO_LIMIT, NO_LIMIT))
        a.bm("project", "bisync", "--name", "own")
        check(len(tree(there)["n.md"]) == 3_000_004 and len(tree(there)["p.pdf"]) == 3_600_000, "all went up")
        same_trees(own, there)


if __name__ == "__main__":
    main(__doc__, [nothing_goes_for_what_did_not_come], needs_rclone=True)
