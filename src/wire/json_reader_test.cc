#include "wire/json_reader.h"

#include <gtest/gtest.h>
#include <limits>

namespace obrol {
namespace {

using Array = JsonValue::Array;
using Object = JsonValue::Object;

constexpr JsonLimits generous{.bytes_max = 1 << 20, .depth_max = 32};

JsonValue integer(std::int64_t value) {
    return JsonValue(value);
}
JsonValue real(double value) {
    return JsonValue(value);
}
JsonValue string(std::string_view value) {
    return JsonValue(std::string(value));
}

std::string repeat(std::string_view part, std::size_t times) {
    std::string text;
    for (std::size_t i = 0; i < times; ++i)
        text += part;
    return text;
}

std::string nested(std::size_t depth) {
    return repeat("[", depth) + repeat("]", depth);
}

TEST(JsonReader, ReadsValues) {
    const struct {
        std::string_view text;
        JsonValue value;
    } cases[] = {
        {"null", JsonValue()},
        {"true", JsonValue(true)},
        {"false", JsonValue(false)},
        {" \t\r\n1 \t\r\n", integer(1)},
        {"0", integer(0)},
        {"-0", integer(0)},
        {"-17", integer(-17)},
        {"9223372036854775807", integer(std::numeric_limits<std::int64_t>::max())},
        {"-9223372036854775808", integer(std::numeric_limits<std::int64_t>::min())},
        {"9223372036854775808", real(9223372036854775808.0)},
        {"-9223372036854775809", real(-9223372036854775808.0)},
        {"18446744073709551616", real(18446744073709551616.0)},
        {"123456789012345678901234567890", real(123456789012345678901234567890.0)},
        {"1.0", real(1.0)},
        {"1e2", real(100.0)},
        {"1E+2", real(100.0)},
        {"-1.5e-3", real(-0.0015)},
        {"0.1", real(0.1)},
        {"5e-324", real(5e-324)},
        {"1.7976931348623157e308", real(std::numeric_limits<double>::max())},
        {"9007199254740993.0", real(9007199254740992.0)},
        // Boost's own conversion misses these by an ulp.
        {"5e-23", real(5e-23)},
        {"3e26", real(3e26)},
        {"2.2250738585072011e-308", real(2.2250738585072011e-308)},
        {R"("")", string("")},
        {R"("halo")", string("halo")},
        {R"("\"\\\/\b\f\n\r\t")", string("\"\\/\b\f\n\r\t")},
        {R"("\u0041\u00e9\u20AC\ud834\uDD1E")", string("A\u00e9\u20ac\U0001d11e")},
        {"\"a\u00e9\u20ac\U0001d11e\x7f\"", string("a\u00e9\u20ac\U0001d11e\x7f")},
        {"[]", JsonValue(Array{})},
        {"[1,[\"a\",{}],null]",
         JsonValue(Array{integer(1), JsonValue(Array{string("a"), JsonValue(Object{})}), JsonValue()})},
        {"{}", JsonValue(Object{})},
        {R"({"b": 1, "a": {"b": [true]}, "": ""})",
         JsonValue(Object{
             {"b", integer(1)}, {"a", JsonValue(Object{{"b", JsonValue(Array{JsonValue(true)})}})}, {"", string("")}})},
    };
    for (const auto& c : cases) {
        const auto value = read_json(c.text, generous);
        ASSERT_TRUE(value) << c.text << ": " << value.error().what;
        EXPECT_TRUE(*value == c.value) << c.text;
    }
}

TEST(JsonReader, RefusesWithReasonAndPlace) {
    const struct {
        std::string_view text;
        JsonError error;
    } cases[] = {
        {"", {"unfinished", 0}},
        {"  ", {"unfinished", 2}},
        {"{", {"unfinished", 1}},
        {"\"abc", {"unfinished", 4}},
        {"nul", {"unfinished", 3}},
        {"nulL", {"syntax error", 0}},
        {"True", {"syntax error", 0}},
        {"NaN", {"syntax error", 0}},
        {"Infinity", {"syntax error", 0}},
        {"+1", {"syntax error", 0}},
        {".5", {"syntax error", 0}},
        {"'a'", {"syntax error", 0}},
        {"[1,]", {"syntax error", 3}},
        {"[1 2]", {"syntax error", 3}},
        {"[1}", {"syntax error", 2}},
        {R"({"a":1,})", {"syntax error", 7}},
        {R"({"a" 1})", {"syntax error", 5}},
        {R"({a:1})", {"syntax error", 1}},
        {"// note\n1", {"syntax error", 0}},
        {"01", {"something follows the value", 1}},
        {"1 2", {"something follows the value", 2}},
        {"{} x", {"something follows the value", 3}},
        {"{}{}", {"something follows the value", 2}},
        {std::string_view("1\0", 2), {"something follows the value", 1}},
        {"\"a\nb\"", {"syntax error", 2}},
        {R"("\x")", {"syntax error", 2}},
        {R"("\u12g4")", {"syntax error", 5}},
        {"\"a\xff\"", {"invalid UTF-8", 2}},
        {"\"\xc0\x80\"", {"invalid UTF-8", 1}},
        {"\"\xed\xa0\x80\"", {"invalid UTF-8", 1}},
        {"\xef\xbb\xbf{}", {"syntax error", 0}},
    };
    for (const auto& c : cases) {
        const auto value = read_json(c.text, generous);
        ASSERT_FALSE(value) << c.text;
        EXPECT_EQ(value.error().what, c.error.what) << c.text;
        EXPECT_EQ(value.error().offset, c.error.offset) << c.text;
    }
}

TEST(JsonReader, NamesTheReason) {
    const struct {
        std::string_view text;
        std::string_view what;
    } cases[] = {
        {R"({"a": 1, "b": 2, "a": 1})", "duplicate member name"},
        {R"({"a": 1, "\u0061": 2})", "duplicate member name"},
        {R"([{"x": {"a": 1, "a": 2}}])", "duplicate member name"},
        {R"("a\u0000b")", "NUL in a string"},
        {R"({"\u0000": 1})", "NUL in a member name"},
        {R"("\ud834")", "syntax error"},
        {R"("\ud834x")", "syntax error"},
        {R"("\ud834\u0041")", "syntax error"},
        {R"("\udd1e")", "syntax error"},
        {"1e400", "number out of range"},
        {"-1e400", "number out of range"},
        {"1e99999999999", "number out of range"},
    };
    for (const auto& c : cases) {
        const auto value = read_json(c.text, generous);
        ASSERT_FALSE(value) << c.text;
        EXPECT_EQ(value.error().what, c.what) << c.text;
        EXPECT_LE(value.error().offset, c.text.size()) << c.text;
    }
}

TEST(JsonReader, SameNameInDifferentObjectsIsFine) {
    EXPECT_TRUE(read_json(R"([{"a": 1}, {"a": {"a": 2}}])", generous));
}

TEST(JsonReader, FindsDuplicatesInSmallAndLargeObjects) {
    for (const int members : {1, 2, 15, 16, 17, 40, 3000}) {
        std::string text = "{";
        for (int i = 0; i < members; ++i)
            text += "\"k" + std::to_string(i) + "\":0,";
        EXPECT_TRUE(read_json(text + "\"last\":0}", generous)) << members;
        for (const std::string_view doubled : {"k0", "last"}) {
            const std::string doubling = text + "\"last\":0,\"" + std::string(doubled) + "\":0}";
            const auto value = read_json(doubling, generous);
            ASSERT_FALSE(value) << members << ' ' << doubled;
            EXPECT_EQ(value.error().what, "duplicate member name");
        }
    }
}

TEST(JsonReader, LimitsHoldExactly) {
    for (const std::size_t depth : {std::size_t{1}, std::size_t{2}, std::size_t{32}}) {
        EXPECT_TRUE(read_json(nested(depth), {.bytes_max = 100, .depth_max = depth}));
        const auto deeper = read_json(nested(depth + 1), {.bytes_max = 100, .depth_max = depth});
        ASSERT_FALSE(deeper);
        EXPECT_EQ(deeper.error().what, "nested too deep");
    }
    const std::string objects = repeat("{\"a\":", 31) + "[]" + repeat("}", 31);
    EXPECT_TRUE(read_json(objects, generous));
    EXPECT_FALSE(read_json("[" + objects + "]", generous));
    EXPECT_TRUE(read_json(nested(20), {.bytes_max = 40}));
    EXPECT_EQ(read_json(nested(20) + " ", {.bytes_max = 40}).error(), (JsonError{"too long", 40}));
}

TEST(JsonReader, ManyNeighboursAreNotDeep) {
    EXPECT_TRUE(read_json("[" + repeat("[[]],", 1000) + "{}]", generous));
}

TEST(JsonReader, RefusesEveryPartOfARequest) {
    const std::string text = R"({"cmd": "send", "n": [-1.5e3, true, null], "text": "a\ud834\udd1e\n"})";
    ASSERT_TRUE(read_json(text, generous));
    for (std::size_t size = 0; size < text.size(); ++size) {
        const auto value = read_json(std::string_view(text).substr(0, size), generous);
        EXPECT_FALSE(value) << size;
    }
}

TEST(JsonReader, LongStringsSurviveWhateverThePartsTheyComeIn) {
    for (const std::size_t size : {15u, 16u, 17u, 1023u, 1024u, 1025u, 5000u}) {
        const std::string plain(size, 'x');
        EXPECT_TRUE(*read_json("\"" + plain + "\"", generous) == JsonValue(plain));
        EXPECT_TRUE(*read_json("\"" + plain + "\\n" + plain + "\"", generous) == JsonValue(plain + "\n" + plain));
        EXPECT_TRUE(*read_json("\"" + repeat("\\u00e9", size) + "\"", generous) == JsonValue(repeat("\u00e9", size)));
        EXPECT_TRUE(*read_json("{\"" + plain + "\\t\":1}", generous) == JsonValue(Object{{plain + "\t", integer(1)}}));
    }
}

TEST(JsonValue, AccessorsGiveTheirOwnKindOnly) {
    const auto read = read_json(R"({"b": true, "i": 1, "r": 1.0, "s": "1", "a": [1], "o": {}, "n": null})", generous);
    ASSERT_TRUE(read);
    const std::string_view names[] = {"b", "i", "r", "s", "a", "o", "n"};
    for (const std::string_view name : names) {
        const JsonValue* value = read->find(name);
        ASSERT_NE(value, nullptr) << name;
        EXPECT_EQ(value->as_boolean().has_value(), name == "b") << name;
        EXPECT_EQ(value->as_integer().has_value(), name == "i") << name;
        EXPECT_EQ(value->as_real().has_value(), name == "r") << name;
        EXPECT_EQ(value->as_string() != nullptr, name == "s") << name;
        EXPECT_EQ(value->as_array() != nullptr, name == "a") << name;
        EXPECT_EQ(value->as_object() != nullptr, name == "o") << name;
        EXPECT_EQ(value->is_null(), name == "n") << name;
    }
    EXPECT_EQ(read->find("x"), nullptr);
    EXPECT_EQ(read->find("a")->find("b"), nullptr);
    EXPECT_EQ(read->as_object()->front().name, "b");
    EXPECT_EQ(*read->find("s")->as_string(), "1");
}

TEST(JsonValue, ComparesKindAndContent) {
    EXPECT_TRUE(JsonValue() == JsonValue());
    EXPECT_FALSE(integer(1) == real(1.0));
    EXPECT_FALSE(integer(1) == JsonValue(true));
    EXPECT_FALSE(JsonValue(Array{}) == JsonValue(Object{}));
    EXPECT_FALSE(JsonValue(Object{{"a", integer(1)}}) == JsonValue(Object{{"b", integer(1)}}));
    EXPECT_FALSE(JsonValue(Object{{"a", integer(1)}}) == JsonValue(Object{{"a", integer(2)}}));
}

}  // namespace
}  // namespace obrol
