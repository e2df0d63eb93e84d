"""Writes the reference from what the program says about itself, and checks that docs/reference says the same.

    python3 tests/docs/reference.py --binary build/release/cli/bm            compares
    UPDATE_GOLDEN=1 python3 tests/docs/reference.py --binary ...             writes anew
"""

import argparse
import difflib
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PLACE = ROOT / "docs" / "reference"
# One project on the cloud, and what `bm cloud setup` writes, as far as a server looks at it.
CLOUD_FILES = {
    ".basic-memory/config.json": '{"projects": {"main": {"path": "~/basic-memory"}, "shared": {"path": "", "mode": "cloud"}}}',
    ".config/rclone/rclone.conf": "[basic-memory-cloud]\ntype = webdav\nurl = http://127.0.0.1:9/webdav\n",
}


class Program:
    def __init__(self, binary, home):
        self.binary = str(pathlib.Path(binary).resolve())
        self.environment = {"HOME": home, "PATH": os.environ["PATH"], "NO_COLOR": "1"}

    def help_of(self, words):
        done = subprocess.run(
            [self.binary, *words, "--help"], capture_output=True, text=True, env=self.environment, timeout=30
        )
        if done.returncode != 0:
            raise SystemExit(f"bm {' '.join(words)} --help ended with {done.returncode}: {done.stderr}")
        return done.stdout

    def settings(self):
        done = subprocess.run([self.binary, "config", "list", "--json"], capture_output=True, text=True,
                              env=self.environment, timeout=30, check=True)
        return json.loads(done.stdout)

    def is_only_kept(self, setting):
        """Whether `bm config set` says that nothing is done with it; the setting keeps its value."""
        value = setting["value"]
        words = "null" if value is None else value if isinstance(value, str) else json.dumps(value)
        done = subprocess.run([self.binary, "config", "set", setting["key"], words], capture_output=True, text=True,
                              env=self.environment, timeout=30, check=True)
        return "does nothing with it" in done.stderr

    def tools(self):
        """What a server lists; and how the tools are called that it lists only where a cloud is set up."""
        names = {tool["name"] for tool in self.listed_tools(self.environment)}
        home = pathlib.Path(self.environment["HOME"]) / "with a cloud"
        for place, text in CLOUD_FILES.items():
            (home / place).parent.mkdir(parents=True)
            (home / place).write_text(text, encoding="utf-8")
        listed = self.listed_tools({**self.environment, "HOME": str(home)})
        return listed, {tool["name"] for tool in listed} - names

    def listed_tools(self, environment):
        hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "docs", "version": "1"}}
        messages = [
            {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello},
            {"jsonrpc": "2.0", "method": "notifications/initialized"},
            {"jsonrpc": "2.0", "id": 2, "method": "tools/list"},
        ]
        done = subprocess.run(
            [self.binary, "mcp"],
            input="".join(json.dumps(message) + "\n" for message in messages),
            capture_output=True,
            text=True,
            env=environment,
            timeout=60,
            check=True,
        )
        return [json.loads(line) for line in done.stdout.splitlines()][-1]["result"]["tools"]


def subcommands(text):
    """The names below `Subcommands:`, each with a line of its own; continued lines are indented further."""
    names = []
    inside = False
    for line in text.splitlines():
        if line.startswith("Subcommands:"):
            inside = True
        elif inside and not line.strip():
            break
        elif inside and line.startswith("  ") and not line.startswith("   "):
            names.append(line.split()[0].rstrip(","))
    return names


def own_part(text):
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def commands_page(program):
    parts = [
        "# Commands\n",
        "<!-- Written by tests/docs/reference.py from the program's own help. -->\n",
        "`bm` and `basic-memory` are two names of one program. Results go to stdout, everything else to stderr. The exit code is",
        "0 when it worked, 1 when it didn't, 2 when the command line was wrong, 130 after Ctrl+C.\n",
        "Every command also takes `--local` and `--cloud`, behind its words: this machine, or the cloud, whatever mode is on",
        "(`bm status --local`).\n",
    ]

    def walk(words):
        text = program.help_of(words)
        parts.append(f"\n{'#' * min(2 + max(len(words) - 1, 0), 4)} {' '.join(['bm', *words])}\n")
        parts.append(f"```\n{own_part(text)}\n```")
        for name in subcommands(text):
            walk([*words, name])

    walk([])
    return "\n".join(parts) + "\n"


def tools_page(program):
    parts = [
        "# Tools\n",
        "<!-- Written by tests/docs/reference.py from what the server lists. -->\n",
        "What an assistant may call over MCP, and `bm tool` from the shell. Where `project` is left out, the default project counts,",
        "or the one that the client is bound to.",
    ]
    tools, of_the_cloud = program.tools()
    if not of_the_cloud:
        raise SystemExit("a server with a cloud lists no tool of it")
    for tool in sorted(tools, key=lambda tool: tool["name"]):
        schema = tool["inputSchema"]
        hints = tool.get("annotations", {})
        nature = "only reads" if hints.get("readOnlyHint") else "may delete or replace" if hints.get("destructiveHint") else "writes"
        condition = " Only where a cloud is set up (`bm cloud setup`)." if tool["name"] in of_the_cloud else ""
        parts.append(f"\n## {tool['name']}\n\n{tool['description'].strip()}\n\nIt {nature}.{condition}\n")
        properties = schema.get("properties", {})
        if not properties:
            parts.append("No arguments.")
            continue
        parts.append("| argument | type | default | |\n| --- | --- | --- | --- |")
        for name, about in properties.items():
            kinds = about.get("type") or "/".join(
                part.get("type", "?") for part in about.get("anyOf", []) if part.get("type") != "null"
            )
            kind = "/".join(k for k in kinds if k != "null") if isinstance(kinds, list) else kinds
            needed = "required" if name in schema.get("required", []) else json.dumps(about.get("default"), ensure_ascii=False)
            told = " ".join(about.get("description", "").split()).replace("|", "\\|")
            parts.append(f"| `{name}` | {kind or 'any'} | {needed if needed != 'null' else ''} | {told} |")
    return "\n".join(parts) + "\n"


def settings_that_differ(program):
    """What docs/reference/settings.md, which people write, says otherwise than `bm config list`."""
    settings = program.settings()
    real = {one["key"]: one["value"] for one in settings}
    page = (PLACE / "settings.md").read_text(encoding="utf-8")
    told = {}
    for line in page.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `") and len(cells) >= 3:
            for name in cells[0].split(","):
                told[name.strip().strip("`")] = cells[1].strip("`")
    for name in sorted(real.keys() | told.keys()):
        if name not in told:
            yield f"settings.md: `{name}` is missing"
        elif name not in real:
            yield f"settings.md: there is no setting `{name}`"
        else:
            value = real[name]
            text = "" if value is None else value if isinstance(value, str) else json.dumps(value)
            if text != told[name]:
                yield f"settings.md: the default of `{name}` is '{text}', not '{told[name]}'"
    kept = set(re.findall(r"^\| `(\S+)` \|", page.partition("\n## What is only kept\n")[2], re.M))
    for one in settings:
        if program.is_only_kept(one) != (one["key"] in kept):
            yield f"settings.md: `{one['key']}` stands {'' if one['key'] in kept else 'not '}below What is only kept; bm says otherwise"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    wish = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bm-docs-") as home:
        program = Program(wish.binary, home)
        pages = {"commands.md": commands_page(program), "tools.md": tools_page(program)}
        wrong = list(settings_that_differ(program))
    stale = False
    for name, text in pages.items():
        page = PLACE / name
        if os.environ.get("UPDATE_GOLDEN"):
            page.write_text(text, encoding="utf-8")
            continue
        recorded = page.read_text(encoding="utf-8") if page.exists() else ""
        if recorded != text:
            stale = True
            lines = difflib.unified_diff(recorded.splitlines(), text.splitlines(), f"docs/reference/{name}", "the program", lineterm="")
            print("\n".join(list(lines)[:60]))
    if stale:
        print("The reference is not what the program says. Write it anew: UPDATE_GOLDEN=1 " + " ".join(sys.argv))
    for sentence in wrong:
        print(sentence)
    sys.exit(stale or bool(wrong))


if __name__ == "__main__":
    main()
