// A simulated person who wants the files that others sent him: looks into his conversations and fetches what he sees
// there, while links break and servers die; in the end everything that he can see, and his folder.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "io/task.h"
#include "tests/sim/federation_history.h"
#include "tests/sim/line.h"
#include "tests/sim/visitor.h"
#include "wire/json_value.h"

namespace obrol {

class SimulatedFileFetcher {
  public:
    enum class Success : std::uint8_t {
        complete,
        refused,
        unreachable,  // some are on servers to which there is no link now
    };

    // `people` are those with whom he may have a conversation.
    SimulatedFileFetcher(Visitor visitor, std::vector<std::string> people, std::uint64_t seed)
        : visitor_(std::move(visitor)), people_(std::move(people)), random_(seed) {}

    // Until stop().
    Task<void> live();
    void stop() { stopping_ = true; }

    // Once nothing new comes: of all files that he can see those that he does not have yet.
    Task<Success> fetch_all();
    const std::vector<FoundFile>& found() const { return found_; }

  private:
    Task<void> visit(SimulatedLine& line);
    Task<bool> look_into(SimulatedLine& line, std::string place);
    Task<bool> fetch_something(SimulatedLine& line);
    Task<bool> list(SimulatedLine& line);
    Task<bool> fetch(SimulatedLine& line, FoundFile& file);

    std::string draw_place();
    void note(const JsonValue& file);
    // What no server may say of one of the files.
    void complain_of(const std::string& code, const std::string& name, std::string_view what);
    bool may_be_refused(const std::string& code, std::string_view why);

    Visitor visitor_;
    std::vector<std::string> people_;
    SeededRandom random_;
    bool stopping_ = false;
    std::map<std::string, std::string> known_;  // name, by code
    bool is_listed_ = false;
    std::vector<FoundFile> found_;
};

}  // namespace obrol
