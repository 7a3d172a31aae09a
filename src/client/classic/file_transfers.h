// Sends files of this machine into a chat and fetches those of others. A download has a name of its own until it is
// whole (CODE.part, so that an earlier attempt is found again and no other file mistaken for it), goes on where it was
// broken off, and never takes the place of another file unasked.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "client/classic/local_files.h"
#include "client/classic/menu_session.h"

namespace obrol {

class FileTransfers {
  public:
    struct Download {
        Place chat;
        std::string code;
        std::string path;  // a file, or a folder for it; empty: here, under the name it was sent with
        bool replace = false;
    };

    // All outlive it.
    FileTransfers(MenuSession& session, LocalFiles& files, const Clock& clock, ClassicClient::Screen& screen)
        : session_(session), files_(files), clock_(clock), screen_(screen) {}

    Task<void> send(std::string_view word, Place chat, std::string path);
    // The path of the file that has to be replaced for it, if somebody can be asked; then nothing was lost, and the
    // same download with `replace` goes on.
    Task<std::optional<std::string>> fetch(std::string_view word, Download download);

    // The name of a file that was offered in a chat: its download will not be begun in vain.
    void remember(const std::string& code, const std::string& name);

  private:
    class Target;

    Task<bool> fetch_bytes(std::string_view word, const Download& download, Target& target);
    // True: it is free. Else it is to be asked for, or refused, which has been said.
    bool is_free(const Download& download, const std::string& path) const;

    MenuSession& session_;
    LocalFiles& files_;
    const Clock& clock_;
    ClassicClient::Screen& screen_;
    std::map<std::string, std::string> names_;  // of codes that were shown
};

// Whether it can be a file's code, which becomes part of a file's name here.
bool is_file_code(std::string_view text);

}  // namespace obrol
