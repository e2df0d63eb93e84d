"""Runs the conformance suites against the server of fixtures and against the finished program, and compares the
counts of passed and failed checks with what they have to be.

Exits with 0 when every number is as expected, with 1 when one is not, with 77 when the suites cannot be had.
"""

import argparse
import os
import pathlib
import select
import socket
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import authorization  # noqa: E402
import bm_process  # noqa: E402
from auth_walk import Visitor, become_owner  # noqa: E402
from suites import CLASSIC, CURRENT, Suites, Unavailable  # noqa: E402

SKIPPED = 77
START_SECONDS = 30

# Suite, arguments, checks that pass. None may fail.
FULL_RUNS = (
    (CLASSIC, ("--suite", "all"), 44),
    (CURRENT, ("--requirements", "2025-11-25"), 84),
    (CURRENT, ("--requirements", "2026-07-28"), 196),
    (CURRENT, ("--suite", "all"), 234),
    (CURRENT, ("--suite", "all", "--spec-version", "2025-06-18"), 56),
    (CURRENT, ("--suite", "all", "--spec-version", "2025-11-25"), 84),
    (CURRENT, ("--suite", "all", "--spec-version", "2026-07-28"), 152),
)

# Without sessions nobody can be asked: these fail, and no others. A stream that cannot be taken up again is no failure
# to the suites; none of its checks passes.
NEED_SESSIONS = {"tools-call-sampling", "tools-call-elicitation", "elicitation-sep1034-defaults",
                 "elicitation-sep1330-enums"}
NEEDS_RESUMPTION = "server-sse-polling"
STATELESS_RUNS = ((CLASSIC, ("--suite", "all"), 30), (CURRENT, ("--suite", "all"), 213))

# Scenarios that need no fixtures, so that every server has to pass them, by the run in which they take part, and the
# checks that they consist of.
LEGACY_OF_ALL = {"server-initialize", "logging-set-level", "ping", "tools-list", "resources-list", "prompts-list"}
OF_EVERY_SERVER = (
    (CLASSIC, ("--suite", "all"), LEGACY_OF_ALL | {"dns-rebinding-protection", "server-sse-multiple-streams"},
     10),
    (CURRENT, ("--suite", "all", "--spec-version", "2025-06-18"), LEGACY_OF_ALL | {"server-session-lifecycle"},
     16),
    (CURRENT, ("--suite", "all", "--spec-version", "2025-11-25"),
     LEGACY_OF_ALL | {"server-session-lifecycle", "dns-rebinding-protection", "server-sse-multiple-streams"}, 21),
    (CURRENT, ("--suite", "all", "--spec-version", "2026-07-28"),
     {"tools-list", "resources-list", "prompts-list", "dns-rebinding-protection", "server-sse-multiple-streams",
      "sep-2164-resource-not-found", "caching", "http-header-validation"}, 37),
)

# Of the program's own authorization server, in the same suite: scenario, checks that pass. None may fail.
AUTHORIZATION = {"authorization-server-metadata-endpoint": 2, "authorization-code-grant": 1}


class Report:
    """The table that is printed at the end, and whether all of it is right."""

    def __init__(self):
        self.rows = []
        self.complaints = []

    def add(self, server, run, passed, failed, wrong=None, text=""):
        self.rows.append((server, run, str(passed), str(failed), "WRONG" if wrong else "ok"))
        if wrong:
            self.complaints.append(f"{server}, {run}: {wrong}\n{text[-6000:]}")

    def print(self):
        rows = [("server", "run", "passed", "failed", "")] + self.rows
        widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
        for complaint in self.complaints:
            print(complaint, end="\n\n")
        for row in rows:
            print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


class ServerProcess:
    """A process that serves a URL, ended by its id."""

    def __init__(self, command, log_path, environment=None):
        self.log_path = log_path
        with open(log_path, "wb") as log:
            self.process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL,
                                            stdout=subprocess.PIPE, stderr=log)

    def first_line(self):
        """The first line of its output. Failure when none comes in time."""
        ready, _, _ = select.select([self.process.stdout], [], [], START_SECONDS)
        line = self.process.stdout.readline().decode().strip() if ready else ""
        bm_process.check(line, f"the server did not start: {self.log_tail()}")
        return line

    def wait_for_port(self, port):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise bm_process.Failure(f"nothing listens on port {port}: {self.log_tail()}")

    def log(self):
        return pathlib.Path(self.log_path).read_text(encoding="utf-8", errors="replace")

    def log_tail(self):
        return self.log()[-1500:] or "(empty)"

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(timeout=10)
        self.process.stdout.close()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def named(version, arguments):
    return f"{version} {' '.join(arguments)}"


def fixture_url(line):
    """The suites want `localhost`: the scenario about foreign hosts insists on it."""
    return line.replace("127.0.0.1", "localhost")


def run_fixtures(suites, report, binary, scratch):
    with ServerProcess([binary, "--http", "0"], scratch / "fixtures.log") as server:
        url = fixture_url(server.first_line())
        for version, arguments, expected in FULL_RUNS:
            outcome = suites.run(version, "--url", url, *arguments)
            good = outcome.passed == expected and outcome.failed == 0
            report.add("fixtures", named(version, arguments), outcome.passed, outcome.failed,
                       None if good else f"{expected} checks have to pass and none may fail", outcome.text)


def run_stateless(suites, report, binary, scratch):
    command = [binary, "--http", "0", "--legacy-stateless"]
    with ServerProcess(command, scratch / "stateless.log") as server:
        url = fixture_url(server.first_line())
        for version, arguments, expected in STATELESS_RUNS:
            outcome = suites.run(version, "--url", url, *arguments)
            failing = outcome.failing()
            wrong = None
            if failing != NEED_SESSIONS:
                wrong = (f"fails beyond what needs sessions: {sorted(failing - NEED_SESSIONS)}; "
                         f"passes unexpectedly: {sorted(NEED_SESSIONS - failing)}")
            elif outcome.scenarios.get(NEEDS_RESUMPTION, (1, 0))[0]:
                wrong = f"{NEEDS_RESUMPTION} passes without sessions"
            elif (outcome.passed, outcome.failed) != (expected, len(NEED_SESSIONS)):
                wrong = f"{expected} checks have to pass, and one of each scenario that needs sessions fail"
            report.add("fixtures, no sessions", named(version, arguments), outcome.passed, outcome.failed, wrong,
                       outcome.text)


def run_product(suites, report, binary, scratch):
    sandbox = bm_process.Sandbox(binary, scratch / "product")
    for name, text in (("Bread", "- [flour] Rye\n- uses [[Starter]]\n"), ("Starter", "- [fed] daily\n")):
        (sandbox.project / f"{name}.md").write_text(f"# {name}\n\n{text}", encoding="utf-8")
    port = free_port()
    command = [sandbox.binary, "mcp", "--transport", "streamable-http", "--host", "127.0.0.1", "--port", str(port)]
    with ServerProcess(command, scratch / "product.log", sandbox.environment) as server:
        server.wait_for_port(port)
        for version, arguments, scenarios, expected in OF_EVERY_SERVER:
            outcome = suites.run(version, "--url", f"http://localhost:{port}/mcp", *arguments)
            counts = {name: outcome.scenarios.get(name, (0, 0)) for name in scenarios}
            passed = sum(count for count, _ in counts.values())
            failed = sum(count for _, count in counts.values())
            bad = sorted(name for name, count in counts.items() if count[1] or not count[0])
            good = passed == expected and not bad
            report.add("bm", f"{named(version, arguments)}, what needs no fixtures", passed, failed,
                       None if good else f"{expected} checks have to pass; wrong here: {bad}", outcome.text)


def run_authorization(suites, report, binary, scratch):
    """The built-in authorization server, with the client of the command line, whose redirect fits any port."""
    sandbox = bm_process.Sandbox(binary, scratch / "authorization")
    port = free_port()
    origin = f"http://127.0.0.1:{port}"
    user, password = "ada", "quiet river under stones"
    command = [sandbox.binary, "mcp", "--transport", "streamable-http", "--port", str(port), "--auth",
               "--public-url", origin]
    with ServerProcess(command, scratch / "authorization.log", sandbox.environment) as server:
        server.wait_for_port(port)
        visitor = Visitor(origin)
        become_owner(visitor, authorization.setup_link(server), user, password)
        outcome = authorization.run_scenarios(suites, origin, visitor, user, password, free_port())
    wanted = {name: (passes, 0) for name, passes in AUTHORIZATION.items()}
    for name in wanted | outcome.scenarios:
        got = outcome.scenarios.get(name, (0, 0))
        report.add("bm --auth", f"{CURRENT} authorization, {name}", *got,
                   None if got == wanted.get(name) else f"expected were {wanted.get(name)}", outcome.text)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fixtures", help="the server of fixtures")
    parser.add_argument("--product", help="the finished program")
    parser.add_argument("--cache", required=True, help="where Node and the suites are kept")
    options = parser.parse_args()
    try:
        suites = Suites(options.cache)
    except Unavailable as reason:
        print(f"SKIPPED: the conformance suites cannot be had: {reason}")
        return SKIPPED
    report = Report()
    try:
        with bm_process.TemporaryFolder("bm-conformance-") as scratch:
            if options.fixtures:
                fixtures = os.path.abspath(options.fixtures)
                run_fixtures(suites, report, fixtures, scratch)
                run_stateless(suites, report, fixtures, scratch)
            if options.product:
                run_product(suites, report, options.product, scratch)
                run_authorization(suites, report, options.product, scratch)
    except (bm_process.Failure, subprocess.TimeoutExpired) as failure:
        report.complaints.append(str(failure))
    report.print()
    return 1 if report.complaints else 0


if __name__ == "__main__":
    sys.exit(main())
