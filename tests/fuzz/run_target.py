#!/usr/bin/env python3
"""Runs one fuzz target: a fixed number of inputs from a fixed seed, or any number for some time from another seed each time.

    run_target.py --program build/fuzz/tests/fuzz/fuzz_names --corpus tests/fuzz/corpus/fuzz_names
                  --artifacts build/fuzz (--runs 20000 | --seconds 300 --found build/fuzz/found/fuzz_names) [--seed N]

With --runs the same code meets the same inputs on any machine that makes them within LIMIT_SECONDS. A failure names the
seed and the file with the input, and says how to meet it again.
"""

import argparse
import pathlib
import random
import re
import subprocess
import sys

FIXED_SEED = 20250101
LIMIT_SECONDS = 120  # of a fixed number of runs; on slow machines there are fewer
GRACE_SECONDS = 60
LINES_TOLD = 80


def command_of(chosen, seed):
    program = pathlib.Path(chosen.program).resolve()
    artifacts = pathlib.Path(chosen.artifacts).resolve()
    # The slowest inputs take tenths of a second; a busy machine makes that many seconds.
    command = [str(program), f"-seed={seed}", "-timeout=60", "-rss_limit_mb=2048", "-print_final_stats=1",
               f"-artifact_prefix={artifacts}/{program.name}-"]
    if chosen.runs is not None:
        # Named one by one, for folders are listed in any order; and nothing is kept for another run.
        seeds = sorted(path.name for path in chosen.corpus.iterdir()) if chosen.corpus.is_dir() else []
        command += [f"-runs={chosen.runs}", f"-max_total_time={LIMIT_SECONDS}"]
        return command + ([f"-seed_inputs={','.join(seeds)}"] if seeds else [])
    found = chosen.found.resolve()  # inputs that reach new code, kept between runs
    found.mkdir(parents=True, exist_ok=True)
    command += [f"-max_total_time={chosen.seconds}", str(found)]
    return command + ([str(chosen.corpus.resolve())] if chosen.corpus.is_dir() else [])


def tell(chosen, seed, status, output):
    """The end of what the target said, and what is needed to meet the failure again."""
    print("\n".join(output.splitlines()[-LINES_TOLD:]))
    program = pathlib.Path(chosen.program).resolve()
    promises = re.findall(r"^broken promise: .*$", output, re.MULTILINE)
    written = re.findall(r"Test unit written to (\S+)", output)
    print(f"FAIL {program.name}: {promises[-1] if promises else f'ended with {status}'}; the seed was {seed}")
    if written:
        print(f"The input was written to {written[-1]}. Once more: {program} {written[-1]}")
    else:
        print(f"No input was written. Once more: run_target.py with --seed {seed}")


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--program", required=True)
    options.add_argument("--corpus", required=True, type=pathlib.Path)
    options.add_argument("--artifacts", required=True)
    how_long = options.add_mutually_exclusive_group(required=True)
    how_long.add_argument("--runs", type=int)
    how_long.add_argument("--seconds", type=int)
    options.add_argument("--found", type=pathlib.Path)
    options.add_argument("--seed", type=int)
    chosen = options.parse_args()
    if chosen.seconds is not None and chosen.found is None:
        options.error("--seconds needs --found")
    seed = chosen.seed or (FIXED_SEED if chosen.runs is not None else random.randrange(1, 2**31))
    limit = (LIMIT_SECONDS if chosen.runs is not None else chosen.seconds) + GRACE_SECONDS
    folder = chosen.corpus if chosen.corpus.is_dir() else None
    try:
        done = subprocess.run(command_of(chosen, seed), cwd=folder, timeout=limit + GRACE_SECONDS, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    except subprocess.TimeoutExpired as expired:
        tell(chosen, seed, f"no end after {expired.timeout} s", (expired.output or b"").decode(errors="replace"))
        return 1
    output = done.stdout.decode(errors="replace")
    if done.returncode != 0:
        tell(chosen, seed, done.returncode, output)
        return 1
    made = re.search(r"number_of_executed_units: (\d+)", output)
    print(f"{pathlib.Path(chosen.program).name}: seed {seed}, {made[1] if made else 'unknown'} inputs")
    return 0


if __name__ == "__main__":
    sys.exit(main())
