#include "federation/key_passing.h"

#include <cstddef>
#include <utility>

namespace obrol {
namespace {

// Each fetch brings those of one group, and few fetches are under way.
constexpr std::size_t waiting_max = 16 * peering_statements_max;

}  // namespace

Task<void> KeyPassing::pass(KeyPassing& self, GlobalGroup group) {
    const std::vector<KeyStatement> statements =
        co_await self.parts_.peering.statements_for(self.parts_.server.id, std::move(group));
    for (const KeyStatement& statement : statements)
        if (self.passed_.emplace(statement.old_key, statement.new_key).second)
            self.parts_.frames.send(
                PeerRotation{statement.old_key, statement.new_key, statement.signature, statement.acceptance});
}

std::optional<LinkEnd> KeyPassing::take(const PeerRotation& rotation) {
    const KeyStatement statement{rotation.old_key, rotation.new_key, rotation.signature, rotation.acceptance};
    if (parts_.peering.knows(statement)) return std::nullopt;
    if (taken_.size() >= waiting_max) return LinkEnd::too_many;
    if (is_sound(rotation)) taken_.push_back(statement);
    return std::nullopt;
}

Task<void> KeyPassing::deliver(KeyPassing& self) {
    std::vector<KeyStatement> taken;
    taken.swap(self.taken_);
    if (!taken.empty()) co_await self.parts_.peering.told_keys(std::move(taken));
}

}  // namespace obrol
