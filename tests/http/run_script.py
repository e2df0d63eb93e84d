#!/usr/bin/env python3
"""What scripts/run does once the program is built: it serves, and then tells the address that it serves at.

    run_script.py --binary build/dev/cli/bm
"""

import argparse
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time

from raw_http import Legacy, check
from bm_process import Failure, Sandbox, TemporaryFolder

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "serve"
SECONDS = 30


class Served:
    """The script as a process, ended by its id."""

    def __init__(self, box, *arguments):
        self.path = box.root / "served.log"
        environment = {**box.environment, "BM_EXAMPLE": str(box.root / "example")}
        for name in ("BASIC_MEMORY_HOME", "BASIC_MEMORY_CONFIG_DIR"):
            environment.pop(name, None)
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


def serves_and_tells(box, home):
    """The address is told once it answers, and belongs to this server."""
    served = Served(box, "--port", "0")
    try:
        port = int(served.wait_for(r"URL +http://127\.0\.0\.1:(\d+)/mcp\n")[1])
        served.wait_for("Ctrl\\+C ends the server")
        projects = Legacy(port).ask("tools/call", {"name": "list_memory_projects"})
        check("result" in projects, f"it does not serve: {projects}")
        check(f"claude mcp add --transport http basic-memory http://127.0.0.1:{port}/mcp" in served.text(),
              f"no configuration: {served.text()}")
        check(served.text().index("Serving MCP") < served.text().index("URL "), "the address is told too early")
        is_own = (home / "basic-memory").is_dir()
        check(("copy of examples/vault" in served.text()) != is_own, f"other notes are served: {served.text()}")
        check((box.root / "example" / "vault").is_dir() or is_own, "there is no copy of the example")
        check(served.end() == 0, f"it ends badly: {served.text()}")
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


def run(binary, root):
    box = Sandbox(binary, root)
    home = pathlib.Path(box.environment["HOME"])
    serves_and_tells(box, home)
    tells_no_address_of_another(box)
    print("ok the address is told once it is served, and never another program's")
    os.makedirs(home / "basic-memory", exist_ok=True)
    serves_and_tells(box, home)
    print("ok own notes come before the example")


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--binary", required=True)
    chosen = options.parse_args()
    try:
        with TemporaryFolder("bm-run-") as root:
            run(pathlib.Path(chosen.binary).resolve(), root)
    except (Failure, OSError, subprocess.TimeoutExpired) as failure:
        print(f"FAIL {failure}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
