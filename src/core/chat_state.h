// What the command families of Chat share. Internal to core.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/accounts.h"
#include "core/administration.h"
#include "core/chat.h"
#include "core/fanout.h"
#include "core/inbox.h"
#include "core/login_guard.h"
#include "core/presence.h"
#include "core/rate_limiter.h"
#include "core/sessions.h"

namespace obrol {

// How many addresses and users the rate limits keep in mind.
inline constexpr std::size_t rate_keys_max = 100'000;

[[nodiscard]] inline Reply refused(ChatError why) {
    return Refused{why, {}, false};
}
[[nodiscard]] inline Refused refusal(ChatError why, Duration retry_after) {
    return Refused{why, {}, false, std::chrono::ceil<std::chrono::milliseconds>(retry_after)};
}
[[nodiscard]] inline Reply refused(ChatError why, Duration retry_after) {
    return refusal(why, retry_after);
}

struct Chat::State {
    State(Parts given, Options chosen);

    // chat.cc
    Task<Reply> run(Client& client, std::optional<Token> token, Refuse request);
    Task<Reply> run(Client& client, std::optional<Token> token, Hello request);
    Task<Reply> run(Client& client, std::optional<Token> token, Ping request);
    Task<Reply> run(Client& client, std::optional<Token> token, Listen request);
    template <class Other>
    Task<Reply> run(Client&, std::optional<Token>, Other) {  // TEMPORARY
        co_return Refused{ChatError::unavailable, {}, false};
    }
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
    Task<Reply> run(Client& client, std::optional<Token> token, FetchInbox request);
    Task<Reply> run(Client& client, std::optional<Token> token, FetchHistory request);
    Task<Reply> run(Client& client, std::optional<Token> token, MarkRead request);

    using Authorized = std::expected<LiveSessionRef, ChatError>;

    // The session a request acts for, or why there is none; notes its use.
    Task<Authorized> authorize(Client& client, std::optional<Token> token);
    // The same where it takes no look into the store; none otherwise.
    std::optional<Authorized> authorize_now(Client& client, const std::optional<Token>& token);
    Authorized note_use(Client& client, LiveSessionRef session);
    // An active or disabled account of this server.
    Task<std::expected<UserRef, Refused>> resolve(Address address);
    // Each once, in the order of the request.
    Task<std::expected<std::vector<UserRef>, Refused>> resolve(std::vector<Address> addresses);
    // The same where one active user is named who is in the cache; null otherwise.
    UserRef resolve_now(const std::vector<Address>& addresses);
    Task<std::expected<UserRef, ChatError>> user_of(UserId id);
    void announce(const UserRef& from, const std::vector<UserRef>& to, const Posted& posted, const std::string& text);
    ChatError unavailable(const Error& error);
    MonotonicTime now() const { return parts.timers.clock().monotonic_now(); }
    // Whether the rates hold for this connection.
    bool is_limited(const Client& client) const;
    static bool is_loopback(const Client& client);

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
    Task<void> tell_read(const Client& client, UserId self, UserRef peer, DirectConversation conversation, Seq upto);
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
    Administration administration;
    Timer sweep_timer;
    Gate sweeping{"sweep of idle sessions"};
    LoginGuard logins;
    RateLimiter failed_invitations_per_source;
    RateLimiter registrations_per_source;
    RateLimiter sends_per_user;
    RateLimiter sends_per_source;
    std::string decoy_hash;  // of a password that nobody knows
};

}  // namespace obrol
