#include "dialects/peer/frame.h"

#include <numeric>
#include <type_traits>
#include <utility>

#include "base/byte_form.h"
#include "base/crypto/sha256.h"

namespace obrol {
namespace {

// The byte behind the length. Never renumber (docs/protocol/federation.md).
enum class FrameTag : std::uint8_t {
    hello = 1,
    rotation = 2,
    proof = 3,
    resume = 4,
    items = 5,
    acknowledgement = 6,
    heads = 7,
    push = 8,
    fetch = 9,
    entries = 10,
    blob_request = 11,
    blob_part = 12,
    presence_query = 13,
    presence = 14,
    ping = 15,
    pong = 16,
    bye = 17,
};

constexpr std::size_t length_bytes = 4;
constexpr std::size_t text_bytes_min = 4;
constexpr std::size_t refusal_bytes_min = 8 + text_bytes_min;
constexpr std::size_t list_bytes_min = 4;
constexpr std::size_t head_bytes_min = 2 * text_bytes_min + 8 + 16 + list_bytes_min;
constexpr std::size_t origin_bytes_min = 32 + text_bytes_min + 8;

// Set before what is signed, so that no signature can be taken for one of something else.
constexpr std::string_view proof_context = "obrol-peer/1 link";
constexpr std::string_view items_context = "obrol-peer/1 items";
constexpr std::string_view rotation_context = "obrol-peer/1 rotation";

// Numbers of items and the like.
template <class Form, class Number>
void count_field(Form& form, Number& number) {
    form.field(number);
    form.check(number >= 0);
}

template <class Form, class Elements, class Fields>
void short_list(Form& form, Elements& elements, std::size_t element_bytes_min, Fields each) {
    form.list(elements, element_bytes_min, each);
    form.check(elements.size() <= peer_list_max);
}

template <class Form, class Texts>
void text_list(Form& form, Texts& texts) {
    short_list(form, texts, text_bytes_min, [&form](auto& text) { form.field(text); });
}

template <class Form, class Head>
void head_fields(Form& form, Head& head) {
    form.field(head.group);
    form.field(head.name);
    count_field(form, head.last.value);
    form.field(head.last_id);
    short_list(form, head.origins, origin_bytes_min, [&form](auto& origin) {
        form.field(origin.name.home);
        form.field(origin.name.id);
        count_field(form, origin.upto.value);
    });
}

template <class Form, class Items>
void place_fields(Form& form, Items& items) {
    count_field(form, items.epoch);
    count_field(form, items.first);
    count_field(form, items.number);
    form.check(items.first >= 1 && items.first <= items.number);
}

template <class Form, class Frame>
void fields(Form& form, Frame& frame) {
    using Kind = std::remove_const_t<Frame>;
    if constexpr (std::is_same_v<Kind, PeerHello>) {
        form.field(frame.version);
        form.field(frame.key);
        form.field(frame.label);
        form.field(frame.host);
        form.field(frame.port);
    } else if constexpr (std::is_same_v<Kind, PeerRotation>) {
        form.field(frame.old_key);
        form.field(frame.new_key);
        form.field(frame.signature);
        form.field(frame.acceptance);
    } else if constexpr (std::is_same_v<Kind, PeerProof>) {
        form.field(frame.signature);
    } else if constexpr (std::is_same_v<Kind, PeerResume>) {
        count_field(form, frame.epoch);
        count_field(form, frame.number);
        form.field(frame.id);
    } else if constexpr (std::is_same_v<Kind, PeerItems>) {
        place_fields(form, frame);
        text_list(form, frame.items);
        form.field(frame.signature);
    } else if constexpr (std::is_same_v<Kind, PeerAcknowledgement>) {
        count_field(form, frame.epoch);
        count_field(form, frame.number);
        short_list(form, frame.refused, refusal_bytes_min, [&form](auto& refusal) {
            count_field(form, refusal.number);
            form.field(refusal.why);
        });
    } else if constexpr (std::is_same_v<Kind, PeerHeads>) {
        form.field(frame.at_home_here);
        form.field(frame.is_last);
        short_list(form, frame.heads, head_bytes_min, [&form](auto& head) { head_fields(form, head); });
    } else if constexpr (std::is_same_v<Kind, PeerPush>) {
        head_fields(form, frame.head);
        text_list(form, frame.entries);
    } else if constexpr (std::is_same_v<Kind, PeerFetch>) {
        form.field(frame.request);
        form.field(frame.group.home);
        form.field(frame.group.id);
        count_field(form, frame.after.value);
    } else if constexpr (std::is_same_v<Kind, PeerEntries>) {
        form.field(frame.request);
        form.field(frame.why_not);
        form.field(frame.more);
        text_list(form, frame.entries);
    } else if constexpr (std::is_same_v<Kind, PeerBlobRequest>) {
        form.field(frame.request);
        form.field(frame.blob);
        form.field(frame.offset);
        form.field(frame.bytes_max);
        form.check(frame.bytes_max >= 1 && frame.bytes_max <= peer_blob_part_bytes_max);
    } else if constexpr (std::is_same_v<Kind, PeerBlobPart>) {
        form.field(frame.request);
        form.field(frame.why_not);
        form.field(frame.left);
        form.field(frame.bytes);
        form.check(frame.bytes.size() <= peer_blob_part_bytes_max);
    } else if constexpr (std::is_same_v<Kind, PeerPresenceQuery>) {
        form.field(frame.request);
        form.field(frame.viewer);
        text_list(form, frame.names);
    } else if constexpr (std::is_same_v<Kind, PeerPresence>) {
        form.field(frame.request);
        text_list(form, frame.online);
    } else if constexpr (std::is_same_v<Kind, PeerBye>) {
        form.field(frame.code);
        form.field(frame.words);
    } else {
        static_assert(std::is_same_v<Kind, PeerPing> || std::is_same_v<Kind, PeerPong>);
        form.field(frame.echo);
        form.check(frame.echo.size() <= peer_echo_bytes_max);
    }
}

// The types have the order of PeerFrame.
FrameTag tag_of(const PeerFrame& frame) {
    static_assert(std::variant_size_v<PeerFrame> == static_cast<std::size_t>(FrameTag::bye));
    return static_cast<FrameTag>(frame.index() + 1);
}

template <class Frame>
std::optional<PeerFrame> read_frame(ByteReader& reader) {
    Frame frame;
    ByteReading form(reader);
    fields(form, frame);
    if (!reader.is_done()) return std::nullopt;
    return frame;
}

std::string context(std::string_view words) {
    std::string text(words);
    text.push_back('\0');
    return text;
}

}  // namespace

std::string encode(const PeerFrame& frame) {
    std::string bytes(length_bytes, '\0');
    bytes.push_back(static_cast<char>(tag_of(frame)));
    ByteWriting form(bytes);
    std::visit([&form](const auto& some) { fields(form, some); }, frame);
    std::string length;
    ByteWriter(length).write_u32(static_cast<std::uint32_t>(bytes.size() - length_bytes));
    bytes.replace(0, length_bytes, length);
    return bytes;
}

std::optional<PeerFrame> parse_peer_frame(std::string_view bytes) {
    ByteReader reader(bytes);
    switch (static_cast<FrameTag>(reader.read_u8())) {
        case FrameTag::hello:
            return read_frame<PeerHello>(reader);
        case FrameTag::rotation:
            return read_frame<PeerRotation>(reader);
        case FrameTag::proof:
            return read_frame<PeerProof>(reader);
        case FrameTag::resume:
            return read_frame<PeerResume>(reader);
        case FrameTag::items:
            return read_frame<PeerItems>(reader);
        case FrameTag::acknowledgement:
            return read_frame<PeerAcknowledgement>(reader);
        case FrameTag::heads:
            return read_frame<PeerHeads>(reader);
        case FrameTag::push:
            return read_frame<PeerPush>(reader);
        case FrameTag::fetch:
            return read_frame<PeerFetch>(reader);
        case FrameTag::entries:
            return read_frame<PeerEntries>(reader);
        case FrameTag::blob_request:
            return read_frame<PeerBlobRequest>(reader);
        case FrameTag::blob_part:
            return read_frame<PeerBlobPart>(reader);
        case FrameTag::presence_query:
            return read_frame<PeerPresenceQuery>(reader);
        case FrameTag::presence:
            return read_frame<PeerPresence>(reader);
        case FrameTag::ping:
            return read_frame<PeerPing>(reader);
        case FrameTag::pong:
            return read_frame<PeerPong>(reader);
        case FrameTag::bye:
            return read_frame<PeerBye>(reader);
    }
    return std::nullopt;
}

CutFrame cut_peer_frame(std::string_view input, std::size_t frame_bytes_max) {
    if (input.size() < length_bytes) return {};
    const std::size_t length = ByteReader(input).read_u32();
    if (length > frame_bytes_max) return {CutFrame::Kind::too_large};
    if (input.size() - length_bytes < length) return {};
    return {CutFrame::Kind::frame, input.substr(length_bytes, length), length_bytes + length};
}

std::string proof_text(PeerRole signer, const std::array<std::uint8_t, 32>& exporter, const PeerHello& dialler,
                       const PeerHello& listener) {
    std::string text = context(proof_context);
    text.push_back(static_cast<char>(signer));
    ByteWriting form(text);
    form.field(exporter);
    fields(form, dialler);
    fields(form, listener);
    return text;
}

std::string items_text(const PublicKey& receiver, const PeerItems& items) {
    std::string text = context(items_context);
    ByteWriting form(text);
    form.field(receiver);
    place_fields(form, items);
    // Their digest, because a signature goes over what is signed more slowly, and twice.
    std::string list;
    list.reserve(std::accumulate(
        items.items.begin(), items.items.end(), list_bytes_min,
        [](std::size_t bytes, const std::string& item) { return bytes + text_bytes_min + item.size(); }));
    ByteWriting listed(list);
    text_list(listed, items.items);
    form.field(sha256(list));
    return text;
}

std::string rotation_text(const PublicKey& old_key, const PublicKey& new_key) {
    std::string text = context(rotation_context);
    ByteWriting form(text);
    form.field(old_key);
    form.field(new_key);
    return text;
}

bool is_sound(const PeerRotation& rotation) {
    const std::string text = rotation_text(rotation.old_key, rotation.new_key);
    return is_signed_by(rotation.old_key, text, rotation.signature) &&
           is_signed_by(rotation.new_key, text, rotation.acceptance);
}

}  // namespace obrol
