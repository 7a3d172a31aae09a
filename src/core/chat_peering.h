// Peering for a Chat: which servers there are, what waits for them, and what becomes of what they say. Internal to
// core.
//
// On core's thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "core/accounts.h"
#include "core/chat.h"
#include "core/file_pulls.h"
#include "core/group_translation.h"
#include "core/groups.h"
#include "core/peering.h"
#include "core/serial.h"
#include "core/servers.h"
#include "core/strangers.h"
#include "core/verdicts.h"
#include "io/paced_log.h"
#include "io/timer.h"

namespace obrol {

class ChatPeering final : public Peering {
  public:
    explicit ChatPeering(Chat::State& state);

    // What core itself needs of it.

    // Before the first request.
    Task<Result<void>> prepare();
    // Waits for what is still being told; no request may be under way. stop() comes before.
    Task<void> end() { return telling_.close(); }
    void set_links(Links& links) { links_ = &links; }
    // Null: none yet.
    Links* links() const { return links_; }
    bool is_up(ServerId server) const { return links_ && links_->state(server) == LinkState::up; }

    // Whether that is this server's key, or was.
    bool is_own_key(const PublicKey& key) const;
    std::optional<PublicKey> key_of(ServerId server) const { return servers_.key_of(server); }
    // Whether entries of a group of that name may be signed for `name`, up to `seq`: its home had that key, or the
    // group was called so before it was adopted.
    bool was_called(const GlobalGroup& group, ConversationId conversation, const GlobalGroup& name, Seq seq) const;
    // The group is at home here from now on: the servers of its members are told.
    Task<Result<void>> group_adopted(ConversationId group);

    // Null: no such server. Valid until the next suspension.
    const Server* known(ServerId server) const { return servers_.find(server); }
    const Server* known(std::string_view label) const { return servers_.with_label(label); }
    bool is_own_label(std::string_view label) const;
    // Why nothing can be queued for that server; for the server of one of these users.
    std::optional<Refused> refusal_to_reach(ServerId server) const;
    std::optional<Refused> refusal_to_reach(const std::vector<UserRef>& users) const;
    // The state of the link as it is shown.
    LinkState link_state(const Server& server) const;
    // Was stored by a request.
    Task<std::expected<void, ChatError>> set_state(ServerId server, ServerState state);
    // Everything that waits for it is given up, and its senders are told why. How many items that were.
    Task<std::expected<std::size_t, ChatError>> give_up_queue(ServerId server, ChatError why);
    // Its queue is gone with it. not_found.
    Task<std::expected<void, ChatError>> forget(ServerId server);
    // The errors of AddKnownServer; unavailable.
    Task<std::expected<Server, ChatError>> add(AddKnownServer wanted);

    // Something that is queued for another server.
    struct Sent {
        ServerId server;
        MessageId item;
    };
    // What was just committed is on its way; what became of each, or that this cannot be said yet.
    Task<std::vector<Outcome>> deliver(std::vector<Sent> sent);
    // The same of what was committed by an earlier request, as it is known now; waits for nothing.
    Task<std::expected<std::vector<Outcome>, ChatError>> delivered_before(std::vector<Sent> sent);
    // To the sender's connections.
    void tell_bounced(Bounced bounced);
    // The bytes of a file that are on another server come here; server_unreachable (it has no link), file_too_large,
    // busy, unavailable, not_found.
    Task<std::expected<void, ChatError>> pull(ServerId from, FileCard file);
    // The same where nobody waits for it; storage_full instead of busy.
    Task<std::expected<void, ChatError>> pull_for_folders(ServerId from, FileCard file);

    // A server that `by` named, which may never have been met; own_server, too_many_servers.
    Task<std::expected<ServerId, ChatError>> heard_of(PublicKey key, std::string label, ServerId by);
    // Whoever wrote, as he is to be shown now, by the word of `by`, by which `users_max` are known. bad_name,
    // too_many_accounts.
    Task<std::expected<UserRef, ChatError>> author(ServerId server, Author author, ServerId by, std::size_t users_max);
    // Why such a body may not come from another server: as a post; or in the log of a group, whose home says how much
    // may stand there.
    std::optional<ChatError> problem_of_body(EntryKind kind, const std::string& body) const;
    static std::optional<ChatError> problem_of_body_in_log(EntryKind kind, const std::string& body);
    // The errors of SetServerAddress; unavailable.
    Task<std::expected<void, ChatError>> set_address(SetServerAddress set);

    // Peering. chat_peering.cc
    std::vector<Server> servers() const override { return servers_.all(); }
    std::optional<Server> server(ServerId id) const override;
    std::optional<Server> server_with_key(const PublicKey& key) const override;
    Task<std::expected<Server, ChatError>> met(PublicKey key, std::string label, ServerId dialled) override;
    Task<std::expected<void, ChatError>> rotated(ServerId server, KeyStatement statement) override;
    bool knows(const KeyStatement& statement) const override { return servers_.is_kept(statement); }
    Task<void> told_keys(std::vector<KeyStatement> statements) override;
    Task<std::vector<KeyStatement>> statements_for(ServerId reader, GlobalGroup group) override;
    void own_key_changed(std::vector<PublicKey> former) override;
    Task<std::expected<void, ChatError>> reachable_at(ServerId server, std::string host, std::uint16_t port) override;
    void link_changed(ServerId server, LinkState state) override;
    Task<std::expected<std::unique_ptr<Download>, ChatError>> blob_for(ServerId server, BlobDigest blob,
                                                                       std::uint64_t offset) override;
    Task<std::vector<std::string>> online_among(ServerId asking, std::string viewer,
                                                std::vector<std::string> names) override;
    // peering_outbox.cc
    std::int64_t epoch() const override { return epoch_; }
    Task<Result<LinkProgress>> progress(ServerId server) override;
    Task<Result<std::optional<std::int64_t>>> oldest(ServerId server) override;
    Task<Result<std::vector<Outgoing>>> outbox(ServerId server, std::int64_t after, std::size_t items_max,
                                               std::size_t bytes_max) override;
    void acknowledged(ServerId server, OutboxPlace upto, std::vector<Verdict> verdicts) override;
    Task<Result<void>> begin_epoch() override;
    // peering_upkeep.cc
    void start() override;
    Task<void> stop() override;
    // peering_receipt.cc
    Task<Taken> receive(ServerId from, OutboxPlace place, std::int64_t first,
                        std::span<const std::string> items) override;
    // peering_groups.cc
    // Something was committed to a group, or to its members.
    void group_advanced(const Group& group);
    void members_changed(const GroupChanged& changed);
    // The group takes posts again.
    Task<std::expected<void, ChatError>> end_recovery(ConversationId group);
    GroupTranslation& translation() { return translation_; }
    // Whoever waits for an entry of that id from that home.
    Verdicts& arrivals() { return arrivals_; }
    InviteRemote invitation_of(const User& by, const User& who, const CachedGroup& group, MessageId id) const;
    Task<Result<std::vector<GroupHead>>> heads_for(ServerId server) override;
    Task<Result<std::vector<GroupHead>>> heads_of_replicas(ServerId home) override;
    Task<Result<std::vector<ServerId>>> servers_of(ConversationId group) override;
    Task<Result<GroupHead>> head(ConversationId group) override;
    Task<std::expected<std::optional<Seq>, ChatError>> wanted(ServerId from, bool at_home_there,
                                                              GroupHead head) override;
    Task<std::expected<Entries, ChatError>> entries(ServerId reader, GlobalGroup group, Seq after,
                                                    std::size_t entries_max, std::size_t bytes_max) override;
    Task<std::expected<Seq, ChatError>> apply(ServerId from, GlobalGroup group,
                                              std::vector<std::string> entries) override;
    Task<void> recovered(GlobalGroup group, ServerId from) override;

  private:
    // A group that takes up its log again has it back within so long, or has to do without some server for a while.
    static constexpr Duration recovery_patience = std::chrono::seconds(10);

    // Whoever is to know, right after the commit.
    using Announce = std::move_only_function<void(const ChangeDone&)>;
    // What an item of another server comes to.
    struct Arrival {
        std::shared_ptr<const ReceivedChange> change;
        std::optional<ChatError> why;  // it is refused
        UserId by;                     // whose pace it has to keep: what is prepared here may wait for that
        Announce announce;

        template <class Kind>
        void carry_out(Kind kind) {
            change = std::make_shared<const ReceivedChange>(ReceivedChange{std::move(kind)});
        }
    };
    using Prepared = std::expected<Arrival, ChatError>;  // an error: it cannot be taken now
    class Receipt;
    class ItemUnderWay;
    // What a direct post is about, as far as it is known.
    struct Parties {
        UserRef from;
        UserRef to;
        WaitingStrangers held;

        bool are_known() const { return from && to && held; }
    };

    // What other servers do that they should not. A crowd of them must not fill the log: a line for each kind of it,
    // and not more often than PacedLog has it.
    enum class Wrong : std::uint8_t { link, signature, log, member, file };
    struct Complaints {
        explicit Complaints(ChatPeering& peering);
        std::string words;  // about the latest one
        std::optional<ServerEvent> event;
        PacedLog log;
    };
    // `event`: those who may add servers are told as well, as often as the log.
    void complain(Wrong kind, std::string words, std::optional<ServerEvent> event = std::nullopt);
    // A server that dialled, or was, says that it is called so, and is refused.
    void refuse_link(const PublicKey& key, const std::string& label, ServerId dialled, ChatError why);

    std::optional<ChatError> refusal_to_meet(const PublicKey& key, std::string_view label, ServerId dialled) const;
    Task<std::expected<void, ChatError>> change_state(ServerId server, ServerState state);
    Task<std::expected<ServerId, ChatError>> make_known(PublicKey key, std::string label, ServerId by);
    // Whether a file of so many bytes has room beside all that are here, which may be so much of
    // `files.server_bytes_max`; storage_full, unavailable.
    Task<std::expected<void, ChatError>> room_for(std::uint64_t bytes, std::uint64_t percent);
    // More than one server, or their users, were changed.
    Task<std::expected<void, ChatError>> reload();
    Task<void> keep(KeyStatement statement);
    void tell_managers(ServerEvent event);
    Task<void> tell_link(ServerEvent event);
    Task<void> tell_bounce(Bounced bounced);
    // peering_outbox.cc
    std::string ready_to_go(ServerId server, std::string payload) const;
    static DirectPost post_of(OutboxItem item, const User& from, const User& to);
    Task<void> note_refusals(ServerId server, OutboxPlace upto, std::vector<Verdict> refusals);
    // peering_upkeep.cc
    void look_later();
    Task<void> look_after();
    Task<Result<void>> bounce_old(ServerId server, WallTime before, bool is_final);
    Task<std::expected<void, ChatError>> bounce(ServerId server, MessageId item, bool is_final, ChatError why);
    Task<Result<void>> prune(WallTime before);
    // peering_receipt.cc
    bool may_pass(RateLimiter& limiter, const std::string& key);
    Task<bool> wait_for(RateLimiter& limiter, std::string key);
    Task<bool> wait_until_free(RateLimiter& limiter, std::string key);
    // An item of that server, or an entry of a log, of so many bytes.
    bool may_come(const std::string& server, std::size_t bytes);
    Task<bool> wait_to_come(std::string server, std::size_t bytes);
    // An item of that server was refused.
    void count_refusal(ServerId from);
    UserRef known_author(ServerId server, const Author& author);
    Parties known_parties(ServerId from, const DirectPost& post);
    std::optional<Prepared> prepared_at_once(ServerId from, std::optional<PeerItem>& item);
    Task<Prepared> prepare(ServerId from, PeerItem item);
    void submit(Receive receive, Arrival arrival, Receipt& receipt);
    Arrival arrival_between(Parties parties, ServerId from, DirectPost post);
    Task<Prepared> arrival_of(ServerId from, DirectPost post);
    Task<Prepared> arrival_of(ServerId from, ItemRefused refused);
    Task<Prepared> arrival_of(ServerId from, NoItem item);
    std::optional<ChatError> problem_of(const DirectPost& post) const;
    Task<std::optional<ChatError>> refusal_of_directory(UserRef from, UserRef to, std::string name);
    static Prepared without_author(ChatError why);
    // A file whose bytes are on its author's server; `body` is its entry's here.
    NewFile file_elsewhere(const std::string& body, bool into_folder) const;
    void announce(const UserRef& from, const UserRef& to, const Posted& posted, const std::string& body);
    // peering_groups.cc
    Task<Result<void>> load_origins();
    Task<Result<void>> load_shared_groups();
    Task<Result<std::vector<GroupHead>>> heads(ServerId server, bool at_home_there);
    Task<std::expected<GroupRef, ChatError>> group_called(GlobalGroup group);
    GroupHead head_of(const SharedGroup& shared) const;
    bool is_believable(const std::vector<GroupOrigin>& origins) const;
    Task<std::expected<GroupRef, ChatError>> replica_of(ServerId home, const GroupHead& head);
    Task<std::expected<void, ChatError>> append(GroupRef group, std::vector<GroupTranslation::Local> run);
    // peering_members.cc
    // What a member note of another server says, and of which entry it is.
    struct Said {
        ServerId from;
        GlobalGroup group;
        GlobalGroup signed_for;
        GroupRef here;
    };
    Task<std::expected<void, ChatError>> keep_to_the_willing(Said said, GroupTranslation::Local& local);
    Task<std::expected<bool, ChatError>> is_willing(const Said& said, MessageId entry, UserId user);
    Task<std::expected<bool, ChatError>> is_stranger(const User& from, const User& to);
    // peering_group_items.cc
    Task<bool> is_open(ConversationId group);
    std::expected<Change, ChatError> change_of(const GroupRequest& request, const User& by, const User& who,
                                               const CachedGroup& group);
    void wake_all();
    std::optional<EntrySignature> signature_of(const Server& server, const GroupPost& post) const;
    Task<Prepared> arrival_of(ServerId from, GroupPost post);
    Task<Prepared> arrival_of(ServerId from, GroupRequest request);
    Task<Prepared> arrival_of(ServerId from, GroupInvitation invitation);

    Chat::State& state_;
    Links* links_ = nullptr;
    Servers servers_;
    std::vector<PublicKey> own_former_keys_;
    std::map<PublicKey, KeyStatement> told_;  // by the old key: of servers that may be named soon
    Serial meeting_;
    Verdicts verdicts_;
    Verdicts arrivals_;
    FilePulls pulls_;
    GroupTranslation translation_;
    std::unordered_set<ConversationId> shared_;  // at home here, with members on other servers, now or once
    std::map<ConversationId, std::vector<GroupOrigin>> origins_;  // of adopted groups
    std::map<ConversationId, std::set<ServerId>> asked_;  // of groups that take up their logs again: who has told all
    MonotonicTime recovery_awaited_until_{};              // by posts of other servers
    std::map<ServerId, std::uint64_t> logs_told_;         // how often heads_of_replicas() was asked
    Serial appending_;  // entries of groups of other servers are applied one batch after the other
    std::int64_t epoch_ = 1;
    std::map<ServerId, Serial> receiving_;  // items of one server become changes one after the other
    RateLimiter items_per_server_;
    RateLimiter kib_per_server_;
    RateLimiter refusals_per_server_;
    RateLimiter items_per_user_;
    RateLimiter presence_per_server_;
    Timer upkeep_timer_;
    Gate upkeep_{"upkeep of what waits for other servers"};
    std::map<Wrong, Complaints> complaints_;
    Serial telling_in_order_;
    Gate telling_{"news of other servers"};
    bool is_stopping_ = false;
};

}  // namespace obrol
