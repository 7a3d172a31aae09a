#include "apps/obrold/assembly.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "apps/obrold/demo.h"
#include "base/check.h"

namespace obrol {
namespace {

Chat::Options chat_options(const Config& config, std::string server_id) {
    Chat::Options options = config.chat;
    options.server_label = std::move(server_id);
    return options;
}

DialectLimits dialect_limits(const Config& config, const std::string& server_id) {
    DialectLimits limits = config.dialects;
    limits.server_label = server_id;
    return limits;
}

// One setting for core's rates and for connections; it holds from the start on.
ServerLimits server_limits(const Config& config, bool loopback_exempt) {
    ServerLimits limits = config.limits;
    limits.loopback_exempt = loopback_exempt;
    return limits;
}

Federation::Ports ports_of(const std::vector<ListenSetting>& listeners) {
    Federation::Ports ports;
    const auto reachable = std::ranges::find_if_not(listeners, is_on_loopback);
    if (reachable != listeners.end()) ports.anywhere = reachable->at.port;
    // One that others reach need not be reached at a loopback address.
    const auto local = std::ranges::find_if(listeners, is_on_loopback);
    if (local != listeners.end()) ports.on_loopback = local->at.port;
    return ports;
}

std::vector<PublicKey> former_keys(const std::vector<PeerRotation>& rotations) {
    std::vector<PublicKey> keys;
    for (const PeerRotation& rotation : rotations)
        keys.push_back(rotation.old_key);
    return keys;
}

}  // namespace

Assembly::Assembly(Seams seams, const Config& config, std::string server_id)
    : seams_(std::move(seams)),
      demo_(config.demo),
      loopback_exempt_(config.chat.loopback_exempt),
      plaintext_off_loopback_(config.allow_plaintext_off_loopback),
      listeners_(config.listeners),
      dialects_(dialect_limits(config, server_id)),
      commits_(seams_.core, seams_.store, config.commits, seams_.on_store_fatal),
      key_(seams_.identity),
      chat_(Chat::Parts{seams_.core, seams_.store, seams_.blobs, commits_, bus_, seams_.hasher, seams_.secure_random,
                        seams_.random, seams_.logger, key_, seams_.folders},
            chat_options(config, server_id)),
      federation_(make_federation(config, std::move(server_id))),
      server_(ChatServer::Parts{seams_.core, seams_.network, chat_, seams_.logger, seams_.io_executors, seams_.secure,
                                federation_.get()},
              server_limits(config, loopback_exempt_)) {
    if (federation_) chat_.set_links(*federation_);
    chat_.peering().own_key_changed(former_keys(seams_.rotations));
}

std::unique_ptr<Federation> Assembly::make_federation(const Config& config, std::string server_id) {
    if (!seams_.secure || !config.federation.enabled) return nullptr;
    const Federation::Parts parts{seams_.core, seams_.network, *seams_.secure, chat_.peering(),
                                  key_,        seams_.random,  seams_.logger};
    return std::make_unique<Federation>(parts, config.federation, std::move(server_id), seams_.rotations);
}

Task<Result<std::vector<ListenSetting>>> Assembly::start() {
    if (demo_) {
        const Result<void> added = co_await add_demo_users(chat_, seams_.store);
        if (!added) co_return Failure<Error>(added.error());
    }
    std::vector<ListenSetting> bound = listeners_;
    for (ListenSetting& listener : bound) {
        const DialectKind* kind = dialects_.find(listener.dialect);
        OBROL_CHECK(kind);  // the configuration names only those there are
        const bool takes_plaintext = plaintext_off_loopback_ || is_on_loopback(listener);
        const Plaintext plaintext = takes_plaintext ? Plaintext::taken : Plaintext::refused;
        Result<Endpoint> at = server_.listen(*kind, listener.at, plaintext);
        if (!at) co_return Failure<Error>(std::move(at.error()));
        listener.at = std::move(*at);
    }
    chat_.start();
    if (federation_) federation_->start(ports_of(bound));
    co_return bound;
}

Task<void> Assembly::stop() {
    co_await server_.stop();
    if (federation_) co_await federation_->stop();
    co_await chat_.stop();
    co_await commits_.drain();
}

// Everybody who needs the key refers to this one, and is on core's thread as this is.
void Assembly::take_key(const SigningSeed& seed, std::vector<PeerRotation> rotations) {
    std::destroy_at(&key_);
    std::construct_at(&key_, seed);
    chat_.peering().own_key_changed(former_keys(rotations));
    if (federation_) federation_->key_changed(std::move(rotations));
}

void Assembly::reload(const Config& config) {
    server_.set_limits(server_limits(config, loopback_exempt_));
}

}  // namespace obrol
