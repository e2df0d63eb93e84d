#!/usr/bin/env python3
"""Files over WebDAV of a real `bm serve` that is killed, and that has many of them.

    webdav.py --binary build/release/cli/bm [NAME...]
"""

import argparse
import base64
import hashlib
import sys
import threading
import time

from host_process import McpClient, check, eventually, run

MIB = 1 << 20
MOST_MORE_MEMORY = 64 * MIB  # for a list of 10,000 files


def same(found, expected, what):
    check(found == expected, f"{what}: {found!r}, not {expected!r}")


class Files:
    """The space of one user, asked as rclone asks."""

    def __init__(self, host, name="ann"):
        self.host = host
        token = host.user(name)
        given = host.ask("POST", "/tenant/mount/credentials", token).json
        self.token = token
        self.root = "/webdav/" + host.ask("GET", "/tenant/mount/info", token).json["bucket_name"]
        pair = f"{given['user']}:{given['pass']}".encode()
        self.basic = {"Authorization": "Basic " + base64.b64encode(pair).decode()}
        self.folder = host.space(1)

    def ask(self, method, path, body=None, **fields):
        headers = {name.replace("_", "-"): value for name, value in fields.items()}
        return self.host.ask(method, self.root + path, body=body, headers=self.basic | headers)

    def to(self, path):
        return f"http://127.0.0.1:{self.host.port}{self.root}{path}"


def bytes_of(text):
    """Long enough for a kill to meet it, and each says whose it is."""
    return (text + "\n").encode() * (4 * MIB // (len(text) + 1))


def is_one_of(data, wholes, what):
    check(data in wholes, f"{what}: {len(data)} bytes that nobody wrote so")


def killed_meanwhile(files, number, method, path, body=None, **fields):
    """Sends a request to a host that dies at some moment of it; the status, or none."""
    killer = threading.Timer(0.004 * (number % 9), files.host.kill)
    killer.start()
    status = None
    try:
        status = files.ask(method, path, body, **fields).status
    except OSError:
        pass
    killer.join()
    files.host.start()
    return status


def killed_while_writing(host):
    """PUT, COPY and MOVE over what is there: after a kill -9 there is the old or the new, whole, under each name."""
    files = Files(host)
    old, new = bytes_of("old"), bytes_of("new")
    folder = files.folder / "main"
    for number in range(18):
        method = ("PUT", "COPY", "MOVE")[number % 3]
        same(files.ask("PUT", "/main/to.md", old).status in (201, 204), True, "before")
        if method == "PUT":
            status = killed_meanwhile(files, number, "PUT", "/main/to.md", new)
        else:
            same(files.ask("PUT", "/main/from.md", new).status in (201, 204), True, "from")
            status = killed_meanwhile(files, number, method, "/main/from.md", Destination=files.to("/main/to.md"))
        now = (folder / "to.md").read_bytes()
        is_one_of(now, (old, new), f"{method} {number}")
        if status is not None:
            check(status == 204 and now == new, f"{method} {number}: answered {status}")
        if method == "COPY":
            same((folder / "from.md").read_bytes() == new, True, "the source stays")
        if method == "MOVE" and (folder / "from.md").exists():
            is_one_of((folder / "from.md").read_bytes(), (old, new), f"{method} {number}: source")
        check(now == new or method != "MOVE" or (folder / "from.md").read_bytes() == new, "nothing is lost")


def killed_while_copying_a_folder(host):
    """A folder over a folder: after a kill -9 the old one is whole, or the new one is."""
    files = Files(host)
    folder = files.folder / "main"
    for number in range(40):
        for name in ("from", "to"):
            same(files.ask("PUT", f"/main/{name}/{number}.md", name * 2000).status, 201, "before")
    names = [f"{number}.md" for number in range(40)]
    for number in range(9):
        killed_meanwhile(files, number, "COPY", "/main/from", Destination=files.to("/main/to"))
        same(sorted(p.name for p in (folder / "to").iterdir()), sorted(names), f"all files, round {number}")
        said = {(folder / "to" / name).read_text()[:2] for name in names}
        same(len(said), 1, f"one kind of files, round {number}")
        same(len([p for p in (folder / "from").iterdir()]), 40, "the source stays")


def resident(host):
    with open(f"/proc/{host.process.pid}/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM:"))


def many_files(host):
    """A list of 10,000 files: whole, with the MD5 of each, in bounded memory, and not read again after a new start."""
    files = Files(host)
    folder = files.folder / "main" / "many"
    folder.mkdir(parents=True)
    for number in range(10_000):
        (folder / f"{number:05}.bin").write_bytes(str(number).encode())
    time.sleep(0.2)
    files.ask("PROPFIND", "/main", Depth="1")
    before = resident(host)
    began = time.monotonic()
    listed = files.ask("PROPFIND", "/main/many", Depth="1")
    first = time.monotonic() - began
    grown = resident(host) - before
    same(listed.status, 207, "listed")
    same(listed.text.count("<d:response>"), 10_001, "all of them")
    for number in (0, 4_711, 9_999):
        check(hashlib.md5(str(number).encode()).hexdigest() in listed.text, f"hash of {number}")
    check(grown < MOST_MORE_MEMORY, f"{grown} bytes more")
    same(host.stop(), 0, "it ends")
    kept = next((host.data / "spaces-state" / "1").glob("file-hashes"))
    check(kept.stat().st_size > 10_000 * 48, "hashes are kept")
    host.start()
    began = time.monotonic()
    same(files.ask("PROPFIND", "/main/many", Depth="1").text, listed.text, "the same list")
    print(f"        10,000 files: {first:.2f} s, {grown / MIB:.1f} MiB; after a new start "
          f"{time.monotonic() - began:.2f} s", flush=True)


def notes_are_kept(host):
    """What a PUT replaces and a DELETE takes is in the history, although nobody had indexed it; the folder stays."""
    files = Files(host)
    client = McpClient(host, files.token).open()
    client.call("write_note", title="Kept", content="first words", folder="f", project="main")
    same(files.ask("PUT", "/main/f/Kept.md", "# Kept\n\nsecond words\n").status, 204, "put")
    same(files.ask("PUT", "/main/f/Kept.md", "# Kept\n\nthird words\n").status, 204, "put at once again")
    same(files.ask("DELETE", "/main").status, 204, "deleted")
    check((files.folder / "main").is_dir(), "the project's folder stays")
    done = eventually("gone from the index",
                      lambda: "No results" in (said := client.call("search_notes", query="words", project="main"))
                      or "words" not in said.replace("'words'", "").replace('"words"', ""))
    check(done, "gone")
    same(files.ask("PUT", "/main/new.md", "# New\n\nusable\n").status, 201, "usable afterwards")
    for bad, status in (("/main/f/../../x", 400), ("/main/new.md/below", 409), ("/none/x", 201)):
        reply = files.ask("PUT", bad, "x")
        same(reply.status, status, bad)
        check(str(host.data) not in reply.text, "no folder of the host is named")


TESTS = (killed_while_writing, killed_while_copying_a_folder, many_files, notes_are_kept)

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    chosen = [t for t in TESTS if not arguments.names or t.__name__ in arguments.names]
    sys.exit(run(chosen, arguments.binary))
