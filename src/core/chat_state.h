// What the command families of Chat share. Internal to core.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/accounts.h"
#include "core/administration.h"
#include "core/chat.h"
#include "core/chat_peering.h"
#include "core/fanout.h"
#include "core/files.h"
#include "core/folders.h"
#include "core/groups.h"
#include "core/inbox.h"
#include "core/login_guard.h"
#include "core/presence.h"
#include "core/rate_limiter.h"
#include "core/remote_presence.h"
#include "core/retention.h"
#include "core/sessions.h"
#include "core/strangers.h"

namespace obrol {

// How many addresses and users the rate limits keep in mind.
inline constexpr std::size_t rate_keys_max = 100'000;

[[nodiscard]] inline Refused refusal(ChatError why) {
    return Refused{why, {}, false};
}
[[nodiscard]] inline Reply refused(ChatError why) {
    return refusal(why);
}
[[nodiscard]] inline Reply refused(ChatError why, std::string subject) {
    return Refused{why, std::move(subject), false};
}
// Of a request that could be carried out for none of those whom it named (at least one).
[[nodiscard]] inline Refused refusal_of_all(const std::vector<NameRefused>& failed) {
    return Refused{failed.front().why, failed.front().name, failed.size() > 1};
}
[[nodiscard]] inline Refused refusal(ChatError why, Duration retry_after) {
    return Refused{why, {}, false, std::chrono::ceil<std::chrono::milliseconds>(retry_after)};
}
[[nodiscard]] inline Reply refused(ChatError why, Duration retry_after) {
    return refusal(why, retry_after);
}

struct FileTarget;
struct FileToSend;

struct Chat::State {
    State(Parts given, Options chosen);

    // chat.cc
    Task<Reply> run(Client& client, std::optional<Token> token, Refuse request);
    Task<Reply> run(Client& client, std::optional<Token> token, Hello request);
    Task<Reply> run(Client& client, std::optional<Token> token, Ping request);
    Task<Reply> run(Client& client, std::optional<Token> token, Listen request);
    // session_requests.cc
    Task<Reply> run(Client& client, std::optional<Token> token, Authenticate request);
    Task<Reply> run(Client& client, std::optional<Token> token, Resume request);
    Task<Reply> run(Client& client, std::optional<Token> token, Logout request);
    Task<Reply> run(Client& client, std::optional<Token> token, ListSessions request);
    Task<Reply> run(Client& client, std::optional<Token> token, RevokeSessions request);
    Task<Reply> run(Client& client, std::optional<Token> token, ListOnline request);
    // account_requests.cc
    Task<Reply> run(Client& client, std::optional<Token> token, Register request);
    Task<Reply> run(Client& client, std::optional<Token> token, WhoAmI request);
    Task<Reply> run(Client& client, std::optional<Token> token, ChangePassword request);
    Task<Reply> run(Client& client, std::optional<Token> token, ChangeProfile request);
    Task<Reply> run(Client& client, std::optional<Token> token, Block request);
    // message_requests.cc
    Task<Reply> run(Client& client, std::optional<Token> token, SendMessage request);
    Task<Reply> run(Client& client, std::optional<Token> token, SendToGroup request);
    // inbox_requests.cc
    Task<Reply> run(Client& client, std::optional<Token> token, FetchInbox request);
    Task<Reply> run(Client& client, std::optional<Token> token, FetchUnread request);
    Task<Reply> run(Client& client, std::optional<Token> token, ListUnread request);
    // history_requests.cc
    Task<Reply> run(Client& client, std::optional<Token> token, FetchHistory request);
    Task<Reply> run(Client& client, std::optional<Token> token, MarkRead request);
    // group_requests.cc
    Task<Reply> run(Client& client, std::optional<Token> token, CreateGroup request);
    Task<Reply> run(Client& client, std::optional<Token> token, ListGroups request);
    Task<Reply> run(Client& client, std::optional<Token> token, ListMembers request);
    Task<Reply> run(Client& client, std::optional<Token> token, JoinGroup request);
    Task<Reply> run(Client& client, std::optional<Token> token, LeaveGroup request);
    Task<Reply> run(Client& client, std::optional<Token> token, InviteToGroup request);
    Task<Reply> run(Client& client, std::optional<Token> token, KickFromGroup request);
    Task<Reply> run(Client& client, std::optional<Token> token, SetGroupRole request);
    Task<Reply> run(Client& client, std::optional<Token> token, RenewGroupCode request);
    // contact_requests.cc
    Task<Reply> run(Client& client, std::optional<Token> token, AddContacts request);
    Task<Reply> run(Client& client, std::optional<Token> token, RemoveContacts request);
    Task<Reply> run(Client& client, std::optional<Token> token, ListContacts request);
    // file_requests.cc
    Task<Reply> run(Client& client, std::optional<Token> token, SendFile request);
    Task<Reply> run(Client& client, std::optional<Token> token, GetFile request);
    Task<Reply> run(Client& client, std::optional<Token> token, ListFiles request);
    // folder_requests.cc
    Task<Reply> run(Client& client, std::optional<Token> token, PutFile request);
    Task<Reply> run(Client& client, std::optional<Token> token, SendFolderFile request);
    Task<Reply> run(Client& client, std::optional<Token> token, GetFolderFile request);
    Task<Reply> run(Client& client, std::optional<Token> token, ListFolder request);

    // server_requests.cc
    Task<Reply> run(Client& client, std::optional<Token> token, AddServer request);
    Task<Reply> run(Client& client, std::optional<Token> token, ConnectServer request);
    Task<Reply> run(Client& client, std::optional<Token> token, DisconnectServer request);
    Task<Reply> run(Client& client, std::optional<Token> token, ListServers request);
    // stranger_requests.cc
    Task<Reply> run(Client& client, std::optional<Token> token, ListRequests request);
    Task<Reply> run(Client& client, std::optional<Token> token, AcceptRequest request);

    using Authorized = std::expected<LiveSessionRef, ChatError>;

    // The session a request acts for, or why there is none; notes its use.
    Task<Authorized> authorize(Client& client, std::optional<Token> token);
    // The same where it takes no look into the store; none otherwise.
    std::optional<Authorized> authorize_now(Client& client, const std::optional<Token>& token);
    Authorized note_use(Client& client, LiveSessionRef session);
    // The user of that session.
    Task<std::expected<UserRef, ChatError>> authorize_user(Client& client, std::optional<Token> token);
    // The same where it takes no look into the store; null: authorize_user() knows.
    UserRef authorize_user_now(Client& client, const std::optional<Token>& token);
    // An active or disabled account of this server, or somebody on another one, who is made known here if need be;
    // unknown_recipient, unknown_server, and of who would be new server_not_connected and server_blocked.
    Task<std::expected<UserRef, Refused>> resolve(Address address);
    // The same, but nobody is made known: who was never heard of is unknown_recipient.
    Task<std::expected<UserRef, Refused>> resolve_known(Address address);
    Task<std::expected<UserRef, Refused>> resolve(Address address, bool may_be_new);
    // Each once, in the order of the request; all or nothing.
    Task<std::expected<std::vector<UserRef>, Refused>> resolve(std::vector<Address> addresses);
    // Somebody whom a request named beside others, each for himself.
    struct Named {
        std::string name;  // as the request had it
        UserRef user;      // null: there is a refusal
        std::optional<ChatError> refusal = std::nullopt;
    };
    // Each once, in the order of the request. Fails with `unavailable` only.
    Task<std::expected<std::vector<Named>, ChatError>> resolve_each(std::vector<Address> addresses);
    // The same where one active user is named who is in the cache; null otherwise.
    UserRef resolve_now(const std::vector<Address>& addresses);
    Task<std::expected<UserRef, ChatError>> user_of(UserId id);
    // In the order of `ids`.
    Task<std::expected<std::vector<UserRef>, ChatError>> users_of(std::vector<UserId> ids);
    Task<std::expected<std::vector<UserRef>, ChatError>> senders_of(const std::vector<LogEntry>& entries);
    // Counts a message that is about to be sent; or too_many_messages, busy.
    std::optional<Refused> count_send(const Client& client, UserId user);
    ChatError unavailable(const Error& error);
    MonotonicTime now() const { return parts.timers.turn_clock().monotonic_now(); }
    // Whether the rates hold for this connection.
    bool is_limited(const Client& client) const;
    static bool is_loopback(const Client& client);

    // remote_users.cc
    Task<std::expected<UserRef, Refused>> resolve_remote(Address address, bool may_be_new);
    // Makes somebody of another server known, or changes how he is shown.
    Task<std::expected<UserRef, ChatError>> meet(ServerId server, Author author, ServerId by, std::size_t users_max);
    static bool has_remote(const std::vector<UserRef>& users);
    // As Strangers::waiting_for().
    Task<std::expected<WaitingStrangers, ChatError>> strangers_for(UserId user);
    // The store has accepted the stranger, if he waited. No suspension may lie between its answer and this.
    void stranger_settled(const UserRef& user, const UserRef& stranger);
    Task<void> tell_accepted(UserRef user, UserRef stranger, WaitingStranger waited);
    // What became of the copies for other servers of a message that was just committed (is_repeated: earlier) goes into
    // its answer; or why all of them were refused.
    Task<std::optional<Refused>> add_outcomes(MessageSent& sent, const std::vector<UserRef>& to, bool is_repeated);
    // groups_elsewhere.cc
    Task<Reply> post_elsewhere(UserRef from, GroupRef group, SendToGroup request, Serial::Turn& turn);
    struct SentElsewhere {
        MessageId id;
        WallTime at{};
        Delivery delivery = Delivery::queued;
    };
    // `key_content` as in QueueItem. `turn` (null: none is held) ends when the place in the commit order is taken.
    Task<std::expected<SentElsewhere, Refused>> send_elsewhere(UserRef from, GroupRef group, EntryKind kind,
                                                               std::string body, std::optional<IdempotencyKey> key,
                                                               std::string key_content, Serial::Turn* turn = nullptr);
    QueueItem queued_for(ServerId server, UserId sender, MessageId id, WallTime at) const;
    Task<std::expected<GroupReach, ChatError>> reach_of(GroupRef group, UserId sender, Delivery at_home);
    Task<std::expected<Delivery, Refused>> ask_home(const Client& client, UserRef by, ServerId home,
                                                    GroupRequest request);
    Task<Reply> join_elsewhere(const Client& client, UserRef user, JoinGroup join);
    // `done` is the answer where the home has done it.
    Task<Reply> change_elsewhere(const Client& client, UserRef by, GroupRef group, GroupRequest request, Reply done);
    Task<Reply> invite_elsewhere(const Client& client, UserRef by, GroupRef group, std::vector<Named> named);
    Task<std::vector<NameRefused>> invite_remote(UserRef by, GroupRef group, std::vector<UserRef> who,
                                                 std::vector<std::string>& pending);
    // server_requests.cc
    bool may_manage_servers(const User& user) const;
    Task<std::optional<ChatError>> refusal_of_managing(Client& client, std::optional<Token> token);
    // unknown_server, own_server, server_blocked.
    std::expected<Server, Refused> resolve_server(const std::string& label) const;
    // Whoever asks: administrators by requests, the operator. As core/administration.h has them.
    Task<std::expected<Server, Refused>> add_server(AddServer wanted);
    Task<std::expected<bool, Refused>> connect_server(Server server);
    Task<std::expected<void, Refused>> disconnect_server(Server server);
    // session_requests.cc
    Task<std::expected<UserRef, ChatError>> check_password(Authenticate request);
    Task<bool> check_decoy(std::string password);
    Task<Authorized> start_session(UserId user, Digest token);
    Task<std::expected<void, ChatError>> make_room_for_session(UserId user);
    // `current` (none: nobody's) is marked.
    Task<std::expected<std::vector<SessionList::Item>, ChatError>> list_sessions(UserId user, SessionId current);
    // account_requests.cc
    std::optional<ChatError> refusal_of_registration(const Client& client) const;
    Task<std::expected<void, Refused>> check_invitation(const Client& client, Digest code);
    Task<std::expected<UserId, ChatError>> add_user(UserCard card, std::string password, Role role,
                                                    std::optional<Digest> invitation);
    Task<std::expected<UserCard, Refused>> change_profile(UserRef user, std::optional<std::string> display_name,
                                                          std::optional<std::string> country);
    // message_requests.cc
    struct Correspondents {
        UserRef from;  // once he is known, the message counts
        std::vector<UserRef> to;
        bool is_remote = false;  // some of them
        WaitingStrangers held;   // who writes to a stranger accepts him
    };
    // Who writes to whom, in full, as far as it takes no look into the store; or why he may not.
    std::optional<Refused> find_correspondents_now(Client& client, const std::optional<Token>& token,
                                                   const std::vector<Address>& to, Correspondents& found);
    // What is left to find.
    Task<std::optional<Refused>> find_correspondents(Client& client, std::optional<Token> token,
                                                     std::vector<Address> to, Correspondents& found);
    PostDirect post_of(const Correspondents& who, SendMessage& request);
    MessageSent answer_to_post(const Correspondents& who, const Posted& posted);
    // To whoever listens, and to whoever waited for it.
    void announce_post(const Correspondents& who, const Posted& posted, std::string text);
    // What was just committed, to whoever listens.
    void announce(const UserRef& from, const UserRef& to, const EntryHeader& header, std::string body);
    void announce(const UserRef& from, const GroupRef& group, const EntryHeader& header, std::string body);
    // inbox_requests.cc
    Task<std::expected<InboxPage, ChatError>> inbox_page(UserRef receiver, Inbox::Taken taken);
    Task<std::expected<UnreadPage, ChatError>> unread_page(UserRef receiver, Inbox::Taken taken);
    Task<std::expected<ConversationId, Refused>> unread_conversation(const Client& client, UserId self, Place with);
    // history_requests.cc
    Task<std::expected<HistoryPage, Refused>> open_history(const Client& client, UserRef self, Place with,
                                                           HistoryRange& range);
    Task<Reply> mark_read_in_group(Client& client, UserId self, MarkRead request);
    Task<void> tell_read(const Client& client, UserId self, std::vector<UserId> users, ReadEvent event);
    // group_places.cc
    // The group that a place names: unknown_group, unknown_server; too_many_requests where codes have been guessed. An
    // ended one is given, too.
    Task<std::expected<GroupRef, Refused>> resolve_group(const Client& client, UserId user, Place place);
    // The same where the cache knows it and no limit holds; null otherwise.
    GroupRef resolve_group_now(UserId user, const Place& place);
    Task<std::expected<GroupRef, ChatError>> group_of(ConversationId conversation);
    // Of a group or a file. Counts a code as wrong until forgive_code(), so that many at once cannot overtake the
    // count; or says how long to wait, and counts nothing.
    std::optional<Duration> begin_code(const Client& client, UserId user);
    void forgive_code(const Client& client, UserId user);
    // group_requests.cc
    // Submits a change whose answer is GroupChanged and tells the members. Counts as a message: they all hear of it.
    // Hold the GroupRef meanwhile, where it is no new group.
    Task<std::expected<GroupChanged, Refused>> change_group(const Client& client, UserRef by, Change change);
    // What was just committed: brings the caches up to date and tells those who listen. No suspension may lie between
    // the answer of the store and this.
    void group_changed(const UserCard& by, const GroupChanged& changed);
    // Gives a change that writes entries its time and their first id.
    void stamp(auto& change) {
        change.at = parts.timers.turn_clock().wall_now();
        change.id = Uuid::version7(change.at, parts.random);
    }
    GroupLimits group_limits() const { return {options.group_members_max, options.groups_per_user_max}; }
    // contact_requests.cc
    Task<std::set<UserId>> online_among(UserRef viewer, std::vector<UserRef> users);
    Task<Reply> set_contacts(Client& client, std::optional<Token> token, std::vector<Address> who, bool wanted);
    // file_requests.cc
    Task<std::expected<FileTarget, Refused>> resolve_target(const Client& client, UserId self, Place place);
    Task<std::expected<std::optional<ConversationId>, Refused>> resolve_conversation(const Client& client, UserId self,
                                                                                     Place place);
    Task<std::expected<FileList::Item, ChatError>> list_item(UserId reader, StoredFile file);
    // folder_requests.cc
    // The errors of Folders::find() and of ChatPeering::pull().
    Task<std::expected<Folders::Found, ChatError>> find_in_folder(UserRef user, std::string name);
    Task<Reply> send_from_directory(FileToSend wanted, std::unique_ptr<BlobReader> bytes);
    Task<Reply> send_stored(FileToSend wanted, FolderFile file);
    // chat.cc
    void sweep_later();
    Task<void> sweep();

    Parts parts;
    Options options;
    Accounts accounts;
    Sessions sessions;
    Fanout fanout;
    Presence presence;
    Inbox inbox;
    Groups groups;
    Files files;
    Strangers strangers;
    ChatPeering peering;
    RemotePresence remote_presence;
    Folders folders;
    Administration administration;
    Retention retention;
    Timer sweep_timer;
    Gate sweeping{"sweep of idle sessions"};
    Gate telling{"messages of accepted strangers"};
    LoginGuard logins;
    RateLimiter failed_invitations_per_source;
    RateLimiter registrations_per_source;
    RateLimiter sends_per_user;
    RateLimiter sends_per_source;
    RateLimiter failed_codes_per_source;
    RateLimiter failed_codes_per_user;
    std::string decoy_hash;  // of a password that nobody knows
};

}  // namespace obrol
