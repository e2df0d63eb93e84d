#!/usr/bin/env python3
"""Makes a vault as people have them, notes with what was scanned and photographed: same arguments, same files.

    make_mixed_vault.py --out FOLDER [--files 2621] [--pdfs 31] [--megabytes 80] [--seed 1]

The PDFs and twice as many pictures hold the megabytes; all other files are notes.
"""

import argparse
import pathlib
import random
import sys

from make_corpus import Corpus


def make_mixed_vault(out, files=2621, pdfs=31, megabytes=80, seed=1):
    """Returns the paths of the notes."""
    out, chance = pathlib.Path(out), random.Random(seed)
    pictures = 2 * pdfs
    corpus = Corpus(files - pdfs - pictures, seed)
    notes = []
    for number in range(files - pdfs - pictures):
        path = out / corpus.places[number] / f"{corpus.titles[number]}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(corpus.note(number).encode())
        notes.append(path)
    # A PDF is as large as six pictures.
    part = megabytes * 1_000_000 // (6 * pdfs + pictures)
    for number in range(pdfs + pictures):
        is_pdf = number < pdfs
        path = out / "attachments" / (f"Scan {number}.pdf" if is_pdf else f"Picture {number}.jpg")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes((b"%PDF-1.7\n" if is_pdf else b"\xff\xd8\xff\xe0") + chance.randbytes(part * (6 if is_pdf else 1)))
    return notes


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--out", required=True)
    options.add_argument("--files", type=int, default=2621)
    options.add_argument("--pdfs", type=int, default=31)
    options.add_argument("--megabytes", type=int, default=80)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    notes = make_mixed_vault(chosen.out, chosen.files, chosen.pdfs, chosen.megabytes, chosen.seed)
    print(f"{chosen.files} files, {len(notes)} of them notes, {chosen.pdfs} PDFs, {chosen.megabytes} MB in other files")


if __name__ == "__main__":
    sys.exit(main())
