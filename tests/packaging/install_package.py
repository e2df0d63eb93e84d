"""Installs the Debian package in a system that has nothing but a minimal Debian, and writes a first note there.

    python3 tests/packaging/install_package.py --binary build/release/cli/bm [--suite bookworm]

Needs root, debootstrap and the distribution's packages; without them it says so and ends with 77. Takes about three minutes.
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

SCRIPT = r"""
set -eu
export HOME=/root DEBIAN_FRONTEND=noninteractive
apt-get update -q >/dev/null
apt-get install -y -q --no-install-recommends /root/bm.deb >/dev/null
bm --version
basic-memory --version
printf '%s\n' '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}' \
  '{"jsonrpc":"2.0","method":"notifications/initialized"}' \
  '{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"write_note","arguments":{"title":"Hello","folder":"first","content":"- [fact] installed","project":"main"}}}' | bm mcp >/dev/null
grep -q installed /root/basic-memory/first/Hello.md
bm tool search-notes installed --project main | grep -q first/hello
timeout -s INT 5 bm mcp --transport streamable-http --port 0 >/tmp/http 2>&1 || true
grep -q 'Serving MCP at http://127.0.0.1' /tmp/http || { cat /tmp/http; exit 1; }
apt-get remove -y -q basic-memory >/dev/null
test ! -e /usr/bin/bm
test -e /root/basic-memory/first/Hello.md
echo installed, used and removed
"""


def skip(why):
    print(f"skipped: {why}")
    sys.exit(77)


def mirror():
    places = [pathlib.Path("/etc/apt/sources.list"), *sorted(pathlib.Path("/etc/apt/sources.list.d").glob("*"))]
    for place in places:
        for line in place.read_text().splitlines() if place.is_file() else []:
            found = re.match(r"(?:deb(?: \[[^]]*\])?|URIs:) +(https?://\S+/debian)/?(?: |$)", line)
            if found:
                return found[1]
    skip("no Debian mirror in /etc/apt")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=pathlib.Path, required=True, help="in the build that is packed")
    parser.add_argument("--suite", default="bookworm")
    wish = parser.parse_args()
    build = wish.binary.resolve().parents[1]
    if os.geteuid() != 0:
        skip("making a system of its own needs root")
    if not shutil.which("debootstrap"):
        skip("no debootstrap here")
    with tempfile.TemporaryDirectory(prefix="bm-chroot-") as folder:
        folder = pathlib.Path(folder)
        root = folder / "root"
        subprocess.run(["cpack", "-G", "DEB", "-B", folder / "dist"], cwd=build, check=True, stdout=subprocess.DEVNULL)
        (package,) = (folder / "dist").glob("*.deb")
        made = subprocess.run(["debootstrap", "--variant=minbase", wish.suite, root, mirror()], capture_output=True)
        if made.returncode != 0:
            skip("debootstrap: " + made.stdout.decode(errors="replace")[-300:])
        for setting in pathlib.Path("/etc/apt/apt.conf.d").glob("*"):
            if b"Acquire::" in setting.read_bytes():
                shutil.copy(setting, root / "etc/apt/apt.conf.d")
        shutil.copy(package, root / "root/bm.deb")
        subprocess.run(["mount", "-t", "proc", "proc", root / "proc"], check=True)
        try:
            subprocess.run(["chroot", root, "bash", "-c", SCRIPT], check=True, timeout=600)
        finally:
            subprocess.run(["umount", "-l", root / "proc"], check=True)


if __name__ == "__main__":
    main()
