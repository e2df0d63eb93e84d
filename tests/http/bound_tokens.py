#!/usr/bin/env python3
"""A token for one project opens nothing else: every tool, resource, prompt, completion and notice, over HTTP.

    bound_tokens.py --binary build/dev/cli/bm [--keep]

The tables below must name all that the server lists, so that nothing new is forgotten.
"""

import json
import socket
import sys

from raw_http import Legacy, Modern, bearer, send
from http_server import HttpServer
from bm_process import Failure, Sandbox, check, run_in_folder

MINE, OTHER, INNER = "mine", "quagga-vault", "okapi-inner"
# Stand in notes of other projects only, and in no request.
SECRETS = ("zx-secret-7731", "zx secret 7731", "zx-inner-4417", "zx inner 4417")
OTHER_NAMES = ("quagga", "okapi")
MINE_TEXT = "rye-and-water"
# What the caller's own note says of others: link texts lead nowhere, and stand in its answers.
OWN_LINKS = (f"{OTHER}::plan", f"{OTHER}/notes/plan", f"{OTHER}-plan", f"{OTHER}-notes-plan", f"{OTHER}/plan",
             "inner/okapi")

# One sensible call of each tool. Every text in it is then replaced by ways out.
TOOLS = {
    "list_memory_projects": {},
    "delete_note": {"identifier": "nothing/here"},
    "read_content": {"path": "notes/Plan.md"},
    "build_context": {"url": "memory://notes/plan"},
    "recent_activity": {"timeframe": "30d"},
    "search_notes": {"query": "plan"},
    "read_note": {"identifier": "notes/plan"},
    "view_note": {"identifier": "notes/plan"},
    "write_note": {"title": "Written", "folder": "made", "content": "words"},
    "canvas": {"nodes": [], "edges": [], "title": "Drawn", "folder": "made"},
    "list_directory": {"dir_name": "/"},
    "edit_note": {"identifier": "notes/edited", "operation": "append", "content": "\nmore"},
    "move_note": {"identifier": "notes/moved", "destination_path": "notes/Moved.md"},
    "create_memory_project": {"project_name": "made-by-nobody", "project_path": "/nonexistent/made"},
    "delete_project": {"project_name": OTHER},
    "search": {"query": "plan"},
    "fetch": {"id": "notes/plan"},
    "list_workspaces": {},
    "basic_memory_diagnostics": {},
    "note_history": {"identifier": "notes/plan"},
    "restore_note": {"identifier": "notes/plan", "version": "1"},
    "schema_validate": {"identifier": "notes/plan"},
    "schema_infer": {"note_type": "note"},
    "schema_diff": {"note_type": "note"},
}
READERS = {"read_note", "read_content", "view_note", "search_notes", "build_context", "recent_activity", "search",
           "fetch", "list_directory", "list_memory_projects", "basic_memory_diagnostics", "note_history", "schema_infer"}
# Addresses of each resource and template that are the caller's, and some that are not.
RESOURCES = {
    "memory://ai_assistant_guide": [],
    "spec://canvas": [],
    "memory://{project}/info": [f"memory://{OTHER}/info", f"memory://{INNER}/info", f"memory://{MINE}/info"],
    "memory://{workspace}/{project}/info": [f"memory://local/{OTHER}/info", f"memory://personal/{MINE}/info"],
    "memory://{+path}": ["memory://notes/plan", f"memory://{OTHER}/notes/plan", f"memory://{MINE}/notes/plan",
                         f"memory://local/{OTHER}/notes/plan", f"memory://{OTHER}::Plan",
                         "memory://inner/okapi", f"memory://{INNER}/okapi", "memory://notes/*"],
}
PROMPTS = {
    "continue_conversation": {"topic": "plan", "timeframe": "30d"},
    "recent_activity": {"timeframe": "30d", "project": OTHER},
    "search_knowledge_base": {"query": "plan"},
    "getting_started": {},
}


def make_sandbox(binary, root):
    mine, other = root / "projects" / MINE, root / "projects" / OTHER
    box = Sandbox(binary, root, (OTHER, MINE), {
        "projects": {OTHER: str(other), MINE: str(mine), INNER: str(mine / "inner")},
        "default_project": OTHER, "default_project_mode": True})
    notes = {mine / "notes" / "Plan.md": f"# Plan\n\n- [dough] {MINE_TEXT}\n- part_of [[{OTHER}::Plan]]\n"
                                         f"- part_of [[{OTHER}/notes/plan]]\n- part_of [[inner/Okapi]]\n",
             mine / "notes" / "Edited.md": "# Edited\n", mine / "notes" / "moved.md": "# Moved\n",
             other / "notes" / "Plan.md": "# Plan\n\n- [dough] zx-secret-7731 #zx-secret-7731\n- part_of [[Plan]]\n",
             other / "zx secret 7731.md": "# zx secret 7731\n\nplan\n",
             mine / "inner" / "Okapi.md": "# Okapi\n\n- [plan] zx-inner-4417\n- part_of [[zx inner 4417]]\n",
             mine / "inner" / "zx inner 4417.md": "# zx inner 4417\n\nplan\n"}
    for path, text in notes.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    box.run("sync", "--all")
    return box


def token_for(box, *arguments):
    return box.json("token", "create", *arguments, "--json")["token"]


def ways_out(box, other_id):
    """What a caller may write in the place of any text."""
    other = box.projects[OTHER]
    return [f"memory://{OTHER}/notes/plan", f"{OTHER}/notes/plan", f"{OTHER}::Plan", f"local/{OTHER}/notes/plan",
            f"memory://{OTHER}/*", f"../{OTHER}/notes/Plan.md", str(other / "notes" / "Plan.md"), OTHER, other_id,
            f"memory://{INNER}/okapi", "inner/Okapi.md", f"{INNER}::Okapi", "inner", f"{OTHER}/"]


def variants(tool, arguments, ways):
    """The call as it is, and with each way out in the place of each text, named projects included."""
    properties = tool["inputSchema"]["properties"]
    named = [{}] + [{"project": name} for name in (OTHER, f"local/{OTHER}", INNER) if "project" in properties]
    if "project_id" in properties:
        named.append({"project_id": ways[8]})
    everywhere = {name: True for name in ("search_all_projects", "all_projects") if name in properties}
    for more in named:
        yield {**arguments, **more}
        if everywhere:
            yield {**arguments, **everywhere, **more}
        if "output_format" in properties:
            yield {**arguments, **more, "output_format": "json"}
    for name, schema in properties.items():
        types = [schema.get("type")] + [one.get("type") for one in schema.get("anyOf", [])]
        if "string" in types and name not in ("operation", "output_format"):
            for way in ways:
                yield {**arguments, name: way}


def reveals(answer, request, hidden):
    """What of another project stands in the answer; names only when the request did not say them."""
    text = json.dumps(answer, ensure_ascii=False).lower()
    said = json.dumps(request, ensure_ascii=False).lower()
    found = [word for word in hidden if word.lower() in text and word.lower() not in said]
    for link in OWN_LINKS:
        text = text.replace(link, "")
    if not any(name in said for name in OTHER_NAMES):
        found += [name for name in OTHER_NAMES if name in text]
    return found


def files_below(*folders):
    return {str(path): path.read_bytes() for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()}


class Bound:
    """The tables, walked by a client whose token is for one project."""

    def __init__(self, box, port, bound, whole):
        self.box, self.port = box, port
        self.client, self.whole = Modern(port, bound), Modern(port, whole)
        projects = self.whole.call("list_memory_projects", {"output_format": "json"})
        listed = projects["result"]["structuredContent"]["result"]["projects"]
        ids = {each["name"]: each["external_id"] for each in listed}
        self.ways = ways_out(box, ids[OTHER])
        self.hidden = [*SECRETS, ids[OTHER], ids[INNER], str(box.projects[OTHER])]
        self.calls = 0

    def ask(self, method, params):
        answer = self.client.ask(method, params)
        self.calls += 1
        found = reveals(answer, params, self.hidden)
        check(not found, f"{method} {json.dumps(params)} reveals {found}: {json.dumps(answer)[:1500]}")
        return answer

    def tools(self):
        listed = {tool["name"]: tool for tool in self.ask("tools/list", {})["result"]["tools"]}
        check(set(listed) == set(TOOLS), f"the table of tools is not the server's: {set(listed) ^ set(TOOLS)}")
        revealing = set()
        # Writers last: they put into the caller's own notes whatever they are given.
        for name, tool in sorted(listed.items(), key=lambda item: item[0] not in READERS):
            for arguments in variants(tool, TOOLS[name], self.ways):
                params = {"name": name, "arguments": arguments}
                self.ask("tools/call", params)
                if name in READERS and name not in revealing:
                    if reveals(self.whole.ask("tools/call", params), params, self.hidden):
                        revealing.add(name)
        # Else the check above could not fail.
        check(revealing == READERS, f"nothing is hidden from a bound caller of {READERS - revealing}")
        answer = self.ask("tools/call", {"name": "read_note", "arguments": {"identifier": "notes/plan",
                                                                            "project": OTHER}})
        check(MINE_TEXT in json.dumps(answer), f"the caller's own note is not found: {answer}")

    def resources(self):
        fixed = [one["uri"] for one in self.ask("resources/list", {})["result"]["resources"]]
        templates = [one["uriTemplate"] for one in
                     self.ask("resources/templates/list", {})["result"]["resourceTemplates"]]
        check(set(fixed + templates) == set(RESOURCES), f"the table of resources is not the server's: "
                                                        f"{set(fixed + templates) ^ set(RESOURCES)}")
        for uri in fixed + [uri for uris in RESOURCES.values() for uri in uris]:
            self.ask("resources/read", {"uri": uri})
        for uri in (f"memory://{MINE}/info", f"memory://{MINE}/notes/plan", "memory://notes/plan"):
            check("result" in self.ask("resources/read", {"uri": uri}), f"{uri} is not read")
        check("error" in self.ask("resources/read", {"uri": f"memory://{OTHER}/info"}), "another project's info is read")
        for template in templates:
            for variable in ("project", "path", "workspace"):
                for typed in ("", "qua", "oka", "zx", "not"):
                    self.ask("completion/complete", {"ref": {"type": "ref/resource", "uri": template},
                                                     "argument": {"name": variable, "value": typed}})

    def prompts(self):
        listed = {one["name"]: one for one in self.ask("prompts/list", {})["result"]["prompts"]}
        check(set(listed) == set(PROMPTS), f"the table of prompts is not the server's: {set(listed) ^ set(PROMPTS)}")
        for name, prompt in listed.items():
            self.ask("prompts/get", {"name": name, "arguments": PROMPTS[name]})
            for argument in prompt.get("arguments", []):
                for way in self.ways:
                    self.ask("prompts/get", {"name": name, "arguments": {**PROMPTS[name], argument["name"]: way}})
                for typed in ("", "zx", "qua", "p"):
                    self.ask("completion/complete", {"ref": {"type": "ref/prompt", "name": name},
                                                     "argument": {"name": argument["name"], "value": typed}})


def walk_catalog(box, port, bound, whole):
    other = [box.projects[OTHER], box.projects[MINE] / "inner"]
    before, config = files_below(*other), (box.data / "config.json").read_bytes()
    walk = Bound(box, port, bound, whole)
    walk.resources()
    walk.prompts()
    walk.tools()
    check(files_below(*other) == before, "files of another project have changed")
    check((box.data / "config.json").read_bytes() == config, "the configuration has changed")
    print(f"ok {walk.calls} calls reveal and change nothing of other projects")


def write(client, text, title="Plan", **more):
    answer = client.call("write_note", {"title": title, "folder": "notes", "content": text, "overwrite": True, **more})
    check(not answer["result"].get("isError"), f"the note was not written: {answer}")


def no_notice_within(response, seconds, what):
    response.connection.raw._sock.settimeout(seconds)  # pylint: disable=protected-access
    try:
        message = response.message()
    except (TimeoutError, socket.timeout):
        return
    raise Failure(f"{what}: {message}")


def listen_modern(port, bound, whole, box):
    uris = ["memory://notes/plan", f"memory://{OTHER}/notes/plan", f"memory://{OTHER}/info", "memory://Plan"]
    wishes = {"notifications": {"resourceSubscriptions": uris, "resourcesListChanged": True}}
    with Modern(port, bound).send("subscriptions/listen", wishes) as quiet, \
            Modern(port, bound).send("subscriptions/listen", wishes) as heard, \
            Modern(port, whole).send("subscriptions/listen", wishes) as control:
        for stream in (quiet, heard, control):
            check("acknowledged" in stream.message()["method"], "no acknowledgement")
        write(Modern(port, whole), "changed", project=OTHER)
        box.run("project", "add", "another-quagga", str(box.root / "projects" / "another"))
        check("notifications/resources" in control.message()["method"], "nobody hears of another project")
        no_notice_within(quiet, 2, "a bound caller hears of another project")
        write(Modern(port, bound), f"# Plan\n\n- [dough] {MINE_TEXT} again\n")
        check(heard.message()["params"]["uri"] in uris, "a bound caller does not hear of its own project")


def listen_legacy(port, bound, whole):
    session = Legacy(port, bound)
    for uri in ("memory://notes/plan", f"memory://{OTHER}/notes/plan"):
        session.ask("resources/subscribe", {"uri": uri})
    with session.listen() as quiet:
        write(Modern(port, whole), "changed once more", project=OTHER)
        no_notice_within(quiet, 2, "a bound session hears of another project")
    with session.listen() as heard:
        write(Modern(port, bound), f"# Plan\n\n- [dough] {MINE_TEXT} for a third time\n")
        check(heard.message()["params"]["uri"] == "memory://notes/plan", "a bound session hears nothing of its own")
    for token in (whole, None):
        headers = bearer(token) + [("MCP-Session-Id", session.session), ("Content-Type", "application/json"),
                                   ("Accept", "application/json, text/event-stream")]
        message = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
        with send(port, "POST", "/mcp", headers, json.dumps(message)) as answer:
            wanted = 404 if token else 401
            check(answer.status == wanted, f"another token's session answers {answer.status}, not {wanted}")


def call_over_sse(box, bound):
    """The transport of 2024-11-05 keeps to the project, too."""
    with HttpServer(box, "--auth", "--public-url", "http://127.0.0.1:1", transport="sse") as server:
        with send(server.port, "GET", "/sse", bearer(bound) + [("Accept", "text/event-stream")]) as stream:
            posts = stream.event().split("data: ")[1]
            for number, (method, params) in enumerate([
                    ("initialize", {"protocolVersion": "2024-11-05", "capabilities": {},
                                    "clientInfo": {"name": "t", "version": "1"}}),
                    ("tools/call", {"name": "read_note", "arguments": {"identifier": f"{OTHER}/notes/plan",
                                                                       "project": OTHER}}),
                    ("tools/call", {"name": "read_note", "arguments": {"identifier": "notes/plan"}})]):
                message = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
                headers = bearer(bound) + [("Content-Type", "application/json")]
                with send(server.port, "POST", posts, headers, json.dumps(message)) as answer:
                    check(answer.status == 202, f"a post is answered with {answer.status}")
                reply = stream.message()
                check(not reveals(reply, params, SECRETS), f"{method} reveals another project: {reply}")
            check(MINE_TEXT in json.dumps(reply), f"the caller's own note is not found: {reply}")


def nothing_left(box, bound):
    """Where the token's project is not served, or is gone, there is nothing, and no other project instead."""
    asked = {"name": "read_note", "arguments": {"identifier": "notes/plan"}}
    with HttpServer(box, "--auth", "--public-url", "http://127.0.0.1:1", "--project", OTHER) as server:
        answer = Modern(server.port, bound).ask("tools/call", asked)
        check(answer["result"].get("isError") and not reveals(answer, asked, SECRETS), f"reveals: {answer}")
    with HttpServer(box, "--auth", "--public-url", "http://127.0.0.1:1") as server:
        box.run("project", "remove", MINE)
        for name in ("read_note", "search_notes", "recent_activity", "list_memory_projects"):
            answer = Modern(server.port, bound).call(name, TOOLS[name])
            check(not reveals(answer, {}, SECRETS), f"{name} of a project that is gone reveals: {answer}")
        answer = Modern(server.port, bound).call("write_note", TOOLS["write_note"])
        check(answer["result"].get("isError"), f"a note was written though the project is gone: {answer}")


def run(binary, root):
    box = make_sandbox(binary, root)
    bound, whole = token_for(box, "--project", MINE), token_for(box)
    with HttpServer(box, "--auth", "--public-url", "http://127.0.0.1:1") as server:
        walk_catalog(box, server.port, bound, whole)
        listen_modern(server.port, bound, whole, box)
        print("ok subscriptions hear of the own project only")
        listen_legacy(server.port, bound, whole)
        print("ok sessions hear of the own project only, and belong to their token")
    call_over_sse(box, bound)
    print("ok the old transport")
    nothing_left(box, bound)
    print("ok no project instead of one that is gone")


if __name__ == "__main__":
    sys.exit(run_in_folder(__doc__, "bm-bound-", run))
