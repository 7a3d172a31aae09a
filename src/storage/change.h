// What can be asked of the store's log, and what comes of it. A Change is decided in commit order: everything that
// could refuse it is looked at inside the transaction that carries it out (DESIGN section 3, step 5). A deleted account
// keeps its name and its entries; to every change it is unknown.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/boxed.h"
#include "base/compiled_once.h"
#include "base/crypto/digest.h"
#include "model/chat_error.h"
#include "model/command.h"
#include "model/entry.h"
#include "model/invitation.h"
#include "model/session.h"
#include "model/user.h"
#include "storage/file_changes.h"
#include "storage/folder_changes.h"
#include "storage/group_changes.h"
#include "storage/peer_changes.h"

namespace obrol {

// Accounts are those of this server: a user of another one is unknown_user to what changes an account, and never logs
// in.

// Names are checked by the caller (model/name.h). bad_invitation, looked at first; name_taken when it exists, compared
// without case. An invitation is used up by one, and gives its role.
struct CreateUser {
    UserCard card;
    std::string password_hash;
    Role role = Role::member;
    WallTime at{};
    Boxed<Digest> invitation = std::nullopt;  // of the code's text
};
struct UserCreated {
    UserId user;
};

// unknown_user. Ends every session of the user but `kept` (none: all).
struct SetPassword {
    UserId user;
    std::string password_hash;
    SessionId kept;
};

// unknown_user.
struct SetRole {
    UserId user;
    Role role = Role::member;
};

// unknown_user. What is not given stays.
struct SetProfile {
    UserId user;
    std::optional<std::string> display_name;  // not empty
    std::optional<std::string> country;
};

// unknown_user; so deletion is final. Leaving `active` ends every session of the user. Deletion takes the password, the
// display name (which becomes the user name) and the country with it, and everybody's contacts and blocks to and from
// him, and his folder; he leaves his groups, as by QuitGroup, and asks the homes of those at home elsewhere to let him
// go. The answer to a deletion is AccountDeleted.
struct SetAccountState {
    UserId user;
    AccountState state = AccountState::active;
    MessageId id{};  // see group_changes.h; for a deletion
    WallTime at{};
};
struct AccountDeleted {
    std::vector<GroupChanged> groups;      // that he has left
    std::vector<BlobDigest> unused_blobs;  // nothing names them any more
    std::vector<ServerId> asked;           // for which something was queued
};

// unknown_user, account_disabled, too_many_sessions.
struct StartSession {
    UserId user;
    Digest token;  // of the token's text
    WallTime at{};
    std::size_t sessions_max = 0;  // of the user, with this one; 0: any number
};
struct SessionCreated {
    SessionId session;
};

// not_found when it has ended already, or is not the owner's.
struct EndSession {
    SessionId session;
    UserId owner = UserId();  // none: whoever's
};

// All but `kept` (none: all).
struct EndSessionsOf {
    UserId user;
    SessionId kept;
};
struct SessionsEnded {
    std::int64_t count = 0;
};

// Moves the session's used_at forward, never back; exempt from the promise of durability (DESIGN section 1). not_found.
struct NoteSessionUse {
    SessionId session;
    WallTime at{};
};

struct CreateInvitation {
    Digest code;        // of the code's text
    UserId created_by;  // none: the operator
    Role role = Role::member;
    std::int64_t uses_max = 1;
    std::optional<WallTime> expires_at = std::nullopt;
    std::string note = {};
    WallTime at{};
};
struct InvitationCreated {
    InvitationId invitation;
};

// not_found. Accounts that were made with it stay.
struct RevokeInvitation {
    InvitationId invitation;
};

// One entry in the direct conversation with each of `to`, all or nothing. account_disabled (the sender),
// unknown_recipient (`subject` is left to the caller; also for a deleted account), blocked, key_conflict, key_expired.
// A disabled recipient still receives; nobody is blocked by himself. Only what succeeded is kept under the key: a
// refused request may be tried again under the same one. Key numbers start at 1; lower ones count as expired.
struct PostDirect {
    struct Copy {
        UserId to;
        MessageId id;
    };
    UserId sender;
    std::vector<Copy> copies;  // no user twice
    EntryKind kind = EntryKind::message;
    std::string body;
    WallTime at{};
    Boxed<IdempotencyKey> key = std::nullopt;
    Boxed<NewFile> file = std::nullopt;  // then there is one copy, and `kind` and `body` are made of it
    // For copies to users of other servers, which are queued for those: server_not_connected, queue_full (0: no limit).
    std::size_t queue_max = 0;
    // From a user of another server to whom the recipient never wrote, and who is none of his contacts: the message
    // waits as a request, and so many may (request_pending). None: strangers are treated like everybody.
    std::optional<std::size_t> stranger_messages_max = std::nullopt;
};
struct Posted {
    std::vector<EntryHeader> entries;  // in the order of `copies`
    bool repeated = false;             // the stored answer to an earlier request under the same key
    std::string file_code;             // of its file; empty when that was erased since
    bool is_request = false;           // by a stranger: waits to be accepted
    std::vector<UserId> folders;       // that it lies in now; empty when repeated
};

// Moves the cursor forward, never back and never beyond the last entry; exempt from the promise of durability (it may
// fall back after a crash). not_found when the user has no part in the conversation.
struct AdvanceCursor {
    enum class Which : std::uint8_t { fetched, read };
    UserId user;
    ConversationId conversation;
    Which which = Which::fetched;
    Seq seq;
};
struct CursorAdvanced {
    Seq at;              // where it stands now
    bool moved = false;  // by this change
};

// unknown_user.
struct SetBlock {
    UserId owner;
    UserId other;
    bool blocked = true;
};

// Replaces the body and its checksum; header and seq stay. not_found; also for an erased entry.
struct ReplaceBody {
    ConversationId conversation;
    Seq seq;
    std::string body;
};

// Overwrites the body for good; the answer is BodyErased. not_found. Repeating it is fine.
struct EraseBody {
    ConversationId conversation;
    Seq seq;
};

struct Done {};

// Thousands of them wait at once, most of them posts: what is large and rare is boxed.
using Change = CompiledOnce<std::variant<
    CreateUser, SetPassword, SetRole, SetProfile, SetAccountState, StartSession, EndSession, EndSessionsOf,
    NoteSessionUse, CreateInvitation, RevokeInvitation, PostDirect, AdvanceCursor, SetBlock, ReplaceBody, EraseBody,
    FoundGroup, EnterGroup, QuitGroup, AddMembers, RemoveMember, SetMemberRole, SetGroupCode, SetGroupOptions,
    PostToGroup, SetContact, SetQuota, PutFolderFile, NoteFolderFilePlaced, RemoveFolderFile, AddKnownServer,
    MeetServer, SetServerState, SetServerAddress, RotateServerKey, ForgetServer, MeetUser, QueueItem, AcknowledgeOutbox,
    BounceItem, PruneOutbox, BeginEpoch, Receive, ReplicateGroup, AppendReplica, InviteRemote, AcceptInvitation,
    EndRecovery, AdoptGroup, AcceptStranger, BlobArrived>>;
using ChangeDone = CompiledOnce<std::variant<Done, UserCreated, SessionCreated, SessionsEnded, InvitationCreated,
                                             Posted, CursorAdvanced, GroupChanged, AccountDeleted, BodyErased,
                                             FolderFileRemoved, ServerAdded, ItemQueued, Bounced, Pruned, Received>>;
using ChangeResult = std::expected<ChangeDone, ChatError>;
static_assert(sizeof(Change) <= 176 && sizeof(ChangeResult) <= 128);

// What an item of another server asks for, and what came of it (Receive).
struct ReceivedChange {
    Change change;
};
struct ReceivedDone {
    ChangeDone done;
};

// Whether losing the change in a crash would break a promise: a batch without such changes needs no sync.
inline bool must_be_durable(const Change& change) {
    const auto only_asks = [](const auto* post) { return post && post->file && post->file->only_asks; };
    const auto* put = std::get_if<PutFolderFile>(&change);
    return !std::holds_alternative<AdvanceCursor>(change) && !std::holds_alternative<NoteSessionUse>(change) &&
           !std::holds_alternative<AcknowledgeOutbox>(change) && !std::holds_alternative<PruneOutbox>(change) &&
           !std::holds_alternative<BlobArrived>(change) && !std::holds_alternative<NoteFolderFilePlaced>(change) &&
           !(put && put->file->only_asks) && !only_asks(std::get_if<PostDirect>(&change)) &&
           !only_asks(std::get_if<PostToGroup>(&change));
}

// The numbers of one client id under which answers are kept (DESIGN section 4): the last so many, counted from the
// highest used. Client ids that have been idle for longer than idempotency_idle_max are forgotten when a new one comes.
inline constexpr std::int64_t idempotency_window = 1000;
inline constexpr std::chrono::days idempotency_idle_max{30};

}  // namespace obrol
