// The dialect contract (DESIGN section 6): bytes in, commands out; replies and events in, bytes out. No sockets, no
// clock, no chat rules. One Dialect serves one connection, on that connection's thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "model/command.h"
#include "model/event.h"
#include "model/reply.h"

namespace obrol {

struct NeedMore {};

struct Decoded {
    std::size_t consumed = 0;  // bytes of the input that are done with, also with NeedMore
    std::variant<NeedMore, Command> outcome;
};

// What the connection does after the bytes of an answer are queued.
enum class NextStep {
    read_requests,
    close,  // once everything queued is written
};

// Connections whose events are rendered alike share a variant; its meaning belongs to the dialect.
using EncoderVariant = std::uint32_t;

class Dialect {
  public:
    virtual ~Dialect() = default;

    // Bytes to send before the client says anything; most dialects are silent.
    virtual void greet(std::string& out) { static_cast<void>(out); }

    // `input` is everything received and not yet consumed; it is only valid during the call. Called again with the rest
    // until it needs more. Never fails: what cannot be understood becomes a Refuse command.
    virtual Decoded decode(std::string_view input) = 0;

    // Appends the answer to `out`. Replies come in the order of the commands.
    virtual NextStep encode(const Reply& reply, std::string& out) = 0;

    // Appends what a client is told whose connection ends for a reason outside its requests (too many connections, out
    // of memory): an error in the form of an answer, so that every client shows it. Comes before any command or where
    // no answer is due, and instead of a greeting.
    virtual void encode_refusal(ChatError why, std::string& out) = 0;

    // Whether this connection wants events now, and how they are rendered.
    virtual std::optional<EncoderVariant> listens() const { return std::nullopt; }
};

// One wire language; made once, shared by all connections, immutable.
class DialectKind {
  public:
    virtual ~DialectKind() = default;

    // "simple-chat": the word of --listen and of the configuration.
    virtual std::string_view name() const = 0;
    virtual std::uint16_t default_port() const = 0;
    virtual std::unique_ptr<Dialect> make() const = 0;

    // Appends an event as every connection of this kind and variant reads it; rendered once, shared by all of them.
    // Nothing appended: that variant does not hear of such events.
    virtual void encode_event(const Event& event, EncoderVariant variant, std::string& out) const {
        static_cast<void>(event);
        static_cast<void>(variant);
        static_cast<void>(out);
    }
};

struct DialectLimits {
    std::size_t line_bytes_max = 64 * 1024;  // PROTOCOLS.md: common rules
};

}  // namespace obrol
