// One connection to another server, from its first frame to its last.
//
// On core's thread. Held by whoever serves it, and by those who wait for an answer that it brings.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/crypto/signing.h"
#include "base/log.h"
#include "core/peering.h"
#include "federation/frame_stream.h"
#include "federation/handshake.h"
#include "federation/options.h"
#include "io/executor.h"
#include "io/secure_channel.h"
#include "io/task.h"
#include "io/timer.h"
#include "model/server.h"

namespace obrol {

class BlobWriter;

class Link {
  public:
    // All of them outlive the link.
    struct Parts {
        Executor& executor;
        Peering& peering;
        const Identity& own;
        const FederationOptions& options;
        Logger& logger;
        std::function<Task<bool>()> begin_epoch;  // link_parts.h
    };
    // Called once, within end(): from then on the link carries nothing.
    using OnEnd = std::function<void(Link& link)>;

    Link(const Parts& parts, std::unique_ptr<SecureStream> stream, PeerRole role, OnEnd on_end);
    // close() must have ended.
    ~Link();
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;

    // Who is there. Ends also when the link does.
    static Task<std::expected<Introduced, Farewell>> introduce(Link& self);
    // How far the other side is with what is sent here; it may ask for an echo before, that is all.
    static Task<std::expected<PeerResume, Farewell>> next_resume(Link& self);
    // Says how far this side is with what `server` sends.
    static Task<std::expected<void, Farewell>> send_resume(Link& self, ServerId server);
    // Whether the other side gives the text back.
    static Task<std::expected<void, Farewell>> echo(Link& self, std::string text);

    // It is the link to that server from now on, but does nothing by itself yet. Its key is known.
    void establish(Server server);
    // Finds the place from which on the outbox is sent: none, or why that is not possible (outbox_pump.h).
    static Task<std::optional<LinkEnd>> resume(Link& self, PeerResume received);
    // From there to the end of the link.
    static Task<void> serve(Link& self);

    // Ends it, and says so to the other side. Once.
    void end(LinkEnd why, std::string words);
    void end(LinkEnd why) { end(why, std::string(words_for(why))); }
    // Waits until nothing runs any more.
    static Task<void> close(Link& self);
    const std::optional<Farewell>& ended() const { return ended_; }

    PeerRole role() const { return role_; }
    std::string host() const { return frames_.peer_host(); }
    bool is_established() const { return established_ != nullptr; }
    const Server& server() const;
    // Whether anything comes within that time; asks for it.
    static Task<bool> is_alive(Link& self, Duration within);

    // See core/links.h. Nothing before resume() has ended.
    void wake();
    void group_advanced(Peering::GroupHead head);
    static Task<std::expected<void, ChatError>> pull(std::shared_ptr<Link> self, BlobDigest blob, std::uint64_t offset,
                                                     BlobWriter& into);
    static Task<std::optional<std::vector<std::string>>> online_among(std::shared_ptr<Link> self, std::string viewer,
                                                                      std::vector<std::string> names);

  private:
    struct Established;
    struct Take;

    static Task<void> read_frames(Link& self);
    std::optional<LinkEnd> take(PeerFrame frame);
    void tick();

    const Parts parts_;
    const PeerRole role_;
    OnEnd on_end_;
    FrameStream frames_;
    std::optional<Farewell> ended_;
    Timer ticking_;
    std::unique_ptr<Established> established_;
    Gate gate_{"link"};
};

}  // namespace obrol
