"""Drives the real `bm` binary for tests: a throw-away set of folders, the command line, and `bm mcp` over stdio.

Only the standard library. Every wait has a limit; every process is ended by its id.
"""

import argparse
import json
import os
import pathlib
import select
import shutil
import subprocess
import sys
import tempfile
import time

from wire import Dialogue

PROTOCOL = "2025-06-18"
KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS",
                  "LSAN_OPTIONS")
# The exit status of a test that could look at nothing here.
SKIPPED = 77


class Failure(Exception):
    """What was expected and what came instead, in one sentence."""


def check(condition, message):
    """Raises Failure with the message unless the condition holds."""
    if not condition:
        raise Failure(message)


class Answer:
    """What a tool call came to: its first text block, whether it is an error, the structured value."""

    def __init__(self, reply):
        if "error" in reply:
            self.text = reply["error"].get("message", "")
            self.is_error = True
            self.structured = None
            self.protocol_error = reply["error"].get("code")
            return
        result = reply["result"]
        blocks = [b for b in result.get("content", []) if b.get("type") == "text"]
        self.text = blocks[0]["text"] if blocks else ""
        self.is_error = bool(result.get("isError"))
        self.structured = result.get("structuredContent")
        self.protocol_error = None


class Server:
    """One `bm mcp` process and the client's end of its pipes. Not thread-safe."""

    def __init__(self, command, environment, log_path, **popen):
        self.log_path = log_path
        with open(log_path, "ab") as log:
            self.process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                            stderr=log, bufsize=0, **popen)
        self.next_id = 1
        self.buffer = bytearray()
        self.early = {}  # replies that came before somebody asked for them
        self.dialogue = Dialogue()

    def send_line(self, line):
        self.dialogue.sent(line)
        self.process.stdin.write(line.encode() + b"\n")

    def send(self, method, params=None):
        """Sends a request without waiting and returns its id."""
        ident = self.next_id
        self.next_id += 1
        message = {"jsonrpc": "2.0", "id": ident, "method": method}
        if params is not None:
            message["params"] = params
        self.send_line(json.dumps(message, ensure_ascii=False))
        return ident

    def receive_line(self, timeout):
        """The next line from the server, without its newline. Failure when none comes in time."""
        deadline = time.monotonic() + timeout
        searched = 0
        while True:
            end = self.buffer.find(b"\n", searched)
            if end >= 0:
                line = bytes(self.buffer[:end])
                del self.buffer[:end + 1]
                text = line.decode("utf-8")
                self.dialogue.received(text)
                return text
            searched = len(self.buffer)
            left = deadline - time.monotonic()
            ready, _, _ = select.select([self.process.stdout], [], [], max(0.0, left))
            if not ready:
                raise Failure(f"no answer within {timeout} s; log: {self.log_tail()}")
            piece = os.read(self.process.stdout.fileno(), 1 << 16)
            if not piece:
                raise Failure(f"the server closed its output (exit {self.process.poll()}); log: {self.log_tail()}")
            self.buffer += piece

    def next_reply(self, timeout=30):
        """The next reply to any request; notifications and requests of the server are passed over."""
        deadline = time.monotonic() + timeout
        while True:
            message = json.loads(self.receive_line(max(0.001, deadline - time.monotonic())))
            if "method" not in message:
                return message
            if "id" in message:
                self.send_line(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": {}}))

    def receive(self, ident, timeout=30):
        """The reply to the request `ident`. Others that come first are kept for those who ask for them."""
        deadline = time.monotonic() + timeout
        while ident not in self.early:
            reply = self.next_reply(max(0.001, deadline - time.monotonic()))
            self.early[reply.get("id")] = reply
        return self.early.pop(ident)

    def request(self, method, params=None, timeout=30):
        """The whole reply, which holds `result` or `error`."""
        return self.receive(self.send(method, params), timeout)

    def initialize(self, timeout=30):
        reply = self.request("initialize", {"protocolVersion": PROTOCOL, "capabilities": {},
                                            "clientInfo": {"name": "bm-tests", "version": "1"}}, timeout)
        check("result" in reply, f"initialize failed: {reply}")
        self.send_line(json.dumps({"jsonrpc": "2.0", "method": "notifications/initialized"}))
        return reply["result"]

    def start_call(self, tool, arguments):
        """Sends a tool call without waiting and returns its id, for receive()."""
        return self.send("tools/call", {"name": tool, "arguments": arguments})

    def call(self, tool, arguments, timeout=60):
        return Answer(self.receive(self.start_call(tool, arguments), timeout))

    def log_tail(self):
        with open(self.log_path, "rb") as log:
            return log.read()[-1500:].decode("utf-8", "replace").strip() or "(empty)"

    def kill(self):
        """kill -9, as when the machine takes it away."""
        self.process.kill()
        self.process.wait(timeout=10)
        self._close_pipes()

    def close(self, timeout=10):
        """Ends the session as a client does, by closing the pipe, and returns the exit code."""
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        try:
            code = self.process.wait(timeout=timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(timeout=10)
            raise Failure(f"the server was still running {timeout} s after its input was closed") from None
        finally:
            self._close_pipes()
        return code

    def _close_pipes(self):
        self.dialogue.end()
        for pipe in (self.process.stdin, self.process.stdout):
            try:
                pipe.close()
            except OSError:
                pass

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if self.process.poll() is None:
            self.kill()


class Sandbox:
    """A data directory, a home and project folders of one test. The user's own are out of reach."""

    def __init__(self, binary, root, projects=("test-project",), config=None, variables=None):
        self.binary = str(pathlib.Path(binary).resolve())
        self.root = pathlib.Path(root).resolve()
        self.data = self.root / "data"
        self.home = self.root / "home"
        self.scratch = self.root / "scratch"
        for folder in (self.data, self.home, self.scratch):
            folder.mkdir(parents=True, exist_ok=True)
        self.projects = {name: self.root / "projects" / name for name in projects}
        for folder in self.projects.values():
            folder.mkdir(parents=True, exist_ok=True)
        settings = {"projects": {name: str(path) for name, path in self.projects.items()},
                    "default_project": projects[0]}
        settings.update(config or {})
        (self.data / "config.json").write_text(json.dumps(settings, indent=2), encoding="utf-8")
        self.environment = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
        self.environment.update({"HOME": str(self.home), "BASIC_MEMORY_CONFIG_DIR": str(self.data),
                                 "BASIC_MEMORY_HOME": str(self.home / "basic-memory"), "NO_COLOR": "1"})
        self.environment.update(variables or {})
        self.popen = {}  # further arguments for every process started here

    @property
    def project(self):
        """The folder of the first project."""
        return next(iter(self.projects.values()))

    def run(self, *arguments, text="", timeout=120, expect=0):
        """Runs one command with `text` on its standard input. Failure unless it exits with `expect` (None: any)."""
        done = subprocess.run([self.binary, *arguments], env=self.environment, input=text.encode(),
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout, check=False,
                              **self.popen)
        done.stdout = done.stdout.decode("utf-8", "replace")
        done.stderr = done.stderr.decode("utf-8", "replace")
        if expect is not None and done.returncode != expect:
            raise Failure(f"`bm {' '.join(arguments)}` exited with {done.returncode}, not {expect}\n"
                          f"stdout: {done.stdout[-2000:]}\nstderr: {done.stderr[-2000:]}")
        return done

    def json(self, *arguments, **options):
        """Runs a command that prints JSON and returns the value."""
        done = self.run(*arguments, **options)
        try:
            return json.loads(done.stdout)
        except ValueError as error:
            raise Failure(f"`bm {' '.join(arguments)}` did not print JSON ({error}): {done.stdout[:500]!r}") from None

    def serve(self, *arguments):
        """Starts `bm mcp` and shakes hands."""
        server = Server([self.binary, "mcp", *arguments], self.environment, self.root / "server.log", **self.popen)
        try:
            server.initialize()
        except BaseException:
            server.kill()
            raise
        return server

    def pending(self, *arguments):
        """What `bm status` says is not indexed yet, as one dictionary of the non-empty parts."""
        report = self.json("status", "--json", *arguments)
        return {part: report[part] for part in ("new", "modified", "deleted", "moves") if report.get(part)}


class TemporaryFolder:
    """A folder that goes away at the end, whatever was done to the modes of what lies in it."""

    def __init__(self, prefix, keep=False):
        self.keep = keep
        self.path = pathlib.Path(tempfile.mkdtemp(prefix=prefix)).resolve()

    def __enter__(self):
        return self.path

    def __exit__(self, kind, value, trace):
        if self.keep:
            print(f"kept: {self.path}", file=sys.stderr)
            return
        for folder, names, _ in os.walk(os.fsencode(self.path)):
            for name in names:
                below = os.path.join(folder, name)
                if not os.path.islink(below):
                    os.chmod(below, 0o700)
        shutil.rmtree(os.fsencode(self.path), ignore_errors=True)


def run_in_folder(description, prefix, run):
    """The `main` of a script that tries one binary in a throw-away folder: `run(binary, folder)`. Its exit code."""
    options = argparse.ArgumentParser(description=description.splitlines()[0])
    options.add_argument("--binary", required=True)
    options.add_argument("--keep", action="store_true", help="leave the folders for a look")
    chosen = options.parse_args()
    began = time.monotonic()
    try:
        with TemporaryFolder(prefix, chosen.keep) as root:
            run(pathlib.Path(chosen.binary).resolve(), root)
    except (Failure, OSError, subprocess.TimeoutExpired) as failure:
        print(f"FAIL {failure}")
        return 1
    print(f"PASS in {time.monotonic() - began:.1f} s")
    return 0
