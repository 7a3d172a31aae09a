#include "apps/config/config.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <optional>
#include <type_traits>

#include "apps/config/settings.h"
#include "apps/config/settings_file.h"
#include "base/host.h"
#include "dialects/registry/registry.h"
#include "model/server.h"

namespace obrol {
namespace {

// Whether the combination makes sense; each value alone has been checked.
Result<void> check_whole(const Config& config) {
    if (!config.server_id.empty() && !is_server_label(config.server_id))
        return fail(
            fmt::format("server id \"{}\": must be 1 to {} letters, digits, '-', '_' or '.', a letter or digit first",
                        config.server_id, server_label_bytes_max));
    if (config.data_directory.empty()) return fail("data: names no directory");
    if (config.tls.certificate.empty() != config.tls.key.empty())
        return fail("tls.certificate and tls.key: one needs the other");
    if (config.listeners.empty()) return fail("listen.on: names no listener");
    const std::size_t memory_of_thread =
        config.limits.memory_bytes_max / std::max<std::size_t>(1, config.connection_threads);
    if (config.connection_threads > 1 && memory_of_thread < config.limits.output_bytes_max)
        return fail(
            fmt::format("listen.threads: with {} of them each has {} bytes of limits.memory_bytes_max, less than "
                        "limits.output_bytes_max = {}",
                        config.connection_threads, memory_of_thread, config.limits.output_bytes_max));
    const DialectRegistry dialects{DialectLimits{}};
    std::vector<std::string_view> names;
    for (const auto& kind : dialects.all())
        names.push_back(kind->name());
    const std::string& words = config.dialects.auto_words;
    if (words == "auto" || !dialects.find(words)) {
        std::erase(names, "auto");
        return fail(
            fmt::format("auto.words: there is no such dialect \"{}\"; there is: {}", words, fmt::join(names, ", ")));
    }
    for (const ListenSetting& listener : config.listeners) {
        if (!dialects.find(listener.dialect))
            return fail(fmt::format("listener {}: there is no dialect \"{}\"; there is: {}", to_string(listener),
                                    listener.dialect, fmt::join(names, ", ")));
        if (config.demo && !is_on_loopback(listener))
            return fail(fmt::format("listener {}: --demo has users with a known password and stays on loopback",
                                    to_string(listener)));
    }
    return {};
}

}  // namespace

std::string to_string(const ListenSetting& setting) {
    return setting.dialect + ":" + to_string(setting.at);
}

bool is_on_loopback(const ListenSetting& listener) {
    return is_loopback(listener.at.host) || listener.at.host == "localhost";
}

Result<ListenSetting> parse_listen_setting(std::string_view text) {
    const auto wrong = [&] {
        return fail(fmt::format("\"{}\" is not DIALECT:HOST:PORT, e.g. simple-chat:127.0.0.1:8890", text));
    };
    const std::size_t colon = text.find(':');
    if (colon == 0 || colon == std::string_view::npos) return wrong();
    std::optional<Endpoint> at = parse_endpoint(text.substr(colon + 1));
    if (!at) return wrong();
    ListenSetting setting{std::string(text.substr(0, colon)), std::move(*at)};
    return setting;
}

Result<Config> load_config(const CommandLine& flags) {
    Config config;
    if (flags.demo) config.demo = true;
    bool registration_is_given = false;
    bool manage_is_given = false;
    bool strangers_is_given = false;
    bool data_is_given = flags.data_directory.has_value();
    if (flags.config_file) {
        Result<SettingsFile> file = SettingsFile::read(*flags.config_file);
        if (!file) return Failure<Error>(std::move(file.error()));
        Result<void> applied = file->apply(config);
        if (!applied) return Failure<Error>(std::move(applied.error()));
        data_is_given = data_is_given || file->has("data");
        registration_is_given = file->has("registration");
        manage_is_given = file->has("peers.manage");
        strangers_is_given = file->has("peers.strangers");
    }
    if (flags.demo) config.demo = true;
    if (flags.server_id) config.server_id = *flags.server_id;
    if (flags.server_id && flags.server_id->empty()) return fail("--server-id: is empty");
    if (config.demo && !registration_is_given) config.chat.registration = Registration::open;
    if (config.demo && !manage_is_given) config.chat.peers.manage = PeerOptions::Manage::any;
    if (config.demo && !strangers_is_given) config.chat.peers.strangers = PeerOptions::Strangers::allow;
    // The users that everybody knows stay away from somebody's real data.
    if (config.demo && !data_is_given) config.data_directory = "data-demo";
    if (flags.data_directory) config.data_directory = *flags.data_directory;
    if (!flags.listen.empty()) config.listeners.clear();
    for (const std::string& text : flags.listen) {
        Result<ListenSetting> listener = parse_listen_setting(text);
        if (!listener) return fail("--listen: " + listener.error().what);
        config.listeners.push_back(std::move(*listener));
    }
    Result<void> sensible = check_whole(config);
    if (!sensible) return Failure<Error>(std::move(sensible.error()));
    return config;
}

std::vector<std::string> changes_that_need_a_restart(const Config& running, const Config& wanted) {
    std::vector<const void*> values;
    for_each_setting(running, [&](std::string_view, const auto& value, auto, Applies) { values.push_back(&value); });
    std::vector<std::string> changed;
    std::size_t next = 0;
    for_each_setting(wanted, [&](std::string_view name, const auto& value, auto, Applies applies) {
        const auto& before = *static_cast<std::remove_reference_t<decltype(value)>*>(values[next++]);
        if (applies == Applies::at_restart && before != value) changed.emplace_back(name);
    });
    return changed;
}

}  // namespace obrol
