"""The annex on indexing, as far as the command line shows it, and files that come with old times."""

import ctypes
import hashlib
import json
import os
import pathlib
import struct
import subprocess

from device import check, put, same
from registry import rows
from trial import index_has, slack

IN_OPEN, IN_CLOSE, IN_ISDIR = 0x20, 0x18, 0x40000000


class Openings:
    """Which files of a folder are opened, and how many at once, as the kernel tells."""

    def __init__(self, folder):
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.queue = self.libc.inotify_init1(os.O_NONBLOCK)
        check(self.queue >= 0, "inotify")
        self.libc.inotify_add_watch(self.queue, str(folder).encode(), IN_OPEN | IN_CLOSE)

    def read(self):
        """(names of opened files, most open at once)"""
        opened, now, most = [], 0, 0
        while True:
            try:
                data = os.read(self.queue, 1 << 20)
            except BlockingIOError:
                return opened, most
            at = 0
            while at < len(data):
                _, mask, _, length = struct.unpack_from("iIII", data, at)
                name = data[at + 16:at + 16 + length].rstrip(b"\0").decode()
                at += 16 + length
                if mask & IN_ISDIR or not name:
                    continue
                if mask & IN_OPEN:
                    opened.append(name)
                    now += 1
                    most = max(most, now)
                else:
                    now -= 1


@rows("19-1", "19-2", "19-3", "19-4", "19-5")
def scans(t):
    a = t.new_device()
    folder = a.home / "notes"
    a.settings(projects={"main": str(folder)}, default_project="main")
    for number in range(2000):
        put(folder / f"n{number:04}.md", f"# Note {number}\n- [fact] word{number}\n" + "text " * 100, age=1000)
    for number in range(31):
        put(folder / f"p{number}.pdf", b"%PDF" + os.urandom(20000), age=1000)
    seen = Openings(folder)
    with t.row("19-4"):
        first = a.bm("sync")
        first.has("new: 2031")
        check(first.seconds < 30 * slack(), f"the first scan took {first.seconds:.1f} s")
        quiet = a.bm("sync").has("Synced 0 files")
        check(quiet.seconds < 3 * slack(), f"a scan without changes took {quiet.seconds:.1f} s")
    with t.row("19-3"):
        opened, most = seen.read()
        check(opened and most <= 10, f"{most} files were open at once")
    with t.row("19-1"):
        seen.read()
        a.bm("sync")
        same(seen.read()[0], [], "files opened without a change")
        put(folder / "n0007.md", "# Changed\n")
        a.bm("sync").has("modified: 1")
        same(set(seen.read()[0]), {"n0007.md"}, "files opened after one change")
    with t.row("19-2", "19-4"):
        large = put(folder / "large.bin", os.urandom(20_000_000))
        process = subprocess.Popen([a.binary, "status", "--json"], env=a.environment, stdout=subprocess.PIPE)
        said = process.stdout.read().decode()
        process.stdout.close()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        same(json.loads(said)["checksums"]["large.bin"], hashlib.sha256(large.read_bytes()).hexdigest(), "checksum")
        check(usage.ru_maxrss < 500_000, f"{usage.ru_maxrss} kB of memory")
    with t.row("19-5"):
        a.bm("sync")
        put(folder / "larger.md", "# Larger\n")
        a.bm("sync").has("new: 1")
        put(folder / "equal.md", "# Equal\n")
        (folder / "n0001.md").unlink()
        a.bm("sync").has("new: 1", "deleted: 1")
        (folder / "n0002.md").unlink()
        a.bm("sync").has("deleted: 1")
        put(folder / "n0003.md", "# Modified\n")
        a.bm("sync").has("modified: 1")
        same(a.bm("status", "--json").json["total"], 0, "nothing is missed")


@rows("19-6")
def old_times(t):
    user = t.user()
    a = t.device(user)
    folder = t.project(a, "p", {"n.md": "# N\n"})
    file = put(folder / "old.md", "# Old\nantediluvian\n")
    os.utime(file, (1580000000, 1580000000))
    a.bm("project", "bisync", "--name", "p")
    check(pathlib.Path(user.space / "p" / "old.md").stat().st_mtime < 1600000000, "its time is kept")
    index_has(user, "p", "antediluvian")


@rows("X-10")
def histories(t):
    """One short soak; soak.py in its long form makes many."""
    import soak
    soak.run(t, 10, 20)
