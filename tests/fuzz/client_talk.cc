#include "tests/fuzz/client_talk.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "base/check.h"

namespace obrol {
namespace {

// How many bytes and of which kinds the replies are; "!" where the stream makes no sense. Seed 0: all in one piece.
std::string read(ClientDialect& client, const std::vector<Command>& asked, std::size_t first, std::string_view stream,
                 std::uint32_t seed) {
    std::string request;
    for (std::size_t i = 0; i < asked.size(); ++i)
        client.encode_request(asked[(first + i) % asked.size()], request);
    std::string kinds;
    std::size_t begin = 0;
    std::size_t end = seed == 0 ? stream.size() : 0;
    for (;;) {
        const Result<DecodedAnswer> answer = client.decode_answer(stream.substr(begin, end - begin));
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

void hear(std::unique_ptr<ClientDialect> (*make_client)(), const std::vector<Command>& requests,
          std::string_view input) {
    if (input.size() < 2) return;
    const std::size_t first = static_cast<unsigned char>(input[0]) % requests.size();
    const std::uint32_t seed = static_cast<unsigned char>(input[1]) + 1u;
    const auto at_once = make_client();
    const auto in_pieces = make_client();
    const std::string read_at_once = read(*at_once, requests, first, input.substr(2), 0);
    OBROL_CHECK(read(*in_pieces, requests, first, input.substr(2), seed) == read_at_once);
}

}  // namespace obrol
