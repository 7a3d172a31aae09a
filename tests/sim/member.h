// A simulated person who lives in groups and speaks native: founds them, comes by their code, invites and puts out,
// leaves, posts, sends files and fetches them, reads histories, keeps contacts, loses connections and comes back with
// his token. His inbox he fetches only in the end. Writes down what he did and what he was told.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "io/executor.h"
#include "io/network.h"
#include "io/task.h"
#include "tests/sim/client.h"
#include "tests/sim/group_history.h"
#include "tests/sim/line.h"
#include "tests/sim/trace.h"
#include "wire/json_value.h"

namespace obrol {

class SimulatedMember {
  public:
    // All of them must outlive the member. `disk_position` gives the number of the server's last disk operation.
    struct Surroundings {
        Executor& executor;
        Network& network;  // of the member's own host
        Endpoint server;
        GroupsObserved& observed;
        std::function<std::uint64_t()> disk_position;
        Trace& trace;
    };

    // `everybody` are those who may be in groups, this one included.
    SimulatedMember(Surroundings surroundings, std::string name, std::vector<std::string> everybody, std::uint64_t seed,
                    SimulatedUser::Habits habits);

    // Lives until stop(); the Task ends once he has left.
    Task<void> live();
    // Only before live() or after it has ended: fetches the inbox until it is empty, and his own files. False when that
    // was not possible.
    Task<bool> drain();
    void stop() { stopping_ = true; }

    const std::string& name() const { return name_; }

  private:
    struct Asked {
        std::string bytes;  // the request, and what follows it at once
        std::function<void(const JsonValue& answer)> hear;
        bool is_upload = false;               // an answer more, where the first one is good
        std::optional<std::string> download;  // what must follow a good answer
    };

    Task<std::unique_ptr<SimulatedLine>> dial();
    Task<void> visit(SimulatedLine& line);
    Task<bool> log_in(SimulatedLine& line);
    Task<bool> exchange(SimulatedLine& line, std::vector<Asked> burst, bool read_answers);
    Task<bool> ask(SimulatedLine& line, Asked asked);
    Task<std::optional<JsonValue>> next_answer(SimulatedLine& line);

    std::vector<Asked> draw_burst(SimulatedNetwork::ConnectionNumber connection);
    Asked draw_request(SimulatedNetwork::ConnectionNumber connection);
    Asked found_group();
    Asked post(const std::string& group, SimulatedNetwork::ConnectionNumber connection);
    Asked upload(const std::string& group, SimulatedNetwork::ConnectionNumber connection);
    Asked read_history(const std::string& group);
    Asked change_group(const std::string& group, const std::string& action);
    Asked download(const PostInGroup& file);
    Asked fetch_inbox();
    Asked change_contact(SimulatedNetwork::ConnectionNumber connection);
    std::vector<std::string> draw_others(std::size_t count);
    std::size_t note_post(PostInGroup post);
    std::size_t note_deed(GroupDeed deed);
    // `words` follow the request's name and the token.
    std::string line_of(std::string_view name, std::string_view words) const;

    void hear_post(std::size_t post, const JsonValue& answer);
    void hear_deed(std::size_t deed, const JsonValue& answer);
    void hear_inbox(const JsonValue& answer);
    // Whether the answer is good; complains of a refusal for another reason than one of `reasons`, which has blanks
    // around each.
    bool is_good(const JsonValue& answer, std::string_view what, std::string_view reasons);
    void complain(std::string_view what);

    Surroundings surroundings_;
    std::string name_;
    std::vector<std::string> everybody_;
    SeededRandom random_;
    SimulatedUser::Habits habits_;
    bool stopping_ = false;
    std::string token_;
    bool inbox_was_empty_ = false;
    std::size_t texts_ = 0;
};

}  // namespace obrol
