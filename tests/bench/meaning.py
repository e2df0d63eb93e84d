#!/usr/bin/env python3
"""Asks the same questions in words, by meaning and in both ways, and tells how well each search answers.

    meaning.py --binary build/release/cli/bm

Two vaults: examples/vault with questions written by hand, and a made-up one of 400 notes in which half of the notes of
each subject call it by another name. Each question has notes that answer it. Recall@5: how many of them are among the
first five (of at most five); MRR: one divided by the place of the first. Ends with 1 when the hybrid search is worse
than the text search on a class of questions.
"""

import argparse
import json
import pathlib
import random
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))
import bm_process  # noqa: E402

MODES = ("text", "vector", "hybrid")
# Sums of the same marks in another order differ by less.
TOLERANCE = 1e-9

EXAMPLES = {
    "its own words": [
        ("runner beans strings", ["Beans on Strings"]),
        ("dissolve miso ladle", ["Miso Soup"]),
        ("copper tape wool headlamp", ["Slugs"]),
        ("polystyrene fish box thermostat", ["Proofing Box"]),
        ("brown green bucket turning", ["Compost"]),
        ("bergamot apricot", ["Ethiopia Guji"]),
        ("biscuit tin paper bags", ["Seed Box"]),
        ("blight roof windows", ["Tomatoes"]),
        ("salt cucumbers radishes", ["Pickles"]),
        ("popcorn machine thermometer", ["Coffee Roasting Log"]),
    ],
    "other forms": [
        ("dissolving misos", ["Miso Soup"]),
        ("slug hunting headlamps", ["Slugs"]),
        ("fermenting cucumber pickled", ["Pickles"]),
        ("composting worm", ["Compost"]),
        ("roasted beans smoking", ["Coffee Roasting Log"]),
        ("germination of seeds bag", ["Seed Box"]),
        ("flooded beds railways", ["Plot 17"]),
        ("thermostats for aquariums", ["Proofing Box"]),
    ],
    "misspelt": [
        ("thermostatt aquariun", ["Proofing Box"]),
        ("bergamott apricott", ["Ethiopia Guji"]),
        ("cucumbres raddishes", ["Pickles"]),
        ("headlampp pellets", ["Slugs"]),
        ("polystyrine lamp", ["Proofing Box"]),
        ("lacqer cardbord bowl", ["金継ぎ"]),
    ],
    "questions": [
        ("how do I keep slugs away from the lettuce", ["Slugs"]),
        ("what should never be boiled in the soup", ["Miso Soup"]),
        ("when are tomatoes safe from frost", ["Journal 2025-05-11 Ice Saints", "Garden Year", "Tomatoes"]),
        ("how warm does the dough have to be", ["Proofing Box", "Journal 2025-08-02 Too Hot to Bake"]),
        ("how long does the water in the barrel last", ["Rain Barrel"]),
        ("who comes to the harvest party", ["Harvest Supper"]),
        ("which bed floods in spring", ["Plot 17", "Garden Year"]),
        ("how much salt goes into a jar of vegetables", ["Pickles"]),
        ("what did the mouse do to the thermometer", ["Weather Station", "Journal 2025-03-09 First Warm Sunday"]),
        ("how is a broken bowl mended", ["金継ぎ"]),
    ],
    "exact wishes": [
        ('"first crack"', ["Coffee Roasting Log"]),
        ("slugs NOT tomatoes NOT garden", ["Slugs"]),
        ('"paper bags"', ["Seed Box"]),
        ("kombu OR miso", ["Miso Soup"]),
    ],
}

STARTS = "b br c cl d f fl g gr h k l m n p pl r s st t tr v w z".split()
VOWELS = "a e i o u ai ou".split()


class MadeUpVault:
    """Notes about 40 subjects with made-up words, and questions about them."""

    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.used = set()
        self.notes = []  # (title, text)
        self.classes = {name: [] for name in ("its own words", "other forms", "misspelt", "other names", "questions")}
        self.common = [self.word(2) for _ in range(60)]
        for _ in range(40):
            self.add_subject()

    def word(self, syllables):
        while True:
            made = "".join(self.chance.choice(STARTS) + self.chance.choice(VOWELS) for _ in range(syllables)) + "n"
            if made not in self.used:
                self.used.add(made)
                return made

    def add_subject(self):
        names = [self.word(3), self.word(3)]
        company = [self.word(3) for _ in range(14)]
        for number in range(10):
            name = names[number % 2]
            title = self.word(4).capitalize()
            detail = self.word(4)
            own = self.chance.sample(company, 6)
            words = [name] * 2 + own * 2 + [detail] * 2 + self.chance.choices(self.common, k=30)
            self.chance.shuffle(words)
            self.notes.append((title, " ".join(words)))
            self.ask(number, names, title, detail, own)

    def ask(self, number, names, title, detail, own):
        filler = self.chance.sample(self.common, 4)
        if number == 0:
            self.classes["its own words"].append((names[0] + " " + detail, [title]))
        elif number == 1:
            self.classes["other forms"].append((detail + "ing " + own[0] + "s", [title]))
        elif number == 2:
            at = len(detail) // 2
            wrong = detail[:at] + detail[at + 1] + detail[at] + detail[at + 2:]
            self.classes["misspelt"].append((wrong + " " + own[0], [title]))
        elif number == 3:
            self.classes["other names"].append((" ".join([names[0]] + own[:3]), [title]))
        elif number == 4:
            asked = [filler[0], names[0], filler[1], own[0], filler[2], own[1], own[2]]
            self.classes["questions"].append((" ".join(asked), [title]))

    def write(self, folder):
        for number, (title, text) in enumerate(self.notes):
            (folder / f"note {number}.md").write_text(f"---\ntitle: {title}\n---\n\n{text}\n", encoding="utf-8")


def titles(server, project, question, mode):
    answer = server.call("search_notes", {"project": project, "query": question, "search_type": mode,
                                          "output_format": "json", "page_size": 10})
    found = json.loads(answer.text)
    return [row["title"] for row in found["results"]]


def marks(found, wanted):
    first_five = set(found[:5])
    recall = sum(title in first_five for title in wanted) / min(len(wanted), 5)
    places = [place for place, title in enumerate(found, 1) if title in wanted]
    return recall, 1 / places[0] if places else 0


def measure(server, project, classes):
    """For each class and mode the means of both marks."""
    table = {}
    for name, questions in classes.items():
        table[name] = {"questions": len(questions)}
        for mode in MODES:
            pairs = [marks(titles(server, project, question, mode), wanted) for question, wanted in questions]
            table[name][mode] = tuple(sum(column) / len(pairs) for column in zip(*pairs))
    return table


def rows_of(vault, table):
    for name, cells in table.items():
        yield [vault, name, str(cells["questions"])] + [
            f"{cells[mode][0]:.2f} / {cells[mode][1]:.2f}" for mode in MODES]


def worse_classes(table):
    return [name for name, cells in table.items()
            if any(ours < text - TOLERANCE for ours, text in zip(cells["hybrid"], cells["text"]))]


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--binary", type=pathlib.Path, required=True)
    arguments.add_argument("--seed", type=int, default=7, help="of the made-up vault")
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        base = pathlib.Path(folder)
        made_up = MadeUpVault(options.seed)
        (base / "made-up").mkdir()
        made_up.write(base / "made-up")
        config = base / "data"
        config.mkdir()
        (config / "config.json").write_text(json.dumps({
            "projects": {"example": str(ROOT / "examples" / "vault"), "made-up": str(base / "made-up")},
            "default_project": "example", "semantic_search_enabled": True}))
        environment = {"HOME": folder, "BASIC_MEMORY_CONFIG_DIR": str(config), "PATH": "/usr/bin:/bin"}
        subprocess.run([str(options.binary.resolve()), "reindex"], env=environment, check=True,
                       stdout=subprocess.DEVNULL, timeout=600)
        server = bm_process.Server([str(options.binary.resolve()), "mcp"], environment, base / "log")
        try:
            server.initialize()
            tables = {"example": measure(server, "example", EXAMPLES),
                      "made-up": measure(server, "made-up", made_up.classes)}
        finally:
            server.close(timeout=60)
    print("| vault | questions | number | text | vector | hybrid |\n| --- | --- | --- | --- | --- | --- |")
    for vault, table in tables.items():
        for row in rows_of(vault, table):
            print("| " + " | ".join(row) + " |")
    worse = [f"{vault}: {name}" for vault, table in tables.items() for name in worse_classes(table)]
    for each in worse:
        print(f"hybrid is worse than text: {each}", file=sys.stderr)
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())
