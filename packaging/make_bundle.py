"""Packs the program as an MCPB bundle: a zip that Claude Desktop and others install with one click.

    python3 packaging/make_bundle.py --program FILE --version V --out FILE.mcpb [--repository URL]

The tools in the manifest are those that the program itself lists. The same input gives the same bytes.
"""

import argparse
import json
import os
import pathlib
import subprocess
import tempfile
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
PLATFORM = "linux"
# The earliest time that a zip can tell.
STAMP = (1980, 1, 1, 0, 0, 0)


def listed_tools(program):
    """What `tools/list` says, asked over stdio in an empty home folder."""
    client = {"name": "make_bundle", "version": "1"}
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client}
    messages = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/list"},
    ]
    with tempfile.TemporaryDirectory() as home:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("BASIC_MEMORY_")}
        environment["HOME"] = home
        server = subprocess.Popen(
            [program, "mcp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        try:
            for message in messages:
                server.stdin.write(json.dumps(message) + "\n")
            server.stdin.flush()
            for line in server.stdout:
                answer = json.loads(line)
                if answer.get("id") == 2:
                    return answer["result"]["tools"]
        finally:
            server.stdin.close()
            server.wait(timeout=30)
    raise SystemExit(f"{program} listed no tools")


def manifest(program, version, repository):
    def first_sentence(text):
        return text.strip().split("\n")[0].split(". ")[0].rstrip(".") + "."

    made = {
        "manifest_version": "0.3",
        "name": "basic-memory",
        "display_name": "Basic Memory",
        "version": version,
        "description": "A knowledge base of your own Markdown notes, read and written by your assistant",
        "author": {"name": "The bm authors"},
        "license": "Apache-2.0",
        "icon": "icon.png",
        "keywords": ["notes", "markdown", "knowledge", "memory", "obsidian"],
        "server": {
            "type": "binary",
            "entry_point": "server/bm",
            "mcp_config": {
                "command": "${__dirname}/server/bm",
                "args": ["mcp"],
                "env": {"BASIC_MEMORY_HOME": "${user_config.notes_dir}"},
            },
        },
        "user_config": {
            "notes_dir": {
                "type": "directory",
                "title": "Notes folder",
                "description": "Where a new knowledge base keeps its notes. One that exists keeps its folders.",
                "required": True,
                "default": "${HOME}/basic-memory",
            }
        },
        "tools": [
            {"name": tool["name"], "description": first_sentence(tool["description"])}
            for tool in listed_tools(program)
        ],
        "tools_generated": False,
        "compatibility": {"platforms": [PLATFORM]},
    }
    if repository:
        made["repository"] = {"type": "git", "url": repository}
    return made


def add(bundle, name, data, mode):
    entry = zipfile.ZipInfo(name, STAMP)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3  # Unix, so that the mode counts
    entry.external_attr = (0o100000 | mode) << 16
    bundle.writestr(entry, data, compresslevel=9)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--version", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--repository")
    wish = parser.parse_args()
    program = pathlib.Path(wish.program).resolve()
    text = json.dumps(manifest(str(program), wish.version, wish.repository), indent=2, ensure_ascii=False) + "\n"
    out = pathlib.Path(wish.out)
    unfinished = out.with_name(out.name + ".part")
    with zipfile.ZipFile(unfinished, "w") as bundle:
        add(bundle, "manifest.json", text.encode(), 0o644)
        add(bundle, "icon.png", (HERE / "icon.png").read_bytes(), 0o644)
        add(bundle, "LICENSE", (HERE.parent / "LICENSE").read_bytes(), 0o644)
        add(bundle, "server/bm", program.read_bytes(), 0o755)
    unfinished.replace(out)


if __name__ == "__main__":
    main()
