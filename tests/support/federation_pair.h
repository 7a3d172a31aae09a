// Two joined servers (joined_federations.h), and what goes from one to the other.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/joined_federations.h"

namespace obrol::testing {

// "word1", "word2" …
inline std::vector<std::string> numbered(const std::string& word, int count) {
    std::vector<std::string> texts;
    for (int i = 1; i <= count; ++i)
        texts.push_back(word + std::to_string(i));
    return texts;
}

inline void queue_all(Node& from, Node& to, const std::vector<std::string>& texts) {
    const ServerId id = from.peering.id_of(to.key.public_key());
    const ServerId known = id ? id : ServerId(1);
    for (const std::string& text : texts)
        from.peering.queue(known, text);
    from.federation->wake(known);
}

// Two servers, "A" and "B"; A knows where B is, and with `both_ways` B where A is.
struct Pair {
    explicit Pair(FederationOptions options = {}, std::uint64_t seed = 1, bool both_ways = false)
        : world(seed), a(world.add("A", 1, options)), b(world.add("B", 2, options)) {
        World::introduce(a, b, both_ways);
    }
    void start() {
        b.federation->start({});
        a.federation->start({});
        world.run_for(std::chrono::milliseconds(200));
    }
    ServerId b_at_a() const { return ServerId(1); }
    ServerId a_at_b() const { return b.peering.id_of(a.key.public_key()); }
    LinkState at_a() const { return a.federation->state(b_at_a()); }

    World world;
    Node& a;
    Node& b;
};

}  // namespace obrol::testing
