"""`bm sync --watch`: rounds, failures, and an end."""

import signal

from device import check, fails_with, put, same
from registry import rows
from trial import eventually


@rows("9-S6", "9-C10", "9-314", "9-315", "9-321", "9-322", "9-323", "9-324", "9-T05", "15-07", "15-61", "15-91",
      "9-K01…K10", "9-F1")
def watching(t):
    user = t.user()
    a = t.space_device(user)
    put(a.space / "p" / "n.md", "# N\n")
    a.bm("sync")
    a.forget_calls()
    watch = a.start("sync", "--watch", "--interval", "1")
    with t.row("9-S6", "9-C10", "9-314", "9-T05", "15-61", "9-K01…K10"):
        put(a.space / "new-folder" / "first.md", "# First\n")
        eventually("a new folder becomes a project", lambda: (user.space / "new-folder" / "first.md").exists(), 90)
        check("new-folder" in user.projects(), f"{user.projects()}")
        put(a.space / "p" / "n.md", "# N edited\n")
        eventually("an edit goes out", lambda: (user.space / "p" / "n.md").read_text() == "# N edited\n", 90)
        put(user.space / "p" / "back.md", "# Back\n")
        eventually("an edit comes in", lambda: (a.space / "p" / "back.md").exists(), 90)
        user.ask("POST", "/proxy/projects/projects", {"name": "by-api", "path": "by-api", "set_default": False})
        eventually("a project of the API gets a folder", lambda: (a.space / "by-api").is_dir(), 90)
    with t.row("9-315", "9-321", "15-07"):
        count = len(a.calls("bisync"))
        eventually("rounds go on", lambda: len(a.calls("bisync")) >= count + 2, 90)
        times = [call.time for call in a.calls("bisync")]
        check(all(later - earlier >= 1 for earlier, later in zip(times, times[1:])), f"rounds: {times}")
    with t.row("9-323", "9-314", "9-C10"):
        a.fault(fails_with("connection refused"))
        eventually("a failure is told", lambda: "Retrying in" in watch.said(), 120)
        a.fault()
        put(a.space / "p" / "after.md", "# After\n")
        eventually("the next round works", lambda: (user.space / "p" / "after.md").exists(), 120)
    with t.row("9-324"):
        for part in ("Starting bisync watch mode", "Sync interval: 1", "Press Ctrl+C to stop", "Sync completed in"):
            check(part in watch.said(), f"no {part!r}: {watch.said()[:400]}")
    with t.row("15-61", "9-T05", "9-314"):
        watch.send_signal(signal.SIGTERM)
        same(watch.wait(120), 0, f"exit: {watch.said()[-300:]}")
        check("Watch mode stopped" in watch.said(), watch.said()[-300:])
    with t.row("9-322", "9-T05"):
        code, shown = a.at_terminal("cloud", "bisync", "--watch", "--interval", "1", interrupt_after=6, timeout=120)
        same(code, 0, f"Ctrl+C: {shown[-400:]}")
        check("Watch mode stopped" in shown, shown[-400:])
    with t.row("15-91"):
        a.settings(bisync_config={"sync_dir": str(a.space), "default_profile": "safe", "auto_sync_interval": 1})
        a.bm("sync").has("profile 'safe'")
        a.forget_calls()
        watch = a.start("sync", "--watch")
        eventually("the interval of the settings", lambda: len(a.calls("bisync")) >= 2, 50)
        watch.send_signal(signal.SIGINT)
        same(watch.wait(120), 0, "exit")
    a.bm("sync", "--watch", "--force", expect=2)
    with t.row("9-F1"):
        a.settings(bisync_config={"sync_dir": str(a.space), "auto_sync_interval": 600, "watch_local": True})
        watch = a.start("sync", "--watch")
        a.forget_calls()
        eventually("the first round", lambda: a.calls("bisync"), 60)
        put(a.space / "p" / "local-change.md", "# L\n")
        eventually("a local change makes a round", lambda: (user.space / "p" / "local-change.md").exists(), 40)


@rows("9-314", "9-C10")
def watching_without_a_network(t):
    """3.10: a watch that begins without a network goes on until there is one."""
    user = t.user()
    proxy = t.recorder()
    a = t.space_device(user, address=proxy.address)
    put(a.space / "p" / "n.md", "# N\n")
    a.bm("sync")
    proxy.target = 1
    watch = a.start("sync", "--watch", "--interval", "1")
    eventually("it tells", lambda: watch.said() or watch.poll() is not None, 90)
    put(a.space / "p" / "later.md", "# Later\n")
    proxy.target = user.host.port
    eventually("it goes on", lambda: (user.space / "p" / "later.md").exists() or watch.poll() is not None, 90)
    check(watch.poll() is None, f"the watch ended with {watch.poll()}: {watch.said()[-300:]}")
