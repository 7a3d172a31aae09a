#include "tests/sim/network_host.h"

#include <coroutine>
#include <deque>
#include <fmt/core.h>

#include "io/timer.h"
#include "tests/sim/network_connection.h"

namespace obrol {

// A listener's state, which its connections on the way in may outlive.
class SimulatedNetwork::Door {
  public:
    explicit Door(Endpoint at) : at_(std::move(at)) {}

    const Endpoint& at() const { return at_; }
    bool is_closed() const { return closed_; }
    void arrived(std::unique_ptr<Stream> stream) {
        waiting_.push_back(std::move(stream));
        wake();
    }
    void close() {
        closed_ = true;
        waiting_.clear();
        wake();
    }
    // Resumes when somebody waits to be let in, or when the door is closed.
    auto someone() {
        struct Someone {
            Door& door;
            bool await_ready() const { return door.closed_ || !door.waiting_.empty(); }
            void await_suspend(std::coroutine_handle<> acceptor) { door.acceptor_ = acceptor; }
            void await_resume() const {}
        };
        return Someone{*this};
    }
    std::unique_ptr<Stream> take() {
        std::unique_ptr<Stream> stream = std::move(waiting_.front());
        waiting_.pop_front();
        return stream;
    }

  private:
    void wake() {
        if (acceptor_) std::exchange(acceptor_, {}).resume();
    }

    Endpoint at_;
    bool closed_ = false;
    std::deque<std::unique_ptr<Stream>> waiting_;
    std::coroutine_handle<> acceptor_;
};

class SimulatedNetwork::Host::OpenDoor final : public Listener {
  public:
    OpenDoor(Host& host, std::shared_ptr<Door> door) : host_(host), door_(std::move(door)) {}
    ~OpenDoor() override { close(); }

    Task<Result<std::unique_ptr<Stream>>> accept(Executor&) override { return accept_at(door_); }
    Endpoint local() const override { return door_->at(); }
    bool is_closed() const override { return door_->is_closed(); }
    void close() override {
        if (door_->is_closed()) return;
        host_.doors_.erase(door_->at().port);
        door_->close();
    }

  private:
    static Task<Result<std::unique_ptr<Stream>>> accept_at(std::shared_ptr<Door> door) {
        co_await door->someone();
        if (door->is_closed()) co_return fail("the listener is closed");
        co_return door->take();
    }

    Host& host_;
    std::shared_ptr<Door> door_;
};

Result<std::unique_ptr<Listener>> SimulatedNetwork::Host::listen(const Endpoint& at) {
    Endpoint bound{name_, at.port};
    while (bound.port == 0) {
        if (!doors_.contains(next_port_)) bound.port = next_port_;
        ++next_port_;
    }
    if (doors_.contains(bound.port))
        return fail(fmt::format("cannot listen on {}: Address already in use", to_string(bound)));
    auto door = std::make_shared<Door>(bound);
    doors_.emplace(bound.port, door);
    return std::make_unique<OpenDoor>(*this, std::move(door));
}

Task<Result<std::unique_ptr<Stream>>> SimulatedNetwork::Host::connect_from(SimulatedNetwork& network, std::string from,
                                                                           Endpoint to, Duration timeout) {
    to.host = network.name_of(std::move(to.host));
    const Duration there = network.draw_latency(from, to.host);
    const Duration back = network.draw_latency(from, to.host);
    if (network.link(from, to.host).is_split || there + back > timeout) {
        co_await sleep_for(network.executor_, timeout);
        co_return fail(fmt::format("cannot connect to {}: Connection timed out", to_string(to)));
    }
    co_await sleep_for(network.executor_, there);
    const auto host = network.hosts_.find(to.host);
    const std::shared_ptr<Door> door = host == network.hosts_.end() ? nullptr : host->second->door(to.port);
    std::unique_ptr<Stream> stream;
    if (door) {
        const std::shared_ptr<Connection> connection = network.open(from, to.host);
        stream = std::make_unique<End>(connection, 0);
        door->arrived(std::make_unique<End>(connection, 1));
    }
    co_await sleep_for(network.executor_, back);
    if (!stream) co_return fail(fmt::format("cannot connect to {}: Connection refused", to_string(to)));
    co_return stream;
}

void SimulatedNetwork::Host::crash() {
    for (const auto& [port, door] : std::exchange(doors_, {}))
        door->close();
}

}  // namespace obrol
