"""Projects of a cloud from one machine: how they stand, in and out of the cloud, pushed, pulled and pruned."""

import pathlib
import shutil
import subprocess
import tempfile

from cloud_device import RCLONE, Device, log_in, main, ready_device
from device import put, tree
from host_process import Host, Skipped, check


def states(a):
    return {each["name"]: each["sync_state"] for each in a.bm("project", "list", "--json").json["projects"]}


def the_list_tells_how_projects_stand(host):
    with tempfile.TemporaryDirectory(prefix="bm-projects-") as folder:
        a = ready_device(host, folder)
        a.bm("project", "add", "plain")
        a.bm("project", "add", "own", "--local-path", a.home / "own")
        check(states(a)["plain"] == "off" and states(a)["own"] == "not initialised", f"before: {states(a)}")
        put(a.home / "own" / "n.md", "# N\n")
        a.bm("project", "bisync", "--name", "own", "--resync")
        a.bm("project", "list").has("Sync", "synced just now", "Local Path", "~/own").lacks("not initialised")
        a.rclone_conf.write_text(a.rclone_conf.read_text().replace("/webdav", "/nowhere"))
        a.bm("project", "bisync", "--name", "own", expect=1)
        check(states(a)["own"] == "error", f"after a failure: {states(a)}")
        a.bm("doctor", "--sync", expect=1).has("! own: the last sync failed", "Doctor failed")
        a.bm("cloud", "setup")
        a.bm("project", "bisync", "--name", "own")
        a.bm("cloud", "bisync-setup")
        check(states(a)["plain"] == "space" and states(a)["own"].startswith("synced"), f"with a space: {states(a)}")
        a.bm("doctor", "--sync").has("OK rclone", "OK The host answers", "OK The storage", "Doctor checks passed.")
        # A run that stops before rclone starts has failed as well.
        (a.home / "own").rename(a.home / "away")
        a.bm("project", "bisync", "--name", "own", expect=1).has("does not exist, but 1 files were synced there")
        check(states(a)["own"] == "error", f"without its folder: {states(a)}")
        (a.home / "away").rename(a.home / "own")
        a.bm("project", "bisync", "--name", "own")
        check(states(a)["own"].startswith("synced"), f"with its folder: {states(a)}")
        # The state decides, whatever the settings say, and they may spell a name otherwise.
        a.bm("project", "add", "My Notes", "--local-path", a.home / "mine")
        held = a.config["cloud_projects"]
        entry = held.pop("My Notes") | {"bisync_initialized": True, "last_sync": "2026-01-01T00:00:00Z"}
        a.settings(cloud_projects=held | {"My Notes": entry})
        listed = a.bm("project", "list", "--json").json["projects"]
        mine = next(each for each in listed if each["name"] == "My Notes")
        check(mine["sync_state"] == "not initialised" and mine["last_sync"] is None, f"{mine}")
        a.settings(cloud_projects=held | {"my-notes": entry})
        a.bm("doctor", "--sync", expect=1).lacks("overlaps the local path").has("have not agreed on anything yet")
        host.stop()
        a.bm("project", "list", expect=1).has("Error listing projects: ")
        host.start()


def above_all_spaces(host):
    """The bare address of the files shows the caller's space and nothing else, to any client."""
    with tempfile.TemporaryDirectory(prefix="bm-projects-") as folder:
        a = ready_device(host, folder)
        host.user("bob")
        for rclone in (RCLONE, shutil.which("rclone")):
            if not rclone:
                continue
            shown = subprocess.run([rclone, "--config", a.rclone_conf, "lsf", "basic-memory-cloud:"], text=True,
                                   capture_output=True, timeout=120)
            check(shown.returncode == 0 and len(shown.stdout.split()) == 1 and shown.stdout.startswith("space"),
                  f"{rclone}: {shown.stdout}{shown.stderr}")


def one_project_in_the_cloud(host):
    with tempfile.TemporaryDirectory(prefix="bm-projects-") as folder:
        a = ready_device(host, folder)
        a.bm("project", "add", "work")
        a.bm("cloud", "logout", "--keep-token")
        a.bm("project", "add", "work", a.home / "work")
        a.bm("tool", "write-note", "--title", "Here", "--folder", "", "--content", "here", "--project", "work")
        check("Here.md" in tree(a.home / "work"), "a note of this machine")
        a.bm("project", "set-cloud", "work").has("Project 'work' set to cloud mode")
        a.bm("tool", "write-note", "--title", "There", "--folder", "", "--content", "there", "--project", "work")
        check("There.md" in tree(host.space(1) / "work"), "a note of the cloud")
        check("There.md" not in tree(a.home / "work"), "the folder here is left alone")
        a.bm("project", "set-local", "work").has("Project 'work' set to local mode", f"Path: {a.home / 'work'}")
        a.bm("tool", "search-notes", "here", "--project", "work").has("Here")


def push_pull_and_prune(host):
    with tempfile.TemporaryDirectory(prefix="bm-projects-") as folder:
        a = ready_device(host, folder)
        own, there = a.home / "own", host.space(1) / "own"
        a.bm("project", "add", "own", "--local-path", own)
        put(own / "here.md", "# Here\n")
        put(own / "both.md", "# Both, here\n")
        a.bm("cloud", "push", "--name", "own", "--dry-run").has("would upload: here.md")
        check("here.md" not in tree(there), "a dry run moves nothing")
        a.bm("cloud", "push", "--name", "own").has("own push completed successfully (2 files uploaded)")
        put(there / "there.md", "# There\n")
        put(there / "both.md", "# Both, in the cloud\n")
        a.bm("cloud", "pull", "--name", "own", expect=1).has(
            "Error: Pull aborted: 1 file(s) differ between local and cloud.", "  * both.md", "--on-conflict keep-both")
        check("there.md" not in tree(own), "nothing was moved")
        a.bm("cloud", "pull", "--project", "own", "--on-conflict", "keep-both").has("own pull completed successfully")
        names = sorted(tree(own))
        check(len(names) == 4 and any(name.startswith("both.conflict-") for name in names), f"here: {names}")
        said = a.bm("cloud", "push", "--name", "own", "--on-conflict", "keep-local", "--json").json
        check(said["ok"] and "both.md" in said["uploaded"], f"in JSON: {said}")
        check(tree(there)["both.md"] == b"# Both, here\n", "the version here has won")
        put(a.data / ".bmignore", "*.log\n")
        for name in ("old.log", "deep/other.log"):
            put(there / name, "log")
        a.bm("cloud", "prune", "--name", "own", expect=2).has("old.log", "nobody to ask", "--yes")
        a.bm("cloud", "prune", "--name", "own", "--dry-run").has("deep/other.log", "Nothing was deleted")
        check("old.log" in tree(there), "nothing is deleted without a yes")
        a.bm("cloud", "prune", "--name", "own", "--yes").has("Pruned ignored files from own (2 files)")
        check(not any(name.endswith(".log") for name in tree(there)), "pruned")
        check({"here.md", "there.md", "both.md"} <= set(tree(there)), "notes stay")
        a.bm("cloud", "prune", "--name", "own").has("No cloud files in own match .bmignore")
        check(sorted(tree(own)) == names, "the folder here is left alone")


def what_finds_no_place_keeps_nobody_from_his(host):
    with tempfile.TemporaryDirectory(prefix="bm-projects-") as folder:
        a = ready_device(host, folder)
        own, there = a.home / "own", host.space(1) / "own"
        a.bm("project", "add", "own", "--local-path", own)
        put(own / "n.md", "# N\n")
        a.bm("cloud", "push", "--name", "own")
        put(own / "a", "a file where the cloud has a folder")
        put(there / "a" / "b.md", "# B\n")
        put(there / "c.md", "# C\n")
        a.bm("cloud", "pull", "--name", "own", expect=1)
        check((own / "c.md").exists() and (own / "a").is_file(), f"here is {list(tree(own))}")


def a_certificate_of_ones_own(host):
    """--ca-cert is kept, and holds for our own calls and for rclone's."""
    if not shutil.which("openssl"):
        raise Skipped("no openssl")
    with tempfile.TemporaryDirectory(prefix="bm-projects-") as folder:
        certificate, key = pathlib.Path(folder) / "c.pem", pathlib.Path(folder) / "k.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                        "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out", certificate],
                       check=True, capture_output=True, timeout=60)
        with Host(host.binary, ("--tls-cert", str(certificate), "--tls-key", str(key)), str(certificate)) as closed:
            closed.add_user("ann")
            a = Device(host.binary, folder, RCLONE)
            log_in(a, closed, f"https://127.0.0.1:{closed.port}")
            a.bm("cloud", "setup", expect=1).has("Setup failed")
            a.bm("cloud", "setup", "--ca-cert", key.parent / "none.pem", expect=1).has("there are no certificates")
            a.bm("cloud", "setup", "--ca-cert", certificate).has("Cloud setup completed successfully!")
            check(a.config["cloud_ca_cert"] == str(certificate), "the file is kept")
            a.bm("project", "add", "own", "--local-path", a.home / "own")
            put(a.home / "own" / "n.md", "# N\n")
            a.bm("cloud", "push", "--name", "own").has("1 file uploaded")
            check("n.md" in tree(closed.space(1) / "own"), "the file went up over TLS")
            # What the system trusts goes on being trusted: one command may meet both.
            other = key.parent / "other.pem"
            subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=other",
                            "-keyout", key.parent / "other-key.pem", "-out", other],
                           check=True, capture_output=True, timeout=60)
            a.settings(cloud_ca_cert=str(other))
            a.bm("project", "list", expect=1).has("Error listing projects: ")
            a.environment["SSL_CERT_FILE"] = str(certificate)
            a.bm("project", "list").has("own")


if __name__ == "__main__":
    main(__doc__, [the_list_tells_how_projects_stand, above_all_spaces, one_project_in_the_cloud, push_pull_and_prune,
                   what_finds_no_place_keeps_nobody_from_his, a_certificate_of_ones_own], needs_rclone=True)
