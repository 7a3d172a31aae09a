#include "federation/handshake.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/host.h"
#include "model/server.h"

namespace obrol {
namespace {

std::unexpected<Farewell> farewell(LinkEnd why) {
    return std::unexpected(Farewell{why, std::string(words_for(why))});
}

// The next frame, which must be of that type. A `bye` says for itself what it is about.
template <class Frame>
std::expected<Frame, Farewell> expect(std::expected<PeerFrame, FrameStream::End> read) {
    if (!read) return farewell(link_end_of(read.error()));
    if (Frame* frame = std::get_if<Frame>(&*read)) return std::move(*frame);
    if (PeerBye* bye = std::get_if<PeerBye>(&*read)) {
        // The versions do not fit, whichever side finds that out.
        const bool is_version = bye->code == to_string(LinkEnd::version);
        return std::unexpected(Farewell{is_version ? LinkEnd::version : LinkEnd::by_other, std::move(bye->words)});
    }
    return farewell(LinkEnd::unexpected);
}

std::optional<LinkEnd> fault_of(const PeerHello& hello, const Identity& own) {
    if (hello.version < 1) return LinkEnd::version;
    if (!is_server_label(hello.label)) return LinkEnd::label;
    if (own.is_own(hello.key)) return LinkEnd::own_server;
    return std::nullopt;
}

// Whether each was signed by its two keys, and the last one leads to `key`.
bool lead_to(const PublicKey& key, const std::vector<PeerRotation>& rotations) {
    for (std::size_t i = 0; i < rotations.size(); ++i) {
        const PeerRotation& rotation = rotations[i];
        const PublicKey& next = i + 1 < rotations.size() ? rotations[i + 1].old_key : key;
        if (rotation.new_key != next || !is_sound(rotation)) return false;
    }
    return true;
}

}  // namespace

PeerHello Identity::hello_to(const std::string& host) const {
    PeerHello told = hello;
    if (port_on_loopback != 0 && is_loopback(host)) told.port = port_on_loopback;
    return told;
}

bool Identity::is_own(const PublicKey& other) const {
    return other == key.public_key() || std::ranges::find(rotations, other, &PeerRotation::old_key) != rotations.end();
}

Task<std::expected<Introduced, Farewell>> shake_hands(FrameStream& frames, PeerRole role, const Identity& own) {
    const PeerHello own_hello = own.hello_to(frames.peer_host());
    frames.send(own_hello);
    auto hello = expect<PeerHello>(co_await FrameStream::read(frames));
    if (!hello) co_return std::unexpected(std::move(hello.error()));
    if (const std::optional<LinkEnd> fault = fault_of(*hello, own)) co_return farewell(*fault);

    const auto exporter = frames.stream().export_keying_material(peer_exporter_label);
    const bool dials = role == PeerRole::dialler;
    const PeerHello& dialler = dials ? own_hello : *hello;
    const PeerHello& listener = dials ? *hello : own_hello;
    for (const PeerRotation& rotation : own.rotations)
        frames.send(rotation);
    frames.send(PeerProof{own.key.sign(proof_text(role, exporter, dialler, listener))});

    std::vector<PeerRotation> rotations;
    for (;;) {
        auto next = co_await FrameStream::read(frames);
        if (next && std::holds_alternative<PeerRotation>(*next) && rotations.size() < peer_rotations_max) {
            rotations.push_back(std::get<PeerRotation>(*std::move(next)));
            continue;
        }
        const auto proof = expect<PeerProof>(std::move(next));
        if (!proof) co_return std::unexpected(proof.error());
        const PeerRole other = dials ? PeerRole::listener : PeerRole::dialler;
        const bool is_proven =
            is_signed_by(hello->key, proof_text(other, exporter, dialler, listener), proof->signature) &&
            lead_to(hello->key, rotations);
        if (!is_proven) co_return farewell(LinkEnd::identity);
        frames.trust();
        co_return Introduced{*std::move(hello), std::move(rotations)};
    }
}

}  // namespace obrol
