#include "server/connection_group.h"

#include <algorithm>

#include "io/next_turn.h"
#include "io/timer.h"
#include "server/connection.h"
#include "server/event_audience.h"

namespace obrol {

ConnectionGroup::ConnectionGroup(Parts parts, std::uint32_t number, ServerLimits limits,
                                 OnConnectionEnd on_connection_end)
    : parts_(std::move(parts)),
      number_(number),
      limits_(limits),
      on_connection_end_(std::move(on_connection_end)),
      closed_for_memory_(parts_.executor,
                         [this](std::size_t times) {
                             parts_.logger.warning(
                                 "the buffers of connections hold more than limits.memory_bytes_max: {} closed", times);
                         }),
      read_buffer_(new std::array<char, read_buffer_bytes>) {}

ConnectionGroup::~ConnectionGroup() = default;

void ConnectionGroup::start(const DialectKind& kind, std::unique_ptr<Stream> stream, std::unique_ptr<Client> client,
                            Plaintext plaintext) {
    if (parts_.executor.is_current()) return start_here(kind, std::move(stream), std::move(client), plaintext);
    parts_.executor.post([this, &kind, stream = std::move(stream), client = std::move(client), plaintext]() mutable {
        start_here(kind, std::move(stream), std::move(client), plaintext);
    });
}

void ConnectionGroup::start_here(const DialectKind& kind, std::unique_ptr<Stream> stream,
                                 std::unique_ptr<Client> client, Plaintext plaintext) {
    auto connection = std::make_unique<Connection>(*this, kind, std::move(stream), std::move(client), plaintext);
    Connection& started = *connection;
    // A connection that slipped in while the group was stopping goes the same way as the others.
    if (stopping_) started.stop();
    gate_.spawn(Connection::serve(std::move(connection), std::nullopt));
}

void ConnectionGroup::refuse(const DialectKind& kind, std::unique_ptr<Stream> stream, ChatError why) {
    if (parts_.executor.is_current()) return refuse_here(kind, std::move(stream), why);
    parts_.executor.post(
        [this, &kind, stream = std::move(stream), why]() mutable { refuse_here(kind, std::move(stream), why); });
}

void ConnectionGroup::refuse_here(const DialectKind& kind, std::unique_ptr<Stream> stream, ChatError why) {
    auto connection = std::make_unique<Connection>(*this, kind, std::move(stream), nullptr, Plaintext::taken);
    gate_.spawn(Connection::serve(std::move(connection), why));
}

Task<void> ConnectionGroup::stop() {
    co_await parts_.executor.enter();
    stopping_ = true;
    closed_for_memory_.stop();
    for (Connection* connection = first_; connection;) {
        Connection* next = connection->next_;
        connection->stop();
        connection = next;
    }
    Timer deadline(parts_.executor);
    deadline.start_after(limits_.shutdown_grace, [this] {
        for (Connection* connection = first_; connection;) {
            Connection* next = connection->next_;
            connection->abort();
            connection = next;
        }
    });
    co_await gate_.close();
    deadline.cancel();
    // The end of a turn that is expected would not find the group any more.
    while (turn_will_end_)
        co_await NextTurn{parts_.executor};
    co_await parts_.core_executor.enter();
}

void ConnectionGroup::set_limits(const ServerLimits& limits) {
    if (parts_.executor.is_current()) {
        limits_ = limits;
    } else {
        parts_.executor.post([this, limits] { limits_ = limits; });
    }
}

void ConnectionGroup::let_handshakes_begin() {
    for (std::size_t begun = 0; begun < handshakes_per_turn && !handshakes_.empty(); ++begun) {
        const std::coroutine_handle<> next = handshakes_.front();
        handshakes_.pop_front();
        next.resume();
    }
    if (!handshakes_.empty()) parts_.executor.post([this] { let_handshakes_begin(); });
}

void ConnectionGroup::at_turn_end(Connection& connection) {
    if (connection.has_turn_) return;
    expect_turn_end();
    connection.turn_place_ = turn_.add(connection);
    connection.has_turn_ = true;
}

void ConnectionGroup::expect_turn_end() {
    if (turn_will_end_) return;
    parts_.executor.at_end_of_turn([this] { end_turn(); });
    turn_will_end_ = true;
}

// Of a crowd a part only, then what has arrived meanwhile: requests that wait for the end of a crowd's turn are stored
// that much later. At least a quarter of what is left, so that even of ten thousand the last one waits for some twenty
// turns only.
void ConnectionGroup::end_turn() {
    write_to(is_short_of_memory() ? turn_.size() : std::max(writes_per_turn_min, turn_.size() / 4));
    turn_will_end_ = !turn_.empty();
    if (!turn_will_end_) return;
    parts_.executor.post([this] {
        // Behind what the next turn has to do in its end, such as beginning a commit.
        parts_.executor.at_end_of_turn([this] { parts_.executor.at_end_of_turn([this] { end_turn(); }); });
    });
}

void ConnectionGroup::write_to(std::size_t connections) {
    // Ending one connection's turn can add to the queue.
    for (; connections > 0 && !turn_.empty(); --connections) {
        Connection* const connection = turn_.next();
        if (!connection) continue;
        connection->has_turn_ = false;
        connection->end_turn();
    }
    for (const auto& [key, audience] : audiences_)
        audience->end_turn();
}

std::size_t ConnectionGroup::unanswered_max() const {
    if (is_short_of_memory()) return 1;
    const std::size_t together_max = limits_.unanswered_together_max;
    if (unanswered_.requests() < together_max) return limits_.unanswered_max;
    // Who came first may have more than his part until it is answered; all who come later on top of that is too much.
    if (unanswered_.requests() >= together_max + together_max / 4) return 1;
    return std::min(limits_.unanswered_max, unanswered_.part_of(together_max));
}

void ConnectionGroup::check_memory() {
    if (will_free_memory_ || buffers_.bytes() <= limits_.memory_bytes_max) return;
    will_free_memory_ = true;
    parts_.executor.at_end_of_turn([this] { free_memory(); });
}

void ConnectionGroup::free_memory() {
    will_free_memory_ = false;
    // What somebody holds who has not had his turn says nothing about him.
    write_to(turn_.size());
    if (buffers_.bytes() <= limits_.memory_bytes_max) return;
    struct Holder {
        Connection* connection;
        bool stuck;
        std::size_t bytes;
    };
    // Down to a little below the limit, so that the next byte does not do this again.
    const std::size_t target = limits_.memory_bytes_max / 8 * 7;
    const MonotonicTime now = parts_.executor.clock().monotonic_now();
    std::vector<Holder> holders;
    for (Connection* connection = first_; connection; connection = connection->next_) {
        if (const std::size_t bytes = connection->held_bytes(); bytes > 0)
            holders.push_back({connection, connection->is_stuck(now), bytes});
    }
    std::stable_sort(holders.begin(), holders.end(),
                     [](const Holder& a, const Holder& b) { return a.stuck != b.stuck ? a.stuck : a.bytes > b.bytes; });
    std::size_t closed = 0;
    for (const Holder& holder : holders) {
        if (buffers_.bytes() <= target) break;
        holder.connection->give_up();
        ++closed;
    }
    if (closed > 0) closed_for_memory_.note(closed);
}

void ConnectionGroup::confirm(const std::vector<std::uint64_t>& reservations) {
    if (reservations.empty()) return;
    if (parts_.core_executor.is_current()) {
        for (const std::uint64_t reservation : reservations)
            parts_.chat.confirm_inbox(reservation);
    } else {
        parts_.core_executor.post([&chat = parts_.chat, reservations] {
            for (const std::uint64_t reservation : reservations)
                chat.confirm_inbox(reservation);
        });
    }
}

void ConnectionGroup::release(std::uint64_t reservation) {
    if (reservation == 0) return;
    if (parts_.core_executor.is_current()) {
        parts_.chat.release_inbox(reservation);
    } else {
        parts_.core_executor.post([&chat = parts_.chat, reservation] { chat.release_inbox(reservation); });
    }
}

EventAudience& ConnectionGroup::audience(const DialectKind& kind, EncoderVariant variant) {
    auto& place = audiences_[{&kind, variant}];
    if (!place) {
        const std::uint32_t order = number_ << 16 | static_cast<std::uint32_t>(audiences_.size());
        place = std::make_unique<EventAudience>(*this, kind, variant, order);
    }
    return *place;
}

// An id is a place and how often it was given away, so that an event for a listener that left never reaches another.
ListenerId ConnectionGroup::add_listener(Connection& connection) {
    if (free_listening_.empty()) {
        free_listening_.push_back(static_cast<std::uint32_t>(listening_.size()));
        listening_.emplace_back();
    }
    const std::uint32_t place = free_listening_.back();
    free_listening_.pop_back();
    listening_[place].connection = &connection;
    return ListenerId{++listening_[place].generation} << 32 | place;
}

void ConnectionGroup::remove_listener(ListenerId id) {
    const auto place = static_cast<std::uint32_t>(id);
    listening_[place].connection = nullptr;
    free_listening_.push_back(place);
}

Connection* ConnectionGroup::listener(ListenerId id) const {
    const Listening& found = listening_[static_cast<std::uint32_t>(id)];
    return found.generation == id >> 32 ? found.connection : nullptr;
}

}  // namespace obrol
