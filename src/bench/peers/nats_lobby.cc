#include "bench/peers/nats_lobby.h"

#include <charconv>
#include <string>

namespace obrol::bench {
namespace {

constexpr std::string_view line_end = "\r\n";

std::string subject_of(const Seat& seat, std::size_t receiver) {
    return seat.target == Seat::Target::room ? "room" : "direct." + std::to_string(receiver);
}

class NatsMessenger final : public Messenger {
  public:
    explicit NatsMessenger(const Seat& seat)
        : seat_(seat), source_(subject_of(seat, seat.user)), target_(subject_of(seat, seat.partner)) {}

    void begin(std::string& out) override {
        out += "CONNECT {\"verbose\":false,\"pedantic\":false,\"lang\":\"c++\",\"version\":\"1\"}\r\nPING\r\n";
    }

    Result<std::size_t> read(std::string_view received, std::string& out, Heard& heard) override {
        std::size_t consumed = 0;
        while (true) {
            const std::size_t end = received.find('\r', consumed);
            if (end == std::string_view::npos || received.size() < end + line_end.size()) return consumed;
            const std::string_view line = received.substr(consumed, end - consumed);
            const std::size_t rest = end + line_end.size();
            if (!line.starts_with("MSG ")) {
                if (auto understood = hear(line, out, heard); !understood) return Failure<Error>(understood.error());
                consumed = rest;
                continue;
            }
            // "MSG subject sid size"
            const std::string_view digits = line.substr(line.rfind(' ') + 1);
            std::size_t size = 0;
            const auto [last, error] = std::from_chars(digits.data(), digits.data() + digits.size(), size);
            if (error != std::errc{} || last != digits.data() + digits.size())
                return fail("the server sent a message without size: " + std::string(line));
            if (received.size() < rest + size + line_end.size()) return consumed;
            if (auto taken = heard.on_delivery(received.substr(rest, size)); !taken)
                return Failure<Error>(taken.error());
            consumed = rest + size + line_end.size();
        }
    }

    void append_message(std::string_view text, std::string& out) override {
        out.append("PUB ").append(target_).append(" ").append(std::to_string(text.size())).append(line_end);
        out.append(text).append(line_end);
    }

  private:
    Result<void> hear(std::string_view line, std::string& out, Heard& heard) {
        if (line == "PING") {
            out += "PONG\r\n";
        } else if (line == "PONG" && seat_.receives && !subscribed_) {
            subscribed_ = true;
            out.append("SUB ").append(source_).append(" 1\r\nPING\r\n");
        } else if (line == "PONG") {
            heard.on_ready();
        } else if (!line.starts_with("INFO ")) {
            return fail("the server said " + std::string(line));
        }
        return {};
    }

    Seat seat_;
    std::string source_;
    std::string target_;
    bool subscribed_ = false;
};

}  // namespace

std::unique_ptr<Messenger> NatsLobby::seat(const Seat& seat) {
    return std::make_unique<NatsMessenger>(seat);
}

}  // namespace obrol::bench
