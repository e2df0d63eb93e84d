"""A machine that nobody can log in at works with a key, which is shown nowhere but in its settings."""

import stat
import tempfile

from cloud_device import Device, log_in, main
from recorder import Recorder
from host_process import check


class Machine(Device):
    """A home folder without rclone."""

    def use_rclone(self, real):
        pass


def key_instead_of_login(host):
    address = f"http://127.0.0.1:{host.port}"
    host.add_user("ann")
    with tempfile.TemporaryDirectory(prefix="bm-key-") as folder:
        laptop = Machine(host.binary, folder, None, "laptop")
        laptop.bm("cloud", "api-key", "create", "server", expect=1).has("bm cloud login")
        log_in(laptop, host, address)
        made = laptop.bm("cloud", "api-key", "create", "server").has("API key 'server' created and saved")
        key = laptop.config["cloud_api_key"]
        check(key.startswith("bmc_") and key not in made.text, "the key is kept and not shown")
        check(stat.S_IMODE((laptop.data / "config.json").stat().st_mode) == 0o600, "only its owner reads it")
        # The key makes no further one, the login beside it does.
        laptop.bm("cloud", "api-key", "create", "second").has("API key 'second' created and saved")
        check(laptop.config["cloud_api_key"] != key, "a new key takes the place of the old one")
        (laptop.data / "basic-memory-cloud.json").unlink()
        laptop.bm("cloud", "api-key", "create", "third", expect=1).has("Not authenticated")

        server = Machine(host.binary, folder, None, "server")
        server.bm("cloud", "api-key", "save", "-", text=key + "\n").has("API key saved", "bm cloud login --host").lacks(key)
        server.bm("cloud", "login", "--host", address).has("Cloud mode enabled").lacks("Authentication Required")
        check(not (server.data / "basic-memory-cloud.json").exists(), "no login was needed")
        server.bm("project", "add", "by-key")
        for machine in (server, laptop):
            machine.bm("project", "list").has("by-key")
        server.bm("cloud", "status").has("Cloud instance is healthy").lacks(key)
        for file in server.data.rglob("*"):
            check(file.name == "config.json" or not file.is_file() or key.encode() not in file.read_bytes(),
                  f"the key is in {file.name}")


def key_for_one_host(host):
    """A key goes to the host that it was kept for, and to no other one."""
    address = f"http://127.0.0.1:{host.port}"
    host.add_user("ann")
    with tempfile.TemporaryDirectory(prefix="bm-key-") as folder, Recorder() as stranger:
        laptop = Machine(host.binary, folder, None, "laptop")
        log_in(laptop, host, address)
        laptop.bm("cloud", "api-key", "create", "laptop").has("created and saved")
        key = laptop.config["cloud_api_key"]
        (laptop.data / "basic-memory-cloud.json").unlink()
        laptop.bm("project", "list")
        check(laptop.config["cloud_api_key_host"] == address, "the host is kept with its key")
        for words in (("project", "list"), ("cloud", "status"), ("cloud", "setup"), ("tool", "list-projects")):
            laptop.bm(*words, expect=None, BASIC_MEMORY_CLOUD_HOST=stranger.address)
        laptop.bm("cloud", "login", "--host", stranger.address, "--no-browser", expect=1)
        check(stranger.requests("POST"), "the login did ask the other host")
        for seen in stranger.seen:
            check(key not in f"{seen.path}{seen.headers}{seen.body}", f"the key went to a stranger with {seen}")
        laptop.bm("project", "list")
        check(laptop.config["cloud_api_key"] == key, "it is kept for its own host")


if __name__ == "__main__":
    main(__doc__, [key_instead_of_login, key_for_one_host])
