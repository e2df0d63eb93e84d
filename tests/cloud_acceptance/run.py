"""The acceptance list of the cloud: each row is proved by a scenario against real programs.

    run.py --binary build/release/cli/bm [--only ID ...] [--jobs 3] [--table] [--write FILE]

Ends well only while exactly those rows fail that not_yet.tsv names. 77 where rclone cannot be had at all.
"""

import argparse
import concurrent.futures
import importlib
import pathlib
import shutil
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from registry import SCENARIOS, Verdicts, read_list  # noqa: E402
from trial import Machine, Trial  # noqa: E402
from results import Results  # noqa: E402

SKIPPED = 77


def load_scenarios():
    for file in sorted(HERE.glob("rows_*.py")):
        importlib.import_module(file.stem)


def chosen_scenarios(only):
    if not only:
        return list(SCENARIOS)
    chosen = [each for each in SCENARIOS if set(only) & set(each.ids) or each.name in only]
    if not chosen:
        raise SystemExit(f"no scenario proves {', '.join(only)}")
    return chosen


def run_one(machine, scenario, keep, report):
    verdicts = Verdicts(scenario)
    trial = Trial(machine, verdicts)
    verdicts.run(trial)
    if not keep:
        shutil.rmtree(trial.folder, ignore_errors=True)
    failed = sum(1 for reasons in verdicts.failures.values() if reasons)
    said = verdicts.unavailable or (f"{failed} of {len(scenario.ids)} rows fail" if failed else "ok")
    rclone = ", ".join(sorted(verdicts.versions)) or "none"
    print(f"{scenario.name}: {said} ({verdicts.seconds:.1f} s; rclone {rclone})", flush=True)
    if report:
        for row, reasons in verdicts.failures.items():
            for reason in reasons:
                print(f"    {row}: {reason}", flush=True)
    return verdicts


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--binary", required=True)
    options.add_argument("--cache", default=str(HERE.parent.parent / "build" / "acceptance"),
                         help="folder for what npm brings")
    options.add_argument("--only", nargs="+", default=[], metavar="ID", help="only what proves these rows")
    options.add_argument("--jobs", type=int, default=4, help="scenarios at once")
    options.add_argument("--table", action="store_true", help="print all rows and their results")
    options.add_argument("--write", metavar="FILE", help="write the table into a file")
    options.add_argument("--keep", action="store_true", help="leave the folders of the scenarios")
    chosen = options.parse_args()
    load_scenarios()
    scenarios = chosen_scenarios(chosen.only)
    root = pathlib.Path(tempfile.mkdtemp(prefix="bm-acceptance-")).resolve()
    machine = Machine(chosen.binary, chosen.cache, root)
    if machine.new is None:
        print("skipped: no rclone of 1.66 or newer (scripts/setup --test unpacks one, BM_TEST_RCLONE names one)")
        return SKIPPED
    began = time.monotonic()
    try:
        with concurrent.futures.ThreadPoolExecutor(chosen.jobs) as pool:
            verdicts = list(pool.map(lambda each: run_one(machine, each, chosen.keep, bool(chosen.only)), scenarios))
    finally:
        machine.close()
        if chosen.keep:
            print(f"kept: {root}")
        else:
            shutil.rmtree(root, ignore_errors=True)
    results = Results(read_list("rows.tsv"), read_list("not_yet.tsv"), read_list("untestable.tsv"), verdicts,
                      sorted(machine.versions.values()), partial=bool(chosen.only))
    if chosen.table:
        print(results.markdown())
    if chosen.write:
        pathlib.Path(chosen.write).write_text(results.page(), encoding="utf-8")
    for line in results.complaints():
        print(line)
    print(f"{results.summary()} in {time.monotonic() - began:.0f} s")
    return results.exit_code(SKIPPED)


if __name__ == "__main__":
    sys.exit(main())
