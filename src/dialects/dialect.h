// The dialect contract (DESIGN section 6): bytes in, commands out; replies and events in, bytes out. No sockets, no
// clock, no chat rules. One Dialect serves one connection, on that connection's thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/clock.h"
#include "model/command.h"
#include "model/event.h"
#include "model/reply.h"

namespace obrol {

struct NeedMore {};

// The client is ready for the bytes of the transfer that was offered (NextStep::await_ready). No request: nothing but
// the bytes answers it.
struct TransferReady {};

struct Decoded {
    std::size_t consumed = 0;  // bytes of the input that are done with, also with NeedMore
    std::variant<NeedMore, Command, TransferReady> outcome;
};

// What the connection does after the bytes of an answer are queued.
enum class NextStep {
    read_requests,
    close,  // once everything queued is written
    // UploadReady: what comes next are the bytes of the transfer, exactly as many as it names; they never go through
    // the decoder. Then comes a second reply to the same command, FileSent or Refused.
    take_bytes,
    // FileOffered: the bytes of the transfer follow the answer, from the offered offset to the end of the file.
    give_bytes,
    // FileOffered: the client asks for the bytes; decode() then gives a TransferReady. Any other request ends the
    // transfer.
    await_ready,
    // Refused, or FileSent at once, where the request was eager: so many bytes as the command named are read and
    // dropped.
    drop_bytes,
};

// Connections whose events are rendered alike share a variant; its meaning belongs to the dialect.
using EncoderVariant = std::uint32_t;

class Dialect {
  public:
    virtual ~Dialect() = default;

    // Bytes to send before the client says anything; most dialects are silent. Not called when the client said
    // something within DialectKind::greeting_delay().
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

    // How long a connection waits for the client's first byte before it greets.
    virtual std::chrono::milliseconds greeting_delay() const { return std::chrono::milliseconds(0); }

    // COMPAT: clients that take whatever one read ends with for one answer. Events of this variant are written while no
    // request is under way and nothing else is queued, each in a write of its own.
    virtual bool writes_events_apart(EncoderVariant variant) const {
        static_cast<void>(variant);
        return false;
    }

    // Whether connections of this variant hear of the messages of their own user, too, which he wrote somewhere else or
    // even there.
    virtual bool hears_own_messages(EncoderVariant variant) const {
        static_cast<void>(variant);
        return true;
    }

    // Appends an event as every connection of this kind and variant reads it; rendered once, shared by all of them.
    // Nothing appended: that variant does not hear of such events.
    virtual void encode_event(const Event& event, EncoderVariant variant, std::string& out) const {
        static_cast<void>(event);
        static_cast<void>(variant);
        static_cast<void>(out);
    }
};

// PROTOCOLS.md: py-chat. Objects of its JSON form may be as long as the lines of other dialects.
struct PyChatLimits {
    std::size_t line_bytes_max = 4096;
    std::size_t argument_characters_max = 100;  // code points in each argument of a line
    std::uint32_t history_entries = 1000;       // what a GET of the JSON form asks for
    Duration greeting_delay = std::chrono::milliseconds(200);
};

// What can be set about the dialects, and what they have to know of their server.
struct DialectLimits {
    std::size_t line_bytes_max = 64 * 1024;  // PROTOCOLS.md: common rules
    PyChatLimits py_chat;
    std::string server_label = {};      // the server's; protokol-chat's own client writes it into its requests
    std::string auto_words = "native";  // the dialect that `auto` speaks with whoever begins with an ordinary word
};

}  // namespace obrol
