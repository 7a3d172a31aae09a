#include "tests/sim/visitor.h"

#include <fmt/core.h>
#include <utility>

#include "tests/sim/client.h"
#include "tests/sim/native_answers.h"

namespace obrol {
namespace {

constexpr Duration connect_timeout = std::chrono::seconds(2);

}  // namespace

std::string Visitor::here(const std::string& address) const {
    const std::string own = "@" + surroundings_.label;
    return address.ends_with(own) ? address.substr(0, address.size() - own.size()) : address;
}

void Visitor::complain(std::string_view what) {
    surroundings_.trace.note("{}: COMPLAINT: {}", address(), what);
    surroundings_.observed.complaints.push_back(fmt::format("{}: {}", address(), what));
}

Task<std::unique_ptr<SimulatedLine>> Visitor::enter() {
    Result<std::unique_ptr<Stream>> stream =
        co_await surroundings_.network.connect(surroundings_.server, connect_timeout);
    if (!stream) co_return nullptr;
    auto line = std::make_unique<SimulatedLine>(surroundings_.executor, std::move(*stream), patience_);
    std::string login = fmt::format("auth {} {}\n", name_, SimulatedUser::password_of(name_));
    const std::optional<JsonValue> answer = co_await ask(*line, std::move(login));
    if (!answer) co_return nullptr;
    if (is_ok(*answer)) co_return line;
    const std::string code = text_in(*answer, "code");
    if (!is_weak_store(code)) complain("was not let in: " + code);
    co_return nullptr;
}

Task<std::optional<JsonValue>> Visitor::ask(SimulatedLine& line, std::string request) {
    const bool written = co_await line.write(std::move(request));
    if (!written) co_return std::nullopt;
    co_return co_await next_answer(line);
}

Task<std::optional<JsonValue>> Visitor::next_answer(SimulatedLine& line) {
    std::string complaint;
    std::optional<JsonValue> answer = co_await next_native_answer(line, complaint);
    if (!complaint.empty()) complain(complaint);
    co_return answer;
}

Task<std::optional<std::string>> Visitor::take_bytes(SimulatedLine& line, std::size_t count) {
    while (line.input().size() < count) {
        const bool goes_on = co_await line.read_more();
        if (!goes_on) co_return std::nullopt;
    }
    line.be_patient();
    std::string bytes = line.input().substr(0, count);
    line.input().erase(0, count);
    co_return bytes;
}

}  // namespace obrol
