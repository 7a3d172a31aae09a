// Two servers whose users write to each other, and what one makes of items of the other.
#pragma once

#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/peer_item.h"
#include "tests/support/joined_servers.h"

namespace obrol {

class PeeringTest : public testing::Test {
  protected:
    explicit PeeringTest(Chat::Options for_a = friendly(), Chat::Options for_b = friendly())
        : servers(std::move(for_a), std::move(for_b)) {
        a.people.add("messi");
        a.people.add("maya");
        b.people.add("izza");
        b.people.add("nania");
        servers.join();
    }
    // Where strangers may write.
    static Chat::Options friendly() {
        Chat::Options options;
        options.peers.strangers = PeerOptions::Strangers::allow;
        return options;
    }
    static SendMessage message(const std::string& to, const std::string& text = "halo") {
        return SendMessage{parse_address_list(to), text, std::nullopt};
    }
    std::optional<ChatError> receive(JoinedServer& side, PeerItem item, std::int64_t number) {
        const auto taken = side.take({1, number}, encode(item));
        EXPECT_TRUE(taken.has_value()) << to_string(taken.error());
        return taken.value_or(std::nullopt);
    }
    // Several of them in one call, the first under this number: how many were taken, which were refused, and why the
    // next one was not taken: "3, 2 user-not-found, then busy".
    std::string receive_all(std::int64_t number, const std::vector<PeerItem>& items) {
        std::vector<std::string> bytes;
        for (const PeerItem& item : items)
            bytes.push_back(encode(item));
        const Peering::Taken taken = b.parts.run(b.peering().receive(b.other, {1, number}, 1, bytes));
        std::string text = std::to_string(taken.count);
        for (const Peering::Taken::Refusal& refusal : taken.refused)
            text += ", " + std::to_string(refusal.index) + ' ' + std::string(to_string(refusal.why));
        if (taken.trouble) text += ", then " + std::string(to_string(*taken.trouble));
        return text;
    }
    DirectPost post(const std::string& text, std::uint64_t n = 1) {
        DirectPost post;
        post.id.bytes[15] = static_cast<std::uint8_t>(n);
        post.from = Author{"messi", "Lionel Messi", "Argentina"};
        post.to = "izza";
        post.at = b.parts.executor.clock().wall_now();
        post.body = text;
        return post;
    }

    JoinedServers servers;
    JoinedServer& a = servers.a;
    JoinedServer& b = servers.b;
};

}  // namespace obrol
