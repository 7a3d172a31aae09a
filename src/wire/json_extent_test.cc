#include "wire/json_extent.h"

#include <gtest/gtest.h>
#include <string>

namespace obrol {
namespace {

using Kind = JsonExtent::Kind;

struct Case {
    std::string_view input;
    Kind kind;
    std::size_t length = 0;
};

const Case cases[] = {
    {"", Kind::need_more},
    {"{", Kind::need_more},
    {"{}", Kind::complete, 2},
    {"{}}", Kind::complete, 2},
    {"{}{}", Kind::complete, 2},
    {"{} \n", Kind::complete, 2},
    {R"({"a": 1)", Kind::need_more},
    {R"({"a": {"b": [1, {}, []]}} rest)", Kind::complete, 25},
    {R"({"a": "}"})", Kind::complete, 10},
    {R"({"a": "\"}"})", Kind::complete, 12},
    {R"({"a": "\\"}x)", Kind::complete, 11},
    {R"({"a": "\\\"}"})", Kind::complete, 14},
    {R"({"a": "{[)", Kind::need_more},
    {R"({"a": "\)", Kind::need_more},
    {"{\"a\": \"\u00e9\xff\"}", Kind::complete, 12},
    {"{\n\t\"a\":\r\n -1.5E+3, \"b\": [true, false, null]\n}\n", Kind::complete, 45},
    {" {}", Kind::malformed},
    {"\n", Kind::malformed},
    {"[]", Kind::malformed},
    {"}", Kind::malformed},
    {"\"a\"", Kind::malformed},
    {"{]", Kind::malformed},
    {"{[}", Kind::malformed},
    {R"({"a": [1}})", Kind::malformed},
    {"{auth}", Kind::malformed},
    {"{'a': 1}", Kind::malformed},
    {"{\"a\nb\"}", Kind::malformed},
    {"{\"a\\\nb\"}", Kind::malformed},
    {std::string_view("{\0}", 3), Kind::malformed},
    {std::string_view("{\"\0\"}", 5), Kind::malformed},
    {"{\xc3\xa9}", Kind::malformed},
};

TEST(JsonExtent, FindsTheMatchingBrace) {
    for (const Case& c : cases) {
        JsonExtent extent(64, 32);
        const auto answer = extent.next(c.input);
        EXPECT_EQ(answer.kind, c.kind) << c.input;
        EXPECT_EQ(answer.length, c.length) << c.input;
    }
}

TEST(JsonExtent, AnswersTheSameForEverySegmentation) {
    for (const Case& c : cases) {
        for (std::size_t split = 0; split < c.input.size(); ++split) {
            JsonExtent extent(64, 32);
            auto answer = extent.next(c.input.substr(0, split));
            if (answer.kind == Kind::need_more) answer = extent.next(c.input);
            EXPECT_EQ(answer.kind, c.kind) << c.input << " split at " << split;
            EXPECT_EQ(answer.length, c.length) << c.input << " split at " << split;
        }
        JsonExtent bytewise(64, 32);
        JsonExtent::Answer answer{Kind::need_more, 0};
        for (std::size_t size = 0; size <= c.input.size() && answer.kind == Kind::need_more; ++size)
            answer = bytewise.next(c.input.substr(0, size));
        EXPECT_EQ(answer.kind, c.kind) << c.input << " byte by byte";
        EXPECT_EQ(answer.length, c.length) << c.input << " byte by byte";
    }
}

TEST(JsonExtent, BeginsAnewAfterAnObject) {
    JsonExtent extent(16, 32);
    std::string_view input = R"({"a":[1]}{}{"b":"}"}{"c")";
    const std::size_t lengths[] = {9, 2, 9};
    for (const std::size_t length : lengths) {
        const auto answer = extent.next(input);
        ASSERT_EQ(answer.kind, Kind::complete);
        EXPECT_EQ(answer.length, length);
        input.remove_prefix(answer.length);
    }
    EXPECT_EQ(extent.next(input).kind, Kind::need_more);
}

TEST(JsonExtent, SizeLimitHoldsToTheByte) {
    const std::string object = R"({"text":"halo"})";
    JsonExtent fits(object.size(), 32);
    EXPECT_EQ(fits.next(object).kind, Kind::complete);
    JsonExtent exceeded(object.size() - 1, 32);
    EXPECT_EQ(exceeded.next(object).kind, Kind::too_long);
    EXPECT_EQ(exceeded.next(object + "}").kind, Kind::too_long);
    // Known as soon as the limit is reached without an end.
    JsonExtent early(object.size() - 1, 32);
    EXPECT_EQ(early.next(object.substr(0, object.size() - 2)).kind, Kind::need_more);
    EXPECT_EQ(early.next(object.substr(0, object.size() - 1)).kind, Kind::too_long);
}

TEST(JsonExtent, DepthLimitHoldsExactly) {
    for (const std::size_t depth : {std::size_t{1}, std::size_t{2}, std::size_t{32}, JsonExtent::depth_limit}) {
        std::string fits = "{";
        for (std::size_t i = 1; i < depth; ++i)
            fits += i % 2 == 0 ? "{" : "[";
        JsonExtent extent(1000, depth);
        EXPECT_EQ(extent.next(fits).kind, Kind::need_more) << depth;
        EXPECT_EQ(extent.next(fits + "{").kind, Kind::malformed) << depth;
        JsonExtent arrays(1000, depth);
        EXPECT_EQ(arrays.next(fits + "[").kind, Kind::malformed) << depth;
        for (std::size_t i = depth; i-- > 1;)
            fits += i % 2 == 0 ? "}" : "]";
        JsonExtent closed(1000, depth);
        EXPECT_EQ(closed.next(fits + "}").kind, Kind::complete) << depth;
    }
}

TEST(JsonExtent, StaysWithItsRefusal) {
    JsonExtent extent(64, 32);
    EXPECT_EQ(extent.next("{]").kind, Kind::malformed);
    EXPECT_EQ(extent.next("{]}").kind, Kind::malformed);
}

TEST(JsonExtent, DoesNotLookAtBytesTwice) {
    JsonExtent extent(64, 32);
    EXPECT_EQ(extent.next(R"({"a": "b)").kind, Kind::need_more);
    // Looking again from the start would find the object that was put in behind its back.
    EXPECT_EQ(extent.next(R"({}}}}}}}c)").kind, Kind::need_more);
    const auto answer = extent.next(R"({}}}}}}}}c"})");
    EXPECT_EQ(answer.kind, Kind::complete);
    EXPECT_EQ(answer.length, 12u);
}

}  // namespace
}  // namespace obrol
