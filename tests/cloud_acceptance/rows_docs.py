"""What the documents say is true: the journey of the README word by word, and the pages that must be there."""

import pathlib
import re
import shlex
import signal

from device import check, put, same, same_trees
from registry import rows
from rows_mode import approve_when_shown
from trial import eventually

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def pages():
    """README and the documents."""
    files = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return {file: file.read_text(encoding="utf-8") for file in files}


def commands_of_readme():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    section = text.split("### One space on every machine", 1)[1]
    block = section.split("```", 2)[1]
    return [shlex.split(line, comments=True) for line in block.splitlines() if line.startswith("bm ")]


@rows("9-C13", "9-441", "20-61", "9-010", "20-S1", "9-214", "20-R4")
def readme(t):
    """Both devices run the block of the README as it stands; only the address of the host is another."""
    user = t.user()
    with t.row("9-010", "20-S1", "9-C13", "9-441"):
        commands = commands_of_readme()
        same([" ".join(words[1:3]) for words in commands],
             ["cloud login", "cloud setup", "project add", "project bisync", "sync", "sync --watch"], "commands")
        devices = [t.new_device(name) for name in "ab"]
        for device in devices:
            for words in commands:
                words = [word.replace("https://cloud.example.com", f"http://127.0.0.1:{user.host.port}")
                         .replace("~", str(device.home)) for word in words[1:]]
                if words[:2] == ["cloud", "login"]:
                    login = device.start(*words)
                    approve_when_shown(user.host, user, login)
                    same(login.wait(120), 0, login.said())
                elif words[-1] == "--watch":
                    device.watch = device.start(*words, "--interval", "1")
                else:
                    device.bm(*words)
                if words[:2] == ["project", "add"] and device is devices[0]:
                    put(device.home / "research" / "first.md", "# First\n")
        one, other = (device.home / "research" for device in devices)
        same((other / "first.md").read_text(), "# First\n", "the note on the other machine")
        put(other / "second.md", "# Second\n")
        eventually("both machines watch", lambda: (one / "second.md").exists(), 120)
        for device in devices:
            device.watch.send_signal(signal.SIGINT)
            same(device.watch.wait(120), 0, device.watch.said())
        same_trees(one, other)
        devices[0].bm("project", "list", "--local")
        devices[0].bm("cloud", "logout")
        devices[0].bm("cloud", "status").has("Mode: Local (disabled)")
    texts = pages()
    together = "\n".join(texts.values())
    with t.row("9-214"):
        check("RCLONE_TEST" not in together, "a document speaks of RCLONE_TEST")
    with t.row("9-441"):
        for file, text in texts.items():
            for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
                check((file.parent / link).exists(), f"{file.name} links to {link}")
        check(re.search(r"^#+ .*troubleshooting", together, re.I | re.M), "no page on troubleshooting")
    with t.row("20-61"):
        check(re.search(r"^#+ .*(migrat|older set-ups|set-ups of older)", together, re.I | re.M), "no guide of migration")
        check(re.search(r"^#+ .*troubleshooting", together, re.I | re.M), "no page on troubleshooting")
    with t.row("20-R4"):
        check("bm cloud mount" in together, "mounting is not documented")


@rows("9-A13", "20-45")
def a_user_in_trouble(t):
    """The host goes away and comes back while a user works: each command says so, and nothing is lost."""
    host = t.own_host()
    user = t.user(host)
    a = t.space_device(user)
    put(a.space / "p" / "n.md", "# N\n")
    a.bm("sync")
    host.kill()
    put(a.space / "p" / "offline.md", "# Offline\n")
    for words in ("sync", "project list", "cloud bisync", "tool read-note n"):
        a.bm(*words.split(), expect=1).has("127.0.0.1")
    a.bm("cloud", "status", expect=1).has("Error checking cloud health:")
    check((a.space / "p" / "offline.md").exists(), "the note is still here")
    host.start()
    a.bm("sync")
    same((user.space / "p" / "offline.md").read_text(), "# Offline\n", "the note in the cloud")
