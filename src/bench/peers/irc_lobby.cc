#include "bench/peers/irc_lobby.h"

#include <string>

namespace obrol::bench {
namespace {

std::string nick_of(std::size_t user) {
    return "u" + std::to_string(user);
}

class IrcMessenger final : public Messenger {
  public:
    IrcMessenger(const Seat& seat, std::string nick)
        : seat_(seat),
          nick_(std::move(nick)),
          target_(seat.target == Seat::Target::room ? channel : nick_of(seat.partner)) {}

    void begin(std::string& out) override {
        out.append("NICK ").append(nick_).append("\r\nUSER ").append(nick_).append(" 0 * :bench\r\n");
    }

    Result<std::size_t> read(std::string_view received, std::string& out, Heard& heard) override {
        std::size_t consumed = 0;
        while (true) {
            const std::size_t end = received.find('\n', consumed);
            if (end == std::string_view::npos) return consumed;
            std::string_view line = received.substr(consumed, end - consumed);
            if (line.ends_with('\r')) line.remove_suffix(1);
            if (auto understood = hear(line, out, heard); !understood) return Failure<Error>(understood.error());
            consumed = end + 1;
        }
    }

    void append_message(std::string_view text, std::string& out) override {
        out.append("PRIVMSG ").append(target_).append(" :").append(text).append("\r\n");
    }

  private:
    static constexpr std::string_view channel = "#bench";

    Result<void> hear(std::string_view line, std::string& out, Heard& heard) {
        if (line.starts_with("PING")) {
            out.append("PONG").append(line.substr(4)).append("\r\n");
            return {};
        }
        if (line.starts_with("ERROR")) return fail("the server said " + std::string(line));
        const std::size_t blank = line.find(' ');
        if (!line.starts_with(':') || blank == std::string_view::npos) return {};  // a notice before registration
        const std::string_view command = line.substr(blank + 1);
        if (command.starts_with("PRIVMSG ")) {
            const std::size_t text = command.find(" :");
            if (text == std::string_view::npos) return fail("the server sent a message without text");
            return heard.on_delivery(command.substr(text + 2));
        }
        const std::string_view number = command.substr(0, 4);
        const bool registered = number == "376 " || number == "422 ";  // the end of the greeting, or there is none
        if (registered && seat_.receives && seat_.target == Seat::Target::room) {
            out.append("JOIN ").append(channel).append("\r\n");
        } else if (registered || (number == "366 " && !ready_)) {  // the end of the names in a channel
            ready_ = true;
            heard.on_ready();
        } else if (number.size() == 4 && (number[0] == '4' || number[0] == '5') && number[3] == ' ') {
            return fail("the server said " + std::string(line));
        }
        return {};
    }

    Seat seat_;
    std::string nick_;
    std::string target_;
    bool ready_ = false;
};

}  // namespace

std::unique_ptr<Messenger> IrcLobby::seat(const Seat& seat) {
    if (visits_.size() <= seat.user) visits_.resize(seat.user + 1);
    const std::size_t visit = visits_[seat.user]++;
    const std::string nick = nick_of(seat.user);
    return std::make_unique<IrcMessenger>(seat, visit == 0 ? nick : nick + "x" + std::to_string(visit));
}

}  // namespace obrol::bench
