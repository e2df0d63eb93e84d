#!/usr/bin/env python3
"""Makes a corpus of Markdown notes for measurements: same arguments, same files.

    make_corpus.py --out FOLDER [--size S|M|L | --notes N] [--seed 1]

S, M and L are 1,000, 10,000 and 100,000 notes of about 2.4 KB: front matter, three paragraphs with links in them, four
or more observations, three or more relations. Words are made up and follow Zipf's law, so that there are rare and
common ones; links prefer few targets, so that there are hubs. Beside the folder, FOLDER.json tells what to ask for:
permalinks, hubs, and 300 queries of each class.
"""

import argparse
import itertools
import json
import math
import pathlib
import random
import sys

SIZES = {"S": 1_000, "M": 10_000, "L": 100_000}
VOCABULARY = 24_000
QUERIES = 300
STARTS = "b bl br c cl d dr f fl g gl gr h k kl l m n p pl qu r s sl sn st t tr v w z".split()
MIDDLES = "a e i o u ae ai ea ee oa oo ou y".split()
ENDS = ["", "", "l", "m", "n", "nd", "r", "rn", "s", "sk", "t", "x"]
CATEGORIES = ["fact", "idea", "decision", "question", "method", "risk", "quote", "todo", "measurement"]
RELATIONS = ["relates_to", "part_of", "depends_on", "extends", "contradicts", "follows", "mentions"]
TYPES = ["note", "note", "note", "note", "guide", "person", "meeting"]


class Corpus:
    """All notes of one corpus; everything is drawn from one generator, in a fixed order."""

    def __init__(self, count, seed):
        self.chance = random.Random(seed)
        self.words = self.make_words()
        # Zipf with a flat head: the most common word makes up about four percent of the text.
        self.weights = list(itertools.accumulate(1.0 / (rank + 2.5) for rank in range(VOCABULARY)))
        self.folders = self.make_folders(max(8, count // 50))
        self.titles, self.places = self.make_titles(count)
        self.phrases = []

    def make_words(self):
        words, seen = [], set()
        while len(words) < VOCABULARY:
            syllables = self.chance.choice((1, 1, 2) if len(words) < 300 else (2, 2, 3))
            word = "".join(self.chance.choice(STARTS) + self.chance.choice(MIDDLES) + self.chance.choice(ENDS)
                           for _ in range(syllables))
            if 2 < len(word) < 12 and word not in seen:
                seen.add(word)
                words.append(word)
        return words

    def draw(self, count):
        return self.chance.choices(self.words, cum_weights=self.weights, k=count)

    def make_folders(self, count):
        folders = ["inbox"]
        for number in range(count):
            parent = self.chance.choice(folders)
            name = self.chance.choice(self.words[:4000])
            folders.append(f"{parent}/{name}" if parent.count("/") < 4 and number % 3 else f"{name}-{number}")
        return list(dict.fromkeys(folders))

    def make_titles(self, count):
        titles, places, seen = [], [], set()
        for number in range(count):
            title = " ".join(word.capitalize() for word in self.chance.choices(self.words, k=self.chance.choice((2, 3))))
            if title.lower() in seen:
                title += f" {number}"
            seen.add(title.lower())
            titles.append(title)
            places.append(self.chance.choice(self.folders))
        return titles, places

    def permalink(self, number):
        return f"{self.places[number]}/{self.titles[number].lower().replace(' ', '-')}"

    def hub(self, rank):
        """The note with this rank of being linked to; ranks are scattered over the corpus."""
        return (rank * 7_368_787) % len(self.titles)

    def target(self):
        if self.chance.random() < 0.02:
            return "Unwritten " + self.chance.choice(self.words).capitalize()
        rank = int(math.exp(self.chance.random() * math.log(len(self.titles)))) - 1
        return self.titles[self.hub(rank)]

    def sentence(self):
        words = self.draw(self.chance.randrange(8, 17))
        if len(self.phrases) < 20_000 and self.chance.random() < 0.1:
            at = self.chance.randrange(len(words) - 1)
            self.phrases.append(" ".join(words[at:at + 2]))
        return " ".join(words).capitalize() + "."

    def paragraph(self):
        sentences = [self.sentence() for _ in range(self.chance.randrange(4, 8))]
        if self.chance.random() < 0.5:
            sentences.insert(1, f"See [[{self.target()}]] for more.")
        return " ".join(sentences)

    def observation(self):
        text = " ".join(self.draw(self.chance.randrange(6, 14)))
        tags = "".join(f" #{word}" for word in self.draw(self.chance.randrange(0, 3)))
        context = f" ({' '.join(self.draw(2))})" if self.chance.random() < 0.3 else ""
        return f"- [{self.chance.choice(CATEGORIES)}] {text}{tags}{context}"

    def note(self, number):
        chance = self.chance
        lines = ["---", f"title: {self.titles[number]}", f"type: {chance.choice(TYPES)}",
                 f"permalink: {self.permalink(number)}", "tags:"]
        lines += [f"- {tag}" for tag in dict.fromkeys(self.draw(chance.randrange(1, 4)))]
        lines += [f"status: {chance.choice(('draft', 'active', 'done'))}", "---", "", f"# {self.titles[number]}", ""]
        for _ in range(3):
            lines += [self.paragraph(), ""]
        lines += ["## Observations", "", *(self.observation() for _ in range(chance.randrange(4, 7))), ""]
        lines += ["## Relations", ""]
        lines += [f"- {chance.choice(RELATIONS)} [[{self.target()}]]" for _ in range(chance.randrange(3, 5))]
        return "\n".join(lines) + "\n"

    def queries(self):
        """300 queries of each class, as the words that a person would type."""
        chance, words = self.chance, self.words

        def middle():  # neither the commonest nor the rarest
            return words[int(math.exp(chance.uniform(math.log(40), math.log(4000))))]

        makers = {
            "rare": lambda: chance.choice(words[VOCABULARY // 2:]),
            "common": lambda: chance.choice(words[:40]),
            "AND": lambda: f"{middle()} AND {middle()}",
            "OR": lambda: f"{middle()} OR {middle()}",
            "phrase": lambda: f'"{chance.choice(self.phrases)}"',
            "prefix": lambda: middle()[:3] + "*",
            "six words": lambda: " ".join(self.draw(6)),
        }
        return {name: [make() for _ in range(QUERIES)] for name, make in makers.items()}


def make_corpus(out, count, seed=1):
    """Writes the notes and the file beside them. Returns what that file says."""
    out = pathlib.Path(out)
    corpus = Corpus(count, seed)
    for folder in corpus.folders:
        (out / folder).mkdir(parents=True, exist_ok=True)
    total = 0
    for number in range(count):
        data = corpus.note(number).encode()
        with open(out / corpus.places[number] / f"{corpus.titles[number]}.md", "wb") as file:
            file.write(data)
        total += len(data)
    about = {"notes": count, "bytes": total, "seed": seed,
             "permalinks": [corpus.permalink(corpus.chance.randrange(count)) for _ in range(2000)],
             "hubs": [corpus.permalink(corpus.hub(rank)) for rank in range(20)],
             "queries": corpus.queries()}
    pathlib.Path(f"{out}.json").write_text(json.dumps(about), encoding="utf-8")
    return about


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--out", required=True)
    options.add_argument("--size", choices=SIZES)
    options.add_argument("--notes", type=int)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    count = chosen.notes or SIZES[chosen.size or "S"]
    about = make_corpus(chosen.out, count, chosen.seed)
    print(f"{about['notes']} notes, {about['bytes']} bytes, {about['bytes'] // count} bytes a note")


if __name__ == "__main__":
    sys.exit(main())
