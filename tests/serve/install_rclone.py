"""`bm cloud setup` on machines without rclone, or with one that is too old: packages, official releases, refusals."""

import functools
import hashlib
import http.server
import io
import pathlib
import platform
import sys
import tempfile
import threading
import zipfile

from cloud_device import Device, log_in, main
from host_process import check

VERSION = "1.75.9"
MACHINE = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm-v7", "i686": "386"}.get(platform.machine())
PROGRAM = f"#!/bin/sh\nif [ \"$1\" = version ]; then echo rclone v{VERSION}; else echo obscured; fi\n"


class Machine(Device):
    """A home folder that finds programs in one folder of its own and where the system has its basic ones."""

    def use_rclone(self, real):
        self.tools = self.root / "tools"
        self.tools.mkdir(parents=True, exist_ok=True)

    def put(self, name, text):
        (self.tools / name).write_text(text)
        (self.tools / name).chmod(0o755)

    def set_up(self, *words, tools_only=True, **variables):
        path = str(self.tools) + ("" if tools_only else ":/usr/bin:/bin")
        return self.bm("cloud", "setup", *words, expect=None, PATH=path, **variables)

    def calls(self, name):
        file = self.tools / f"{name}.calls"
        return file.read_text().splitlines() if file.exists() else []


class Releases:
    """A server with one release, which lies of its checksum where that is asked for."""

    def __init__(self, folder, program=PROGRAM, lies=False):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr(f"rclone-v{VERSION}-linux-{MACHINE}/README.txt", "read me")
            archive.writestr(f"rclone-v{VERSION}-linux-{MACHINE}/rclone", program)
        name = f"rclone-v{VERSION}-linux-{MACHINE}.zip"
        below = folder / f"v{VERSION}"
        below.mkdir(parents=True)
        (folder / "version.txt").write_text(f"rclone v{VERSION}\n")
        (below / name).write_bytes(packed.getvalue())
        digest = hashlib.sha256(b"other" if lies else packed.getvalue()).hexdigest()
        (below / "SHA256SUMS").write_text(f"-----BEGIN PGP SIGNED MESSAGE-----\n\n{digest}  {name}\n")

        class Quiet(http.server.SimpleHTTPRequestHandler):
            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def logged_in(host, folder, name):
    machine = Machine(host.binary, folder, None, name)
    log_in(machine, host)
    machine.settings(rclone_path=None)
    return machine


def packages(host):
    host.add_user("ann")
    with tempfile.TemporaryDirectory(prefix="bm-install-") as folder:
        machine = logged_in(host, folder, "laptop")
        # Nothing to install with, and nobody to ask.
        for words in ((), ("--no-install",)):
            done = machine.set_up(*words)
            check(done.code == 1, done.text)
            done.has("rclone not found", "https://rclone.org/downloads/")
        note = '#!/bin/sh\necho "$@" >>"$0.calls"\n'
        machine.put("rclone.package", PROGRAM)
        machine.put("dnf", note + '/bin/cp "${0%/*}/rclone.package" "${0%/*}/rclone"\n')
        machine.put("pacman", note)
        machine.put("sudo", '#!/bin/sh\nexec "$@"\n')
        for words in ((), ("--no-install",)):
            machine.set_up(*words).has("rclone not found")
        check(not machine.calls("dnf"), "a package was installed that nobody agreed to")
        machine.set_up("--yes").has("Running", "Cloud setup completed")
        check(machine.calls("dnf") == ["install --assumeyes rclone"] and not machine.calls("pacman"),
              f"{machine.calls('dnf')} {machine.calls('pacman')}")
        machine.set_up().has(f"rclone is already installed ({VERSION})")
        check(len(machine.calls("dnf")) == 1, "it was installed twice")


def releases(host):
    host.add_user("ann")
    with tempfile.TemporaryDirectory(prefix="bm-install-") as folder:
        if not MACHINE or sys.platform != "linux":
            print("skipped: no official release for this machine")
            return
        folder = pathlib.Path(folder)
        machine = logged_in(host, folder, "laptop")
        # The distribution's package is too old: it is not even installed.
        machine.put("apt-get", '#!/bin/sh\necho "$@" >>"$0.calls"\n')
        machine.put("apt-cache", "#!/bin/sh\necho 'rclone:'\necho '  Candidate: 1.60.1+dfsg-2+b5'\n")
        installed = machine.data / "rclone" / "rclone"
        (machine.data / "rclone" / "download-999999999").mkdir(parents=True)  # of a process that has ended
        with Releases(folder / "lying", lies=True) as lying:
            done = machine.set_up("--yes", tools_only=False, BASIC_MEMORY_RCLONE_RELEASES=lying.address)
            done.has("does not have the SHA-256")
            check(not installed.exists(), "a file with a wrong checksum was installed")
        with Releases(folder / "broken", program="#!/bin/sh\nexit 1\n") as broken:
            machine.set_up("--yes", tools_only=False, BASIC_MEMORY_RCLONE_RELEASES=broken.address).has("does not run")
            check(not installed.exists(), "a program that does not run was installed")
        machine.set_up("--yes", tools_only=False, BASIC_MEMORY_RCLONE_RELEASES="http://192.0.2.1").has("not https")
        with Releases(folder / "good") as good:
            machine.put("rclone", "#!/bin/sh\necho rclone v1.60.1-DEV\n")
            done = machine.set_up(tools_only=False, BASIC_MEMORY_RCLONE_RELEASES=good.address)
            done.has("two-way syncs need rclone 1.66", "https://rclone.org/downloads/")
            machine.set_up("--no-install", tools_only=False).has("can copy one way only", "https://rclone.org/downloads/")
            check(not installed.exists(), "a release was installed that nobody agreed to")
            done = machine.set_up("--yes", tools_only=False, BASIC_MEMORY_RCLONE_RELEASES=good.address)
            done.has(f"rclone {VERSION} was installed in", "Cloud setup completed")
        check(not machine.calls("apt-get"), "the old package was installed")
        # One that apt does not know is not installed either.
        machine.put("apt-cache", "#!/bin/sh\necho 'rclone:'\necho '  Candidate: (none)'\n")
        (machine.tools / "rclone").unlink()
        installed.unlink()
        machine.set_up("--yes", BASIC_MEMORY_RCLONE_RELEASES="http://192.0.2.1").has("not https", "rclone not found")
        check(not machine.calls("apt-get"), "a package that there is not was installed")
        with Releases(folder / "again") as again:
            machine.set_up("--yes", tools_only=False, BASIC_MEMORY_RCLONE_RELEASES=again.address).has("Cloud setup completed")
        check([file.name for file in installed.parent.iterdir()] == ["rclone"], "something is left beside it")
        machine.set_up(tools_only=False).has(f"rclone is already installed ({VERSION})")


if __name__ == "__main__":
    main(__doc__, [packages, releases])
