// One client's connection: bytes in, requests to core, answers out in request order (DESIGN section 3, steps 2, 3, 6,
// 9).
//
// The first byte tells whether the connection is encrypted. Then its stream is replaced by one on top of it, and
// everything else begins behind the handshake; a connection of another server leaves for elsewhere there.
//
// Belongs to its group's I/O thread. An idle connection holds no buffer: bytes are read into the group's, and what a
// busy connection needs is made when it becomes busy and freed when it is idle again.
#pragma once

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "core/audience.h"
#include "core/chat.h"
#include "dialects/dialect.h"
#include "io/stream.h"
#include "io/task.h"
#include "io/timer.h"
#include "server/output_queue.h"
#include "server/plaintext.h"
#include "server/transfer.h"

namespace obrol {

class ConnectionGroup;
class EventAudience;
class SecureStream;
struct RenderedEvent;

class Connection {
  public:
    // `group` and `kind` must outlive it. `client` was made on core's thread and is taken back there at the end; null
    // where the connection is refused.
    Connection(ConnectionGroup& group, const DialectKind& kind, std::unique_ptr<Stream> stream,
               std::unique_ptr<Client> client, Plaintext plaintext);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // From the greeting to the end, whichever way it ends; then the connection is gone. With a refusal it only says so.
    static Task<void> serve(std::unique_ptr<Connection> connection, std::optional<ChatError> refusal);

    // Takes no new requests; what is under way is answered and written, then the connection ends.
    void stop();
    // Ends at once: answers that are under way are dropped.
    void abort();

    // Queues what `audience` rendered, or notes what was missed when the client does not keep up. Bytes for an audience
    // that the connection has left are dropped. Whether it follows the batch from here on, so that it need not hear of
    // what comes next there.
    bool hear(const EventAudience& audience, const RenderedEvent& event);

    // Writes what was gathered since the last time; for the group.
    void end_turn();

    // For the group, when all hold too much: what this one holds, shared bytes included, whether it has not moved for
    // a while, and its end.
    std::size_t held_bytes() const;
    bool is_stuck(MonotonicTime now) const;
    void give_up();

  private:
    friend class ConnectionGroup;
    struct Busy;
    class Pause;
    class OutputTaken;
    class HandshakeTurn;

    enum class State : std::uint8_t {
        open,
        shaking_hands,  // no byte of the client's has been seen yet
        draining,       // no new requests; input is discarded
        finishing,      // everything is written and the other side was told; waiting for its end
        dead,
    };

    template <class Action>
    void contain(Action action);
    void break_off(const std::exception& trouble);

    // connection_opening.cc: until the client is listened to.
    void welcome();
    void greet();
    void greet_later(Duration delay);
    void turn_away(ChatError why);
    bool take_first_bytes(std::string_view input);
    static Task<void> shake_hands(Connection& self);
    std::unique_ptr<SecureStream> take_link();

    // connection.cc: from the socket to core and back.
    Busy& busy();
    std::size_t output_pause() const;
    std::size_t push_pause() const;
    std::size_t waiting_bytes() const;
    void account();
    bool is_blocked() const;
    bool is_settled() const;
    bool read_some();
    void note_held_by_stream();
    std::size_t decode(std::string_view input);
    void decode_kept();
    void take(Command&& command, std::size_t bytes);
    void begin(Command&& command, std::size_t bytes);
    // Takes `command` as soon as it runs.
    static Task<void> answer(Connection& self, std::uint64_t number, Command&& command);
    void answered(std::uint64_t number, Reply&& reply, Transfers& transfers);
    bool give_answer(const Reply& reply, Transfers& transfers);
    void give_ready_answers(Transfers& transfers);
    NextStep encode(const Reply& reply);
    void request_ended();
    void last_answer_given();
    void drain();
    void finish();
    void advance();
    void fail(std::string_view why);
    static Task<void> end(Connection& self);

    // connection_output.cc: what is written, and what has to wait.
    void update_listening();
    static Task<void> tell_core(Connection& self, Audience* audience, ListenerId listener);
    bool must_events_wait() const;
    bool is_writing() const;
    void append(const RenderedEvent& event);
    SharedPart shared(std::string_view bytes) const;
    void hold_event(const RenderedEvent& event);
    void note_missed(const Event& event);
    void release_events();
    void release_event_apart();
    void replace_missed_pushes();
    void write();
    static Task<void> write_rest(Connection& self);

    // connection_transfers.cc: the bytes of files.
    void begin_intake(std::unique_ptr<Upload> upload, std::uint64_t bytes);
    static Task<void> take_bytes(Connection& self);
    void read_into(Intake& intake);
    static Task<void> finish_intake(Connection& self);
    void offer(std::unique_ptr<Download> download);
    void begin_offered();
    void end_offer();
    void give(std::unique_ptr<Download> download);
    static Task<void> give_bytes(Connection& self, std::unique_ptr<Download> download);
    static Task<bool> give_piece(Connection& self, Download& download);
    void given();
    // Transfers end on core's thread.
    static Task<void> hand_back(Connection& self, Transfers transfers);

    ConnectionGroup& group_;
    const DialectKind& kind_;
    std::unique_ptr<Stream> stream_;
    std::unique_ptr<Dialect> dialect_;
    std::unique_ptr<Client> client_;
    OutputQueue output_;
    std::unique_ptr<Busy> busy_;
    EventAudience* audience_ = nullptr;
    ListenerId listener_ = 0;
    std::unique_ptr<Timer> greeting_timer_;  // until the client says something, or is greeted
    // The reading coroutine while it is paused.
    std::coroutine_handle<> paused_;
    // The group's list of connections.
    Connection* previous_ = nullptr;
    Connection* next_ = nullptr;
    std::uint32_t turn_place_ = 0;  // in the group's TurnQueue, if has_turn_
    State state_ = State::open;
    Plaintext plaintext_;
    bool has_turn_ = false;
    bool is_new_ = true;    // nothing has come yet
    bool is_link_ = false;  // it leaves for the links between servers
    bool peer_ended_ = false;
    bool events_apart_ = false;  // DialectKind::writes_events_apart()
};

}  // namespace obrol
