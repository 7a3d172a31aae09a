// Files as redis's values: SET and GET.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "bench/file_messenger.h"

namespace obrol::bench {

class RedisFileLobby final : public FileLobby {
  public:
    std::unique_ptr<FileMessenger> seat(const Seat& seat, std::string_view content) override;
    std::size_t at_once() const override { return 256; }
};

}  // namespace obrol::bench
