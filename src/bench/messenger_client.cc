#include "bench/messenger_client.h"

namespace obrol::bench {

Result<std::unique_ptr<MessengerClient>> MessengerClient::begin(std::uint16_t port, std::size_t number,
                                                                std::unique_ptr<Messenger> messenger) {
    auto connection = Connection::begin_open(port, number);
    if (!connection) return Failure<Error>(connection.error());
    return std::make_unique<MessengerClient>(std::move(*connection), std::move(messenger));
}

Result<std::unique_ptr<Client>> MessengerLobby::connect(std::uint16_t port, std::size_t number, const Seat& seat) {
    return MessengerClient::begin(port, number, this->seat(seat));
}

Result<void> MessengerClient::send() {
    if (!stands_) {
        if (auto opened = connection_.has_opened(); !opened) return opened;
        stands_ = true;
        messenger_->begin(words());
    }
    const auto whole = connection_.flush();
    if (!whole) return Failure<Error>(whole.error());
    // One piece in a turn, so that everybody's have theirs.
    const bool goes_on = *whole && messenger_->append_piece(words());
    waits_to_send_ = !*whole || goes_on;
    return {};
}

Result<void> MessengerClient::receive(std::vector<char>& scratch, Heard& heard) {
    if (!stands_) return connection_.has_opened();  // the refusal, if it was refused
    const auto received = connection_.receive(scratch);
    if (!received) return Failure<Error>(received.error());
    if (received->empty()) return {};
    heard.on_received();
    const auto consumed = messenger_->read(*received, words(), heard);
    if (!consumed) return Failure<Error>(consumed.error());
    connection_.consume(*consumed);
    return {};
}

}  // namespace obrol::bench
