"""Other storage than the host's own: a foreign S3 server, and SFTP."""

import os
import signal
import time

from device import check, put, same, same_trees, tree
from registry import rows
from trial import eventually


@rows("20-32", "20-31", "20-07", "15-72", "20-16", "9-A3", "20-N6", "X-06")
def foreign_s3(t):
    """The keys of an S3 server come with the host's answer; everything else is as with the host's own storage."""
    user = t.user()
    proxy = t.recorder()
    address, bucket = t.s3()
    proxy.answer("^POST /tenant/mount/credentials$", body={
        "type": "s3", "access_key": "S3RVER", "secret_key": "S3RVER", "endpoint": address, "region": "us-east-1"})
    proxy.answer("^GET /tenant/mount/info$", body={"tenant_id": user.tenant, "bucket_name": bucket.name})
    a = t.device(user, address=proxy.address)
    with t.row("20-16"):
        lines = dict(line.split(" = ", 1) for line in a.rclone_conf.read_text().splitlines() if " = " in line)
        keys = ("type", "provider", "access_key_id", "secret_access_key", "endpoint", "region")
        same({key: lines.get(key) for key in keys},
             {"type": "s3", "provider": "Other", "access_key_id": "S3RVER", "secret_access_key": "S3RVER",
              "endpoint": address, "region": "us-east-1"}, "keys of the section")
    folder = t.project(a, "p", {f"n{i}.md": f"# {i}\n" for i in range(12)})

    def cloud(device=a):
        listed = device.bm("project", "ls", "--name", "p").out.splitlines()
        return sorted(line.split(None, 1)[1] for line in listed if line.startswith("  "))

    with t.row("20-32", "9-A3"):
        same(cloud(), sorted(tree(folder)), "names in the bucket")
        b = t.device(user, "b", address=proxy.address)
        other = b.home / "p"
        b.bm("project", "sync-setup", "p", other)
        b.bm("project", "bisync", "--name", "p", "--resync")
        same_trees(folder, other)
        put(folder / "n1.md", "# older\n", age=500)
        put(other / "n1.md", "# newer, by far\n", age=100)
        (folder / "n2.md").unlink()
        for device in (a, b, a):
            device.bm("project", "bisync", "--name", "p")
        same_trees(folder, other)
        same((folder / "n1.md").read_text(), "# newer, by far\n", "the newer one wins")
        check(not (other / "n2.md").exists(), "a deletion goes across")
    with t.row("15-72"):
        moment = (folder / "n3.md").stat().st_mtime_ns
        (folder / "n3.md").write_text("# X\n")
        os.utime(folder / "n3.md", ns=(moment, moment))
        a.bm("project", "check", "--name", "p").has("Different (1):", "n3.md")
        (folder / "n3.md").write_text("# 3\n")
        os.utime(folder / "n3.md", ns=(moment, moment))
    with t.row("20-07"):
        a.bm("project", "copy", "--name", "p", "n3.md", "sub/n3.md")
        check("sub/n3.md" in cloud(), f"{cloud()}")
        a.bm("project", "bisync", "--name", "p")
    with t.row("20-N6"):
        (folder / "empty").mkdir()
        a.bm("project", "bisync", "--name", "p")
        a.bm("project", "bisync", "--name", "p")
        check((folder / "empty").is_dir(), "an empty folder is removed")
    with t.row("20-31"):
        old = t.device(user, "old", address=proxy.address, old=True)
        third = old.home / "p"
        old.bm("project", "sync-setup", "p", third)
        put(third / "only.md", "# Only\n")
        for name in ("n4.md", "n5.md"):
            put(third / name, f"# {name}\n")
        old.bm("project", "sync", "--name", "p", "--force")
        same(cloud(old), ["n4.md", "n5.md", "only.md"], "one way with the old rclone")
        old.bm("project", "check", "--name", "p").has("files match")


@rows("X-06", "20-32")
def over_sftp(t):
    """A storage of files: what a kill leaves half written is never taken for a note."""
    user = t.user()
    a = t.device(user)
    port, data = t.sftp()
    obscured = os.popen(f"'{t.machine.new}' obscure p").read().strip()
    put(a.rclone_conf, f"[basic-memory-cloud]\ntype = sftp\nhost = 127.0.0.1\nport = {port}\nuser = u\n"
        f"pass = {obscured}\nshell_type = none\n").chmod(0o600)
    remote = data / user.bucket / "p"
    folder = t.project(a, "p", {"n.md": "# N\n"}, resync=False)
    remote.mkdir(parents=True)
    a.bm("project", "bisync", "--name", "p", "--resync")
    with t.row("20-32"):
        same_trees(folder, remote)
    with t.row("X-06"):
        for turn in range(3):
            put(folder / f"large{turn}.bin", os.urandom(20_000_000))
            count = len(a.calls("bisync"))
            run = a.start("project", "bisync", "--name", "p")
            eventually("rclone runs", lambda count=count: len(a.calls("bisync")) > count or run.poll() is not None, 120)
            time.sleep(0.15 + 0.3 * turn)
            try:
                os.kill(a.calls("bisync")[-1].pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            run.wait(120)
        a.bm("project", "bisync", "--name", "p", expect=None)
        a.bm("project", "bisync", "--name", "p")
        names = sorted(tree(folder))
        same(names, ["large0.bin", "large1.bin", "large2.bin", "n.md"], "files here")
        there = {name: content for name, content in tree(remote).items() if not name.endswith(".partial")}
        check(there == tree(folder), f"both sides: {sorted(there)}")
