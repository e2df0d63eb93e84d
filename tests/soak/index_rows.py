"""What an index says about a project, row for row, and how two of them differ.

Left out are ids, which are given anew, and the time of creation: a file that is replaced is born again, and the older
index keeps the first day. Permalinks depend on history by design where their file does not settle them: a note that
states none keeps the one that it was given first, also when it moves; and of notes that state the same one the first to
come has it, the others get a number behind it, for good. Those rows must only agree on having one, and links that name
such a permalink may lead elsewhere.
"""

import collections
import json
import sqlite3

ENTITY = """SELECT path, title, type, permalink, checksum, size, mtime_ns, inode, ctime_ns, content_type, updated_at,
                   observations, relations, excerpt, metadata FROM entity WHERE project_id = ?"""
OBSERVATION = """SELECT e.path, o.category, o.content, o.context, o.tags FROM observation o
                 JOIN entity e ON e.id = o.entity_id WHERE o.project_id = ? ORDER BY e.path, o.id"""
RELATION = """SELECT e.path, r.type, r.to_name, t.path, r.context FROM relation r
              JOIN entity e ON e.id = r.from_id LEFT JOIN entity t ON t.id = r.to_id
              WHERE r.project_id = ? ORDER BY e.path, r.id"""
PERMALINK, CHANGED, METADATA = 3, 8, 14
SEARCH_PAGE = 1000


class IndexRows:
    """All rows of one project, by the paths of their files."""

    def __init__(self, data_directory, project):
        database = sqlite3.connect(f"file:{data_directory}/index.db?mode=ro", uri=True, timeout=30)
        try:
            database.execute("BEGIN")
            ident, self.links_wait = database.execute(
                "SELECT id, pending_links FROM project WHERE name = ?", (project,)).fetchone()
            self.notes = {row[0]: row for row in database.execute(ENTITY, (ident,))}
            self.observations = by_path(database.execute(OBSERVATION, (ident,)))
            self.relations = by_path(database.execute(RELATION, (ident,)))
            self.failed = {path for path, in database.execute(
                "SELECT path FROM failed_file WHERE project_id = ?", (ident,))}
            state = database.execute("SELECT documents FROM text_state WHERE project_id = ?", (ident,)).fetchone()
            self.documents = state[0] if state else 0
        finally:
            database.close()

    def size(self):
        return len(self.notes) + sum(map(len, self.observations.values())) + sum(map(len, self.relations.values()))


def by_path(rows):
    found = {}
    for row in rows:
        found.setdefault(row[0], []).append(row[1:])
    return found


def history_of_permalink(mine, fresh):
    """Why these two permalinks of one file may differ, or None."""
    stated = json.loads(fresh[METADATA]).get("permalink")
    if mine[PERMALINK] is None or fresh[PERMALINK] is None:
        return None
    if stated is None:
        return "not stated"
    return "stated by two" if fresh[PERMALINK] != stated else "once stated by two"


def differences(one, other):
    """Lines that say what differs, `one` being the index that lived through everything; and how many permalinks differ
    by design, by reason."""
    found, by_history = [], collections.Counter()
    unsettled = set()  # permalinks that depend on history
    for path in sorted(set(one.notes) | set(other.notes)):
        mine, fresh = one.notes.get(path), other.notes.get(path)
        if mine is None or fresh is None:
            found.append(f"{path} is in {'no' if mine is None else 'the'} index that was kept up to date, and in "
                         f"{'no' if fresh is None else 'the'} fresh one")
            continue
        for at, (left, right) in enumerate(zip(mine, fresh)):
            if left == right:
                continue
            if at == PERMALINK and (reason := history_of_permalink(mine, fresh)):
                by_history[reason] += 1
                unsettled |= {left.lower(), right.lower()}
                continue
            if at == CHANGED and abs(left - right) == 1:
                continue  # read within a step of the clock after its change: marked to be read again
            column = ENTITY.replace("SELECT", "").split("FROM", 1)[0].split(",")[at].strip()
            found.append(f"{path}: {column} is {left!r}, fresh {right!r}")
    for name in ("observations", "relations"):
        mine, fresh = getattr(one, name), getattr(other, name)
        for path in sorted(set(mine) | set(fresh)):
            if name == "relations" and lead_alike(mine.get(path), fresh.get(path), unsettled):
                by_history["named by a link"] += mine.get(path) != fresh.get(path)
            elif mine.get(path) != fresh.get(path):
                found.append(f"{path}: {name} are {unlike(mine.get(path), fresh.get(path))}")
    if one.failed != other.failed:
        found.append(f"failed files differ: {sorted(one.failed ^ other.failed)[:5]}")
    if one.documents != other.documents:
        found.append(f"{one.documents} documents can be searched, fresh {other.documents}")
    return found, by_history


def lead_alike(mine, fresh, unsettled):
    """Whether these relations of one note differ in nothing but where links to unsettled permalinks lead."""
    mine, fresh = mine or [], fresh or []
    return len(mine) == len(fresh) and all(
        left == right or (left[1].lower() in unsettled and (*left[:2], left[3]) == (*right[:2], right[3]))
        for left, right in zip(mine, fresh))


def unlike(mine, fresh):
    mine, fresh = mine or [], fresh or []
    for left, right in zip(mine, fresh):
        if left != right:
            return f"{left!r}, fresh {right!r}"
    return f"{len(mine)}, fresh {len(fresh)}"


def search_rows(server, project, query):
    """What a search finds, without the order and the permalinks, whose makers are the index's history."""
    answer = server.call("search_notes", {"query": query, "project": project, "page_size": SEARCH_PAGE})
    if answer.is_error:
        return [("error", answer.text[:300])]
    return sorted((hit["type"], hit["file_path"] or "", hit["title"] or "", hit["content"] or "", hit["category"] or "",
                   hit["relation_type"] or "") for hit in answer.structured["result"]["results"])
