#include "dialects/word_dialect.h"

#include "base/check.h"
#include "dialects/file_text.h"
#include "dialects/inbox_json.h"
#include "dialects/line_dialect.h"

namespace obrol {
namespace {

std::string bare_text(const InboxPage::Message& message) {
    return message.file ? file_text(*message.file) : message.text;
}

std::string padded_text(const InboxPage::Message& message) {
    return "  " + bare_text(message) + " \r\n";
}

// The most frequent answer is always the same.
const std::string& message_sent() {
    static const std::string answer = [] {
        std::string text;
        JsonWriter json(text, JsonStyle::python);
        json.begin_object();
        json.key("status");
        json.string("OK");
        json.key("message");
        json.string("Message Sent");
        json.end_object();
        return text.append(end_of_answer);
    }();
    return answer;
}

// One answer: {"status": …, then what the reply adds.
class Answer {
  public:
    Answer(const WordDialectStyle& style, std::string& out) : style_(style), out_(out), json_(out, JsonStyle::python) {}

    NextStep operator()(const Refused& refused) {
        begin("ERROR");
        json_.key("message");
        json_.string(error_text(style_.error_text, refused));
        return end();
    }
    NextStep operator()(const SessionStarted& started) {
        begin("OK");
        json_.key("tokenid");
        json_.string(started.token.to_string());
        return end();
    }
    // Also for what waits for another server: it is stored, and what becomes of it is told where that can be said.
    NextStep operator()(const MessageSent&) {
        out_.append(message_sent());
        return NextStep::read_requests;
    }
    NextStep operator()(const InboxPage& page) {
        begin("OK");
        json_.key("messages");
        write_inbox(json_, page, style_.pads_text ? padded_text : bare_text);
        return end();
    }
    NextStep operator()(const OnlineList& online) {
        begin("OK");
        style_.write_online(json_, online);
        return end();
    }
    NextStep operator()(const SessionEnded& ended) {
        begin("OK");
        style_.write_session_ended(json_, ended);
        end();
        return ended.then_close ? NextStep::close : NextStep::read_requests;
    }
    // No request of these dialects asks for anything else.
    template <class Other>
    NextStep operator()(const Other&) {
        OBROL_CHECK(false);
        return NextStep::close;
    }

  private:
    void begin(std::string_view status) {
        json_.begin_object();
        json_.key("status");
        json_.string(status);
    }
    NextStep end() {
        json_.end_object();
        out_.append(end_of_answer);
        return NextStep::read_requests;
    }
    const WordDialectStyle& style_;
    std::string& out_;
    JsonWriter json_;
};

class Connection final : public LineDialect {
  public:
    Connection(const WordDialectStyle& style, const DialectLimits& limits)
        : LineDialect(limits.line_bytes_max), style_(style) {}

    NextStep encode(const Reply& reply, std::string& out) override { return std::visit(Answer(style_, out), reply); }
    void encode_refusal(ChatError why, std::string& out) override { Answer(style_, out)(Refused{why, {}, false}); }

  protected:
    Command parse(std::string_view line) override { return read_word_request(line, style_.requests); }

  private:
    const WordDialectStyle& style_;
};

}  // namespace

std::unique_ptr<Dialect> WordDialectKind::make() const {
    return std::make_unique<Connection>(style_, limits_);
}

}  // namespace obrol
