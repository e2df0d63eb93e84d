"""Remembers which token was promised to be in which note, and what may have taken it away since.

A note carries a marker in its text, so it is known wherever it was moved to. A token that is missing is excused only by
what came after it and takes text away on purpose (a deletion, an overwriting), by a program that had read the note
before the token and saved it after (no file system can help that), or by a program that writes into the file while
somebody else works on it.
"""

import contextlib
import itertools
import re
import threading
import time

MARKER = re.compile(rb"marker-([a-z]+\d+)-")
NAME = re.compile(r"tool ([a-z]) (\d+)\b", re.IGNORECASE)
TAKES_AWAY = ("overwrite", "delete", "tool overwrite", "tool delete")
TOOL = "tool"


class Event:
    """Something that happens to one note, from `start` to `end`."""

    def __init__(self, ledger, kind, note=None):
        self.ledger, self.kind, self.note = ledger, kind, note
        self.start, self.end, self.tokens, self.counts = time.monotonic(), None, [], True

    def found(self, data, path):
        """Whoever reads a file while another program has emptied it to write it anew sees no marker: the name tells too."""
        found, named = MARKER.search(data), NAME.match(path.name)
        self.note = found.group(1).decode() if found else "".join(named.groups()).lower() if named else None

    def is_spared(self):
        """Every other note is moved and extended from outside, never emptied: what is promised there must stay."""
        if self.note is None or int(self.note[1:]) % 2:
            return False
        self.kind = "nothing"
        return True

    def marker(self):
        return f"\nmarker-{self.note}-\n\n".encode() if self.note else b"\n"

    def token(self):
        token = f"tok{next(self.ledger.numbers)}k"
        self.tokens.append(token)
        return token

    def overlaps(self, other):
        return self.start <= other.end and other.start <= self.end


class Ledger:
    def __init__(self):
        self.lock = threading.Lock()
        self.numbers = itertools.count(1)
        self.events = {}  # by note

    @contextlib.contextmanager
    def outside(self, path, kind):
        """What another program does to the note at `path`; tell the event what was found there."""
        event = Event(self, kind)
        try:
            yield event
        except OSError:
            # It may have got half-way: its tokens are no promise, but it may have taken others away.
            event.tokens.clear()
            raise
        finally:
            self.file(event)

    @contextlib.contextmanager
    def tool(self, note, kind):
        """A call about a note. Unless it is acknowledged (`counts`) it promises nothing."""
        event = Event(self, kind, note)
        event.counts = False
        try:
            yield event
        finally:
            if not event.counts:
                event.tokens.clear()
            self.file(event)

    def file(self, event):
        event.end = time.monotonic()
        if event.note is None:
            return
        with self.lock:
            self.events.setdefault(event.note, []).append(event)

    def promised(self):
        """All tokens with the events that made them."""
        with self.lock:
            return [(token, event) for events in self.events.values() for event in events for token in event.tokens]

    def lost(self, texts):
        """Tokens that are in none of the texts without an excuse, and how many are excused; checked tokens are not
        looked at again once their note was taken away."""
        everything = b"\n".join(texts)
        present = set(re.findall(rb"tok\d+k", everything))
        missing = [(token, event) for token, event in self.promised() if token.encode() not in present]
        lost = [(token, event) for token, event in missing if self.excuse(event) is None]
        return lost, len(missing) - len(lost)

    def excuse(self, made):
        events = self.events[made.note]
        for event in events:
            if event is made:
                continue
            if event.kind in TAKES_AWAY and event.end >= made.start and (event.counts or event.kind[0] == "t"):
                return event
            if event.kind == "append" and event.overlaps(made):
                return event
        for event in events:
            if event.kind == "in place" and event.end >= made.start and any(
                    other is not event and event.overlaps(other) for other in events):
                return event
        return None

    def story(self, note):
        """What happened to a note, for whoever has to find out why."""
        return "\n  ".join(f"{event.start:.3f} to {event.end:.3f} {event.kind}{'' if event.counts else ' (refused)'} "
                           f"{' '.join(event.tokens)}" for event in sorted(self.events[note], key=lambda each: each.start))

    def taken_by_tools(self):
        """Tokens whose note a tool has deleted or overwritten: note, token. The history has to know them."""
        found = []
        for note, events in self.events.items():
            if any(event.kind in ("overwrite", "delete", "in place", "append") for event in events):
                continue
            ends = [event.start for event in events if event.kind in ("tool delete", "tool overwrite") and event.counts]
            found += [(note, token) for event in events for token in event.tokens if ends and event.end < max(ends)]
        return found
