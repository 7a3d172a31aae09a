#include "apps/config/settings_file.h"

#include <array>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>
#include <toml++/toml.h>
#include <utility>

#include "apps/config/settings.h"

namespace obrol {

struct SettingsFile::Content {
    std::string name;
    toml::table table;
};

namespace {

constexpr std::array<std::pair<std::string_view, LogLevel>, 4> log_levels{{
    {"debug", LogLevel::debug},
    {"info", LogLevel::info},
    {"warning", LogLevel::warning},
    {"error", LogLevel::error},
}};

constexpr std::array<std::pair<std::string_view, Registration>, 4> registrations{{
    {"loopback", Registration::loopback},
    {"open", Registration::open},
    {"invite", Registration::invite},
    {"closed", Registration::closed},
}};

constexpr std::array<std::pair<std::string_view, PeerOptions::Accept>, 2> acceptances{{
    {"open", PeerOptions::Accept::open},
    {"listed", PeerOptions::Accept::listed},
}};

constexpr std::array<std::pair<std::string_view, PeerOptions::Manage>, 2> managers{{
    {"admin", PeerOptions::Manage::admin},
    {"any", PeerOptions::Manage::any},
}};

constexpr std::array<std::pair<std::string_view, PeerOptions::Strangers>, 2> treatments{{
    {"request", PeerOptions::Strangers::request},
    {"allow", PeerOptions::Strangers::allow},
}};

std::string shown(const toml::node& node) {
    switch (node.type()) {
        case toml::node_type::table:
            return "a table";
        case toml::node_type::array:
            return "a list";
        case toml::node_type::string:
            return fmt::format("\"{}\"", node.ref<std::string>());
        case toml::node_type::integer:
            return fmt::to_string(node.ref<std::int64_t>());
        case toml::node_type::floating_point:
            return fmt::to_string(node.ref<double>());
        case toml::node_type::boolean:
            return node.ref<bool>() ? "true" : "false";
        default:
            return "a date or time";
    }
}

// What a value must be, in words, when it is not.
std::optional<std::string> take(const toml::node& node, bool& into, Texts) {
    const auto value = node.value_exact<bool>();
    if (!value) return "must be true or false";
    into = *value;
    return std::nullopt;
}

std::optional<std::string> take(const toml::node& node, std::string& into, Texts) {
    auto value = node.value_exact<std::string>();
    if (!value) return "must be a text in quotes";
    into = std::move(*value);
    return std::nullopt;
}

// One of those words; or what it must be.
template <class Choice, std::size_t count>
std::optional<std::string> take_word(const toml::node& node, Choice& into,
                                     const std::array<std::pair<std::string_view, Choice>, count>& words) {
    const auto value = node.value_exact<std::string>();
    std::string demand = "must be";
    for (std::size_t i = 0; i < count; ++i) {
        const auto& [word, choice] = words[i];
        if (value == word) {
            into = choice;
            return std::nullopt;
        }
        const char* between = i == 0 ? "" : i + 1 == count ? " or" : ",";
        demand += fmt::format("{} \"{}\"", between, word);
    }
    return demand;
}

std::optional<std::string> take(const toml::node& node, LogLevel& into, Texts) {
    return take_word(node, into, log_levels);
}
std::optional<std::string> take(const toml::node& node, Registration& into, Texts) {
    return take_word(node, into, registrations);
}
std::optional<std::string> take(const toml::node& node, PeerOptions::Accept& into, Texts) {
    return take_word(node, into, acceptances);
}
std::optional<std::string> take(const toml::node& node, PeerOptions::Manage& into, Texts) {
    return take_word(node, into, managers);
}
std::optional<std::string> take(const toml::node& node, PeerOptions::Strangers& into, Texts) {
    return take_word(node, into, treatments);
}

std::optional<std::string> take(const toml::node& node, Advertised& into, Texts) {
    const auto text = node.value_exact<std::string>();
    if (text == "auto") {
        into = {Advertised::Kind::as_seen, {}};
    } else if (text == "none") {
        into = {Advertised::Kind::nowhere, {}};
    } else {
        const auto endpoint = text ? parse_endpoint(*text) : std::nullopt;
        if (!endpoint) return "must be \"auto\", \"none\" or \"HOST:PORT\"";
        into = {Advertised::Kind::at, *endpoint};
    }
    return std::nullopt;
}

std::optional<std::string> take(const toml::node& node, RateLimit& into, Texts) {
    constexpr std::int64_t most = 10'000'000;
    const toml::array* pair = node.as_array();
    std::vector<std::uint32_t> numbers;
    for (std::size_t i = 0; pair && i < pair->size(); ++i) {
        const auto number = pair->get(i)->value_exact<std::int64_t>();
        if (number && *number >= 0 && *number <= most) numbers.push_back(static_cast<std::uint32_t>(*number));
    }
    // A rate that never refills would shut somebody out until the next start.
    const bool is_rate = pair && pair->size() == 2 && numbers.size() == 2 && (numbers[0] == 0 || numbers[1] > 0);
    if (!is_rate) return "must be two numbers: at once, and more per minute (0 at once: no limit)";
    into = RateLimit{numbers[0], numbers[1]};
    return std::nullopt;
}

template <class Number>
std::optional<std::string> take(const toml::node& node, Number& into, WholeNumbers allowed) {
    const auto value = node.value_exact<std::int64_t>();
    if (!value || *value < allowed.least || *value > allowed.most)
        return fmt::format("must be a whole number from {} to {}", allowed.least, allowed.most);
    into = static_cast<Number>(*value);
    return std::nullopt;
}

template <class Unit>
std::optional<std::string> take(const toml::node& node, Duration& into, Times<Unit> allowed) {
    std::int64_t count = 0;
    if (auto wrong = take(node, count, WholeNumbers{allowed.least, allowed.most})) return wrong;
    into = Unit(count);
    return std::nullopt;
}

std::optional<std::string> take(const toml::node& node, std::vector<ListenSetting>& into, Texts) {
    constexpr std::string_view wanted = "must be a list of texts DIALECT:HOST:PORT";
    const toml::array* list = node.as_array();
    if (!list) return std::string(wanted);
    std::vector<ListenSetting> listeners;
    for (const toml::node& element : *list) {
        const auto text = element.value_exact<std::string>();
        if (!text) return std::string(wanted);
        Result<ListenSetting> listener = parse_listen_setting(*text);
        if (!listener) return fmt::format("{}: {}", wanted, listener.error().what);
        listeners.push_back(std::move(*listener));
    }
    into = std::move(listeners);
    return std::nullopt;
}

struct Unknown {
    std::string name;
    toml::source_position at;
};

// The first name of the file that no setting has.
void find_unknown(const toml::table& table, const std::string& prefix, const std::set<std::string, std::less<>>& known,
                  std::optional<Unknown>& first) {
    for (const auto& [key, node] : table) {
        const std::string name = prefix + std::string(key.str());
        if (known.contains(name)) continue;
        const auto below = known.lower_bound(name + ".");
        const bool is_section = below != known.end() && below->starts_with(name + ".");
        if (is_section && node.is_table()) {
            find_unknown(*node.as_table(), name + ".", known, first);
        } else if (!first || key.source().begin < first->at) {
            first = Unknown{name, key.source().begin};
        }
    }
}

}  // namespace

SettingsFile::SettingsFile(std::unique_ptr<Content> content) : content_(std::move(content)) {}
SettingsFile::SettingsFile(SettingsFile&&) noexcept = default;
SettingsFile::~SettingsFile() = default;

Result<SettingsFile> SettingsFile::read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return fail(fmt::format("cannot read {}", path));
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    if (file.bad()) return fail(fmt::format("cannot read {}", path));
    return parse(text, path);
}

Result<SettingsFile> SettingsFile::parse(std::string_view text, const std::string& name) {
    try {
        return SettingsFile(std::make_unique<Content>(Content{name, toml::parse(text, name)}));
    } catch (const toml::parse_error& error) {
        return fail(fmt::format("{}:{}: {}", name, error.source().begin.line, error.description()));
    }
}

Result<void> SettingsFile::apply(Config& config) const {
    std::set<std::string, std::less<>> known;
    std::optional<Error> wrong;
    for_each_setting(config, [&](std::string_view name, auto& value, auto allowed, Applies) {
        known.emplace(name);
        const toml::node_view<const toml::node> node = std::as_const(content_->table).at_path(name);
        if (!node || wrong) return;
        if (const std::optional<std::string> demand = take(*node.node(), value, allowed))
            wrong = Error{fmt::format("{}:{}: {} {}, not {}", content_->name, node.node()->source().begin.line, name,
                                      *demand, shown(*node.node()))};
    });
    std::optional<Unknown> unknown;
    find_unknown(content_->table, "", known, unknown);
    if (unknown) return fail(fmt::format("{}:{}: unknown setting {}", content_->name, unknown->at.line, unknown->name));
    if (wrong) return Failure<Error>(std::move(*wrong));
    return {};
}

bool SettingsFile::has(std::string_view setting) const {
    return static_cast<bool>(std::as_const(content_->table).at_path(setting));
}

}  // namespace obrol
