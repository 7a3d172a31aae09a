#include "bench/peers/redis_lobbies.h"

#include <string>
#include <vector>

#include "bench/peers/resp.h"

namespace obrol::bench {
namespace {

Failure<Error> refused(std::string_view what, const RespItem& item) {
    return fail("the server answered " + std::string(what) + " with " + std::string(item.text));
}

// Where a seat's messages go, or come from.
std::string destination_of(const Seat& seat, std::size_t receiver) {
    return seat.target == Seat::Target::room ? "room" : "direct" + std::to_string(receiver);
}

// What both have in common: PING shows that the connection is served.
class RedisMessenger : public Messenger {
  public:
    explicit RedisMessenger(const Seat& seat)
        : seat_(seat), source_(destination_of(seat, seat.user)), target_(destination_of(seat, seat.partner)) {}

    void begin(std::string& out) override { append_command(out, {"PING"}); }

    Result<std::size_t> read(std::string_view received, std::string& out, Heard& heard) override {
        std::size_t consumed = 0;
        while (true) {
            const auto size = read_resp(received.substr(consumed), items_);
            if (!size) return Failure<Error>(size.error());
            if (*size == 0) return consumed;
            consumed += *size;
            if (items_.front().type == '-') return refused("a command", items_.front());
            if (auto understood = hear(out, heard); !understood) return Failure<Error>(understood.error());
        }
    }

  protected:
    virtual Result<void> hear(std::string& out, Heard& heard) = 0;

    Seat seat_;
    std::string source_;
    std::string target_;
    bool pinged_ = false;
    std::vector<RespItem> items_;  // the value that is being heard
};

class ChannelMessenger final : public RedisMessenger {
  public:
    using RedisMessenger::RedisMessenger;

    void append_message(std::string_view text, std::string& out) override {
        append_command(out, {"PUBLISH", target_, text});
    }

  private:
    // [*3, "message", channel, text] · [*3, "subscribe", channel, :1] · :N subscribers have it
    Result<void> hear(std::string& out, Heard& heard) override {
        if (!pinged_) {
            pinged_ = true;
            if (seat_.receives) {
                append_command(out, {"SUBSCRIBE", source_});
            } else {
                heard.on_ready();
            }
            return {};
        }
        if (items_.size() == 4 && items_[1].text == "message") return heard.on_delivery(items_[3].text);
        if (items_.size() == 4 && items_[1].text == "subscribe") {
            heard.on_ready();
            return {};
        }
        if (items_.front().type != ':') return refused("PUBLISH", items_.front());
        heard.on_acknowledgement();
        return {};
    }
};

class StreamMessenger final : public RedisMessenger {
  public:
    using RedisMessenger::RedisMessenger;

    void append_message(std::string_view text, std::string& out) override {
        append_command(out, {"XADD", target_, "*", "f", text});
    }

  private:
    // [*1, *2, stream, *N, (*2, id, *2, "f", text) x N] · $ID of the entry that was added
    Result<void> hear(std::string& out, Heard& heard) override {
        constexpr std::size_t before_entries = 4, of_entry = 5;
        if (!pinged_) {
            pinged_ = true;
            if (seat_.receives) wait_for_entries("$", out);
            heard.on_ready();
            return {};
        }
        if (!seat_.receives) {
            if (items_.front().type != '$') return refused("XADD", items_.front());
            heard.on_acknowledgement();
            return {};
        }
        if (items_.size() < before_entries + of_entry || (items_.size() - before_entries) % of_entry != 0)
            return fail("the server answered XREAD with something else than entries");
        for (std::size_t at = before_entries; at < items_.size(); at += of_entry) {
            if (auto taken = heard.on_delivery(items_[at + 4].text); !taken) return taken;
        }
        wait_for_entries(items_[items_.size() - of_entry + 1].text, out);
        return {};
    }

    void wait_for_entries(std::string_view after, std::string& out) {
        append_command(out, {"XREAD", "BLOCK", "0", "STREAMS", source_, after});
    }
};

}  // namespace

std::unique_ptr<Messenger> RedisChannels::seat(const Seat& seat) {
    return std::make_unique<ChannelMessenger>(seat);
}

std::unique_ptr<Messenger> RedisStreams::seat(const Seat& seat) {
    return std::make_unique<StreamMessenger>(seat);
}

}  // namespace obrol::bench
