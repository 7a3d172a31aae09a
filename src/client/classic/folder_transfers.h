// Document 004: files between this machine and the folders of users on a server. A download lies beside its place under
// a name of its own until it is whole, begins anew when it was broken off, and never takes the place of another file
// unasked; where it lies is decided by what was typed here, never by the server.
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "client/classic/classic_client.h"
#include "client/classic/local_files.h"
#include "client/session/server_session.h"

namespace obrol {

class FolderTransfers {
  public:
    // All outlive it.
    FolderTransfers(ServerSession& session, LocalFiles& files, const Clock& clock, ClassicClient::Screen& screen)
        : session_(session), files_(files), clock_(clock), screen_(screen) {}

    // A SendFile or PutFile whose name is a path here: the file is opened, and its own name and its size become those
    // of the request. None: it cannot be read, which has been said.
    Task<std::optional<ServerSession::Exchange>> send(Command command);

    // Where a file of that name is put: in the current folder. None: no file can have that name.
    static std::optional<std::string> place_for(const std::string& name);
    bool is_taken(const std::string& place) const { return files_.exists(place); }
    // A GetFolderFile, into the file `place`. None: all is there, or cannot be put there, which has been said.
    Task<std::optional<ServerSession::Exchange>> fetch(Command command, std::string place, bool replace);

  private:
    ServerSession& session_;
    LocalFiles& files_;
    const Clock& clock_;
    ClassicClient::Screen& screen_;
};

}  // namespace obrol
