#include "dialects/word_client.h"

#include <deque>
#include <fmt/core.h>

#include "base/check.h"
#include "dialects/answer_framer.h"
#include "dialects/inbox_json.h"
#include "dialects/line_dialect.h"
#include "wire/json_reader.h"

namespace obrol {
namespace {

enum class Asked { auth, send, inbox, online, logout };

// The text as the sender wrote it, without what simple-chat adds on both sides.
std::string bare_text(std::string text) {
    constexpr std::string_view before = "  ";
    constexpr std::string_view after = " \r\n";
    if (text.size() >= before.size() + after.size() && text.starts_with(before) && text.ends_with(after))
        text = text.substr(before.size(), text.size() - before.size() - after.size());
    return text;
}

InboxPage read_bare_inbox(const JsonValue& answer, bool pads_text) {
    InboxPage page = read_inbox(answer);
    if (!pads_text) return page;
    for (InboxPage::Sender& sender : page.senders)
        for (InboxPage::Message& message : sender.messages)
            message.text = bare_text(std::move(message.text));
    return page;
}

Result<Reply> read_answer(const WordClientStyle& style, Asked asked, const JsonValue& answer) {
    if (text_of(answer, "status") != "OK") {
        const std::string text = text_of(answer, "message");
        return Refused{error_of_text(style.error_text, text), text, false};
    }
    switch (asked) {
        case Asked::auth: {
            const std::optional<Token> token = Token::parse(text_of(answer, "tokenid"));
            if (!token) return fail("the answer holds no token");
            return SessionStarted{*token, {}, {}};
        }
        case Asked::logout: {
            const std::optional<SessionEnded> ended = style.read_session_ended(answer);
            if (!ended) return fail("the answer is none to a logout");
            return *ended;
        }
        case Asked::send:
            return MessageSent{};
        case Asked::inbox:
            return read_bare_inbox(answer, style.pads_text);
        case Asked::online:
            return style.read_online(answer);
    }
    return fail("an unknown request was answered with OK");
}

class Client final : public ClientDialect {
  public:
    explicit Client(const WordClientStyle& style) : style_(style) {}

    void encode_request(const Command& command, std::string& out) override {
        const std::string token = command.token ? " " + command.token->to_string() : std::string();
        // COMPAT: the clients of the documents write a blank behind the token; `list` without one (document 001) has
        // none.
        const std::string_view line_end = command.token ? " \r\n" : "\r\n";
        if (const auto* auth = std::get_if<Authenticate>(&command.body)) {
            fmt::format_to(std::back_inserter(out), "auth {} {} \r\n", auth->user, auth->password);
            asked_.push_back(Asked::auth);
        } else if (const auto* send = std::get_if<SendMessage>(&command.body)) {
            std::string to;
            for (const Address& address : send->to)
                to.append(to.empty() ? "" : ",").append(to_string(address));
            // COMPAT: and around the text, of which the server drops one on each side; document 001 has none at the
            // end.
            const bool blank_after = style_.pads_text || send->text.ends_with(' ');
            fmt::format_to(std::back_inserter(out), "send{} {}  {}{}", token, to, send->text,
                           blank_after ? " \r\n" : "\r\n");
            asked_.push_back(Asked::send);
        } else if (std::holds_alternative<FetchInbox>(command.body)) {
            fmt::format_to(std::back_inserter(out), "inbox{}{}", token, line_end);
            asked_.push_back(Asked::inbox);
        } else if (std::holds_alternative<ListOnline>(command.body)) {
            fmt::format_to(std::back_inserter(out), "{}{}{}", style_.online_word, token, line_end);
            asked_.push_back(Asked::online);
        } else if (std::holds_alternative<Logout>(command.body)) {
            fmt::format_to(std::back_inserter(out), "logout{}{}", token, line_end);
            asked_.push_back(Asked::logout);
        } else {
            OBROL_CHECK(false);
        }
    }

    Result<DecodedAnswer> decode_answer(std::string_view input) override {
        const Result<std::optional<std::size_t>> end = framer_.next(input);
        if (!end) return Failure<Error>(end.error());
        if (!*end) return DecodedAnswer{};
        if (asked_.empty()) return fail("an answer without a request");
        const Asked asked = asked_.front();
        asked_.pop_front();
        const auto answer = read_json(input.substr(0, **end), JsonLimits{answer_bytes_max});
        if (!answer) return fail(fmt::format("the answer is not JSON: {}", answer.error().what));
        Result<Reply> reply = read_answer(style_, asked, *answer);
        if (!reply) return Failure<Error>(std::move(reply.error()));
        return DecodedAnswer{**end + end_of_answer.size(), std::move(*reply)};
    }

  private:
    const WordClientStyle& style_;
    AnswerFramer framer_;
    std::deque<Asked> asked_;
};

}  // namespace

std::unique_ptr<ClientDialect> make_word_client(const WordClientStyle& style) {
    return std::make_unique<Client>(style);
}

}  // namespace obrol
