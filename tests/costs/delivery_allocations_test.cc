// Delivering a group's message takes as many allocations for ten listening connections as for five hundred: from the
// bytes that the sender wrote to the last listener's write, through core, store, fan-out, rendering and output queues.
#include <array>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"
#include "dialects/registry/registry.h"
#include "server/connection_group.h"
#include "tests/costs/counted_new.h"
#include "tests/support/chat_parts.h"

namespace obrol {
namespace {

// The server's end of a connection whose other end is the test itself. Allocates nothing once `taken` has its room.
class HandStream final : public Stream {
  public:
    explicit HandStream(Executor& executor) : executor_(executor) {}

    // The client says this.
    void feed(std::string_view bytes) {
        incoming_ += bytes;
        wake();
    }
    std::string taken;  // by the client, and not yet forgotten
    std::size_t writes = 0;

    IoResult read_some(std::span<char> into) override {
        if (closed_) return {IoStatus::failed};
        if (incoming_.empty()) return {IoStatus::would_block};
        const std::size_t size = incoming_.copy(into.data(), into.size());
        incoming_.erase(0, size);
        return {IoStatus::ok, size};
    }
    IoResult writev(std::span<const iovec> buffers) override {
        if (closed_) return {IoStatus::closed};
        ++writes;
        std::size_t size = 0;
        for (const iovec& buffer : buffers) {
            taken.append(static_cast<const char*>(buffer.iov_base), buffer.iov_len);
            size += buffer.iov_len;
        }
        return {IoStatus::ok, size};
    }
    void shutdown_write() override {}
    void close() override {
        closed_ = true;
        wake();
    }
    std::string peer_host() const override { return "127.0.0.1"; }

  private:
    bool readable() const override { return closed_ || !incoming_.empty(); }
    bool writable() const override { return true; }
    void want_readable() override {}
    void want_writable() override {}
    void change_owner(Executor&) override {}
    void wake() {
        executor_.post([this, here = std::weak_ptr(here_)] {
            if (!here.expired()) resume_reader();
        });
    }

    Executor& executor_;
    std::string incoming_;
    bool closed_ = false;
    std::shared_ptr<const char> here_ = std::make_shared<const char>();
};

// A group whose members all listen but for one, who writes.
class Room {
  public:
    explicit Room(std::size_t listeners) {
        writer_ = come_in("writer");
        const std::string made = ask(*writer_, "creategroup room\n");
        constexpr std::string_view before_code = "\"code\":\"";
        const std::size_t at = made.find(before_code);
        OBROL_CHECK(at != std::string::npos);
        const std::size_t begin = at + before_code.size();
        const std::string code = made.substr(begin, made.find('"', begin) - begin);
        for (std::size_t i = 0; i < listeners; ++i) {
            listeners_.push_back(come_in("u" + std::to_string(i)));
            ask(*listeners_.back(), "joingroup " + code + "\n");
        }
        for (HandStream* listener : listeners_)
            ask(*listener, "listen on\n");
    }
    ~Room() {
        parts_.run(group_.stop());
        parts_.run(parts_.commits.drain());
    }
    Room(const Room&) = delete;
    Room& operator=(const Room&) = delete;

    // How many allocations so many messages cost that the writer sends together, `rounds` times.
    std::uint64_t deliver(std::size_t rounds, std::size_t messages) {
        std::string requests;
        for (std::size_t i = 0; i < messages; ++i)
            requests += "sendgroup room " + text + "\n";
        std::uint64_t count = 0;
        for (std::size_t round = 0; round < rounds; ++round) {
            for (HandStream* listener : listeners_)
                forget(*listener);
            forget(*writer_);
            const std::uint64_t before = allocations();
            writer_->feed(requests);
            parts_.executor.run_until_idle();
            count += allocations() - before;
            EXPECT_EQ(times(writer_->taken, "\"OK\""), messages);
            for (const HandStream* listener : listeners_) {
                EXPECT_EQ(times(listener->taken, text), messages);
                EXPECT_EQ(listener->writes, 1u);
            }
        }
        return count;
    }

  private:
    static constexpr std::size_t stream_room = 32 * 1024;
    const std::string text = "selamat pagi semuanya";

    static std::size_t times(std::string_view whole, std::string_view part) {
        std::size_t count = 0;
        for (std::size_t at = 0; (at = whole.find(part, at)) != std::string_view::npos; at += part.size())
            ++count;
        return count;
    }
    static void forget(HandStream& stream) {
        stream.taken.clear();
        stream.writes = 0;
    }

    HandStream* come_in(const std::string& name) {
        parts_.add_user(name);
        auto stream = std::make_unique<HandStream>(parts_.executor);
        stream->taken.reserve(stream_room);
        HandStream* const here = stream.get();
        group_.start(*registry_.find("native"), std::move(stream), parts_.chat.connect("127.0.0.1"));
        ask(*here, "auth " + name + " secret\n");
        return here;
    }
    std::string ask(HandStream& stream, std::string_view request) {
        forget(stream);
        stream.feed(request);
        parts_.executor.run_for(std::chrono::milliseconds(5));
        OBROL_CHECK(stream.taken.find("\"OK\"") != std::string::npos);
        return stream.taken;
    }

    ChatParts parts_;
    DialectRegistry registry_{DialectLimits{}};
    ConnectionGroup group_{{parts_.executor, parts_.executor, parts_.chat, parts_.logger},
                           0,
                           ServerLimits{},
                           [](const std::string&, bool) {}};
    HandStream* writer_ = nullptr;
    std::vector<HandStream*> listeners_;
};

constexpr std::size_t rounds = 20;

// Of `messages` together, in each of the rounds, when everything that is kept between them is there.
std::uint64_t allocations_for(std::size_t listeners, std::size_t messages) {
    const auto room = std::make_unique<Room>(listeners);
    room->deliver(rounds, messages);
    return room->deliver(rounds, messages);
}

TEST(DeliveryAllocations, AreAsManyForTenListenersAsForFiveHundred) {
    for (const std::size_t messages : {1u, 20u}) {
        const std::uint64_t few = allocations_for(10, messages);
        const std::uint64_t many = allocations_for(500, messages);
        EXPECT_GT(few, rounds) << "they are counted";
        // Containers that grow do so now and then, and so does the queue of an executor's turns, of which a crowd takes
        // some more; one allocation for each listener would be 9,800.
        EXPECT_LT(many, few + 2 * rounds) << messages << " together";
    }
}

}  // namespace
}  // namespace obrol
