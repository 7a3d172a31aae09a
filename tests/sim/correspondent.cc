#include "tests/sim/correspondent.h"

#include <algorithm>
#include <fmt/core.h>
#include <fmt/format.h>
#include <iterator>
#include <utility>

#include "dialects/peer/frame.h"
#include "tests/sim/native_answers.h"

namespace obrol {
namespace {

using Fate = SentMessage::Fate;

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

SimulatedCorrespondent::SimulatedCorrespondent(Visitor visitor, std::vector<std::string> everybody, bool is_wanderer,
                                               std::uint64_t seed, SimulatedUser::Habits habits)
    : visitor_(std::move(visitor)),
      everybody_(std::move(everybody)),
      is_wanderer_(is_wanderer),
      random_(seed),
      habits_(habits) {}

// Over his connections.

Task<void> SimulatedCorrespondent::live() {
    while (!stopping_ || !pending_.empty()) {
        std::unique_ptr<SimulatedLine> line = co_await visitor_.enter();
        if (line) {
            co_await talk(*line);
            line.reset();
        }
        const Duration pause = draw_between(random_, reconnect_pause_min, reconnect_pause_max);
        co_await sleep_for(visitor_.executor(), pause);
    }
}

Task<void> SimulatedCorrespondent::talk(SimulatedLine& line) {
    bool goes_on = co_await ask_again(line);
    while (goes_on && (!stopping_ || !pending_.empty())) {
        if (pending_.empty() && random_.chance(1, 8)) {
            goes_on = co_await send_into_folder(line);
            if (!goes_on) co_return;
        }
        const std::size_t before = pending_.size();
        const std::size_t window = 1 + random_.below(habits_.burst_max);
        while (!stopping_ && pending_.size() < window)
            draw_request();
        std::string bytes;
        for (std::size_t i = before; i < pending_.size(); ++i)
            bytes += pending_[i].bytes;
        const bool written = co_await line.write(std::move(bytes));
        if (!written || random_.chance(habits_.drops_percent, 100)) co_return;
        goes_on = co_await hear(line, pending_.empty() ? 0 : 1 + random_.below(pending_.size()));
        const Duration pause = draw_between(random_, habits_.think_min, habits_.think_max);
        if (goes_on) co_await sleep_for(visitor_.executor(), pause);
    }
}

Task<bool> SimulatedCorrespondent::ask_again(SimulatedLine& line) {
    std::string again;
    for (const Asked& asked : pending_) {
        again += asked.bytes;
        if (asked.message) observed().messages[*asked.message].was_asked_again = true;
    }
    co_return co_await line.write(std::move(again));
}

Task<bool> SimulatedCorrespondent::hear(SimulatedLine& line, std::size_t answers) {
    for (std::size_t i = 0; i < answers; ++i) {
        std::optional<JsonValue> answer = co_await visitor_.next_answer(line);
        // The bytes of a file are on their way already.
        if (answer && data_of(*answer).find("ready")) answer = co_await visitor_.next_answer(line);
        if (!answer) co_return false;
        const Asked asked = std::move(pending_.front());
        pending_.pop_front();
        asked.hear(*answer);
    }
    co_return true;
}

// Nobody can ask for that again: the second file would find the first one's name.
Task<bool> SimulatedCorrespondent::send_into_folder(SimulatedLine& line) {
    std::string to = draw_somebody();
    if (stopping_ || to == address()) co_return true;
    FederatedMessage message = begin_file(to);
    message.into_folder = true;
    const bool is_kept = co_await keep_file(line, message.text);
    if (!is_kept) co_return false;
    std::string request = fmt::format("sendfolderfile {} {}\n", visitor_.here(to), message.text);
    const std::size_t number = observed().messages.size();
    observed().messages.push_back(std::move(message));
    const std::optional<JsonValue> answer = co_await visitor_.ask(line, std::move(request));
    if (answer) {
        hear_message(number, *answer);
    } else {
        observed().messages[number].is_given_up = true;
    }
    co_return answer.has_value();
}

Task<bool> SimulatedCorrespondent::keep_file(SimulatedLine& line, std::string name) {
    const std::size_t number = observed().kept.size();
    observed().kept.push_back({address(), name});
    const std::string& content = observed().contents.at(name);
    std::string request = fmt::format("putfile {} {}\n", name, content.size());
    const std::optional<JsonValue> ready = co_await visitor_.ask(line, std::move(request));
    if (!ready) co_return false;
    if (!is_ok(*ready)) visitor_.complain("a file may not be put into the folder: " + text_in(*ready, "code"));
    const std::optional<JsonValue> answer = co_await visitor_.ask(line, content);
    if (!answer) co_return false;
    if (!is_ok(*answer)) visitor_.complain("a file is not put into the folder: " + text_in(*answer, "code"));
    observed().kept[number].is_acknowledged = is_ok(*answer);
    co_return is_ok(*answer);
}

Task<void> SimulatedCorrespondent::insist() {
    while (!stopping_) {
        const Duration pause = draw_between(random_, insisting_pause_min, insisting_pause_max);
        co_await sleep_for(visitor_.executor(), pause);
        std::unique_ptr<SimulatedLine> line = co_await visitor_.enter();
        if (line) co_await connect_what_is_down(*line);
    }
}

Task<void> SimulatedCorrespondent::connect_what_is_down(SimulatedLine& line) {
    const std::optional<JsonValue> servers = co_await visitor_.ask(line, "servers\n");
    if (!servers || !data_of(*servers).as_array()) co_return;
    for (const JsonValue& server : *data_of(*servers).as_array()) {
        if (text_in(server, "state") == "up") continue;
        std::string request = fmt::format("connect {}\n", text_in(server, "server"));
        const std::optional<JsonValue> answer = co_await visitor_.ask(line, std::move(request));
        if (!answer) co_return;
    }
}

Task<bool> SimulatedCorrespondent::join(std::vector<Peer> peers) {
    std::unique_ptr<SimulatedLine> line = co_await visitor_.enter();
    if (!line) co_return false;
    for (const Peer& peer : peers) {
        std::string adding = fmt::format("addserver {} {} {}\n", peer.label, peer.at.host, peer.at.port);
        const std::optional<JsonValue> added = co_await visitor_.ask(*line, std::move(adding));
        if (!added || !is_ok(*added)) co_return false;
        std::string connecting = fmt::format("connect {}\n", peer.label);
        const std::optional<JsonValue> connected = co_await visitor_.ask(*line, std::move(connecting));
        if (!connected || !is_ok(*connected)) co_return false;
    }
    co_return true;
}

Task<bool> SimulatedCorrespondent::found(std::string group, std::vector<std::string> members) {
    std::unique_ptr<SimulatedLine> line = co_await visitor_.enter();
    if (!line) co_return false;
    for (std::string& member : members)
        member = visitor_.here(member);
    std::string request = fmt::format("creategroup {} {}\n", group, fmt::join(members, ","));
    const std::optional<JsonValue> answer = co_await visitor_.ask(*line, std::move(request));
    if (!answer || !is_ok(*answer)) co_return false;
    observed().codes[fmt::format("#{}@{}", group, visitor_.label())] = text_in(data_of(*answer), "code");
    co_return true;
}

Task<std::optional<SimulatedCorrespondent::Standing>> SimulatedCorrespondent::look(std::vector<std::string> groups) {
    std::unique_ptr<SimulatedLine> line = co_await visitor_.enter();
    if (!line) co_return std::nullopt;
    Standing standing;
    const std::optional<JsonValue> servers = co_await visitor_.ask(*line, "servers\n");
    if (!servers || !data_of(*servers).as_array()) co_return std::nullopt;
    for (const JsonValue& server : *data_of(*servers).as_array()) {
        const std::string state = text_in(server, "state");
        const std::int64_t queued = number_in(server, "queued");
        if (state != "up" || queued != 0)
            standing.trouble = fmt::format("{} says that {} is {} with {} queued", visitor_.label(),
                                           text_in(server, "server"), state, queued);
    }
    for (const std::string& group : groups) {
        std::string history = fmt::format("history {} limit 1\n", visitor_.here(group));
        const std::optional<JsonValue> newest = co_await visitor_.ask(*line, std::move(history));
        std::string asking = fmt::format("members {}\n", visitor_.here(group));
        const std::optional<JsonValue> members = co_await visitor_.ask(*line, std::move(asking));
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
    if (choice < 56) return write_to_people();
    if (choice < 60 || observed().codes.empty()) return send_file_to_somebody();
    if (choice < 96) return post();
    send_file(begin_file(draw_group()));
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
    const std::size_t number = observed().messages.size();
    const std::string text = message.text;
    observed().messages.push_back(std::move(message));
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
    if (is_impossible && !to.front().ends_with("@" + visitor_.label()))
        to = {std::string(nobody) + to.front().substr(to.front().find('@'))};
    FederatedMessage message = begin_message(to);
    message.may_fail = to.front().starts_with(nobody);
    for (std::string& name : to)
        name = visitor_.here(name);
    send(std::move(message), fmt::format(R"("cmd":"send","to":{})", quoted(to)));
}

std::string SimulatedCorrespondent::draw_group() {
    const auto& codes = observed().codes;
    return std::next(codes.begin(), static_cast<std::ptrdiff_t>(random_.below(codes.size())))->first;
}

const std::string& SimulatedCorrespondent::draw_somebody() {
    return everybody_[random_.below(everybody_.size())];
}

void SimulatedCorrespondent::post() {
    const std::string group = draw_group();
    FederatedMessage message = begin_message({group});
    message.may_fail = is_wanderer_;
    send(std::move(message), fmt::format(R"("cmd":"sendgroup","group":"{}")", visitor_.here(group)));
}

void SimulatedCorrespondent::send_file_to_somebody() {
    std::string to = draw_somebody();
    const bool is_impossible = random_.chance(1, 40) && !to.ends_with("@" + visitor_.label());
    if (is_impossible) to = std::string(nobody) + to.substr(to.find('@'));
    FederatedMessage message = begin_file(std::move(to));
    message.may_fail = is_impossible;
    send_file(std::move(message));
}

FederatedMessage SimulatedCorrespondent::begin_file(std::string to) {
    FederatedMessage message = begin_message({std::move(to)});
    message.is_file = true;
    message.may_fail = is_wanderer_ && message.is_in_group();
    message.text = fmt::format("{}.{}.bin", address(), message.number);
    observed().contents[message.text] = draw_content();
    return message;
}

// Of every fourth file the bytes are those of another one, of anybody.
std::string SimulatedCorrespondent::draw_content() {
    const auto& contents = observed().contents;
    if (!contents.empty() && random_.chance(1, 4))
        return std::next(contents.begin(), static_cast<std::ptrdiff_t>(random_.below(contents.size())))->second;
    const std::uint64_t choice = random_.below(200);
    std::size_t size = 1 + random_.below(600);
    if (choice < 8) size = 0;
    if (choice >= 170) size = random_.below(20'000);
    if (choice == 199) size = peer_blob_part_bytes_max + random_.below(10'000);
    std::string content(size, '\0');
    for (char& byte : content)
        byte = static_cast<char>(static_cast<unsigned char>(random_.below(256)));
    return content;
}

void SimulatedCorrespondent::send_file(FederatedMessage message) {
    const std::string& content = observed().contents.at(message.text);
    const std::string members = fmt::format(R"("cmd":"sendfile","to":"{}","name":"{}","size":{},"eager":true)",
                                            visitor_.here(message.to.front()), message.text, content.size());
    const std::size_t number = observed().messages.size();
    observed().messages.push_back(std::move(message));
    request(
        members, [this, number](const JsonValue& answer) { hear_message(number, answer); }, number);
    pending_.back().bytes += content;
}

void SimulatedCorrespondent::come_or_go() {
    const std::string group = draw_group();
    std::string code = observed().codes.at(group);
    const std::string home = group.substr(group.find('@'));
    if (home.substr(1) != visitor_.label()) code += home;
    const auto hear = [this](const JsonValue& answer) { hear_deed(answer); };
    if (random_.chance(2, 3)) return request(fmt::format(R"("cmd":"joingroup","code":"{}")", code), hear);
    request(fmt::format(R"("cmd":"leavegroup","group":"{}")", visitor_.here(group)), hear);
}

// What he hears.

void SimulatedCorrespondent::hear_message(std::size_t number, const JsonValue& answer) {
    FederatedMessage& message = observed().messages[number];
    if (is_ok(answer)) {
        message.fate = Fate::acknowledged;
        ++acknowledged_;
        if (message.is_file) {
            hear_of_copy(message, data_of(answer));
            const JsonValue* file = data_of(answer).find("file");
            if (file) hear_of_file(message, *file);
        }
        for (const JsonValue& copy : list_in(data_of(answer), "sent"))
            hear_of_copy(message, copy);
        visitor_.trace().note("{}: message {} acknowledged", address(), message.number);
        return;
    }
    message.fate = Fate::refused;
    const std::string code = text_in(answer, "code");
    visitor_.trace().note("{}: message {} refused: {}", address(), message.number, code);
    const bool is_known = (message.may_fail && (code == "user-not-found" || code == "not-a-member")) ||
                          (message.is_in_group() && is_recovering(code));
    if (!is_known && !(is_weak_store(code) && habits_.store_may_refuse))
        visitor_.complain("a message was refused without a reason: " + code);
}

void SimulatedCorrespondent::hear_of_copy(FederatedMessage& message, const JsonValue& copy) {
    message.ids.push_back(text_in(copy, "id"));
    const bool is_queued = text_in(copy, "delivery") == "queued";
    // A group at home elsewhere has numbered the post, and tells the number with the entry.
    const std::int64_t seq = number_in(copy, "seq");
    if (message.is_in_group() && seq > 0) message.place.emplace(seq, text_in(copy, "id"));
    // Whoever asks again is told that it was sent, not what has become of it.
    const bool is_wrong = !message.is_in_group() && message.may_fail && !is_queued && !message.was_asked_again;
    if (is_wrong) visitor_.complain("what was for nobody was delivered");
}

void SimulatedCorrespondent::hear_of_file(FederatedMessage& message, const JsonValue& file) {
    message.file_code = text_in(file, "code");
    const bool is_right = text_in(file, "name") == message.text && static_cast<std::size_t>(number_in(file, "size")) ==
                                                                       observed().contents.at(message.text).size();
    if (!is_right) visitor_.complain("a file was acknowledged as another one: " + message.text);
}

bool SimulatedCorrespondent::is_recovering(std::string_view code) {
    return code == "home-recovering" && !observed().put_back.empty();
}

void SimulatedCorrespondent::hear_deed(const JsonValue& answer) {
    if (is_ok(answer)) return;
    const std::string code = text_in(answer, "code");
    const bool is_known = code == "not-a-member" || code == "group-not-found" || is_recovering(code);
    if (!is_known && !(is_weak_store(code) && habits_.store_may_refuse))
        visitor_.complain("coming or going was refused without a reason: " + code);
}

}  // namespace obrol
