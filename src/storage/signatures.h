// What is kept of other servers' signatures, and of keys that they have no more.
#pragma once

#include <optional>
#include <string>

#include "base/crypto/signing.h"
#include "model/ids.h"
#include "model/peer_item.h"

namespace obrol {

// A server's word under its old key that another one has taken its place, and under that one that it has. Both
// signatures were verified by the caller.
struct KeyStatement {
    PublicKey old_key{};
    PublicKey new_key{};
    Signature signature{};   // of the old key
    Signature acceptance{};  // of the new one

    friend bool operator==(const KeyStatement&, const KeyStatement&) = default;
};
// A key that a server has no more.
struct FormerKey {
    ServerId server;
    PublicKey key{};
    std::optional<KeyStatement> statement;  // none: it is the key of a server that was forgotten

    friend bool operator==(const FormerKey&, const FormerKey&) = default;
};

// What another server has signed of an entry, as it was then: that server may have another key now, or the group
// another home.
struct EntrySignature {
    Signature signature{};
    GlobalGroup signed_for;  // a home of zeros: not known, then it is as it is now
    PublicKey author{};      // the key of the author's server; zeros: as it is now
    std::string note;        // encode(GlobalMemberNote) of a member note; empty: as the log has it

    friend bool operator==(const EntrySignature&, const EntrySignature&) = default;
};

}  // namespace obrol
