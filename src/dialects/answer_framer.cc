#include "dialects/answer_framer.h"

#include "dialects/line_dialect.h"

namespace obrol {

Result<std::optional<std::size_t>> AnswerFramer::next(std::string_view input) {
    const std::size_t overlap = end_of_answer.size() - 1;
    const std::size_t end = input.find(end_of_answer, scanned_ > overlap ? scanned_ - overlap : 0);
    if (end == std::string_view::npos) {
        scanned_ = input.size();
        if (input.size() > answer_bytes_max) return fail("the answer does not end");
        return std::nullopt;
    }
    scanned_ = 0;
    return end;
}

}  // namespace obrol
