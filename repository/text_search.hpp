#pragma once

#include "repository/segment_reader.hpp"
#include "repository/text_expression.hpp"
#include "repository/text_store.hpp"

namespace bm {

/// Finds and ranks the documents of one project that match `expression` in their title or in their
/// content. `text` is up to date, and the current transaction stays open until the end.
TextPage search_text(TextStore& store, SegmentReader& reader, ProjectId project, ProjectText& text,
                     const TextExpression& expression, const TextQuery& query);

}  // namespace bm
