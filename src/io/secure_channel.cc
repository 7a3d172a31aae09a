#include "io/secure_channel.h"

#include <utility>

namespace obrol {

Task<Result<std::unique_ptr<SecureStream>>> SecureChannel::accept(std::unique_ptr<Stream> stream,
                                                                  MonotonicTime deadline) {
    return shake_hands(server_end(std::move(stream), std::string()), deadline);
}

Task<Result<std::unique_ptr<SecureStream>>> SecureChannel::connect(std::unique_ptr<Stream> stream,
                                                                   ClientOptions options, MonotonicTime deadline) {
    return shake_hands(client_end(std::move(stream), std::move(options)), deadline);
}

Task<Result<std::unique_ptr<SecureStream>>> SecureChannel::shake_hands(std::unique_ptr<SecureStream> stream,
                                                                       MonotonicTime deadline) {
    bool is_late = false;
    Timer timer(timers_);
    timer.start(deadline, [&stream, &is_late] {
        is_late = true;
        stream->close();
    });
    Result<void> done = co_await stream->handshake();
    timer.cancel();
    if (is_late) co_return fail("no secure connection: the other side does not go on in time");
    if (!done) co_return Failure<Error>(std::move(done.error()));
    co_return stream;
}

}  // namespace obrol
