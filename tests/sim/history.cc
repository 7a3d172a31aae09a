#include "tests/sim/history.h"

#include <algorithm>
#include <fmt/core.h>
#include <limits>
#include <utility>

#include "base/check.h"
#include "dialects/simple_chat/simple_chat.h"

namespace obrol {

void History::server_ended(LifeEnd how) {
    ServerLife& life = observed_.lives.back();
    life.end = how;
    life.ended_at = clock_.monotonic_now();
}

void History::connected(ConnectionNumber connection, const std::string& user) {
    // The kernel may have taken a greeting already.
    Exchange& exchange = exchanges_[connection];
    exchange.user = user;
    exchange.life = observed_.lives.size() - 1;
}

void History::asked(ConnectionNumber connection, const Command& command) {
    exchanges_.at(connection).requests.push_back({command, ++last_order_});
}

std::size_t History::sending(SentMessage message) {
    observed_.sent.push_back(std::move(message));
    return observed_.sent.size() - 1;
}

void History::acknowledged(std::size_t message) {
    SentMessage& sent = observed_.sent[message];
    OBROL_CHECK(sent.fate == SentMessage::Fate::unknown);
    sent.fate = SentMessage::Fate::acknowledged;
    sent.acknowledged_at = disk_position_();
    ++acknowledged_;
}

void History::refused(std::size_t message) {
    SentMessage& sent = observed_.sent[message];
    OBROL_CHECK(sent.fate == SentMessage::Fate::unknown);
    sent.fate = SentMessage::Fate::refused;
}

void History::taken(ConnectionNumber connection, std::string_view bytes) {
    Exchange& exchange = exchanges_[connection];
    exchange.bytes += bytes;
    exchange.pieces.push_back(Piece{exchange.bytes.size(), ++last_order_, clock_.monotonic_now()});
}

void History::collect_fetches(ConnectionNumber connection, const Exchange& exchange, Observed& into) {
    const std::unique_ptr<ClientDialect> dialect = simple_chat::make_client();
    std::string unused;
    for (const Request& request : exchange.requests)
        dialect->encode_request(request.command, unused);

    std::size_t begin = 0;
    for (const Request& request : exchange.requests) {
        const std::string_view rest = std::string_view(exchange.bytes).substr(begin);
        const Result<DecodedAnswer> answer = dialect->decode_answer(rest);
        if (!answer) {
            into.complaints.push_back(fmt::format("{} got what is no answer: {}", exchange.user, answer.error().what));
            return;
        }
        begin += answer->consumed;
        if (!std::holds_alternative<FetchInbox>(request.command.body)) continue;
        Fetch fetch;
        fetch.receiver = exchange.user;
        fetch.connection = connection;
        fetch.life = exchange.life;
        fetch.asked = request.order;
        if (answer->reply) {
            const auto* page = std::get_if<InboxPage>(&*answer->reply);
            if (!page) continue;
            const auto piece = std::find_if(exchange.pieces.begin(), exchange.pieces.end(),
                                            [&](const Piece& candidate) { return candidate.end >= begin; });
            OBROL_CHECK(piece != exchange.pieces.end());
            fetch.taken = piece->order;
            fetch.taken_at = piece->at;
            for (const InboxPage::Sender& sender : page->senders) {
                for (const InboxPage::Message& message : sender.messages)
                    fetch.messages.push_back({sender.from.name, message.text});
            }
        }
        into.fetches.push_back(std::move(fetch));
    }
}

Observed History::observed() const {
    Observed result = observed_;
    for (const auto& [connection, exchange] : exchanges_)
        collect_fetches(connection, exchange, result);
    const auto when = [](const Fetch& fetch) {
        return fetch.taken.value_or(std::numeric_limits<std::uint64_t>::max());
    };
    std::stable_sort(result.fetches.begin(), result.fetches.end(),
                     [&](const Fetch& a, const Fetch& b) { return when(a) < when(b); });
    return result;
}

}  // namespace obrol
