#include "dialects/simple_chat/simple_chat.h"

#include "base/check.h"
#include "dialects/line_dialect.h"
#include "dialects/simple_chat/errors.h"
#include "dialects/word_requests.h"
#include "wire/json_writer.h"

namespace obrol::simple_chat {
namespace {

constexpr WordRequest requests[] = {
    {"auth", false, read_authenticate},        {"send", true, read_padded_send},
    {"inbox", true, read_nothing<FetchInbox>}, {"show", true, read_nothing<ListOnline>},
    {"logout", true, read_nothing<Logout>},
};

// One answer: {"status": …, then what the reply adds.
class Answer {
  public:
    explicit Answer(std::string& out) : out_(out), json_(out, JsonStyle::python) {}

    void operator()(const Refused& refused) {
        begin("ERROR");
        json_.key("message");
        json_.string(error_text(refused));
        end();
    }
    void operator()(const SessionStarted& started) {
        begin("OK");
        json_.key("tokenid");
        json_.string(started.token.to_string());
        end();
    }
    void operator()(const MessageSent&) {
        begin("OK");
        json_.key("message");
        json_.string("Message Sent");
        end();
    }
    void operator()(const InboxPage& page) {
        begin("OK");
        json_.key("messages");
        json_.begin_object();
        for (const InboxPage::Sender& sender : page.senders) {
            json_.key(sender.from.name);
            json_.begin_array();
            for (const InboxPage::Message& message : sender.messages)
                write(sender, message);
            json_.end_array();
        }
        json_.end_object();
        end();
    }
    void operator()(const OnlineList& online) {
        begin("OK");
        json_.key("message");
        json_.begin_array();
        for (const UserCard& user : online.users) {
            json_.begin_object();
            json_.key("username");
            json_.string(user.name);
            json_.key("nama");
            json_.string(user.display_name);
            json_.key("negara");
            json_.string(user.country);
            json_.end_object();
        }
        json_.end_array();
        end();
    }
    void operator()(const SessionEnded& ended) {
        begin("OK");
        json_.key("message");
        json_.string(ended.token.to_string());
        end();
    }
    // No request of this dialect asks for it.
    void operator()(const HistoryPage&) { OBROL_CHECK(false); }

  private:
    void begin(std::string_view status) {
        json_.begin_object();
        json_.key("status");
        json_.string(status);
    }
    void end() {
        json_.end_object();
        out_.append(end_of_answer);
    }
    void write(const InboxPage::Sender& sender, const InboxPage::Message& message) {
        json_.begin_object();
        json_.key("msg_from");
        json_.string(sender.from.display_name);
        json_.key("msg_to");
        json_.string(message.to);
        json_.key("msg");
        // COMPAT: the client of document 000 reads the text as the original server kept it, with the blanks that both
        // programs added and the line end of the request.
        json_.string("  " + message.text + " \r\n");
        json_.end_object();
    }

    std::string& out_;
    JsonWriter json_;
};

class Connection final : public LineDialect {
  public:
    explicit Connection(const DialectLimits& limits) : LineDialect(limits.line_bytes_max) {}

    NextStep encode(const Reply& reply, std::string& out) override {
        std::visit(Answer(out), reply);
        return NextStep::read_requests;
    }

  protected:
    Command parse(std::string_view line) const override { return read_word_request(line, requests); }
};

}  // namespace

std::unique_ptr<Dialect> SimpleChat::make() const {
    return std::make_unique<Connection>(limits_);
}

}  // namespace obrol::simple_chat
