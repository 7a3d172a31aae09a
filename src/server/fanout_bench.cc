// One committed message to many listening connections: fan-out, audiences, rendering, output queues, and one write for
// each connection (DESIGN section 3, steps 7 to 9). The connections are in memory; reading what arrives is counted too.
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"
#include "dialects/registry/registry.h"
#include "server/connection_group.h"
#include "tests/benchmark/benchmarks.h"
#include "tests/support/chat_parts.h"
#include "tests/support/memory_stream.h"

namespace obrol {
namespace {

class ListeningRoom {
  public:
    explicit ListeningRoom(std::size_t members) {
        const DialectKind* const native = registry_.find("native");
        OBROL_CHECK(native);
        for (std::size_t i = 0; i < members; ++i) {
            const std::string name = "u" + std::to_string(i);
            const auto id = parts_.run(parts_.chat.add_user(UserCard{name, name, ""}, "secret", Role::member));
            OBROL_CHECK(id.has_value());
            ids_.push_back(*id);
            auto [near, far] = MemoryStream::make_pair(parts_.executor, {});
            group_.start(*native, std::move(far), parts_.chat.connect("127.0.0.1"));
            streams_.push_back(std::move(near));
            ask(*streams_.back(), "auth " + name + " secret\n");
            ask(*streams_.back(), "listen on\n");
        }
        parts_.bus.subscribe([this](const ConversationAdvanced& advanced) {
            if (!message_) message_ = advanced;
        });
        ask(*streams_.front(), "send u0 " + std::string(64, 'x') + "\n");
        OBROL_CHECK(message_.has_value());
        read_all();
        message_->readers = EntryReaders(std::make_shared<const std::vector<UserId>>(ids_));
    }
    ~ListeningRoom() {
        streams_.clear();
        parts_.run(group_.stop());
        parts_.run(parts_.commits.drain());
    }
    ListeningRoom(const ListeningRoom&) = delete;
    ListeningRoom& operator=(const ListeningRoom&) = delete;

    // `burst` messages in one turn of the loop; returns how many bytes all members together have read.
    std::size_t deliver(std::size_t burst) {
        for (std::size_t i = 0; i < burst; ++i)
            parts_.bus.publish(*message_);
        return read_all();
    }

  private:
    void ask(MemoryStream& stream, std::string request) {
        const iovec whole{request.data(), request.size()};
        OBROL_CHECK(stream.writev({&whole, 1}).bytes == request.size());
        parts_.executor.run_for(std::chrono::milliseconds(5));
        std::array<char, 4096> buffer;
        const IoResult read = stream.read_some(buffer);
        const std::string_view answer(buffer.data(), read.bytes);
        OBROL_CHECK(answer.find("\"OK\"") != std::string_view::npos);
    }
    std::size_t read_all() {
        parts_.executor.run_until_idle();
        std::size_t bytes = 0;
        for (const auto& stream : streams_) {
            for (IoResult read = stream->read_some(scratch_); read.status == IoStatus::ok;
                 read = stream->read_some(scratch_))
                bytes += read.bytes;
        }
        return bytes;
    }

    ChatParts parts_;
    DialectRegistry registry_{DialectLimits{}};
    ConnectionGroup group_{{parts_.executor, parts_.executor, parts_.chat, parts_.logger},
                           0,
                           ServerLimits{},
                           [](const std::string&, bool) {}};
    std::vector<std::unique_ptr<MemoryStream>> streams_;
    std::vector<UserId> ids_;
    std::optional<ConversationAdvanced> message_;
    std::array<char, 64 * 1024> scratch_;
};

void fan_out(benchmark::State& state, std::size_t members, std::size_t burst) {
    const auto room = std::make_unique<ListeningRoom>(members);
    const std::size_t whole = room->deliver(burst);
    OBROL_CHECK(whole > members * burst * 64);
    for (auto _ : state) {
        const std::size_t bytes = room->deliver(burst);
        OBROL_CHECK(bytes == whole);
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(members * burst) * state.iterations());
}

}  // namespace

void add_benchmarks(Benchmarks& all) {
    all.add("fanout/1_of_2_members", 1000, [](benchmark::State& state) { fan_out(state, 2, 1); });
    all.add("fanout/1_of_100_members", 30, [](benchmark::State& state) { fan_out(state, 100, 1); });
    all.add("fanout/100_of_100_members", 5, [](benchmark::State& state) { fan_out(state, 100, 100); });
    all.add("fanout/100_of_1000_members", 2, [](benchmark::State& state) { fan_out(state, 1000, 100); });
    all.add("fanout/1_of_1000_members", 5, [](benchmark::State& state) { fan_out(state, 1000, 1); });
}

}  // namespace obrol
