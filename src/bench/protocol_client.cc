#include "bench/protocol_client.h"

namespace obrol::bench {

Result<std::unique_ptr<Client>> ProtocolLobby::connect(std::uint16_t port, std::size_t number, const Seat&) {
    auto connection = Connection::open(port, number);
    if (!connection) return Failure<Error>(connection.error());
    auto client = std::make_unique<ProtocolClient>(std::move(*connection), protocol_);
    if (auto sent = client->send(); !sent) return Failure<Error>(sent.error());
    return client;
}

ProtocolClient::ProtocolClient(Connection connection, const Protocol& protocol)
    : connection_(std::move(connection)), protocol_(protocol) {
    protocol_.append_login(connection_.client(), connection_.outgoing());
}

void ProtocolClient::say(std::string_view text) {
    protocol_.append_request(connection_.client(), said_, text, connection_.outgoing());
    ++said_;
}

Result<void> ProtocolClient::send() {
    const auto whole = connection_.flush();
    if (!whole) return Failure<Error>(whole.error());
    waits_to_send_ = !*whole;
    return {};
}

Result<void> ProtocolClient::receive(std::vector<char>& scratch, Heard& heard) {
    const auto received = connection_.receive(scratch);
    if (!received) return Failure<Error>(received.error());
    if (received->empty()) return {};
    heard.on_received();
    const auto consumed = logged_in_ ? read_answers(*received, heard) : read_login_answer(*received, heard);
    if (!consumed) return Failure<Error>(consumed.error());
    connection_.consume(*consumed);
    return {};
}

Result<std::size_t> ProtocolClient::read_login_answer(std::string_view received, Heard& heard) {
    const auto count = protocol_.read_login_answer(received);
    if (!count) return Failure<Error>(count.error());
    if (count->answers > 0) {
        logged_in_ = true;
        heard.on_ready();
    }
    return count->consumed;
}

Result<std::size_t> ProtocolClient::read_answers(std::string_view received, Heard& heard) {
    for (std::size_t consumed = 0;;) {
        const auto count = protocol_.count_acknowledgements(received.substr(consumed));
        if (!count) return Failure<Error>(count.error());
        consumed += count->consumed;
        if (count->answers == 0) return consumed;
        for (std::size_t i = 0; i < count->answers; ++i) {
            if (!count->busy) {
                heard.on_acknowledgement();
            } else if (auto refused = heard.on_refusal(count->retry_after); !refused) {
                return Failure<Error>(refused.error());
            }
        }
    }
}

}  // namespace obrol::bench
