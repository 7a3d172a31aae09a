// A simulated person who writes and sends files to people on several servers and in groups that span them: natively,
// several requests in flight, each under a key. What was not answered he sends again over the next connection, in its
// order, until it is. Only what he sends into folders has no key.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "io/network.h"
#include "io/task.h"
#include "tests/sim/client.h"
#include "tests/sim/federation_history.h"
#include "tests/sim/line.h"
#include "tests/sim/visitor.h"
#include "wire/json_value.h"

namespace obrol {

class SimulatedCorrespondent {
  public:
    // Who exists nowhere, and is written to nevertheless.
    static constexpr std::string_view nobody = "nobody";

    struct Peer {
        std::string label;
        Endpoint at;
    };
    // What one of a server's users sees of how far everything has come.
    struct Standing {
        std::string trouble;             // empty: every link is up, and nothing is queued
        std::vector<std::string> heads;  // of the groups asked for: the last id
        std::vector<std::size_t> members;
    };

    // `everybody` are those whom he may write to. `is_wanderer`: he comes to groups and leaves them.
    SimulatedCorrespondent(Visitor visitor, std::vector<std::string> everybody, bool is_wanderer, std::uint64_t seed,
                           SimulatedUser::Habits habits);

    std::string address() const { return visitor_.address(); }
    const std::string& name() const { return visitor_.name(); }

    // Lives until stop() and until everything is answered.
    Task<void> live();
    // Until stop(), whenever a link is not up: asks for it, as somebody who does not want to wait.
    Task<void> insist();
    void stop() { stopping_ = true; }

    // While nothing goes wrong. False: it did.
    Task<bool> join(std::vector<Peer> peers);
    Task<bool> found(std::string group, std::vector<std::string> members);
    Task<std::optional<Standing>> look(std::vector<std::string> groups);

    // How many of what he sent were acknowledged.
    std::size_t acknowledged() const { return acknowledged_; }

  private:
    struct Asked {
        std::string bytes;
        std::function<void(const JsonValue& answer)> hear;
        std::optional<std::size_t> message = std::nullopt;  // that it sends
    };

    Task<void> talk(SimulatedLine& line);
    Task<bool> ask_again(SimulatedLine& line);
    // Hears the answers to so many of what is pending.
    Task<bool> hear(SimulatedLine& line, std::size_t answers);
    Task<bool> send_into_folder(SimulatedLine& line);
    Task<bool> keep_file(SimulatedLine& line, std::string name);
    Task<void> connect_what_is_down(SimulatedLine& line);

    void draw_request();
    void write_to_people();
    void post();
    void send_file_to_somebody();
    void send_file(FederatedMessage message);
    void come_or_go();
    void request(std::string_view members, std::function<void(const JsonValue& answer)> hear,
                 std::optional<std::size_t> message = std::nullopt);
    FederatedMessage begin_message(std::vector<std::string> to);
    FederatedMessage begin_file(std::string to);
    void send(FederatedMessage message, std::string_view members);
    std::string draw_group();
    const std::string& draw_somebody();
    std::string draw_content();

    void hear_message(std::size_t message, const JsonValue& answer);
    void hear_of_copy(FederatedMessage& message, const JsonValue& copy);
    void hear_of_file(FederatedMessage& message, const JsonValue& file);
    void hear_deed(const JsonValue& answer);
    // The home of a group, which was put back, gets its log back from the others.
    bool is_recovering(std::string_view code);
    FederationObserved& observed() { return visitor_.observed(); }

    Visitor visitor_;
    std::vector<std::string> everybody_;
    bool is_wanderer_;
    SeededRandom random_;
    SimulatedUser::Habits habits_;
    bool stopping_ = false;
    std::deque<Asked> pending_;
    std::size_t messages_ = 0;
    std::size_t keys_ = 0;
    std::size_t acknowledged_ = 0;
};

}  // namespace obrol
