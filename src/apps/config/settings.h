// Every setting of the file in one list, for whoever goes through them: the reader, the comparison, the tests.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <string_view>

#include "apps/config/config.h"

namespace obrol {

// When a changed setting holds: at a reload (SIGHUP), or at the next start.
enum class Applies { at_reload, at_restart };

struct WholeNumbers {
    std::int64_t least = 0;
    std::int64_t most = std::numeric_limits<std::int64_t>::max();
};

// Durations are whole numbers of the unit that the setting's name ends with.
template <class Unit>
struct Times {
    std::int64_t least = 0;
    std::int64_t most = 0;
};

struct Texts {};

// Calls visitor(name, value of the setting in `config`, what it may be, when it applies) for each, in the order of the
// example file. `ConfigOrConst` is Config or const Config.
template <class ConfigOrConst, class Visitor>
void for_each_setting(ConfigOrConst& config, Visitor&& visitor) {
    using std::chrono::milliseconds;
    using std::chrono::seconds;
    constexpr auto reload = Applies::at_reload;
    constexpr auto restart = Applies::at_restart;
    constexpr std::int64_t million = 1'000'000;
    constexpr std::int64_t kib = 1024;
    constexpr std::int64_t gib = kib * kib * kib;

    visitor("data", config.data_directory, Texts{}, restart);
    visitor("server_id", config.server_id, Texts{}, restart);
    visitor("demo", config.demo, Texts{}, restart);
    visitor("registration", config.chat.registration, Texts{}, restart);
    visitor("log.level", config.log_level, Texts{}, reload);

    visitor("listen.on", config.listeners, Texts{}, restart);
    visitor("listen.allow_plaintext_off_loopback", config.allow_plaintext_off_loopback, Texts{}, restart);
    visitor("listen.threads", config.connection_threads, WholeNumbers{0, 256}, restart);

    visitor("tls.certificate", config.tls.certificate, Texts{}, reload);
    visitor("tls.key", config.tls.key, Texts{}, reload);

    auto& py_chat = config.dialects.py_chat;
    visitor("auto.words", config.dialects.auto_words, Texts{}, restart);
    visitor("py_chat.greeting_delay_ms", py_chat.greeting_delay, Times<milliseconds>{0, 60'000}, restart);
    visitor("py_chat.line_bytes_max", py_chat.line_bytes_max, WholeNumbers{256, 16 * kib * kib}, restart);
    visitor("py_chat.argument_characters_max", py_chat.argument_characters_max, WholeNumbers{1, million}, restart);
    visitor("py_chat.history_entries", py_chat.history_entries, WholeNumbers{1, 100'000}, restart);

    auto& limits = config.limits;
    visitor("limits.connections_max", limits.connections_max, WholeNumbers{1, million}, reload);
    visitor("limits.connections_per_address_max", limits.connections_per_address_max, WholeNumbers{1, million}, reload);
    visitor("limits.refusals_max", limits.refusals_max, WholeNumbers{0, million}, reload);
    visitor("limits.memory_bytes_max", limits.memory_bytes_max, WholeNumbers{kib * kib, 1024 * gib}, reload);
    visitor("limits.unanswered_max", limits.unanswered_max, WholeNumbers{1, 100'000}, reload);
    visitor("limits.unanswered_together_max", limits.unanswered_together_max, WholeNumbers{1, million}, reload);
    visitor("limits.output_pause_bytes", limits.output_pause_bytes, WholeNumbers{kib, gib}, reload);
    visitor("limits.push_pause_bytes", limits.push_pause_bytes, WholeNumbers{kib, gib}, reload);
    visitor("limits.output_bytes_max", limits.output_bytes_max, WholeNumbers{kib, 4 * gib}, reload);
    visitor("limits.write_stall_s", limits.write_stall_max, Times<seconds>{1, 86'400}, reload);
    visitor("limits.transfer_stall_s", limits.transfer_stall_max, Times<seconds>{1, 86'400}, reload);
    visitor("limits.linger_ms", limits.linger_max, Times<milliseconds>{0, 60'000}, reload);
    visitor("limits.shutdown_grace_s", limits.shutdown_grace, Times<seconds>{0, 600}, reload);
    visitor("limits.handshake_s", limits.handshake_max, Times<seconds>{1, 600}, reload);
    visitor("limits.links_max", limits.links_max, WholeNumbers{0, 10'000}, reload);
    visitor("limits.links_per_address_max", limits.links_per_address_max, WholeNumbers{1, 10'000}, reload);
    visitor("limits.accept_pause_ms", limits.accept_pause, Times<milliseconds>{1, 60'000}, reload);
    visitor("limits.line_bytes_max", config.dialects.line_bytes_max, WholeNumbers{256, 16 * kib * kib}, restart);
    visitor("limits.recipients_max", config.chat.recipients_max, WholeNumbers{1, 10'000}, restart);
    visitor("limits.inbox_entries_max", config.chat.inbox_entries_max, WholeNumbers{1, 100'000}, restart);
    visitor("limits.inbox_bytes_max", config.chat.inbox_bytes_max, WholeNumbers{kib, 64 * kib * kib}, restart);
    visitor("limits.history_entries_max", config.chat.history_entries_max, WholeNumbers{1, 100'000}, restart);
    visitor("limits.folder_files_per_user_max", config.chat.files.folder_files_max, WholeNumbers{1, 100'000}, restart);

    auto& failed_logins = config.chat.failed_logins;
    visitor("limits.failed_logins_per_source", failed_logins.failed_per_source, Texts{}, restart);
    visitor("limits.failed_logins_per_source_and_user", failed_logins.failed_per_source_and_user, Texts{}, restart);
    visitor("limits.failed_logins_per_user", failed_logins.failed_per_user, Texts{}, restart);
    visitor("limits.failed_invitations_per_source", config.chat.failed_invitations_per_source, Texts{}, restart);
    visitor("limits.registrations_per_source", config.chat.registrations_per_source, Texts{}, restart);
    visitor("limits.sends_per_user", config.chat.sends_per_user, Texts{}, restart);
    visitor("limits.sends_per_source", config.chat.sends_per_source, Texts{}, restart);
    visitor("limits.failed_codes_per_source", config.chat.failed_codes_per_source, Texts{}, restart);
    visitor("limits.failed_codes_per_user", config.chat.failed_codes_per_user, Texts{}, restart);
    visitor("limits.loopback_exempt", config.chat.loopback_exempt, Texts{}, restart);

    visitor("sessions.idle_limit_s", config.chat.session_idle_limit, Times<seconds>{0, 10 * 365 * 86'400}, restart);
    visitor("sessions.per_user_max", config.chat.sessions_per_user_max, WholeNumbers{0, million}, restart);

    visitor("groups.members_max", config.chat.group_members_max, WholeNumbers{0, million}, restart);
    visitor("groups.per_user_max", config.chat.groups_per_user_max, WholeNumbers{0, million}, restart);
    visitor("groups.name_characters_max", config.chat.group_name_characters_max, WholeNumbers{1, 10'000}, restart);
    visitor("groups.retention_interval_s", config.chat.retention_interval, Times<seconds>{1, 86'400}, restart);

    visitor("contacts.per_user_max", config.chat.contacts_per_user_max, WholeNumbers{0, million}, restart);

    auto& peers = config.chat.peers;
    auto& links = config.federation;
    visitor("peers.enabled", links.enabled, Texts{}, restart);
    visitor("peers.advertise", links.advertise, Texts{}, restart);
    visitor("peers.accept", peers.accept, Texts{}, restart);
    visitor("peers.manage", peers.manage, Texts{}, restart);
    visitor("peers.strangers", peers.strangers, Texts{}, restart);
    visitor("peers.stranger_messages_max", peers.stranger_messages_max, WholeNumbers{1, 100'000}, restart);
    visitor("peers.servers_max", peers.servers_max, WholeNumbers{0, million}, restart);
    visitor("peers.named_servers_max", peers.named_servers_max, WholeNumbers{0, million}, restart);
    visitor("peers.groups_max", peers.groups_max, WholeNumbers{0, million}, restart);
    visitor("peers.private_addresses", peers.private_addresses, Texts{}, restart);
    visitor("peers.verdict_timeout_ms", peers.verdict_timeout, Times<milliseconds>{0, 60'000}, restart);
    visitor("peers.queue_items_max", peers.queue_items_max, WholeNumbers{0, 1000 * million}, restart);
    visitor("peers.late_after_s", peers.late_after, Times<seconds>{1, 365 * 86'400}, restart);
    visitor("peers.expire_after_s", peers.expire_after, Times<seconds>{1, 365 * 86'400}, restart);
    visitor("peers.keep_after_s", peers.keep_after, Times<seconds>{0, 365 * 86'400}, restart);
    visitor("peers.upkeep_interval_s", peers.upkeep_interval, Times<seconds>{1, 86'400}, restart);
    visitor("peers.items_per_server", peers.items_per_server, Texts{}, restart);
    visitor("peers.kib_per_server", peers.kib_per_server, Texts{}, restart);
    visitor("peers.refusals_per_server", peers.refusals_per_server, Texts{}, restart);
    visitor("peers.items_per_user", peers.items_per_user, Texts{}, restart);
    visitor("peers.text_bytes_max", peers.text_bytes_max, WholeNumbers{1, 16 * kib * kib}, restart);
    visitor("peers.clock_ahead_s", peers.clock_ahead_max, Times<seconds>{0, 86'400}, restart);
    visitor("peers.users_max", peers.users_max, WholeNumbers{0, 1000 * million}, restart);
    visitor("peers.presence_per_server", peers.presence_per_server, Texts{}, restart);
    visitor("peers.presence_kept_s", peers.presence_kept, Times<seconds>{0, 3600}, restart);
    visitor("peers.presence_kept_max", peers.presence_kept_max, WholeNumbers{1, 100 * million}, restart);
    visitor("peers.presence_timeout_ms", links.presence_timeout, Times<milliseconds>{0, 60'000}, restart);
    visitor("peers.told_keys_max", peers.told_keys_max, WholeNumbers{256, million}, restart);
    visitor("peers.pulls_max", peers.pulls_max, WholeNumbers{1, 10'000}, restart);
    visitor("peers.connect_timeout_ms", links.connect_timeout, Times<milliseconds>{100, 60'000}, restart);
    visitor("peers.handshake_timeout_ms", links.handshake_timeout, Times<milliseconds>{100, 60'000}, restart);
    visitor("peers.ping_interval_s", links.ping_interval, Times<seconds>{1, 3600}, restart);
    visitor("peers.silence_s", links.silence_max, Times<seconds>{2, 86'400}, restart);
    visitor("peers.retry_max_s", links.retry_max, Times<seconds>{1, 86'400}, restart);
    visitor("peers.answer_s", links.answer_max, Times<seconds>{1, 3600}, restart);
    visitor("peers.batch_items_max", links.batch_items_max, WholeNumbers{1, 1000}, restart);
    visitor("peers.batch_bytes_max", links.batch_bytes_max, WholeNumbers{kib, kib * kib}, restart);
    visitor("peers.batch_pause_ms", links.batch_pause, Times<milliseconds>{0, 10'000}, restart);
    visitor("peers.fetches_max", links.fetches_max, WholeNumbers{1, 1000}, restart);
    visitor("peers.groups_waiting_max", links.groups_waiting_max, WholeNumbers{1, million}, restart);
    visitor("peers.output_pause_bytes", links.output_pause_bytes, WholeNumbers{64 * kib, gib}, restart);
    visitor("peers.output_bytes_max", links.output_bytes_max, WholeNumbers{kib * kib, gib}, restart);
    visitor("peers.epoch_pause_s", links.epoch_pause, Times<seconds>{0, 86'400}, restart);

    auto& files = config.chat.files;
    visitor("files.bytes_max", files.bytes_max, WholeNumbers{1, 1024 * gib}, restart);
    visitor("files.user_bytes_max", files.user_bytes_max, WholeNumbers{0, 1024 * 1024 * gib}, restart);
    visitor("files.server_bytes_max", files.server_bytes_max, WholeNumbers{0, 1024 * 1024 * gib}, restart);
    visitor("files.unasked_percent", files.unasked_percent, WholeNumbers{0, 100}, restart);
    visitor("files.uploads_per_user_max", files.uploads_per_user_max, WholeNumbers{1, 10'000}, restart);
    visitor("files.uploads_max", files.uploads_max, WholeNumbers{1, 10'000}, restart);
    visitor("files.downloads_max", files.downloads_max, WholeNumbers{1, 100'000}, restart);
    visitor("files.list_files_max", files.list_files_max, WholeNumbers{1, 100'000}, restart);
    visitor("files.chunk_bytes", limits.transfer_chunk_bytes, WholeNumbers{kib, 64 * kib * kib}, reload);
    visitor("files.sync_bytes", config.blobs.sync_bytes, WholeNumbers{kib, gib}, restart);
    visitor("files.root", config.folders_root, Texts{}, restart);

    visitor("control.connections_max", config.control.connections_max, WholeNumbers{1, 1000}, reload);
    visitor("control.line_bytes_max", config.control.line_bytes_max, WholeNumbers{1024, 16 * kib * kib}, reload);
    visitor("control.idle_s", config.control.idle_max, Times<seconds>{1, 86'400}, reload);

    visitor("presence.online_window_s", config.chat.online_window, Times<seconds>{0, 86'400}, restart);

    visitor("passwords.characters_min", config.chat.password_characters_min, WholeNumbers{1, 1024}, restart);
    visitor("passwords.bytes_max", config.chat.password_bytes_max, WholeNumbers{16, 65'536}, restart);
    visitor("passwords.memory_kib", config.hashing.cost.memory_kib, WholeNumbers{8, 4 * kib * kib}, restart);
    visitor("passwords.iterations", config.hashing.cost.iterations, WholeNumbers{1, 1000}, restart);
    visitor("passwords.memory_total_kib", config.hashing.memory_total_kib, WholeNumbers{8, 64 * kib * kib}, restart);
    visitor("passwords.waiting_max", config.hashing.waiting_max, WholeNumbers{1, million}, restart);

    visitor("profiles.name_characters_max", config.chat.display_name_characters_max, WholeNumbers{1, 10'000}, restart);
    visitor("profiles.country_characters_max", config.chat.country_characters_max, WholeNumbers{1, 10'000}, restart);
    visitor("profiles.invitation_note_characters_max", config.chat.invitation_note_characters_max,
            WholeNumbers{1, 10'000}, restart);

    visitor("cache.users_max", config.chat.cached_users_max, WholeNumbers{1, 100 * million}, restart);
    visitor("cache.sessions_max", config.chat.cached_sessions_max, WholeNumbers{1, 100 * million}, restart);
    visitor("cache.inboxes_max", config.chat.cached_inboxes_max, WholeNumbers{1, 100 * million}, restart);
    visitor("cache.groups_max", config.chat.cached_groups_max, WholeNumbers{1, 100 * million}, restart);

    auto& store = config.store;
    visitor("store.commit_in_own_thread", config.commit_in_own_thread, Texts{}, restart);
    visitor("store.answers_per_turn_max", config.commits.answers_per_turn_max, WholeNumbers{1, million}, restart);
    visitor("store.waiting_changes_max", config.commits.waiting_changes_max, WholeNumbers{1, 10 * million}, restart);
    visitor("store.batch_changes_max", config.commits.batch_changes_max, WholeNumbers{1, million}, restart);
    visitor("store.lazy_delay_ms", config.commits.lazy_delay_max, Times<milliseconds>{0, 60'000}, restart);
    visitor("store.tail_index_from", store.tail_index_from, WholeNumbers{1, 100 * million}, restart);
    visitor("store.tail_idle_from", store.tail_idle_from, WholeNumbers{1, 100 * million}, restart);
    visitor("store.tail_entries_max", store.tail_entries_max, WholeNumbers{1, 100 * million}, restart);
    visitor("store.slice_ms", store.slice_budget, Times<milliseconds>{1, 1000}, restart);
    visitor("store.checkpoint_pages", store.checkpoint_pages, WholeNumbers{1, million}, restart);
    visitor("store.wal_pages_max", store.wal_pages_max, WholeNumbers{1, 100 * million}, restart);
    visitor("store.writer_cache_kib", store.writer_cache_kib, WholeNumbers{64, 64 * kib * kib}, restart);
    visitor("store.reader_cache_kib", store.reader_cache_kib, WholeNumbers{64, 64 * kib * kib}, restart);
    visitor("store.history_cache_kib", store.history_cache_kib, WholeNumbers{0, 64 * kib * kib}, restart);
    visitor("store.cached_users", store.cached_users, WholeNumbers{16, 100 * million}, restart);
    visitor("store.cached_conversations", store.cached_conversations, WholeNumbers{16, 100 * million}, restart);
    visitor("store.cached_idempotency_clients", store.cached_idempotency_clients, WholeNumbers{16, 100 * million},
            restart);
    visitor("store.cached_group_members", store.cached_group_members, WholeNumbers{16, 100 * million}, restart);
    visitor("store.cached_requests", store.cached_requests, WholeNumbers{16, 100 * million}, restart);
}

}  // namespace obrol
