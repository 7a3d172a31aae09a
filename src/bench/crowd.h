// Many clients of one server, driven by one epoll loop on the calling thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <sys/epoll.h>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "bench/client.h"
#include "bench/file_descriptor.h"
#include "bench/stop_signal.h"

namespace obrol::bench {

class Crowd {
  public:
    // One connection and what it has seen.
    struct Member {
        Member(std::unique_ptr<Client> talks, const Seat& its_seat, MonotonicTime now)
            : client(std::move(talks)), seat(its_seat), began(now) {}

        std::unique_ptr<Client> client;
        Seat seat;
        MonotonicTime began;  // to connect
        MonotonicTime ready_at{};
        bool ready = false;
        bool has_words = false;
        bool watched_to_send = false;
    };

    // Told what happens, during turn().
    class Watcher {
      public:
        virtual ~Watcher() = default;
        virtual void on_ready(Member& member) { static_cast<void>(member); }
        virtual Result<void> on_delivery(Member& member, std::string_view text) = 0;
        virtual void on_acknowledgement(Member& member) { static_cast<void>(member); }
    };

    // All must outlive it. `silence_limit`: how long nothing at all may happen while something is waited for.
    Crowd(std::uint16_t port, Lobby& lobby, Watcher& watcher, const Clock& clock, const StopSignal& interrupted,
          Duration silence_limit);
    ~Crowd();

    // Checks that so many connections may be open and prepares the loop. To be called once, first.
    Result<void> open(std::size_t connections_max);

    // Begins a connection; it is ready after some turns.
    Result<Member*> admit(const Seat& seat);
    // Closes a connection without a word; `member` is gone.
    void dismiss(Member& member);

    // Lets all of `seats` in, as many at once as the lobby says, and waits until they are ready. In their order.
    Result<std::vector<Member*>> admit_all(const std::vector<Seat>& seats);

    // The member's client says `text` with the next flush().
    void say(Member& member, std::string_view text);
    // The same for words that its client was given by other means.
    void mark(Member& member);
    // Sends what has been said since the last time.
    Result<void> flush();
    // The member no longer reads nor writes; the kernel's buffers fill up.
    Result<void> stop_reading(Member& member);

    // Waits for events and handles them. Errors: what a Client or the Watcher refuses, a closed connection, silence,
    // interruption.
    Result<void> turn(Duration at_most);
    // Turns until `end`.
    Result<void> run_until(MonotonicTime end);
    // Turns until nothing has arrived for `quiet`.
    Result<void> settle(Duration quiet);

    const Clock& clock() const { return clock_; }
    // When the newest events arrived.
    MonotonicTime now() const { return now_; }
    // Waiting for nothing in particular: silence is no error.
    void expect_silence(bool expected) { silence_expected_ = expected; }
    std::size_t size() const { return members_.size(); }
    std::size_t ready() const { return ready_; }

  private:
    class Ears;

    Result<void> watch(Member& member, int operation);
    Result<void> keep_watch(Member& member);
    Result<void> handle_all(std::span<const epoll_event> events);
    Result<void> handle(Member& member, std::uint32_t events);
    Result<void> read(Member& member);
    Result<void> send(Member& member);
    bool is_gone(const Member* member) const;

    std::uint16_t port_;
    Lobby& lobby_;
    Watcher& watcher_;
    const Clock& clock_;
    const StopSignal& interrupted_;
    Duration silence_limit_;
    FileDescriptor epoll_;
    std::vector<std::unique_ptr<Member>> members_;
    std::vector<Member*> with_words_;
    std::vector<std::unique_ptr<Member>> gone_;  // closed during this turn
    std::vector<char> scratch_;
    std::size_t admitted_ = 0;  // ever
    std::size_t ready_ = 0;
    bool in_turn_ = false;
    bool silence_expected_ = false;
    MonotonicTime now_{};
    MonotonicTime last_event_{};
};

}  // namespace obrol::bench
