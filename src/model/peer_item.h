// What servers hand each other for good (PROTOCOLS.md: Between servers): kept in the sender's outbox until the receiver
// has committed what comes of it. Encoded the same everywhere, because what was encoded is what was signed.
//
// Users and groups are named so that every server understands it: by the key of their server and their name there.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "model/bounce.h"
#include "model/entry.h"
#include "model/file.h"
#include "model/group.h"
#include "model/ids.h"
#include "model/server.h"

namespace obrol {

// Names are signed and compared without case: they may be spelled as one likes.
struct GlobalUser {
    PublicKey server{};
    std::string label;  // what that server calls itself, for whoever never met it; no part of what is signed
    std::string name;   // there, as chosen

    friend bool operator==(const GlobalUser&, const GlobalUser&) = default;
};

struct GlobalGroup {
    PublicKey home{};
    std::string id;  // there

    friend bool operator==(const GlobalGroup& a, const GlobalGroup& b);
};

// What a group was called before its home, that is gone for good, was replaced by another one: the entries up to `upto`
// are signed for that name.
struct GroupOrigin {
    GlobalGroup name;
    Seq upto;

    friend bool operator==(const GroupOrigin&, const GroupOrigin&) = default;
};

// Somebody of the sending server, and how he is to be shown.
struct Author {
    std::string name;
    std::string display_name;
    std::string country;

    friend bool operator==(const Author&, const Author&) = default;
};

// From a user of the sending server to one of the receiving.
struct DirectPost {
    MessageId id;
    Author from;
    std::string to;
    EntryKind kind = EntryKind::message;
    WallTime at{};
    std::string body;          // as in the log; of a file with the code alone
    bool into_folder = false;  // of a file: it is for the receiver's folder, where its name must be free
};

// A post in a group whose home is the receiving server. The signature goes with the entry to every server of the group.
struct GroupPost {
    MessageId id;
    std::string group;
    Author from;
    EntryKind kind = EntryKind::message;
    WallTime at{};
    std::string body;
    Signature signature{};  // of the sending server over signed_text(), see below
};

// What a user of the sending server asks of a group whose home is the receiving server.
struct GroupRequest {
    enum class Action : std::uint8_t { join, accept, leave, invite, kick, ban, unban, role, renew_code };
    MessageId id;
    std::string group;  // empty: found by its code
    Author from;
    WallTime at{};
    Action action = Action::join;
    std::string code;                    // join
    std::vector<GlobalUser> who;         // invite, kick, ban, unban, role
    GroupRole role = GroupRole::member;  // role
};

// A group of the sending server would like to have a user of the receiving one; answered by GroupRequest::accept, or by
// an ItemRefused.
struct GroupInvitation {
    MessageId id;
    GroupCard group;
    GlobalUser by;
    std::string to;
    WallTime at{};
};

// The receiving server sent that item, and it could not be done. Refusals are not refused.
struct ItemRefused {
    MessageId id;    // its own
    MessageId item;  // what is refused
    ChatError why = ChatError::unknown_recipient;
};

// In place of an item that was given up.
struct NoItem {
    MessageId id;
};

using PeerItem = std::variant<DirectPost, GroupPost, GroupRequest, GroupInvitation, ItemRefused, NoItem>;

MessageId id_of(const PeerItem& item);
std::string encode(const PeerItem& item);
// None: not the encoding of any item that this version knows.
std::optional<PeerItem> parse_peer_item(std::string_view bytes);
// The id of an item of whatever kind, also one that this version does not know. None: there is none.
std::optional<MessageId> peer_item_id(std::string_view bytes);

// An entry of a group's log as it goes from server to server.
struct GroupEntry {
    Seq seq;
    MessageId id;
    GlobalUser from;  // by the key that his server had when the entry was signed
    std::string display_name;
    EntryKind kind = EntryKind::message;
    WallTime at{};
    bool erased = false;
    BlobDigest body_digest{};  // SHA-256 of the body, also when that is erased
    std::string body;          // a post: as it was posted; a member note: encode(GlobalMemberNote)
    // Of the author's server for a post, of the home for everything else; over signed_text() with `signed_for`.
    Signature signature{};
    // What the group was called when it was signed: its home may have had another key then, or may have been another
    // server.
    GlobalGroup signed_for;
};
std::string encode(const GroupEntry& entry);
std::optional<GroupEntry> parse_group_entry(std::string_view bytes);

// A MemberNote whose people are named for every server.
struct GlobalMemberNote {
    MemberNote::Action action = MemberNote::Action::join;
    GroupRole role = GroupRole::member;
    std::vector<GlobalUser> who;
};
std::string encode(const GlobalMemberNote& note);
std::optional<GlobalMemberNote> parse_global_member_note(std::string_view bytes);

// What a group entry's signature is over: the group, the message id, the author, and the content by its digest, so that
// it holds after the content was erased, too. The seq of a post is not part of it (its author does not know it); that
// of a member note is.
std::string signed_text(const GlobalGroup& group, const GroupEntry& entry);

}  // namespace obrol
