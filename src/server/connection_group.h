// The connections of one I/O thread and what they share: the read buffer, the end of the turn, the audiences.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "base/log.h"
#include "core/audience.h"
#include "core/chat.h"
#include "dialects/dialect.h"
#include "io/executor.h"
#include "io/stream.h"
#include "io/task.h"
#include "server/limits.h"

namespace obrol {

class Connection;
class EventAudience;

class ConnectionGroup {
  public:
    // All of them must outlive the group.
    struct Parts {
        Executor& executor;  // of the connections
        Executor& core_executor;
        Chat& chat;
        Logger& logger;
    };

    // `number` orders the audiences of several groups. `on_connection_end` is called on core's thread after a
    // connection and its Client are gone. Made and destroyed while the executor does not run or on its thread.
    ConnectionGroup(Parts parts, std::uint32_t number, ServerLimits limits, std::function<void()> on_connection_end);
    ~ConnectionGroup();
    ConnectionGroup(const ConnectionGroup&) = delete;
    ConnectionGroup& operator=(const ConnectionGroup&) = delete;

    Executor& executor() const { return parts_.executor; }

    // From core's thread; `stream` belongs to executor(). `kind` must outlive the group.
    void start(const DialectKind& kind, std::unique_ptr<Stream> stream, std::unique_ptr<Client> client);
    // Ends every connection: requests under way are answered and written, as long as shutdown_grace lasts. From core's
    // thread, to which it comes back.
    Task<void> stop();
    // Holds for the connections that exist, too. From core's thread.
    void set_limits(const ServerLimits& limits);

  private:
    friend class Connection;
    friend class EventAudience;

    struct Listening {
        Connection* connection = nullptr;
        std::uint32_t generation = 0;
    };

    void start_here(const DialectKind& kind, std::unique_ptr<Stream> stream, std::unique_ptr<Client> client);
    void at_turn_end(Connection& connection);
    void end_turn();
    // What became of an inbox reservation: the kernel took the whole answer, or nobody will.
    void confirm(const std::vector<std::uint64_t>& reservations);
    void release(std::uint64_t reservation);
    EventAudience& audience(const DialectKind& kind, EncoderVariant variant);
    ListenerId add_listener(Connection& connection);
    void remove_listener(ListenerId id);
    Connection* listener(ListenerId id) const;

    static constexpr std::size_t read_buffer_bytes = 64 * 1024;

    Parts parts_;
    std::uint32_t number_;
    ServerLimits limits_;
    std::function<void()> on_connection_end_;
    Gate gate_{"connections"};
    bool stopping_ = false;
    Connection* first_ = nullptr;
    std::unique_ptr<std::array<char, read_buffer_bytes>> read_buffer_;
    std::vector<std::uint64_t> taken_marks_;  // scratch of the connection that is writing
    std::vector<Connection*> turn_;           // those with something to do at the end of the turn; null: gone meanwhile
    std::map<std::pair<const DialectKind*, EncoderVariant>, std::unique_ptr<EventAudience>> audiences_;
    std::vector<Listening> listening_;
    std::vector<std::uint32_t> free_listening_;
};

}  // namespace obrol
