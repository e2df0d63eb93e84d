#pragma once

#include "server/protocol_era.hpp"
#include "tools/content.hpp"

namespace bm {

/// The block as the revision knows it. A kind that came later becomes a text block that says what
/// it was.
[[nodiscard]] Json encode_content(ContentBlock block, const RevisionPolicy& policy);

}  // namespace bm
