#include "tests/sim/file_fetcher.h"

#include <algorithm>
#include <fmt/core.h>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>

#include "base/crypto/sha256.h"
#include "model/file.h"
#include "tests/sim/native_answers.h"

namespace obrol {
namespace {

constexpr Duration pause_min = std::chrono::milliseconds(10);
constexpr Duration pause_max = std::chrono::milliseconds(250);
constexpr int entries_looked_at = 12;

Task<void> pause(Executor& executor, Random& random) {
    const auto range = static_cast<std::uint64_t>((pause_max - pause_min).count());
    const Duration duration = pause_min + Duration(random.below(range + 1));
    co_await sleep_for(executor, duration);
}

}  // namespace

Task<void> SimulatedFileFetcher::live() {
    while (!stopping_) {
        co_await pause(visitor_.executor(), random_);
        std::unique_ptr<SimulatedLine> line = co_await visitor_.enter();
        if (line) co_await visit(*line);
    }
}

Task<void> SimulatedFileFetcher::visit(SimulatedLine& line) {
    while (!stopping_) {
        bool goes_on = co_await look_into(line, draw_place());
        if (goes_on && !known_.empty()) goes_on = co_await fetch_something(line);
        if (!goes_on) co_return;
        co_await pause(visitor_.executor(), random_);
    }
}

std::string SimulatedFileFetcher::draw_place() {
    const auto& codes = visitor_.observed().codes;
    const std::size_t drawn = random_.below(people_.size() + codes.size());
    if (drawn < people_.size()) return people_[drawn];
    return std::next(codes.begin(), static_cast<std::ptrdiff_t>(drawn - people_.size()))->first;
}

Task<bool> SimulatedFileFetcher::look_into(SimulatedLine& line, std::string place) {
    std::string request = fmt::format("history {} limit {}\n", visitor_.here(place), entries_looked_at);
    const std::optional<JsonValue> answer = co_await visitor_.ask(line, std::move(request));
    if (!answer) co_return false;
    const std::string code = text_in(*answer, "code");
    // Whoever wanders may never have been there, and whoever is elsewhere may not be known here yet.
    const bool is_known = code == "not-a-member" || code == "user-not-found";
    if (!is_ok(*answer) && !is_known) visitor_.complain("history was refused without a reason: " + code);
    for (const JsonValue& message : list_in(data_of(*answer), "messages")) {
        if (const JsonValue* file = message.find("file")) note(*file);
    }
    co_return true;
}

void SimulatedFileFetcher::note(const JsonValue& file) {
    const std::string code = text_in(file, "code");
    const std::string name = text_in(file, "name");
    const auto content = visitor_.observed().contents.find(name);
    if (content == visitor_.observed().contents.end()) return complain_of(code, name, "was sent by nobody");
    const bool is_right = static_cast<std::size_t>(number_in(file, "size")) == content->second.size() &&
                          text_in(file, "sha256") == to_string(sha256(content->second));
    if (!is_right) return complain_of(code, name, "has another size or digest");
    known_[code] = name;
}

void SimulatedFileFetcher::complain_of(const std::string& code, const std::string& name, std::string_view what) {
    visitor_.complain(fmt::format("the file {} {} {}", code, name, what));
}

Task<bool> SimulatedFileFetcher::fetch_something(SimulatedLine& line) {
    const auto drawn = static_cast<std::ptrdiff_t>(random_.below(known_.size()));
    const auto [code, name] = *std::next(known_.begin(), drawn);
    const std::string& content = visitor_.observed().contents.at(name);
    const std::size_t offset = random_.chance(1, 4) ? random_.below(content.size() + 1) : 0;
    std::string request = fmt::format("getfile {} {}\n", code, offset);
    const std::optional<JsonValue> answer = co_await visitor_.ask(line, std::move(request));
    if (!answer) co_return false;
    const std::string why = text_in(*answer, "code");
    visitor_.trace().note("{}: fetches {} from {}: {}", visitor_.address(), code, offset, why);
    if (!is_ok(*answer)) {
        if (!may_be_refused(code, why)) complain_of(code, name, "is refused: " + why);
        co_return true;
    }
    // He leaves in the middle of it.
    if (random_.chance(1, 20)) co_return false;
    const auto size = static_cast<std::size_t>(number_in(data_of(*answer), "size"));
    const std::optional<std::string> bytes = co_await visitor_.take_bytes(line, size);
    if (!bytes) co_return false;
    if (*bytes != std::string_view(content).substr(offset)) complain_of(code, name, "has other bytes");
    co_return true;
}

// A file of another server may not be had now; one of this server only if it was put back, and then asks others for it.
bool SimulatedFileFetcher::may_be_refused(const std::string& code, std::string_view why) {
    const bool was_put_back = !visitor_.observed().put_back.empty();
    const bool is_from_elsewhere = was_put_back || code.find('@') != std::string::npos;
    if (was_put_back && why == "file-not-found") return true;
    return is_from_elsewhere &&
           (why == "server-unreachable" || why == "unavailable" || why == "busy" || why == "not-found");
}

Task<bool> SimulatedFileFetcher::list(SimulatedLine& line) {
    const std::optional<JsonValue> files = co_await visitor_.ask(line, "files\n");
    const std::optional<JsonValue> folder = co_await visitor_.ask(line, "folder\n");
    if (!files || !folder || !is_ok(*files) || !data_of(*folder).as_array()) co_return false;
    if (truth_in(data_of(*files), "more")) visitor_.complain("has more files than one answer lists");
    for (const JsonValue& file : list_in(data_of(*files), "files"))
        found_.push_back({visitor_.address(),
                          text_in(file, "code"),
                          text_in(file, "name"),
                          static_cast<std::size_t>(number_in(file, "size")),
                          text_in(file, "sha256"),
                          {},
                          {}});
    for (const JsonValue& file : *data_of(*folder).as_array())
        found_.push_back({visitor_.address(),
                          {},
                          text_in(file, "name"),
                          static_cast<std::size_t>(number_in(file, "size")),
                          {},
                          {},
                          {}});
    is_listed_ = true;
    co_return true;
}

Task<SimulatedFileFetcher::Success> SimulatedFileFetcher::fetch_all() {
    const auto is_missing = [](const FoundFile& file) { return !file.bytes; };
    if (is_listed_ && std::ranges::none_of(found_, is_missing)) co_return Success::complete;
    std::unique_ptr<SimulatedLine> line = co_await visitor_.enter();
    if (!line) co_return Success::unreachable;
    if (!is_listed_) {
        const bool is_listed = co_await list(*line);
        if (!is_listed) co_return Success::unreachable;
    }
    Success success = Success::complete;
    for (FoundFile& file : found_) {
        if (file.bytes) continue;
        const bool goes_on = co_await fetch(*line, file);
        if (!goes_on || file.refusal == "server-unreachable") success = Success::unreachable;
        if (!goes_on) break;
        if (!file.bytes && success == Success::complete) success = Success::refused;
    }
    co_return success;
}

Task<bool> SimulatedFileFetcher::fetch(SimulatedLine& line, FoundFile& file) {
    const bool is_in_folder = file.code.empty();
    std::string request = is_in_folder ? fmt::format("getfolderfile {}\n", file.name) : "getfile " + file.code + "\n";
    const std::optional<JsonValue> answer = co_await visitor_.ask(line, std::move(request));
    if (!answer) co_return false;
    file.refusal = text_in(*answer, "code");
    if (!is_ok(*answer)) co_return true;
    const JsonValue* offered = data_of(*answer).find("file");
    if (!offered) co_return false;
    if (is_in_folder) file.digest = text_in(*offered, "sha256");
    const bool is_same = text_in(*offered, "name") == file.name && text_in(*offered, "sha256") == file.digest &&
                         text_in(*offered, "code") == file.code;
    if (!is_same) complain_of(file.code, file.name, "is offered as another one");
    const auto size = static_cast<std::size_t>(number_in(data_of(*answer), "size"));
    file.bytes = co_await visitor_.take_bytes(line, size);
    co_return file.bytes.has_value();
}

}  // namespace obrol
