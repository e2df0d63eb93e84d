"""The host's side: discovery, projects, indexing, and tenants kept apart."""

import os
import urllib.parse

from device import check, put, same
from registry import rows
from trial import eventually, index_has

REPORT = {"new", "modified", "deleted", "moves", "checksums", "skipped_files", "total"}


@rows("9-711", "9-712", "9-713", "9-714", "9-715", "9-716", "9-007", "9-A7", "9-A8", "X-12", "19-8")
def discovery(t):
    host = t.own_host()
    user = t.user(host)
    root = user.space
    with t.row("9-711", "9-713", "9-714", "9-007", "9-A7", "9-A8"):
        put(root / "garden" / "a.md", "# A\nhyacinth\n")
        eventually("a folder becomes a project", lambda: "garden" in user.projects(), 15)
        eventually("it is logged", lambda: "Auto-discovered project: garden" in host.host_log(), 5)
        index_has(user, "garden", "hyacinth")
    with t.row("9-716"):
        (root / ".hidden").mkdir()
        put(root / "file.md", "x")
        os.symlink(root / "garden", root / "link")
        (root / "node_modules").mkdir()
        put(root / "orchard" / "b.md", "# B\n")
        eventually("the next folder", lambda: "orchard" in user.projects(), 15)
        unwanted = {".hidden", "file.md", "link", "node_modules"} & set(user.projects())
        check(not unwanted, f"{unwanted} became projects")
    with t.row("9-715"):
        put(root / "Garden" / "c.md", "# C\n")  # its permalink is taken
        (root / "locked").mkdir(0o000)
        put(root / "meadow" / "d.md", "# D\n")
        eventually("the good one is registered all the same", lambda: "meadow" in user.projects(), 15)
        (root / "locked").chmod(0o700)
    with t.row("X-12"):
        same(user.ask("DELETE", "/proxy/projects/orchard").status, 200, "removed")
        put(root / "heath" / "e.md", "# E\n")
        eventually("two rounds later", lambda: "heath" in user.projects(), 15)
        user.ask("POST", "/proxy/sync", {})
        check("orchard" not in user.projects() and (root / "orchard").exists(), "a removed project stays away")
    with t.row("9-712"):
        # The default: a folder made between two rounds of 120 s is not there after a few seconds.
        slow = t.own_host(BASIC_MEMORY_DISCOVERY_INTERVAL="120")
        other = t.user(slow)
        eventually("the space is open", lambda: other.projects() == ["main"], 10)
        put(other.space / "later" / "a.md", "# A\n")
        import time
        time.sleep(2.5)
        check("later" not in other.projects(), "discovery runs more often than it was told")
        other.ask("POST", "/proxy/sync", {})
        eventually("on request it is at once", lambda: "later" in other.projects(), 10)
    with t.row("19-8"):
        # One project is indexed after the other; what is looked for here is that all get their turn.
        for number in range(6):
            put(root / f"field{number}" / "n.md", f"# N\nword{number}\n")
        eventually("all are projects", lambda: {f"field{n}" for n in range(6)} <= set(user.projects()), 20)
        same(len(user.ask("POST", "/proxy/sync", {}).json["projects"]), len(user.projects()), "sync of all")
        for number in range(6):
            index_has(user, f"field{number}", f"word{number}")


@rows("9-251", "9-252", "9-253", "9-256", "9-721", "9-722", "9-723", "9-A5", "9-A6", "15-94")
def routes(t):
    user = t.user()
    root = user.space

    with t.row("9-721", "9-722", "9-A5"):
        made = user.ask("POST", "/proxy/projects/projects", {"name": "fresh", "path": "fresh", "set_default": False})
        same(made.status, 201, made.text)
        check((root / "fresh").is_dir(), "the folder is there when the answer is")
        same({key: made.json["new_project"][key] for key in ("name", "path", "is_default")},
             {"name": "fresh", "path": "/fresh", "is_default": False}, "details")
        listed = user.ask("GET", "/proxy/projects/projects").json
        check({"projects", "default_project"} <= set(listed), f"{listed}")
        check({"id", "external_id", "name", "path", "is_default"} <= set(listed["projects"][0]), f"{listed}")
    with t.row("9-723"):
        sent = user.ask("PUT", "/proxy/webdav/fresh/" + urllib.parse.quote("a b.md"), b"# A b\nmarmalade\n")
        same(sent.status, 201, sent.text)
        index_has(user, "fresh", "marmalade")
    with t.row("9-252", "9-253"):
        put(root / "fresh" / "new.md", "# New\nquince\n")
        report = user.ask("POST", "/proxy/fresh/project/status").json
        same(set(report) & REPORT, REPORT, "keys of a report")
        same(user.ask("GET", "/proxy/fresh/project/info").status, 200, "info")
    with t.row("9-251", "9-256"):
        put(root / "fresh" / "later.md", "# Later\nrhubarb\n")
        begun = user.ask("POST", "/proxy/fresh/project/sync?force_full=true").json
        same(begun["status"], "sync_started", "in the background")
        index_has(user, "fresh", "rhubarb")
        report = user.ask("POST", "/proxy/fresh/project/sync?run_in_background=false").json
        same((set(report) & REPORT, report["total"]), (REPORT, 0), "in the foreground")
    with t.row("9-A6"):
        put(root / "fresh" / "dropped.md", "# Dropped\npersimmon\n")
        same(user.ask("POST", "/proxy/sync", {}).json["status"], "sync_started", "refresh")
        index_has(user, "fresh", "persimmon")
    with t.row("15-94"):
        stranger = t.user()
        for path in ("/proxy/webdav/fresh/new.md", f"/webdav/{user.bucket}/fresh/new.md"):
            reply = stranger.ask("GET", path)
            check(reply.status in (401, 403, 404) and b"quince" not in reply.body, f"{path}: {reply.status}")
        same(stranger.projects(), ["main"], "projects of somebody else")
