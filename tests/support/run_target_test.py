#!/usr/bin/env python3
"""tests/fuzz/run_target.py on programs that only seem to be fuzz targets: what it asks of them, what it says of a failure."""

import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
SCRIPT = ROOT / "fuzz" / "run_target.py"


def run(program, *words):
    return subprocess.run([sys.executable, "-B", str(SCRIPT), "--program", str(program), *words], timeout=60, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout.decode()


def expect(holds, said):
    if not holds:
        raise SystemExit(f"FAIL: it says {said!r}")


def main():
    with tempfile.TemporaryDirectory(prefix="bm-run-target-") as name:
        folder = pathlib.Path(name)
        corpus = folder / "corpus"
        corpus.mkdir()
        for seed in ("b", "a"):
            (corpus / seed).write_text(seed)
        kept = folder / "words"
        program = folder / "fuzz_it"
        program.write_text(f'#!/bin/sh\necho "$@" >> {kept}\necho "stat::number_of_executed_units: 7"\n')
        program.chmod(0o755)
        common = ["--corpus", str(corpus), "--artifacts", str(folder)]

        said = run(program, *common, "--runs", "7") + run(program, *common, "--runs", "7")
        first, second = kept.read_text().splitlines()
        expect(first == second and "-runs=7" in first and "-seed_inputs=a,b" in first, first)
        expect(re.search(r"-seed=[1-9]", first) and not re.search(rf"{corpus}( |$)", first), first)
        expect(said.count("7 inputs") == 2, said)

        kept.unlink()
        for _ in range(2):
            run(program, *common, "--seconds", "1", "--found", str(folder / "found"))
        first, second = kept.read_text().splitlines()
        expect(first != second and "-max_total_time=1" in first and "-runs" not in first, first)

        program.write_text('#!/bin/sh\necho "broken promise: it holds"\necho "Test unit written to /x/crash-1"\nexit 77\n')
        said = run(program, *common, "--runs", "7", "--seed", "41")
        expect("FAIL fuzz_it: broken promise: it holds; the seed was 41" in said, said)
        expect(f"written to /x/crash-1. Once more: {program.resolve()} /x/crash-1" in said, said)
    print("ok")


if __name__ == "__main__":
    main()
