"""Uploads that a host cannot take: what it had stays, and the next sync brings both sides in step."""

import argparse
import os
import pathlib
import resource
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
for folder in (HERE, HERE.parent / "cloud_acceptance"):
    sys.path.insert(0, str(folder))
from device import Device, put, same_trees, tree  # noqa: E402
from host_process import CONFIGURED_CLIENT, check, run  # noqa: E402

RCLONE = os.environ.get("BM_TEST_RCLONE") or str(HERE.parent.parent / "build" / "rclone" / "rclone")
NO_LIMIT = resource.RLIM_INFINITY


def device(host, folder):
    host.add_user("ann")
    a = Device(host.binary, folder, RCLONE)
    a.log_in_as(host.log_in("ann"), f"http://127.0.0.1:{host.port}", CONFIGURED_CLIENT)
    a.bm("cloud", "setup").has("Cloud setup completed successfully!")
    return a


def nothing_goes_for_what_did_not_come(host):
    """rclone deletes the name of each upload that fails: with every file of a project too large, all would go."""
    with tempfile.TemporaryDirectory(prefix="bm-uploads-") as folder:
        a = device(host, folder)
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
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    options = parser.parse_args()
    if not os.access(RCLONE, os.X_OK):
        print("skipped: no rclone of 1.66 or newer")
        sys.exit(0)
    sys.exit(1 if run([nothing_goes_for_what_did_not_come], options.binary) else 0)
