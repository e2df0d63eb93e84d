#!/usr/bin/env python3
"""Checks what lies in examples/ without running anything: the vault's links and names, the client files, what the
container has, and that the tour of the documentation is what the record of the tool calls says."""

import json
import re
import sys
import tomllib

from replay import GOLDEN, ROOT, settled

EXAMPLES = ROOT / "examples"
VAULT = EXAMPLES / "vault"
# Notes that the vault mentions on purpose before they are written.
FORWARD = {"Wood-Fired Oven", "Beekeeping", "Sorbet from Windfall Apples", "Kyoto"}
LINK = re.compile(r"\[\[([^\[\]]+)\]\]")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def front_matter(text):
    """The plain `key: value` lines of the front matter."""
    block = text.split("---\n", 2)[1]
    return dict(re.findall(r"^(\w+): (.+)$", block, re.MULTILINE))


def vault_faults():
    faults = []
    notes = {path: path.read_text(encoding="utf-8") for path in sorted(VAULT.rglob("*.md"))}
    names = {str(path.relative_to(VAULT).with_suffix("")) for path in notes}
    names |= {path.name for path in VAULT.rglob("*") if path.suffix in (".png", ".canvas")}
    permalinks = {}
    for path, text in notes.items():
        where = path.relative_to(VAULT)
        head = front_matter(text)
        if head.get("title") != path.stem:
            faults.append(f"{where}: the title is not the file name")
        if f"\n# {path.stem}\n" not in text:
            faults.append(f"{where}: the heading is not the title")
        if head.get("permalink", "") in permalinks:
            faults.append(f"{where}: shares its permalink with {permalinks[head['permalink']]}")
        permalinks[head.get("permalink", "")] = where
        names |= {head.get("title", ""), head.get("permalink", "")}
        for part in ("## Observations\n\n- [", "## Relations\n\n- "):
            if part not in text:
                faults.append(f"{where}: has no {part.split()[1].lower()}")
    dangling = {link.split("|")[0] for text in notes.values() for link in LINK.findall(FENCE.sub("", text))} - names
    if dangling != FORWARD:
        faults.append(f"links without a note: {sorted(dangling)}, expected {sorted(FORWARD)}")
    if len(notes) < 30:
        faults.append(f"only {len(notes)} notes")
    return faults


def canvas_faults():
    faults = []
    for path in VAULT.rglob("*.canvas"):
        canvas = json.loads(path.read_text(encoding="utf-8"))
        idents = [node["id"] for node in canvas["nodes"]]
        faults += [f"{path.name}: no file {node['file']}" for node in canvas["nodes"]
                   if node["type"] == "file" and not (VAULT / node["file"]).is_file()]
        faults += [f"{path.name}: edge {edge['id']} leads nowhere" for edge in canvas["edges"]
                   if edge["fromNode"] not in idents or edge["toNode"] not in idents]
    return faults


def client_faults():
    """Every client file starts `bm mcp` over stdio under the key that the client reads."""
    key_of = {"claude_desktop_config.json": "mcpServers", "claude_code.mcp.json": "mcpServers",
              "cursor.mcp.json": "mcpServers", "vscode.mcp.json": "servers", "codex.config.toml": "mcp_servers",
              "zed.settings.json": "context_servers"}
    faults = []
    for name, key in key_of.items():
        text = (EXAMPLES / "clients" / name).read_text(encoding="utf-8")
        settings = tomllib.loads(text) if name.endswith(".toml") else json.loads(text)
        server = settings.get(key, {}).get("basic-memory", {})
        if (server.get("command"), server.get("args")) != ("bm", ["mcp"]):
            faults.append(f"{name}: does not start `bm mcp` below {key}")
    return faults


def http_client_faults():
    """Every client file for HTTP names the address that `bm mcp` serves at by default, as its client reads it."""
    key_of = {"claude_code.http.mcp.json": ("mcpServers", "http"), "vscode.http.mcp.json": ("servers", "http"),
              "cursor.http.mcp.json": ("mcpServers", None), "codex.http.config.toml": ("mcp_servers", None),
              "zed.http.settings.json": ("context_servers", None)}
    faults = []
    for name, (key, kind) in key_of.items():
        text = (EXAMPLES / "clients" / name).read_text(encoding="utf-8")
        settings = tomllib.loads(text) if name.endswith(".toml") else json.loads(text)
        server = settings.get(key, {}).get("basic-memory", {})
        if (server.get("url"), server.get("type")) != ("http://127.0.0.1:8000/mcp", kind):
            faults.append(f"{name}: does not connect to the default address below {key}")
    readme = (EXAMPLES / "clients" / "README.md").read_text(encoding="utf-8")
    shown = {path.name for path in (EXAMPLES / "clients").iterdir()} - {"README.md"}
    return faults + [f"clients/README.md: says nothing of {name}" for name in sorted(shown) if f"`{name}`" not in readme]


def tour_faults():
    """Every block of the tour is output on record, so that it can't go stale."""
    tour = (ROOT / "docs" / "tour.md").read_text(encoding="utf-8").split("<!-- tour: begin", 1)[1].split("<!-- tour: end", 1)[0]
    record = settled((GOLDEN / "tool_calls.txt").read_text(encoding="utf-8"))
    steps = [step for block in re.findall(r"^```console\n(.*?)^```", tour, re.MULTILINE | re.DOTALL)
             for step in re.split(r"^(?=\$ bm )", block, flags=re.MULTILINE) if step.strip()]
    faults = [f"docs/tour.md: shows what is not on record: {step[:200]!r}" for step in steps
              if re.sub(r"\d{4}-\d\d-\d\d", "TODAY", settled(step)).strip() not in record]
    return faults if steps else ["docs/tour.md: the tour is empty"]


def container_faults():
    """The image has every library that the Debian package asks for, and is built of the sources alone."""
    packaging = (ROOT / "cmake" / "packaging.cmake").read_text(encoding="utf-8")
    wanted = {name for names in re.findall(r"packages_of\(CPACK_DEBIAN_PACKAGE_(?:DEPENDS|RECOMMENDS) ([^)]+)\)", packaging)
              for name in names.split()} | {"sqlite3", "stdc++", "zstd"}
    final = (EXAMPLES / "serve" / "Dockerfile").read_text(encoding="utf-8").rsplit("\nFROM ", 1)[1]
    installed = re.search(r"apt-get install(.*?)&&", final, re.DOTALL)[1].split()
    faults = [f"serve/Dockerfile: the image lacks lib{name}" for name in sorted(wanted)
              if not any(re.fullmatch(rf"lib{re.escape(name)}-?[\d.]*(-.*)?", package) for package in installed)]
    if "rclone" in installed:
        faults.append("serve/Dockerfile: a host needs no rclone")
    left_out = set((ROOT / ".dockerignore").read_text(encoding="utf-8").split())
    made = {line.strip("/") for line in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines() if line.startswith("/")}
    return faults + [f".dockerignore: takes {name}/ along" for name in sorted((made | {".git"}) - left_out)]


def main():
    faults = vault_faults() + canvas_faults() + client_faults() + http_client_faults() + tour_faults() + container_faults()
    for fault in faults:
        print(f"FAIL {fault}")
    print(f"{len(faults)} faults in examples/")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
