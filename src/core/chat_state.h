// What the command families of Chat share. Internal to core.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/accounts.h"
#include "core/chat.h"
#include "core/fanout.h"
#include "core/inbox.h"
#include "core/rate_limiter.h"
#include "core/sessions.h"

namespace obrol {

// How many addresses and users the rate limits keep in mind.
inline constexpr std::size_t rate_keys_max = 100'000;

[[nodiscard]] inline Reply refused(ChatError why) {
    return Refused{why, {}, false};
}
[[nodiscard]] inline Reply refused(ChatError why, Duration retry_after) {
    return Refused{why, {}, false, std::chrono::ceil<std::chrono::milliseconds>(retry_after)};
}

struct Chat::State {
    State(Parts given, Options chosen);

    // chat.cc
    Task<Reply> run(Client& client, std::optional<Token> token, Refuse request);
    Task<Reply> run(Client& client, std::optional<Token> token, Hello request);
    Task<Reply> run(Client& client, std::optional<Token> token, Ping request);
    Task<Reply> run(Client& client, std::optional<Token> token, Listen request);
    // account_requests.cc
    Task<Reply> run(Client& client, std::optional<Token> token, Authenticate request);
    Task<Reply> run(Client& client, std::optional<Token> token, Register request);
    Task<Reply> run(Client& client, std::optional<Token> token, Resume request);
    Task<Reply> run(Client& client, std::optional<Token> token, Logout request);
    Task<Reply> run(Client& client, std::optional<Token> token, WhoAmI request);
    Task<Reply> run(Client& client, std::optional<Token> token, ChangePassword request);
    Task<Reply> run(Client& client, std::optional<Token> token, ListOnline request);
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
    Task<bool> check_decoy(std::string password);
    Task<std::expected<UserId, ChatError>> add_user(UserCard card, std::string password, Role role);

    Parts parts;
    Options options;
    Accounts accounts;
    Sessions sessions;
    Fanout fanout;
    Inbox inbox;
    RateLimiter failed_logins_per_source;
    RateLimiter failed_logins_per_source_and_user;
    RateLimiter registrations_per_source;
    RateLimiter sends_per_user;
    RateLimiter sends_per_source;
    std::string decoy_hash;  // of a password that nobody knows
};

}  // namespace obrol
