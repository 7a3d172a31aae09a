#include "federation/link.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "federation/answers.h"
#include "federation/group_exchange.h"
#include "federation/item_intake.h"
#include "federation/key_passing.h"
#include "federation/link_parts.h"
#include "federation/outbox_pump.h"
#include "federation/questions.h"
#include "storage/blob_store.h"

namespace obrol {
namespace {

std::unexpected<Farewell> farewell(LinkEnd why) {
    return std::unexpected(Farewell{why, std::string(words_for(why))});
}

ChatError error_of(const std::string& code) {
    return parse_chat_error(code) == ChatError::not_found ? ChatError::not_found : ChatError::unavailable;
}

}  // namespace

struct Link::Established {
    explicit Established(LinkParts given)
        : parts(std::move(given)),
          questions(parts.executor, [this](const PeerFrame& frame) { parts.frames.send(frame); }),
          pump(parts),
          intake(parts),
          keys(parts),
          groups(parts, questions, keys, [this] { intake.open(); }),
          answers(parts, keys) {}

    LinkParts parts;
    Questions questions;
    OutboxPump pump;
    ItemIntake intake;
    KeyPassing keys;
    GroupExchange groups;
    Answers answers;
};

Link::Link(const Parts& parts, std::unique_ptr<SecureStream> stream, PeerRole role, OnEnd on_end)
    : parts_(parts),
      role_(role),
      on_end_(std::move(on_end)),
      frames_(parts.executor, std::move(stream)),
      ticking_(parts.executor) {
    gate_.spawn(FrameStream::write(frames_));
}

Link::~Link() = default;

Task<std::expected<Introduced, Farewell>> Link::introduce(Link& self) {
    co_return co_await shake_hands(self.frames_, self.role_, self.parts_.own);
}

Task<std::expected<PeerResume, Farewell>> Link::next_resume(Link& self) {
    for (;;) {
        auto frame = co_await FrameStream::read(self.frames_);
        if (!frame) co_return farewell(link_end_of(frame.error()));
        if (auto* resume = std::get_if<PeerResume>(&*frame)) co_return *resume;
        if (auto* bye = std::get_if<PeerBye>(&*frame))
            co_return std::unexpected(Farewell{LinkEnd::by_other, std::move(bye->words)});
        auto* ping = std::get_if<PeerPing>(&*frame);
        if (!ping) co_return farewell(LinkEnd::unexpected);
        self.frames_.send(PeerPong{std::move(ping->echo)});
    }
}

Task<std::expected<void, Farewell>> Link::send_resume(Link& self, ServerId server) {
    const Result<LinkProgress> progress = co_await self.parts_.peering.progress(server);
    if (!progress) {
        self.parts_.logger.error("how far the link to a server is cannot be read: {}", progress.error().what);
        co_return farewell(LinkEnd::not_stored);
    }
    self.frames_.send(PeerResume{progress->received.epoch, progress->received.number, progress->received_id});
    co_return std::expected<void, Farewell>();
}

Task<std::expected<void, Farewell>> Link::echo(Link& self, std::string text) {
    self.frames_.send(PeerPing{text});
    auto frame = co_await FrameStream::read(self.frames_);
    if (!frame) co_return farewell(link_end_of(frame.error()));
    const auto* pong = std::get_if<PeerPong>(&*frame);
    if (!pong || pong->echo != text) co_return farewell(LinkEnd::unexpected);
    co_return std::expected<void, Farewell>();
}

void Link::establish(Server server) {
    established_ = std::make_unique<Established>(LinkParts{
        parts_.executor, parts_.peering, parts_.own.key, parts_.options, parts_.logger, frames_, gate_,
        std::move(server), parts_.begin_epoch, [this](LinkEnd why, std::string words) { end(why, std::move(words)); }});
}

const Server& Link::server() const {
    OBROL_CHECK(established_);
    return established_->parts.server;
}

Task<std::optional<LinkEnd>> Link::resume(Link& self, PeerResume received) {
    co_return co_await OutboxPump::resume(self.established_->pump, received);
}

Task<void> Link::serve(Link& self) {
    self.gate_.spawn(OutboxPump::run(self.established_->pump));
    self.gate_.spawn(GroupExchange::run(self.established_->groups));
    self.tick();
    co_await read_frames(self);
}

Task<void> Link::read_frames(Link& self) {
    for (;;) {
        auto frame = co_await FrameStream::read(self.frames_);
        if (!frame) co_return self.end(link_end_of(frame.error()));
        if (const std::optional<LinkEnd> fault = self.take(*std::move(frame))) self.end(*fault);
        if (self.frames_.queued_bytes() > self.parts_.options.output_bytes_max) self.end(LinkEnd::silent);
        co_await ItemIntake::wait_until_handed_over(self.established_->intake);
        co_await GroupExchange::wait_for_room(self.established_->groups);
    }
}

// What is done with a frame of each type. None: fine.
struct Link::Take {
    Link& self;
    Established& parts;

    using Fault = std::optional<LinkEnd>;

    Fault operator()(PeerItems& items) const { return parts.intake.take(std::move(items)); }
    Fault operator()(const PeerAcknowledgement& frame) const { return parts.pump.acknowledged(frame); }
    Fault operator()(PeerHeads& heads) const {
        parts.groups.take(std::move(heads));
        return std::nullopt;
    }
    Fault operator()(PeerPush& push) const {
        parts.groups.take(std::move(push));
        return std::nullopt;
    }
    Fault operator()(const PeerRotation& rotation) const { return parts.keys.take(rotation); }
    Fault operator()(PeerFetch& fetch) const { return parts.answers.take(std::move(fetch)); }
    Fault operator()(const PeerBlobRequest& request) const { return parts.answers.take(request); }
    Fault operator()(PeerPresenceQuery& query) const { return parts.answers.take(std::move(query)); }
    Fault operator()(PeerEntries& answer) const { return answered(std::move(answer)); }
    Fault operator()(PeerBlobPart& answer) const { return answered(std::move(answer)); }
    Fault operator()(PeerPresence& answer) const { return answered(std::move(answer)); }
    Fault operator()(PeerPing& ping) const {
        self.frames_.send(PeerPong{std::move(ping.echo)});
        return std::nullopt;
    }
    Fault operator()(const PeerPong&) const { return std::nullopt; }
    Fault operator()(PeerBye& bye) const {
        self.end(LinkEnd::by_other, std::move(bye.words));
        return std::nullopt;
    }
    // Of the handshake.
    Fault operator()(const PeerHello&) const { return LinkEnd::unexpected; }
    Fault operator()(const PeerProof&) const { return LinkEnd::unexpected; }
    Fault operator()(const PeerResume&) const { return LinkEnd::unexpected; }

    template <class Answer>
    Fault answered(Answer answer) const {
        const std::uint32_t request = answer.request;
        if (parts.questions.answered(request, PeerFrame(std::move(answer)))) return std::nullopt;
        return LinkEnd::unexpected;
    }
};

std::optional<LinkEnd> Link::take(PeerFrame frame) {
    return std::visit(Take{*this, *established_}, frame);
}

// Every ping_interval, and when the silence becomes too long.
void Link::tick() {
    const FederationOptions& options = parts_.options;
    const MonotonicTime now = parts_.executor.clock().monotonic_now();
    const MonotonicTime heard = std::min(frames_.heard_at(), frames_.moved_at());
    const std::optional<MonotonicTime> asked = established_->questions.oldest();
    if (now - heard >= options.silence_max || (asked && now - *asked >= options.answer_max))
        return end(LinkEnd::silent);
    frames_.send(PeerPing{});
    ticking_.start(std::min(now + options.ping_interval, heard + options.silence_max), [this] { tick(); });
}

void Link::end(LinkEnd why, std::string words) {
    if (ended_) return;
    ended_ = Farewell{why, std::move(words)};
    ticking_.cancel();
    if (why == LinkEnd::closed) {
        frames_.close();
    } else {
        if (why != LinkEnd::by_other) frames_.send(PeerBye{std::string(to_string(why)), ended_->words});
        frames_.finish();
    }
    if (established_) {
        established_->pump.wake();
        established_->questions.end();
        established_->groups.end();
    }
    on_end_(*this);
}

Task<void> Link::close(Link& self) {
    self.end(LinkEnd::closed);
    // Until the other side has read the last word.
    for (bool goes_on = true; goes_on;) {
        const auto frame = co_await FrameStream::read(self.frames_);
        goes_on = frame.has_value();
    }
    self.frames_.close();
    co_await self.gate_.close();
}

Task<bool> Link::is_alive(Link& self, Duration within) {
    constexpr Duration step = std::chrono::milliseconds(50);
    const MonotonicTime asked_at = self.parts_.executor.clock().monotonic_now();
    self.frames_.send(PeerPing{});
    for (Duration waited{0}; waited < within && !self.ended_; waited += step) {
        if (self.frames_.heard_at() > asked_at) co_return true;
        co_await sleep_for(self.parts_.executor, step);
    }
    co_return !self.ended_ && self.frames_.heard_at() > asked_at;
}

void Link::wake() {
    if (established_) established_->pump.wake();
}

void Link::group_advanced(Peering::GroupHead head) {
    if (established_ && !ended_) established_->groups.advanced(std::move(head));
}

// The next part is asked for before this one is written: one is under way while the other goes to the disk.
Task<std::expected<void, ChatError>> Link::pull(std::shared_ptr<Link> self, BlobDigest blob, std::uint64_t offset,
                                                BlobWriter& into) {
    if (!self->established_ || self->ended_) co_return std::unexpected(ChatError::unavailable);
    Questions& questions = self->established_->questions;
    const Duration patience = self->parts_.options.answer_max;
    PeerBlobRequest request{0, blob, offset, peer_blob_part_bytes_max};
    Questions::Handle asked = co_await questions.ask(request, patience);
    for (;;) {
        if (!asked) co_return std::unexpected(ChatError::unavailable);
        const auto answer = co_await Questions::answer_to(questions, asked, patience);
        const PeerBlobPart* part = answer ? std::get_if<PeerBlobPart>(&*answer) : nullptr;
        if (!part) co_return std::unexpected(ChatError::unavailable);
        if (!part->why_not.empty()) co_return std::unexpected(error_of(part->why_not));
        // A blob never ends in a part without bytes before its end.
        if (part->left > 0 && part->bytes.empty()) co_return std::unexpected(ChatError::unavailable);
        request.offset += part->bytes.size();
        if (part->left > 0) asked = co_await questions.ask(request, patience);
        const Result<void> written = co_await into.write(self->parts_.executor, part->bytes);
        if (!written) co_return std::unexpected(ChatError::not_stored);
        if (part->left == 0) co_return std::expected<void, ChatError>();
    }
}

Task<std::optional<std::vector<std::string>>> Link::online_among(std::shared_ptr<Link> self, std::string viewer,
                                                                 std::vector<std::string> names) {
    if (!self->established_ || self->ended_) co_return std::nullopt;
    Questions& questions = self->established_->questions;
    const Clock& clock = self->parts_.executor.clock();
    const MonotonicTime deadline = clock.monotonic_now() + self->parts_.options.presence_timeout;
    std::vector<std::string> online;
    for (std::size_t asked = 0; asked < names.size(); asked += peer_list_max) {
        const auto first = names.begin() + static_cast<std::ptrdiff_t>(asked);
        const auto count = static_cast<std::ptrdiff_t>(std::min(peer_list_max, names.size() - asked));
        PeerPresenceQuery query{0, viewer, {}};
        std::move(first, first + count, std::back_inserter(query.names));
        Duration patience = deadline - clock.monotonic_now();
        const Questions::Handle question = co_await questions.ask(std::move(query), patience);
        if (!question) co_return std::nullopt;
        patience = deadline - clock.monotonic_now();
        auto answer = co_await Questions::answer_to(questions, question, patience);
        PeerPresence* presence = answer ? std::get_if<PeerPresence>(&*answer) : nullptr;
        if (!presence) co_return std::nullopt;
        std::ranges::move(presence->online, std::back_inserter(online));
    }
    co_return online;
}

}  // namespace obrol
