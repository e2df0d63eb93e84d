"""An assistant over `bm mcp` in cloud mode brings a project of this machine in step: the relay answers for it."""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
for folder in (HERE, HERE.parent / "cloud_acceptance"):
    sys.path.insert(0, str(folder))
from device import Device, put  # noqa: E402
from recorder import Recorder  # noqa: E402
from host_process import CONFIGURED_CLIENT, check, eventually, run  # noqa: E402

RCLONE = os.environ.get("BM_TEST_RCLONE") or str(HERE.parent.parent / "build" / "rclone" / "rclone")


class Assistant:
    """A client on the standard streams of `bm mcp`."""

    def __init__(self, device):
        self.process = subprocess.Popen([device.binary, "mcp"], env=device.environment, cwd=device.home,
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
        check(self.process.wait(30) == 0, "the relay ends well")
        self.process.stdout.close()


def looks_then_syncs(host):
    if not os.access(RCLONE, os.X_OK):
        print("skipped: no rclone of 1.66 or newer")
        return
    host.add_user("ann")
    with tempfile.TemporaryDirectory(prefix="bm-assistant-") as folder:
        a = Device(host.binary, folder, RCLONE)
        a.log_in_as(host.log_in("ann"), f"http://127.0.0.1:{host.port}", CONFIGURED_CLIENT)
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
        a.log_in_as(host.log_in("ann"), between.address, CONFIGURED_CLIENT)
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


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    sys.exit(1 if run([looks_then_syncs, ends_with_its_client], parser.parse_args().binary) else 0)
