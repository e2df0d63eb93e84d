#!/usr/bin/env python3
"""Makes a vault as hostile as the ones that people have: many languages, broken files, odd names, large attachments.

    make_hostile_vault.py --out FOLDER [--notes 6000] [--seed 1] [--manifest FILE]

The same arguments make the same files. The manifest (JSON) says what is to be expected of each path:

    indexed   becomes part of the index          ignored   must not be looked at
    failed    cannot be a note; named to the user    either    an odd case that may go both ways, but never silently
"""

import argparse
import json
import os
import pathlib
import random
import socket
import sys
import unicodedata

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from phrases import LANGUAGES  # noqa: E402

ATTACHMENT_BYTES = 10 * 1024 * 1024
LINE_BYTES = 2 * 1024 * 1024


class Vault:
    """Writes files and remembers what is to be expected of them."""

    def __init__(self, root, seed):
        self.root = pathlib.Path(root)
        self.chance = random.Random(seed)
        self.expected = {}
        self.words = {}  # path: a word that only this note has
        self.count = 0

    def new_word(self):
        self.count += 1
        return f"hv{self.count:05}"

    def put(self, path, data, expected="indexed"):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data if isinstance(data, bytes) else data.encode("utf-8"))
        self.expected[path] = expected
        return file

    def put_note(self, path, text, expected="indexed"):
        """A note with a word of its own behind its text."""
        word = self.new_word()
        self.words[path] = word
        return self.put(path, f"{text}\n\nThe word of this note is {word}.\n", expected)


# ---- ordinary notes, as people write them ----------------------------------------------------------------------------

def front_matter(chance, title, language, word):
    """One of the shapes that front matter has in the wild; all of them are legal."""
    quoted = title.replace("'", "''")
    return chance.choice([
        "",
        f"---\ntitle: '{quoted}'\ntags: [{language}, daily]\n---\n\n",
        f"---\ntitle: '{quoted}'\ntype: note\npermalink: vault/{word}\ntags:\n- {language}\n- '#hash'\n---\n\n",
        f"---\naliases: ['{quoted} (old)', other]\ncreated: 2023-0{chance.randrange(1, 10)}-1{chance.randrange(10)}\n---\n",
        f"---\ntitle: \"{title}\"\ncssclass: wide\npublish: yes\nrating: 4.5\nnested:\n  a: 1\n  b: [x, y]\n---\n\n",
        f"---\r\ntitle: '{quoted}'\r\ntags: {language}, zwei\r\n---\r\n\r\n",
        f"---\ntitle: >-\n  {title}\n  goes on\ndescription: |\n  first\n  second\n---\n\n",
        f"\n\n---\ntitle: '{quoted}'\n---\n\n",
        f"--- \ntitle: '{quoted}'\nstatus: draft\n---  \n\n",
    ])


def body(chance, sentences, titles):
    """A few blocks of the kinds that Obsidian users mix freely."""
    def link():
        title = chance.choice(titles)
        return chance.choice([f"[[{title}]]", f"[[{title}|shown]]", f"[[{title}#Part]]", f"[[{title}#^block]]",
                              f"![[{title}]]", f"[[folder/{title}.md]]", f"[text]({title.replace(' ', '%20')}.md)",
                              "[[Never Written]]"])

    def words():
        return " ".join(chance.choice(sentences) for _ in range(chance.randrange(1, 4)))

    blocks = [
        lambda: f"# {chance.choice(sentences)}\n\n{words()} {link()}",
        lambda: f"- [fact] {words()} #tag (context)\n- [idea] {words()} #a/b #c\n- relates_to {link()}",
        lambda: f"- [ ] {words()}\n- [x] done {link()}\n  - [-] nested {words()}\n    1. deeper\n    2. {link()}",
        lambda: f"> [!note] {words()}\n> second line {link()}\n>> nested",
        lambda: f"| a | b |\n|---|:-:|\n| {words()} | #cell |\n| {link()} | \\| |",
        lambda: f"```mermaid\ngraph TD; A --> B[[{words()}]]\n```\n\n~~~\n- [not] an observation\n~~~",
        lambda: f"<div class=\"x\">{words()}</div>\n\n<!-- {words()} [[hidden]] -->",
        lambda: f"%% a comment {words()} %%\n\nText ^block-{chance.randrange(999)}",
        lambda: f"$$\n\\int_0^1 x\\,dx\n$$\n\nInline $a_b$ and `code [[x]]`, a footnote[^1].\n\n[^1]: {words()}",
        lambda: f"* starred {link()}\n+ plus {words()}\n1) paren\n\n---\n\n***\n\nSetext\n======\n\nsmaller\n---",
        lambda: f"- depends_on {link()} (because {words()})\n- \"a longer phrase\" {link()}\n- [[A]] and [[B]] [[",
    ]
    return "\n\n".join(chance.choice(blocks)() for _ in range(chance.randrange(2, 6)))


def ordinary_notes(vault, count):
    chance = vault.chance
    titles = []
    for number in range(count):
        _, word, _ = list(LANGUAGES.values())[number % len(LANGUAGES)]
        titles.append(f"{word} {number}")
    for number, title in enumerate(titles):
        language = list(LANGUAGES)[number % len(LANGUAGES)]
        folder, _, sentences = LANGUAGES[language]
        path = f"{folder}/{chance.choice(['', '2023/', 'Daily Notes/', 'a/b/c/'])}{title}.md"
        text = front_matter(chance, title, language, f"{language}-{number}") + body(chance, sentences, titles)
        note = vault.put_note(path, text)
        if number % 11 == 0:
            note.write_bytes(b"\xef\xbb\xbf" + note.read_bytes())
        if number % 13 == 0:
            note.write_bytes(note.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
        os.utime(note, ns=(1_600_000_000_123_456_789 + number, chance.randrange(10**9, 1_700_000_000) * 10**9 + number))


# ---- front matter that is broken, or only looks so -------------------------------------------------------------------

BROKEN_FRONT_MATTER = {
    "never closed": "---\ntitle: Open\nno end",
    "only fences": "---\n---",
    "one fence": "---",
    "bad indentation": "---\ntitle: A\n  b: c\n d: e\n---",
    "tab indentation": "---\ntitle: A\n\tb: c\n---",
    "two colons": "---\ntitle: Part: One: Two\n---",
    "open quote": "---\ntitle: \"never closed\n---",
    "a list": "---\n- a\n- b\n---",
    "a string": "---\njust words\n---",
    "comments": "---\n# nothing\n---",
    "unknown tag": "---\ntitle: !custom {a: 1}\n---",
    "language tag": "---\ntitle: !!python/object/apply:os.system ['true']\n---",
    "binary": "---\nblob: !!binary aGVsbG8=\n---",
    "merge": "---\nbase: &b {x: 1}\nother:\n  <<: *b\n---",
    "unknown alias": "---\ntitle: *nobody\n---",
    "self alias": "---\na: &a [*a]\n---",
    "keys that are numbers": "---\n1: one\n2.5: two\n---",
    "keys that are truths": "---\ntrue: yes\nno: off\nnull: ~\n---",
    "keys that are lists": "---\n? [a, b]\n: c\n---",
    "twice the same key": "---\ntitle: One\ntitle: Two\n---",
    "reserved keys": "---\ncontent: x\nhandler: y\nmetadata: z\n---",
    "no title": "---\ntitle:\n---",
    "empty title": "---\ntitle: ''\n---",
    "title is a list": "---\ntitle: [a, b]\n---",
    "title is a map": "---\ntitle: {a: b}\n---",
    "title is a date": "---\ntitle: 2024-01-15\n---",
    "type is a list": "---\ntype: [note, idea]\n---",
    "tags are a map": "---\ntags: {a: b}\n---",
    "tags are a number": "---\ntags: 42\n---",
    "tags are nested": "---\ntags: [[a, [b]], [], null, '#', ' ']\n---",
    "permalink is a number": "---\npermalink: 7\n---",
    "permalink climbs": "---\npermalink: ../../etc/passwd\n---",
    "permalink of another": "---\npermalink: vault/shared\n---",
    "permalink of another too": "---\npermalink: vault/shared\n---",
    "permalink with blanks": "---\npermalink: Ein Ärger Mit/Leer Zeichen\n---",
    "two documents": "---\ntitle: A\n---\n---\ntitle: B\n---",
    "document end": "---\ntitle: A\n...\n---",
    "json": "{\n\"title\": \"J\"\n}",
    "toml": "+++\ntitle = \"T\"\n+++",
    "template": "---\ntitle: <% tp.file.title %>\ncreated: {{date}}\n---",
    "nan and infinity": "---\na: .nan\nb: -.inf\nc: 0x1F\nd: 0777\ne: 12:30:45\nf: 1_000\n---",
    "emoji key": "---\n🎉: 🎊\n\"a b\": c\n---",
    "control characters": "---\ntitle: \"a\\u0007b\\e[31m\"\n---",
    "schema that is none": "---\ntype: schema\nentity:\nschema: [1, 2]\n---",
}


def broken_front_matter(vault):
    for name, text in BROKEN_FRONT_MATTER.items():
        vault.put_note(f"broken/front matter/{name}.md", text)
    vault.put_note("broken/front matter/created is rubbish.md", "---\ncreated: the day before\n---", "either")
    bomb = ["---", "a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    bomb += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 10)]
    vault.put_note("broken/front matter/alias bomb.md", "\n".join(bomb + ["---"]), "either")
    vault.put_note("broken/front matter/deep flow.md", "---\na: " + "[" * 20000 + "]" * 20000 + "\n---", "either")
    vault.put_note("broken/front matter/deep blocks.md",
                   "---\n" + "".join(" " * i + "k:\n" for i in range(2000)) + "---", "either")
    vault.put_note("broken/front matter/many keys.md",
                   "---\n" + "".join(f"key{i}: value {i}\n" for i in range(10000)) + "---", "either")
    vault.put_note("broken/front matter/long value.md", "---\ntitle: " + "long " * 20000 + "\n---", "either")


# ---- bytes that are no text, and text that is too much ---------------------------------------------------------------

def odd_bytes(vault):
    for name, data in {
        "latin-1": "Grüße aus München, für Zoë\n".encode("latin-1"),
        "latin-1 front matter": "---\ntitle: Müller\n---\nplain\n".encode("latin-1"),
        "utf-16": "Titel\n\ntext\n".encode("utf-16"),
        "cut in a character": "ends in the middle ä".encode()[:-1],
        "surrogates": b"half a pair \xed\xa0\x80 here\n",
        "overlong": b"a slash \xc0\xaf made long\n",
        "shift-jis": "日本語のメモ\n".encode("shift_jis"),
        "random": vault.chance.randbytes(4096) + b"\xff\xfe",
    }.items():
        vault.put(f"broken/bytes/{name}.md", data, "failed")
    for name, data in {
        "empty": b"", "blanks": b" \n\t\n  ", "only a mark": b"\xef\xbb\xbf", "two marks": b"\xef\xbb\xbf\xef\xbb\xbfx\n",
        "nul": b"a\x00b [[c\x00d]] #e\x00f\n", "controls": bytes(range(1, 32)) + b" and [[x]]\n",
        "old mac": b"# one\r\r- [fact] two #x\r\r- to [[three]]\r", "no end of line": b"just this",
        "right to left": "a \u202e reversed \u202c b [[\u200fx\u200e]]\n".encode(),
        "noncharacters": "\ufffe\uffff\U0010ffff [[\ufdd0]]\n".encode(),
        "stacked marks": ("Z" + "\u0335\u0321\u0489" * 2000 + " [[Z\u0335]]\n").encode(),
        "zero width": "a\u200bb\u2060c\ufeffd [[\u200b]]\n".encode(),
    }.items():
        vault.put(f"broken/bytes/{name}.md", data)


def huge_texts(vault, full):
    put = vault.put_note
    put("huge/one line.md", "word " * (LINE_BYTES // 5))
    put("huge/no blank.md", "x" * LINE_BYTES)
    put("huge/brackets.md", "[" * 100000)
    put("huge/link openers.md", "[[" * 50000 + "a" + "]]" * 10)
    put("huge/embeds.md", "![[" * 50000)
    put("huge/stars.md", "*a " * 50000 + "**b " * 50000)
    put("huge/underscores.md", "_a__b" * 40000)
    put("huge/backticks.md", " ".join("`" * i for i in range(1, 800)))
    put("huge/angles.md", "<" * 50000 + "!--" * 20000)
    put("huge/autolinks.md", "http://a.b " * 20000 + "a@b." * 20000)
    put("huge/quotes.md", ">" * 10000 + " deep [[x]] #y")
    put("huge/lists.md", "".join("  " * i + "- [fact] level #deep\n" for i in range(1000)))
    put("huge/references.md", "".join(f"[r{i}]: /u{i}\n" for i in range(10000)) + "[r1] " * 10000)
    put("huge/tables.md", "|a" * 2000 + "|\n" + "|-" * 2000 + "|\n" + ("|c" * 2000 + "|\n") * 20)
    put("huge/headings.md", "".join(f"# heading {i}\n" for i in range(20000)))
    put("huge/observations.md", "".join(f"- [fact] number {i} #t{i % 100} (c)\n" for i in range(20000)))
    put("huge/relations.md", "".join(f"- links [[Target {i}]]\n" for i in range(20000)))
    put("huge/tags.md", " ".join(f"#t{i}" for i in range(30000)))
    put("huge/fences.md", "```\n" * 5001)
    put("huge/parens.md", "- [fact] x " + "(" * 50000 + ")" * 50000)
    if full:
        put("huge/twelve megabytes.md", ("A paragraph of the kind that exports have. [[x]] #y\n\n") * 240000, "either")


# ---- names, files that are no notes, and things that are no files ----------------------------------------------------

ODD_NAMES = [
    "-leading dash", "--help", " leading blank", "trailing blank ", "two  blanks", "emoji 🎉🇯🇵👩‍👩‍👧", "percent %2e%2e",
    "dots... and more", "wait..what", "v1.2.0 Release", "quote ' and \" quote", "$(true) `true` ; & | x", "star * and ?",
    "hash # and ^", "[[brackets]]", "[x] task", "colon: here", "comma, here", "at @ plus + equals =", "(parens) {braces}",
    "ünḯcödé", "İstanbul ıI", "ſtraße ẞ", "ﬁ ligature", "１２３ wide", "𝕄𝕒𝕥𝕙", "a\u200bb zero width", "rtl \u202egnp.exe",
    "CON", "nul", "Same Title", "same title", "SAME TITLE", "Same_Title", "Same-Title", "__init__", "index",
    unicodedata.normalize("NFD", "Zürich Ångström"), unicodedata.normalize("NFC", "Zürich Ångström") + " nfc",
    "한글" + unicodedata.normalize("NFD", "한글"), "x" * 252, "ä" * 126,
]


def odd_names(vault):
    for name in ODD_NAMES:
        vault.put_note(f"names/{name}.md", f"# {name}\n\nAn odd name.")
    for name in ("line\nbreak", "tab\there", "back\\slash", "c:drive", "~home", "bell\a"):
        vault.put_note(f"names/{name}.md", "A name that needs care.", "either")
    vault.put_note("names/UPPER.MD", "An extension in capitals.")
    vault.put_note("names/long.markdown", "A long extension.")
    vault.put_note("names/folder.md/inside.md", "A folder that is called like a note.")
    vault.put_note("/".join(["deep"] + [f"level {i}" for i in range(60)] + ["bottom.md"]), "Far down.")
    vault.put_note("/".join(["deep"] + ["long " * 10 + str(i) for i in range(50)] + ["bottom.md"]), "Far down a long way.")
    for path in (".hidden.md", ".obsidian/workspace.md", "node_modules/pkg/readme.md", "draft.md~", "draft.md.swp",
                 "draft.tmp", "build/out.md", ".git/HEAD.md", "sub/.trash/gone.md"):
        vault.put_note(path, "Must not be looked at.", "ignored")
    strange = os.path.join(os.fsencode(vault.root), b"names", b"not utf-8 \xff\xfe.md")
    with open(strange, "wb") as file:
        file.write(b"A name that is no text.\n")
    vault.expected["names/not utf-8 \udcff\udcfe.md"] = "failed"


def attachments(vault):
    for name in ("film.mp4", "scan.pdf", "backup.zip"):
        vault.put(f"attachments/{name}", vault.chance.randbytes(ATTACHMENT_BYTES))
    vault.put("attachments/picture.png", b"\x89PNG\r\n\x1a\n" + vault.chance.randbytes(200))
    vault.put("attachments/latin-1.txt", "Grüße\n".encode("latin-1"))
    vault.put("attachments/no extension", "plain\n")
    vault.put("attachments/board.canvas", '{"nodes": [], "edges": []}')
    vault.put("attachments/broken.canvas", '{"nodes": [')
    vault.put("attachments/data.json", "[" * 100000)
    vault.put("attachments/empty.pdf", b"")


def odd_files(vault):
    root = vault.root / "odd files"
    target = vault.put_note("odd files/target.md", "Others point here.")
    outside = vault.root.parent / "outside.md"
    outside.write_text("Not part of the vault.\n", encoding="utf-8")
    for name, where in {"to inside.md": target, "to outside.md": outside, "dangling.md": "nowhere.md",
                        "loop": root, "to root": "/", "itself.md": "itself.md"}.items():
        os.symlink(where, root / name)
        vault.expected[f"odd files/{name}"] = "ignored"
    os.link(vault.put_note("odd files/hard link a.md", "Two names, one file."), root / "hard link b.md")
    vault.expected["odd files/hard link b.md"] = "indexed"
    del vault.words["odd files/hard link a.md"]  # both have it
    os.mkfifo(root / "pipe.md")
    vault.expected["odd files/pipe.md"] = "ignored"
    with socket.socket(socket.AF_UNIX) as listener:
        here = os.getcwd()
        os.chdir(root)  # the path of a socket must be short
        listener.bind("socket.md")
        os.chdir(here)
    vault.expected["odd files/socket.md"] = "ignored"
    os.utime(vault.put_note("odd files/from 1965.md", "Before time began."), (-150_000_000, -150_000_000))
    os.utime(vault.put_note("odd files/from 2099.md", "Not yet."), (4_090_000_000, 4_090_000_000))
    os.chmod(vault.put_note("odd files/read only.md", "May be read."), 0o400)
    os.chmod(vault.put_note("odd files/locked.md", "May not be read.", "failed"), 0)
    os.chmod(vault.put_note("odd files/write only.md", "May only be written.", "failed"), 0o200)
    vault.put_note("odd files/locked folder/inside.md", "Nobody knows.", "ignored")
    os.chmod(root / "locked folder", 0)
    vault.expected["odd files/locked folder"] = "failed"


def make_vault(root, notes, seed):
    """Makes the vault and returns its description: what to expect of each path, and the words of the notes."""
    pathlib.Path(root).mkdir(parents=True)
    vault = Vault(root, seed)
    broken_front_matter(vault)
    odd_bytes(vault)
    huge_texts(vault, notes >= 5000)
    odd_names(vault)
    attachments(vault)
    odd_files(vault)
    ordinary_notes(vault, max(0, notes - len(vault.expected)))
    return {"expected": vault.expected, "words": vault.words}


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--out", required=True)
    options.add_argument("--notes", type=int, default=6000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--manifest", type=pathlib.Path)
    chosen = options.parse_args()
    manifest = make_vault(chosen.out, chosen.notes, chosen.seed)
    if chosen.manifest:
        chosen.manifest.write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    print(f"{len(manifest['expected'])} paths in {chosen.out}")


if __name__ == "__main__":
    main()
