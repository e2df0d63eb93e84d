"""Cloud mode: what turns it on, where commands go, and what the settings hold."""

import json

from device import check, put, same
from registry import rows
from trial import eventually

WORDS_OF_PROJECTS = ("sync-setup x y", "sync --name x", "bisync --name x", "check --name x", "ls --name x",
                     "copy --name x a b")


def approve_when_shown(host, user, process):
    """Lets a device in as soon as it shows its code."""
    def code():
        lines = [line for line in process.said().splitlines() if line.startswith("And enter this code: ")]
        return lines[0].split(": ")[1].strip() if lines else None
    done = host.command("approve", eventually("a code", code, 120), "--user", user.name)
    check(done.returncode == 0, f"approve: {done.stdout}{done.stderr}")


def log_in(device, user, recorder=None, *words):
    address = recorder.address if recorder else f"http://127.0.0.1:{user.host.port}"
    process = device.start("cloud", "login", "--host", address, "--no-browser", *words)
    approve_when_shown(user.host, user, process)
    same(process.wait(60), 0, f"login: {process.said()}")
    return process.said()


@rows("9-S1", "9-001", "9-003", "9-124", "9-131", "9-132", "9-133", "9-134", "9-135", "9-C01", "9-C02", "9-C03",
      "9-T01", "9-T02", "9-T11", "9-T12", "9-434", "9-435", "9-436", "9-437", "9-438", "9-421", "9-142", "9-143",
      "9-141", "9-423", "20-10", "9-122", "9-404", "9-403", "15-71", "15-52", "9-C04", "15-55")
def toggle(t):
    user = t.user()
    proxy = t.recorder()
    a = t.new_device()
    a.settings(projects={"home-notes": str(a.home / "notes")}, default_project="home-notes")
    put(a.home / "notes" / "Local.md", "# Local\nlantern\n")
    a.bm("sync").has("Synced")
    before = a.bm("project", "list").has("home-notes").lacks("in-the-cloud")
    a.bm("cloud", "status").has("Mode: Local (disabled)")
    said = log_in(a, user, proxy)
    with t.row("9-434", "9-T01"):
        for part in ("Authentication Required", "Successfully authenticated", "Verifying subscription access...",
                     "Cloud mode enabled", "All CLI commands now work against " + proxy.address):
            check(part in said, f"login does not say {part!r}: {said}")
    with t.row("9-131", "9-T01", "9-003"):
        same(a.config["cloud_mode"], True, "cloud_mode after login")
    with t.row("9-435", "9-436", "9-437"):
        import base64
        import hashlib
        from urllib.parse import parse_qs
        begun = parse_qs(proxy.requests("POST /oauth2/device_authorization")[0].body.decode())
        polled = parse_qs(proxy.requests("POST /oauth2/token")[0].body.decode())
        same(begun["code_challenge_method"], ["S256"], "method")
        verifier = polled["code_verifier"][0]
        check(43 <= len(verifier) <= 128, f"the verifier has {len(verifier)} characters")
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        same(begun["code_challenge"], [challenge], "challenge")
    with t.row("9-438"):
        check("redirect_uri" not in proxy.requests("POST /oauth2/device_authorization")[0].body.decode(), "redirect")
    config = a.config
    for file in a.data.glob("memory.db*"):
        file.unlink()
    proxy.forget()
    with t.row("9-S1", "9-132", "9-001", "9-C01", "9-C03", "9-142", "9-T11", "9-404", "9-403"):
        a.bm("project", "list").has("main").lacks("home-notes")
        a.bm("project", "add", "in-the-cloud")
        a.bm("project", "list").has("in-the-cloud")
        a.bm("tool", "write-note", "--project", "in-the-cloud", "--title", "Far", "--folder", "f",
             "--content", "about beacons")
        check((user.space / "in-the-cloud" / "f" / "Far.md").exists(), "the note is on the host")
        a.bm("tool", "read-note", "Far", "--project", "in-the-cloud").has("beacons")
        a.bm("status", "--project", "in-the-cloud")
    with t.row("9-122", "9-T11"):
        check(proxy.requests("^GET /proxy/projects/projects$"), f"requests: {proxy.seen}")
        check(proxy.requests("^POST /proxy/projects/projects$"), f"requests: {proxy.seen}")
    with t.row("15-55"):
        a.bm("tools", "continue-conversation", "--project", "in-the-cloud")
    with t.row("9-141"):
        check(not list(a.data.glob("memory.db*")), "cloud mode made a local index")
    with t.row("9-143", "20-10"):
        same(a.config, config, "settings after commands in cloud mode")
    with t.row("9-423"):
        proxy.forget()
        a.bm("project", "default", "home-notes", expect=1).has("not available in cloud mode")
        same(proxy.seen, [], "requests of `project default`")
        a.bm("project", "default", "home-notes", "--local")
        same(proxy.seen, [], "requests of `project default --local`")
    with t.row("9-T02", "9-135"):
        a.bm("cloud", "status").has("Mode: Cloud (enabled)", "Host: " + proxy.address, "Cloud instance is healthy",
                                    "Status:", "Version:", "Timestamp:")
        rule = proxy.answer("/proxy/health", 500, {"detail": "out of order"})
        a.bm("cloud", "status", expect=1).has("Error checking cloud health:")
        proxy.rules.remove(rule)
    with t.row("15-71", "15-52"):
        a.bm("cloud", "bisync-setup")
        said = a.bm("cloud", "status").has("Cloud Bisync Status", "✓ Initialized", "basic-memory-cloud-sync",
                                           "Last Sync")
        with t.row("15-71"):
            said.has("Total Projects", "s3://")
        with t.row("15-52"):
            said.has("Total Projects", "Storage Used")
    with t.row("9-421", "9-S1", "9-133", "9-134", "9-C02", "9-T12", "9-003", "9-124", "9-C04"):
        a.bm("cloud", "logout").has("Cloud mode disabled", "All CLI commands now work locally")
        same(a.config["cloud_mode"], False, "cloud_mode after logout")
        proxy.forget()
        same(a.bm("project", "list").out, before.out, "the list after logout")
        a.forget_calls()
        a.bm("sync").has("Synced")
        a.bm("tool", "read-note", "Local").has("lantern")
        a.bm("status")
        same(proxy.seen, [], "requests after logout")
        same(a.calls(), [], "rclone after logout")
    with t.row("9-421"):
        a.settings(cloud_mode=True)
        a.bm("project", "list", expect=1).has("bm cloud login")
        a.settings(cloud_mode=False)
        a.bm("project", "list").has("home-notes")


@rows("9-111", "9-113", "9-115", "9-433", "9-121", "9-432", "9-431", "9-114", "20-15", "9-312",
      "9-316", "15-05", "9-254", "9-255", "9-311", "15-07")
def settings_file(t):
    a = t.new_device()
    (a.data / "config.json").unlink()
    a.bm("project", "list")
    held = a.config
    with t.row("9-111"):
        same(held.get("cloud_mode", False), False, "cloud_mode")
        same(a.bm("cloud", "status").has("Mode: Local (disabled)").code, 0, "exit")
    with t.row("9-113"):
        same(held.get("cloud_host", "https://cloud.basicmemory.com"), "https://cloud.basicmemory.com", "cloud_host")
        a.settings(cloud_mode=True)
        a.bm("cloud", "status", expect=1).has("Host: https://cloud.basicmemory.com", "not authenticated")
        a.settings(cloud_mode=None)
    with t.row("9-431"):
        a.bm("config", "list", BASIC_MEMORY_SYNC_DELAY="77").has("BASIC_MEMORY_SYNC_DELAY", "77")
    a.settings(auth_tokens={"x": [1, 2]}, rclone_path=str(a.rclone))
    with t.row("9-115", "9-433"):
        a.bm("project", "add", "more", a.home / "more")
        same(a.config["auth_tokens"], {"x": [1, 2]}, "a key that we do not know")
    with t.row("9-121"):
        a.settings(cloud_mode=True)
        a.bm("project", "list", expect=1).has("bm cloud login")
        a.settings(cloud_mode=False)
        a.bm("project", "list")
    with t.row("9-432"):
        put(a.home / ".env", "BASIC_MEMORY_CLOUD_MODE=true\n")
        a.bm("cloud", "status").has("Mode: Local (disabled)")
    with t.row("9-312", "15-05", "9-311"):
        put(a.home / "more" / "n.md", "# N\n")
        a.bm("sync", "--project", "more").has("Synced 1 files (new: 1, modified: 0, deleted: 0)")
        same(a.calls(), [], "rclone in local mode")
    with t.row("9-316", "15-07"):
        a.bm("sync", "--watch", expect=1).has("--watch is only available in cloud mode", "bm cloud login")
    with t.row("15-07"):
        a.bm("sync", "--help").has("(60)")
    with t.row("9-254", "9-255"):
        # The routes themselves are not used locally; what they would do is what the commands do.
        put(a.home / "more" / "o.md", "# O\n")
        same(a.bm("status", "--project", "more", "--json").json["new"], ["o.md"], "status")
        a.bm("sync", "--project", "more").has("new: 1")
        same(a.bm("status", "--project", "more", "--json").json["new"], [], "status after sync")
    with t.row("9-114", "20-15"):
        old = {"0.14": {"projects": {"main": "~/m"}, "default_project": "main"},
               "0.15.2": {"projects": {"main": "~/m"}, "cloud_mode": False,
                          "bisync_config": {"profile": "balanced", "sync_dir": "~/basic-memory-cloud-sync"}},
               "0.17.6": {"projects": {"main": "~/m"}, "default_project_mode": True, "cloud_projects": {}},
               "0.23": {"projects": {"main": {"path": "~/m", "mode": "local"}}, "default_project": "main"}}
        for version, text in old.items():
            put(a.data / "config.json", json.dumps(text))
            a.bm("project", "list").has("main")
            a.bm("cloud", "status").has("Mode: Local (disabled)")
            check(version and a.config["projects"], "projects are kept")


@rows("9-123", "15-53", "9-402", "9-422", "9-401")
def addresses_and_tokens(t):
    user = t.user()
    one, other = t.recorder(), t.recorder()
    a = t.device(user, address=one.address, setup=False)
    with t.row("9-123"):
        other.rules.clear()
        a.bm("project", "list")
        check(one.requests("/proxy/projects/projects") and not other.seen, "the configured host is asked")
        one.forget()
        other.answer("^GET /projects/projects$", body={"projects": [], "default_project": "x"})
        a.bm("project", "list", BASIC_MEMORY_PROXY_URL=other.address)
        check(other.requests("^GET /projects/projects$") and not one.requests("projects"), "the variable wins")
        a.bm("project", "list", "--local")
        check(not one.requests("projects"), "--local asks nobody")
    with t.row("9-402"):
        file = a.data / "basic-memory-cloud.json"
        held = json.loads(file.read_text())
        put(file, json.dumps(held | {"expires_at": 1000}))
        one.forget()
        a.bm("project", "list").has("main")
        sent = one.requests("POST /oauth2/token")
        check(len(sent) == 1 and b"grant_type=refresh_token" in sent[0].body, f"{sent}")
        fresh = json.loads(file.read_text())
        check(fresh["access_token"] != held["access_token"] and fresh["refresh_token"] != held["refresh_token"],
              "new tokens are kept")
        same(file.stat().st_mode & 0o777, 0o600, "mode of the token file")
    with t.row("9-401"):
        from host_process import McpClient
        client = McpClient(user.host, user.token).open()
        check("main" in client.call("list_memory_projects"), "MCP with a bearer reaches that user's projects")
    with t.row("15-53"):
        a.settings(cloud_mode=None, cloud_host=None, api_url=one.address)
        said = a.bm("project", "list").has("main")
        same(said.text.count("api_url"), 1, f"warned once: {said.text}")
        a.settings(api_url=None)
        one.forget()
        a.bm("project", "list", BASIC_MEMORY_API_URL=one.address)
        check(one.requests("/proxy/projects/projects"), "the variable turns the cloud on")
    a.settings(cloud_mode=True, cloud_host=one.address)
    with t.row("9-422"):
        (a.data / "basic-memory-cloud.json").unlink()
        for words in ("project list", "project remove main --yes", "sync", "project info main", "status"):
            a.bm(*words.split(), expect=1).has("bm cloud login")
        a.bm("project", "list", "--local")
        (a.home / "basic-memory").mkdir(exist_ok=True)
        a.bm("status", "--local")
        a.bm("sync", "--local")


@rows("9-008", "9-411", "9-412", "9-C11", "20-05", "20-08", "20-01", "20-Q1", "20-Q4", "20-13", "15-21", "9-322",
      "9-315")
def words(t):
    a = t.new_device()
    with t.row("9-008", "9-411", "9-C11"):
        for word in ("project", "project list", "project add x"):
            a.bm("cloud", *word.split(), expect=2)
    with t.row("9-412"):
        listed = a.bm("cloud", "--help").out
        for word in ("login", "logout", "status", "setup", "bisync", "bisync-setup", "bisync-status", "check",
                     "mount", "unmount", "mount-status"):
            check(f"\n  {word} " in listed, f"`bm cloud --help` lists no {word}")
    with t.row("20-05"):
        for word in WORDS_OF_PROJECTS:
            name = word.split()[0]
            if name == "ls":  # it lists the local folder in local mode
                a.bm("project", "ls", "--name", "x", "--cloud", expect=1)
                continue
            a.bm("project", *word.split(), expect=1).has(f"Error: {name} only available in cloud mode")
    with t.row("20-01"):
        a.bm("project", "add", "x", expect=1).has("Error: path argument is required in local mode")
    a.settings(cloud_mode=True, cloud_host="http://127.0.0.1:9")
    with t.row("20-08"):
        for name in ("sync", "bisync", "check"):
            a.bm("project", name, expect=2).has("Either --name or --all is required")
            a.bm("project", name, "--name", "x", "--all", expect=2)
    with t.row("20-Q1"):
        a.bm("project", "mount", expect=2)
    with t.row("20-Q4"):
        for name in ("sync", "bisync", "check"):
            a.bm("project", name, "--name", "x", "--watch", expect=2)
    with t.row("15-21"):
        a.bm("cloud", "bisync", "--profile", "reckless", expect=2).has("reckless")
        a.bm("project", "bisync", "--name", "x", "--profile", "reckless", expect=2).has("reckless")
    with t.row("9-322", "9-315"):
        for words_of_help in (("cloud", "bisync"), ("sync",)):
            said = a.bm(*words_of_help, "--help").has("--interval")
            with t.row("9-315"):
                check("60" in said.out, f"no default is shown: {words_of_help}")
        a.bm("cloud", "bisync", "--watch", "--interval", "0", expect=2)


@rows("9-C14", "20-45")
def login_that_fails(t):
    """The messages of a login that comes to nothing; the mode stays as it was."""
    stub = t.stub()
    a = t.new_device()
    begun = {"device_code": "d", "user_code": "ABCD-EFGH", "verification_uri": stub.address, "expires_in": 30,
             "interval": 1}
    stub.answer("POST /oauth2/device_authorization", body=begun)
    for error, text in (("access_denied", "Authentication was denied by user"),
                        ("expired_token", "Device code has expired. Please try again."),
                        ("invalid_grant", "Token polling error: invalid_grant")):
        rule = stub.answer("POST /oauth2/token", 400, {"error": error})
        a.bm("cloud", "login", "--host", stub.address, "--no-browser", expect=1).has("Login failed", text)
        stub.rules.remove(rule)
        check(not a.config.get("cloud_mode"), "the mode is unchanged")
    stub.answer("POST /oauth2/token", body={"access_token": "t", "refresh_token": "r", "expires_in": 3600})
    stub.answer("GET /proxy/health", 403, {"detail": {"error": "subscription_required", "message": "Pay first",
                                                      "subscribe_url": "https://example.com/pay"}})
    a.bm("cloud", "login", "--host", stub.address, "--no-browser", expect=1).has(
        "Subscription Required", "Pay first", "https://example.com/pay")
    check(not a.config.get("cloud_mode"), "no cloud mode without a subscription")
    stub.answer("GET /proxy/health", 500, {"detail": "broken"})
    a.bm("cloud", "login", expect=1).has("Logged in, but the cloud service could not be reached:")
    check((a.data / "basic-memory-cloud.json").exists(), "the tokens are kept")
    stub.answer("POST /oauth2/device_authorization", 503, {"detail": "later"})
    a.bm("cloud", "login", "--force", "--no-browser", expect=1).has("Login failed", "503")
