#include <deque>
#include <fmt/core.h>

#include "base/check.h"
#include "dialects/line_dialect.h"
#include "dialects/simple_chat/errors.h"
#include "dialects/simple_chat/simple_chat.h"
#include "wire/json_reader.h"

namespace obrol::simple_chat {
namespace {

// An inbox answer of 1 MiB of text in its longest form: every byte a \u escape of six, and some for the frame.
constexpr std::size_t answer_bytes_max = 8 * 1024 * 1024;

enum class Asked { auth, send, inbox, show, logout };

std::string text_of(const JsonValue& object, std::string_view name) {
    const JsonValue* member = object.find(name);
    const std::string* text = member ? member->as_string() : nullptr;
    return text ? *text : std::string();
}

// The text as the sender wrote it, without what simple-chat adds on both sides.
std::string bare_text(std::string text) {
    constexpr std::string_view before = "  ";
    constexpr std::string_view after = " \r\n";
    if (text.size() >= before.size() + after.size() && text.starts_with(before) && text.ends_with(after))
        text = text.substr(before.size(), text.size() - before.size() - after.size());
    return text;
}

InboxPage read_inbox(const JsonValue& answer) {
    InboxPage page;
    const JsonValue* messages = answer.find("messages");
    const JsonValue::Object* senders = messages ? messages->as_object() : nullptr;
    if (!senders) return page;
    for (const JsonMember& member : *senders) {
        InboxPage::Sender sender;
        sender.from.name = member.name;
        const JsonValue::Array* items = member.value.as_array();
        for (const JsonValue& item : items ? *items : JsonValue::Array()) {
            sender.from.display_name = text_of(item, "msg_from");
            InboxPage::Message message;
            message.to = text_of(item, "msg_to");
            message.text = bare_text(text_of(item, "msg"));
            sender.messages.push_back(std::move(message));
        }
        page.senders.push_back(std::move(sender));
    }
    return page;
}

OnlineList read_online(const JsonValue& answer) {
    OnlineList online;
    const JsonValue* users = answer.find("message");
    const JsonValue::Array* items = users ? users->as_array() : nullptr;
    for (const JsonValue& item : items ? *items : JsonValue::Array())
        online.users.push_back({text_of(item, "username"), text_of(item, "nama"), text_of(item, "negara")});
    return online;
}

Result<Reply> read_answer(Asked asked, const JsonValue& answer) {
    if (text_of(answer, "status") != "OK") {
        const std::string text = text_of(answer, "message");
        return Refused{error_of_text(text), text, false};
    }
    switch (asked) {
        case Asked::auth:
        case Asked::logout: {
            const std::string text = text_of(answer, asked == Asked::auth ? "tokenid" : "message");
            const std::optional<Token> token = Token::parse(text);
            if (!token) return fail("the answer holds no token");
            if (asked == Asked::auth) return SessionStarted{*token, {}};
            return SessionEnded{*token};
        }
        case Asked::send:
            return MessageSent{};
        case Asked::inbox:
            return read_inbox(answer);
        case Asked::show:
            return read_online(answer);
    }
    return fail("an unknown request was answered with OK");
}

class Client final : public ClientDialect {
  public:
    void encode_request(const Command& command, std::string& out) override {
        const std::string token = command.token ? " " + command.token->to_string() : std::string();
        if (const auto* auth = std::get_if<Authenticate>(&command.body)) {
            fmt::format_to(std::back_inserter(out), "auth {} {} \r\n", auth->user, auth->password);
            asked_.push_back(Asked::auth);
        } else if (const auto* send = std::get_if<SendMessage>(&command.body)) {
            std::string to;
            for (const Address& address : send->to)
                to.append(to.empty() ? "" : ",").append(to_string(address));
            fmt::format_to(std::back_inserter(out), "send{} {}  {} \r\n", token, to, send->text);
            asked_.push_back(Asked::send);
        } else if (std::holds_alternative<FetchInbox>(command.body)) {
            fmt::format_to(std::back_inserter(out), "inbox{} \r\n", token);
            asked_.push_back(Asked::inbox);
        } else if (std::holds_alternative<ListOnline>(command.body)) {
            fmt::format_to(std::back_inserter(out), "show{} \r\n", token);
            asked_.push_back(Asked::show);
        } else if (std::holds_alternative<Logout>(command.body)) {
            fmt::format_to(std::back_inserter(out), "logout{} \r\n", token);
            asked_.push_back(Asked::logout);
        } else {
            OBROL_CHECK(false);
        }
    }

    Result<DecodedAnswer> decode_answer(std::string_view input) override {
        const std::size_t end = input.find(end_of_answer, scanned_ > 3 ? scanned_ - 3 : 0);
        if (end == std::string_view::npos) {
            scanned_ = input.size();
            if (input.size() > answer_bytes_max) return fail("the answer does not end");
            return DecodedAnswer{};
        }
        scanned_ = 0;
        if (asked_.empty()) return fail("an answer without a request");
        const Asked asked = asked_.front();
        asked_.pop_front();
        const auto answer = read_json(input.substr(0, end), JsonLimits{answer_bytes_max});
        if (!answer) return fail(fmt::format("the answer is not JSON: {}", answer.error().what));
        Result<Reply> reply = read_answer(asked, *answer);
        if (!reply) return Failure<Error>(std::move(reply.error()));
        return DecodedAnswer{end + end_of_answer.size(), std::move(*reply)};
    }

  private:
    std::deque<Asked> asked_;
    std::size_t scanned_ = 0;  // bytes of the unfinished answer that hold no end
};

}  // namespace

std::unique_ptr<ClientDialect> make_client() {
    return std::make_unique<Client>();
}

}  // namespace obrol::simple_chat
