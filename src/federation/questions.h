// What one side asks and the other answers, several at once: entries of groups, parts of blobs, presence.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "dialects/peer/frame.h"
#include "federation/waiting.h"
#include "io/executor.h"
#include "io/task.h"

namespace obrol {

class Questions {
  public:
    using Send = std::function<void(const PeerFrame& frame)>;
    struct Question;
    // The question keeps its place until it is answered, whether or not somebody still waits for it.
    using Handle = std::shared_ptr<Question>;
    using Numbered = std::move_only_function<PeerFrame(std::uint32_t number)>;

    Questions(Executor& executor, Send send) : executor_(executor), send_(std::move(send)), place_(executor) {}
    Questions(const Questions&) = delete;
    Questions& operator=(const Questions&) = delete;

    // Asks as soon as there is a place; null at the end of the link, or after `patience`. `frame` gets its number.
    template <class Frame>
    Task<Handle> ask(Frame frame, Duration patience) {
        Numbered numbered = [frame = std::move(frame)](std::uint32_t number) mutable {
            frame.request = number;
            return PeerFrame(std::move(frame));
        };
        return ask_in_turn(*this, std::move(numbered), patience);
    }
    // None: the link has ended, or the answer takes longer.
    static Task<std::optional<PeerFrame>> answer_to(Questions& self, Handle question, Duration patience);

    // False: nobody has asked that.
    bool answered(std::uint32_t number, PeerFrame answer);
    // Nobody waits any longer, and nobody asks.
    void end();
    // When the oldest unanswered one was asked; none: there is none.
    std::optional<MonotonicTime> oldest() const;

  private:
    static Task<Handle> ask_in_turn(Questions& self, Numbered frame, Duration patience);

    Executor& executor_;
    Send send_;
    Bell place_;
    std::map<std::uint32_t, Handle> open_;
    std::uint32_t last_number_ = 0;
    bool has_ended_ = false;
};

}  // namespace obrol
