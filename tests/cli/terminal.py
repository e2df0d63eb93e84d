#!/usr/bin/env python3
"""Runs `bm` as people meet it: on a terminal, with a full disk behind its output, under Ctrl+C, and from a shell that
completes its words.

    terminal.py --binary build/release/cli/bm

Prints one line for each check; exit code 1 when one of them failed.
"""

import argparse
import os
import pathlib
import pty
import select
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import bm_process  # noqa: E402

LIMIT = 60  # seconds that any one wait may take


class OnTerminal:
    """A process whose three streams are a terminal."""

    def __init__(self, command, environment):
        self.master, slave = pty.openpty()
        self.process = subprocess.Popen(command, env=environment, stdin=slave, stdout=slave, stderr=slave,
                                        start_new_session=True, close_fds=True)
        os.close(slave)
        self.text = ""

    def read(self, until=None):
        """Reads until the words appear or the process has closed the terminal."""
        end = time.monotonic() + LIMIT
        while until is None or until not in self.text:
            ready, _, _ = select.select([self.master], [], [], max(0.0, end - time.monotonic()))
            bm_process.check(ready, f"nothing more came after {self.text!r}")
            try:
                piece = os.read(self.master, 65536)
            except OSError:  # Linux: the other end is closed
                piece = b""
            if not piece:
                return
            self.text += piece.decode()

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(LIMIT)
        os.close(self.master)


def on_terminal(home, *words, colourless=False):
    """What a command prints on a terminal, and its exit code."""
    environment = {name: value for name, value in home.environment.items() if name != "NO_COLOR"}
    if colourless:
        environment["NO_COLOR"] = "1"
    running = OnTerminal([home.binary, *words], environment)
    try:
        running.read()
        return running.text.replace("\r\n", "\n"), running.process.wait(LIMIT)
    finally:
        running.close()


def colours(home):
    text, code = on_terminal(home, "project", "list")
    bm_process.check(code == 0 and "\x1b[" in text, f"a terminal should have colours: {text!r}")
    text, code = on_terminal(home, "project", "list", colourless=True)
    bm_process.check(code == 0 and "\x1b" not in text, f"NO_COLOR should leave no colours: {text!r}")


def missing_content(home):
    text, code = on_terminal(home, "tool", "write-note", "--title", "T", "--folder", "d")
    bm_process.check(code == 1, f"exit code {code}")
    bm_process.check("No content provided. Please provide content via --content or by piping to stdin." in text, text)


def full_disk(home):
    for words in (["project", "list"], ["--version"], ["status"]):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([home.binary, *words], env=home.environment, stdin=subprocess.DEVNULL, stdout=full,
                                  stderr=subprocess.PIPE, timeout=LIMIT, check=False)
        bm_process.check(done.returncode == 1, f"{words}: exit code {done.returncode}")
        bm_process.check(b"the output could not be written: No space left on device" in done.stderr, done.stderr)


def gone_reader(home):
    read_end, write_end = os.pipe()
    os.close(read_end)
    try:
        done = subprocess.run([home.binary, "project", "list"], env=home.environment, stdin=subprocess.DEVNULL,
                              stdout=write_end, stderr=subprocess.PIPE, timeout=LIMIT, check=False,
                              preexec_fn=lambda: signal.signal(signal.SIGPIPE, signal.SIG_IGN))
    finally:
        os.close(write_end)
    bm_process.check(done.returncode == 0, f"exit code {done.returncode}: {done.stderr}")


def interrupted_watch(home):
    for sent, expected in ((signal.SIGINT, 130), (signal.SIGTERM, 0)):
        running = OnTerminal([home.binary, "watch"], home.environment)
        try:
            running.read(until="watching ")
            running.process.send_signal(sent)
            code = running.process.wait(LIMIT)
        finally:
            running.close()
        bm_process.check(code == expected, f"{sent.name}: exit code {code}, not {expected}")


def completed_in_bash(home):
    bash = shutil.which("bash")
    if bash is None:
        return "no bash here"
    script = """
        eval "$("$1" --show-completion bash)"
        COMP_WORDS=("$1" "${@:2}") COMP_CWORD=$(($# - 1))
        _basic_memory_words
        printf '%s|' "${COMPREPLY[@]}"
    """
    home.run("project", "add", "My Research", str(home.root / "research"))
    for words, expected in ((["sta"], "status|"), (["project", "info", ""], "My\\ Research|"),
                            (["tool", "read-note", "--pl"], "--plain|")):
        done = subprocess.run([bash, "-c", script, "bash", home.binary, *words], env=home.environment,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT, check=False)
        bm_process.check(expected in done.stdout, f"{words} gave {done.stdout!r} {done.stderr!r}")
    return None


CHECKS = (colours, missing_content, full_disk, gone_reader, interrupted_watch, completed_in_bash)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True, help="the bm to run")
    options = parser.parse_args()
    failed = 0
    for check in CHECKS:
        with bm_process.TemporaryFolder("bm-terminal-") as root:
            home = bm_process.Sandbox(options.binary, root)
            try:
                skipped = check(home)
                print(f"{'skip' if skipped else 'ok'}   {check.__name__}{': ' + skipped if skipped else ''}")
            except (bm_process.Failure, subprocess.TimeoutExpired) as problem:
                failed += 1
                print(f"FAIL {check.__name__}: {problem}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
