"""The routes of `bm serve` over HTTP against the real process: each route, each message, users kept apart."""

import argparse
import base64
import json
import pathlib
import shutil
import sqlite3
import sys
import time
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from host_process import CONFIGURED_CLIENT, DEVICE_GRANT, Host, McpClient, check, eventually, run  # noqa: E402


def same(found, expected, what):
    check(found == expected, f"{what}: {found!r} instead of {expected!r}")


def detail(reply, status, text, what):
    same(reply.status, status, f"{what} status ({reply.text})")
    same(reply.detail, text, what)


def used_bytes(folder):
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def in_database(host, change):
    """Time that passes, as the host's own tables tell it."""
    database = sqlite3.connect(host.data / "access.db", timeout=20)
    with database:
        database.execute(change)
    database.close()


def first_start(host):
    """9-A5: the owner's link at the first start; a refused token; health without one."""
    check("/setup?key=bmst_" in host.told(), "the set-up link is printed")
    same(host.ask("GET", "/health").json, {"status": "healthy"}, "health")
    for path in ("/tenant/mount/info", "/proxy/projects/projects", "/workspaces/", "/proxy/health", "/mcp"):
        reply = host.ask("GET", path)
        same(reply.status, 401, f"{path} without a token")
        check("Bearer" in reply.headers["www-authenticate"], "a challenge")
        same(host.ask("GET", path, "bmat_nonsense").status, 401, f"{path} with nonsense")
    same(host.stop(), 0, "exit code")


def device_flow(host):
    """9-434 to 9-438 on the host's side: PKCE is checked where it was sent, and may be left out."""
    host.add_user("ann")
    tokens = host.log_in("ann")
    same(tokens["expires_in"], 3600, "life")
    again = host.form("/oauth2/token", client_id=CONFIGURED_CLIENT, grant_type="refresh_token",
                      refresh_token=tokens["refresh_token"])
    same(again.status, 200, "refresh")
    check(again.json["refresh_token"] != tokens["refresh_token"], "refresh tokens rotate")

    challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    for sent, verifier, status in (({"code_challenge": challenge, "code_challenge_method": "S256"},
                                    "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", 200),
                                   ({"code_challenge": challenge, "code_challenge_method": "S256"}, "x" * 43, 400),
                                   ({"code_challenge": challenge, "code_challenge_method": "S256"}, "", 400),
                                   ({}, "", 200)):
        begun = host.form("/oauth2/device_authorization", client_id="bm-cli", **sent).json
        check(host.command("approve", begun["user_code"]).returncode == 0, "approve")
        fields = {"client_id": "bm-cli", "grant_type": DEVICE_GRANT, "device_code": begun["device_code"]}
        if verifier:
            fields["code_verifier"] = verifier
        same(host.form("/oauth2/token", **fields).status, status, f"{sent} {verifier}")
    for sent in ({"code_challenge": challenge, "code_challenge_method": "plain"}, {"code_challenge": "short"}):
        same(host.form("/oauth2/device_authorization", client_id="bm-cli", **sent).status, 400, f"{sent}")
    waiting = host.form("/device_authorization", client_id="bm-cli").json
    pending = host.form("/token", client_id="bm-cli", grant_type=DEVICE_GRANT, device_code=waiting["device_code"])
    same(pending.json["error"], "authorization_pending", "both names are one endpoint")
    check(host.command("approve", "BCDF-GHJK").returncode == 1, "no device has this code")
    host.add_user("bob")
    ambiguous = host.command("approve", waiting["user_code"])
    check(ambiguous.returncode == 1 and "--user" in ambiguous.stderr, "several users: which one?")


def device_codes_and_refresh(host):
    """4.1.1 on a real host: slow_down, a code that is used once, refresh tokens that rotate."""
    host.add_user("ann")
    begun = host.form("/oauth2/device_authorization", client_id="bm-cli").json
    same((begun["interval"], begun["expires_in"]), (5, 600), "polled each 5 s for 10 minutes")
    poll = lambda: host.form("/oauth2/token", client_id="bm-cli", grant_type=DEVICE_GRANT,  # noqa: E731
                             device_code=begun["device_code"])
    same([poll().json["error"] for _ in range(2)], ["authorization_pending", "slow_down"], "polled too fast")
    same(host.command("approve", begun["user_code"], "--user", "ann").returncode, 0, "approved")
    in_database(host, "UPDATE device SET asked_at = asked_at - 60")
    tokens = poll()
    same(tokens.status, 200, tokens.text)
    again = poll()
    same((again.status, again.json["error"]), (400, "invalid_grant"), "a code is used once")
    check(host.command("approve", begun["user_code"], "--user", "ann").returncode == 1, "nor approved again")
    refresh = lambda token: host.form("/oauth2/token", client_id="bm-cli", grant_type="refresh_token",  # noqa: E731
                                      refresh_token=token)
    first = host.log_in("ann", client="bm-cli")
    second = refresh(first["refresh_token"]).json
    check(second["refresh_token"] != first["refresh_token"], "it rotates")
    same(host.ask("GET", "/proxy/health", second["access_token"]).status, 200, "and opens")
    in_database(host, "UPDATE token SET retired_at = retired_at - 3600 WHERE retired_at IS NOT NULL")
    same(refresh(first["refresh_token"]).json["error"], "invalid_grant", "an old one is refused")
    same(refresh(second["refresh_token"]).status, 400, "and takes its family along")
    same(host.ask("GET", "/proxy/health", second["access_token"]).status, 401, "at once")
    begun = host.form("/oauth2/device_authorization", client_id="bm-cli").json
    in_database(host, "UPDATE device SET expires_at = expires_at - 3600")
    same(poll().json["error"], "expired_token", "a code ends")


def account_routes(host):
    token = host.user("ann")
    health = host.ask("GET", "/proxy/health", token).json
    same(health["status"], "healthy", "health")
    check({"version", "timestamp"} <= set(health), "health has version and time")
    info = host.ask("GET", "/tenant/mount/info", token).json
    same(str(uuid.UUID(info["tenant_id"])), info["tenant_id"], "tenant id")
    same(info["bucket_name"], "space" + info["tenant_id"][:8], "bucket")
    same(info["storage_used_bytes"], used_bytes(host.space(1)), "used bytes")
    (host.space(1) / "main" / "five.bin").write_bytes(b"12345")
    same(host.ask("GET", "/tenant/mount/info", token).json, info, "counted once a minute, each time is too much work")
    host.stop()
    host.start()
    later = host.ask("GET", "/tenant/mount/info", token).json["storage_used_bytes"]
    same(later, used_bytes(host.space(1)), "used bytes now")
    check(later >= info["storage_used_bytes"] + 5, "the file counts")

    spaces = host.ask("GET", "/workspaces/", token).json
    same(spaces["count"], 1, "one workspace")
    same(spaces["workspaces"][0]["tenant_id"], info["tenant_id"], "of this tenant")
    same(spaces["current_workspace_id"], info["tenant_id"], "current")

    given = host.ask("POST", "/tenant/mount/credentials", token).json
    origin = f"http://127.0.0.1:{host.port}"
    same({k: given[k] for k in ("type", "url", "user", "vendor", "access_key")},
         {"type": "webdav", "url": origin + "/webdav", "user": "ann", "vendor": "owncloud", "access_key": "ann"},
         "credentials")
    same(given["pass"], given["secret_key"], "one secret")
    same(host.ask("GET", "/proxy/health", given["pass"]).status, 200, "the minted token opens routes")
    later = host.ask("POST", "/tenant/mount/credentials", token).json
    check(later["pass"] != given["pass"], "each call makes a new one")
    same(host.ask("GET", "/proxy/health", given["pass"]).status, 200, "the one before lives for another day")

    key = host.ask("POST", "/api/keys", token, {"name": "backup"}).json
    check(key["key"].startswith("bmc_") and key["name"] == "backup", "a key")
    same(host.ask("GET", "/proxy/projects/projects", key["key"]).status, 200, "a key opens routes")
    McpClient(host, key["key"]).open()
    same(host.ask("POST", "/api/keys", token, {}).status, 422, "a key without a name")
    same(host.ask("POST", "/api/keys", token, {}).detail[0]["loc"], ["body", "name"], "where")
    same(host.ask("POST", "/api/keys", token, {"name": 3}).detail[0]["type"], "string_type", "type")
    same(host.ask("POST", "/api/keys", token, "{").detail[0]["type"], "json_invalid", "no JSON")
    same(host.ask("POST", "/proxy/sync", token, {}).json, {"status": "sync_started", "projects": ["main"]}, "sync")
    for method, path in (("DELETE", "/tenant/mount/info"), ("GET", "/api/keys"), ("GET", "/proxy/sync")):
        reply = host.ask(method, path, token)
        same(reply.status, 405, f"{method} {path}")
        check("allow" in reply.headers, "Allow")
    check(token not in host.host_log() and key["key"] not in host.host_log(), "no secret in the log")
    for other in (key["key"], later["pass"]):
        refused = host.ask("POST", "/api/keys", other, {"name": "more"})
        check(refused.status == 403 and "bm cloud login" in refused.detail, f"only a person makes keys: {refused.text}")
    tokens = lambda *words: host.words("token", *words, "--data", str(host.data))  # noqa: E731
    kept = json.loads(tokens("list", "--json").stdout)["tokens"]
    same([(t["name"], t["user"]) for t in kept if t["name"] == "backup"], [("backup", "ann")], "the host's list")
    check(key["key"] not in tokens("list").stdout and "ann" in tokens("list").stdout, tokens("list").stdout)
    same(tokens("revoke", "backup").returncode, 0, "revoked by whoever runs the host")
    same(host.ask("GET", "/proxy/projects/projects", key["key"]).status, 401, "at once")
    nowhere = host.words("token", "list", "--data", str(host.folder / "nowhere"))
    check(nowhere.returncode == 1 and not (host.folder / "nowhere").exists(), "no host is made by a list")


def login_goes_with_its_storage_token(host):
    host.add_user("ann")
    tokens = host.log_in("ann")
    minted = host.ask("POST", "/tenant/mount/credentials", tokens["access_token"]).json
    check(minted["expires_at"] is not None, "it ends with its login")
    second = host.ask("POST", "/tenant/mount/credentials", tokens["access_token"]).json
    in_database(host, "UPDATE access_grant SET ends_at = ends_at - 86401 WHERE parent_id IS NOT NULL")
    same(host.ask("GET", "/proxy/health", minted["pass"]).status, 401, "the token before ends after a day")
    same(host.ask("GET", "/proxy/health", second["pass"]).status, 200, "the new one does not")
    same(host.form("/revoke", client_id=CONFIGURED_CLIENT, token=tokens["refresh_token"]).status, 200, "log out")
    same(host.ask("GET", "/proxy/health", second["pass"]).status, 401, "the storage token has gone too")


def project_routes(host):
    """9-A5, 9-721, 9-722: contract, rules and messages of projects."""
    token = host.user("ann")
    root = host.space(1)
    ask = lambda method, path, body=None: host.ask(method, "/proxy" + path, token, body)  # noqa: E731

    listed = ask("GET", "/projects/projects").json
    same(listed["default_project"], "main", "a fresh host has main")
    same([(p["name"], p["path"], p["is_default"]) for p in listed["projects"]], [("main", "/main", True)], "list")

    made = ask("POST", "/projects/projects", {"name": "Work Notes", "path": "/somewhere/else", "local_sync_path": "~"})
    same(made.status, 201, made.text)
    check((root / "work-notes").is_dir(), "the folder is there when the answer is")
    same(made.json["message"], "Project 'Work Notes' added successfully", "message")
    same((made.json["status"], made.json["default"], made.json["old_project"]), ("success", False, None), "status")
    work = made.json["new_project"]
    same(work["path"], "/work-notes", "path")
    for path in ("/app/data/work-notes", "app/data/work-notes", "/work-notes", "work-notes", None):
        again = ask("POST", "/projects/projects", {"name": "Work Notes"} | ({"path": path} if path else {}))
        same((again.status, again.json.get("message")), (200, "Project 'Work Notes' already exists"), f"{path}")
    detail(ask("POST", "/projects/projects", {"name": "Work Notes", "path": "/other"}), 400,
           "Project 'Work Notes' already exists with different path. Existing: /work-notes, Requested: /other", "path")
    collision = ask("POST", "/projects/projects", {"name": "WORK notes"})
    same(collision.status, 400, "collision")
    check(collision.detail.startswith("Path collision detected: '/work-notes' conflicts with existing project "
                                      "'Work Notes' at '/work-notes'."), collision.detail)
    repeated = False
    (root / "My Garden").mkdir()
    kept = ask("POST", "/v2/projects/", {"name": "My Garden", "path": "My Garden"})
    check(kept.status in (200, 201), kept.text)
    same(kept.json["new_project"]["path"], "/My Garden", "a folder that is there is kept")
    for path in ("My Research", "/my-research", None, "My Research"):
        said = ask("POST", "/projects/projects", {"name": "My Research"} | ({"path": path} if path else {}))
        same(said.status, 201 if path == "My Research" and not repeated else 200, f"registered again as {path}")
        same(said.json["new_project"]["path"], "/my-research", "where it is")
        repeated = True
    (root / "a-file").write_text("x")
    in_the_way = ask("POST", "/projects/projects", {"name": "A File"})
    check(in_the_way.status == 400 and "/a-file" in in_the_way.detail, in_the_way.text)
    check("A File" not in ask("GET", "/projects/projects").text, "no project without a folder")
    same(ask("DELETE", "/projects/my-research").status, 404, "only its own name removes a project")
    same(ask("DELETE", "/projects/MY_RESEARCH?delete_notes=true").status, 404, "with its notes least of all")
    check((root / "my-research").is_dir(), "untouched")
    for bad in ("../../etc", "/etc", "a/../b", "..", ".hidden", "C:\\notes"):
        reply = ask("POST", "/projects/projects", {"name": f"p {len(bad)} {ord(bad[0])}", "path": bad})
        same(reply.status, 201, bad)
        inside = reply.json["new_project"]["path"]
        check(inside.count("/") == 1 and (root / inside[1:]).is_dir(), f"{bad} stays below the root: {inside}")
    same(ask("POST", "/projects/projects", {}).status, 422, "no name")
    same(ask("POST", "/projects/projects", {"name": "x", "set_default": "yes"}).status, 422, "no boolean")
    same(ask("POST", "/projects/projects", {"name": "  "}).status, 400, "an empty name")
    names = [p["name"] for p in ask("GET", "/projects/v2/projects/").json["projects"]]
    same(names[:4], ["main", "Work Notes", "My Garden", "My Research"], "in the order of creation")

    pid = work["external_id"]
    same(ask("GET", f"/v2/projects/{pid}").json, work, "item")
    same(ask("GET", "/work-notes/project/item").json, work, "item, first spelling")
    detail(ask("GET", "/nothing/project/item"), 404, "Project 'nothing' not found.", "v1")
    unknown = str(uuid.uuid4())
    detail(ask("GET", f"/v2/projects/{unknown}"), 404, f"Project with external_id '{unknown}' not found", "v2")
    for identifier, method in ((pid, "external_id"), ("work notes", "permalink"), ("Work Notes", "permalink")):
        found = ask("POST", "/v2/projects/resolve", {"identifier": identifier})
        same((found.status, found.json.get("resolution_method")), (200, method), identifier)
    detail(ask("POST", "/v2/projects/resolve", {"identifier": "nobody"}), 404, "Project not found: 'nobody'", "resolve")
    same(ask("POST", "/v2/projects/resolve", {"identifier": "x" * 256}).status, 422, "too long")
    same(ask("POST", "/v2/projects/resolve", {"identifier": "\u00e9" * 255}).status, 404, "characters are counted, not bytes")
    for method, path in (("POST", "/work-notes/project/sync?force_full=perhaps"),
                         ("POST", f"/v2/projects/{pid}/index?run_in_background=2"),
                         ("DELETE", "/projects/Work%20Notes?delete_notes=maybe")):
        odd = ask(method, path)
        same(odd.status, 422, f"{path}: {odd.text}")
        same((odd.detail[0]["type"], odd.detail[0]["loc"][0]), ("bool_parsing", "query"), "where")

    info = ask("GET", "/work-notes/project/info").json
    same((info["project_name"], info["project_path"], info["system"]["database_path"]),
         ("Work Notes", "/work-notes", ""), "info")
    check(str(host.data) not in json.dumps(info), "no path of the host")
    same(ask("GET", f"/v2/projects/{pid}/info").json["project_name"], "Work Notes", "info, second spelling")

    (root / "work-notes" / "a.md").write_text("# A\n")
    eventually("indexed", lambda: ask("POST", "/work-notes/project/status").json["total"] == 0)
    report = ask("POST", "/work-notes/project/sync?run_in_background=false&force_full=true").json
    check({"new", "modified", "deleted", "moves", "checksums", "skipped_files", "total"} <= set(report), f"{report}")
    same(ask("POST", "/work-notes/project/sync").json,
         {"status": "sync_started", "message": "Filesystem sync initiated for project 'Work Notes'"}, "background")
    same(ask("POST", f"/v2/projects/{pid}/index").json["status"], "sync_started", "index")
    same(ask("POST", f"/v2/projects/{pid}/status").status, 200, "status")

    moved = ask("PATCH", "/work-notes/project/Work%20Notes", {"path": "/renamed"})
    same((moved.status, moved.json.get("message")), (200, "Project 'Work Notes' updated successfully"), moved.text)
    same(moved.json["new_project"]["path"], "/renamed", "new path")
    same(ask("PATCH", f"/v2/projects/{pid}", {"is_active": True}).status, 200, "active")
    detail(ask("PATCH", f"/v2/projects/{pid}", {"path": "relative"}), 400, "Path must be absolute", "relative")
    for bad in ("/etc/passwd", "/../x", "/a/b"):
        same(ask("PATCH", f"/v2/projects/{pid}", {"path": bad}).status, 400, bad)
    detail(ask("PATCH", "/work-notes/project/nobody", {"path": "/x"}), 400,
           "Project 'nobody' not found in configuration", "patch")

    same(ask("GET", "/projects/default").json["name"], "main", "default")
    chosen = ask("PUT", "/projects/Work%20Notes/default").json
    same((chosen["message"], chosen["default"], chosen["old_project"]["name"]),
         ("Project 'Work Notes' set as default successfully", True, "main"), "default")
    same(ask("PUT", f"/v2/projects/{listed['projects'][0]['external_id']}/default").status, 200, "default, v2")
    refused = ask("DELETE", "/projects/main")
    same(refused.status, 400, "the default project stays")
    check(refused.detail.startswith("Cannot delete default project 'main'. Set another project as default first. "
                                    "Available: "), refused.detail)
    detail(ask("DELETE", "/projects/nobody"), 404, "Project: 'nobody' does not exist", "delete")
    gone = ask("DELETE", "/projects/Work%20Notes")
    same(gone.json["message"], "Project 'Work Notes' removed successfully", "removed")
    check((root / "renamed").is_dir(), "its files stay")
    with_notes = ask("DELETE", f"/v2/projects/{kept.json['new_project']['external_id']}?delete_notes=true")
    same(with_notes.status, 200, with_notes.text)
    check(not (root / "My Garden").exists(), "its folder has gone")
    (root / "My Garden").mkdir()
    eventually("a folder made in its place is a new project", lambda: "My Garden" in ask("GET", "/projects/projects").text)
    bucket = host.ask("GET", "/tenant/mount/info", token).json["bucket_name"]
    same(ask("DELETE", "/projects/My%20Garden").status, 200, "removed, and its folder kept")
    # There and back before anybody looks: the folder is another one.
    same(host.ask("DELETE", f"/webdav/{bucket}/My%20Garden/", token).status, 204, "its folder removed by a client")
    same(host.ask("MKCOL", f"/webdav/{bucket}/My%20Garden", token).status, 201, "and made again")
    eventually("that is a new project, too", lambda: "My Garden" in ask("GET", "/projects/projects").text)
    same(ask("POST", "/projects/config/sync").json["message"],
         "Projects synchronized successfully between configuration and database", "config")
    same(ask("GET", "/management/watch/status").json, {"running": True}, "watch")
    same(ask("POST", "/management/watch/stop").json, {"running": False}, "stop")
    same(ask("POST", "/management/watch/start").json, {"running": True}, "start")
    same(ask("GET", "/no/such/route").status, 404, "unknown")
    for path, headers, body, status in (("/nowhere", {}, None, 404), ("/nowhere", {"Host": "evil.example.com"}, None, 403),
                                        (f"/webdav/{bucket}/", {"Host": "evil.example.com"}, None, 403),
                                        (f"/webdav/{bucket}/", {"Origin": "https://evil.example.com"}, None, 403),
                                        ("/proxy/projects/projects", {}, "x" * 100_000, 413)):
        refused = host.ask("POST" if body else "GET", path, token, body, headers)
        same(refused.status, status, f"{path} {headers}: {refused.text}")
        check(isinstance(refused.detail, str), f"every refusal has the same form: {refused.text}")
    same(ask("GET", "/%2e%2e/project/item").status, 400, "an odd path")


def search_route(host):
    """4.6: `POST /{p}/search/` answers a SearchResponse, in both spellings."""
    token = host.user("ann")
    ask = lambda method, path, body=None: host.ask(method, "/proxy" + path, token, body)  # noqa: E731
    project = ask("POST", "/projects/projects", {"name": "Work Notes"}).json["new_project"]
    folder = host.space(1) / "work-notes"
    (folder / "elm.md").write_text("# Elm\nA tree with a saffron leaf.\n")
    (folder / "oak.md").write_text("# Oak\nAnother tree.\n")
    ask("POST", "/work-notes/project/sync?run_in_background=false&force_full=true")
    titles = lambda body, more="": [row["title"] for row in  # noqa: E731
                                    ask("POST", "/work-notes/search/" + more, body).json["results"]]
    same(titles({"text": "saffron"}), ["elm"], "text")
    same(titles({"title": "oak"}), ["oak"], "title")
    same(titles({"permalink": "work-notes/elm"}) or titles({"permalink": "elm"}), ["elm"], "permalink")
    same(len(titles({"permalink_match": "*"}, "?page_size=1")), 1, "a page")
    found = ask("POST", f"/v2/projects/{project['external_id']}/search/", {"text": "tree", "entity_types": ["entity"]})
    same((found.status, len(found.json["results"]), found.json["current_page"], found.json["page_size"]),
         (200, 2, 1, 10), "second spelling")
    check({"title", "type", "score", "file_path"} <= set(found.json["results"][0]), f"{found.json['results'][0]}")
    same(titles({"text": "saffron", "after_date": "2999-01-01"}), [], "after a date")
    for body, more in (({"text": 3}, ""), ({"types": "note"}, ""), ({"after_date": "no date"}, ""),
                       ({"entity_types": ["x"]}, ""), ({"text": "x"}, "?page=0"), ({"text": "x"}, "?page_size=many")):
        same(ask("POST", "/work-notes/search/" + more, body).status, 422, f"{body} {more}")
    detail(ask("POST", "/nothing/search/", {"text": "x"}), 404, "Project 'nothing' not found.", "unknown")
    same(ask("GET", "/work-notes/search/").status, 405, "method")


def no_path_of_the_host(host):
    """What goes wrong on the host's disk is told without saying where that is."""
    token = host.user("ann")
    ask = lambda method, path, body=None: host.ask(method, "/proxy" + path, token, body)  # noqa: E731
    pid = ask("POST", "/projects/projects", {"name": "Broken"}).json["new_project"]["external_id"]
    (host.space(1) / "broken").rmdir()
    (host.space(1) / "broken").write_text("a file is in the way")
    replies = {"patch": ask("PATCH", f"/v2/projects/{pid}", {"path": "/broken"})}
    for path in (f"/v2/projects/{pid}/status", "/broken/project/status", "/broken/project/sync?run_in_background=false",
                 f"/v2/projects/{pid}/index?run_in_background=false"):
        replies[path] = ask("POST", path)
    replies["info"] = ask("GET", "/broken/project/info")
    replies["repeated"] = ask("POST", "/projects/projects", {"name": "Broken"})
    for what, reply in replies.items():
        check(str(host.folder) not in reply.text and "spaces" not in reply.text, f"{what}: {reply.text}")
    for what in ("patch", "repeated", "/broken/project/status", "/broken/project/sync?run_in_background=false"):
        check(replies[what].status in (400, 503) and "/broken" in replies[what].text, f"{what}: {replies[what].text}")


def vanished_folder(host):
    """4.8: a folder that has gone leaves its project; the notes go from the index, and it may be written to again."""
    token = host.user("ann")
    client = McpClient(host, token).open()
    bucket = host.ask("GET", "/tenant/mount/info", token).json["bucket_name"]
    same(host.ask("POST", "/proxy/projects/projects", token, {"name": "Second"}).status, 201, "made")
    for path, folder in ((f"/webdav/{bucket}/main", "main"), (f"/webdav/{bucket}/second", "second")):
        client.call("write_note", title="Heron", content="stands in the reeds", folder="f", project=folder)
        check("Heron" in client.call("search_notes", query="reeds", project=folder), "found before")
        removed = host.ask("DELETE", path + "/", token)
        check(removed.status in (204, 403, 409), f"{removed.status} {removed.text}")
        if removed.status != 204:  # whoever keeps it may refuse; somebody at the machine may not ask
            shutil.rmtree(host.space(1) / folder)
        eventually("its notes have gone from the index",
                   lambda: "Heron" not in client.call("search_notes", query="reeds", project=folder))
        same(host.ask("PUT", f"/proxy/webdav/{folder}/new/a.md", token, "# New\n\nwaders\n").status, 201, "written again")
        eventually("and indexed", lambda: "waders" in client.call("search_notes", query="waders", project=folder))
    names = [p["name"] for p in host.ask("GET", "/proxy/projects/projects", token).json["projects"]]
    same(names, ["main", "Second"], "the projects stay")
    shutil.rmtree(host.space(1) / "second")
    same(host.ask("PUT", "/proxy/webdav/second/b.md", token, "# B\n").status, 201, "usable at once")
    shutil.rmtree(host.space(1) / "second")
    same(host.ask("POST", "/proxy/second/project/sync?run_in_background=false", token).status, 200, "so is its sync")


def notes_and_mcp(host):
    """9-401, 9-723: MCP as that user; a project is usable at once; no tool leads out of the space."""
    token = host.user("ann")
    same(host.ask("POST", "/proxy/projects/projects", token, {"name": "fresh"}).status, 201, "made")
    client = McpClient(host, token).open()
    client.call("write_note", title="First", content="of the garden", folder="f", project="fresh")
    check((host.space(1) / "fresh" / "f" / "First.md").exists(), "written")
    check("First" in client.call("search_notes", query="garden", project="fresh"), "found")
    text = client.call("create_memory_project", project_name="Outside", project_path="/etc/notes")
    check("/outside" in text and "/etc" not in text and str(host.data) not in text, text)
    check((host.space(1) / "outside").is_dir(), "below the root")
    listed = client.call("list_memory_projects", output_format="json")
    check(str(host.data) not in listed and "/outside" in listed, listed)
    check(str(host.data) not in client.call("basic_memory_diagnostics"), "no path of the host")
    client.call("delete_project", project_name="Outside")
    time.sleep(2.5)
    names = [p["name"] for p in host.ask("GET", "/proxy/projects/projects", token).json["projects"]]
    check("outside" not in names and "Outside" not in names, f"a removed project is not found anew: {names}")


def discovery(host):
    """9-711 to 9-716, 9-A6 to 9-A8: folders become projects; tombstones; writes past us are indexed."""
    token = host.user("ann")
    names = lambda: [p["name"] for p in host.ask("GET", "/proxy/projects/projects", token).json["projects"]]  # noqa: E731
    check(names() == ["main"], "fresh")
    root = host.space(1)
    (root / ".hidden").mkdir()
    (root / "file").write_text("x")
    (root / "link").symlink_to("/etc")
    (root / "Main").mkdir()  # its name is taken
    (root / "My Research").mkdir()
    (root / "My Research" / "note.md").write_text("# Note\n\nabout lichens\n")
    eventually("9-713", lambda: "My Research" in names())
    check(sorted(names()) == ["My Research", "main"], f"9-716: {names()}")
    check("Auto-discovered project: My Research" in host.host_log(), "9-714")
    same([p["path"] for p in host.ask("GET", "/proxy/projects/projects", token).json["projects"]],
         ["/main", "/My Research"], "the folder keeps its name")
    client = McpClient(host, token).open()
    eventually("9-A6", lambda: "lichens" in client.call("search_notes", query="lichens", project="My Research"))
    (root / "My Research" / "later.md").write_text("# Later\n\nabout mosses\n")
    eventually("a write past us", lambda: "mosses" in client.call("search_notes", query="mosses",
                                                                  project="My Research"))
    same(host.ask("DELETE", "/proxy/projects/My%20Research", token).status, 200, "removed")
    time.sleep(2.5)
    check(names() == ["main"], f"a tombstone: {names()}")
    same(host.ask("POST", "/proxy/projects/projects", token, {"name": "My Research", "path": "My Research"}).status, 201,
         "named again")
    same(host.ask("DELETE", "/proxy/projects/My%20Research", token).status, 200, "removed again")
    (root / "My Research").rename(root.parent.parent / "aside")
    time.sleep(2.5)
    (root.parent.parent / "aside").rename(root / "My Research")
    eventually("a folder that comes back is a new one", lambda: "My Research" in names())


def two_users(host):
    """Nobody reaches what is another's, whatever route is asked."""
    ann, bob = host.user("ann"), host.user("bob")
    made = host.ask("POST", "/proxy/projects/projects", ann, {"name": "Secret"}).json["new_project"]
    hers = McpClient(host, ann).open()
    hers.call("write_note", title="Diary", content="the treasure is below the oak", folder="d", project="Secret")
    pid = made["external_id"]
    routes = [("GET", "/secret/project/item", None), ("GET", "/secret/project/info", None),
              ("POST", "/secret/project/sync", None), ("POST", "/secret/project/status", None),
              ("PATCH", "/secret/project/Secret", {"path": "/x"}), ("DELETE", "/projects/Secret", None),
              ("DELETE", "/projects/Secret?delete_notes=true", None), ("PUT", "/projects/Secret/default", None),
              ("GET", f"/v2/projects/{pid}", None), ("PATCH", f"/v2/projects/{pid}", {"path": "/x"}),
              ("DELETE", f"/v2/projects/{pid}?delete_notes=true", None), ("PUT", f"/v2/projects/{pid}/default", None),
              ("GET", f"/v2/projects/{pid}/info", None), ("POST", f"/v2/projects/{pid}/index", None),
              ("POST", f"/v2/projects/{pid}/status", None), ("POST", "/v2/projects/resolve", {"identifier": pid}),
              ("POST", "/v2/projects/resolve", {"identifier": "Secret"})]
    for method, path, body in routes:
        reply = host.ask(method, "/proxy" + path, bob, body)
        same(reply.status, 404, f"bob: {method} {path}: {reply.text}")
        nobody = host.ask(method, "/proxy" + path.replace("Secret", "Nothing").replace("secret", "nothing"), bob, body)
        same(nobody.status, 404, "the same as for what is nowhere")
    for path in ("/projects/projects", "/projects/default"):
        check("Secret" not in host.ask("GET", "/proxy" + path, bob).text, path)
    check(host.ask("GET", "/tenant/mount/info", ann).json["tenant_id"] !=
          host.ask("GET", "/tenant/mount/info", bob).json["tenant_id"], "tenants differ")
    # Sessions: hers is unknown to him.
    stolen = McpClient(host, bob, hers.session)
    same(stolen.post("tools/list").status, 404, "a stolen session")
    same(host.ask("DELETE", "/mcp", bob, headers={"Mcp-Session-Id": hers.session}).status, 404, "nor may he end it")
    same(host.ask("GET", "/mcp", bob, headers={"Mcp-Session-Id": hers.session,
                                               "Accept": "text/event-stream"}).status, 404, "nor listen")
    his = McpClient(host, bob).open()
    for answer in (his.call("search_notes", query="treasure"), his.call("read_note", identifier="d/diary"),
                   his.call("read_note", identifier="d/diary", project="Secret"),
                   his.call("read_content", path="../../1/secret/d/Diary.md"),
                   his.call("list_memory_projects"), his.call("list_directory", dir_name="/../../1")):
        check("oak" not in answer and "• Secret" not in answer, answer)
    his.call("create_memory_project", project_name="grab", project_path=str(host.space(1) / "secret"))
    check("oak" not in his.call("search_notes", query="treasure", project="grab"), "no project over her folder")
    check("treasure" in hers.call("read_note", identifier="d/diary", project="Secret"), "all of hers is there")
    same([p["name"] for p in host.ask("GET", "/proxy/projects/projects", ann).json["projects"]], ["main", "Secret"],
         "and unchanged")
    removed = host.command("remove", "bob")
    check(removed.returncode == 0 and "stay in" in removed.stdout, removed.stdout)
    same(host.ask("GET", "/proxy/health", bob).status, 401, "a removed account is out at once")
    third = host.user("bob")
    same([p["name"] for p in host.ask("GET", "/proxy/projects/projects", third).json["projects"]], ["main"],
         "a new account of an old name has a space of its own")


def files(host):
    """9-723, 9-A8: files over WebDAV are the space's; nobody reaches another's; a folder made so becomes a project."""
    ann, bob = host.user("ann"), host.user("bob")
    same(host.ask("POST", "/proxy/projects/projects", ann, {"name": "Ready"}).status, 201, "made")
    same(host.ask("PUT", "/proxy/webdav/ready/a.md", ann, "# A\n\nabout ferns\n").status, 201, "usable at once")
    client = McpClient(host, ann).open()
    eventually("searchable", lambda: "ferns" in client.call("search_notes", query="ferns", project="Ready"))
    given = host.ask("POST", "/tenant/mount/credentials", ann).json
    bucket = host.ask("GET", "/tenant/mount/info", ann).json["bucket_name"]
    basic = {"Authorization": "Basic " + base64.b64encode(f"{given['user']}:{given['pass']}".encode()).decode()}
    same(host.ask("MKCOL", f"/webdav/{bucket}/from-dav", headers=basic).status, 201, "a folder")
    same(host.ask("PUT", f"/webdav/{bucket}/from-dav/b.md", body="# B\n\nabout mosses\n", headers=basic).status, 201, "b")
    names = lambda: [p["name"] for p in host.ask("GET", "/proxy/projects/projects", ann).json["projects"]]  # noqa: E731
    eventually("registered", lambda: "from-dav" in names())
    eventually("indexed", lambda: "mosses" in client.call("search_notes", query="mosses", project="from-dav"))
    listed = host.ask("PROPFIND", f"/webdav/{bucket}/", headers=basic | {"Depth": "1"})
    check(listed.status == 207 and all(name in listed.text for name in ("/ready/", "/from-dav/", "/main/")), listed.text)
    for path in (f"/webdav/{bucket}/ready/a.md", f"/webdav/{bucket}/", "/proxy/webdav/ready/a.md",
                 f"/webdav/{bucket}/../1/ready/a.md", f"/webdav/{bucket}/%2e%2e/1/ready/a.md"):
        for method in ("GET", "HEAD", "PROPFIND", "PUT", "DELETE", "MKCOL", "MOVE", "COPY"):
            reply = host.ask(method, path, bob, headers={"Destination": path + "x", "Depth": "0"})
            check(400 <= reply.status < 500 and "ferns" not in reply.text, f"bob: {method} {path}: {reply.status}")
    same(host.ask("GET", "/proxy/webdav/ready/a.md", ann).text, "# A\n\nabout ferns\n", "unchanged")
    same(host.ask("GET", "/proxy/webdav/ready/a.md").status, 401, "nobody")
def readers(host):
    """A token that may only read changes nothing by any route, and makes no token that may."""
    writer = host.user("ann")
    reader = host.log_in("ann", scope="notes:read offline_access")["access_token"]
    main = host.ask("GET", "/proxy/projects/default", reader).json
    pid = main["external_id"]
    changes = [("POST", "/projects/projects", {"name": "New"}), ("DELETE", "/projects/main", None),
               ("PUT", "/projects/main/default", None), ("PATCH", f"/v2/projects/{pid}", {"path": "/x"}),
               ("PATCH", "/main/project/main", {"path": "/x"}), ("DELETE", f"/v2/projects/{pid}", None),
               ("PUT", f"/v2/projects/{pid}/default", None), ("POST", "/v2/projects/", {"name": "New"}),
               ("POST", "/management/watch/stop", None), ("POST", "/main/project/sync", None)]
    for method, path, body in changes:
        reply = host.ask(method, "/proxy" + path, reader, body)
        same(reply.status, 403, f"{method} {path}: {reply.text}")
        check("insufficient_scope" in reply.headers["www-authenticate"], "says what is lacking")
    for method, path, body in (("POST", "/v2/projects/resolve", {"identifier": "main"}), ("POST", "/sync", {}),
                               ("POST", "/main/project/status", None), ("GET", "/main/project/info", None)):
        same(host.ask(method, "/proxy" + path, reader, body).status, 200, f"{method} {path}")
    key = host.ask("POST", "/api/keys", reader, {"name": "k"}).json["key"]
    mount = host.ask("POST", "/tenant/mount/credentials", reader).json["pass"]
    for token in (key, mount):
        same(host.ask("POST", "/proxy/projects/projects", token, {"name": "New"}).status, 403, "no more than its maker")
    same([p["name"] for p in host.ask("GET", "/proxy/projects/projects", writer).json["projects"]], ["main"], "unchanged")


def killed_and_started_again(host):
    """Whatever moment it dies at, a repeated registration succeeds and gives the same project."""
    token = host.user("ann")
    for round_number in range(6):
        name = f"Round {round_number}"
        try:
            import threading
            killer = threading.Timer(0.002 * round_number * round_number, host.kill)
            killer.start()
            host.ask("POST", "/proxy/projects/projects", token, {"name": name})
        except OSError:
            pass
        killer.join()
        host.start()
        time.sleep(1.5)  # a round of discovery
        again = host.ask("POST", "/proxy/projects/projects", token, {"name": name})
        check(again.status in (200, 201), f"{name}: {again.text}")
        same(again.json["new_project"]["name"], name, "its name")
        check((host.space(1) / f"round-{round_number}").is_dir(), "its folder")
    names = [p["name"] for p in host.ask("GET", "/proxy/projects/projects", token).json["projects"]]
    same(names, ["main"] + [f"Round {n}" for n in range(6)], "each once")
    client = McpClient(host, token).open()
    client.call("write_note", title="Kept", content="words", folder="f", project="Round 1")
    host.kill()
    host.start()
    check("words" in McpClient(host, token).open().call("read_note", identifier="f/kept", project="Round 1"), "kept")


def ends_in_order(host):
    """Asked to end with a stream open and notes just written, it ends soon and with 0, and nothing is missing after."""
    import http.client
    token = host.user("ann")
    client = McpClient(host, token).open()
    listening = http.client.HTTPConnection("127.0.0.1", host.port, timeout=30)
    listening.request("GET", "/mcp", headers={"Authorization": f"Bearer {token}", "Accept": "text/event-stream",
                                              "Mcp-Session-Id": client.session})
    same(listening.getresponse().status, 200, "a stream is open")
    for number in range(5):
        client.call("write_note", title=f"Note {number}", content="last words", folder="f", project="main")
    began = time.monotonic()
    same(host.stop(), 0, "exit code")
    check(time.monotonic() - began < 15, "it ends soon")
    check("the host ends" in host.host_log(), "it says so")
    host.start()
    same(client.post("tools/list").status, 404, "sessions end with their server")
    again = McpClient(host, token).open()
    for number in range(5):
        check("last words" in again.call("read_note", identifier=f"f/note-{number}", project="main"), f"note {number}")


def loopback_only(host):
    """It listens beyond this machine only where somebody says how."""
    import subprocess
    done = subprocess.run([host.binary, "serve", "--host", "0.0.0.0", "--port", "1", "--data", str(host.folder / "x")],
                          env=host.environment, capture_output=True, text=True, timeout=60)
    check(done.returncode == 1 and "--insecure" in done.stderr and "--public-url" in done.stderr, done.stderr)
    # A name for a proxy changes nothing about who reaches the port itself.
    named = subprocess.run([host.binary, "serve", "--host", "0.0.0.0", "--public-url", "https://cloud.example.com", "--port",
                            "1", "--data", str(host.folder / "x")], env=host.environment, capture_output=True, text=True,
                           timeout=60)
    check(named.returncode == 1 and "in the clear" in named.stderr and "--insecure" in named.stderr, named.stderr)
    check(not (host.folder / "x").exists(), "nothing was made for a host that does not start")
    nameless = subprocess.run([host.binary, "serve", "--host", "0.0.0.0", "--insecure", "--port", "1", "--data",
                               str(host.folder / "x")], env=host.environment, capture_output=True, text=True, timeout=60)
    check(nameless.returncode == 1 and "--public-url" in nameless.stderr, nameless.stderr)
    plain = subprocess.run([host.binary, "serve", "--public-url", "http://cloud.example.com", "--port", "1", "--data",
                            str(host.folder / "x")], env=host.environment, capture_output=True, text=True, timeout=60)
    check(plain.returncode == 1 and "https://" in plain.stderr, plain.stderr)
    odd = subprocess.run([host.binary, "serve", "--data", str(host.folder / "x")], capture_output=True, text=True,
                         env=host.environment | {"BASIC_MEMORY_DISCOVERY_INTERVAL": "soon"}, timeout=60)
    check(odd.returncode == 1 and "BASIC_MEMORY_DISCOVERY_INTERVAL" in odd.stderr, odd.stderr)


def accounts_elsewhere(host):
    """The file of the accounts may be another one than that in the data directory."""
    import subprocess
    file = host.folder / "people.db"
    with Host(host.binary, options=("--users", str(file))) as other:
        words = [host.binary, "serve", "user", "add", "eve", "--data", str(other.data), "--users", str(file)]
        done = subprocess.run(words, env=other.environment, input="correct horse battery 7\n", capture_output=True, text=True,
                              timeout=60)
        check(done.returncode == 0 and file.exists(), done.stderr)
        check(not (other.data / "access.db").exists(), "accounts are kept in two places")
        listed = subprocess.run([*words[:3], "list", *words[5:]], env=other.environment, capture_output=True, text=True,
                                timeout=60)
        check("eve" in listed.stdout, listed.stdout)
        check("no users" in other.command("approve", "WDJB-MJHT").stderr, "the accounts of another file were taken")


def bucket_storage(host):
    """A host on an existing bucket: each account has keys of its own, and none gets another's."""
    ann, bob = host.user("ann"), host.user("bob")
    settings = {"storage": {"type": "s3", "endpoint": "https://s3.example.com", "region": "eu",
                            "accounts": {"ann": {"bucket": "anns", "access_key": "AK", "secret_key": "SK"}}}}
    host.stop()
    (host.data / "host.json").write_text(json.dumps(settings))
    (host.data / "host.json").chmod(0o640)
    open_to_others = host.words("serve", "--port", str(host.port), "--data", str(host.data))
    check(open_to_others.returncode == 1 and "chmod 600" in open_to_others.stderr, open_to_others.stderr)
    (host.data / "host.json").chmod(0o600)
    host.start()
    given = host.ask("POST", "/tenant/mount/credentials", ann).json
    same(given, {"type": "s3", "endpoint": "https://s3.example.com", "region": "eu", "access_key": "AK",
                 "secret_key": "SK", "expires_at": None}, "credentials")
    same(host.ask("GET", "/tenant/mount/info", ann).json["bucket_name"], "anns", "bucket")
    same(host.ask("POST", "/tenant/mount/credentials", bob).status, 403, "bob has none")
    check("SK" not in host.host_log(), "no secret in the log")
    host.stop()
    del settings["storage"]["accounts"]["ann"]["secret_key"]
    (host.data / "host.json").write_text(json.dumps(settings))
    import subprocess
    wrong = subprocess.run([host.binary, "serve", "--port", str(host.port), "--data", str(host.data)],
                           env=host.environment, capture_output=True, text=True, timeout=60)
    check(wrong.returncode == 1 and "secret_key" in wrong.stderr and "AK" not in wrong.stderr, wrong.stderr)
    (host.data / "host.json").write_text(json.dumps({"open_spaces": 0}))
    none = host.words("serve", "--port", str(host.port), "--data", str(host.data))
    check(none.returncode == 1 and "open_spaces" in none.stderr, none.stderr)
    (host.data / "host.json").unlink()
    host.start()


def minted_keys(host):
    """A command of whoever runs the host mints keys for each device."""
    host.add_user("ann")
    laptop, desk = host.log_in("ann")["access_token"], host.log_in("ann")["access_token"]
    host.stop()
    script = host.folder / "mint"
    script.write_text("#!/bin/sh\n"
                      f'[ -e "{host.folder}/broken" ] && echo S3CRET-leak && exit 3\n'
                      'printf \'{"access_key": "%s-%s-%s", "secret_key": "%s", "expires_at": "2030-01-01T00:00:00Z"}\' '
                      '"$BM_ACCOUNT" "$BM_BUCKET" "$BM_DEVICE" "$1"\n')
    script.chmod(0o700)
    settings = {"storage": {"type": "s3", "endpoint": "https://s3.example.com", "command": [str(script), "S3CRET; ls"],
                            "accounts": {"ann": {"bucket": "anns"}}}}
    (host.data / "host.json").write_text(json.dumps(settings))
    (host.data / "host.json").chmod(0o600)
    host.start()
    ask = lambda token: host.ask("POST", "/tenant/mount/credentials", token)  # noqa: E731
    one, other = ask(laptop).json, ask(desk).json
    check(one["access_key"].startswith("ann-anns-") and one["access_key"] != other["access_key"], f"{one} {other}")
    same(ask(laptop).json["access_key"], one["access_key"], "one device, one name")
    same((one["secret_key"], one["expires_at"], one["type"]), ("S3CRET; ls", "2030-01-01T00:00:00Z", "s3"), "keys")
    (host.folder / "broken").touch()
    failed = ask(laptop)
    same(failed.status, 503, failed.text)
    check("has failed" in host.host_log() and "S3CRET" not in host.host_log() + failed.text, "no secret is told")
    host.stop()
    settings["storage"]["command"] = "mint --all"
    (host.data / "host.json").write_text(json.dumps(settings))
    wrong = host.words("serve", "--port", str(host.port), "--data", str(host.data))
    check(wrong.returncode == 1 and "storage.command" in wrong.stderr, wrong.stderr)
    (host.data / "host.json").unlink()
    host.start()


TESTS = (first_start, device_flow, device_codes_and_refresh, account_routes, login_goes_with_its_storage_token, project_routes,
         search_route,
         no_path_of_the_host, vanished_folder, notes_and_mcp,
         discovery, two_users, files, readers, killed_and_started_again, ends_in_order, loopback_only, accounts_elsewhere,
         bucket_storage,
         minted_keys)

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    chosen = [t for t in TESTS if not arguments.names or t.__name__ in arguments.names]
    sys.exit(run(chosen, arguments.binary))
