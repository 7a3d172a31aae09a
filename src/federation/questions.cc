#include "federation/questions.h"

#include <utility>

#include "io/timer.h"

namespace obrol {

struct Questions::Question {
    explicit Question(Executor& executor) : asked_at(executor.clock().monotonic_now()), changed(executor) {}

    const MonotonicTime asked_at;
    std::optional<PeerFrame> answer;
    bool is_over = false;
    WakeUp changed;
};

Task<Questions::Handle> Questions::ask_in_turn(Questions& self, Numbered frame, Duration patience) {
    const MonotonicTime deadline = self.executor_.clock().monotonic_now() + patience;
    Timer timer(self.executor_);
    while (!self.has_ended_ && self.open_.size() >= peer_requests_max) {
        if (self.executor_.clock().monotonic_now() >= deadline) co_return nullptr;
        timer.start(deadline, [&self] { self.place_.ring(); });
        co_await self.place_.wait();
    }
    if (self.has_ended_) co_return nullptr;
    const std::uint32_t number = ++self.last_number_;
    auto question = std::make_shared<Question>(self.executor_);
    self.open_.emplace(number, question);
    self.send_(frame(number));
    co_return question;
}

Task<std::optional<PeerFrame>> Questions::answer_to(Questions& self, Handle question, Duration patience) {
    bool is_late = false;
    Timer timer(self.executor_);
    timer.start_after(patience, [&question, &is_late] {
        is_late = true;
        question->changed.wake();
    });
    while (!question->is_over && !is_late)
        co_await question->changed.wait();
    co_return std::exchange(question->answer, std::nullopt);
}

bool Questions::answered(std::uint32_t number, PeerFrame answer) {
    const auto found = open_.find(number);
    if (found == open_.end()) return false;
    Question& question = *found->second;
    question.answer = std::move(answer);
    question.is_over = true;
    question.changed.wake();
    open_.erase(found);
    place_.ring();
    return true;
}

void Questions::end() {
    has_ended_ = true;
    for (const auto& [number, question] : std::exchange(open_, {})) {
        question->is_over = true;
        question->changed.wake();
    }
    place_.ring();
}

std::optional<MonotonicTime> Questions::oldest() const {
    if (open_.empty()) return std::nullopt;
    return open_.begin()->second->asked_at;
}

}  // namespace obrol
