// Frames between servers (docs/protocol/federation.md): a length, a type, and what belongs to it. They are plain values
// here; who may say what, and when, is federation/'s business.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/crypto/signing.h"
#include "model/file.h"
#include "model/ids.h"
#include "model/peer_item.h"

namespace obrol {

// Limits of the protocol: both sides must have the same, so they are no settings.
//
// Of a frame behind its length. Items and entries are gathered up to a MiB of their own bytes; then there is what
// stands before each and around them.
inline constexpr std::size_t peer_frame_bytes_max = 1024 * 1024 + 64 * 1024;
// Of a frame of somebody who has not proved yet who he is.
inline constexpr std::size_t peer_greeting_bytes_max = 4 * 1024;
inline constexpr std::size_t peer_batch_bytes_max = 1024 * 1024;
// Items, entries, heads, names in one frame.
inline constexpr std::size_t peer_list_max = 1000;
inline constexpr std::size_t peer_echo_bytes_max = 1024;
inline constexpr std::size_t peer_blob_part_bytes_max = 256 * 1024;
// Frames of items that were not acknowledged, and requests of one side that were not answered.
inline constexpr std::size_t peer_batches_max = 4;
inline constexpr std::size_t peer_requests_max = 16;
// Statements about earlier keys in one handshake.
inline constexpr std::size_t peer_rotations_max = 256;

inline constexpr std::uint16_t peer_version = 1;

// Who somebody claims to be; the first frame of each side.
struct PeerHello {
    std::uint16_t version = peer_version;  // the highest that he speaks; the lower of the two is spoken
    PublicKey key{};
    std::string label;
    std::string host;        // where he can be dialled, as he says; empty: at the address from which he comes
    std::uint16_t port = 0;  // 0: he cannot be dialled, or does not say where

    friend bool operator==(const PeerHello&, const PeerHello&) = default;
};

// He had another key before. Several stand in the order in which they came about.
struct PeerRotation {
    PublicKey old_key{};
    PublicKey new_key{};
    Signature signature{};   // of the old key over rotation_text()
    Signature acceptance{};  // of the new key over the same: nobody else can claim to have been him
};

// That he has the key that he claims: the signature is over proof_text().
struct PeerProof {
    Signature signature{};
};

// How far he is with what the other one sends; who hears it sends what comes behind.
struct PeerResume {
    std::int64_t epoch = 0;   // of the last item that he has committed; 0: none
    std::int64_t number = 0;  // its number
    MessageId id{};           // and its id

    friend bool operator==(const PeerResume&, const PeerResume&) = default;
};

// Items of his outbox: the first has the number `number`, the next the next.
struct PeerItems {
    std::int64_t epoch = 0;
    std::int64_t first = 1;  // of the epoch, as far as he can still send it
    std::int64_t number = 1;
    std::vector<std::string> items;  // encode(PeerItem)
    Signature signature{};           // over items_text()
};

// Everything up to there is committed.
struct PeerAcknowledgement {
    std::int64_t epoch = 0;
    std::int64_t number = 0;
    struct Refusal {
        std::int64_t number = 0;
        std::string why;  // to_string(ChatError); perhaps one that this version does not know
    };
    std::vector<Refusal> refused;  // since the last acknowledgement
};

// How far the log of a group goes.
struct PeerHead {
    std::string group;  // its id at its home
    std::string name;
    Seq last;
    MessageId last_id{};
    std::vector<GroupOrigin> origins;  // of an adopted group: what it was before
};

// Of groups at home at the sender, or of his copies of groups at home at the receiver.
struct PeerHeads {
    bool at_home_here = true;
    bool is_last = true;  // of those that he has when a link comes up
    std::vector<PeerHead> heads;
};

// New entries of a group at home at the sender, up to its head.
struct PeerPush {
    PeerHead head;
    std::vector<std::string> entries;  // encode(GroupEntry)
};

// Requests bear numbers of whoever asks; each is answered once.
struct PeerFetch {
    std::uint32_t request = 0;
    GlobalGroup group;
    Seq after;
};
struct PeerEntries {
    std::uint32_t request = 0;
    std::string why_not;  // to_string(ChatError); empty: here they are
    bool more = false;    // there are further ones behind these
    std::vector<std::string> entries;
};

struct PeerBlobRequest {
    std::uint32_t request = 0;
    BlobDigest blob{};
    std::uint64_t offset = 0;
    std::uint32_t bytes_max = 0;
};
struct PeerBlobPart {
    std::uint32_t request = 0;
    std::string why_not;
    std::uint64_t left = 0;  // bytes of the blob behind these
    std::string bytes;
};

struct PeerPresenceQuery {
    std::uint32_t request = 0;
    std::string viewer;              // who wants to know, of the sender
    std::vector<std::string> names;  // of users of the receiver
};
struct PeerPresence {
    std::uint32_t request = 0;
    std::vector<std::string> online;  // of those
};

// Is anybody there? The answer bears the same echo.
struct PeerPing {
    std::string echo;
};
struct PeerPong {
    std::string echo;
};

// The last word.
struct PeerBye {
    std::string code;   // one of the page's list
    std::string words;  // for people
};

using PeerFrame = std::variant<PeerHello, PeerRotation, PeerProof, PeerResume, PeerItems, PeerAcknowledgement,
                               PeerHeads, PeerPush, PeerFetch, PeerEntries, PeerBlobRequest, PeerBlobPart,
                               PeerPresenceQuery, PeerPresence, PeerPing, PeerPong, PeerBye>;

// With length and type.
std::string encode(const PeerFrame& frame);
// `bytes`: behind the length. None: not the encoding of any frame, or over a limit that this page names.
std::optional<PeerFrame> parse_peer_frame(std::string_view bytes);

// A frame cut out of a stream of bytes; what it is comes next.
struct CutFrame {
    enum class Kind {
        need_more,  // the frame is not whole yet
        frame,      // `bytes` are what parse_peer_frame() takes
        too_large,  // nothing behind it can be understood
    };
    Kind kind = Kind::need_more;
    std::string_view bytes{};
    std::size_t consumed = 0;
};
CutFrame cut_peer_frame(std::string_view input, std::size_t frame_bytes_max);

// What the proof of one side is signed over. `exporter`: 32 bytes from the TLS connection, exported with the label
// peer_exporter_label; nobody who was not an end of this connection knows them, so no proof can be used twice.
inline constexpr std::string_view peer_exporter_label = "EXPORTER-obrol-peer";
enum class PeerRole : std::uint8_t { dialler = 1, listener = 2 };
std::string proof_text(PeerRole signer, const std::array<std::uint8_t, 32>& exporter, const PeerHello& dialler,
                       const PeerHello& listener);
// `receiver`: whom they are for, so that nobody can hand them on.
std::string items_text(const PublicKey& receiver, const PeerItems& items);
std::string rotation_text(const PublicKey& old_key, const PublicKey& new_key);
// Whether both keys have signed it.
bool is_sound(const PeerRotation& rotation);

}  // namespace obrol
