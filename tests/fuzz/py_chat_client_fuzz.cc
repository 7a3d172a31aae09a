// Answers must not depend on the segmentation, whatever was asked. Input: one byte that says what was asked first, one
// that seeds the segmentation, then the stream.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "dialects/py_chat/py_chat.h"

namespace obrol {
namespace {

const std::vector<Command>& requests() {
    static const Place user{Place::Kind::user, {"messi", ""}};
    static const Place group{Place::Kind::group_code, {"0f3a9c", ""}};
    static const std::vector<Command> all{
        {std::nullopt, Authenticate{"messi", "surabaya"}},
        {std::nullopt, CreateGroup{"", "lab", {}}},
        {std::nullopt, ListGroups{}},
        {std::nullopt, InviteToGroup{group, {{"maya", ""}}}},
        {std::nullopt, FetchUnread{user}},
        {std::nullopt, ListUnread{}},
        {std::nullopt, SendFile{user, "a", 3, std::nullopt}},
        {std::nullopt, GetFile{"4f2a9c", group, 1}},
        {std::nullopt, ListContacts{}},
    };
    return all;
}

// How many bytes and of which kinds the replies are; "!" where the stream makes no sense. Seed 0: all in one piece.
std::string read(std::size_t first, std::string_view stream, std::uint32_t seed) {
    const auto client = py_chat::make_client();
    std::string request;
    for (std::size_t i = 0; i < requests().size(); ++i)
        client->encode_request(requests()[(first + i) % requests().size()], request);
    std::string kinds;
    std::size_t begin = 0;
    std::size_t end = seed == 0 ? stream.size() : 0;
    for (;;) {
        const Result<DecodedAnswer> answer = client->decode_answer(stream.substr(begin, end - begin));
        if (!answer) return kinds + '!';
        OBROL_CHECK(answer->consumed <= end - begin);
        begin += answer->consumed;
        if (answer->reply) {
            kinds += std::to_string(answer->reply->index()) + ' ' + std::to_string(begin) + '\n';
            continue;
        }
        if (end == stream.size()) return kinds;
        seed = seed * 1664525 + 1013904223;
        end = std::min(stream.size(), end + 1 + (seed >> 24) % 7);
    }
}

}  // namespace

void fuzz_py_chat_client(std::string_view input) {
    if (input.size() < 2) return;
    const std::size_t first = static_cast<unsigned char>(input[0]) % requests().size();
    const std::uint32_t seed = static_cast<unsigned char>(input[1]) + 1u;
    const std::string read_at_once = read(first, input.substr(2), 0);
    OBROL_CHECK(read(first, input.substr(2), seed) == read_at_once);
}

}  // namespace obrol
