#!/usr/bin/env python3
"""What stands between a visitor and the server: trusted proxies, TLS, and the addresses that are listened on.

    front_door.py --binary build/dev/cli/bm [--keep]
"""

import json
import pathlib
import socket
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "serve"))
from raw_http import check, send  # noqa: E402
from http_server import HttpServer  # noqa: E402
from bm_process import Sandbox, run_in_folder  # noqa: E402
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


def make_certificate(folder, name):
    """The files of a certificate for this machine that vouches for itself, and of its key."""
    certificate, key = folder / f"{name}.crt", folder / f"{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-days", "2", "-subj", "/CN=localhost", "-keyout", key, "-out", certificate,
                    "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1"],
                   check=True, capture_output=True, timeout=60)
    return str(certificate), str(key)


def has_six():
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


def curl(url, *arguments):
    """What curl says of a request to initialize."""
    opening = {"jsonrpc": "2.0", "id": 1, "method": "initialize",
               "params": {"protocolVersion": "2025-11-25", "capabilities": {},
                          "clientInfo": {"name": "bm-tests", "version": "1"}}}
    return subprocess.run(["curl", "-sS", "-g", "--max-time", "30", "-H", "Content-Type: application/json",
                           "-H", "Accept: application/json, text/event-stream", "--data", json.dumps(opening),
                           *arguments, url], capture_output=True, text=True, timeout=60)


def served_over_tls(box, certificate, key):
    with HttpServer(box, "--tls-cert", certificate, "--tls-key", key) as server:
        check(server.url.startswith("https://127.0.0.1:"), f"it says that it serves at {server.url}")
        hosts = ["127.0.0.1", "localhost"] + (["[::1]"] if has_six() else [])
        for host in hosts:
            done = curl(f"https://{host}:{server.port}/mcp", "--cacert", certificate)
            check('"serverInfo"' in done.stdout, f"{host} over TLS: {done.stdout}{done.stderr}")
        check(curl(server.url).returncode == 60, "a certificate of nobody is trusted")
        done = curl(server.url.replace("https:", "http:"))
        check("https://" in done.stdout, f"who comes without TLS is told: {done.stdout}{done.stderr}")
    with HttpServer(box) as server:
        for host in hosts:
            done = curl(f"http://{host}:{server.port}/mcp")
            check('"serverInfo"' in done.stdout, f"{host}: {done.stdout}{done.stderr}")


def hosted_over_tls(binary, certificate, key):
    with Host(binary, ("--tls-cert", certificate, "--tls-key", key), certificate) as host:
        issuer = host.ask("GET", "/.well-known/oauth-authorization-server").json["issuer"]
        check(issuer == f"https://127.0.0.1:{host.port}", f"the issuer is {issuer}")
        token = host.user("ann")
        check(host.ask("GET", "/proxy/health", token).status == 200, "a token does not open the host over TLS")


def refused_certificates(box, certificate):
    for words in (("mcp", "--transport", "http", "--port", "0"), ("serve", "--data", str(box.root / "host"))):
        for one, other in (("--tls-cert", "--tls-key"), ("--tls-key", "--tls-cert")):
            done = box.run(*words, one, certificate, expect=None, timeout=30)
            check(done.returncode != 0 and other in done.stderr, f"{words[0]} {one} alone says: {done.stderr}")
        done = box.run(*words, "--tls-cert", certificate, "--tls-key", certificate, expect=1, timeout=30)
        check("holds no private key" in done.stderr, f"{words[0]} without a key says: {done.stderr}")


def run(binary, root):
    box = Sandbox(binary, root)
    trusted_proxies(box, binary)
    print("ok limits count the visitors of a trusted proxy one by one, and believe nobody else")
    certificate, key = make_certificate(root, "own")
    served_over_tls(box, certificate, key)
    hosted_over_tls(binary, certificate, key)
    refused_certificates(box, certificate)
    print("ok TLS by certificate files, on every address of the machine itself")


if __name__ == "__main__":
    sys.exit(run_in_folder(__doc__, "bm-door-", run))
