#include "core/client.h"

#include "core/fanout.h"
#include "core/sessions.h"

namespace obrol {

Client::Client(Sessions& sessions, Fanout& fanout, std::string source)
    : sessions_(sessions), fanout_(fanout), source_(std::move(source)) {}

Client::~Client() {
    listen(nullptr, 0);
    use_last(nullptr);
    if (own_) sessions_.detach(own_);
}

void Client::listen(Audience* audience, ListenerId listener) {
    if (audience_ && own_) fanout_.remove(own_->user(), *this);
    audience_ = audience;
    listener_ = listener;
    if (audience_ && own_) fanout_.add(own_->user(), *this);
}

void Client::log_in(std::shared_ptr<LiveSession> session, const Token& token) {
    log_out();
    sessions_.attach(session);
    own_ = std::move(session);
    token_ = token;
    if (audience_) fanout_.add(own_->user(), *this);
}

void Client::log_out() {
    use_last(nullptr);
    token_.reset();
    if (!own_) return;
    if (audience_) fanout_.remove(own_->user(), *this);
    sessions_.detach(own_);
    own_.reset();
}

void Client::let_go(const std::shared_ptr<LiveSession>& session) {
    if (own_ == session) log_out();
    if (last_ == session) use_last(nullptr);
}

void Client::use_last(std::shared_ptr<LiveSession> session) {
    if (session == own_) session.reset();
    if (session == last_) return;
    if (last_) sessions_.detach(last_);
    last_ = std::move(session);
    if (last_) sessions_.attach(last_);
}

}  // namespace obrol
