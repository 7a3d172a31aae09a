// Files in obrol's own dialect (docs/protocol/native.md): sendfile to the partner, getfile with the code.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "bench/file_messenger.h"
#include "bench/peers/native_lobby.h"

namespace obrol::bench {

class NativeFileLobby final : public FileLobby {
  public:
    std::unique_ptr<FileMessenger> seat(const Seat& seat, std::string_view content) override;
    std::size_t at_once() const override { return accounts_.at_once(); }

  private:
    friend class NativeFileMessenger;

    NativeLobby accounts_{NativeLobby::ComingBack::by_token};
    std::map<std::string, std::string, std::less<>> codes_;  // of what was uploaded, by name
};

}  // namespace obrol::bench
