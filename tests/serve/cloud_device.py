"""One machine of a user of the host under test, and how the scripts here start."""

import argparse
import os
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "cloud_acceptance"))
from device import Device  # noqa: E402
from host_process import CONFIGURED_CLIENT, run  # noqa: E402

RCLONE = os.environ.get("BM_TEST_RCLONE") or str(HERE.parent.parent / "build" / "rclone" / "rclone")
NO_RCLONE = "no rclone of 1.66 or newer"


def log_in(device, host, address=None):
    """Logs the machine in as ann, at the host itself or at what stands before it."""
    device.log_in_as(host.log_in("ann"), address or f"http://127.0.0.1:{host.port}", CONFIGURED_CLIENT)


def ready_device(host, folder):
    """A machine of ann's that has all it needs to sync."""
    host.add_user("ann")
    device = Device(host.binary, folder, RCLONE)
    log_in(device, host)
    device.bm("cloud", "setup").has("Cloud setup completed successfully!")
    return device


def main(description, tests, needs_rclone=False):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--binary", required=True)
    binary = parser.parse_args().binary
    if needs_rclone and not os.access(RCLONE, os.X_OK):
        print(f"skipped: {NO_RCLONE}")
        sys.exit(77)
    sys.exit(run(tests, binary))
