"""The conformance suites and the Node they need: found where they are, else fetched once into a folder of the build."""

import os
import pathlib
import re
import shutil
import subprocess

NODE_MAJOR = 22
NODE_PACKAGE = "node@22.23.3"
SUITE_PACKAGE = "@modelcontextprotocol/conformance"
CLASSIC = "0.1.16"
CURRENT = "0.2.0-alpha.12"
FETCH_SECONDS = 240
RUN_SECONDS = 110

SCENARIO_LINE = re.compile(r"^\s*[✓✗]\s+(\S+): (\d+) passed, (\d+) failed")
TOTAL_LINE = re.compile(r"^Total: (\d+) passed, (\d+) failed")


class Unavailable(Exception):
    """Why the suites cannot be had here, in one line."""


class Outcome:
    """What one run of a suite came to: totals, and the counts of each scenario."""

    def __init__(self, text):
        self.text = text
        self.passed = self.failed = None
        self.scenarios = {}
        for line in text.splitlines():
            if found := SCENARIO_LINE.match(line):
                self.scenarios[found[1]] = (int(found[2]), int(found[3]))
            elif found := TOTAL_LINE.match(line):
                self.passed, self.failed = int(found[1]), int(found[2])

    def failing(self):
        return {name for name, (_, failed) in self.scenarios.items() if failed}


def node_version(program):
    """The major version, or 0 when the program does not run."""
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return 0
    found = re.match(r"v(\d+)\.", done.stdout)
    return int(found[1]) if found else 0


class Suites:
    """Both suites, ready to run. Raises Unavailable where they cannot be had."""

    def __init__(self, cache):
        self.cache = pathlib.Path(cache)
        self.cache.mkdir(parents=True, exist_ok=True)
        self.node = self._find_node()
        self.programs = {version: self._find_suite(version) for version in (CLASSIC, CURRENT)}

    def run(self, version, *arguments, command="server"):
        """Runs one suite and returns its Outcome. The exit code is not asked: the counts are."""
        done = subprocess.run([self.node, self.programs[version], command, *arguments], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=RUN_SECONDS, check=False, cwd=self.cache)
        return Outcome(done.stdout.decode("utf-8", "replace"))

    def _find_node(self):
        own = shutil.which("node")
        if own and node_version(own) >= NODE_MAJOR:
            return own
        program = self._fetched("node", NODE_PACKAGE, "node_modules/node/bin/node")
        if node_version(program) < NODE_MAJOR:
            raise Unavailable(f"the fetched Node is not version {NODE_MAJOR} or newer")
        return program

    def _find_suite(self, version):
        return self._fetched(f"suite-{version}", f"{SUITE_PACKAGE}@{version}",
                             f"node_modules/{SUITE_PACKAGE}/dist/index.js")

    def _fetched(self, folder, package, program):
        """The program of a package that is in the folder, or gets there now."""
        place = self.cache / folder
        if not (place / program).is_file():
            self._fetch(place, package)
        if not (place / program).is_file():
            raise Unavailable(f"{package} has no {program}")
        return str(place / program)

    def _fetch(self, place, package):
        npm = shutil.which("npm")
        if not npm:
            raise Unavailable("npm is not installed")
        place.mkdir(parents=True, exist_ok=True)
        (place / "package.json").write_text('{"private": true}\n', encoding="utf-8")
        command = [npm, "install", "--no-audit", "--no-fund", "--no-save", "--loglevel=error", "--fetch-retries=1",
                   "--fetch-timeout=30000", package]
        try:
            done = subprocess.run(command, cwd=place, env=os.environ | {"npm_config_update_notifier": "false"},
                                  capture_output=True, text=True, timeout=FETCH_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            raise Unavailable(f"npm did not fetch {package} in {FETCH_SECONDS} s") from None
        if done.returncode != 0:
            reason = (done.stderr.strip() or "no reason given").splitlines()[0]
            raise Unavailable(f"npm could not fetch {package}: {reason}")
