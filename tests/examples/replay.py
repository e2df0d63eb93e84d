#!/usr/bin/env python3
"""Runs what examples/ shows against a real binary and compares what comes out with what is on record.

    replay.py --binary build/release/cli/bm tool_calls|mcp_session|session

Times, ids and scores are made equal before the comparison. UPDATE_GOLDEN=1 writes the records anew and
fails the run, so that nobody takes it for a test.
"""

import argparse
import datetime
import difflib
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))
from bm_process import Failure, Sandbox, Server, TemporaryFolder, check  # noqa: E402

EXAMPLES = ROOT / "examples"
GOLDEN = ROOT / "tests" / "golden" / "examples"
VARYING = [
    (re.compile(r"\(\d+\.\d ms\)"), "(TIME ms)"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?)?"), "TIME"),
    (re.compile(r"just now|1 minute ago|\d+ minutes ago"), "AGO"),
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "UUID"),
    (re.compile(r"score: -?\d+\.\d+"), "score: SCORE"),
    (re.compile(r'("score": ?)-?\d+\.\d+([eE][+-]?\d+)?'), r"\1SCORE"),
    (re.compile(r'("(entity_id|observation_id|relation_id|from_entity_id|to_entity_id)": ?)\d+'), r"\1ID"),
    (re.compile(r"Basic Memory \d+\.\d+\.\d+"), "Basic Memory VERSION"),
]
# The same for values of a message.
VARYING_MEMBERS = {"score", "entity_id", "observation_id", "relation_id", "from_entity_id", "to_entity_id", "version"}


def settled(text):
    """The text without what differs from run to run."""
    for pattern, name in VARYING:
        text = pattern.sub(name, text)
    now = datetime.datetime.now(datetime.timezone.utc)
    for day in (now, now.astimezone(), now - datetime.timedelta(minutes=10)):
        text = text.replace(day.strftime("%Y-%m-%d"), "TODAY")
    return text


def settled_value(value):
    """The same for a JSON value."""
    if isinstance(value, dict):
        return {key: "VARIES" if key in VARYING_MEMBERS and item is not None else settled_value(item)
                for key, item in value.items()}
    if isinstance(value, list):
        return [settled_value(item) for item in value]
    return settled(value) if isinstance(value, str) else value


def compare_with_record(name, text):
    record = GOLDEN / f"{name}.txt"
    text = settled(text)
    if os.environ.get("UPDATE_GOLDEN") == "1":
        record.parent.mkdir(parents=True, exist_ok=True)
        record.write_text(text, encoding="utf-8")
        raise Failure(f"{record} was written anew; read it, then run again without UPDATE_GOLDEN")
    check(record.exists(), f"there is no record {record}; make it with UPDATE_GOLDEN=1")
    wanted = record.read_text(encoding="utf-8")
    if text != wanted:
        lines = difflib.unified_diff(wanted.splitlines(), text.splitlines(), "on record", "now", lineterm="")
        raise Failure("the output has changed:\n" + "\n".join(lines))


def run_script(command, folder):
    """What an example prints on both streams. Its home is a folder of the test, in case it reaches for one."""
    environment = {**os.environ, "HOME": str(folder), "NO_COLOR": "1"}
    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=240, check=False)
    text = done.stdout.decode("utf-8", "replace")
    check(done.returncode == 0, f"{command[0]} exited with {done.returncode}:\n{text[-3000:]}")
    check(not any(folder.iterdir()), f"{command[0]} left files in the home folder: {sorted(folder.iterdir())}")
    return text


def replay_tool_calls(binary, folder):
    compare_with_record("tool_calls", run_script([str(EXAMPLES / "tool_calls.sh"), binary], folder))


def replay_mcp_session(binary, folder):
    script = str(EXAMPLES / "mcp_session.py")
    compare_with_record("mcp_session", run_script([sys.executable, script, "--binary", binary], folder))


def expects_reply(line):
    """Whether the server must answer this line: all but notifications, and also what is not JSON."""
    try:
        return "id" in json.loads(line)
    except ValueError:
        return True


def next_reply(server):
    """The next line that is no notification."""
    while True:
        line = server.receive_line(60)
        message = json.loads(line)
        if "method" not in message or "id" in message:
            return line


def replay_session(binary, folder):
    """Sends the client's lines one by one and compares what comes back with the server's lines."""
    path = EXAMPLES / "session.txt"
    lines = path.read_text(encoding="utf-8").splitlines()
    box = Sandbox(binary, folder / "box", ("notes",), {"default_project_mode": True})
    updating = os.environ.get("UPDATE_GOLDEN") == "1"
    written, faults = [], []
    with Server([box.binary, "mcp"], box.environment, box.root / "server.log") as server:
        for number, line in enumerate(lines, 1):
            if not line.startswith("> "):
                if not line.startswith("< "):
                    written.append(line)
                continue
            written.append(line)
            server.send_line(line[2:])
            if not expects_reply(line[2:]):
                continue
            reply = next_reply(server)
            written.append(f"< {reply}")
            wanted = lines[number] if number < len(lines) and lines[number].startswith("< ") else "< null"
            if settled_value(json.loads(wanted[2:])) != settled_value(json.loads(reply)):
                faults.append(f"line {number}: {line}\n  on record: {wanted}\n  now:       < {reply}")
        code = server.close()
    if updating:
        path.write_text("\n".join(written) + "\n", encoding="utf-8")
        raise Failure(f"{path} was written anew; read it, then run again without UPDATE_GOLDEN")
    check(code == 0, f"the server exited with {code}")
    check(not faults, f"{len(faults)} replies have changed:\n" + "\n".join(faults))


def main():
    replays = {"tool_calls": replay_tool_calls, "mcp_session": replay_mcp_session, "session": replay_session}
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--binary", required=True)
    options.add_argument("example", choices=replays)
    chosen = options.parse_args()
    with TemporaryFolder("bm-replay-") as folder:
        try:
            replays[chosen.example](str(pathlib.Path(chosen.binary).resolve()), folder)
        except Failure as failure:
            print(f"FAIL {chosen.example}: {failure}")
            return 1
    print(f"PASS {chosen.example}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
