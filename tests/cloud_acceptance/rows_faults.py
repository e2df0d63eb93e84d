"""What goes wrong: each fault gets the paper's sentence and code, and nothing is lost."""

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import time

from device import check, digest, fails_with, put, same, same_trees, tree
from registry import Unavailable, rows
from trial import eventually, free_port, slack


def code_of(device, *words, expect=1, **variables):
    """error.code of a command that fails."""
    value = device.bm(*words, "--json", expect=expect, **variables).json
    value = value["results"][0] if "results" in value else value
    check(value["ok"] is False and value["error"]["message"], f"{value}")
    return value["error"]["code"]


@rows("9-C14", "20-45", "9-333", "15-85", "20-N8", "15-95", "X-14", "X-05", "9-A3", "15-02")
def clear_errors(t):
    user = t.user()
    proxy = t.recorder()
    a = t.device(user, address=proxy.address)
    folder = t.project(a, "p", {f"n{i}.md": f"# {i}\n" for i in range(40)})
    # Something to do, and trees to compare with.
    put(folder / "waiting.md", "# Waiting\n")
    before = tree(folder), tree(user.space)
    produced = {}

    def unchanged(what):
        same((tree(folder), tree(user.space)), before, f"trees after {what}")

    with t.row("9-C14", "20-45", "9-333", "15-85"):
        a.settings(rclone_path=None)
        produced["rclone_missing"] = code_of(a, "project", "bisync", "--name", "p", PATH="/nonexistent")
        a.bm("sync", expect=1, PATH="/nonexistent").has("Error: rclone not found", "bm cloud setup")
        a.settings(rclone_path=str(a.rclone))
        unchanged("no rclone")
    with t.row("20-N8", "9-C14", "20-45"):
        a.use_rclone(t.machine.new)
        a.fault('if [ "$1" = version ]; then echo "rclone v1.57.0"; exit 0; fi\n')
        os.utime(a.rclone, (1, 1))
        produced["rclone_too_old"] = code_of(a, "project", "bisync", "--name", "p")
        a.bm("project", "bisync", "--name", "p", expect=1).has("1.57", "too old", "1.66")
        a.fault()
        a.use_rclone(t.machine.new)
        unchanged("an old rclone")
    with t.row("20-N8"):
        old = t.device(user, "old", old=True)
        other = old.home / "push"
        old.bm("project", "add", "push", "--local-path", other)
        put(other / "n.md", "# N\n")
        said = old.bm("project", "bisync", "--name", "push", "--resync", expect=1)
        said.has("1.60.1", "1.66")
        old.bm("project", "sync", "--name", "push")
        same((user.space / "push" / "n.md").read_text(), "# N\n", "one way works with the old one")
        shutil.rmtree(user.space / "push")
    with t.row("9-C14", "20-45"):
        produced["not_cloud_mode"] = code_of(a, "project", "bisync", "--name", "p", BASIC_MEMORY_CLOUD_MODE="false")
        tokens = (a.data / "basic-memory-cloud.json")
        held = tokens.read_text()
        proxy.answer("POST /oauth2/token", 400, {"error": "invalid_grant"}, times=2)
        put(tokens, json.dumps(json.loads(held) | {"expires_at": 1000}))
        produced["not_authenticated"] = code_of(a, "project", "bisync", "--name", "p")
        a.bm("sync", expect=1).has("Not authenticated. Please run 'bm cloud login' first.")
        put(tokens, held)
        unchanged("an expired token")
        refusal = {"error": "subscription_required", "message": "Pay", "subscribe_url": "https://x/y"}
        rule = proxy.answer("GET /tenant/mount/info", 403, {"detail": refusal})
        produced["subscription_required"] = code_of(a, "project", "bisync", "--name", "p")
        proxy.rules.remove(rule)
        conf = a.rclone_conf.read_text()
        a.rclone_conf.unlink()
        produced["not_set_up"] = code_of(a, "project", "bisync", "--name", "p")
        put(a.rclone_conf, conf)
        produced["project_not_found"] = code_of(a, "project", "bisync", "--name", "nobody")
        a.bm("project", "bisync", "--name", "nobody", expect=1).has("Error: Project 'nobody' not found")
        a.bm("project", "add", "bare")
        produced["no_local_path"] = code_of(a, "project", "bisync", "--name", "bare")
        produced["usage"] = code_of(a, "project", "bisync", expect=2)
        a.settings(cloud_projects=a.config["cloud_projects"] | {
            "bare": {"local_path": str(folder / "in"), "last_sync": None, "bisync_initialized": False}})
        produced["overlap"] = code_of(a, "project", "bisync", "--name", "bare")
        a.settings(cloud_projects=a.config["cloud_projects"] | {
            "bare": {"local_path": str(a.home / "basic-memory-cloud"), "last_sync": None, "bisync_initialized": False}})
        produced["mount_conflict"] = code_of(a, "project", "bisync", "--name", "bare")
        a.settings(cloud_projects=a.config["cloud_projects"] | {
            "bare": {"local_path": str(a.home / "bare"), "last_sync": None, "bisync_initialized": False}})
        produced["not_initialized"] = code_of(a, "project", "bisync", "--name", "bare")
        unchanged("all these")
    with t.row("9-C14", "20-45"):
        # Nobody listens there; an answer of a gateway would be another failure.
        a.settings(cloud_host=f"http://127.0.0.1:{free_port()}")
        try:
            produced["network"] = code_of(a, "project", "bisync", "--name", "p")
            a.bm("sync", expect=1).has("Cannot reach cloud API at")
        finally:
            a.settings(cloud_host=proxy.address)
        rule = proxy.answer("GET /proxy/projects/projects", 200, b"<html>", times=None)
        code_of(a, "project", "bisync", "--name", "p")
        proxy.rules.remove(rule)
        unchanged("a host that is down")
    with t.row("X-14", "9-C14", "20-45"):
        conf = a.rclone_conf.read_text()
        url = next(line for line in conf.splitlines() if line.startswith("url = "))
        for address in (f"http://127.0.0.1:{free_port()}/webdav", silent_server(t)):
            put(a.rclone_conf, conf.replace(url, f"url = {address}"))
            said = a.bm("project", "bisync", "--name", "p", expect=1)
            said.has("Cannot reach cloud storage at")
            check(said.seconds < 60 * slack(), f"{address} took {said.seconds} s")
        put(a.rclone_conf, conf)
        unchanged("storage that does not answer")
    with t.row("9-C14", "20-45"):
        gone = {file: file.read_bytes() for file in sorted(folder.glob("n*.md"))[:26]}
        for file in gone:
            file.unlink()
        produced["deletion_limit"] = code_of(a, "project", "bisync", "--name", "p")
        for file, text in gone.items():
            file.write_bytes(text)
        a.bm("project", "bisync", "--name", "p", expect=None)
        folder.rename(a.home / "away")
        produced["local_missing"] = code_of(a, "project", "bisync", "--name", "p")
        (a.home / "away").rename(folder)
        small = t.project(a, "small", {"a.md": "# A\n"})
        (small / "a.md").unlink()
        produced["side_empty"] = code_of(a, "project", "bisync", "--name", "small")
        a.bm("project", "bisync", "--name", "small", expect=1).has("is empty but 1 files were synced before")
        for listing in list(a.state("small").glob("*.lst")) + list((a.state("small") / "backup").glob("*")):
            listing.write_text("torn")
        put(small / "a.md", "# A\n")
        produced["needs_resync"] = code_of(a, "project", "bisync", "--name", "small")
        moment = time.time() + 7200
        for file in folder.glob("*.md"):
            os.utime(file, (moment, moment))
        produced["all_changed"] = code_of(a, "project", "bisync", "--name", "p")
        a.bm("project", "bisync", "--name", "p", "--yes")
    with t.row("9-C14", "20-45", "X-05"):
        a.fault('while [ "$1" = bisync ] && [ ! -f "$dir/go" ]; do sleep 0.1; done\n')
        count = len(a.calls("bisync"))
        first = a.start("project", "bisync", "--name", "p")
        eventually("the first one runs", lambda: len(a.calls("bisync")) > count, 120)
        produced["locked"] = code_of(a, "project", "bisync", "--name", "p")
        first.kill()
        first.wait()
        put(a.log / "go")
        a.fault()
        time.sleep(0.5)
        put(folder / "after-kill.md", "# K\n")
        a.bm("project", "bisync", "--name", "p")
        check((user.space / "p" / "after-kill.md").exists(), "after the holder was killed the next run goes on")
    with t.row("9-C14", "20-45"):
        a.fault(fails_with("no space left on device"))
        produced["local_io"] = code_of(a, "project", "bisync", "--name", "p")
        a.fault(fails_with("something odd"))
        produced["rclone_failed"] = code_of(a, "project", "bisync", "--name", "p")
        a.fault(fails_with("AccessDenied: 403"))
        produced["credentials"] = code_of(a, "project", "bisync", "--name", "p")
        a.fault('[ "$1" = bisync ] && exec sleep 30\n')
        stopped = a.start("project", "bisync", "--name", "p", "--json")
        count = len(a.calls("bisync"))
        eventually("it runs", lambda: len(a.calls("bisync")) > count or stopped.poll() is not None, 120)
        stopped.send_signal(signal.SIGINT)
        same(stopped.wait(120), 130, "exit after Ctrl+C")
        a.fault()
        check('"interrupted"' in stopped.said(), stopped.said()[-300:])
        wrong = {name: got for name, got in produced.items() if got != name}
        same(wrong, {}, "codes")
    with t.row("15-95"):
        a.bm("project", "list", expect=1, BASIC_MEMORY_CLOUD_HOST="http://notes.example.invalid").has(
            "Warning", "http://")
        a.bm("cloud", "setup", "--help").has("--ca-cert")
    with t.row("15-02", "15-85"):
        a.settings(rclone_path=None)
        tools = a.root / "tools"
        put(tools / "apt-get", '#!/bin/sh\necho "$@" >>"$0.calls"\n').chmod(0o755)
        shutil.copy(tools / "apt-get", tools / "apt")
        a.bm("cloud", "setup", "--yes", expect=None, PATH=str(tools) + ":/nonexistent")
        check(list(tools.glob("*.calls")), "no package manager was called")


def silent_server(t):
    """The address of a server that takes connections and never says a word."""
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen(64)
    t.ending.append(server.close)
    return f"http://127.0.0.1:{server.getsockname()[1]}/webdav"


@rows("20-45")
def full_disk(t):
    """A disk that fills up while notes come in: the message names it, and what was there stays."""
    user = t.user()
    a = t.device(user)
    disk = a.home / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], capture_output=True,
                             check=False)
    if mounted.returncode != 0:
        raise Unavailable("no small file system can be mounted here")
    t.ending.append(lambda: subprocess.run(["umount", str(disk)], capture_output=True, check=False))
    folder = t.project(a, "p", {"n.md": "# N\n"}, folder=disk / "p")
    put(user.space / "p" / "large.bin", os.urandom(3_000_000))
    put(folder / "edited.md", "# E\n")
    a.bm("project", "bisync", "--name", "p", expect=1).has("no space left on device")
    same(((folder / "n.md").read_text(), (folder / "edited.md").read_text()), ("# N\n", "# E\n"), "notes here")
    (user.space / "p" / "large.bin").unlink()
    a.bm("project", "bisync", "--name", "p", expect=None)
    a.bm("project", "bisync", "--name", "p")
    same(sorted(tree(folder)), ["edited.md", "n.md"], "after room was made")
    same_trees(folder, user.space / "p")


@rows("X-06")
def kills(t):
    """SIGKILL of rclone and of bm at moments of a run: the next ones converge, nothing is lost."""
    user = t.user()
    a = t.device(user)
    folder = t.project(a, "p", {f"n{i}.md": f"# {i}\n" for i in range(6)})
    luck = random.Random(6)
    expected = set(tree(folder).values())
    for turn in range(10):
        for number in range(3):
            texts = f"# here {turn} {number}\n" + "x" * 20000, f"# there {turn} {number}\n"
            put(folder / f"h{turn}-{number}.md", texts[0])
            put(user.space / "p" / f"t{turn}-{number}.md", texts[1])
            expected |= {text.encode() for text in texts}
        count = len(a.calls())
        run = a.start("project", "bisync", "--name", "p")
        eventually("rclone runs", lambda count=count: len(a.calls()) > count or run.poll() is not None, 120)
        time.sleep(luck.uniform(0, 0.8))
        victims = [run.pid] if turn % 2 else [call.pid for call in a.calls()[count:]][-1:]
        for victim in victims:
            try:
                os.kill(victim, signal.SIGKILL)
            except ProcessLookupError:
                pass
        run.wait(180)
    done = a.bm("project", "bisync", "--name", "p", expect=None)
    check(done.code == 0, f"the run after the kills: {done.text[-300:]}")
    a.bm("project", "bisync", "--name", "p")
    same_trees(folder, user.space / "p")
    names = list(tree(folder))
    check(not [name for name in names if name.endswith(".partial") or "..path" in name], f"leftovers: {names}")
    check(expected <= set(tree(folder).values()), "a note is lost")
    check(digest(folder), "tree")
