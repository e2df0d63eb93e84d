"""A home folder that stands for one device of a user: its settings, its `bm`, an rclone that writes down each call."""

import errno
import hashlib
import json
import os
import pathlib
import pty
import re
import select
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from bm_process import KEPT_VARIABLES, Failure, check  # noqa: E402
from registry import Unavailable  # noqa: E402

WRAPPER = """#!/bin/sh
# Writes down time, process and arguments of each call, then becomes the real program. `fault` may do otherwise.
dir={dir}
{{ printf '%s\\037%s' "$(date +%s.%N)" $$; for word; do printf '\\037%s' "$word"; done; printf '\\n'; }} >>"$dir/calls"
env >"$dir/env.$$"
if [ -f "$dir/fault" ]; then . "$dir/fault"; fi
if [ "$1" = version ]; then exec cat {version}; fi
exec {real} "$@"
"""


def fails_with(message):
    """A fault with which rclone's two-way syncs fail and say so in their log."""
    line = json.dumps({"level": "error", "msg": message})
    return f"if [ \"$1\" = bisync ]; then printf '%s\\n' '{line}' >&2; exit 1; fi\n"


class Done:
    """How a command ended and what it printed."""

    def __init__(self, words, code, out, err, seconds):
        self.words, self.code, self.out, self.err, self.seconds = words, code, out, err, seconds

    @property
    def text(self):
        return self.out + self.err

    def has(self, *parts):
        for part in parts:
            check(part in self.text, f"`bm {' '.join(self.words)}` does not say {part!r}: {self.text[-900:]!r}")
        return self

    def lacks(self, *parts):
        for part in parts:
            check(part not in self.text, f"`bm {' '.join(self.words)}` says {part!r}: {self.text[-900:]!r}")
        return self

    @property
    def json(self):
        try:
            return json.loads(self.out)
        except ValueError:
            raise Failure(f"`bm {' '.join(self.words)}` printed no single JSON object: {self.out[:300]!r}") from None


class Call:
    """One start of rclone."""

    def __init__(self, line):
        parts = line.split("\037")
        self.time, self.pid, self.words = float(parts[0]), int(parts[1]), parts[2:]

    @property
    def verb(self):
        return self.words[0] if self.words else ""

    def value(self, flag):
        for index, word in enumerate(self.words):
            if word == flag:
                return self.words[index + 1]
            if word.startswith(flag + "="):
                return word[len(flag) + 1:]
        return None


def tree(folder):
    """Relative names of all files with their bytes; what bm keeps for itself is not looked for here."""
    folder = pathlib.Path(folder)
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*"))
            if file.is_file() and not file.is_symlink()}


def folders(root):
    root = pathlib.Path(root)
    return sorted(str(each.relative_to(root)) for each in root.rglob("*") if each.is_dir())


def digest(folder):
    """One value for names, bytes and times of a folder."""
    seen = hashlib.sha256()
    for name, content in tree(folder).items():
        seen.update(f"{name}\0{(pathlib.Path(folder) / name).stat().st_mtime_ns}\0".encode())
        seen.update(content)
    seen.update("\0".join(folders(folder)).encode())
    return seen.hexdigest()


def same(found, expected, what):
    check(found == expected, f"{what}: {str(found)[:400]} instead of {str(expected)[:400]}")


def same_trees(left, right, what="both sides"):
    one, other = tree(left), tree(right)
    differing = sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))
    check(not differing, f"{what} differ in {differing[:8]} ({left} / {right})")


def put(file, text="", age=None):
    """Writes a file, and makes it so many seconds old."""
    file = pathlib.Path(file)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    if age is not None:
        moment = time.time() - age
        os.utime(file, (moment, moment))
    return file


class Device:
    def __init__(self, binary, root, rclone, name="a", **variables):
        self.binary = str(binary)
        self.root = pathlib.Path(root).resolve() / name
        self.home = self.root / "home"
        self.data = self.home / ".basic-memory"
        self.tmp = self.root / "tmp"
        self.log = self.root / "rclone-log"
        for folder in (self.data, self.tmp, self.log):
            folder.mkdir(parents=True, exist_ok=True)
        self.data.chmod(0o700)
        self.rclone = self.root / "bin" / "rclone"
        self.rclone.parent.mkdir()
        self.use_rclone(rclone)
        self.environment = {key: os.environ[key] for key in KEPT_VARIABLES if key in os.environ}
        self.environment |= {"HOME": str(self.home), "TMPDIR": str(self.tmp), "NO_COLOR": "1", **variables}
        self.started = []
        self.space = self.home / "basic-memory-cloud-sync"
        self.settings(rclone_path=str(self.rclone))

    # Settings

    @property
    def config(self):
        return json.loads((self.data / "config.json").read_text())

    def settings(self, **values):
        """Changes keys of the settings file; None takes a key away."""
        file = self.data / "config.json"
        held = json.loads(file.read_text()) if file.exists() else {}
        for key, value in values.items():
            if value is None:
                held.pop(key, None)
            else:
                held[key] = value
        put(file, json.dumps(held, indent=2))
        file.chmod(0o600)

    def use_rclone(self, real):
        # What it says about its version is asked once, since a start takes half a second.
        version = self.root / "version"
        version.write_bytes(subprocess.run([real, "version"], capture_output=True, timeout=60, check=True).stdout)
        put(self.rclone, WRAPPER.format(dir=self.log, real=real, version=version))
        self.rclone.chmod(0o755)

    def log_in_as(self, tokens, address, client):
        """What a login leaves, without its waiting."""
        file = put(self.data / "basic-memory-cloud.json", json.dumps({
            "access_token": tokens["access_token"], "refresh_token": tokens.get("refresh_token"),
            "expires_at": int(time.time()) + tokens.get("expires_in", 3600), "token_type": "Bearer"}))
        file.chmod(0o600)
        self.settings(cloud_mode=True, cloud_host=address, cloud_domain=address, cloud_client_id=client)

    @property
    def rclone_conf(self):
        return self.home / ".config" / "rclone" / "rclone.conf"

    def state(self, scope):
        return self.data / "bisync-state" / scope

    # rclone

    def fault(self, script=""):
        """Lines of a shell that each rclone runs before it does its work; without any it is itself again."""
        if script:
            put(self.log / "fault", script)
        else:
            (self.log / "fault").unlink(missing_ok=True)

    def calls(self, verb=None):
        file = self.log / "calls"
        every = [Call(line) for line in file.read_text().splitlines()] if file.exists() else []
        return [call for call in every if verb is None or call.verb == verb]

    def forget_calls(self):
        (self.log / "calls").unlink(missing_ok=True)

    def call_environment(self, call):
        lines = (self.log / f"env.{call.pid}").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)

    # Commands

    def with_mount(self, folder, *words, expect=1):
        """Runs a command that sees a mounted rclone on a folder, in a name space of its own."""
        mounts = put(self.root / "mounts", f"remote: {folder} fuse.rclone rw 0 0\n")
        script = 'mount --bind "$0" /proc/$$/mounts && exec "$@"'
        done = subprocess.run(["unshare", "-m", "sh", "-c", script, str(mounts), self.binary, *map(str, words)],
                              env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=300,
                              cwd=self.home, check=False)
        result = Done(list(map(str, words)), done.returncode, done.stdout.decode(), done.stderr.decode(), 0)
        if "unshare" in result.err or "mount:" in result.err:
            raise Unavailable("no name space of mounts can be made here")
        check(done.returncode == expect, f"`bm {' '.join(result.words)}` exited with {done.returncode}: {result.text}")
        return result

    def bm(self, *words, expect=0, text="", timeout=300, cwd=None, **variables):
        """Runs a command; Failure unless it exits with `expect` (None: any)."""
        environment = {key: value for key, value in (self.environment | variables).items() if value is not None}
        began = time.monotonic()
        done = subprocess.run([self.binary, *map(str, words)], env=environment, input=text.encode(),
                              capture_output=True, timeout=timeout, cwd=cwd or self.home, check=False)
        result = Done([str(word) for word in words], done.returncode, done.stdout.decode("utf-8", "replace"),
                      done.stderr.decode("utf-8", "replace"), time.monotonic() - began)
        if expect is not None and done.returncode != expect:
            raise Failure(f"`bm {' '.join(result.words)}` exited with {done.returncode}, not {expect}: "
                          f"{result.text[-900:]}")
        return result

    def start(self, *words, **variables):
        """Starts a command that goes on; its output is in `output` of what comes back."""
        output = self.root / f"output-{len(self.started)}"
        with open(output, "wb") as sink:
            process = subprocess.Popen([self.binary, *map(str, words)], env=self.environment | variables,
                                       stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, cwd=self.home)
        process.output = output
        process.said = lambda: output.read_text("utf-8", "replace")
        self.started.append(process)
        return process

    def at_terminal(self, *words, answer=None, timeout=240, interrupt_after=None):
        """Runs a command under a pseudo-terminal; `answer` is typed when it asks. Returns (code, what was shown)."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(self.home)
            environment = self.environment | {"TERM": "xterm"}
            environment.pop("NO_COLOR")
            os.execve(self.binary, [self.binary, *map(str, words)], environment)
        shown, end, typed = b"", time.monotonic() + timeout, False
        began = time.monotonic()
        try:
            while True:
                check(time.monotonic() < end, f"`bm {' '.join(words)}` did not end at a terminal: {shown[-500:]!r}")
                if select.select([terminal], [], [], 0.1)[0]:
                    try:
                        piece = os.read(terminal, 65536)
                    except OSError as problem:
                        if problem.errno != errno.EIO:
                            raise
                        piece = b""
                    if not piece:
                        break
                    shown += piece
                if answer is not None and not typed and b"[y/N]" in shown:
                    os.write(terminal, answer.encode() + b"\n")
                    typed = True
                if interrupt_after is not None and time.monotonic() - began > interrupt_after:
                    os.write(terminal, b"\x03")
                    interrupt_after = None
            _, status = os.waitpid(pid, 0)
            pid = 0
        finally:
            if pid:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
            os.close(terminal)
        text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.decode("utf-8", "replace"))
        return os.waitstatus_to_exitcode(status), text

    def close(self):
        for process in self.started:
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
