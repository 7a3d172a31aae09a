// For streams that stand on another one: waits until the one below is ready, on behalf of the one above.
#pragma once

#include <coroutine>

#include "io/stream.h"

namespace obrol {

class StreamWatch {
  public:
    using Direction = Stream::Readiness::Direction;

    class Owner {
      public:
        // The watch is over, and may be started again or destroyed by this call.
        virtual void below_is_ready(Direction direction) = 0;

      protected:
        ~Owner() = default;
    };

    StreamWatch(Owner& owner, Direction direction) : owner_(owner), direction_(direction) {}
    // Ends the watch. `below` must not be waited for in this direction or closed any more, only destroyed.
    ~StreamWatch();
    StreamWatch(const StreamWatch&) = delete;
    StreamWatch& operator=(const StreamWatch&) = delete;

    // Tells the owner once, and never inside this call: `below` is not ready. Again before that: nothing happens.
    void start(Stream& below);

  private:
    class Run;
    static Run run(StreamWatch& self, Stream& below);

    Owner& owner_;
    Direction direction_;
    std::coroutine_handle<> waiting_;
};

}  // namespace obrol
