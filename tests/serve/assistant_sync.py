"""An assistant over `bm mcp` in cloud mode brings a project of this machine in step: the relay answers for it."""

import json
import os
import select
import subprocess
import tempfile
import time

from cloud_device import NO_RCLONE, RCLONE, Device, log_in, main
from device import put
from recorder import Recorder
from host_process import Skipped, check, eventually


class Assistant:
    """A client on the standard streams of `bm mcp`."""

    def __init__(self, device, *words):
        self.process = subprocess.Popen([device.binary, "mcp", *words], env=device.environment, cwd=device.home,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                        text=True)
        self.number, self.notes = 0, []
        self.ask("initialize", {"protocolVersion": "2025-11-25", "capabilities": {},
                                "clientInfo": {"name": "test", "version": "1"}})
        self.send({"method": "notifications/initialized"})

    def send(self, message):
        self.process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        self.process.stdin.flush()

    def ask(self, method, params):
        self.number += 1
        self.send({"id": self.number, "method": method, "params": params})
        while True:
            line = self.process.stdout.readline()
            check(line, f"{method}: the relay ended")
            message = json.loads(line)
            if message.get("id") == self.number:
                return message["result"]
            self.notes.append(message)

    def call(self, tool, **arguments):
        return self.ask("tools/call", {"name": tool, "arguments": arguments,
                                       "_meta": {"progressToken": f"p{self.number}"}})

    def text(self, tool, **arguments):
        return self.call(tool, **arguments)["content"][0]["text"]

    def close(self):
        self.process.stdin.close()
        check(self.process.wait(120) == 0, "the relay ends well")
        self.process.stdout.close()


def looks_then_syncs(host):
    if not os.access(RCLONE, os.X_OK):
        raise Skipped(NO_RCLONE)
    host.add_user("ann")
    with tempfile.TemporaryDirectory(prefix="bm-assistant-") as folder:
        a = Device(host.binary, folder, RCLONE)
        log_in(a, host)
        before = Assistant(a)
        names = [tool["name"] for tool in before.ask("tools/list", {})["tools"]]
        check("write_note" in names and "sync_project" not in names, "no sync before a cloud is set up")
        before.close()
        a.bm("cloud", "setup")
        own = a.home / "own"
        a.bm("project", "add", "work", "--local-path", own)
        put(own / "a.md", "# A\n")

        client = Assistant(a)
        tools = client.ask("tools/list", {})["tools"]
        check([tool["name"] for tool in tools[-2:]] == ["sync_project", "sync_status"], "listed after the host's")
        check(len({tool["name"] for tool in tools}) == len(tools), "each once")
        check("never synced" in client.text("sync_status", project="work"), "the state of a new project")
        first = client.text("sync_project", project="work")
        check("bm project bisync --name work --resync" in first, f"the first run is the user's: {first}")
        a.bm("project", "bisync", "--name", "work", "--resync")
        space = next((host.data / "spaces").glob("*/work"))
        put(own / "b.md", "# B\n")
        check("Look first" in client.text("sync_project", project="work", dry_run=False), "a look comes first")
        look = client.text("sync_project", project="work")
        check("would upload: b.md" in look and not (space / "b.md").exists(), f"a look changes nothing: {look}")
        done = client.call("sync_project", project="work", dry_run=False, output_format="json")
        made = done["structuredContent"]["result"]
        check(made["ok"] and made["uploaded"] == ["b.md"], f"the run: {made}")
        check((space / "b.md").read_text() == "# B\n", "it is in the cloud")
        check(client.call("sync_project", project="work", force=True)["isError"], "nothing can be forced")
        # The host's own tools go on beside it.
        check("Saved" in (said := client.text("write_note", title="N", folder="", content="x", project="work")) or
              "created" in said.lower(), f"a note through the host: {said}")
        check("download" in client.text("sync_project", project="work"), "and it is to come here")
        client.close()


def ends_with_its_client(host):
    """A relay whose client is gone ends, also while the host has still to answer."""
    host.add_user("ann")
    with tempfile.TemporaryDirectory(prefix="bm-assistant-") as folder, Recorder(host.port) as between:
        a = Device(host.binary, folder, RCLONE)
        log_in(a, host, between.address)
        quiet = Assistant(a)
        quiet.close()
        busy = Assistant(a)
        between.answer("POST /mcp", wait=300)
        count = len(between.requests("POST /mcp"))
        busy.send({"id": 99, "method": "tools/call", "params": {"name": "list_memory_projects", "arguments": {}}})
        eventually("the call is with the host", lambda: len(between.requests("POST /mcp")) > count)
        began = time.monotonic()
        busy.process.stdin.close()
        busy.process.stdout.close()
        busy.process.wait(120)
        check(time.monotonic() - began < 120, "it ended before the host has answered")


def notes_of(host, project):
    return sorted(path.name for path in (host.data / "spaces").glob(f"*/{project}/**/*.md"))


def stays_in_its_project(host):
    """A client that is bound to a project of the host works there whatever it says, and only there."""
    host.add_user("ann")
    with tempfile.TemporaryDirectory(prefix="bm-assistant-") as folder:
        a = Device(host.binary, folder, RCLONE)
        log_in(a, host)
        free = Assistant(a)
        for name in ("other", "research"):
            free.text("create_memory_project", project_name=name, project_path=name)
        bound = Assistant(a, "--project", "Research")
        bound.text("write_note", title="Elsewhere", folder="", content="x", project="other")
        bound.text("write_note", title="Unnamed", folder="", content="x")
        check(notes_of(host, "research") == ["Elsewhere.md", "Unnamed.md"], f"{notes_of(host, 'research')}")
        check(notes_of(host, "other") == [], f"written elsewhere: {notes_of(host, 'other')}")
        for tool, arguments in (("delete_project", {"project_name": "other"}), ("fetch", {"id": "x"}),
                                ("create_memory_project", {"project_name": "third", "project_path": "third"})):
            check(bound.call(tool, **arguments).get("isError"), f"{tool} is let through")
        check("research" in bound.text("list_memory_projects") and
              "other" not in bound.text("list_memory_projects"), "other projects are listed")
        check("other" in free.text("list_memory_projects") and "third" not in free.text("list_memory_projects"),
              "the projects of the host")
        read = bound.ask("resources/read", {"uri": "memory://research/unnamed"})
        check("Unnamed" in read["contents"][0]["text"], f"a note of its project: {read}")
        for one in (bound, free):
            one.close()
        for words, says in ((("--project", "nobody"), "nobody"), (("--transport", "streamable-http"), "--local"),
                            (("--transport", "sse"), "--local")):
            done = subprocess.run([a.binary, "mcp", *words], env=a.environment, stdin=subprocess.DEVNULL,
                                  capture_output=True, text=True, timeout=60, check=False)
            check(done.returncode == 1 and says in done.stderr, f"{words}: {done.returncode} {done.stderr}")


def hears_after_a_restart(host):
    """What a client follows it goes on hearing of when the host has started anew, though it says nothing itself."""
    host.add_user("ann")
    with tempfile.TemporaryDirectory(prefix="bm-assistant-") as folder:
        a = Device(host.binary, folder, RCLONE)
        log_in(a, host)
        listening = Assistant(a)
        listening.text("write_note", title="Board", folder="", content="one")
        listening.ask("resources/subscribe", {"uri": "memory://board"})
        host.stop()
        host.start()
        told = []

        def is_told():
            writer = Assistant(a)
            writer.text("edit_note", identifier="board", operation="append", content=f"\n{time.monotonic()}")
            writer.close()
            ready, _, _ = select.select([listening.process.stdout], [], [], 2)
            if ready:
                told.append(json.loads(listening.process.stdout.readline()))
            return any(each.get("method") == "notifications/resources/updated" for each in told)

        eventually("news of the note", is_told, 120)
        check(not any("id" in each for each in told), f"an answer to nothing: {told}")
        listening.close()


if __name__ == "__main__":
    main(__doc__, [looks_then_syncs, ends_with_its_client, stays_in_its_project, hears_after_a_restart])
