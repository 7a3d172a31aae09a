// A connection writes once in a turn of the loop, whatever the turn has brought it: a server on an event loop, real
// sockets, and every system call that sends something counted for each descriptor and turn.
#include <algorithm>
#include <array>
#include <chrono>
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <netinet/in.h>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "dialects/registry/registry.h"
#include "io/event_loop.h"
#include "io/socket_network.h"
#include "io/socket_stream.h"
#include "server/chat_server.h"
#include "tests/support/looped_chat.h"

namespace {

// One system call.
struct Sent {
    int descriptor;
    std::size_t turn;
};

// All on one thread.
bool noting = false;
std::size_t turns = 0;
std::vector<Sent> sent;

template <class Call>
Call* next_of(const char* name) {
    return reinterpret_cast<Call*>(::dlsym(RTLD_NEXT, name));
}

template <class Result>
Result noted(int descriptor, Result result) {
    if (noting) sent.push_back({descriptor, turns});
    return result;
}

}  // namespace

// In the place of the C library's, for everything that is linked into this program.
extern "C" {

int epoll_wait(int descriptor, epoll_event* events, int events_max, int limit_ms) {
    static auto* const real = next_of<decltype(epoll_wait)>("epoll_wait");
    ++turns;
    return real(descriptor, events, events_max, limit_ms);
}
ssize_t send(int descriptor, const void* bytes, std::size_t size, int flags) {
    static auto* const real = next_of<decltype(send)>("send");
    return noted(descriptor, real(descriptor, bytes, size, flags));
}
ssize_t sendmsg(int descriptor, const msghdr* message, int flags) {
    static auto* const real = next_of<decltype(sendmsg)>("sendmsg");
    return noted(descriptor, real(descriptor, message, flags));
}
ssize_t write(int descriptor, const void* bytes, std::size_t size) {
    static auto* const real = next_of<decltype(write)>("write");
    return noted(descriptor, real(descriptor, bytes, size));
}
ssize_t writev(int descriptor, const iovec* buffers, int count) {
    static auto* const real = next_of<decltype(writev)>("writev");
    return noted(descriptor, real(descriptor, buffers, count));
}

}  // extern "C"

namespace obrol {
namespace {

constexpr std::string_view answer_end = "\r\n\r\n";

class Visitor {
  public:
    explicit Visitor(std::unique_ptr<Stream> stream) : stream_(std::move(stream)) {}

    int descriptor() const { return dynamic_cast<SocketStream&>(*stream_).descriptor(); }
    // All of it fits into the socket's buffer.
    void say(std::string_view bytes) {
        const iovec buffer{const_cast<char*>(bytes.data()), bytes.size()};
        EXPECT_EQ(stream_->writev({&buffer, 1}).bytes, bytes.size());
    }
    // So many answers and events.
    static Task<std::vector<std::string>> hear(Visitor& self, std::size_t count) {
        std::vector<std::string> heard;
        while (heard.size() < count) {
            const std::size_t end = self.received_.find(answer_end);
            if (end != std::string::npos) {
                heard.push_back(self.received_.substr(0, end));
                self.received_.erase(0, end + answer_end.size());
                continue;
            }
            std::array<char, 64 * 1024> buffer;
            const IoResult read = self.stream_->read_some(buffer);
            if (read.status == IoStatus::would_block) {
                co_await self.stream_->wait_readable();
            } else if (read.status == IoStatus::ok) {
                self.received_.append(buffer.data(), read.bytes);
            } else {
                ADD_FAILURE() << "the connection ended";
                break;
            }
        }
        co_return heard;
    }
    bool has_heard_more() {
        char byte;
        return !received_.empty() || stream_->read_some({&byte, 1}).status != IoStatus::would_block;
    }

  private:
    std::unique_ptr<Stream> stream_;
    std::string received_;
};

std::uint16_t port_of(int descriptor, decltype(::getsockname)* name) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    EXPECT_EQ(name(descriptor, reinterpret_cast<sockaddr*>(&address), &size), 0);
    return address.sin_port;
}

// How often the server's end of each visitor's connection has sent something, turn by turn.
std::map<std::size_t, std::vector<std::size_t>> writes_to(const std::vector<std::unique_ptr<Visitor>>& visitors) {
    std::map<std::size_t, std::vector<std::size_t>> writes;
    for (std::size_t i = 0; i < visitors.size(); ++i) {
        const std::uint16_t port = port_of(visitors[i]->descriptor(), ::getsockname);
        std::map<std::size_t, std::size_t> of_turn;
        for (const Sent& one : sent) {
            const bool is_visitors = std::ranges::any_of(
                visitors, [&](const auto& visitor) { return visitor->descriptor() == one.descriptor; });
            if (!is_visitors && port_of(one.descriptor, ::getpeername) == port) ++of_turn[one.turn];
        }
        for (const auto& [turn, count] : of_turn)
            writes[i].push_back(count);
    }
    return writes;
}

struct TurnWritesTest : testing::Test {
    SystemClock clock;
    EventLoop loop{clock};
    SocketNetwork network{loop};
    LoopedChat parts{loop};
    DialectRegistry registry{DialectLimits{}};
    ChatServer server{{loop, network, parts.chat, parts.logger, {&loop}}, {}};
    std::vector<std::unique_ptr<Visitor>> visitors;

    // The answers to one request of each of them.
    static Task<std::string> ask(Visitor& visitor, std::string request) {
        visitor.say(request);
        auto hearing = Visitor::hear(visitor, 1);
        const std::vector<std::string> heard = co_await std::move(hearing);
        const std::string answer = heard.empty() ? "" : heard.front();
        EXPECT_NE(answer.find("\"OK\""), std::string::npos) << request << answer;
        co_return answer;
    }
    // So many members of a group, all of whom listen.
    static Task<void> bring_in(TurnWritesTest& self, std::size_t members) {
        const Result<Endpoint> bound = self.server.listen(*self.registry.find("native"), {"127.0.0.1", 0});
        std::string code;
        for (std::size_t i = 0; i < members; ++i) {
            const std::string name = "u" + std::to_string(i);
            UserCard card{name, name, ""};
            const auto added = co_await self.parts.chat.add_user(std::move(card), "secret", Role::member);
            EXPECT_TRUE(added.has_value());
            Result<std::unique_ptr<Stream>> stream = co_await self.network.connect(*bound, std::chrono::seconds(5));
            self.visitors.push_back(std::make_unique<Visitor>(std::move(*stream)));
            Visitor& visitor = *self.visitors.back();
            co_await ask(visitor, "auth " + name + " secret\n");
            if (i == 0) {
                const std::string made = co_await ask(visitor, "creategroup room\n");
                const std::string_view before_code = "\"code\":\"";
                const std::size_t begin = made.find(before_code) + before_code.size();
                code = made.substr(begin, made.find('"', begin) - begin);
            } else {
                co_await ask(visitor, "joingroup " + code + "\n");
            }
        }
        for (const auto& visitor : self.visitors)
            co_await ask(*visitor, "listen on\n");
    }
    // Two of them write so many messages each, in one piece; everybody hears all of them, those two their answers too.
    static Task<void> talk(TurnWritesTest& self, std::size_t messages) {
        std::string requests;
        for (std::size_t i = 0; i < messages; ++i)
            requests += "sendgroup room halo\n";
        sent.clear();
        noting = true;
        for (const std::size_t writer : {0u, 1u})
            self.visitors[writer]->say(requests);
        for (std::size_t i = 0; i < self.visitors.size(); ++i) {
            const std::size_t answers = i < 2 ? messages : 0;
            auto hearing = Visitor::hear(*self.visitors[i], answers + 2 * messages);
            const std::vector<std::string> heard = co_await std::move(hearing);
            const auto is_event = [](const std::string& words) { return words.starts_with("{\"event\":\"message\""); };
            EXPECT_EQ(static_cast<std::size_t>(std::ranges::count_if(heard, is_event)), 2 * messages);
            EXPECT_FALSE(self.visitors[i]->has_heard_more());
        }
        noting = false;
    }
    static Task<void> play(TurnWritesTest& self) {
        co_await bring_in(self, 4);
        co_await talk(self, 1);  // what is made with the first message
        co_await talk(self, 20);
        const auto writes = writes_to(self.visitors);
        EXPECT_EQ(writes.size(), 4u);
        for (const auto& [visitor, in_turns] : writes) {
            EXPECT_EQ(in_turns, std::vector<std::size_t>{1}) << "visitor " << visitor;
        }
        co_await end(self);
    }
    // As each member is written to once, the turns that it takes are counted.
    static Task<void> play_before_a_crowd(TurnWritesTest& self) {
        co_await bring_in(self, 70);
        co_await talk(self, 1);
        co_await talk(self, 1);
        std::map<std::size_t, std::set<int>> written_in;
        for (const Sent& one : sent) {
            const bool is_visitors = std::ranges::any_of(
                self.visitors, [&](const auto& visitor) { return visitor->descriptor() == one.descriptor; });
            sockaddr_in address{};
            socklen_t size = sizeof address;
            const bool is_connection = ::getpeername(one.descriptor, reinterpret_cast<sockaddr*>(&address), &size) == 0;
            if (!is_visitors && is_connection) written_in[one.turn].insert(one.descriptor);
        }
        EXPECT_GE(written_in.size(), 3u);
        for (const auto& [turn, descriptors] : written_in)
            EXPECT_LE(descriptors.size(), 32u) << "before the loop looks at what has arrived meanwhile";
        co_await end(self);
    }
    static Task<void> end(TurnWritesTest& self) {
        self.visitors.clear();
        co_await self.server.stop();
        co_await self.parts.commits.drain();
        self.loop.stop();
    }
    void run(Task<void> (*played)(TurnWritesTest&)) {
        Gate gate("test");
        loop.post([&] { gate.spawn(played(*this)); });
        loop.run();
        EXPECT_EQ(gate.running(), 0u);
    }
};

TEST_F(TurnWritesTest, AnswersAndEventsOfOneTurnAreOneWrite) {
    run(play);
}

TEST_F(TurnWritesTest, ACrowdIsWrittenToInSeveralTurns) {
    run(play_before_a_crowd);
}

}  // namespace
}  // namespace obrol
