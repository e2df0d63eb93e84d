#include "tools/all_resources.hpp"

namespace bm {
namespace {

constexpr const char* kCanvasSpecMimeType = "text/markdown";

constexpr const char* kText = R"canvas(# JSON Canvas

A canvas is a drawing of boxes and arrows. It is one JSON object with two lists, saved as `.canvas`; Obsidian and other programs open it. The tool `canvas` writes one.

```json
{
  "nodes": [
    {"id": "a", "type": "file", "file": "specs/Search Design.md", "x": 0, "y": 0, "width": 400, "height": 300},
    {"id": "b", "type": "text", "text": "Open questions", "x": 500, "y": 0, "width": 250, "height": 100}
  ],
  "edges": [
    {"id": "a-b", "fromNode": "a", "fromSide": "right", "toNode": "b", "toSide": "left", "label": "raises"}
  ]
}
```

## Nodes

The order of the list is the order of drawing: later nodes lie above earlier ones. Every node has

| Key | Value |
| --- | --- |
| `id` | a text that no other node has |
| `type` | `text`, `file`, `link` or `group` |
| `x`, `y` | left and upper edge in pixels, whole numbers, may be negative |
| `width`, `height` | size in pixels, whole numbers |
| `color` | optional, see below |

and, by type,

| Type | Key | Value |
| --- | --- | --- |
| `text` | `text` | Markdown |
| `file` | `file` | path of a file below the project folder |
| | `subpath` | optional: a heading or block in it, starting with `#` |
| `link` | `url` | an address |
| `group` | `label` | optional: a title |
| | `background` | optional: path of an image |
| | `backgroundStyle` | optional: `cover`, `ratio` or `repeat` |

A node belongs to a group when it lies inside the group's rectangle.

## Edges

| Key | Value |
| --- | --- |
| `id` | a text that no other edge has |
| `fromNode`, `toNode` | ids of the nodes it joins |
| `fromSide`, `toSide` | optional: `top`, `right`, `bottom` or `left` |
| `fromEnd`, `toEnd` | optional: `none` or `arrow`; an edge has an arrow at its end unless told otherwise |
| `color`, `label` | optional |

## Colours

Either a text such as `"#FF0000"`, or one of the colours of the viewer's theme: `"1"` red, `"2"` orange, `"3"` yellow, `"4"` green, `"5"` cyan, `"6"` purple.

## Layout that reads well

- Boxes of notes 400 by 300, texts 250 by 100, 100 pixels apart.
- One direction, left to right or top to bottom; `fromSide` and `toSide` to match.
- Groups first in the list, and larger than what they hold by 50 pixels on each side.
)canvas";

}  // namespace

Resource canvas_spec_resource() {
    return {"spec://canvas",
            "canvas spec",
            "JSON Canvas",
            "The format of canvas files, for the tool canvas",
            kCanvasSpecMimeType,
            [](const CallContext&) -> Result<ResourceText> {
                return ResourceText{kCanvasSpecMimeType, kText};
            }};
}

}  // namespace bm
