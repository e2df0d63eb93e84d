#!/usr/bin/env python3
"""Disks that are mounted at a project and inside it, and what becomes of their notes without them.

    mounts.py --binary build/release/cli/bm

Runs in a mount namespace of its own; exits with 77 where the system gives none. Without its disk the folder is
empty, and no note may leave the index: neither under a running server nor when one is started, nor by `bm sync`. When
the disk is mounted again the server notices by itself.
"""

import argparse
import os
import pathlib
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from bm_process import SKIPPED, Failure, Sandbox, TemporaryFolder, check  # noqa: E402

LIMIT_SECONDS = 300
PATIENCE_SECONDS = 60
UNSHARE = ["unshare", "--user", "--map-root-user", "--mount"]


def wait_until(condition, what):
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.02)
    raise Failure(f"after {PATIENCE_SECONDS} s still not true: {what}")


def found(server, word):
    answer = server.call("search_notes", {"query": word, "project": "test-project"})
    check(not answer.is_error, f"search_notes failed: {answer.text}")
    return [hit["file_path"] for hit in answer.structured["result"]["results"]]


def wait_until_found(server, word, path):
    wait_until(lambda: path in found(server, word), f"{path} is found by '{word}'")


def make_disk(path):
    path.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "none", path], check=True)
    return path


def mount(disk, folder):
    subprocess.run(["mount", "--bind", disk, folder], check=True)


def unmount(folder):
    """Somebody may be looking into it right now."""
    wait_until(lambda: subprocess.run(["umount", folder], check=False, stderr=subprocess.DEVNULL).returncode == 0,
               f"{folder} can be unmounted")


def run(binary, root):
    sandbox = Sandbox(binary, root / "sandbox")
    disk = make_disk(root / "disk")
    inner_disk = make_disk(root / "inner disk")
    project = sandbox.project
    inner = project / "in here"
    mount(disk, project)
    inner.mkdir()
    mount(inner_disk, inner)
    (project / "a.md").write_text("# A\n\nbittern\n", encoding="utf-8")
    (inner / "b.md").write_text("# B\n\ncurlew\n", encoding="utf-8")

    with sandbox.serve() as server:
        wait_until_found(server, "bittern", "a.md")
        wait_until_found(server, "curlew", "in here/b.md")
        unmount(inner)
        (project / "c.md").write_text("# C\n\ndotterel\n", encoding="utf-8")
        wait_until_found(server, "dotterel", "c.md")
        check(found(server, "curlew") == ["in here/b.md"], "a note was lost with the disk inside the project")
        (inner_disk / "d.md").write_text("# D\n\negret\n", encoding="utf-8")
        mount(inner_disk, inner)
        wait_until_found(server, "egret", "in here/d.md")
        (inner / "e.md").write_text("# E\n\nfulmar\n", encoding="utf-8")
        wait_until_found(server, "fulmar", "in here/e.md")

        unmount(inner)
        unmount(project)
        time.sleep(1)
        check(found(server, "bittern") == ["a.md"], "a note was lost with the disk of the project")
        (disk / "f.md").write_text("# F\n\ngannet\n", encoding="utf-8")
        mount(disk, project)
        mount(inner_disk, inner)
        wait_until_found(server, "gannet", "f.md")
        check(found(server, "curlew") == ["in here/b.md"], "a note was lost by mounting again")
    unmount(inner)
    unmount(project)

    refused = sandbox.run("sync", expect=None)
    check(refused.returncode != 0, "`bm sync` of a project without its disk exited with 0")
    check("until that disk is mounted" in refused.stderr, f"`bm sync` does not say why: {refused.stderr!r}")
    with sandbox.serve() as server:
        time.sleep(1)
        check(found(server, "bittern") == ["a.md"], "a note was lost by a start without the disk")
        (disk / "g.md").write_text("# G\n\nhoopoe\n", encoding="utf-8")
        mount(disk, project)
        wait_until_found(server, "hoopoe", "g.md")
        (project / "h.md").write_text("# H\n\nibis\n", encoding="utf-8")
        wait_until_found(server, "ibis", "h.md")
        check(found(server, "curlew") == ["in here/b.md"], "a note was lost by a start without the inner disk")


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--binary", required=True)
    options.add_argument("--inside", action="store_true", help="the namespace is made already")
    chosen = options.parse_args()
    if not chosen.inside:
        if subprocess.run([*UNSHARE, "true"], check=False, stderr=subprocess.DEVNULL).returncode != 0:
            print("SKIPPED nothing was looked at: the system gives no mount namespace")
            return SKIPPED
        os.execvp(UNSHARE[0], [*UNSHARE, sys.executable, "-B", __file__, "--binary", chosen.binary, "--inside"])
    signal.alarm(LIMIT_SECONDS)
    with TemporaryFolder("bm-mounts-") as folder:
        try:
            run(chosen.binary, folder)
        except Failure as failure:
            print(f"FAIL {failure}")
            return 1
        finally:
            for mounted in ("sandbox/projects/test-project/in here", "sandbox/projects/test-project", "disk",
                            "inner disk"):
                subprocess.run(["umount", "--lazy", folder / mounted], check=False, stderr=subprocess.DEVNULL)
    print("PASS disks came and went, under a server and without one, and kept their notes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
