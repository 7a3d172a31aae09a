// A whole server out of given parts: used by obrold with the operating system's, by simulated worlds with theirs. Opens
// no file, thread or socket itself.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "apps/config/config.h"
#include "base/crypto/signing.h"
#include "base/log.h"
#include "base/random.h"
#include "base/result.h"
#include "bus/local/local_bus.h"
#include "core/chat.h"
#include "core/password_hasher.h"
#include "dialects/registry/registry.h"
#include "federation/federation.h"
#include "io/executor.h"
#include "io/network.h"
#include "io/secure_channel.h"
#include "io/task.h"
#include "server/chat_server.h"
#include "storage/blob_store.h"
#include "storage/folder_store.h"
#include "storage/group_commit.h"
#include "storage/store.h"

namespace obrol {

// All of them must outlive the Assembly.
struct Seams {
    Executor& core;                       // with it come timers and the clock
    std::vector<Executor*> io_executors;  // where connections live; core's own may be among them
    Network& network;                     // of core's executor
    Store& store;
    BlobStore& blobs;
    PasswordHasher& hasher;
    SecureRandom& secure_random;
    Random& random;
    Logger& logger;
    GroupCommit::OnFatal on_store_fatal;  // must end the process
    SecureChannel* secure = nullptr;      // null: nothing is encrypted
    SigningSeed identity{};               // of the server's key
    std::vector<PeerRotation> rotations;  // statements about its earlier keys, oldest first
    FolderStore* folders = nullptr;       // null: folders are in the store alone
};

class Assembly {
  public:
    // `server_id` is the settled one (server_id.h).
    Assembly(Seams seams, const Config& config, std::string server_id);

    // Adds the demo users if so configured, then listens; the listeners as they are
    // bound, with their real ports.
    Task<Result<std::vector<ListenSetting>>> start();
    // Nothing new is taken, what is under way is answered, and everything is committed. Also after a start that failed.
    Task<void> stop();
    // The server goes on under another key, which is kept already; `rotations` as in Seams. Links come back with it.
    void take_key(const SigningSeed& seed, std::vector<PeerRotation> rotations);
    // What a configuration may change while the server runs.
    void reload(const Config& config);

    Chat& chat() { return chat_; }
    ChatServer& server() { return server_; }
    std::uint64_t commits() const { return commits_.commits(); }

  private:
    std::unique_ptr<Federation> make_federation(const Config& config, std::string server_id);

    Seams seams_;
    bool demo_;
    bool loopback_exempt_;
    bool plaintext_off_loopback_;
    std::vector<ListenSetting> listeners_;
    DialectRegistry dialects_;
    LocalBus bus_;
    GroupCommit commits_;
    SigningKey key_;
    Chat chat_;
    std::unique_ptr<Federation> federation_;  // null: without other servers
    ChatServer server_;
};

}  // namespace obrol
