#include "bench/peers/redis_file_lobby.h"

#include <algorithm>
#include <fmt/core.h>
#include <string>

#include "base/check.h"
#include "bench/peers/resp.h"

namespace obrol::bench {
namespace {

constexpr std::string_view line_end = "\r\n";

class RedisFileMessenger final : public FileMessenger {
  public:
    explicit RedisFileMessenger(std::string_view content)
        : FileMessenger(content), head_(fmt::format("${}\r\n", content.size())) {}

    void begin(std::string& out) override { append_command(out, {"PING"}); }

    // +PONG · +OK · $SIZE, the bytes and a line end: all of them to the byte.
    Result<std::size_t> read(std::string_view received, std::string&, Heard& heard) override {
        std::size_t consumed = 0;
        while (consumed < received.size()) {
            const std::string_view rest = received.substr(consumed);
            if (expects_content()) {
                const auto taken = take_content(rest, heard);
                if (!taken) return taken;
                consumed += *taken;
                continue;
            }
            const std::string_view due = due_words();
            if (due.empty() || !due.starts_with(rest.substr(0, due.size()))) {
                constexpr std::size_t quoted = 300;
                const std::size_t end = rest.find(line_end);
                if (end == std::string_view::npos && rest.size() < quoted) return consumed;
                return fail(
                    fmt::format("the server answered {} with {}", request(), rest.substr(0, std::min(end, quoted))));
            }
            if (rest.size() < due.size()) return consumed;
            consumed += due.size();
            take_step(heard);
        }
        return consumed;
    }

    void append_message(std::string_view text, std::string& out) override {
        OBROL_CHECK(step_ == Step::idle);
        step_ = Step::storing;
        out.append("*3\r\n");
        append_bulk(out, "SET");
        append_bulk(out, text);
        out.append(head_);
        begin_content(line_end, out);
    }

    void append_download(std::string_view name, std::string& out) override {
        OBROL_CHECK(step_ == Step::idle);
        step_ = Step::asking;
        append_command(out, {"GET", name});
    }

  private:
    enum class Step { entering, idle, storing, asking, fetching };

    // What the server says next; nothing while it is to be silent.
    std::string_view due_words() const {
        switch (step_) {
            case Step::entering:
                return "+PONG\r\n";
            case Step::idle:
                return "";
            case Step::storing:
                return "+OK\r\n";
            case Step::asking:
                return head_;
            case Step::fetching:
                return line_end;
        }
        OBROL_CHECK(false);
    }

    std::string_view request() const {
        switch (step_) {
            case Step::entering:
                return "PING";
            case Step::idle:
                return "nothing";
            case Step::storing:
                return "SET";
            case Step::asking:
            case Step::fetching:
                return "GET";
        }
        OBROL_CHECK(false);
    }

    // They have been said.
    void take_step(Heard& heard) {
        if (step_ == Step::asking) {
            step_ = Step::fetching;
            expect_content();
        } else if (step_ == Step::entering) {
            step_ = Step::idle;
            heard.on_ready();
        } else {
            step_ = Step::idle;
            heard.on_acknowledgement();
        }
    }

    std::string head_;  // of a file's value
    Step step_ = Step::entering;
};

}  // namespace

std::unique_ptr<FileMessenger> RedisFileLobby::seat(const Seat&, std::string_view content) {
    return std::make_unique<RedisFileMessenger>(content);
}

}  // namespace obrol::bench
