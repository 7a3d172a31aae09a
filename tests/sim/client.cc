#include "tests/sim/client.h"

#include <algorithm>
#include <fmt/core.h>
#include <utility>

#include "dialects/simple_chat/simple_chat.h"
#include "io/timer.h"
#include "tests/sim/line.h"

namespace obrol {
namespace {

constexpr Duration connect_timeout = std::chrono::seconds(2);
constexpr Duration reconnect_pause_min = std::chrono::milliseconds(5);
constexpr Duration reconnect_pause_max = std::chrono::milliseconds(400);

Duration draw_between(Random& random, Duration min, Duration max) {
    return min + Duration(random.below(static_cast<std::uint64_t>((max - min).count()) + 1));
}

}  // namespace

class SimulatedUser::Line final : public SimulatedLine {
  public:
    using SimulatedLine::SimulatedLine;

    ClientDialect& dialect() { return *dialect_; }

    // None when the connection ended or broke first.
    Task<std::optional<Result<Reply>>> next_answer() {
        for (;;) {
            Result<DecodedAnswer> answer = dialect_->decode_answer(input());
            if (!answer) co_return Result<Reply>(Failure<Error>(std::move(answer.error())));
            if (answer->reply) {
                input().erase(0, answer->consumed);
                be_patient();
                co_return Result<Reply>(std::move(*answer->reply));
            }
            const bool goes_on = co_await read_more();
            if (!goes_on) co_return std::nullopt;
        }
    }

  private:
    std::unique_ptr<ClientDialect> dialect_ = simple_chat::make_client();
};

SimulatedUser::SimulatedUser(Surroundings surroundings, std::string name, std::vector<std::string> everybody,
                             std::uint64_t seed, Habits habits)
    : surroundings_(std::move(surroundings)),
      name_(std::move(name)),
      everybody_(std::move(everybody)),
      random_(seed),
      habits_(habits) {}

SimulatedUser::~SimulatedUser() = default;

void SimulatedUser::complain(std::string_view what) {
    surroundings_.trace.note("{}: COMPLAINT: {}", name_, what);
    surroundings_.history.complain(fmt::format("{}: {}", name_, what));
}

Task<void> SimulatedUser::live() {
    while (!stopping_) {
        std::unique_ptr<Line> line = co_await dial();
        if (line) {
            co_await visit(*line);
            line.reset();
        }
        const Duration pause = draw_between(random_, reconnect_pause_min, reconnect_pause_max);
        co_await sleep_for(surroundings_.executor, pause);
    }
}

Task<std::unique_ptr<SimulatedUser::Line>> SimulatedUser::dial() {
    Result<std::unique_ptr<Stream>> stream =
        co_await surroundings_.network.connect(surroundings_.server, connect_timeout);
    if (!stream) co_return nullptr;
    auto line = std::make_unique<Line>(surroundings_.executor, std::move(*stream), habits_.patience);
    surroundings_.history.connected(line->number(), name_);
    co_return line;
}

Task<void> SimulatedUser::visit(Line& line) {
    // A script shows its token with every request instead of logging in again.
    use_token_ = token_ && random_.chance(2, 3);
    if (!use_token_) {
        const bool is_in = co_await log_in(line);
        if (!is_in) co_return;
    }
    while (!stopping_) {
        const Duration pause = draw_between(random_, habits_.think_min, habits_.think_max);
        co_await sleep_for(surroundings_.executor, pause);
        const bool drops = random_.chance(habits_.drops_percent, 100);
        const bool reads = !drops || random_.chance(1, 2);
        const bool goes_on = co_await exchange(line, draw_burst(line), reads);
        if (!goes_on || drops || !token_) co_return;
    }
}

Task<bool> SimulatedUser::log_in(Line& line) {
    token_.reset();
    std::vector<Asked> request;
    request.push_back(Asked{Command{std::nullopt, Authenticate{name_, password_of(name_)}}, std::nullopt, false});
    const bool answered = co_await exchange(line, std::move(request), true);
    co_return answered&& token_.has_value();
}

Task<bool> SimulatedUser::exchange(Line& line, std::vector<Asked> burst, bool read_answers) {
    std::string bytes;
    for (const Asked& asked : burst) {
        line.dialect().encode_request(asked.command, bytes);
        surroundings_.history.asked(line.number(), asked.command);
    }
    const bool written = co_await line.write(std::move(bytes));
    // Without reading, a clean half-close: the server must still answer, but nobody listens.
    if (!written) co_return false;
    if (!read_answers) {
        if (random_.chance(1, 2)) line.shutdown_write();
        const Duration lingering = draw_between(random_, Duration(0), std::chrono::milliseconds(20));
        co_await sleep_for(surroundings_.executor, lingering);
        line.close();
        co_return false;
    }
    for (const Asked& asked : burst) {
        const std::optional<Result<Reply>> reply = co_await line.next_answer();
        if (!reply) co_return false;
        if (!*reply) {
            complain((*reply).error().what);
            co_return false;
        }
        hear(asked, **reply);
    }
    co_return true;
}

SimulatedUser::Asked SimulatedUser::simple_request(decltype(Command::body) body) const {
    return Asked{Command{use_token_ ? token_ : std::nullopt, std::move(body)}, std::nullopt, false};
}

std::vector<SimulatedUser::Asked> SimulatedUser::draw_burst(Line& line) {
    std::vector<Asked> burst;
    const std::size_t length = 1 + random_.below(habits_.burst_max);
    for (std::size_t i = 0; i < length; ++i) {
        const std::uint64_t choice = random_.below(100);
        if (choice < 78) {
            burst.push_back(draw_send(line));
        } else if (choice < 94) {
            burst.push_back(simple_request(FetchInbox{}));
        } else {
            burst.push_back(simple_request(ListOnline{}));
        }
    }
    if (random_.chance(habits_.logouts_percent, 100)) {
        burst.push_back(simple_request(Logout{}));
        token_is_sure_ = false;
    }
    return burst;
}

SimulatedUser::Asked SimulatedUser::draw_send(Line& line) {
    SentMessage message;
    message.sender = name_;
    message.text = draw_text();
    message.connection = line.number();
    std::vector<std::string> others = everybody_;
    const std::size_t count = random_.chance(1, 5) ? 1 + random_.below(others.size()) : 1;
    for (std::size_t i = 0; i < count; ++i) {
        const auto chosen = others.begin() + static_cast<std::ptrdiff_t>(random_.below(others.size()));
        message.to.push_back(*chosen);
        others.erase(chosen);
    }
    SendMessage send;
    for (const std::string& name : message.to)
        send.to.push_back(Address{name, {}});
    send.text = message.text;
    if (random_.chance(1, 60)) {
        send.to.push_back(Address{"nobody", {}});
        message.impossible = true;
    }
    Asked asked = simple_request(std::move(send));
    asked.is_impossible = message.impossible;
    asked.message = surroundings_.history.sending(std::move(message));
    return asked;
}

std::string SimulatedUser::draw_text() {
    static constexpr std::string_view words[] = {"halo",      "apa kabar",    "\"quoted\"", "back\\slash",
                                                 "caf\u00e9", "\u4f60\u597d", "\U0001F600", "  blanks"};
    std::string text = fmt::format("{}:{}", name_, ++messages_);
    const bool is_long = random_.chance(habits_.long_texts_percent, 100);
    const std::size_t bytes = is_long ? 500 + random_.below(20'000) : random_.below(60);
    const std::size_t end = text.size() + bytes;
    while (text.size() < end)
        text.append(" ").append(words[random_.below(std::size(words))]);
    return text;
}

void SimulatedUser::hear(const Asked& asked, const Reply& reply) {
    History& history = surroundings_.history;
    if (const auto* refused = std::get_if<Refused>(&reply)) return hear_refusal(asked, *refused);
    if (asked.message) {
        if (asked.is_impossible) complain("a message to nobody was accepted");
        history.acknowledged(*asked.message);
        surroundings_.trace.note("{}: message {} acknowledged", name_, *asked.message);
    } else if (const auto* started = std::get_if<SessionStarted>(&reply)) {
        token_ = started->token;
        token_is_sure_ = true;
    } else if (std::holds_alternative<SessionEnded>(reply)) {
        token_.reset();
    } else if (const auto* page = std::get_if<InboxPage>(&reply)) {
        inbox_was_empty_ = page->senders.empty();
        surroundings_.trace.note("{}: messages from {} users", name_, page->senders.size());
    } else if (const auto* online = std::get_if<OnlineList>(&reply)) {
        const bool is_there = std::any_of(online->users.begin(), online->users.end(),
                                          [this](const UserCard& user) { return user.name == name_; });
        if (!is_there) complain("is not online for himself");
    }
}

void SimulatedUser::hear_refusal(const Asked& asked, const Refused& refused) {
    surroundings_.trace.note("{}: refused: {}", name_, to_string(refused.why));
    if (asked.message) surroundings_.history.refused(*asked.message);
    if (asked.is_impossible && refused.why == ChatError::unknown_recipient) return;
    switch (refused.why) {
        case ChatError::not_authorized:
            if (token_ && token_is_sure_) complain("a session that was never ended is gone");
            token_.reset();
            return;
        case ChatError::busy:
        case ChatError::not_stored:
        case ChatError::unavailable:
            if (habits_.store_may_refuse) return;
            break;
        default:
            break;
    }
    complain(fmt::format("refused without a reason: {}", to_string(refused.why)));
}

Task<bool> SimulatedUser::drain() {
    constexpr int attempts_max = 20;
    constexpr int requests_max = 200;
    for (int attempt = 0; attempt < attempts_max; ++attempt) {
        std::unique_ptr<Line> line = co_await dial();
        if (!line) continue;
        use_token_ = false;
        bool goes_on = co_await log_in(*line);
        inbox_was_empty_ = false;
        for (int i = 0; i < requests_max && goes_on && !inbox_was_empty_; ++i) {
            std::vector<Asked> request;
            request.push_back(simple_request(FetchInbox{}));
            goes_on = co_await exchange(*line, std::move(request), true);
        }
        line.reset();
        if (inbox_was_empty_) co_return true;
    }
    co_return false;
}

}  // namespace obrol
