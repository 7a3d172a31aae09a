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
    exchanges_.at(connection).requests.push_back(command);
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

void History::collect_fetches(const Exchange& exchange, std::vector<OrderedFetch>& fetches,
                              std::vector<std::string>& complaints) {
    const std::unique_ptr<ClientDialect> dialect = simple_chat::make_client();
    std::string unused;
    for (const Command& request : exchange.requests)
        dialect->encode_request(request, unused);

    std::size_t begin = 0;
    for (const Command& request : exchange.requests) {
        const std::string_view rest = std::string_view(exchange.bytes).substr(begin);
        const Result<DecodedAnswer> answer = dialect->decode_answer(rest);
        if (!answer) {
            complaints.push_back(fmt::format("{} got what is no answer: {}", exchange.user, answer.error().what));
            return;
        }
        begin += answer->consumed;
        if (!std::holds_alternative<FetchInbox>(request.body)) continue;
        OrderedFetch ordered{std::numeric_limits<std::uint64_t>::max(), {}};
        ordered.fetch.receiver = exchange.user;
        ordered.fetch.life = exchange.life;
        if (answer->reply) {
            const auto* page = std::get_if<InboxPage>(&*answer->reply);
            if (!page) continue;
            const auto piece = std::find_if(exchange.pieces.begin(), exchange.pieces.end(),
                                            [&](const Piece& candidate) { return candidate.end >= begin; });
            OBROL_CHECK(piece != exchange.pieces.end());
            ordered.order = piece->order;
            ordered.fetch.complete = true;
            ordered.fetch.taken_at = piece->at;
            for (const InboxPage::Sender& sender : page->senders) {
                for (const InboxPage::Message& message : sender.messages)
                    ordered.fetch.messages.push_back({sender.from.name, message.text});
            }
        }
        fetches.push_back(std::move(ordered));
    }
}

Observed History::observed() const {
    Observed result = observed_;
    std::vector<OrderedFetch> fetches;
    for (const auto& [number, exchange] : exchanges_)
        collect_fetches(exchange, fetches, result.complaints);
    std::stable_sort(fetches.begin(), fetches.end(),
                     [](const OrderedFetch& a, const OrderedFetch& b) { return a.order < b.order; });
    for (OrderedFetch& ordered : fetches)
        result.fetches.push_back(std::move(ordered.fetch));
    return result;
}

}  // namespace obrol
