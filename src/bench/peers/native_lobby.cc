#include "bench/peers/native_lobby.h"

#include <cstring>
#include <fmt/core.h>
#include <string_view>

#include "base/check.h"
#include "bench/peers/native_words.h"

namespace obrol::bench {
namespace {

constexpr std::string_view event_begin = "{\"event\":\"";
constexpr std::string_view message_event = "{\"event\":\"message\"";
constexpr std::string_view lagged_event = "{\"event\":\"lagged\"";
constexpr std::string_view password = "surabaya-surabaya";
constexpr std::string_view group = "bench";

}  // namespace

class NativeMessenger final : public Messenger {
  public:
    NativeMessenger(NativeLobby& lobby, const Seat& seat) : lobby_(lobby), seat_(seat) {}

    void begin(std::string& out) override {
        const std::string& token = lobby_.token_of(seat_.user);
        if (token.empty()) {
            step_ = Step::registering;
            out += fmt::format("register {} {}\n", native_user(seat_.user), password);
        } else if (lobby_.coming_back_ == NativeLobby::ComingBack::by_password) {
            log_in(out);
        } else {
            step_ = Step::resuming;
            out.append("resume ").append(token).append("\n");
        }
    }

    Result<std::size_t> read(std::string_view received, std::string& out, Heard& heard) override {
        std::size_t consumed = 0;
        while (true) {
            // JSON text holds no bare CR.
            const std::size_t end = received.find('\r', consumed);
            if (end == std::string_view::npos || received.size() - end < native_answer_end.size()) return consumed;
            const std::string_view object = received.substr(consumed, end - consumed);
            if (received.substr(end, native_answer_end.size()) != native_answer_end)
                return native_refusal("a request", object);
            const auto understood =
                object.starts_with(event_begin) ? hear_event(object, heard) : hear_answer(object, out, heard);
            if (!understood) return Failure<Error>(understood.error());
            consumed = end + native_answer_end.size();
        }
    }

    void append_message(std::string_view text, std::string& out) override {
        if (seat_.target == Seat::Target::room) {
            out.append("sendgroup ").append(group);
        } else {
            out.append("send ").append(native_user(seat_.partner));
        }
        out.append(" ").append(text).append("\n");
    }

  private:
    enum class Step { registering, logging_in, resuming, opening_room, joining_room, beginning_to_listen, ready };

    void log_in(std::string& out) {
        step_ = Step::logging_in;
        out += fmt::format("auth {} {}\n", native_user(seat_.user), password);
    }

    Result<void> hear_event(std::string_view object, Heard& heard) {
        if (object.starts_with(lagged_event)) return fail("the server left out events: " + std::string(object));
        if (!object.starts_with(message_event)) return {};
        // The members have much the same size in every event, so the text is mostly where it was.
        constexpr std::string_view key = "\"text\":\"";
        if (object.size() < text_key_ + key.size() ||
            std::memcmp(object.data() + text_key_, key.data(), key.size()) != 0) {
            const std::size_t found = object.find(key);
            if (found == std::string_view::npos) return {};  // another kind of entry
            text_key_ = found;
        }
        const std::string_view text = object.substr(text_key_ + key.size());
        return heard.on_delivery(text.substr(0, text.find('"')));
    }

    Result<void> hear_answer(std::string_view object, std::string& out, Heard& heard) {
        if (!object.starts_with(native_success)) return native_refusal(words_for(step_), object);
        switch (step_) {
            case Step::registering:
                log_in(out);
                return {};
            case Step::logging_in:
            case Step::resuming:
                lobby_.token_of(seat_.user) = native_text_member(object, "token");
                if (lobby_.token_of(seat_.user).empty()) return native_refusal(words_for(step_), object);
                enter_room(out, heard);
                return {};
            case Step::opening_room:
                lobby_.join_code_ = native_text_member(object, "code");
                if (lobby_.join_code_.empty()) return native_refusal(words_for(step_), object);
                begin_to_listen(out, heard);
                return {};
            case Step::joining_room:
                begin_to_listen(out, heard);
                return {};
            case Step::beginning_to_listen:
                step_ = Step::ready;
                heard.on_ready();
                return {};
            case Step::ready:
                heard.on_acknowledgement();
                return {};
        }
        OBROL_CHECK(false);
    }

    void enter_room(std::string& out, Heard& heard) {
        if (seat_.target != Seat::Target::room) return begin_to_listen(out, heard);
        if (lobby_.join_code_.empty()) {
            step_ = Step::opening_room;
            out += fmt::format("{{\"cmd\": \"creategroup\", \"group\": \"{}\"}}\n", group);
        } else {
            step_ = Step::joining_room;
            out.append("joingroup ").append(lobby_.join_code_).append("\n");
        }
    }

    void begin_to_listen(std::string& out, Heard& heard) {
        if (seat_.receives) {
            step_ = Step::beginning_to_listen;
            out += lobby_.listening_ == NativeLobby::Listening::brief ? "listen on brief\n" : "listen on\n";
        } else {
            step_ = Step::ready;
            heard.on_ready();
        }
    }

    static std::string_view words_for(Step step) {
        switch (step) {
            case Step::registering:
                return "register";
            case Step::logging_in:
                return "auth";
            case Step::resuming:
                return "resume";
            case Step::opening_room:
                return "creategroup";
            case Step::joining_room:
                return "joingroup";
            case Step::beginning_to_listen:
                return "listen";
            case Step::ready:
                return "a message";
        }
        OBROL_CHECK(false);
    }

    NativeLobby& lobby_;
    Seat seat_;
    Step step_ = Step::registering;
    std::size_t text_key_ = 0;
};

std::unique_ptr<Messenger> NativeLobby::seat(const Seat& seat) {
    return std::make_unique<NativeMessenger>(*this, seat);
}

std::string& NativeLobby::token_of(std::size_t user) {
    if (tokens_.size() <= user) tokens_.resize(user + 1);
    return tokens_[user];
}

}  // namespace obrol::bench
