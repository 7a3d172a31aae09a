// A simulated person with a simple-chat client: logs in, writes to the others (several requests in flight), reads his
// inbox, looks who is online, logs out, loses connections and comes back with his token. Writes down what he did and
// what he was told.
//
// simple-chat has no idempotency keys, so what was not answered has an unknown fate and is never sent again.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "dialects/client_dialect.h"
#include "io/executor.h"
#include "io/network.h"
#include "io/task.h"
#include "tests/sim/history.h"
#include "tests/sim/trace.h"

namespace obrol {

class SimulatedUser {
  public:
    struct Habits {
        // Between two bursts of requests.
        Duration think_min = std::chrono::milliseconds(2);
        Duration think_max = std::chrono::milliseconds(60);
        std::size_t burst_max = 10;  // requests in flight
        // A connection on which nothing moves for so long is given up.
        Duration patience = std::chrono::seconds(15);
        // Out of 100 bursts, so many end with the user dropping the connection (half of them without reading answers).
        std::uint64_t drops_percent = 3;
        std::uint64_t logouts_percent = 2;
        std::uint64_t long_texts_percent = 4;
        // Whether the server may answer that it cannot store, cannot read or is busy.
        bool store_may_refuse = false;
    };
    // All of them must outlive the user.
    struct Surroundings {
        Executor& executor;
        Network& network;  // of the user's own host
        Endpoint server;
        History& history;
        Trace& trace;
    };

    // `everybody` are the names of the server's users, this one included.
    SimulatedUser(Surroundings surroundings, std::string name, std::vector<std::string> everybody, std::uint64_t seed,
                  Habits habits);
    ~SimulatedUser();
    SimulatedUser(const SimulatedUser&) = delete;
    SimulatedUser& operator=(const SimulatedUser&) = delete;

    static std::string password_of(const std::string& name) { return name + "-secret"; }

    // Lives until stop(); the Task ends once he has left.
    Task<void> live();
    // Only before live() or after it has ended: fetches the inbox until it is empty. False when that was not possible.
    Task<bool> drain();
    void stop() { stopping_ = true; }

    const std::string& name() const { return name_; }

  private:
    class Line;
    struct Asked {
        Command command;
        std::optional<std::size_t> message;  // its place in the history
        bool is_impossible = false;          // it names somebody who does not exist
    };

    Task<std::unique_ptr<Line>> dial();
    Task<void> visit(Line& line);
    Task<bool> log_in(Line& line);
    Task<bool> exchange(Line& line, std::vector<Asked> burst, bool read_answers);
    std::vector<Asked> draw_burst(Line& line);
    Asked draw_send(Line& line);
    std::string draw_text();
    Asked simple_request(decltype(Command::body) body) const;
    void hear(const Asked& asked, const Reply& reply);
    void hear_refusal(const Asked& asked, const Refused& refused);
    void complain(std::string_view what);

    Surroundings surroundings_;
    std::string name_;
    std::vector<std::string> everybody_;
    SeededRandom random_;
    Habits habits_;
    bool stopping_ = false;
    std::optional<Token> token_;
    bool token_is_sure_ = false;  // no logout of unknown fate was asked for
    bool use_token_ = false;      // the connection did not log in: every request names the token
    bool inbox_was_empty_ = false;
    std::uint64_t messages_ = 0;
};

}  // namespace obrol
