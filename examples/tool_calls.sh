#!/usr/bin/env bash
# The tools from the shell: each step prints the command and what it answers.
#
#   examples/tool_calls.sh [PATH TO bm]
#
# Works in a temporary folder with a data directory of its own; nothing of yours is touched.
# `--text` prints what an assistant reads, `--plain` what a person reads in a terminal; without either, and into a
# pipe, every command prints JSON.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
bm=${1:-$root/build/release/cli/bm}
[ -x "$bm" ] || bm=bm

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export LC_ALL=C.UTF-8
unset "${!BASIC_MEMORY_@}"
export BASIC_MEMORY_CONFIG_DIR=$folder/data BASIC_MEMORY_HOME=$folder/notes

# Prints a command as one would type it.
spoken() {
  local word
  printf '\n$ bm'
  for word in "$@"; do
    case $word in
      *[!A-Za-z0-9_./:,@%+=-]* | "") printf " '%s'" "${word//\'/\'\\\'\'}" ;;
      *) printf ' %s' "$word" ;;
    esac
  done
}

step() {
  spoken "$@"
  printf '\n'
  "$bm" "$@" </dev/null
}

# The same with text on standard input.
step_with_text() {
  local text
  text=$(cat)
  spoken "$@"
  printf " <<'END'\n%s\nEND\n" "$text"
  printf '%s\n' "$text" | "$bm" "$@"
}

echo "# Write three notes that know each other."
step_with_text tool write-note --title "Tea Shelf" --folder kitchen --tags tea,list --text <<'NOTE'
- [stock] Sencha, 80 g #green
- [stock] Assam, 200 g #black
- supplied_by [[Harbour Tea House]]
NOTE
step_with_text tool write-note --title "Harbour Tea House" --folder places --tags tea --text <<'NOTE'
A narrow shop with a cat. Open from ten to six, closed on Tuesdays.

- [hours] Ten to six, not on Tuesdays #opening
- sells [[Tea Shelf]]
NOTE
step tool write-note --title "Brewing" --folder kitchen --text --content \
  "Steep the sencha at 70 °C for ninety seconds. See [[Tea Shelf]]."

echo
echo "# Read one back: the file as it is on disk."
step tool read-note kitchen/tea-shelf --text

echo
echo "# Search, in words and by what the notes say about themselves."
step tool search-notes "sencha OR cat" --plain
step tool search-notes "sencha" --category stock

echo
echo "# Change a note without rewriting the rest of it."
step tool edit-note "Tea Shelf" --operation find_replace --find-text "80 g" --content "30 g" --text
step tool edit-note "Tea Shelf" --operation append --content "- [plan] Buy sencha before Sunday #todo" --text

echo
echo "# What surrounds a note."
step tool build-context memory://kitchen/tea-shelf --depth 1 --plain

echo
echo "# What changed lately, and what is where."
step tool recent-activity --project main --timeframe 1d --text
step tool list-directory --depth 2 --text
step status
