#include "io/descriptor.h"

#include <fmt/format.h>
#include <system_error>
#include <unistd.h>

namespace obrol {

Failure<Error> system_failure(std::string_view doing, int code) {
    return fail(fmt::format("{}: {}", doing, std::generic_category().message(code)));
}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
    if (this != &other) {
        reset();
        fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
}

void Descriptor::reset() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

void WatchedDescriptor::Readiness::await_suspend(std::coroutine_handle<> waiting) const {
    OBROL_CHECK(!descriptor.waiting_);
    // When the kernel has no room for another registration, the waiter finds a closed descriptor.
    if (!descriptor.loop_.watch(descriptor.get(), descriptor)) descriptor.close();
    descriptor.waiting_ = waiting;
}

void WatchedDescriptor::close() {
    if (is_closed()) return;
    loop_.forget(descriptor_.get(), *this);
    descriptor_.reset();
    loop_.schedule(*this);
}

void WatchedDescriptor::on_readable(bool) {
    ready_ = true;
    if (waiting_) std::exchange(waiting_, {}).resume();
}

}  // namespace obrol
