"""Packs a build as a release does, unpacks what came out, and starts it as a user would.

    python3 tests/packaging/release_test.py --build build/release [--cpack cpack]
"""

import argparse
import gzip
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
VERSION = re.search(r"project\(basic_memory VERSION ([0-9.]+)", (ROOT / "CMakeLists.txt").read_text())[1]
OPTIONS = argparse.Namespace()


def bare(home, **more):
    """An environment in which nothing of this machine's user is found."""
    return {"HOME": str(home), "PATH": os.environ["PATH"], **more}


def first_note(program, home, arguments=("mcp",), **environment):
    """Writes a note over stdio as a client does, and gives the answer back."""
    client = {"name": "release_test", "version": "1"}
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client}
    note = {"title": "Hello", "folder": "first", "content": "# Hello\n\n- [fact] it starts", "project": "main"}
    messages = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "write_note", "arguments": note}},
    ]
    # Input that ends lets the calls finish that were made.
    done = subprocess.run(
        [str(program), *arguments],
        input="".join(json.dumps(message) + "\n" for message in messages),
        capture_output=True,
        text=True,
        timeout=60,
        env=bare(home, **environment),
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()][-1]


class Release(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="bm-release-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, True)
        cls.dist = cls.folder / "dist"
        packed = subprocess.run(
            [OPTIONS.cpack, "-B", str(cls.dist)], cwd=OPTIONS.build, capture_output=True, text=True, timeout=150
        )
        assert packed.returncode == 0, packed.stdout + packed.stderr
        stripped = cls.folder / "bm"
        subprocess.run(["strip", "-o", str(stripped), str(OPTIONS.build / "cli/bm")], check=True)
        cls.bundle = cls.dist / "bm-mcp.mcpb"
        subprocess.run(
            [sys.executable, "-B", str(ROOT / "packaging/make_bundle.py"), "--program", str(stripped)]
            + ["--version", VERSION, "--out", str(cls.bundle)],
            check=True,
            timeout=60,
        )

    def setUp(self):
        self.home = pathlib.Path(tempfile.mkdtemp(dir=self.folder))

    def the(self, pattern):
        found = list(self.dist.glob(pattern))
        self.assertEqual(len(found), 1, (pattern, list(self.dist.iterdir())))
        return found[0]

    def check_tree(self, prefix):
        """A tree works where it lies: the program under both names, and its completions and its manual page."""
        for name in ("bm", "basic-memory"):
            said = subprocess.run(
                [prefix / "bin" / name, "--version"], capture_output=True, text=True, env=bare(self.home), timeout=20
            )
            self.assertEqual(said.stdout, f"Basic Memory version: {VERSION}\n")
        answer = first_note(prefix / "bin/bm", self.home)
        self.assertFalse(answer["result"]["isError"], answer)
        self.assertIn("it starts", (self.home / "basic-memory/first/Hello.md").read_text())
        for script in ("bash-completion/completions/bm", "zsh/vendor-completions/_bm", "fish/vendor_completions.d/bm.fish"):
            self.assertIn("basic-memory", (prefix / "share" / script).read_text())
        for page in ("bm.1.gz", "basic-memory.1.gz"):
            self.assertIn(b".TH BM 1", gzip.decompress((prefix / "share/man/man1" / page).read_bytes()).upper())
        self.check_pages(prefix / "share/doc/basic-memory")

    def check_pages(self, folder):
        """No link of the installed pages leads nowhere."""
        pages = [folder / "README.md", *(folder / "docs").rglob("*.md"), *(folder / "examples").rglob("*.md")]
        self.assertGreater(len(pages), 10, folder)
        for page in pages:
            for target in re.findall(r"\]\(([^)#\s]+)", page.read_text()):
                if "://" not in target:
                    self.assertTrue((page.parent / target).exists(), f"{page.relative_to(folder)} links to {target}")

    def test_the_archive_works_where_it_is_unpacked(self):
        place = self.home / "anywhere at all"
        with tarfile.open(self.the("bm-*-linux-*.tar.gz")) as archive:
            archive.extractall(place, filter="fully_trusted")
        (tree,) = place.iterdir()
        self.check_tree(tree)

    def test_the_package_says_what_it_needs_and_works(self):
        if not shutil.which("dpkg-deb"):
            self.skipTest("no dpkg-deb here")
        package = self.the("basic-memory_*.deb")

        def field(name):
            return subprocess.run(
                ["dpkg-deb", "-f", str(package), name], capture_output=True, text=True, check=True
            ).stdout.strip()

        self.assertEqual(field("Version"), VERSION)
        for library in ("libsqlite3-0", "libssl3", "libcurl4", "libcpp-httplib"):
            self.assertIn(library, field("Depends"))
        for codec in ("libjpeg", "libpng", "libwebp", "libgif"):
            self.assertIn(codec, field("Recommends"))
        self.check_container(field("Depends"))
        place = self.home / "root"
        subprocess.run(["dpkg-deb", "-x", str(package), str(place)], check=True)
        self.check_tree(place / "usr")
        self.assertTrue((place / "usr/share/doc/basic-memory/copyright").is_file())

    def check_container(self, depends):
        """The image of examples/serve has what the package of the same system asks for."""
        image = (ROOT / "examples/serve/Dockerfile").read_text().rsplit("\nFROM ", 1)[1]
        if "VERSION_ID=\"12\"" not in pathlib.Path("/etc/os-release").read_text():
            return
        for package in {each.split()[0] for each in depends.split(", ")} - {"libc6", "libgcc-s1"}:
            self.assertIn(f" {package} ", image, "examples/serve/Dockerfile lacks it")

    def test_the_bundle_starts_as_its_manifest_says(self):
        place = self.home / "bundle"
        with zipfile.ZipFile(self.bundle) as bundle:
            for entry in bundle.infolist():
                bundle.extract(entry, place)
                (place / entry.filename).chmod(entry.external_attr >> 16 & 0o777)
        made = json.loads((place / "manifest.json").read_text())
        for needed in ("manifest_version", "name", "version", "description", "author", "server"):
            self.assertIn(needed, made)
        self.assertEqual(made["version"], VERSION)
        self.assertTrue((place / made["icon"]).read_bytes().startswith(b"\x89PNG"))
        self.assertTrue(os.access(place / made["server"]["entry_point"], os.X_OK))
        self.assertIn("write_note", [tool["name"] for tool in made["tools"]])
        self.assertTrue(all(tool["description"] for tool in made["tools"]))
        notes = self.home / "my notes"

        def filled(text):
            return text.replace("${__dirname}", str(place)).replace("${user_config.notes_dir}", str(notes))

        start = made["server"]["mcp_config"]
        environment = {name: filled(value) for name, value in start["env"].items()}
        answer = first_note(filled(start["command"]), self.home, map(filled, start["args"]), **environment)
        self.assertFalse(answer["result"]["isError"], answer)
        self.assertTrue((notes / "first/Hello.md").is_file())

    def test_the_same_bundle_has_the_same_bytes(self):
        again = self.folder / "again.mcpb"
        subprocess.run(
            [sys.executable, "-B", str(ROOT / "packaging/make_bundle.py"), "--program", str(self.folder / "bm")]
            + ["--version", VERSION, "--out", str(again)],
            check=True,
            timeout=60,
        )
        digests = [hashlib.sha256(file.read_bytes()).hexdigest() for file in (self.bundle, again)]
        self.assertEqual(*digests)

    def test_the_registry_entry_is_what_the_registry_takes(self):
        text = (ROOT / "packaging/registry/server.json.in").read_text()
        values = {"REPOSITORY": "https://github.com/o/n", "REGISTRY_NAME": "io.github.o/n", "VERSION": VERSION}
        values |= {"BUNDLE": "bm-mcp.mcpb", "BUNDLE_SHA256": hashlib.sha256(self.bundle.read_bytes()).hexdigest()}
        entry = json.loads(re.sub(r"@(\w+)@", lambda hole: values[hole[1]], text))
        self.assertLessEqual(len(entry["description"]), 100)
        (package,) = entry["packages"]
        self.assertRegex(package["fileSha256"], r"^[0-9a-f]{64}$")
        self.assertIn("mcp", package["identifier"])
        self.assertTrue(package["identifier"].startswith("https://github.com/o/n/releases/download/v" + VERSION))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--cpack", default="cpack")
    OPTIONS = parser.parse_args()
    OPTIONS.build = OPTIONS.build.resolve()
    unittest.main(argv=[sys.argv[0], "-v"])
