#include "tools/assistant_guide.hpp"

#include "tools/text_rule.hpp"

namespace bm {
namespace {

std::string mode_header(const ProjectMode& mode) {
    if (mode.constrained_to) {
        return "# 🔒 Single-Project Mode Active\n\nThis server works on the project `" +
               *mode.constrained_to +
               "` and on no other. Leave out the `project` parameter: whatever it says is "
               "ignored. Projects are made and removed on the command line.\n\n";
    }
    if (mode.default_project) {
        return "# 🎯 Default Project Mode Active\n\nDefault project: `" + *mode.default_project +
               "`. The `project` parameter is optional: calls without it use the default project. "
               "Name another project only when the user means another one.\n\n";
    }
    return "# 🔧 Multi-Project Mode Active\n\nThere is no default: pass `project` with every call. "
           "Find out which projects there are with `list_memory_projects()`, or where work is "
           "going on with `recent_activity()` (without a project it looks at all of them). Ask the "
           "user once, then keep to the answer.\n\n";
}

// In two parts only because compilers need not accept longer literals.
constexpr const char* kGuideBasics = R"guide(# AI Assistant Guide

How to work with a Basic Memory knowledge base: what is in it, which tool does what, and how to behave so that the user trusts what you write.

## Overview

The knowledge base is a folder of Markdown files that belongs to the user. They open it in any editor; you reach it through these tools; both sides see the same files. An index over the files makes them searchable and follows the links between them. The files are the truth: whatever you write is on disk when the call returns.

Three ideas carry everything:

- **Note**: one Markdown file with a title, a permalink such as `projects/apollo`, a type and tags.
- **Observation**: one categorised fact in a note, `- [decision] Use PostgreSQL #database`.
- **Relation**: one typed link to another note, `- depends_on [[Login Service]]`.

Observations make single facts findable. Relations make the collection a graph that you can walk when a conversation goes on weeks later.

## Project Management

A project is one folder with its own notes; search, links and permalinks stay inside it.

- `list_memory_projects()` shows them.
- `recent_activity()` without a project shows where work is going on.
- `create_memory_project(project_name="research", project_path="~/research")` adds one; `delete_project(project_name="research")` forgets one and leaves its files alone. Both only on request.
- Most tools take `project="name"`. Once the user has chosen, keep passing the same name; results repeat it, so check that it is the one you meant.
- A project name in front of an address works too: `memory://research/papers/attention`.

## Writing Knowledge

```
write_note(
    title="Search Design",
    directory="specs",
    content="# Search Design\n\nWhy the index looks the way it does.\n\n## Observations\n- [decision] One index for all projects #search\n- [risk] Large notes are slow to index\n\n## Relations\n- implements [[Search Requirements]]\n- replaces [[Old Search Notes]]",
    tags=["search", "design"],
    note_type="spec"
)
```

- The title becomes the file name; `directory` (or `folder`) is the place; an empty one is the root.
- Frontmatter is written for you. Further keys go into `metadata`, for example `metadata={"status": "draft", "priority": 2}`, and can be searched later.
- Writing the same title in the same directory again replaces the body of the note. Pass `overwrite=False` when that must not happen.
- The answer tells how many observations and relations were understood. If a count is lower than you expect, a line has another form than the ones below.

To change part of a note use `edit_note`:

```
edit_note(identifier="specs/search-design", operation="append", content="- [fact] Rebuilt in 40 s")
edit_note(identifier="specs/search-design", operation="find_replace", find_text="40 s", content="35 s")
edit_note(identifier="specs/search-design", operation="replace_section", section="## Observations", content="- [decision] ...")
```

The operations are `append`, `prepend`, `find_replace`, `replace_section`, `insert_before_section` and `insert_after_section`. Read the note first when you are going to replace something.

`move_note(identifier, destination_path)` renames or moves a note and keeps its permalink, so links stay good. `delete_note(identifier)` removes the file: ask before.

**Consent.** Write when the user asks for it, or when you offered and they said yes. Never write unprompted. Afterwards say which note it was.

## Reading Knowledge

```
read_note("specs/search-design")              # permalink
read_note("Search Design")                    # exact title
read_note("specs/Search Design.md")           # file path
read_note("memory://specs/search-design")     # address
```

You get the whole file, frontmatter included. A name that fits no note gives suggestions instead; nothing is guessed. `view_note` returns the same for display, `read_content` reads any other file (text, image, document), `list_directory("/specs", depth=2)` shows what lies where.

## Searching

```
search_notes(query="index rebuild")                       # all words, each as a beginning
search_notes(query="index AND (slow OR large)")           # AND, OR, NOT in capitals
search_notes(query="\"one index\"")                       # a phrase
search_notes(query="design", search_type="title")         # titles only
search_notes(query="specs/*", search_type="permalink")    # a place
search_notes(query="tag:search rebuild")                  # a tag and a word
search_notes(metadata_filters={"status": "draft"})        # frontmatter
search_notes(query="risk", entity_types=["observation"], categories=["risk"])
search_notes(query="index", after_date="2 weeks")
```

Results come best first, ten to a page; `has_more` says whether `page=2` has anything. A result row is a note, an observation or a relation; `entity` is the permalink of the note it stands in. If nothing is found, try fewer words, then another word for the same thing, then `recent_activity`.
)guide";

constexpr const char* kGuidePractice = R"guide(
## Building Context

`build_context` starts at one note and brings what is around it: its observations, the relations in both directions and the notes behind them.

```
build_context("memory://specs/search-design")                    # one hop
build_context("memory://specs/search-design", depth=2)           # two hops
build_context("memory://specs/*")                                # all notes below specs
build_context("memory://specs/search-design/implements/*")       # the targets of one relation
build_context("memory://specs/search-design", timeframe="30d")   # look further back
```

The note you name is always shown; what is around it is limited to the time frame (seven days unless you say otherwise). Use this tool when the user says "let us go on with ...": one call gives you the note and its surroundings.

## Observations

`- [category] content #tag #tag (context)`

- One fact each, short enough to be quoted.
- The category is a free word. Good ones: `decision`, `fact`, `idea`, `question`, `risk`, `requirement`, `technique`, `preference`, `problem`, `solution`. Use the ones that are already in the knowledge base.
- Tags and the context in parentheses are optional.
- Checkboxes (`- [ ]`, `- [x]`) and links in brackets are not observations.

## Relations

`- relation_type [[Title of Another Note]]`

- Use one word, or several joined by `_`: `depends_on`, `part_of`, `implements`, `contrasts_with`, `caused_by`, `relates_to`.
- Link by exact title or by permalink. Look the title up instead of guessing it.
- A `[[Title]]` in running text is a relation too, of type `links_to`.
- Two or three relations that mean something are better than ten that mean "see also".

## Forward References

A link may name a note that does not exist yet. It is kept as unresolved, the note's answer counts it, and it connects by itself as soon as a note with that title is written. So link what ought to exist, and tell the user which notes are still missing.

## Best Practices

1. Look before you answer: `recent_activity` at the start, `search_notes` when a topic comes up.
2. Search before you write. Extend the note that is there.
3. One subject for each note, in a directory the user already has.
4. Write what will be useful in three months: decisions with their reasons, not the course of the conversation.
5. Give every note a few observations and at least one relation.
6. Keep the user's words, names and language.
7. Quote the permalink when you rely on a note, so that the user can check.
8. Never store passwords, keys or anything the user would not write into a plain file.

## Error Handling

| What you see | What to do |
| --- | --- |
| `# Note Not Found` | Search for a word of the title, or list the directory. Do not invent the note. |
| `# Edit Failed` | Read the note again: the text or heading differs from what you sent. |
| `Ambiguous identifier` | Several notes have that title: use one of the permalinks that the message lists. |
| `No project specified` | Ask the user which project, then pass `project`. |
| `does not exist` for a project | Call `list_memory_projects()` and use a name from it. |
| `paths must stay within project boundaries` | Give a path below the project, without `..`. |
| empty results | Fewer words, another word, a longer `timeframe`, no filters. |
| unresolved relations | Not an error: the target has not been written yet. |

## Common Patterns

**Going on with earlier work**

1. `recent_activity(timeframe="7d")` or `search_notes(query="topic")`
2. `build_context("memory://...")` on the best note
3. Say what you found, then go on.

**Recording a decision**

1. Ask whether to record it.
2. `search_notes(query="subject")`: is there a note already?
3. `edit_note(..., operation="append", content="- [decision] ... (reason)")`, or `write_note` for a new subject.

**Tidying up**

1. `list_directory("/", depth=2)` and `search_notes(...)` for notes on the same subject.
2. Propose moves and merges as a list; act on what the user approves.
3. `move_note` keeps permalinks, so links survive.

## Tool Quick Reference

| Tool | Use it to |
| --- | --- |
| `write_note` | create a note or replace its body |
| `edit_note` | change part of a note |
| `read_note`, `view_note` | read a note, show a note |
| `read_content` | read any file |
| `move_note`, `delete_note` | move, delete a note or a directory |
| `search_notes` | find notes, observations, relations |
| `build_context` | see a note with what is around it |
| `recent_activity` | see what changed lately |
| `list_directory` | see what lies where |
| `canvas` | draw a map of notes for Obsidian; see `spec://canvas` |
| `list_memory_projects`, `create_memory_project`, `delete_project` | handle projects |
| `list_workspaces` | see where projects live |
| `note_history`, `restore_note` | see earlier versions of a note and bring one back, also after a deletion |
| `schema_validate`, `schema_infer`, `schema_diff` | check notes of a type against its schema, derive a schema from them, see where the two differ |
| `search`, `fetch` | the same as search and read, for clients that only know these two |
| `basic_memory_diagnostics` | versions and settings, for a report of trouble |

## Address Forms

| Address | Means |
| --- | --- |
| `memory://specs/search-design` | the note with this permalink |
| `memory://Search Design` | the note with this title |
| `memory://specs/*` | every note below `specs` |
| `memory://specs/search-design/implements/*` | the targets of its `implements` relations |
| `memory://research/specs/search-design` | the same note, in the project `research` |
| `memory://research/info` | numbers about the project `research` |

Upper case, blanks and underscores in an address do not matter: `memory://Specs/Search_Design` finds the same note.
)guide";

}  // namespace

std::string assistant_guide(const ProjectMode& mode) {
    return mode_header(mode) + text_rule() + "\n\n" + kGuideBasics + kGuidePractice;
}

}  // namespace bm
