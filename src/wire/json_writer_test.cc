#include "wire/json_writer.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>

namespace obrol {
namespace {

std::string string_as(JsonStyle style, std::string_view text) {
    std::string out;
    JsonWriter(out, style).string(text);
    return out;
}

std::string python(std::string_view text) {
    return string_as(JsonStyle::python, text);
}
std::string compact(std::string_view text) {
    return string_as(JsonStyle::compact, text);
}

// One of everything, as a server would write it.
void write_sample(JsonWriter& json) {
    json.begin_object();
    json.key("status");
    json.string("OK");
    json.key("n");
    json.begin_array();
    json.integer(1);
    json.integer(-2);
    json.integer(std::numeric_limits<std::int64_t>::max());
    json.integer(std::numeric_limits<std::int64_t>::min());
    json.integer(std::numeric_limits<std::uint64_t>::max());
    json.end_array();
    json.key("e");
    json.begin_object();
    json.end_object();
    json.key("x");
    json.begin_array();
    json.begin_array();
    json.end_array();
    json.begin_object();
    json.end_object();
    json.begin_array();
    json.begin_object();
    json.end_object();
    json.end_array();
    json.end_array();
    json.key("b");
    json.begin_array();
    json.boolean(true);
    json.boolean(false);
    json.null();
    json.real(0.5);
    json.end_array();
    json.key("messages");
    json.begin_object();
    json.key("messi");
    json.begin_array();
    json.begin_object();
    json.key("msg_from");
    json.string("Lionel Messi");
    json.key("msg");
    json.string("  halo \r\n");
    json.end_object();
    json.end_array();
    json.end_object();
    json.key("\u00e9");
    json.string("\u00fc");
    json.end_object();
}

// The expectations of python style were recorded from Python 3.11's json.dumps with its defaults.
TEST(JsonWriter, PythonStructure) {
    std::string out = "before ";
    JsonWriter json(out, JsonStyle::python);
    write_sample(json);
    EXPECT_EQ(
        out,
        R"(before {"status": "OK", "n": [1, -2, 9223372036854775807, -9223372036854775808, 18446744073709551615], )"
        R"("e": {}, "x": [[], {}, [{}]], "b": [true, false, null, 0.5], )"
        R"("messages": {"messi": [{"msg_from": "Lionel Messi", "msg": "  halo \r\n"}]}, "\u00e9": "\u00fc"})");
}

TEST(JsonWriter, CompactStructure) {
    std::string out;
    JsonWriter json(out, JsonStyle::compact);
    write_sample(json);
    EXPECT_EQ(out, R"({"status":"OK","n":[1,-2,9223372036854775807,-9223372036854775808,18446744073709551615],)"
                   R"("e":{},"x":[[],{},[{}]],"b":[true,false,null,0.5],)"
                   R"("messages":{"messi":[{"msg_from":"Lionel Messi","msg":"  halo \r\n"}]},)"
                   "\"\u00e9\":\"\u00fc\"}");
}

TEST(JsonWriter, Strings) {
    using namespace std::string_view_literals;
    const struct {
        std::string_view text;
        std::string_view python;
        std::string_view compact;
    } cases[] = {
        {"", R"("")", R"("")"},
        {"halo", R"("halo")", R"("halo")"},
        {"\"\\/\b\f\n\r\t", R"("\"\\/\b\f\n\r\t")", R"("\"\\/\b\f\n\r\t")"},
        {"\0\x01\x1f\x7f"sv, R"("\u0000\u0001\u001f\u007f")", "\"\\u0000\\u0001\\u001f\x7f\""},
        {"\u0080\u00e9\u2028\u20ac", R"("\u0080\u00e9\u2028\u20ac")", "\"\u0080\u00e9\u2028\u20ac\""},
        {"\U0001d11e\U0001f600\U0010ffff\U00010000", R"("\ud834\udd1e\ud83d\ude00\udbff\udfff\ud800\udc00")",
         "\"\U0001d11e\U0001f600\U0010ffff\U00010000\""},
        {"\ufffd\uffff", R"("\ufffd\uffff")", "\"\ufffd\uffff\""},
        {"aaaaaaaaaaaaaaaaaaaaaaa\"\u00e9", R"("aaaaaaaaaaaaaaaaaaaaaaa\"\u00e9")",
         "\"aaaaaaaaaaaaaaaaaaaaaaa\\\"\u00e9\""},
        {R"({"a": [1]})", R"("{\"a\": [1]}")", R"("{\"a\": [1]}")"},
    };
    for (const auto& c : cases) {
        EXPECT_EQ(python(c.text), c.python);
        EXPECT_EQ(compact(c.text), c.compact);
    }
}

TEST(JsonWriter, AMemberIsItsKeyAndItsValue) {
    const Uuid id = Uuid::parse("01a220b9-7005-752b-a7f4-c0584bf35e12").value();
    const WallTime time{std::chrono::milliseconds(1'709'251'199'007)};
    for (const JsonStyle style : {JsonStyle::python, JsonStyle::compact}) {
        std::string in_one, in_two;
        JsonWriter one(in_one, style), two(in_two, style);
        const auto write_two = [&](std::string_view name, std::string_view text) {
            two.key(name);
            two.string(text);
        };
        one.begin_object();
        two.begin_object();
        for (const std::string_view text :
             {"", "halo", "sixteen letters!", "seventeen letters", "a \"quoted\" text", "\u00e9"}) {
            one.member("text", text);
            write_two("text", text);
        }
        one.member("id", id);
        write_two("id", "01a220b9-7005-752b-a7f4-c0584bf35e12");
        one.member("at", time);
        write_two("at", "2024-02-29T23:59:59.007Z");
        one.member("least", std::numeric_limits<std::int64_t>::min());
        two.key("least");
        two.integer(std::numeric_limits<std::int64_t>::min());
        one.member("most", std::numeric_limits<std::uint64_t>::max());
        two.key("most");
        two.integer(std::numeric_limits<std::uint64_t>::max());
        one.end_object();
        two.end_object();
        EXPECT_EQ(in_one, in_two);
    }
}

TEST(JsonWriter, EveryAsciiByteAtEveryPlaceOfShortAndLongTexts) {
    for (int value = 0; value < 0x80; ++value) {
        const char byte = static_cast<char>(value);
        const std::string alone = python({&byte, 1});
        const std::string escaped = alone.substr(1, alone.size() - 2);
        const bool plain = value >= 0x20 && value < 0x7f && byte != '"' && byte != '\\';
        EXPECT_EQ(plain, escaped == std::string(1, byte)) << value;
        for (const std::size_t size : {5u, 16u, 17u, 37u}) {
            for (std::size_t place = 0; place < size; ++place) {
                std::string text(size, '~');
                text[place] = byte;
                const std::string rest(size - place - 1, '~');
                EXPECT_EQ(python(text), "\"" + std::string(place, '~') + escaped + rest + "\"")
                    << value << " at " << place << " of " << size;
            }
        }
    }
}

TEST(JsonWriter, InvalidUtf8BecomesReplacementCharacters) {
    const struct {
        std::string_view text;
        std::string_view python;
        std::string_view compact;
    } cases[] = {
        {"a\xff"
         "b",
         R"("a\ufffdb")", "\"a\ufffdb\""},
        {"\xc3", R"("\ufffd")", "\"\ufffd\""},
        {"\xf0\x9d\x84", R"("\ufffd\ufffd\ufffd")", "\"\ufffd\ufffd\ufffd\""},
        {"\xed\xa0\x80", R"("\ufffd\ufffd\ufffd")", "\"\ufffd\ufffd\ufffd\""},
        {"\x80\xc3\xa9", R"("\ufffd\u00e9")", "\"\ufffd\u00e9\""},
    };
    for (const auto& c : cases) {
        EXPECT_EQ(python(c.text), c.python);
        EXPECT_EQ(compact(c.text), c.compact);
    }
}

TEST(JsonWriter, RealsAsPythonPrintsThem) {
    const struct {
        double value;
        std::string_view text;
    } cases[] = {
        {0.0, "0.0"},
        {-0.0, "-0.0"},
        {1.0, "1.0"},
        {-1.0, "-1.0"},
        {0.1, "0.1"},
        {0.5, "0.5"},
        {100000.5, "100000.5"},
        {1e15, "1000000000000000.0"},
        {9999999999999998.0, "9999999999999998.0"},
        {9007199254740992.0, "9007199254740992.0"},
        {1e16, "1e+16"},
        {12345678901234568.0, "1.2345678901234568e+16"},
        {-1.5e300, "-1.5e+300"},
        {1e-4, "0.0001"},
        {0.00012345, "0.00012345"},
        {1e-5, "1e-05"},
        {9.999999999999999e-05, "9.999999999999999e-05"},
        {5e-324, "5e-324"},
        {std::numeric_limits<double>::max(), "1.7976931348623157e+308"},
    };
    for (const auto& c : cases) {
        std::string out;
        JsonWriter(out, JsonStyle::python).real(c.value);
        EXPECT_EQ(out, c.text);
    }
}

TEST(JsonWriterDeathTest, RefusesWhatJsonCannotSay) {
    std::string out;
    JsonWriter json(out, JsonStyle::python);
    EXPECT_DEATH(json.real(std::nan("")), "isfinite");
    EXPECT_DEATH(json.real(std::numeric_limits<double>::infinity()), "isfinite");
}

TEST(JsonWriter, IntegersOfEveryWidth) {
    std::string out;
    JsonWriter json(out, JsonStyle::compact);
    json.begin_array();
    json.integer(std::int16_t{-7});
    json.integer(std::uint32_t{4294967295});
    json.integer(std::size_t{0});
    json.end_array();
    EXPECT_EQ(out, "[-7,4294967295,0]");
}

}  // namespace
}  // namespace obrol
