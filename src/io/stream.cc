#include "io/stream.h"

#include <utility>

#include "base/check.h"

namespace obrol {

Stream::Readiness Stream::wait_readable() {
    return Readiness(*this, Readiness::Direction::read);
}

Stream::Readiness Stream::wait_writable() {
    return Readiness(*this, Readiness::Direction::write);
}

void Stream::move_to(Executor& owner) {
    OBROL_CHECK(!reader_ && !writer_);
    change_owner(owner);
}

void Stream::resume_reader() {
    if (reader_) std::exchange(reader_, {}).resume();
}

void Stream::resume_writer() {
    if (writer_) std::exchange(writer_, {}).resume();
}

bool Stream::Readiness::await_ready() const {
    return direction_ == Direction::read ? stream_.readable() : stream_.writable();
}

void Stream::Readiness::await_suspend(std::coroutine_handle<> waiting) {
    if (direction_ == Direction::read) {
        OBROL_CHECK(!stream_.reader_);
        stream_.want_readable();
        stream_.reader_ = waiting;
    } else {
        OBROL_CHECK(!stream_.writer_);
        stream_.want_writable();
        stream_.writer_ = waiting;
    }
}

}  // namespace obrol
