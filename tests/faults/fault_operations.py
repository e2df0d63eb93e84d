"""What a running server is asked for while calls fail. Each operation knows when it was done, and what must be on disk.

Written for scripted_faults.py, which makes one cell of each operation and each fault.
"""

import hashlib
import time

from fault_script import PROJECT, check


class Reply:
    """What a request that is no tool call came to: a text made of its result, or that of its error."""

    def __init__(self, reply, text_of):
        self.is_error = "error" in reply
        self.text = reply["error"]["message"] if self.is_error else text_of(reply["result"])


class Cell:
    """One operation under one fault. `number` makes its names and words unlike those of the others."""

    needs_history = False

    def __init__(self, box, server, number):
        self.box, self.server, self.number = box, server, number
        self.word = f"quoll{number:04}"
        self.title = f"Cell {number:04}"

    def call(self, tool, **arguments):
        return self.server.call(tool, {"project": PROJECT, **arguments}, timeout=60)

    def request(self, method, params, text_of):
        return Reply(self.server.request(method, params, timeout=60), text_of)

    def prepare_note(self, folder="notes"):
        answer = self.call("write_note", title=self.title, folder=folder, content=f"old {self.word} body ends")
        check(not answer.is_error, f"a note cannot be written without any fault: {answer.text}")
        self.path = self.box.project / folder / f"{self.title}.md"

    def body(self, path):
        """What follows the frontmatter; none when there is no such file."""
        if not path.exists():
            return None
        text = path.read_text(encoding="utf-8")
        check(text.startswith("---\n") and text.count("\n---\n") == 1, f"{path.name} is torn: {text[:200]!r}")
        return text.split("\n---\n", 1)[1].strip()


def did(answer, *heads):
    return not answer.is_error and answer.text.startswith(heads)


class WriteNew(Cell):
    name = "write_note, new"
    new = "fresh body ends"

    def prepare(self):
        self.path = self.box.project / f"made {self.number}" / f"{self.title}.md"

    def act(self):
        answer = self.call("write_note", title=self.title, folder=f"made {self.number}", content=self.new)
        return answer, did(answer, "# Created", "# Updated")

    def look(self, done):
        now = self.body(self.path)
        check(now == self.new or (now is None and not done), f"{self.path.name} says {now!r}")


class WriteOver(Cell):
    name = "write_note, replacing"
    new = "replaced body ends"

    def prepare(self):
        self.prepare_note()

    def act(self):
        answer = self.call("write_note", title=self.title, folder="notes", content=self.new)
        return answer, did(answer, "# Updated")

    def look(self, done):
        now = self.body(self.path)
        old = f"old {self.word} body ends"
        check(now == self.new or (now == old and not done), f"{self.path.name} says {now!r}")


class Edit(Cell):
    name = "edit_note"

    def prepare(self):
        self.prepare_note()

    def act(self):
        answer = self.call("edit_note", identifier=f"notes/{self.title}.md", operation="find_replace",
                           find_text="body ends", content="edit ends", expected_replacements=1)
        if "edit ends" in (self.body(self.path) or "") and "not found" in answer.text.lower():
            return answer, True  # the first try got that far before it failed
        return answer, did(answer, "# Edited")

    def look(self, done):
        now = self.body(self.path)
        wanted = [f"old {self.word} edit ends"] + ([] if done else [f"old {self.word} body ends"])
        check(now in wanted, f"{self.path.name} says {now!r}")


class Move(Cell):
    name = "move_note"

    def prepare(self):
        self.prepare_note()
        self.target = self.box.project / f"moved {self.number}" / f"{self.title}.md"

    def act(self):
        answer = self.call("move_note", identifier=f"notes/{self.title}.md",
                           destination_path=f"moved {self.number}/{self.title}.md")
        if self.target.exists() and not self.path.exists() and not did(answer, "✅"):
            return answer, None  # moved, although the answer doubts it
        return answer, did(answer, "✅", "# Moved", "# Note")

    def look(self, done):
        places = [self.body(self.path), self.body(self.target)]
        old = f"old {self.word} body ends"
        check(places == [None, old] or (places == [old, None] and not done), f"after a move: {places}")


class Delete(Cell):
    name = "delete_note"

    def prepare(self):
        self.prepare_note()

    def act(self):
        answer = self.call("delete_note", identifier=f"notes/{self.title}.md")
        if not self.path.exists() and not did(answer, "true"):
            return answer, None
        return answer, did(answer, "true", "True")

    def look(self, done):
        now = self.body(self.path)
        check(now is None if done else now in (None, f"old {self.word} body ends"), f"after a deletion: {now!r}")


class Read(Cell):
    name = "read_note"

    def prepare(self):
        self.prepare_note()

    def act(self):
        answer = self.call("read_note", identifier=f"notes/{self.title}.md")
        return answer, not answer.is_error and answer.text.rstrip().endswith(f"old {self.word} body ends")

    def look(self, done):
        check(self.body(self.path) == f"old {self.word} body ends", "reading changed the note")


class Search(Cell):
    name = "search_notes"

    def prepare(self):
        self.prepare_note()

    def act(self):
        answer = self.call("search_notes", query=self.word, page_size=5)
        return answer, not answer.is_error and self.title in answer.text

    def look(self, done):
        check(self.body(self.path) == f"old {self.word} body ends", "searching changed the note")


class Reading(Cell):
    """What changes nothing."""

    def prepare(self):
        self.prepare_note()

    def look(self, done):
        check(self.body(self.path) == f"old {self.word} body ends", f"{self.name} changed the note")


class Replaced(Cell):
    """A note that has an earlier version."""
    needs_history = True

    def prepare(self):
        self.prepare_note()
        self.version = hashlib.sha256(self.path.read_bytes()).hexdigest()[:12]
        answer = self.call("write_note", title=self.title, folder="notes", content="newer body ends")
        check(not answer.is_error, f"a note cannot be replaced without any fault: {answer.text}")


class History(Replaced):
    name = "note_history"

    def act(self):
        answer = self.call("note_history", identifier=f"notes/{self.title}.md")
        return answer, not answer.is_error and self.version[:8] in answer.text

    def look(self, done):
        check(self.body(self.path) == "newer body ends", f"{self.path.name} says {self.body(self.path)!r}")


class Restore(Replaced):
    name = "restore_note"

    def act(self):
        was_done = self.body(self.path) == f"old {self.word} body ends"
        answer = self.call("restore_note", identifier=f"notes/{self.title}.md", at=self.version)
        return answer, did(answer, "# Restored") or (was_done and "is what it was then" in answer.text)

    def look(self, done):
        wanted = [f"old {self.word} body ends"] + ([] if done else ["newer body ends"])
        check(self.body(self.path) in wanted, f"{self.path.name} says {self.body(self.path)!r}")


class ReadResource(Reading):
    name = "resources/read"

    def act(self):
        answer = self.request("resources/read", {"uri": f"memory://notes/cell-{self.number:04}"},
                              lambda result: result["contents"][0]["text"])
        return answer, self.word in answer.text


class Subscribe(Reading):
    name = "resources/subscribe"

    def act(self):
        uri = {"uri": f"memory://notes/cell-{self.number:04}"}
        answer = self.request("resources/subscribe", uri, lambda result: "followed")
        if not answer.is_error:
            self.request("resources/unsubscribe", uri, lambda result: "")
        return answer, not answer.is_error


class Complete(Reading):
    name = "completion/complete"

    def act(self):
        answer = self.request("completion/complete",
                              {"ref": {"type": "ref/prompt", "name": "continue_conversation"},
                               "argument": {"name": "topic", "value": self.title}},
                              lambda result: "\n".join(result["completion"]["values"]))
        return answer, not answer.is_error and self.title in answer.text


class GetPrompt(Reading):
    name = "prompts/get"

    def act(self):
        answer = self.request("prompts/get", {"name": "search_knowledge_base", "arguments": {"query": self.word}},
                              lambda result: result["messages"][0]["content"]["text"])
        return answer, not answer.is_error and self.title in answer.text


class Outside(Cell):
    """Another program saves, renames and deletes while the watcher's calls fail."""

    name = "changes by other programs"

    def prepare(self):
        self.prepare_note()

    def act(self):
        folder = self.box.project / "outside"
        folder.mkdir(exist_ok=True)
        (folder / f"{self.title} new.md").write_text(f"# New\n\n{self.word} outside [[{self.title}]]\n")
        (folder / f"{self.word} deep").mkdir(exist_ok=True)
        (folder / f"{self.word} deep" / "Below.md").write_text(f"below {self.word}\n")
        if self.path.exists():
            self.path.rename(folder / f"{self.title} renamed.md")
        time.sleep(0.5)
        return None, True

    def look(self, done):
        pass


OPERATIONS = [WriteNew, WriteOver, Edit, Move, Delete, Read, Search, Outside, History, Restore, ReadResource, Subscribe,
              Complete, GetPrompt]
