// Connection: from its first moment until the client is listened to.
#include <string>
#include <utility>

#include "base/check.h"
#include "io/secure_channel.h"
#include "server/connection_state.h"

namespace obrol {
namespace {

// The kind of record that a handshake begins with (RFC 8446 section 5.1). No request of a dialect begins so.
constexpr char tls_first_byte = 0x16;

}  // namespace

// Until it is this connection's turn to begin its handshake.
class Connection::HandshakeTurn {
  public:
    explicit HandshakeTurn(ConnectionGroup& group) : group_(group) {}
    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> waiting) {
        if (group_.handshakes_.empty())
            group_.parts_.executor.post([&group = group_] { group.let_handshakes_begin(); });
        group_.handshakes_.push_back(waiting);
    }
    void await_resume() const {}

  private:
    ConnectionGroup& group_;
};

void Connection::welcome() {
    const Duration delay = kind_.greeting_delay();
    if (delay > Duration(0)) return greet_later(delay);
    greet();
}

void Connection::greet_later(Duration delay) {
    greeting_timer_ = std::make_unique<Timer>(group_.parts_.executor);
    greeting_timer_->start_after(delay, [this] { greet(); });
}

void Connection::greet() {
    greeting_timer_.reset();
    contain([this] {
        std::string greeting;
        dialect_->greet(greeting);
        if (!greeting.empty()) {
            busy();
            output_.tail() += greeting;
            group_.at_turn_end(*this);
        }
        update_listening();
    });
}

// Nothing is under way: what the client hears is this, and the end.
void Connection::turn_away(ChatError why) {
    contain([&] {
        busy();
        dialect_->encode_refusal(why, output_.tail());
        group_.at_turn_end(*this);
        drain();
    });
}

// True: they are no request.
bool Connection::take_first_bytes(std::string_view input) {
    // While a greeting is being written, its stream cannot be replaced: whoever gets it would not understand it anyway.
    if (input.front() == tls_first_byte && group_.parts_.secure && !busy_) {
        stream_ = group_.parts_.secure->server_end(std::move(stream_), std::string(input));
        state_ = State::shaking_hands;
        busy();
        account();
        return true;
    }
    if (plaintext_ == Plaintext::taken) return false;
    turn_away(ChatError::tls_needed);
    return true;
}

Task<void> Connection::shake_hands(Connection& self) {
    auto& stream = static_cast<SecureStream&>(*self.stream_);
    self.busy_->timer.start_after(self.group_.limits_.handshake_max,
                                  [&self] { self.fail("its handshake does not come to an end"); });
    co_await HandshakeTurn(self.group_);
    const Result<void> done = co_await stream.handshake();
    if (self.state_ == State::dead) co_return;
    self.busy_->timer.cancel();
    self.account();
    if (!done) {
        self.fail(done.error().what);
    } else if (stream.alpn() == peer_alpn) {
        self.is_link_ = true;
        self.state_ = State::dead;
    } else {
        self.state_ = State::open;
        self.welcome();
        // Frees what the handshake needed.
        self.group_.at_turn_end(self);
    }
}

// It belongs to core's executor then.
std::unique_ptr<SecureStream> Connection::take_link() {
    if (!is_link_ || !group_.parts_.on_link) return nullptr;
    std::unique_ptr<SecureStream> link(static_cast<SecureStream*>(stream_.release()));
    link->move_to(group_.parts_.core_executor);
    return link;
}

}  // namespace obrol
