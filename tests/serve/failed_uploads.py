"""Uploads that a host cannot take: what it had stays, and the next sync brings both sides in step."""

import os
import resource
import socket
import subprocess
import tempfile
import urllib.parse

from cloud_device import main, ready_device
from device import put, same_trees, tree
from host_process import Skipped, check

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


def nothing_goes_for_what_a_full_disk_did_not_take(host):
    """With a disk that is full the history and the index of the host fail as well."""
    host.stop()
    host.data.mkdir(exist_ok=True)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", str(host.data)], capture_output=True,
                             check=False)
    if mounted.returncode != 0:
        host.start()
        raise Skipped("no small file system can be mounted here")
    try:
        host.start()
        with tempfile.TemporaryDirectory(prefix="bm-uploads-") as folder:
            a = ready_device(host, folder)
            own, there = a.home / "own", host.space(1) / "own"
            a.bm("project", "add", "own", "--local-path", own)
            put(own / "n.md", "# N\n", age=100)
            put(own / "p.pdf", b"old pages", age=100)
            a.bm("project", "bisync", "--name", "own", "--resync")
            before = tree(there)
            free = os.statvfs(host.data)
            filler = host.data / "filler"
            filler.write_bytes(b"x" * max(free.f_bavail * free.f_bsize - 200_000, 0))
            put(own / "n.md", "# N\n" + "x" * 3_000_000)
            put(own / "p.pdf", b"new pages" * 400_000)
            a.bm("project", "bisync", "--name", "own", expect=1).has("Insufficient Storage")
            check(tree(there) == before, f"after uploads that failed the host has {list(tree(there))}")
            a.bm("cloud", "push", "--name", "own", "--on-conflict", "keep-local", expect=1).has("Insufficient Storage")
            check(tree(there) == before, f"after a push that failed the host has {list(tree(there))}")
            filler.unlink()
            a.bm("project", "bisync", "--name", "own")
            check(len(tree(there)["n.md"]) == 3_000_004, "all went up")
            same_trees(own, there)
    finally:
        host.stop()
        subprocess.run(["umount", str(host.data)], capture_output=True, check=False)


def a_restart_between_an_upload_and_its_deletion(host):
    """A client whose upload broke off with the host deletes its name at the new one, which never heard of it."""
    token = host.user("ann")
    host.ask("POST", "/proxy/projects/projects", token, {"name": "own", "path": "own"})
    at = "/webdav/" + urllib.parse.quote(host.ask("GET", "/tenant/mount/info", token).json["bucket_name"]) + "/own"
    for name in ("n.md", "p.pdf"):
        check(host.ask("PUT", f"{at}/{name}", token, b"old").status in (201, 204), f"{name} is put")
    connection = socket.create_connection(("127.0.0.1", host.port), timeout=60)
    connection.sendall(f"PUT {at}/p.pdf HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
                       "Content-Length: 1000000\r\n\r\nhalf".encode())
    host.kill()
    connection.close()
    host.start()
    for name in ("n.md", "p.pdf"):
        spared = host.ask("DELETE", f"{at}/{name}", token)
        check(spared.status == 503 and spared.headers.get("retry-after"), f"{name}: {spared.status} {spared.text}")
        check(host.ask("GET", f"{at}/{name}", token).body == b"old", f"{name} is there")
    # Who has seen what is there knows what he deletes.
    check(host.ask("PROPFIND", f"{at}/", token, headers={"Depth": "1"}).status == 207, "the list")
    check(host.ask("DELETE", f"{at}/p.pdf", token).status == 204, "a file is deleted")


def a_sync_deletes_soon_after_a_start(host):
    """What is deleted for good goes at once, whatever rclone does: it looks before it deletes."""
    with tempfile.TemporaryDirectory(prefix="bm-uploads-") as folder:
        a = ready_device(host, folder)
        own, there = a.home / "own", host.space(1) / "own"
        a.bm("project", "add", "own", "--local-path", own)
        for name in ("a.md", "deep/b.md", "deep/c.pdf", "d.md"):
            put(own / name, name, age=100)
        a.bm("project", "bisync", "--name", "own", "--resync")
        for name, command in (("deep/b.md", ("project", "bisync")), ("deep/c.pdf", ("project", "sync"))):
            host.stop()
            host.start()
            (own / name).unlink()
            a.bm(*command, "--name", "own")
            check(name not in tree(there), f"{name} is deleted by {command}")
        host.stop()
        host.start()
        put(a.data / ".bmignore", "d.md\n")
        a.bm("cloud", "prune", "--name", "own", "--yes")
        check(set(tree(there)) == {"a.md"}, f"there is {list(tree(there))}")


if __name__ == "__main__":
    main(__doc__, [nothing_goes_for_what_did_not_come, nothing_goes_for_what_a_full_disk_did_not_take,
                   a_restart_between_an_upload_and_its_deletion, a_sync_deletes_soon_after_a_start], needs_rclone=True)
