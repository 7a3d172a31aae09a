// What the parts of Connection share. Internal to server.
#pragma once

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "io/timer.h"
#include "server/buffer_bytes.h"
#include "server/connection.h"
#include "server/connection_group.h"
#include "server/kept_input.h"
#include "server/transfer.h"
#include "server/unanswered_requests.h"

namespace obrol {

// While memory is short: untaken output from which on a connection is not read from and its pushes lag. A page of chat.
inline constexpr std::size_t pressed_output_bytes = 16 * 1024;

// What one missed conversation costs a connection that does not read, about.
inline constexpr std::size_t missed_bytes = 64;

// What a connection needs while something is under way.
struct Connection::Busy {
    // Rendered events that must not be written yet.
    struct WaitingEvents {
        std::list<SharedPart> events;  // rare: an empty list holds no memory
        std::size_t bytes = 0;

        void push(SharedPart event) {
            bytes += event.size;
            events.push_back(std::move(event));
        }
        SharedPart pop() {
            SharedPart event = std::move(events.front());
            events.pop_front();
            bytes -= event.size;
            return event;
        }
        void clear() {
            events.clear();
            bytes = 0;
        }
    };

    Busy(TimerService& timers, UnansweredTotal& unanswered, BufferTotal& buffers)
        : answers(unanswered), counted(buffers), timer(timers), transfer_timer(timers) {}

    KeptInput kept;
    UnansweredRequests answers;
    std::uint64_t first_answer = 0;  // number of the oldest unanswered request
    std::size_t request_bytes = 0;   // of the unanswered requests and of the held one
    std::optional<Command> held;     // waits for all earlier answers
    std::size_t held_command_bytes = 0;
    bool interrupted = false;  // decoding stopped before what was received was looked at
    bool alone = false;        // the unanswered request is one that runs alone
    bool last_answer_given = false;
    bool writing = false;  // write_rest() runs
    WaitingEvents waiting;
    std::map<ConversationId, Seq> missed;  // conversation → first entry whose push was dropped
    std::unique_ptr<Intake> intake;        // the bytes of a file come next
    std::unique_ptr<Download> offered;     // until the client says that it is ready
    bool giving = false;                   // give_bytes() runs; its request stays unanswered until it ends
    std::size_t piece_bytes = 0;           // of a download, being read
    std::coroutine_handle<> giver;         // give_bytes(), while its last piece is taken
    BufferBytes counted;
    MonotonicTime moved_at{};  // when output was taken last, a request answered, or a part of a file received
    Gate gate{"requests of a connection"};
    Timer timer;           // while writing: the client takes nothing; at the end: it does not go
    Timer transfer_timer;  // the client neither sends the bytes that it announced nor asks for those offered
};

// What goes wrong while one connection is served (memory runs out, a part throws) ends that connection only.
template <class Action>
void Connection::contain(Action action) {
    try {
        action();
    } catch (const std::exception& trouble) {
        break_off(trouble);
    }
}

}  // namespace obrol
