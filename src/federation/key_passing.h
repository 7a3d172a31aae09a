// What third servers have stated about their keys goes before the entries that their users wrote: whoever reads those
// knows the authors' servers by any key.
#pragma once

#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "federation/link_parts.h"
#include "io/task.h"

namespace obrol {

class KeyPassing {
  public:
    explicit KeyPassing(const LinkParts& parts) : parts_(parts) {}

    // Sends what belongs to that group and was not sent over this link yet. Before its entries.
    static Task<void> pass(KeyPassing& self, GlobalGroup group);
    // Came over the link. What is not signed by both keys is passed over. An end of the link: too many wait for their
    // entries.
    std::optional<LinkEnd> take(const PeerRotation& rotation);
    // Tells core what came. Before the entries behind it.
    static Task<void> deliver(KeyPassing& self);

  private:
    const LinkParts& parts_;
    std::set<std::pair<PublicKey, PublicKey>> passed_;
    std::vector<KeyStatement> taken_;
};

}  // namespace obrol
