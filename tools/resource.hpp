#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "markdown/result.hpp"
#include "tools/tool.hpp"

namespace bm {

struct ResourceText {
    std::string mime_type;
    std::string text;
    std::string base64 = {};  ///< of what is no text; `text` is empty then
};

/// A document at one fixed URI.
struct Resource {
    std::string uri;
    std::string name;
    std::string title;
    std::string description;
    std::string mime_type;
    std::function<Result<ResourceText>(const CallContext&)> read;
};

/// Documents at every URI that fits a template (RFC 6570, simple and reserved expansion).
struct ResourceTemplate {
    std::string uri_template;
    std::string name;
    std::string title;
    std::string description;
    std::string mime_type;
    /// Fault::not_found when the URI does not fit or nothing is there; the next template is tried
    /// then.
    std::function<Result<ResourceText>(const CallContext&, std::string_view uri)> read;
    /// Up to 100 values for a variable that fit what was typed so far, best first. May be empty.
    std::function<Result<std::vector<std::string>>(
        std::string_view variable, std::string_view typed,
        const std::map<std::string, std::string, std::less<>>& others)>
        complete;
    /// See Catalog::change_key. Fault::not_found when the URI does not fit. May be empty.
    std::function<Result<std::string>(const CallContext&, std::string_view uri)> change_key = {};
};

}  // namespace bm
