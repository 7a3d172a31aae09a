// The rules of chat behind one door: a Command of a Client goes in, a Reply comes out. Core decides nothing that the
// store must decide in commit order; it resolves names, keeps caches, and tells live connections what was committed.
//
// Everything here belongs to core's thread. Replies to state changes come after their commit (DESIGN section 1).
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/log.h"
#include "base/random.h"
#include "base/result.h"
#include "bus/bus.h"
#include "core/client.h"
#include "core/file_limits.h"
#include "core/login_guard.h"
#include "core/password_hasher.h"
#include "core/peer_options.h"
#include "core/rate_limiter.h"
#include "io/task.h"
#include "io/timer.h"
#include "model/command.h"
#include "model/reply.h"
#include "storage/blob_store.h"
#include "storage/folder_store.h"
#include "storage/group_commit.h"
#include "storage/store.h"

namespace obrol {

class Administration;
class Download;
class Links;
class Peering;
class SigningKey;
class Upload;

// Who may make an account for himself over the wire. Operators always can.
// With `loopback` and `open` an invitation is of use as well: to those from elsewhere, and for its role.
enum class Registration { loopback, open, invite, closed };

class Chat {
  public:
    struct Options {
        std::string server_label = "local";  // what stands after '@' for users of this server
        // A session used so recently counts as online although no connection is open.
        Duration online_window = std::chrono::seconds(60);
        std::size_t recipients_max = 100;           // of one send
        std::size_t inbox_entries_max = 1000;       // of one answer
        std::size_t inbox_bytes_max = 1024 * 1024;  // bodies in one answer
        std::size_t history_entries_max = 1000;     // of one answer
        Registration registration = Registration::loopback;
        std::size_t password_characters_min = 8;
        std::size_t password_bytes_max = 1024;  // hashing reads all of it
        std::size_t display_name_characters_max = 100;
        std::size_t country_characters_max = 100;
        std::size_t invitation_note_characters_max = 200;
        // A session that neither a request nor an open connection has used for so long ends; 0: never.
        Duration session_idle_limit = std::chrono::days(30);
        // A login beyond it ends the session that was unused for longest; 0: any number. More than the connections
        // that a server takes by default: so many can log in as one user.
        std::size_t sessions_per_user_max = 20'000;
        LoginGuard::Limits failed_logins;
        RateLimit failed_invitations_per_source{10, 2};
        RateLimit registrations_per_source{5, 1};
        RateLimit sends_per_user{200, 1200};
        RateLimit sends_per_source{1000, 6000};
        // Wrong codes of groups and files.
        RateLimit failed_codes_per_source{20, 10};
        RateLimit failed_codes_per_user{20, 10};
        bool loopback_exempt = true;             // from the rates above
        std::size_t group_members_max = 10'000;  // 0: any number; likewise below
        std::size_t groups_per_user_max = 1000;
        std::size_t group_name_characters_max = 100;
        // How often what is older than its group keeps it is looked for.
        Duration retention_interval = std::chrono::minutes(10);
        std::size_t contacts_per_user_max = 1000;  // 0: any number
        FileLimits files;
        PeerOptions peers;
        std::size_t cached_users_max = 100'000;
        std::size_t cached_sessions_max = 100'000;  // beyond those that connections hold
        std::size_t cached_inboxes_max = 100'000;
        std::size_t cached_groups_max = 10'000;
    };
    // All of them must outlive the Chat.
    struct Parts {
        TimerService& timers;  // of core's thread
        Store& store;
        BlobStore& blobs;
        GroupCommit& commits;
        Bus& bus;
        PasswordHasher& hasher;
        SecureRandom& secure_random;  // tokens
        Random& random;               // message ids
        Logger& logger;
        const SigningKey& key;           // of this server
        FolderStore* folders = nullptr;  // null: folders are in the store alone
    };

    Chat(Parts parts, Options options);
    // stop() first, if anything listened or start() was called.
    ~Chat();

    // Loads what is known of other servers and removes what a crash left of files. Before the first request.
    Task<Result<void>> prepare();
    // Begins the work that nobody asks for: ending idle sessions, erasing what groups do not keep, copying files into
    // directories.
    void start();
    // Ends it, and what is still being told to listeners. Requests must have been answered.
    Task<void> stop();

    // `source`: numeric address of the other side.
    std::unique_ptr<Client> connect(std::string source);

    // Exactly one answer. Requests of one client that may_be_pipelined() can run side by side and are answered and
    // committed in the order of the calls; others are executed while nothing else of that client runs.
    // `client` must stay until the answer is there. Nothing but `command` is touched before the task runs.
    Task<Reply> execute(Client& client, Command&& command);

    // What became of an InboxPage's reservation: the kernel took the whole answer, or the connection died before.
    void confirm_inbox(std::uint64_t reservation);
    void release_inbox(std::uint64_t reservation);

    // What an UploadReady or FileOffered of this moment's answer names, for whoever carries its bytes; null when it was
    // taken already.
    std::unique_ptr<Upload> take_upload(std::uint64_t transfer);
    std::unique_ptr<Download> take_download(std::uint64_t transfer);

    // Adds an account whatever the registration mode and the password rules; name_taken, bad_name, not_stored, busy.
    // For the demo.
    Task<std::expected<UserId, ChatError>> add_user(UserCard card, std::string password, Role role);

    // What the operator may ask. Valid as long as the Chat.
    Administration& administration();
    // What links to other servers ask. Valid as long as the Chat.
    Peering& peering();
    // The links, which must outlive every request; before the first one. Without any, what is for other servers waits.
    void set_links(Links& links);

  private:
    friend class Administration;
    friend class BlobUpload;
    friend class ChatPeering;
    friend class FilePost;
    friend class FileUpload;
    friend class FolderUpload;
    friend class GroupTranslation;
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace obrol
