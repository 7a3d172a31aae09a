#include "wire/json_reader.h"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <charconv>
#include <limits>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/utf8.h"

namespace obrol {
namespace {

// Below this comparing every pair is faster than sorting; above it, pairs would let one line cost a lot of time.
constexpr std::size_t compare_pairs_max = 16;

bool has_duplicate_name(const JsonValue::Object& object) {
    if (object.size() <= compare_pairs_max) {
        for (auto member = object.begin(); member != object.end(); ++member) {
            if (std::find_if(object.begin(), member, [&](const auto& m) { return m.name == member->name; }) != member)
                return true;
        }
        return false;
    }
    std::vector<std::string_view> names;
    names.reserve(object.size());
    for (const JsonMember& member : object)
        names.emplace_back(member.name);
    std::ranges::sort(names);
    return std::ranges::adjacent_find(names) != names.end();
}

// Receives the parser's events and builds the value. Members are named as boost::json::basic_parser wants them; `ec`
// set and false returned stop the parser.
class ValueBuilder {
  public:
    // The parser checks its input's size against these; ours was checked before.
    static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_array_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_key_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_string_size = std::numeric_limits<std::size_t>::max();

    using error_code = boost::json::error_code;
    using string_view = boost::json::string_view;

    bool on_document_begin(error_code&) { return true; }
    bool on_document_end(error_code&) { return true; }
    bool on_object_begin(error_code&) { return open(); }
    bool on_object_end(std::size_t, error_code& ec) {
        if (has_duplicate_name(open_.back().members)) return refuse("duplicate member name", ec);
        return add(JsonValue(close().members));
    }
    bool on_array_begin(error_code&) { return open(); }
    bool on_array_end(std::size_t, error_code&) { return add(JsonValue(close().items)); }
    bool on_key_part(string_view part, std::size_t, error_code&) { return append(part); }
    bool on_key(string_view part, std::size_t, error_code& ec) {
        append(part);
        if (has_nul(text_)) return refuse("NUL in a member name", ec);
        open_.back().name = std::exchange(text_, {});
        open_.back().is_object = true;
        return true;
    }
    bool on_string_part(string_view part, std::size_t, error_code&) { return append(part); }
    bool on_string(string_view part, std::size_t, error_code& ec) {
        append(part);
        if (has_nul(text_)) return refuse("NUL in a string", ec);
        return add(JsonValue(std::exchange(text_, {})));
    }
    // Not called with the number's end in sight: the text is offered whole, so on_int64 and the others get all of it.
    bool on_number_part(string_view, error_code&) { return true; }
    bool on_int64(std::int64_t, string_view text, error_code& ec) { return number(text, ec); }
    bool on_uint64(std::uint64_t, string_view text, error_code& ec) { return number(text, ec); }
    bool on_double(double, string_view text, error_code& ec) { return number(text, ec); }
    bool on_bool(bool value, error_code&) { return add(JsonValue(value)); }
    bool on_null(error_code&) { return add(JsonValue()); }
    bool on_comment_part(string_view, error_code&) { return true; }
    bool on_comment(string_view, error_code&) { return true; }

    JsonValue take_value() { return std::move(value_); }
    // Why this class stopped the parser; empty when it did not.
    std::string_view refusal() const { return refusal_; }

  private:
    struct Open {
        bool is_object = false;
        std::string name;  // of the member whose value comes next
        JsonValue::Object members;
        JsonValue::Array items;
    };

    bool open() {
        open_.emplace_back();
        return true;
    }

    Open close() {
        Open closed = std::move(open_.back());
        open_.pop_back();
        return closed;
    }

    bool add(JsonValue value) {
        if (open_.empty()) {
            value_ = std::move(value);
        } else if (Open& container = open_.back(); container.is_object) {
            container.members.push_back({std::move(container.name), std::move(value)});
        } else {
            container.items.push_back(std::move(value));
        }
        return true;
    }

    bool append(string_view part) {
        text_.append(part.data(), part.size());
        return true;
    }

    // The parser's own conversion of reals is often off by an ulp (Boost 1.81), so the value is taken from
    // the text.
    bool number(string_view text, error_code& ec) {
        const char* const begin = text.data();
        const char* const end = begin + text.size();
        std::int64_t integer = 0;
        if (const auto [stop, status] = std::from_chars(begin, end, integer); status == std::errc() && stop == end)
            return add(JsonValue(integer));
        double real = 0;
        const auto [stop, status] = std::from_chars(begin, end, real);
        if (status == std::errc::result_out_of_range) return refuse("number out of range", ec);
        OBROL_CHECK(status == std::errc() && stop == end);
        return add(JsonValue(real));
    }

    bool refuse(std::string_view reason, error_code& ec) {
        refusal_ = reason;
        ec = boost::json::error::syntax;
        return false;
    }

    JsonValue value_;
    std::vector<Open> open_;
    std::string text_;
    std::string_view refusal_;
};

std::string in_words(const boost::json::error_code& ec) {
    if (ec == boost::json::error::too_deep) return "nested too deep";
    if (ec == boost::json::error::incomplete) return "unfinished";
    if (ec == boost::json::error::exponent_overflow) return "number out of range";
    return "syntax error";
}

Failure<JsonError> refused(std::string_view what, std::size_t offset) {
    return Failure<JsonError>(JsonError{std::string(what), offset});
}

}  // namespace

Result<JsonValue, JsonError> read_json(std::string_view text, JsonLimits limits) {
    if (text.size() > limits.bytes_max) return refused("too long", limits.bytes_max);
    if (text.empty()) return refused("unfinished", 0);
    if (const std::size_t valid = valid_utf8_prefix(text); valid < text.size()) return refused("invalid UTF-8", valid);

    boost::json::parse_options options;
    options.max_depth = limits.depth_max;
    boost::json::basic_parser<ValueBuilder> parser(options);
    boost::json::error_code ec;
    const std::size_t consumed = parser.write_some(false, text.data(), text.size(), ec);
    ValueBuilder& builder = parser.handler();
    if (ec && !builder.refusal().empty()) return refused(builder.refusal(), consumed);
    if (ec) return refused(in_words(ec), consumed);
    if (consumed < text.size()) return refused("something follows the value", consumed);
    return builder.take_value();
}

}  // namespace obrol
