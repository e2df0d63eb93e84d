"""Clients of `bm mcp` that write, edit, move and delete notes, with a ledger of what was acknowledged."""

import hashlib
import itertools
import json
import re

from bm_process import Failure, check
from outside import FOLDERS, WORDS, Actor

ACKNOWLEDGED = ("# Created", "# Updated", "# Edited", "✅", "true")
WORDS_OF_A_LOCK = ("locked", "busy", "SQLITE", "constraint")
VERSIONS_ON_PAGE = 100  # as many as note_history gives at once
COMMON = "s"  # notes that all clients write to


class Client(Actor):
    def __init__(self, name, root, ledger, chance, pace, box, project):
        super().__init__(name, root, ledger, chance, pace)
        self.box, self.project = box, project
        self.server = box.serve()
        self.mine = []  # names of notes: the same as in their titles and markers
        self.refusals, self.acknowledged, self.killed = {}, 0, 0
        self.common = itertools.count(1)
        self.twin = None  # a note of whose title there is another one, and a permalink of one of the two
        self.acts = {self.write: 14, self.append: 34, self.replace: 8, self.overwrite: 4, self.move: 8, self.delete: 4,
                     self.edit_under_version_control: 4, self.look: 10}

    def act(self):
        if self.twin:
            return self.delete_twin()
        self.chance.choices(list(self.acts), weights=self.acts.values())[0]()

    def call(self, tool, arguments):
        """True when it was acknowledged."""
        answer = self.server.call(tool, {**arguments, "project": self.project})
        check(not any(word in answer.text for word in WORDS_OF_A_LOCK), f"{tool} {arguments} speaks of locks: {answer.text}")
        if not answer.is_error and answer.text.startswith(ACKNOWLEDGED):
            self.acknowledged += 1
            return True
        permalinks = re.findall(r"\(permalink: ([^)]+)\)", answer.text)
        if "Ambiguous" in answer.text and permalinks:
            self.twin = (arguments["identifier"], permalinks[-1])
        reason = answer.text.strip().split("\n", 1)[0][:60]
        self.refusals[reason] = self.refusals.get(reason, 0) + 1
        return False

    def restart(self, brutally):
        """A client that goes away and comes back; whoever watched is followed by another process."""
        if brutally:
            self.server.kill()
            self.killed += 1
        else:
            check(self.server.close() == 0, f"{self.name}: the server did not end with 0: {self.server.log_tail()}")
        self.server = self.box.serve()

    def a_note(self):
        if self.chance.random() < 0.35 or not self.mine:
            return f"{COMMON}{self.chance.randrange(1, 12)}"
        return self.chance.choice(self.mine)

    @staticmethod
    def title(note):
        return f"Tool {note[0]} {note[1:]}"

    def body(self, event):
        chance = self.chance
        return (f"marker-{event.note}-\n\n{' '.join(chance.choices(WORDS, k=chance.randrange(2, 60)))}\n\n"
                f"- [made] {event.token()} #{chance.choice(WORDS)}\n- near [[Bound Title x{chance.randrange(1, 40)}]]\n"
                f"- near [[{self.title(self.a_note())}]]\n")

    def put(self, note, kind):
        with self.ledger.tool(note, kind) as event:
            event.counts = self.call("write_note", {"title": self.title(note), "folder": self.folder_of(note),
                                                    "content": self.body(event)})

    def folder_of(self, note):
        """Always the same for a note, so that writing it again replaces it unless it was moved."""
        return FOLDERS[int(note[1:]) % len(FOLDERS)]

    def write(self):
        if self.chance.random() < 0.2:
            return self.put(f"{COMMON}{self.chance.randrange(1, 12)}", "tool overwrite")
        if len(self.mine) > 60:
            return self.delete()
        note = f"{self.name}{next(self.numbers)}"
        self.put(note, "tool write")
        self.mine.append(note)

    def overwrite(self):
        self.put(self.a_note(), "tool overwrite")

    def append(self):
        note = self.a_note()
        with self.ledger.tool(note, "tool append") as event:
            event.counts = self.call("edit_note", {
                "identifier": self.title(note), "operation": self.chance.choice(("append", "append", "prepend")),
                "content": f"- [{self.chance.choice(WORDS)}] {event.token()} #soak"})

    def replace(self):
        """Finds a word and adds a token behind it; refused when the word is not there, or there twice."""
        note, word = self.a_note(), self.chance.choice(WORDS)
        with self.ledger.tool(note, "tool append") as event:
            event.counts = self.call("edit_note", {"identifier": self.title(note), "operation": "find_replace",
                                                   "find_text": f"#{word}", "content": f"#{word} {event.token()}"})

    def move(self):
        note = self.a_note()
        folder = self.chance.choice(FOLDERS)
        name = self.chance.choice((f"{self.title(note)}.md", f"{self.title(note)} k{next(self.common)}{self.name}.md"))
        self.call("move_note", {"identifier": self.title(note), "destination_path": f"{folder}/{name}".lstrip("/")})

    def delete(self):
        note = self.a_note()
        with self.ledger.tool(note, "tool delete") as event:
            event.counts = self.call("delete_note", {"identifier": self.title(note)})
        if event.counts and note in self.mine:
            self.mine.remove(note)

    def take_away(self):
        """A note of which only the history has something: it is written, replaced and deleted, and nobody else is there."""
        note = f"{self.name}{next(self.numbers)}"
        self.put(note, "tool write")
        self.put(note, "tool overwrite")
        with self.ledger.tool(note, "tool delete") as event:
            event.counts = self.call("delete_note", {"identifier": f"{self.folder_of(note)}/{self.title(note)}".lstrip("/")})
        check(event.counts, f"{note} could not be deleted")

    def delete_twin(self):
        """Moves leave notes behind that are written anew: of two with one title nobody can tell which is meant."""
        title, permalink = self.twin
        self.twin = None
        with self.ledger.tool("".join(title.split()[1:]), "tool delete") as event:
            event.counts = self.call("delete_note", {"identifier": permalink})

    def edit_under_version_control(self):
        self.call("edit_note", {"identifier": f"bound/g{self.chance.randrange(40)}", "operation": "append",
                                "content": f"- [{self.chance.choice(WORDS)}] not committed"})

    def look(self):
        answer = self.server.call("search_notes", {"query": " OR ".join(self.chance.sample(WORDS, 2)),
                                                   "project": self.project})
        check(not answer.is_error, f"a search failed: {answer.text}")


def versions_in_journals(data, title):
    """The checksums of the kept versions of notes with this title or file name, and the places where those lay: what the
    product has to tell of."""
    checksums, places = {}, {}  # sets in the order of the journals
    for journal in sorted((data / "history").rglob("*.log")):
        for line in filter(None, journal.read_text(encoding="utf-8").split("\n")):
            fields = line.split("\t")
            checksum, path, told = fields[3], fields[-5], fields[-2]
            if told == title or re.match(re.escape(title) + r"( k.*)?\.md$", path.rpartition("/")[2]):
                places.setdefault(path)
                if checksum != "-":
                    checksums.setdefault(checksum, path)
    return checksums, list(places)


def told_versions(client, place):
    """The checksums of all versions that note_history tells of the note at a place, now or once."""
    told, page = set(), 1
    while True:
        answer = client.server.call("note_history", {"identifier": place, "project": client.project, "page": page,
                                                     "page_size": VERSIONS_ON_PAGE, "output_format": "json"})
        check(not answer.is_error, f"asking for the history of {place} failed: {answer.text}")
        versions = json.loads(answer.text)
        told.update(version["checksum"] for version in versions["versions"] if version["checksum"])
        if page * VERSIONS_ON_PAGE >= versions["total"]:
            return told
        page += 1


def text_of_version(client, checksum, places):
    """One version, brought back to the place where its note lay or lies: one of them is what its file says now, or
    note_history tells of it there, and restore_note gives it."""
    for place in places:
        file = client.root / place
        text = file.read_bytes() if file.is_file() and not file.is_symlink() else b""
        if hashlib.sha256(text).hexdigest() == checksum:
            return text
        if checksum not in told_versions(client, place):
            continue
        back = client.server.call("restore_note", {"identifier": place, "at": checksum, "project": client.project,
                                                   "output_format": "json"})
        check(not back.is_error, f"bringing {checksum} of {place} back failed: {back.text}")
        answer = json.loads(back.text)
        already = re.match(r"Nothing to restore: (.*) is what it was then already$", answer.get("error") or "")
        where = already.group(1) if already else answer["file_path"]
        check(where, f"note_history tells of {checksum} at {place}, and restore_note does not give it: {answer}")
        return (client.root / where).read_bytes()
    raise Failure(f"note_history tells of the version {checksum} at none of {places}")


def texts_in_history(client, note):
    """Every kept version of a note, brought back one after the other."""
    checksums, places = versions_in_journals(client.box.data, client.title(note))
    return [text_of_version(client, checksum, [path, *(place for place in places if place != path)])
            for checksum, path in checksums.items()]
