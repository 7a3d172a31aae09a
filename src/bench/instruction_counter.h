// Counts the instructions that a server executes, with valgrind; whoever else uses the machine does not change them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

#include "base/result.h"

namespace obrol::bench {

// The instructions that a profile of callgrind is about; nothing when it is none.
std::optional<std::uint64_t> instructions_in(std::string_view profile);

// One server, all of its threads together, without the kernel. It runs some fifty times slower.
class InstructionCounter {
  public:
    // What the server writes goes to `directory`, which must outlive it.
    explicit InstructionCounter(std::string directory) : directory_(std::move(directory)) {}

    // `command`, to be started so that it is counted.
    std::vector<std::string> counted(std::vector<std::string> command) const;
    // Executed by that process since its start, or since the last call. The error says what is missing.
    Result<std::uint64_t> take(pid_t server);

  private:
    std::string profile() const { return directory_ + "/instructions"; }

    std::string directory_;
    std::size_t taken_ = 0;
};

}  // namespace obrol::bench
