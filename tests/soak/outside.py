"""Actors that change a folder of notes as editors, sync tools, scripts and git do, knowing nothing of `bm`."""

import itertools
import os
import pathlib
import subprocess
import threading
import time

WORDS = ("amber", "basalt", "cedar", "dune", "ember", "fjord", "glacier", "heather", "indigo", "juniper", "kelp", "larch",
         "moss", "nettle", "opal", "pumice", "quartz", "reed", "saffron", "thistle", "umber", "vetch", "willow", "yarrow")
FOLDERS = ("", "a", "a/b", "a/b/c", "d e", "日記", "r")
BROKEN = ("---\ntitle: [unclosed\npermalink: x\n---\n", "---\ntitle: a\n\tb: c\n---\n", "---\nnever closed\n",
          "---\n- a list\n---\n", "---\ntags: {a: [b\n---\n")
GIT = ["git", "-c", "user.name=soak", "-c", "user.email=soak@localhost", "-c", "core.autocrlf=false",
       "-c", "gc.auto=0", "-c", "advice.detachedHead=false"]


class Kind:
    """Names of the sorts of files. `bound` ones state a permalink, `loose` ones do not; links to a loose note go by its
    title, so that no link depends on a permalink that only history explains."""
    BOUND, LOOSE = "Bound", "loose"


class Actor(threading.Thread):
    """Does one thing after another until it is stopped; pauses between two when it is told to."""

    def __init__(self, name, root, ledger, chance, pace):
        super().__init__(name=name, daemon=True)
        self.root, self.ledger, self.chance, self.pace = root, ledger, chance, pace
        self.numbers = itertools.count(1)
        self.may_act, self.is_idle, self.stopped = threading.Event(), threading.Event(), False
        self.failure, self.done = None, 0
        self.is_idle.set()

    def run(self):
        try:
            while not self.stopped:
                if not self.may_act.is_set():
                    self.is_idle.set()
                    self.may_act.wait(0.05)
                    continue
                self.is_idle.clear()
                if not self.may_act.is_set():
                    continue
                self.act()
                self.done += 1
                time.sleep(self.chance.expovariate(1 / self.pace))
        except Exception as error:  # shown by the main thread
            self.failure = error
        finally:
            self.is_idle.set()

    def act(self):
        raise NotImplementedError


class Outsider(Actor):
    """Edits, moves and deletes files."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.acts = {self.new_note: 10, self.append: 22, self.overwrite: 5, self.change_in_place: 8, self.touch: 6,
                     self.move: 10, self.rename_case: 4, self.rename_folder: 3, self.delete: 6, self.delete_folder: 1,
                     self.copy_loose: 3, self.change_keeping_time: 3, self.file_that_is_no_note: 4, self.links: 3,
                     self.not_text: 2, self.broken: 4, self.left_out: 3, self.rules: 1, self.retitle: 4,
                     self.crlf: 2}

    def act(self):
        choice = self.chance.choices(list(self.acts), weights=self.acts.values())[0]
        try:
            choice()
        except (FileNotFoundError, NotADirectoryError, FileExistsError, IsADirectoryError):
            pass  # another actor was faster
        except OSError as error:
            if "not empty" not in str(error) and "Invalid argument" not in str(error):
                raise

    # What is there

    def files(self, suffix=".md"):
        found = [path for path in self.root.rglob(f"*{suffix}")
                 if "repo" not in path.parts and not path.is_symlink() and path.is_file()
                 and not any(part.startswith(".") for part in path.relative_to(self.root).parts)]
        return found

    def any_file(self, suffix=".md"):
        files = self.files(suffix)
        if not files:
            raise FileNotFoundError
        return self.chance.choice(files)

    def folder(self):
        folder = self.root / self.chance.choice(FOLDERS)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def fresh(self, kind):
        """A number that nobody else uses, and the name of the file."""
        number = f"{self.name}{next(self.numbers)}"
        return number, f"{kind} {number}.md"

    def text(self, lines=4):
        chance = self.chance
        made = [" ".join(chance.choices(WORDS, k=chance.randrange(3, 30))) + "." for _ in range(chance.randrange(lines))]
        for _ in range(chance.randrange(3)):
            made.append(f"- [{chance.choice(WORDS)}] {' '.join(chance.choices(WORDS, k=4))} #{chance.choice(WORDS)}")
        for _ in range(chance.randrange(3)):
            made.append(f"- {chance.choice(('near', 'part_of'))} [[{self.target()}]]")
        return "\n".join(made) + "\n"

    def target(self):
        number = f"{self.chance.choice('xyz')}{self.chance.randrange(1, 40)}"
        return self.chance.choice((f"Bound Title {number}", f"bound/{number}", f"Loose Title {number}", f"a/Bound {number}",
                                   f"Tool {self.chance.choice('pqr')} {self.chance.randrange(1, 20)}", "Shared Title"))

    # How programs save

    def save(self, path, data):
        """Whole files under the final name, as the programs that people use make them."""
        how = self.chance.choice(("plain", "vim", "code", "obsidian", "rclone", "rsync"))
        beside = {"vim": path.with_name("4913"), "rclone": path.with_name(f"{path.name}.x1y2z3.partial"),
                  "rsync": path.with_name(f".{path.name}.Qw3rTy"), "obsidian": path.with_name(f"{path.name}.tmp")}
        if how == "vim" and path.exists():
            backup = path.with_name(f"{path.name}~")
            beside["vim"].touch()
            beside["vim"].unlink()
            os.rename(path, backup)
            path.write_bytes(data)
            backup.unlink()
        elif how in beside and how != "vim":
            beside[how].write_bytes(data)
            os.replace(beside[how], path)
        else:
            path.write_bytes(data)

    def save_atomically(self, path, data):
        saved = path.with_name(f".{path.name}.{self.name}.swp")
        saved.write_bytes(data)
        if not path.exists():
            saved.unlink()
            raise FileNotFoundError
        os.replace(saved, path)

    # What happens to notes

    def new_note(self):
        if len(self.files()) > 400:
            return self.delete()
        number, name = self.fresh(self.chance.choice((Kind.BOUND, Kind.BOUND, Kind.LOOSE)))
        title = "Shared Title" if self.chance.random() < 0.1 else f"{name.split()[0].capitalize()} Title {number}"
        lines = ["---", f"title: {title}"]
        if name.startswith(Kind.BOUND):
            lines.append(f"permalink: bound/{number}")
        if self.chance.random() < 0.5:
            lines.append(f"tags: [{self.chance.choice(WORDS)}, soak]")
        lines += ["---", "", f"# {title}", "", self.text()]
        self.save(self.folder() / name, "\n".join(lines).encode())

    def append(self):
        """Reads, adds a line and saves under the same name by renaming."""
        path = self.any_file()
        with self.ledger.outside(path, "append") as event:
            before = path.read_bytes()
            event.found(before, path)
            token = event.token()
            self.save_atomically(path, before + f"- [{self.chance.choice(WORDS)}] {token} from outside\n".encode())

    def overwrite(self):
        path = self.any_file()
        with self.ledger.outside(path, "overwrite") as event:
            before = path.read_bytes()
            event.found(before, path)
            if event.is_spared():
                return
            head, mark, _ = before.partition(b"\n---\n")
            kept = (head + mark if mark else b"") + event.marker() + self.text().encode()
            self.save_atomically(path, kept)

    def change_in_place(self):
        """As VS Code saves: opens the file, empties it, writes."""
        path = self.any_file()
        with self.ledger.outside(path, "in place") as event:
            before = path.read_bytes()
            event.found(before, path)
            if event.is_spared():
                return
            path.write_bytes(before + self.text(2).encode())

    def change_keeping_time(self):
        """Other bytes, same size, same time of modification, as some sync tools leave them."""
        path = self.any_file()
        with self.ledger.outside(path, "in place") as event:
            before, status = path.read_bytes(), path.stat()
            event.found(before, path)
            if event.is_spared():
                return
            word, other = self.chance.sample([word for word in WORDS if len(word) == 5], 2)
            path.write_bytes(before.replace(word.encode(), other.encode(), 1))
            os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))

    def retitle(self):
        path = self.any_file()
        if not path.name.startswith((Kind.BOUND, Kind.LOOSE)):
            return
        lines = path.read_bytes().split(b"\n")
        if len(lines) > 1 and lines[1].startswith(b"title: "):
            kind, number = path.stem.split()[0].capitalize(), path.stem.split()[-1]
            lines[1] = f"title: {kind} Title {self.chance.choice((number, number + ' v2'))}".encode()
            self.save_atomically(path, b"\n".join(lines))

    def crlf(self):
        path = self.any_file()
        with self.ledger.outside(path, "in place") as event:
            before = path.read_bytes()
            event.found(before, path)
            if event.is_spared():
                return
            path.write_bytes(before.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
                             if self.chance.random() < 0.5 else before.replace(b"\r\n", b"\n"))

    def touch(self):
        path = self.any_file()
        when = time.time_ns() - self.chance.randrange(10**15)
        os.utime(path, ns=(when, when)) if self.chance.random() < 0.5 else path.touch()

    def move(self):
        path = self.any_file(self.chance.choice((".md", ".md", ".md", ".pdf")))
        to = self.folder() / (path.name if self.chance.random() < 0.6 else f"{path.stem} m{next(self.numbers)}{path.suffix}")
        if not to.exists():
            os.rename(path, to)

    def rename_case(self):
        path = self.any_file()
        to = path.with_name(path.stem.swapcase() + path.suffix)
        if not to.exists():
            os.rename(path, to)

    def rename_folder(self):
        folders = [path for path in self.root.rglob("*") if path.is_dir() and not path.is_symlink()
                   and "repo" not in path.parts and not path.name.startswith(".")]
        if folders:
            folder = self.chance.choice(folders)
            to = folder.with_name(self.chance.choice((folder.name.swapcase(), f"moved{next(self.numbers)}{self.name}", "a")))
            if not to.exists():
                os.rename(folder, to)

    def delete(self):
        path = self.any_file()
        with self.ledger.outside(path, "delete") as event:
            event.found(path.read_bytes(), path)
            if not event.is_spared():
                path.unlink()

    def delete_folder(self):
        """A folder as a whole, note by note as `rm -r` does it."""
        folders = [path for path in self.root.rglob("*") if path.is_dir() and not path.is_symlink()
                   and "repo" not in path.parts and not path.name.startswith(".") and not list(path.glob("*/"))]
        if not folders:
            return
        folder = self.chance.choice(folders)
        for path in list(folder.iterdir()):
            with self.ledger.outside(path, "delete") as event:
                if path.suffix == ".md" and path.is_file():
                    event.found(path.read_bytes(), path)
                if not event.is_spared():
                    path.unlink()
        folder.rmdir()

    def copy_loose(self):
        path = self.any_file()
        if path.name.startswith(Kind.LOOSE):
            _, name = self.fresh(Kind.LOOSE)
            self.save(self.folder() / name, path.read_bytes())

    # What is no note, or not one that can be indexed

    def file_that_is_no_note(self):
        name = f"scan {self.name}{next(self.numbers) % 20}.{self.chance.choice(('pdf', 'png', 'canvas'))}"
        data = b"{}" if name.endswith("canvas") else b"%PDF" + self.chance.randbytes(self.chance.randrange(200_000))
        self.save(self.folder() / name, data)

    def links(self):
        link = self.folder() / f"link {self.name}{next(self.numbers) % 10}.md"
        if link.is_symlink():
            link.unlink()
        else:
            link.symlink_to(self.chance.choice((self.root / "a", self.any_file(), pathlib.Path("nowhere.md"))))

    def not_text(self):
        """What is no text is not indexed until somebody mends it. The other way round the last good rows would stay, which
        no fresh index has: so such a file always has a name of its own."""
        broken = [path for path in self.files() if path.name.lower().startswith("bytes")]
        if broken and self.chance.random() < 0.5:
            self.chance.choice(broken).write_text("# Healed\n\nnow it is text\n", encoding="utf-8")
        else:
            path = self.folder() / f"bytes {self.name}{next(self.numbers)}.md"
            path.write_bytes(b"# Bytes \xff\xfe\n" + self.chance.randbytes(40).replace(b"\n", b""))

    def broken(self):
        path = self.folder() / f"broken {self.name}{next(self.numbers) % 20}.md"
        self.save(path, (self.chance.choice(BROKEN) + self.text()).encode())

    def left_out(self):
        place = self.root / self.chance.choice((".hidden", "build", "skipped", "a"))
        place.mkdir(exist_ok=True)
        (place / self.chance.choice(("left.md", "out.tmp", ".dot.md", "note.md~"))).write_text(self.text(), encoding="utf-8")

    def rules(self):
        self.save(self.root / ".gitignore", self.chance.choice((b"skipped/\n", b"# nothing\n", b"skipped/\nbroken*\n")))


class Versioner(Actor):
    """Changes between branches of a repository inside the project, as people do with git."""

    BRANCHES = 3

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.folder = self.root / "repo"
        self.make_branches()

    def git(self, *words, check=True):
        subprocess.run([*GIT, *words], cwd=self.folder, check=check, timeout=60, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)

    def make_branches(self):
        self.folder.mkdir()
        self.git("init", "-b", "b0", ".")
        for branch in range(self.BRANCHES):
            if branch:
                self.git("checkout", "-b", f"b{branch}", "b0")
            for number in range(40):
                place = self.folder / f"part{number % 4}"
                stay = place / f"Bound g{number}.md"
                place.mkdir(exist_ok=True)
                text = " ".join(self.chance.choices(WORDS, k=20))
                if number % 3 != branch:
                    stay.write_text(f"---\ntitle: Bound Title g{number}\npermalink: bound/g{number}\n---\n\n{text}\n\n"
                                    f"- next_to [[Bound Title g{(number + branch) % 40}]]\n", encoding="utf-8")
                # The same bytes under another name in each branch.
                for old in place.glob(f"loose gv{number} *.md"):
                    old.unlink()
                (place / f"loose gv{number} {branch}.md").write_text(
                    f"# Loose Title gv{number}\n\n- [moss] the same in all branches {number}\n", encoding="utf-8")
            self.git("add", "-A")
            self.git("commit", "-m", f"branch {branch}")

    def act(self):
        self.git("checkout", "-f", f"b{self.chance.randrange(self.BRANCHES)}")
        if self.chance.random() < 0.2:
            self.git("clean", "-fdq", check=False)  # gives up when a file goes away under its hands
        time.sleep(self.chance.random() * 0.3)
