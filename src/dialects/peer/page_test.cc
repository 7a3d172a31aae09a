// The worked example of docs/protocol/federation.md.
#include <algorithm>
#include <cctype>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>

#include "base/hexadecimal.h"
#include "dialects/peer/frame.h"

namespace obrol {
namespace {

std::string hexadecimal(std::string_view bytes) {
    return to_hexadecimal(std::span(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()));
}

// Without what breaks lines.
std::string page() {
    std::ifstream file(OBROL_FEDERATION_PAGE);
    std::string text{std::istreambuf_iterator<char>(file), {}};
    std::erase_if(text, [](unsigned char byte) { return std::isspace(byte) != 0; });
    return text;
}

SigningSeed seed_of(std::uint8_t byte) {
    SigningSeed seed;
    seed.fill(byte);
    return seed;
}

TEST(FederationPage, ShowsTheBytesThatAreSent) {
    const std::string text = page();
    const SigningKey a(seed_of(1));
    const SigningKey b(seed_of(2));
    std::array<std::uint8_t, 32> exporter{};
    for (std::size_t i = 0; i < exporter.size(); ++i)
        exporter[i] = static_cast<std::uint8_t>(i);
    const PeerHello hello_a{1, a.public_key(), "A", "", 0};
    const PeerHello hello_b{1, b.public_key(), "B", "b.example", 8889};
    const PeerProof proof_a{a.sign(proof_text(PeerRole::dialler, exporter, hello_a, hello_b))};
    const PeerProof proof_b{b.sign(proof_text(PeerRole::listener, exporter, hello_a, hello_b))};
    DirectPost post;
    post.id = Uuid::parse("01890a5d-ac96-774b-bcce-b302099a8057").value();
    post.from = {"messi", "Lionel Messi", "Argentina"};
    post.to = "maya";
    post.at = WallTime(std::chrono::milliseconds(1'767'225'600'000));
    post.body = "halo";
    PeerItems items{1, 1, 1, {encode(PeerItem(post))}, {}};
    items.signature = a.sign(items_text(b.public_key(), items));
    const std::pair<const char*, std::string> lines[] = {
        {"A: hello", encode(hello_a)},
        {"B: hello", encode(hello_b)},
        {"A signs", proof_text(PeerRole::dialler, exporter, hello_a, hello_b)},
        {"A: proof", encode(proof_a)},
        {"B: proof", encode(proof_b)},
        {"A: resume", encode(PeerResume{})},
        {"B: resume", encode(PeerResume{})},
        {"A: items", encode(items)},
        {"B: acknowledgement", encode(PeerAcknowledgement{1, 1, {}})},
    };
    for (const auto& [name, bytes] : lines)
        EXPECT_NE(text.find(hexadecimal(bytes)), std::string::npos) << name << "\n" << hexadecimal(bytes);
}

}  // namespace
}  // namespace obrol
