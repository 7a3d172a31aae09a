#include "tests/sim/member.h"

#include <algorithm>
#include <fmt/core.h>
#include <fmt/format.h>
#include <utility>

#include "tests/sim/native_answers.h"

namespace obrol {
namespace {

using Fate = SentMessage::Fate;
using ConnectionNumber = SimulatedNetwork::ConnectionNumber;

constexpr Duration connect_timeout = std::chrono::seconds(2);
constexpr Duration reconnect_pause_min = std::chrono::milliseconds(5);
constexpr Duration reconnect_pause_max = std::chrono::milliseconds(400);
// So many groups live at once, and so many are founded in all.
constexpr std::size_t groups_min = 2;
constexpr std::size_t groups_max = 8;
constexpr std::size_t history_entries = 40;
constexpr std::size_t file_bytes_max = 12'000;

Duration draw_between(Random& random, Duration min, Duration max) {
    return min + Duration(random.below(static_cast<std::uint64_t>((max - min).count()) + 1));
}

GroupPlace place_in(const JsonValue& object) {
    return {number_in(object, "conv"), number_in(object, "seq"), text_in(object, "id")};
}

}  // namespace

std::string content_of_file(const std::string& name, std::size_t bytes) {
    std::string content;
    for (std::size_t i = 0; i < bytes; ++i)
        content.push_back(static_cast<char>(static_cast<unsigned char>(name[i % name.size()]) + i / name.size()));
    return content;
}

SimulatedMember::SimulatedMember(Surroundings surroundings, std::string name, std::vector<std::string> everybody,
                                 std::uint64_t seed, SimulatedUser::Habits habits)
    : surroundings_(std::move(surroundings)),
      name_(std::move(name)),
      everybody_(std::move(everybody)),
      random_(seed),
      habits_(habits) {}

void SimulatedMember::complain(std::string_view what) {
    surroundings_.trace.note("{}: COMPLAINT: {}", name_, what);
    surroundings_.observed.complaints.push_back(fmt::format("{}: {}", name_, what));
}

Task<void> SimulatedMember::live() {
    while (!stopping_) {
        std::unique_ptr<SimulatedLine> line = co_await dial();
        if (line) {
            co_await visit(*line);
            line.reset();
        }
        const Duration pause = draw_between(random_, reconnect_pause_min, reconnect_pause_max);
        co_await sleep_for(surroundings_.executor, pause);
    }
}

Task<std::unique_ptr<SimulatedLine>> SimulatedMember::dial() {
    Result<std::unique_ptr<Stream>> stream =
        co_await surroundings_.network.connect(surroundings_.server, connect_timeout);
    if (!stream) co_return nullptr;
    co_return std::make_unique<SimulatedLine>(surroundings_.executor, std::move(*stream), habits_.patience);
}

Task<void> SimulatedMember::visit(SimulatedLine& line) {
    if (token_.empty()) {
        const bool is_in = co_await log_in(line);
        if (!is_in) co_return;
    }
    while (!stopping_) {
        const Duration pause = draw_between(random_, habits_.think_min, habits_.think_max);
        co_await sleep_for(surroundings_.executor, pause);
        const bool drops = random_.chance(habits_.drops_percent, 100);
        const bool reads = !drops || random_.chance(1, 2);
        const bool goes_on = co_await exchange(line, draw_burst(line.number()), reads);
        if (!goes_on || drops) co_return;
    }
}

Task<bool> SimulatedMember::log_in(SimulatedLine& line) {
    Asked asked;
    asked.bytes = fmt::format("auth {} {}\n", name_, SimulatedUser::password_of(name_));
    asked.hear = [this](const JsonValue& answer) {
        if (is_good(answer, "auth", "")) token_ = text_in(data_of(answer), "token");
    };
    const bool answered = co_await ask(line, std::move(asked));
    co_return answered && !token_.empty();
}

Task<bool> SimulatedMember::ask(SimulatedLine& line, Asked asked) {
    std::vector<Asked> burst;
    burst.push_back(std::move(asked));
    co_return co_await exchange(line, std::move(burst), true);
}

Task<bool> SimulatedMember::exchange(SimulatedLine& line, std::vector<Asked> burst, bool read_answers) {
    std::string bytes;
    for (const Asked& asked : burst)
        bytes += asked.bytes;
    const bool written = co_await line.write(std::move(bytes));
    if (!written) co_return false;
    if (!read_answers) {
        line.close();
        co_return false;
    }
    for (const Asked& asked : burst) {
        std::optional<JsonValue> answer = co_await next_answer(line);
        if (answer && asked.is_upload && is_ok(*answer)) answer = co_await next_answer(line);
        if (!answer) co_return false;
        asked.hear(*answer);
        if (!asked.download || !is_ok(*answer)) continue;
        while (line.input().size() < asked.download->size()) {
            const bool goes_on = co_await line.read_more();
            if (!goes_on) co_return false;
        }
        if (!line.input().starts_with(*asked.download)) complain("a file has other bytes");
        line.input().erase(0, asked.download->size());
        line.be_patient();
    }
    co_return true;
}

Task<std::optional<JsonValue>> SimulatedMember::next_answer(SimulatedLine& line) {
    std::string complaint;
    std::optional<JsonValue> answer = co_await next_native_answer(line, complaint);
    if (!complaint.empty()) complain(complaint);
    co_return answer;
}

// What he asks for.

std::vector<SimulatedMember::Asked> SimulatedMember::draw_burst(ConnectionNumber connection) {
    std::vector<Asked> burst;
    const std::size_t length = 1 + random_.below(habits_.burst_max);
    for (std::size_t i = 0; i < length; ++i)
        burst.push_back(draw_request(connection));
    return burst;
}

SimulatedMember::Asked SimulatedMember::draw_request(ConnectionNumber connection) {
    const GroupsObserved& observed = surroundings_.observed;
    if (observed.codes.size() < groups_min && observed.founded < groups_max && random_.chance(1, 2))
        return found_group();
    if (observed.codes.empty()) {
        Asked ping;
        ping.bytes = "ping\n";
        ping.hear = [this](const JsonValue& answer) { is_good(answer, "ping", ""); };
        return ping;
    }
    const auto drawn = static_cast<std::ptrdiff_t>(random_.below(observed.codes.size()));
    const std::string group = std::next(observed.codes.begin(), drawn)->first;
    const std::uint64_t choice = random_.below(100);
    if (choice < 54) return post(group, connection);
    if (choice < 58) return change_contact(connection);
    if (choice < 66) return read_history(group);
    if (choice < 76) return change_group(group, "join");
    if (choice < 83) return change_group(group, "invite");
    if (choice < 89) return change_group(group, "kick");
    if (choice < 92) return change_group(group, "leave");
    if (choice < 97) return upload(group, connection);
    std::vector<const GroupPost*> files;
    for (const GroupPost& post : observed.posts) {
        if (post.sender == name_ && !post.file_code.empty()) files.push_back(&post);
    }
    return files.empty() ? read_history(group) : download(*files[random_.below(files.size())]);
}

std::string SimulatedMember::line_of(std::string_view name, std::string_view words) const {
    return fmt::format("{} {} {}\n", name, token_, words);
}

std::size_t SimulatedMember::note_post(GroupPost post) {
    surroundings_.observed.posts.push_back(std::move(post));
    return surroundings_.observed.posts.size() - 1;
}

std::size_t SimulatedMember::note_deed(GroupDeed deed) {
    surroundings_.observed.deeds.push_back(std::move(deed));
    return surroundings_.observed.deeds.size() - 1;
}

std::vector<std::string> SimulatedMember::draw_others(std::size_t count) {
    std::vector<std::string> others = everybody_;
    std::erase(others, name_);
    while (others.size() > count)
        others.erase(others.begin() + static_cast<std::ptrdiff_t>(random_.below(others.size())));
    return others;
}

SimulatedMember::Asked SimulatedMember::found_group() {
    GroupDeed deed;
    deed.group = fmt::format("group{}", ++surroundings_.observed.founded);
    deed.action = "create";
    deed.by = name_;
    deed.who = draw_others(random_.below(everybody_.size()));
    Asked asked;
    asked.bytes = line_of("creategroup", fmt::format("{} {}", deed.group, fmt::join(deed.who, ",")));
    const std::size_t number = note_deed(std::move(deed));
    asked.hear = [this, number](const JsonValue& answer) { hear_deed(number, answer); };
    return asked;
}

SimulatedMember::Asked SimulatedMember::post(const std::string& group, ConnectionNumber connection) {
    GroupPost post;
    post.sender = name_;
    post.group = group;
    post.text = fmt::format("{}:{} {}", name_, ++texts_, std::string(random_.below(60), 'x'));
    while (post.text.ends_with(' '))
        post.text.pop_back();
    post.connection = connection;
    Asked asked;
    asked.bytes = line_of("sendgroup", fmt::format("{} {}", group, post.text));
    const std::size_t number = note_post(std::move(post));
    asked.hear = [this, number](const JsonValue& answer) { hear_post(number, answer); };
    return asked;
}

SimulatedMember::Asked SimulatedMember::upload(const std::string& group, ConnectionNumber connection) {
    GroupPost post;
    post.sender = name_;
    post.group = group;
    post.text = fmt::format("file-{}-{}", name_, ++texts_);
    post.file_bytes = random_.below(file_bytes_max);
    post.connection = connection;
    Asked asked;
    asked.is_upload = true;
    asked.bytes = line_of("sendfile", fmt::format("#{} {} {} eager", group, post.text, *post.file_bytes)) +
                  content_of_file(post.text, *post.file_bytes);
    const std::size_t number = note_post(std::move(post));
    asked.hear = [this, number](const JsonValue& answer) { hear_post(number, answer); };
    return asked;
}

SimulatedMember::Asked SimulatedMember::download(const GroupPost& file) {
    Asked asked;
    asked.bytes = line_of("getfile", file.file_code);
    asked.download = content_of_file(file.text, *file.file_bytes);
    asked.hear = [this](const JsonValue& answer) { is_good(answer, "getfile", ""); };
    return asked;
}

SimulatedMember::Asked SimulatedMember::read_history(const std::string& group) {
    Asked asked;
    asked.bytes = line_of("history", fmt::format("#{} limit {}", group, history_entries));
    asked.hear = [this, group](const JsonValue& answer) {
        if (!is_good(answer, "history", " not-a-member ")) return;
        SeenEntries seen{name_, group, {}};
        for (const JsonValue& message : list_in(data_of(answer), "messages"))
            seen.entries.emplace_back(number_in(message, "seq"), text_in(message, "id"));
        surroundings_.observed.seen.push_back(std::move(seen));
    };
    return asked;
}

SimulatedMember::Asked SimulatedMember::change_group(const std::string& group, const std::string& action) {
    GroupDeed deed;
    deed.group = group;
    deed.action = action;
    deed.by = name_;
    Asked asked;
    if (action == "join") {
        deed.who.push_back(name_);
        asked.bytes = line_of("joingroup", surroundings_.observed.codes.at(group));
    } else if (action == "leave") {
        deed.who.push_back(name_);
        asked.bytes = line_of("leavegroup", group);
    } else {
        deed.who = draw_others(action == "invite" ? 2 : 1);
        asked.bytes = line_of(action, fmt::format("{} {}", group, fmt::join(deed.who, ",")));
    }
    const std::size_t number = note_deed(std::move(deed));
    asked.hear = [this, number](const JsonValue& answer) { hear_deed(number, answer); };
    return asked;
}

SimulatedMember::Asked SimulatedMember::change_contact(ConnectionNumber connection) {
    ContactChange change;
    change.owner = name_;
    change.other = draw_others(1).front();
    change.wanted = random_.chance(2, 3);
    change.connection = connection;
    Asked asked;
    asked.bytes = line_of(change.wanted ? "addcontact" : "delcontact", change.other);
    std::vector<ContactChange>& changes = surroundings_.observed.contacts;
    asked.hear = [this, number = changes.size()](const JsonValue& answer) {
        ContactChange& asked_for = surroundings_.observed.contacts[number];
        const bool is_done = is_good(answer, "a change of contacts", " not-a-contact ");
        asked_for.fate = is_done ? Fate::acknowledged : Fate::refused;
        asked_for.acknowledged_at = surroundings_.disk_position();
    };
    changes.push_back(std::move(change));
    return asked;
}

SimulatedMember::Asked SimulatedMember::fetch_inbox() {
    Asked asked;
    asked.bytes = line_of("inbox", "");
    asked.hear = [this](const JsonValue& answer) { hear_inbox(answer); };
    return asked;
}

// What he hears.

bool SimulatedMember::is_good(const JsonValue& answer, std::string_view what, std::string_view reasons) {
    if (is_ok(answer)) return true;
    const std::string code = text_in(answer, "code");
    surroundings_.trace.note("{}: {} refused: {}", name_, what, code);
    const bool is_known = !code.empty() && reasons.find(" " + code + " ") != std::string_view::npos;
    if (!is_known && !(is_weak_store(code) && habits_.store_may_refuse))
        complain(fmt::format("{} was refused without a reason: {}", what, code));
    return false;
}

void SimulatedMember::hear_post(std::size_t number, const JsonValue& answer) {
    GroupPost& post = surroundings_.observed.posts[number];
    if (!is_good(answer, "a post", " not-a-member ")) {
        post.fate = Fate::refused;
        return;
    }
    const JsonValue& data = data_of(answer);
    const JsonValue::Array& copies = list_in(data, "sent");
    post.fate = Fate::acknowledged;
    post.place = place_in(copies.empty() ? data : copies.front());
    if (const JsonValue* file = data.find("file")) post.file_code = text_in(*file, "code");
    post.acknowledged_at = surroundings_.disk_position();
    surroundings_.trace.note("{}: post {} acknowledged", name_, number);
}

void SimulatedMember::hear_deed(std::size_t number, const JsonValue& answer) {
    GroupDeed& deed = surroundings_.observed.deeds[number];
    if (!is_good(answer, deed.action, " not-a-member not-allowed already-a-member group-not-found ")) {
        deed.fate = Fate::refused;
        if (text_in(answer, "code") == "group-not-found") surroundings_.observed.codes.erase(deed.group);
        return;
    }
    const JsonValue& data = data_of(answer);
    deed.fate = truth_in(data, "already") ? Fate::refused : Fate::acknowledged;
    deed.acknowledged_at = surroundings_.disk_position();
    if (deed.action == "create") surroundings_.observed.codes[deed.group] = text_in(data, "code");
    if (truth_in(data, "ended")) surroundings_.observed.codes.erase(deed.group);
    if (deed.action != "invite") return;
    deed.who.clear();
    for (const JsonValue& name : list_in(data, "added"))
        deed.who.push_back(*name.as_string());
}

void SimulatedMember::hear_inbox(const JsonValue& answer) {
    if (!is_good(answer, "inbox", "")) return;
    const JsonValue::Array& messages = list_in(data_of(answer), "messages");
    inbox_was_empty_ = messages.empty();
    for (const JsonValue& message : messages) {
        const JsonValue* file = message.find("file");
        surroundings_.observed.delivered[name_].push_back(file ? text_in(*file, "name") : text_in(message, "text"));
    }
}

Task<bool> SimulatedMember::drain() {
    constexpr int requests_max = 200;
    std::unique_ptr<SimulatedLine> line = co_await dial();
    if (!line) co_return false;
    bool goes_on = co_await log_in(*line);
    for (int i = 0; i < requests_max && goes_on && !inbox_was_empty_; ++i)
        goes_on = co_await ask(*line, fetch_inbox());
    for (const GroupPost& post : surroundings_.observed.posts) {
        if (!goes_on || post.sender != name_ || post.file_code.empty()) continue;
        goes_on = co_await ask(*line, download(post));
    }
    co_return goes_on&& inbox_was_empty_;
}

}  // namespace obrol
