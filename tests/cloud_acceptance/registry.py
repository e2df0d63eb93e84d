"""Which rows of the acceptance list there are, which scenario proves which, and what became of them."""

import contextlib
import pathlib
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent


def read_list(name):
    """A file of `id<TAB>text` lines, in its order."""
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return dict(line.split("\t", 1) for line in lines if line and not line.startswith("#"))


class Scenario:
    def __init__(self, function, ids):
        self.function, self.ids = function, ids
        self.name = f"{pathlib.Path(function.__code__.co_filename).stem}.{function.__name__}"


SCENARIOS = []


def rows(*ids):
    """Registers a scenario as the proof of these rows. What it checks inside `trial.row(ID)` counts for that row
    alone; without such a part a row passes with the scenario as a whole."""
    def register(function):
        SCENARIOS.append(Scenario(function, ids))
        return function
    return register


class Unavailable(Exception):
    """What a scenario needs and this machine lacks, in one line."""


def one_line(problem):
    text = str(problem) or type(problem).__name__
    if not isinstance(problem, (AssertionError, RuntimeError)) and type(problem).__name__ != "Failure":
        text = f"{type(problem).__name__}: {text}"
    place = [step for step in traceback.extract_tb(problem.__traceback__) if step.filename.startswith(str(HERE))]
    where = f"{pathlib.Path(place[-1].filename).name}:{place[-1].lineno}: " if place else ""
    for step in reversed(place):
        if pathlib.Path(step.filename).name.startswith("rows_"):
            where = f"{pathlib.Path(step.filename).name}:{step.lineno}: "
            break
    return where + " ".join(text.split())[:700]


class Verdicts:
    """What one run of a scenario has shown: for each of its rows the reasons why it fails."""

    def __init__(self, scenario):
        self.scenario = scenario
        self.failures = {row: [] for row in scenario.ids}
        self.unavailable = None
        self.versions = set()
        self.seconds = 0.0

    @contextlib.contextmanager
    def row(self, *ids):
        unknown = set(ids) - set(self.failures)
        if unknown:
            raise RuntimeError(f"{self.scenario.name} did not register {sorted(unknown)}")
        try:
            yield
        except Unavailable:
            raise
        except Exception as problem:  # noqa: BLE001: any failure of a row is its result
            for row in ids:
                self.failures[row].append(one_line(problem))

    def run(self, trial):
        began = time.monotonic()
        try:
            with trial:
                self.scenario.function(trial)
        except Unavailable as lack:
            self.unavailable = str(lack)
        except Exception as problem:  # noqa: BLE001: what ends a scenario fails all its rows
            for reasons in self.failures.values():
                reasons.append(one_line(problem))
        self.seconds = time.monotonic() - began
