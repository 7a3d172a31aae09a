#include "client/classic/python_text.h"

#include <gtest/gtest.h>

#include "wire/json_reader.h"

namespace obrol {
namespace {

TEST(PythonText, BytesAsReprWritesThem) {
    const struct {
        std::string_view bytes;
        std::string_view text;
    } cases[] = {
        {"", "b''"},
        {"halo", "b'halo'"},
        {"a\r\n\tb", R"(b'a\r\n\tb')"},
        {R"(\r)", R"(b'\\r')"},
        {R"("x")", R"(b'"x"')"},
        {"it's", R"(b"it's")"},
        {R"(it's "x")", R"(b'it\'s "x"')"},
        {std::string_view("\0\x1f \x7e\x7f\xc3\xa9", 7), R"(b'\x00\x1f ~\x7f\xc3\xa9')"},
    };
    for (const auto& [bytes, text] : cases)
        EXPECT_EQ(python_bytes(bytes), text);
}

TEST(PythonText, JsonAsDumpsWritesIt) {
    const struct {
        std::string_view read;
        std::string_view written;
    } cases[] = {
        {R"({ "b":[1,2.5,true,null] ,"a":{}})", R"({"b": [1, 2.5, true, null], "a": {}})"},
        {"[]", "[]"},
        {R"("\u00e9 \u0041 \r\n \ud83d\ude00")", R"("\u00e9 A \r\n \ud83d\ude00")"},
        {"\"\xc3\xa9\"", R"("\u00e9")"},
    };
    for (const auto& [read, written] : cases) {
        const auto value = read_json(read, JsonLimits{1000});
        ASSERT_TRUE(value) << read;
        EXPECT_EQ(python_json(*value), written);
    }
}

}  // namespace
}  // namespace obrol
