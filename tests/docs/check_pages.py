"""Checks what the pages of docs/ say against the program: commands and options, sentences, links.

    python3 tests/docs/check_pages.py --binary build/release/cli/bm
"""

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = [*sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.md", ROOT / "packaging" / "README.md"]


class Help:
    """What the help of a command says about its words."""

    def __init__(self, text):
        self.options = set(re.findall(r"--?[A-Za-z][\w-]*", text))
        self.with_value = {name for names in re.findall(r"^  (-[\w,-]+) (?:[A-Z<])", text, re.M)
                           for name in names.split(",")}
        listed = re.search(r"^Positionals:\n(.*?)(?:\n\n|\Z)", text, re.M | re.S)
        lines = re.findall(r"^  \S.*", listed[1], re.M) if listed else []
        self.most_words = 1000 if any("..." in line for line in lines) else len(lines)


def commands_of(reference):
    """The help of each command of the reference."""
    found = re.findall(r"^#+ (bm[^\n]*)\n\n```\n(.*?)\n```", reference, re.M | re.S)
    return {title: Help(text) for title, text in found}


def spoken(line):
    """The words of a line that calls bm, up to what the shell does with it."""
    line = re.sub(r"^\$ ", "", line.strip())
    line = re.sub(r"'[^']*'|\"[^\"]*\"", "TEXT", line)
    return re.split(r"\s#|[|<>;]|&&", line)[0].split()


def wrong_command(line, known):
    words = spoken(line)
    if not words or words[0] not in ("bm", "basic-memory"):
        return None
    command = "bm"
    rest = words[1:]
    while rest and f"{command} {rest[0]}" in known:
        command += " " + rest.pop(0)
    if command == "bm" and rest and not rest[0].startswith("-"):
        return f"there is no command 'bm {rest[0]}'"
    # A group's help shows its commands; a word that is none of them is a mistake.
    is_group = any(name.startswith(command + " ") for name in known)
    if is_group and rest and re.fullmatch(r"[a-z-]+", rest[0]) and not rest[0].startswith("-") and command != "bm serve":
        return f"there is no command '{command} {rest[0]}'"
    words = 0
    is_value = False
    for word in rest:
        option = word.split("=")[0]
        if option.startswith("--") and option not in known[command].options | {"--local", "--cloud"}:
            return f"'{command}' has no option {option}"
        words += not is_value and not word.startswith("-")
        is_value = word in known[command].with_value
    if not is_group and words > known[command].most_words:
        return f"'{command}' takes {known[command].most_words} words beside its options"
    return None


def anchors_of(page):
    """The headings of a page, as links name them."""
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.M | re.S)
    headings = re.findall(r"^#+ (.*)$", text, re.M)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def wrong_link(page, target):
    """What is wrong with a link from this page, if anything."""
    file, _, anchor = target.partition("#")
    leads_to = page.parent / file if file else page
    if not leads_to.exists():
        return f"the link {target} leads nowhere"
    if anchor and anchor not in anchors_of(leads_to):
        return f"{target}: there is no such heading"
    return None


def without_routes(binary):
    """Complains where a command knows nothing of `--local` and `--cloud`, which no help lists."""
    with tempfile.TemporaryDirectory(prefix="bm-docs-") as home:
        for words in (["status"], ["project", "list"], ["history", "NOTE"]):
            said = subprocess.run([binary, *words, "--local", "--cloud"], capture_output=True, text=True, timeout=30,
                                  env={"HOME": home, "PATH": "/usr/bin:/bin"}).stderr
            if "Cannot specify both --local and --cloud" not in said:
                yield f"docs/reference/commands.md: bm {' '.join(words)} does not take --local and --cloud: {said}"


def wrong_counts(name):
    """What a page says of the protocol's suites, where their test asks for other numbers."""
    readme = (ROOT / name).read_text()
    sys.path[:0] = [str(ROOT / "tests" / "conformance"), str(ROOT / "tests" / "support"), str(ROOT / "tests" / "clients")]
    from run import FULL_RUNS, OF_EVERY_SERVER  # the test's own numbers

    table = re.findall(r"^\| (\S+) \| `(--[^`]+)` \| (\d+) \| 0 \|$", readme, re.M)
    said = [(version, words, int(count)) for version, words, count in table]
    asked = [(version.rpartition("@")[2], " ".join(words), count) for version, words, count in FULL_RUNS]
    faults = [] if said == asked else [f"{name}: the suites are {asked}, not {said}"]
    counts = [count for *_, count in OF_EVERY_SERVER]
    sentence = f"{counts[0]} of 0.1.16 and, of 0.2.0-alpha.12, {counts[1]}, {counts[2]} and {counts[3]} for"
    return faults + ([] if sentence in " ".join(readme.split()) else [f"{name}: does not say: {sentence}"])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    wish = parser.parse_args()
    program = pathlib.Path(wish.binary).read_bytes()
    known = commands_of((ROOT / "docs/reference/commands.md").read_text())
    assert len(known) > 40, "the reference is not understood"
    faults = list(without_routes(str(pathlib.Path(wish.binary).resolve())))
    checked = {"commands": 0, "sentences": 0, "links": 0}
    for page in PAGES:
        text = page.read_text()
        name = page.relative_to(ROOT)
        if "reference" not in page.parts:
            for block in re.findall(r"```(?:sh|console)?\n(.*?)```", text, re.S):
                for line in block.splitlines():
                    if re.match(r"(\$ )?(bm|basic-memory) ", line.strip()):
                        checked["commands"] += 1
                        fault = wrong_command(line, known)
                        faults += [f"{name}: {line.strip()}: {fault}"] if fault else []
            for code in re.findall(r"`(bm [^`]+)`", text):
                if not re.search(r"[.…\[]|COMMAND|NAME \.", code):
                    checked["commands"] += 1
                    fault = wrong_command(code.split(",")[0], known)
                    faults += [f"{name}: `{code}`: {fault}"] if fault else []
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            if "://" not in target:
                checked["links"] += 1
                fault = wrong_link(page, target)
                faults += [f"{name}: {fault}"] if fault else []
    # A sentence that the program does not say helps nobody who looks for what it does say.
    for title in re.findall(r"\*\*(`.+?`)\*\*", (ROOT / "docs/guide/troubleshooting.md").read_text()):
        for sentence in re.split(r"`, `", title[1:-1]):
            for piece in re.split("…", sentence):
                if len(piece.strip()) > 8:
                    checked["sentences"] += 1
                    if piece.strip().encode() not in program:
                        faults.append(f"docs/guide/troubleshooting.md: the program does not say: {piece.strip()}")
    for name in ("README.md", "docs/measurements.md"):
        faults += wrong_counts(name)
    for fault in faults:
        print(fault)
    print(", ".join(f"{count} {what}" for what, count in checked.items()), "checked,", len(faults), "wrong")
    sys.exit(bool(faults) or min(checked.values()) < 10)


if __name__ == "__main__":
    main()
