"""`bm mcp` over HTTP as a process of a test, and programs that talk with their driver in lines."""

import json
import pathlib
import re
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from bm_process import Failure, check  # noqa: E402

START_SECONDS = 30
SERVING = re.compile(rb"Serving MCP at (\S+)")


class HttpServer:
    """One `bm mcp` that serves HTTP, ended by its id. `port` 0 is one that the system picks."""

    def __init__(self, sandbox, *arguments, transport="streamable-http", port=0):
        self.sandbox, self.arguments, self.transport = sandbox, arguments, transport
        self.log_path = sandbox.root / f"{transport}.log"
        self.url = self.process = None
        self.start(port)

    def start(self, port):
        command = [self.sandbox.binary, "mcp", "--transport", self.transport, "--port", str(port), *self.arguments]
        at = self.log_path.stat().st_size if self.log_path.exists() else 0
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(command, env=self.sandbox.environment, stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, **self.sandbox.popen)
        deadline = time.monotonic() + START_SECONDS
        while not (found := SERVING.search(self.log_path.read_bytes()[at:])):
            check(self.process.poll() is None and time.monotonic() < deadline,
                  f"the server did not start: {self.log_tail()}")
            time.sleep(0.02)
        self.url = found[1].decode()

    @property
    def port(self):
        return int(self.url.split(":")[2].split("/")[0])

    def restart(self):
        """Ends the process and starts another at the same address."""
        port = self.port
        self.stop()
        self.start(port)

    def stop(self):
        """Ends the process as a service manager does and returns its exit code."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(timeout=10)
                raise Failure("the server was still running 15 s after it was told to stop") from None
        return self.process.returncode

    def log_tail(self):
        return self.log_path.read_bytes()[-2000:].decode("utf-8", "replace").strip() or "(empty)"

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        try:
            self.stop()
        except Failure:
            if kind is None:
                raise


class Program:
    """A program of this folder: it says `ok STEP`, tells values, and asks for things that `asked` does for it."""

    def __init__(self, command, environment, folder, log_path):
        self.log_path = log_path
        self.steps, self.told = [], {}
        with open(log_path, "wb") as log:
            self.process = subprocess.Popen(command, env=environment, cwd=folder, stdin=subprocess.PIPE,
                                            stdout=subprocess.PIPE, stderr=log)

    def talk(self, asked, seconds):
        """Runs it to its end. `asked` maps what it asks for to functions of the asked value."""
        guard = threading.Timer(seconds, self.process.kill)
        guard.start()
        try:
            for line in self.process.stdout:
                word, _, rest = line.decode().rstrip("\n").partition(" ")
                if word == "ok":
                    self.steps.append(rest)
                elif word == "tell":
                    name, _, value = rest.partition(" ")
                    self.told[name] = json.loads(value)
                elif word == "ask":
                    name, _, value = rest.partition(" ")
                    self.answer(asked[name](json.loads(value)))
            code = self.process.wait(timeout=10)
        finally:
            guard.cancel()
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait(timeout=10)
            self.process.stdin.close()
            self.process.stdout.close()
        check(code == 0, f"exit {code} after {self.steps[-1:] or 'no step'}: {self.log_tail()}")
        return self

    def answer(self, value):
        self.process.stdin.write(json.dumps(value).encode() + b"\n")
        self.process.stdin.flush()

    def log_tail(self):
        return pathlib.Path(self.log_path).read_text(encoding="utf-8", errors="replace")[-2500:] or "(empty)"


def plain_environment(sandbox, **more):
    """The sandbox's environment for a program that is not ours, with a home of its own."""
    return sandbox.environment | {"NODE_NO_WARNINGS": "1"} | {name: str(value) for name, value in more.items()}
