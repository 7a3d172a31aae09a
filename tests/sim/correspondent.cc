#include "tests/sim/correspondent.h"

#include <algorithm>
#include <fmt/core.h>
#include <fmt/format.h>
#include <utility>

#include "tests/sim/native_answers.h"

namespace obrol {
namespace {

using Fate = SentMessage::Fate;

constexpr Duration connect_timeout = std::chrono::seconds(2);
constexpr Duration reconnect_pause_min = std::chrono::milliseconds(5);
constexpr Duration reconnect_pause_max = std::chrono::milliseconds(400);
constexpr Duration insisting_pause_min = std::chrono::milliseconds(50);
constexpr Duration insisting_pause_max = std::chrono::milliseconds(700);

Duration draw_between(Random& random, Duration min, Duration max) {
    return min + Duration(random.below(static_cast<std::uint64_t>((max - min).count()) + 1));
}

std::string quoted(const std::vector<std::string>& names) {
    return names.empty() ? "[]" : fmt::format("[\"{}\"]", fmt::join(names, "\",\""));
}

}  // namespace

SimulatedCorrespondent::SimulatedCorrespondent(Surroundings surroundings, std::string name,
                                               std::vector<std::string> everybody, bool is_wanderer, std::uint64_t seed,
                                               SimulatedUser::Habits habits)
    : surroundings_(std::move(surroundings)),
      name_(std::move(name)),
      everybody_(std::move(everybody)),
      is_wanderer_(is_wanderer),
      random_(seed),
      habits_(habits) {}

void SimulatedCorrespondent::complain(std::string_view what) {
    surroundings_.trace.note("{}: COMPLAINT: {}", address(), what);
    surroundings_.observed.complaints.push_back(fmt::format("{}: {}", address(), what));
}

std::string SimulatedCorrespondent::here(const std::string& address) const {
    const std::string own = "@" + surroundings_.label;
    return address.ends_with(own) ? address.substr(0, address.size() - own.size()) : address;
}

// Over his connections.

Task<std::unique_ptr<SimulatedLine>> SimulatedCorrespondent::enter() {
    Result<std::unique_ptr<Stream>> stream =
        co_await surroundings_.network.connect(surroundings_.server, connect_timeout);
    if (!stream) co_return nullptr;
    auto line = std::make_unique<SimulatedLine>(surroundings_.executor, std::move(*stream), habits_.patience);
    std::string login = fmt::format("auth {} {}\n", name_, SimulatedUser::password_of(name_));
    const std::optional<JsonValue> answer = co_await ask(*line, std::move(login));
    if (!answer) co_return nullptr;
    if (is_ok(*answer)) co_return line;
    const std::string code = text_in(*answer, "code");
    if (!is_weak_store(code)) complain("was not let in: " + code);
    co_return nullptr;
}

Task<std::optional<JsonValue>> SimulatedCorrespondent::ask(SimulatedLine& line, std::string request) {
    const bool written = co_await line.write(std::move(request));
    if (!written) co_return std::nullopt;
    co_return co_await next_answer(line);
}

Task<std::optional<JsonValue>> SimulatedCorrespondent::next_answer(SimulatedLine& line) {
    std::string complaint;
    std::optional<JsonValue> answer = co_await next_native_answer(line, complaint);
    if (!complaint.empty()) complain(complaint);
    co_return answer;
}

Task<void> SimulatedCorrespondent::live() {
    while (!stopping_ || !pending_.empty()) {
        std::unique_ptr<SimulatedLine> line = co_await enter();
        if (line) {
            co_await talk(*line);
            line.reset();
        }
        const Duration pause = draw_between(random_, reconnect_pause_min, reconnect_pause_max);
        co_await sleep_for(surroundings_.executor, pause);
    }
}

Task<void> SimulatedCorrespondent::talk(SimulatedLine& line) {
    std::string again;
    for (const Asked& asked : pending_) {
        again += asked.bytes;
        if (asked.message) surroundings_.observed.messages[*asked.message].was_asked_again = true;
    }
    const bool written_again = co_await line.write(std::move(again));
    if (!written_again) co_return;
    while (!stopping_ || !pending_.empty()) {
        const std::size_t before = pending_.size();
        const std::size_t window = 1 + random_.below(habits_.burst_max);
        while (!stopping_ && pending_.size() < window)
            draw_request();
        std::string bytes;
        for (std::size_t i = before; i < pending_.size(); ++i)
            bytes += pending_[i].bytes;
        const bool written = co_await line.write(std::move(bytes));
        if (!written || random_.chance(habits_.drops_percent, 100)) co_return;
        const std::size_t awaited = pending_.empty() ? 0 : 1 + random_.below(pending_.size());
        for (std::size_t i = 0; i < awaited; ++i) {
            const std::optional<JsonValue> answer = co_await next_answer(line);
            if (!answer) co_return;
            const Asked asked = std::move(pending_.front());
            pending_.pop_front();
            asked.hear(*answer);
        }
        const Duration pause = draw_between(random_, habits_.think_min, habits_.think_max);
        co_await sleep_for(surroundings_.executor, pause);
    }
}

Task<void> SimulatedCorrespondent::insist() {
    while (!stopping_) {
        const Duration pause = draw_between(random_, insisting_pause_min, insisting_pause_max);
        co_await sleep_for(surroundings_.executor, pause);
        std::unique_ptr<SimulatedLine> line = co_await enter();
        if (line) co_await connect_what_is_down(*line);
    }
}

Task<void> SimulatedCorrespondent::connect_what_is_down(SimulatedLine& line) {
    const std::optional<JsonValue> servers = co_await ask(line, "servers\n");
    if (!servers || !data_of(*servers).as_array()) co_return;
    for (const JsonValue& server : *data_of(*servers).as_array()) {
        if (text_in(server, "state") == "up") continue;
        std::string request = fmt::format("connect {}\n", text_in(server, "server"));
        const std::optional<JsonValue> answer = co_await ask(line, std::move(request));
        if (!answer) co_return;
    }
}

Task<bool> SimulatedCorrespondent::join(std::vector<Peer> peers) {
    std::unique_ptr<SimulatedLine> line = co_await enter();
    if (!line) co_return false;
    for (const Peer& peer : peers) {
        std::string adding = fmt::format("addserver {} {} {}\n", peer.label, peer.at.host, peer.at.port);
        const std::optional<JsonValue> added = co_await ask(*line, std::move(adding));
        if (!added || !is_ok(*added)) co_return false;
        std::string connecting = fmt::format("connect {}\n", peer.label);
        const std::optional<JsonValue> connected = co_await ask(*line, std::move(connecting));
        if (!connected || !is_ok(*connected)) co_return false;
    }
    co_return true;
}

Task<bool> SimulatedCorrespondent::found(std::string group, std::vector<std::string> members) {
    std::unique_ptr<SimulatedLine> line = co_await enter();
    if (!line) co_return false;
    for (std::string& member : members)
        member = here(member);
    std::string request = fmt::format("creategroup {} {}\n", group, fmt::join(members, ","));
    const std::optional<JsonValue> answer = co_await ask(*line, std::move(request));
    if (!answer || !is_ok(*answer)) co_return false;
    surroundings_.observed.codes[fmt::format("#{}@{}", group, surroundings_.label)] = text_in(data_of(*answer), "code");
    co_return true;
}

Task<std::optional<SimulatedCorrespondent::Standing>> SimulatedCorrespondent::look(std::vector<std::string> groups) {
    std::unique_ptr<SimulatedLine> line = co_await enter();
    if (!line) co_return std::nullopt;
    Standing standing;
    const std::optional<JsonValue> servers = co_await ask(*line, "servers\n");
    if (!servers || !data_of(*servers).as_array()) co_return std::nullopt;
    for (const JsonValue& server : *data_of(*servers).as_array()) {
        const std::string state = text_in(server, "state");
        const std::int64_t queued = number_in(server, "queued");
        if (state != "up" || queued != 0)
            standing.trouble = fmt::format("{} says that {} is {} with {} queued", surroundings_.label,
                                           text_in(server, "server"), state, queued);
    }
    for (const std::string& group : groups) {
        std::string history = fmt::format("history {} limit 1\n", here(group));
        const std::optional<JsonValue> newest = co_await ask(*line, std::move(history));
        std::string asking = fmt::format("members {}\n", here(group));
        const std::optional<JsonValue> members = co_await ask(*line, std::move(asking));
        if (!newest || !members) co_return std::nullopt;
        const JsonValue::Array& messages = list_in(data_of(*newest), "messages");
        standing.heads.push_back(messages.empty() ? std::string() : text_in(messages.front(), "id"));
        const JsonValue::Array* list = data_of(*members).as_array();
        standing.members.push_back(list ? list->size() : 0);
    }
    co_return standing;
}

// What he asks for.

void SimulatedCorrespondent::draw_request() {
    const std::uint64_t choice = random_.below(100);
    if (is_wanderer_ && choice < 12) return come_or_go();
    if (choice < 60 || surroundings_.observed.codes.empty()) return write_to_people();
    post();
}

FederatedMessage SimulatedCorrespondent::begin_message(std::vector<std::string> to) {
    FederatedMessage message;
    message.sender = address();
    message.to = std::move(to);
    message.number = ++messages_;
    message.text = fmt::format("{}.{} {}", address(), message.number, std::string(random_.below(60), 'x'));
    while (message.text.ends_with(' '))
        message.text.pop_back();
    return message;
}

void SimulatedCorrespondent::send(FederatedMessage message, std::string_view members) {
    const std::size_t number = surroundings_.observed.messages.size();
    const std::string text = message.text;
    surroundings_.observed.messages.push_back(std::move(message));
    request(
        fmt::format("{},\"text\":\"{}\"", members, text),
        [this, number](const JsonValue& answer) { hear_message(number, answer); }, number);
}

void SimulatedCorrespondent::request(std::string_view members, std::function<void(const JsonValue& answer)> hear,
                                     std::optional<std::size_t> message) {
    pending_.push_back({fmt::format("{{{},\"key\":\"pen:{}\"}}\n", members, ++keys_), std::move(hear), message});
}

void SimulatedCorrespondent::write_to_people() {
    const bool is_impossible = random_.chance(1, 40);
    std::vector<std::string> to = everybody_;
    const std::size_t count = random_.chance(1, 5) ? 1 + random_.below(3) : 1;
    while (to.size() > count)
        to.erase(to.begin() + static_cast<std::ptrdiff_t>(random_.below(to.size())));
    if (is_impossible && !to.front().ends_with("@" + surroundings_.label))
        to = {std::string(nobody) + to.front().substr(to.front().find('@'))};
    FederatedMessage message = begin_message(to);
    message.may_fail = to.front().starts_with(nobody);
    for (std::string& name : to)
        name = here(name);
    send(std::move(message), fmt::format(R"("cmd":"send","to":{})", quoted(to)));
}

std::string SimulatedCorrespondent::draw_group() {
    const auto& codes = surroundings_.observed.codes;
    return std::next(codes.begin(), static_cast<std::ptrdiff_t>(random_.below(codes.size())))->first;
}

void SimulatedCorrespondent::post() {
    const std::string group = draw_group();
    FederatedMessage message = begin_message({group});
    message.may_fail = is_wanderer_;
    send(std::move(message), fmt::format(R"("cmd":"sendgroup","group":"{}")", here(group)));
}

void SimulatedCorrespondent::come_or_go() {
    const std::string group = draw_group();
    std::string code = surroundings_.observed.codes.at(group);
    const std::string home = group.substr(group.find('@'));
    if (home.substr(1) != surroundings_.label) code += home;
    const auto hear = [this](const JsonValue& answer) { hear_deed(answer); };
    if (random_.chance(2, 3)) return request(fmt::format(R"("cmd":"joingroup","code":"{}")", code), hear);
    request(fmt::format(R"("cmd":"leavegroup","group":"{}")", here(group)), hear);
}

// What he hears.

void SimulatedCorrespondent::hear_message(std::size_t number, const JsonValue& answer) {
    FederatedMessage& message = surroundings_.observed.messages[number];
    if (is_ok(answer)) {
        message.fate = Fate::acknowledged;
        ++acknowledged_;
        for (const JsonValue& copy : list_in(data_of(answer), "sent")) {
            message.ids.push_back(text_in(copy, "id"));
            const bool is_queued = text_in(copy, "delivery") == "queued";
            // A group at home elsewhere has numbered the post, and tells the number with the entry.
            const std::int64_t seq = number_in(copy, "seq");
            if (message.is_in_group() && seq > 0) message.place.emplace(seq, text_in(copy, "id"));
            // Whoever asks again is told that it was sent, not what has become of it.
            const bool is_wrong = !message.is_in_group() && message.may_fail && !is_queued && !message.was_asked_again;
            if (is_wrong) complain("what was for nobody was delivered");
        }
        surroundings_.trace.note("{}: message {} acknowledged", address(), message.number);
        return;
    }
    message.fate = Fate::refused;
    const std::string code = text_in(answer, "code");
    surroundings_.trace.note("{}: message {} refused: {}", address(), message.number, code);
    const bool is_known = (message.may_fail && (code == "user-not-found" || code == "not-a-member")) ||
                          (message.is_in_group() && is_recovering(code));
    if (!is_known && !(is_weak_store(code) && habits_.store_may_refuse))
        complain("a message was refused without a reason: " + code);
}

bool SimulatedCorrespondent::is_recovering(std::string_view code) const {
    return code == "home-recovering" && !surroundings_.observed.put_back.empty();
}

void SimulatedCorrespondent::hear_deed(const JsonValue& answer) {
    if (is_ok(answer)) return;
    const std::string code = text_in(answer, "code");
    const bool is_known = code == "not-a-member" || code == "group-not-found" || is_recovering(code);
    if (!is_known && !(is_weak_store(code) && habits_.store_may_refuse))
        complain("coming or going was refused without a reason: " + code);
}

}  // namespace obrol
