// From a group's log as this server keeps it to what every server understands, and back: people by their servers' keys,
// files by their codes at home, and the signatures that belong to it all.
//
// On core's thread.
#pragma once

#include <expected>
#include <optional>
#include <vector>

#include "core/accounts.h"
#include "core/chat.h"
#include "core/groups.h"
#include "io/task.h"
#include "model/peer_item.h"
#include "storage/peer_changes.h"

namespace obrol {

class ChatPeering;

class GroupTranslation {
  public:
    // Both must outlive it.
    GroupTranslation(Chat::State& state, ChatPeering& peering) : state_(state), peering_(peering) {}

    // None: its home was never met, or forgotten.
    std::optional<GlobalGroup> global(const Group& group) const;
    // A server that was never met has no key.
    GlobalUser global(const User& user) const;
    // The user whom `by` names so, made known here if need be, and his server too. `users_max` are known by its word;
    // 0: any number. unknown_recipient, bad_name, too_many_servers, too_many_accounts.
    Task<std::expected<UserRef, ChatError>> local(GlobalUser user, ServerId by, std::size_t users_max);

    // `kept`: its signature, where another server made it. Signed anew where this server did.
    Task<std::expected<GroupEntry, ChatError>> to_global(const Group& group, LogEntry entry,
                                                         std::optional<EntrySignature> kept);
    // A post of a user of this server, for a group at home elsewhere: with everything that is signed. Right before it
    // goes there: the key of either server may be another one than when it was written.
    GroupPost sign(const GlobalGroup& group, GroupPost post) const;
    bool is_signed(const GlobalGroup& group, const GlobalUser& from, const GroupPost& post) const;

    struct Local {
        AppendReplica::Entry entry;
        UserRef from;
    };
    // Of the group `conversation`, which is called so, as `by` says. Checked: its signature, that it was made for this
    // group (else server_differs), and that it is what may stand in a log (bad_argument).
    Task<std::expected<Local, ChatError>> to_local(const GlobalGroup& group, ConversationId conversation,
                                                   GroupEntry entry, ServerId by);

    // What a post's body is in the log here (a file's code has its server's label behind it there), and on the wire.
    std::string local_body(EntryKind kind, std::string body, ServerId author) const;
    static std::string global_body(EntryKind kind, std::string body);
    // Whether every server signs such entries for its own users; the home signs all others.
    static bool is_post(EntryKind kind);

  private:
    Task<std::expected<std::string, ChatError>> to_global(const std::string& note);
    Task<std::expected<std::vector<UserRef>, ChatError>> local(std::vector<GlobalUser> users, ServerId by);

    Chat::State& state_;
    ChatPeering& peering_;
};

}  // namespace obrol
