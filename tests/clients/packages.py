"""Node, the clients of package.json and a browser: found where they are, else fetched once into a folder of the build."""

import fcntl
import os
import pathlib
import re
import shutil
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
NODE_AT_LEAST = (22, 19)
NODE_PACKAGE = "node@22.23.3"
NODE_PROGRAM = "node_modules/node/bin/node"
FETCH_SECONDS = 240
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


class Unavailable(Exception):
    """Why the clients cannot be had here, in one line."""


def node_version(program):
    """Major and minor version; (0, 0) when the program does not run."""
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return 0, 0
    found = re.match(r"v(\d+)\.(\d+)\.", done.stdout)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def npm_install(place, *packages):
    """Fetches packages, or those that the package.json there names."""
    npm = shutil.which("npm")
    if not npm:
        raise Unavailable("npm is not installed")
    command = [npm, "install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error", "--fetch-retries=1",
               "--fetch-timeout=30000", *packages]
    try:
        done = subprocess.run(command, cwd=place, env=os.environ | {"npm_config_update_notifier": "false"},
                              capture_output=True, text=True, timeout=FETCH_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise Unavailable(f"npm did not fetch the packages in {FETCH_SECONDS} s") from None
    if done.returncode != 0:
        errors = [line for line in done.stderr.splitlines() if "error" in line.lower()]
        raise Unavailable(f"npm could not fetch the packages: {(errors or ['no reason given'])[0]}")


class Packages:
    """Node and the packages, in a folder from which the programs of this folder run. Raises Unavailable."""

    def __init__(self, cache):
        self.folder = pathlib.Path(cache).resolve()
        self.folder.mkdir(parents=True, exist_ok=True)
        with open(self.folder / "lock", "wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.node = self._find_node()
            self._fetch_clients()
        # Modules are looked for beside the program that imports them.
        for program in HERE.glob("*.mjs"):
            shutil.copyfile(program, self.folder / program.name)

    def path(self, relative):
        """A file of a package."""
        found = self.folder / "node_modules" / relative
        if not found.is_file():
            raise Unavailable(f"the packages lack {relative}")
        return str(found)

    def _find_node(self):
        fetched = self.folder / "node"
        for program in (shutil.which("node"), self.folder.parent / "conformance" / "node" / NODE_PROGRAM,
                        fetched / NODE_PROGRAM):
            if program and node_version(str(program)) >= NODE_AT_LEAST:
                return str(program)
        fetched.mkdir(exist_ok=True)
        (fetched / "package.json").write_text('{"private": true}\n', encoding="utf-8")
        npm_install(fetched, NODE_PACKAGE)
        program = str(fetched / NODE_PROGRAM)
        if node_version(program) < NODE_AT_LEAST:
            raise Unavailable(f"{NODE_PACKAGE} does not run here")
        return program

    def _fetch_clients(self):
        wanted = (HERE / "package.json").read_text(encoding="utf-8")
        stamp = self.folder / "fetched.json"  # written last, so that half a fetch is none
        if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
            return
        (self.folder / "package.json").write_text(wanted, encoding="utf-8")
        npm_install(self.folder)
        stamp.write_text(wanted, encoding="utf-8")


def find_browser():
    """A Chromium of this machine. Raises Unavailable."""
    for name in BROWSERS:
        if program := shutil.which(name):
            return program
    raise Unavailable(f"no browser is installed (looked for {', '.join(BROWSERS)})")
