"""The scenarios for authorization servers, run against the one that the program brings along. The grant of a code asks
somebody to log in: that is played here."""

import re
import select
import subprocess
import time

from auth_walk import let_in, visit
from bm_process import check
from suites import CURRENT, Outcome

PRINTED_URL = re.compile(rb"https?://\S+/authorize\?\S+")
SETUP_LINK = re.compile(r"http://\S+/setup\?key=\S+")
SECONDS = 90


def setup_link(server):
    """The link that is shown at the first start."""
    deadline = time.monotonic() + 20
    while not (found := SETUP_LINK.search(server.log())):
        check(time.monotonic() < deadline, f"no link for the owner: {server.log_tail()}")
        time.sleep(0.05)
    return found[0]


def run_scenarios(suites, issuer, visitor, user, password, port):
    """Runs the command, logs in when it shows where, and returns its Outcome."""
    command = [suites.node, suites.programs[CURRENT], "authorization", "--url", issuer, "--client-id", "bm-cli",
               "--port", str(port)]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          cwd=suites.cache, bufsize=0) as process:
        text, is_in, deadline = b"", False, time.monotonic() + SECONDS
        try:
            while True:
                left = deadline - time.monotonic()
                ready, _, _ = select.select([process.stdout], [], [], max(0.0, left))
                check(ready, f"the scenarios did not end in {SECONDS} s: {text[-1500:].decode('utf-8', 'replace')}")
                piece = process.stdout.read(1 << 16)
                if not piece:
                    break
                text += piece
                if not is_in and (found := PRINTED_URL.search(text)) and text[found.end():]:
                    is_in = True
                    visit(let_in(visitor, found[0].decode(), user, password))
        finally:
            if process.poll() is None:
                process.kill()
    return Outcome(text.decode("utf-8", "replace"))
