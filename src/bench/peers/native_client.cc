#include "bench/peers/native_client.h"

#include <cerrno>
#include <poll.h>

#include "bench/peers/native_words.h"
#include "bench/system_error.h"

namespace obrol::bench {
namespace {

constexpr int patience_ms = 30'000;

// Waits until the connection can be read from or written to.
Result<void> wait_for(const Connection& connection, short event) {
    pollfd waiting{connection.descriptor(), event, 0};
    const int ready = ::poll(&waiting, 1, patience_ms);
    if (ready < 0 && errno != EINTR) return system_failure("poll", errno);
    if (ready == 0) return fail("the server has been silent for 30 s");
    return {};
}

}  // namespace

Result<NativeClient> NativeClient::connect(std::uint16_t port, const Clock& clock) {
    auto connection = Connection::open(port, 0);
    if (!connection) return Failure<Error>(connection.error());
    return NativeClient(std::move(*connection), clock);
}

Result<NativeClient::Answer> NativeClient::ask(std::string_view request) {
    const MonotonicTime before = clock_->monotonic_now();
    connection_.outgoing().append(request).append("\n");
    for (auto whole = connection_.flush(); !whole || !*whole; whole = connection_.flush()) {
        if (!whole) return Failure<Error>(whole.error());
        if (auto ready = wait_for(connection_, POLLOUT); !ready) return Failure<Error>(ready.error());
    }
    auto answer = read_answer();
    if (!answer) return Failure<Error>(answer.error());
    const Duration took = clock_->monotonic_now() - before;
    if (!answer->starts_with(native_success))
        return fail("the server answered '" + std::string(request) + "' with " + answer->substr(0, 300));
    return Answer{std::move(*answer), took};
}

Result<std::string> NativeClient::read_answer() {
    while (true) {
        const auto received = connection_.receive(scratch_);
        if (!received) return Failure<Error>(received.error());
        if (received->empty()) {
            if (auto ready = wait_for(connection_, POLLIN); !ready) return Failure<Error>(ready.error());
            continue;
        }
        // Only the end can be the end: one request, one answer.
        const bool whole = received->ends_with(native_answer_end);
        std::string answer = whole ? std::string(received->substr(0, received->size() - native_answer_end.size())) : "";
        connection_.consume(whole ? received->size() : 0);
        if (whole) return answer;
    }
}

}  // namespace obrol::bench
