// The connections of one I/O thread and what they share: the read buffer, the end of the turn, the audiences.
#pragma once

#include <array>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "core/audience.h"
#include "core/chat.h"
#include "dialects/dialect.h"
#include "io/executor.h"
#include "io/paced_log.h"
#include "io/secure_channel.h"
#include "io/stream.h"
#include "io/task.h"
#include "server/buffer_bytes.h"
#include "server/limits.h"
#include "server/plaintext.h"
#include "server/turn_queue.h"
#include "server/unanswered_requests.h"

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
        // Null: nothing is taken for the beginning of an encrypted connection.
        SecureChannel* secure = nullptr;
        // Where connections of other servers go, their handshake done; called on core's thread, to whose executor
        // `link` belongs. Empty: they are closed.
        std::function<void(std::unique_ptr<SecureStream> link)> on_link = {};
    };

    // Called on core's thread after a connection and its Client are gone: the address of its other side, and whether it
    // was served or refused.
    using OnConnectionEnd = std::function<void(const std::string& host, bool was_served)>;

    // `number` orders the audiences of several groups; of `limits` those of single connections hold here, and
    // memory_bytes_max is this group's part. Made and destroyed while the executor does not run or on its thread.
    ConnectionGroup(Parts parts, std::uint32_t number, ServerLimits limits, OnConnectionEnd on_connection_end);
    ~ConnectionGroup();
    ConnectionGroup(const ConnectionGroup&) = delete;
    ConnectionGroup& operator=(const ConnectionGroup&) = delete;

    Executor& executor() const { return parts_.executor; }

    // From core's thread; `stream` belongs to executor(). `kind` must outlive the group.
    void start(const DialectKind& kind, std::unique_ptr<Stream> stream, std::unique_ptr<Client> client,
               Plaintext plaintext = Plaintext::taken);
    // The same for a connection that is told why it cannot be served.
    void refuse(const DialectKind& kind, std::unique_ptr<Stream> stream, ChatError why);
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

    void start_here(const DialectKind& kind, std::unique_ptr<Stream> stream, std::unique_ptr<Client> client,
                    Plaintext plaintext);
    void refuse_here(const DialectKind& kind, std::unique_ptr<Stream> stream, ChatError why);
    void let_handshakes_begin();
    void at_turn_end(Connection& connection);
    void expect_turn_end();
    void end_turn();
    // So many of those that have something to do at the end of a turn.
    void write_to(std::size_t connections);
    bool is_short_of_memory() const { return buffers_.bytes() > limits_.memory_bytes_max / 4 * 3; }
    // How many unanswered requests a connection may have just now.
    std::size_t unanswered_max() const;
    // After the buffers of a connection changed: closes some at the end of the turn if they hold too much.
    void check_memory();
    void free_memory();
    // What became of an inbox reservation: the kernel took the whole answer, or nobody will.
    void confirm(const std::vector<std::uint64_t>& reservations);
    void release(std::uint64_t reservation);
    EventAudience& audience(const DialectKind& kind, EncoderVariant variant);
    ListenerId add_listener(Connection& connection);
    void remove_listener(ListenerId id);
    Connection* listener(ListenerId id) const;

    static constexpr std::size_t read_buffer_bytes = 64 * 1024;
    // Each takes the processor for some tenths of a millisecond; whoever chats shall not wait for a crowd of them.
    static constexpr std::size_t handshakes_per_turn = 4;
    // Each takes the processor for some microseconds. Measured beside all at once: fan-out to 1000 1.35 times as many
    // deliveries, acknowledgements to 100 clients as many; with 8 and 64 hardly any difference.
    static constexpr std::size_t writes_per_turn_min = 32;

    Parts parts_;
    std::uint32_t number_;
    ServerLimits limits_;
    OnConnectionEnd on_connection_end_;
    BufferTotal buffers_;
    UnansweredTotal unanswered_;
    bool will_free_memory_ = false;
    PacedLog closed_for_memory_;
    Gate gate_{"connections"};
    bool stopping_ = false;
    Connection* first_ = nullptr;
    std::unique_ptr<std::array<char, read_buffer_bytes>> read_buffer_;
    std::vector<std::uint64_t> taken_marks_;  // scratch of the connection that is writing
    bool turn_will_end_ = false;              // end_turn() will be called, in this turn or in the next one
    TurnQueue turn_;
    std::map<std::pair<const DialectKind*, EncoderVariant>, std::unique_ptr<EventAudience>> audiences_;
    std::deque<std::coroutine_handle<>> handshakes_;  // that wait for their turn
    std::vector<Listening> listening_;
    std::vector<std::uint32_t> free_listening_;
};

}  // namespace obrol
