#!/usr/bin/env python3
"""Replays the scenarios of tests/vectors/tools.json against a real `bm mcp` over stdio.

    run_tools_scenarios.py --binary build/release/cli/bm [--only TEXT] [--list] [--verbose]

A scenario is a list of tool calls on a fresh, empty project with a data directory and a server process of its own.
Each call names texts that its result must contain, texts that it must not contain, and whether it must be an error.
`$PROJECT` stands for the project's name and `$TMP` for an empty scratch folder outside the project.
"""

import argparse
import concurrent.futures
import json
import pathlib
import sys
import time

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TESTS / "support"))
from bm_process import Failure, Sandbox, TemporaryFolder  # noqa: E402

PROJECT = "test-project"
DEFAULTS = {"default_project_mode": False, "update_permalinks_on_move": False, "kebab_filenames": False,
            "disable_permalinks": False}
AT_ONCE = 4  # scenarios mostly wait for the disk


def filled(value, scratch):
    """The value with its placeholders replaced, at any depth."""
    if isinstance(value, str):
        return value.replace("$PROJECT", PROJECT).replace("$TMP", str(scratch))
    if isinstance(value, list):
        return [filled(item, scratch) for item in value]
    if isinstance(value, dict):
        return {key: filled(item, scratch) for key, item in value.items()}
    return value


def faults_of(step, answer, scratch):
    """What is wrong with an answer, as sentences."""
    faults = []
    if answer.is_error != bool(step.get("expect_error")):
        kind = "a protocol error" if answer.protocol_error else "an error"
        faults.append(f"the result is {kind if answer.is_error else 'no error'}")
    for text in filled(step.get("expect_contains", []), scratch):
        if text not in answer.text:
            faults.append(f"missing: {text!r}")
    for text in filled(step.get("expect_not_contains", []), scratch):
        if text in answer.text:
            faults.append(f"must not be there: {text!r}")
    return faults


def told(number, step, arguments, answer, faults):
    """A failing step, as lines for the reader."""
    shown = answer.text if len(answer.text) <= 1500 else answer.text[:1500] + "..."
    return [f"    step {number}: {step['tool']} {json.dumps(arguments, ensure_ascii=False)[:400]}",
            *(f"      {fault}" for fault in faults), *(f"      | {line}" for line in shown.splitlines() or ["(no text)"])]


def run_scenario(binary, folder, scenario):
    """What did not hold, as lines; none when all did. After a failing step the later ones still run."""
    first = scenario[0]
    lines = []
    box = Sandbox(binary, folder, (PROJECT,), {**DEFAULTS, **first.get("config", {})}, first.get("env"))
    with box.serve() as server:
        for number, step in enumerate(scenario, 1):
            arguments = filled(step["arguments"], box.scratch)
            answer = server.call(step["tool"], arguments)
            faults = faults_of(step, answer, box.scratch)
            if faults:
                lines += told(number, step, arguments, answer, faults)
        code = server.close()
        if code != 0:
            lines.append(f"    the server exited with {code}: {server.log_tail()}")
    return lines


def attempt(binary, folder, scenario):
    try:
        return run_scenario(binary, folder, scenario)
    except Failure as failure:
        return [f"    {failure}"]


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--binary", required=True)
    options.add_argument("--scenarios", type=pathlib.Path, default=TESTS / "vectors" / "tools.json")
    options.add_argument("--only", default="", help="run the scenarios whose name contains this text")
    options.add_argument("--list", action="store_true", help="print the names and stop")
    options.add_argument("--verbose", action="store_true", help="also name those that pass")
    options.add_argument("--keep", action="store_true", help="leave the folders behind")
    chosen = options.parse_args()
    scenarios = [s for s in json.loads(chosen.scenarios.read_text(encoding="utf-8"))
                 if chosen.only.lower() in s[0]["scenario"].lower()]
    if chosen.list:
        print("\n".join(s[0]["scenario"] for s in scenarios))
        return 0

    started = time.monotonic()
    passed, failed = 0, 0
    with TemporaryFolder("bm-scenarios-", chosen.keep) as root, \
            concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        running = [(scenario, pool.submit(attempt, chosen.binary, root / f"{index:03}", scenario))
                   for index, scenario in enumerate(scenarios)]
        for scenario, result in running:
            lines = result.result()
            if lines:
                failed += 1
                print("\n".join([f"FAIL {scenario[0]['scenario']}", *lines]))
            else:
                passed += 1
                if chosen.verbose:
                    print(f"PASS {scenario[0]['scenario']}")
    print(f"\n{passed} passed, {failed} failed in {time.monotonic() - started:.1f} s")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
