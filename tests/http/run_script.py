#!/usr/bin/env python3
"""What scripts/run does once the program is built: it serves, and then tells the address that it serves at.

    run_script.py --binary build/dev/cli/bm
"""

import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

from raw_http import Legacy, check
from bm_process import Sandbox, run_in_folder

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "serve"
SECONDS = 30


class Served:
    """The script as a process, ended by its id."""

    def __init__(self, box, *arguments, variables=None):
        self.path = box.root / "served.log"
        environment = {**box.environment, "BM_EXAMPLE": str(box.root / "example")}
        for name in ("BASIC_MEMORY_HOME", "BASIC_MEMORY_CONFIG_DIR"):
            environment.pop(name, None)
        environment |= variables or {}
        with open(self.path, "wb") as log:
            self.process = subprocess.Popen([str(SCRIPT), str(box.binary), *arguments], env=environment,
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def text(self):
        return self.path.read_text(encoding="utf-8")

    def wait_for(self, pattern):
        deadline = time.monotonic() + SECONDS
        while not (found := re.search(pattern, self.text())):
            check(self.process.poll() is None and time.monotonic() < deadline, f"{pattern} never comes: {self.text()}")
            time.sleep(0.02)
        return found

    def end(self, number=signal.SIGINT):
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(timeout=SECONDS)


def serves_and_tells(box, is_own, variables=None):
    """The address is told once it answers, and belongs to this server."""
    served = Served(box, "--port", "0", variables=variables)
    try:
        port = int(served.wait_for(r"URL +http://127\.0\.0\.1:(\d+)/mcp\n")[1])
        served.wait_for("Ctrl\\+C ends the server")
        projects = Legacy(port).ask("tools/call", {"name": "list_memory_projects"})
        check("result" in projects, f"it does not serve: {projects}")
        check(f"claude mcp add --transport http basic-memory http://127.0.0.1:{port}/mcp" in served.text(),
              f"no configuration: {served.text()}")
        check(served.text().index("Serving MCP") < served.text().index("URL "), "the address is told too early")
        check(("copy of examples/vault" in served.text()) != is_own, f"other notes are served: {served.text()}")
        check((box.root / "example" / "vault").is_dir() or is_own, "there is no copy of the example")
        check(served.end() == 0, f"it ends badly: {served.text()}")
        return projects["result"]["content"][0]["text"]
    finally:
        served.end(signal.SIGKILL)


def tells_no_address_of_another(box):
    with socket.create_server(("127.0.0.1", 0)) as other:
        served = Served(box, "--port", str(other.getsockname()[1]))
        try:
            check(served.process.wait(timeout=SECONDS) == 1, "a port that is taken does not end it")
            deadline = time.monotonic() + SECONDS
            while "cannot listen" not in served.text() and time.monotonic() < deadline:
                time.sleep(0.02)
            time.sleep(0.2)  # the rest of what it said
            check("cannot listen" in served.text(), f"it does not say why it ends: {served.text()}")
            check("URL " not in served.text(), f"it tells the address of another program: {served.text()}")
        finally:
            served.end(signal.SIGKILL)


def serves_what_is_configured(box, home):
    """A file of settings or a variable says where the notes are: the example stays away."""
    (home / "notes").mkdir()
    settings = home / ".basic-memory"
    settings.mkdir()
    (settings / "config.json").write_text(json.dumps({"projects": {"mine": str(home / "notes")}, "default_project": "mine"}))
    check("mine" in serves_and_tells(box, True), "the projects of the settings are not served")
    settings.rename(home / "elsewhere")
    named = {"BASIC_MEMORY_CONFIG_DIR": str(home / "elsewhere")}
    check("mine" in serves_and_tells(box, True, named), "the projects of a named folder are not served")
    serves_and_tells(box, True, {"BASIC_MEMORY_HOME": str(home / "notes")})
    for left in (home / "elsewhere", settings):
        shutil.rmtree(left, ignore_errors=True)


def run(binary, root):
    box = Sandbox(binary, root)
    home = pathlib.Path(box.environment["HOME"])
    serves_and_tells(box, False)
    tells_no_address_of_another(box)
    print("ok the address is told once it is served, and never another program's")
    serves_what_is_configured(box, home)
    os.makedirs(home / "basic-memory", exist_ok=True)
    serves_and_tells(box, True)
    print("ok own notes come before the example")


if __name__ == "__main__":
    sys.exit(run_in_folder(__doc__, "bm-run-", run))
