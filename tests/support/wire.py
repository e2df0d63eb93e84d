"""Compares what a server says with the official schemas, where $BM_CHECK_WIRE names the program that can.

One process for a whole test; it ends with its input. Thread-safe.
"""

import itertools
import json
import os
import pathlib
import subprocess
import threading

TESTS = pathlib.Path(__file__).resolve().parent.parent
_lock = threading.Lock()
_numbers = itertools.count()
_checker = None


class WireFailure(Exception):
    """A message that its revision does not know."""


def _ask(parts, answers):
    global _checker
    with _lock:
        if _checker is None:
            _checker = subprocess.Popen([os.environ["BM_CHECK_WIRE"], str(TESTS)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)
        _checker.stdin.write(json.dumps(parts).encode() + b"\n")
        _checker.stdin.flush()
        return _checker.stdout.readline().decode().strip() if answers else "ok"


class Dialogue:
    """What one client and one server say to each other."""

    def __init__(self):
        self.name = str(next(_numbers))
        self.is_checked = bool(os.environ.get("BM_CHECK_WIRE"))

    def sent(self, text):
        if self.is_checked:
            _ask([self.name, ">", text], answers=False)

    def received(self, text):
        """Raises WireFailure for what the schema of the dialogue's revision does not know."""
        if not self.is_checked:
            return
        verdict = _ask([self.name, "<", text], answers=True)
        if verdict != "ok":
            raise WireFailure(f"a message that its schema does not know: {verdict or 'check_wire has ended'}")

    def end(self):
        if self.is_checked:
            _ask([self.name, "end"], answers=False)
