"""What a scenario gets: devices of users of a real host, and programs that serve files."""

import http.client
import itertools
import os
import pathlib
import shutil
import subprocess
import sys
import threading
import time

from device import Device, check, put
from recorder import Recorder
from registry import Unavailable

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TESTS / "serve"))
sys.path.insert(0, str(TESTS / "clients"))
from host_process import CONFIGURED_CLIENT, Host, McpClient, eventually, free_port  # noqa: E402,F401
from packages import Unavailable as Unfetched  # noqa: E402
from packages import npm_install  # noqa: E402

S3_PACKAGE = "s3rver@3.7.1"
NAMES = itertools.count(1)


def find_rclone(variable, usual):
    """The path that the environment names, else the usual one. Nothing where neither is there."""
    named = os.environ.get(variable)
    if named:
        return named
    return str(usual) if pathlib.Path(usual).exists() else None


def rclone_version(program):
    done = subprocess.run([program, "version"], capture_output=True, text=True, timeout=30, check=False)
    return done.stdout.splitlines()[0].removeprefix("rclone ") if done.stdout else "unreadable"


class Machine:
    """What all scenarios of a run share: the binary, both rclones, one host, and a folder for what npm brings."""

    def __init__(self, binary, cache, root):
        self.binary = pathlib.Path(binary).resolve()
        self.cache = pathlib.Path(cache).resolve()
        self.root = pathlib.Path(root)
        self.new = find_rclone("BM_TEST_RCLONE", TESTS.parent / "build" / "rclone" / "rclone")
        self.old = find_rclone("BM_TEST_RCLONE_OLD", "/usr/bin/rclone")
        self.lock = threading.Lock()
        self.accounts = threading.Lock()  # held while somebody looks which folder is new
        self.shared = None
        self.versions = {path: rclone_version(path) for path in (self.new, self.old) if path}

    def host(self):
        with self.lock:
            if self.shared is None:
                self.shared = Host(self.binary)
            return self.shared

    def s3_program(self):
        """s3rver, fetched once. Raises Unavailable."""
        with self.lock:
            program = self.cache / "node_modules" / ".bin" / "s3rver"
            if not program.exists():
                self.cache.mkdir(parents=True, exist_ok=True)
                (self.cache / "package.json").write_text('{"private": true}\n', encoding="utf-8")
                try:
                    npm_install(self.cache, S3_PACKAGE)
                except Unfetched as lack:
                    raise Unavailable(str(lack)) from None
            return program

    def close(self):
        if self.shared is not None:
            self.shared.stop()
            shutil.rmtree(self.shared.folder, ignore_errors=True)


class User:
    """A new account of a host, a token of its own for the API, and the folder that the host keeps for it."""

    def __init__(self, host, name):
        self.host, self.name, self.client = host, name, None
        spaces = host.data / "spaces"
        before = set(spaces.iterdir()) if spaces.exists() else set()
        host.add_user(name)
        self.token = self.log_in()["access_token"]
        info = self.ask("GET", "/tenant/mount/info")
        check(info.status == 200, f"tenant: {info.text}")
        self.tenant, self.bucket = info.json["tenant_id"], info.json["bucket_name"]
        (self.space,) = set(spaces.iterdir()) - before

    def log_in(self):
        return self.host.log_in(self.name)

    def ask(self, method, path, body=None, headers=None):
        return self.host.ask(method, path, self.token, body, headers)

    def projects(self):
        return [each["name"] for each in self.ask("GET", "/proxy/projects/projects").json["projects"]]

    def finds(self, project, text):
        """Whether a search on the host has a hit."""
        if self.client is None:
            self.client = McpClient(self.host, self.token).open()
        found = self.client.call("search_notes", query=text, project=project)
        return "memory://" in found or ".md" in found


class Trial:
    """One scenario at work: its folders, devices and servers end with it."""

    def __init__(self, machine, verdicts):
        self.machine = machine
        self.verdicts = verdicts
        self.row = verdicts.row
        self.folder = machine.root / verdicts.scenario.name
        self.ending = []

    def __enter__(self):
        self.folder.mkdir(parents=True)
        return self

    def __exit__(self, *_):
        for end in reversed(self.ending):
            try:
                end()
            except (OSError, subprocess.SubprocessError):
                pass
        return False

    def needs_new(self):
        if self.machine.new is None:
            raise Unavailable("no rclone of 1.66 or newer (scripts/setup --test unpacks one, BM_TEST_RCLONE names one)")
        self.verdicts.versions.add(self.machine.versions[self.machine.new])
        return self.machine.new

    def needs_old(self):
        if self.machine.old is None:
            raise Unavailable("no rclone of the distribution (BM_TEST_RCLONE_OLD names one)")
        self.verdicts.versions.add(self.machine.versions[self.machine.old])
        return self.machine.old

    # The host

    @property
    def host(self):
        return self.machine.host()

    def own_host(self, **variables):
        """A host that only this scenario uses, and may kill."""
        host = Host(self.machine.binary, **variables)
        self.ending.append(lambda: (host.stop() if host.process.poll() is None else None,
                                    shutil.rmtree(host.folder, ignore_errors=True)))
        return host

    def user(self, host=None):
        host = host or self.host
        with self.machine.accounts:
            return User(host, f"user{next(NAMES)}")

    def recorder(self, host=None):
        recorder = Recorder((host or self.host).port)
        self.ending.append(lambda: recorder.__exit__())
        return recorder

    def stub(self):
        """A recorder with nothing behind it."""
        recorder = Recorder()
        self.ending.append(lambda: recorder.__exit__())
        return recorder

    # Devices

    def new_device(self, name="a", old=False, **variables):
        """A home folder with settings that name rclone, logged in nowhere."""
        rclone = self.needs_old() if old else self.needs_new()
        device = Device(self.machine.binary, self.folder, rclone, name, **variables)
        self.ending.append(device.close)
        return device

    def device(self, user, name="a", address=None, setup=True, old=False, **variables):
        """A device of a user, after login and `bm cloud setup`."""
        device = self.new_device(name, old, **variables)
        device.user = user
        device.log_in_as(user.log_in(), address or f"http://127.0.0.1:{user.host.port}", CONFIGURED_CLIENT)
        if setup:
            device.bm("cloud", "setup")
        return device

    def space_device(self, user, name="a", **more):
        """The same with a space that has been synced once."""
        device = self.device(user, name, setup=False, **more)
        device.bm("cloud", "bisync-setup")
        return device

    def project(self, device, name, notes=None, folder=None, resync=True):
        """A project with a folder of its own on the device, with these notes, synced once. Its folder."""
        folder = pathlib.Path(folder or device.home / "own" / name)
        device.bm("project", "add", name, "--local-path", folder)
        for note, text in (notes or {}).items():
            put(folder / note, text)
        if resync:
            device.bm("project", "bisync", "--name", name, "--resync")
        return folder

    # Other servers

    def program(self, words, port, **popen):
        """Starts a server of the scenario and waits for its port."""
        log = open(self.folder / f"server-{port}.log", "wb")
        process = subprocess.Popen([str(word) for word in words], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                   **popen)
        self.ending.append(lambda: (process.terminate(), process.wait(10)))

        def answers():
            check(process.poll() is None, f"{words[0]} ended")
            try:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
                connection.connect()
                connection.close()
                return True
            except OSError:
                return False
        eventually(f"{words[0]} answers", answers, 30)
        return process

    def s3(self, bucket="acceptance"):
        """A foreign S3 server. (address, folder of the bucket)"""
        program, port = self.machine.s3_program(), free_port()
        data = self.folder / "s3"
        data.mkdir()
        self.program([program, "--address", "127.0.0.1", "--port", port, "--directory", data, "--silent",
                      "--configure-bucket", bucket], port)
        return f"http://127.0.0.1:{port}", data / bucket

    def sftp(self):
        """`rclone serve sftp` on a folder. (port, folder)"""
        data, port = self.folder / "sftp", free_port()
        data.mkdir()
        self.program([self.needs_new(), "serve", "sftp", data, "--addr", f"127.0.0.1:{port}", "--user", "u",
                      "--pass", "p", "--config", "/dev/null"], port, env=os.environ | {"HOME": str(self.folder)})
        return port, data


def within(seconds, what, test):
    return eventually(what, test, seconds)


def index_has(user, permalink, text, seconds=60):
    """Waits until the host's search of a project finds a text."""
    return eventually(f"the host finds {text!r} in {permalink}", lambda: user.finds(permalink, text), seconds)


def newest_first(*files):
    """Gives files times a minute apart, the first one the newest; none lies in the future."""
    for index, file in enumerate(files):
        moment = time.time() - 60 - 60 * index
        os.utime(file, (moment, moment))


def slack():
    """By how much the bounds of an idle machine grow on this one."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
