#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bm {

/// A name in its namespace.
struct XmlName {
    std::string space;  ///< such as `DAV:`; empty: none
    std::string local;

    friend bool operator==(const XmlName&, const XmlName&) = default;
};

/// Reads XML piece by piece: elements with their namespaces, and text. As much of XML as requests
/// of WebDAV need: attributes other than namespaces are skipped, document types and entities of
/// their own are refused, and so is what lies more than 32 elements deep. The bytes must outlive
/// it. One thread.
class XmlReader {
public:
    enum class Token {
        open,   ///< name() begins; an empty element is opened and closed
        close,  ///< the innermost element ends
        text,   ///< text() of the innermost element; there may be several in turn
        end,    ///< all was read
        bad,    ///< not XML, or not what is read here; comes again
    };

    explicit XmlReader(std::string_view xml);

    [[nodiscard]] Token next();
    [[nodiscard]] const XmlName& name() const noexcept { return name_; }
    [[nodiscard]] const std::string& text() const noexcept { return text_; }
    /// How many elements are open.
    [[nodiscard]] std::size_t depth() const noexcept { return open_.size(); }

private:
    struct Namespace {
        std::string prefix;
        std::string space;
    };
    struct Element {
        std::string tag;  ///< as written
        std::size_t namespaces = 0;
    };

    Token fail();
    Token read_text();
    Token open_element();
    Token close_element();
    bool read_attributes(bool& is_empty);
    bool skip_past(std::string_view mark);
    std::string_view take_name();
    void skip_blanks();
    [[nodiscard]] std::optional<XmlName> resolved(std::string_view tag) const;
    [[nodiscard]] static bool decode(std::string_view raw, std::string& out);

    std::string_view rest_;
    std::vector<Element> open_;
    std::vector<Namespace> namespaces_;
    XmlName name_;
    std::string text_;
    bool closes_now_ = false;
    bool had_root_ = false;
    bool is_bad_ = false;
};

}  // namespace bm
