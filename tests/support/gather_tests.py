#!/usr/bin/env python3
"""Writes one CTestTestfile.cmake that holds the tests of several builds and the runs of the fuzz targets.

    gather_tests.py --into build/all --build asan=build/asan --build release=build/release
                    [--fuzz build/fuzz --target=fuzz_names ... [--fuzz-seconds 300]] [--soak]

Each test keeps its command and its properties; its name and its labels are led by the name of the build. So a single
ctest runs all there is and closes with a single summary. Fuzz targets make a fixed number of inputs from a fixed seed;
with --fuzz-seconds they run for that long, from a new seed each time.
"""

import argparse
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
NAMES_OF_TESTS = {"DEPENDS"}  # properties whose values are names of other tests
# The long forms, run with the release build: label, script below tests/, arguments, seconds at most.
SOAK = [
    ("load", "load/run_load.py", ["--size", "large", "--client", "{build}/tests/load/http_load"], 1800),
    ("kill", "kill/kill_writes.py", ["--rounds", "1000"], 3600),
    ("kill", "kill/kill_anything.py", ["--rounds", "1000"], 7200),
    ("kill", "kill/many_writers.py", ["--calls", "20000"], 1200),
    ("kill", "kill/two_processes.py", ["--notes", "400", "--appends", "150"], 1200),
    ("cloud", "cloud_acceptance/run.py", ["--cache", "build/acceptance"], 3600),
    ("cloud", "cloud_acceptance/soak.py", ["--seconds", "900", "--seed", "2"], 3600),
    ("packaging", "packaging/install_package.py", [], 1200),
    ("soak", "soak/soak.py", ["--seconds", "1200"], 5400),
    ("vault", "vault/index_hostile_vault.py", ["--notes", "60000"], 3600),
]

# How many inputs each fuzz target makes: meant to take about six seconds, and never more than two minutes.
RUNS = {
    "fuzz_access_token": 20_000, "fuzz_arguments": 20_000, "fuzz_client_file": 20_000, "fuzz_client_metadata": 20_000,
    "fuzz_credentials": 60_000, "fuzz_form_body": 60_000, "fuzz_forwarded_for": 60_000, "fuzz_frontmatter": 20_000,
    "fuzz_history_line": 60_000, "fuzz_http_head": 60_000, "fuzz_imports": 10_000, "fuzz_json_rpc": 1_500,
    "fuzz_memory_url": 60_000, "fuzz_names": 18_000, "fuzz_note": 20_000, "fuzz_note_edit": 120_000,
    "fuzz_observation_relation": 40_000, "fuzz_picoschema": 20_000, "fuzz_picture": 5_000, "fuzz_postings": 20_000,
    "fuzz_text_query": 20_000, "fuzz_timeframe": 60_000, "fuzz_webdav": 20_000,
}


def quoted(text):
    """A bracket argument: CMake takes its text as it is."""
    marks = "="
    while f"]{marks}]" in text:
        marks += "="
    return f"[{marks}[{text}]{marks}]"


def text_of(value):
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, list):
        return ";".join(text_of(item) for item in value)
    return str(value)


def declaration(name, command, properties):
    words = " ".join(quoted(word) for word in [name, *command])
    values = " ".join(f"{key} {quoted(text_of(value))}" for key, value in properties.items())
    return f"add_test({words})\nset_tests_properties({quoted(name)} PROPERTIES {values})\n"


def tests_of_build(label, folder):
    listed = subprocess.run(["ctest", "--test-dir", folder, "--show-only=json-v1"], check=True, timeout=120,
                            stdout=subprocess.PIPE).stdout
    for test in json.loads(listed)["tests"]:
        if "command" not in test:
            raise SystemExit(f"gather_tests: {label}: {test['name']} is declared, but its program was not built")
        properties = {"LABELS": [label]}
        for entry in test.get("properties", []):
            key, value = entry["name"], entry["value"]
            if key == "LABELS":
                value = [label, *value]
            elif key in NAMES_OF_TESTS:
                value = [f"{label} {name}" for name in value]
            properties[key] = value
        yield declaration(f"{label} {test['name']}", test["command"], properties)


def fuzz_runs(folder, targets, seconds):
    folder = pathlib.Path(folder).resolve()
    for target in targets:
        if target not in RUNS:
            raise SystemExit(f"gather_tests: say in RUNS how many inputs {target} makes")
        command = [sys.executable, "-B", str(ROOT / "tests" / "fuzz" / "run_target.py"),
                   "--program", str(folder / "tests" / "fuzz" / target),
                   "--corpus", str(ROOT / "tests" / "fuzz" / "corpus" / target), "--artifacts", str(folder)]
        if seconds is None:
            command += ["--runs", str(RUNS[target])]
        else:
            command += ["--seconds", str(seconds), "--found", str(folder / "found" / target)]
        yield declaration(f"fuzz {target}", command, {"LABELS": ["fuzz"], "TIMEOUT": (seconds or 120) + 180})


def soak_runs(binary):
    build = pathlib.Path(binary).resolve().parent.parent  # {build} stands for it
    for label, script, words, limit in SOAK:
        arguments = [word.replace("{build}", str(build)) for word in words]
        command = [sys.executable, "-B", str(ROOT / "tests" / script), "--binary", str(binary), *arguments]
        yield declaration(f"soak {script} {' '.join(words)}", command,
                          {"LABELS": ["soak", label], "TIMEOUT": limit, "SKIP_RETURN_CODE": 77})


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--into", required=True, type=pathlib.Path)
    options.add_argument("--build", action="append", default=[], metavar="NAME=FOLDER")
    options.add_argument("--fuzz", metavar="FOLDER")
    options.add_argument("--target", action="append", default=[])
    options.add_argument("--fuzz-seconds", type=int)
    options.add_argument("--soak", action="store_true")
    chosen = options.parse_args()
    builds = dict(entry.split("=", 1) for entry in chosen.build)
    lines = [line for label, folder in builds.items() for line in tests_of_build(label, folder)]
    if chosen.soak:
        lines += soak_runs(pathlib.Path(builds["release"], "cli", "bm").resolve())
    if chosen.fuzz:
        lines += fuzz_runs(chosen.fuzz, chosen.target, chosen.fuzz_seconds)
    if not lines:
        raise SystemExit("gather_tests: no tests at all")
    chosen.into.mkdir(parents=True, exist_ok=True)
    (chosen.into / "CTestTestfile.cmake").write_text("".join(lines), encoding="utf-8")
    print(f"== {len(lines)} tests in {chosen.into}")


if __name__ == "__main__":
    main()
