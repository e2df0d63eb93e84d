#!/usr/bin/env python3
"""What stands between a visitor and the server: trusted proxies.

    front_door.py --binary build/dev/cli/bm [--keep]
"""

import argparse
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "serve"))
from raw_http import send  # noqa: E402
from http_server import HttpServer  # noqa: E402
from bm_process import Failure, Sandbox, TemporaryFolder, check  # noqa: E402
from host_process import Host  # noqa: E402

DEVICES_A_MINUTE = 30


def ask_for_device(port, forwarded, target="/device_authorization"):
    """The status of one more login by device, as a proxy passes it on."""
    headers = [("Content-Type", "application/x-www-form-urlencoded"), ("X-Forwarded-For", forwarded)]
    with send(port, "POST", target, headers, "client_id=nobody") as response:
        return response.status


def visitors_of_a_proxy(port, target):
    """Each has a limit of its own, whatever it writes into the field itself."""
    for number in range(DEVICES_A_MINUTE):
        status = ask_for_device(port, f"192.0.2.{number}, 203.0.113.9", target)
        check(status != 429, f"visitor {number} was limited: {status}")
    check(ask_for_device(port, "192.0.2.99, 203.0.113.9", target) == 429, "a visitor passes his limit by")
    status = ask_for_device(port, "203.0.113.9, 198.51.100.7", target)
    check(status != 429, "a visitor pays for another one")


def without_trust(port):
    """Nobody chooses whom he is counted as."""
    for number in range(DEVICES_A_MINUTE):
        ask_for_device(port, f"203.0.113.{number}")
    check(ask_for_device(port, "203.0.113.99") == 429, "a stranger chooses whom he is counted as")


def refused_proxies(box):
    for wrong, sentence in (("proxy.example.com", "'proxy.example.com' is not the address of a proxy"),
                            ("10.0.0.1/8", "the network is 10.0.0.0/8"), ("0.0.0.0/0", "from 1 to 32")):
        for words in (("mcp", "--transport", "http", "--port", "0"), ("serve", "--data", str(box.root / "host"))):
            done = box.run(*words, "--trusted-proxy", wrong, expect=1, timeout=30)
            check(sentence in done.stderr, f"{words[0]} --trusted-proxy {wrong} says: {done.stderr}")


def trusted_proxies(box, binary):
    public = ("--auth", "--public-url", "http://127.0.0.1:1")
    with HttpServer(box, *public, "--trusted-proxy", "192.0.2.0/24", "--trusted-proxy", "127.0.0.1") as server:
        visitors_of_a_proxy(server.port, "/device_authorization")
    with HttpServer(box, *public) as server:
        without_trust(server.port)
    with Host(binary, options=("--trusted-proxy", "127.0.0.0/8")) as host:
        visitors_of_a_proxy(host.port, "/oauth2/device_authorization")
    refused_proxies(box)


def run(binary, root):
    box = Sandbox(binary, root)
    trusted_proxies(box, binary)
    print("ok limits count the visitors of a trusted proxy one by one, and believe nobody else")


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--binary", required=True)
    options.add_argument("--keep", action="store_true", help="leave the folders for a look")
    chosen = options.parse_args()
    began = time.monotonic()
    try:
        with TemporaryFolder("bm-door-", chosen.keep) as root:
            run(pathlib.Path(chosen.binary).resolve(), root)
    except (Failure, OSError) as failure:
        print(f"FAIL {failure}")
        return 1
    print(f"PASS in {time.monotonic() - began:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
