#include "dialects/native/native.h"

#include <deque>
#include <utility>

#include "base/rfc3339.h"
#include "dialects/line_dialect.h"
#include "dialects/native/error_words.h"
#include "dialects/native/requests.h"
#include "wire/json_writer.h"

namespace obrol::native {
namespace {

using About = Asked::About;

// There is one way to render events.
constexpr EncoderVariant only_variant = 0;

std::string_view word_of(EntryKind kind) {
    switch (kind) {
        case EntryKind::message:
            return "message";
        case EntryKind::file:
            return "file";
        case EntryKind::edit:
            return "edit";
        case EntryKind::remove:
            return "delete";
        case EntryKind::reaction:
            return "reaction";
        case EntryKind::member:
            return "member";
        case EntryKind::bounce:
            return "bounce";
        case EntryKind::notice:
            return "notice";
    }
    return "unknown";
}

void write_member(JsonWriter& json, std::string_view name, std::string_view value) {
    json.key(name);
    json.string(value);
}

void write_number(JsonWriter& json, std::string_view name, std::int64_t value) {
    json.key(name);
    json.integer(value);
}

void write_boolean(JsonWriter& json, std::string_view name, bool value) {
    json.key(name);
    json.boolean(value);
}

// The members of a message, in the order of PROTOCOLS.md, native.
void write_message(JsonWriter& json, const EntryHeader& header, const UserCard& from, std::string_view to,
                   std::string_view text, bool erased) {
    write_member(json, "id", header.id.to_string());
    write_number(json, "conv", header.conversation.value);
    write_number(json, "seq", header.seq.value);
    write_member(json, "kind", word_of(header.kind));
    write_member(json, "from", from.name);
    write_member(json, "name", from.display_name);
    write_member(json, "to", to);
    if (erased) {
        json.key("erased");
        json.boolean(true);
    } else {
        write_member(json, "text", text);
    }
    write_member(json, "at", rfc3339(header.at));
}

void write_user(JsonWriter& json, const UserCard& user) {
    write_member(json, "user", user.name);
    write_member(json, "name", user.display_name);
    write_member(json, "country", user.country);
}

// {"id": …,"status":…,"data":…}
class Answer {
  public:
    Answer(const Asked& asked, const DialectLimits& limits, std::string& out)
        : asked_(asked), limits_(limits), out_(out), json_(out, JsonStyle::compact) {}

    void operator()(const Refused& refused) {
        begin("ERROR");
        write_member(json_, "code", error_code(refused.why));
        if (refused.retry_after.count() > 0) write_number(json_, "retry_ms", refused.retry_after.count());
        write_member(json_, "data", error_words(refused));
        end();
    }
    void operator()(const SessionStarted& started) {
        begin_data();
        write_member(json_, "token", started.token.to_string());
        write_member(json_, "user", started.user.name);
        write_member(json_, "name", started.user.display_name);
        write_member(json_, "server", started.server);
        end_data();
    }
    void operator()(const MessageSent& sent) {
        begin_data();
        json_.key("sent");
        json_.begin_array();
        for (const MessageSent::Copy& copy : sent.copies) {
            json_.begin_object();
            write_member(json_, "to", copy.to);
            write_member(json_, "id", copy.id.to_string());
            write_number(json_, "conv", copy.conversation.value);
            write_number(json_, "seq", copy.seq.value);
            json_.end_object();
        }
        json_.end_array();
        write_member(json_, "at", rfc3339(sent.at));
        end_data();
    }
    void operator()(const InboxPage& page) {
        begin_data();
        json_.key("messages");
        json_.begin_array();
        for (const InboxPage::Sender& sender : page.senders) {
            for (const InboxPage::Message& message : sender.messages) {
                json_.begin_object();
                write_message(json_, message.header, sender.from, message.to_name, message.text, false);
                json_.end_object();
            }
        }
        json_.end_array();
        json_.key("more");
        json_.boolean(page.more);
        end_data();
    }
    void operator()(const HistoryPage& page) {
        begin_data();
        json_.key("messages");
        json_.begin_array();
        for (const HistoryPage::Item& item : page.items) {
            const bool own = item.from.name == page.self.name;
            json_.begin_object();
            write_message(json_, item.entry.header, item.from, own ? page.peer.name : page.self.name, item.entry.body,
                          item.entry.erased);
            json_.end_object();
        }
        json_.end_array();
        json_.key("more");
        json_.boolean(page.more);
        end_data();
    }
    void operator()(const OnlineList& online) {
        begin("OK");
        json_.key("data");
        json_.begin_array();
        for (const UserCard& user : online.users) {
            json_.begin_object();
            write_user(json_, user);
            json_.end_object();
        }
        json_.end_array();
        end();
    }
    void operator()(const ProfileChanged& changed) {
        begin_data();
        write_user(json_, changed.user);
        end_data();
    }
    void operator()(const SessionList& list) {
        begin("OK");
        json_.key("data");
        json_.begin_array();
        for (const SessionList::Item& session : list.sessions) {
            json_.begin_object();
            write_number(json_, "id", session.id.value);
            write_member(json_, "since", rfc3339(session.started_at));
            write_member(json_, "used", rfc3339(session.used_at));
            write_boolean(json_, "online", session.online);
            write_boolean(json_, "current", session.current);
            json_.end_object();
        }
        json_.end_array();
        end();
    }
    void operator()(const SessionsRevoked& revoked) {
        begin_data();
        write_number(json_, "revoked", revoked.count);
        end_data();
    }
    void operator()(const SessionEnded&) { say("logged out"); }
    void operator()(const Welcome& welcome) {
        begin_data();
        write_member(json_, "version", OBROL_VERSION);
        write_member(json_, "server", welcome.server);
        json_.key("limits");
        json_.begin_object();
        write_number(json_, "line_bytes", static_cast<std::int64_t>(limits_.line_bytes_max));
        write_number(json_, "recipients", static_cast<std::int64_t>(welcome.recipients_max));
        write_number(json_, "inbox_entries", static_cast<std::int64_t>(welcome.inbox_entries_max));
        write_number(json_, "history_entries", static_cast<std::int64_t>(welcome.history_entries_max));
        json_.end_object();
        json_.key("features");
        json_.begin_array();
        for (const std::string_view feature : {"keys", "events", "history", "sessions", "profiles"})
            json_.string(feature);
        json_.end_array();
        end_data();
    }
    void operator()(const Registered& registered) { say("registered " + registered.user.name); }
    void operator()(const Self& self) {
        begin_data();
        write_user(json_, self.user);
        write_member(json_, "role", self.role == Role::admin ? "admin" : "member");
        write_member(json_, "server", self.server);
        write_member(json_, "since", rfc3339(self.session_started_at));
        end_data();
    }
    template <class Other>
    void operator()(const Other&) {  // TEMPORARY
        say("done");
    }
    void operator()(const Acknowledged&) {
        switch (asked_.about) {
            case About::help:
                return say(help_text());
            case About::listen_on:
                return say("listening");
            case About::listen_off:
                return say("not listening");
            case About::exit:
                return say("goodbye");
            case About::other:
                return say("done");
        }
    }

  private:
    void begin(std::string_view status) {
        if (asked_.id.empty())
            out_ += "{";
        else
            out_.append("{\"id\":").append(asked_.id).append(",");
        out_.append("\"status\":\"").append(status).append("\",");
    }
    void end() {
        out_ += '}';
        out_ += end_of_answer;
    }
    void begin_data() {
        begin("OK");
        json_.key("data");
        json_.begin_object();
    }
    void end_data() {
        json_.end_object();
        end();
    }
    void say(std::string_view words) {
        begin("OK");
        write_member(json_, "data", words);
        end();
    }

    const Asked& asked_;
    const DialectLimits& limits_;
    std::string& out_;
    JsonWriter json_;
};

class Connection final : public LineDialect {
  public:
    explicit Connection(const DialectLimits& limits) : LineDialect(limits.line_bytes_max), limits_(limits) {}

    NextStep encode(const Reply& reply, std::string& out) override {
        const Asked asked = std::move(asked_.front());
        asked_.pop_front();
        std::visit(Answer(asked, limits_, out), reply);
        if (ends_session(reply)) listening_ = false;
        if (!std::holds_alternative<Acknowledged>(reply)) return NextStep::read_requests;
        if (asked.about == About::listen_on) listening_ = true;
        if (asked.about == About::listen_off) listening_ = false;
        return asked.about == About::exit ? NextStep::close : NextStep::read_requests;
    }

    void encode_refusal(ChatError why, std::string& out) override {
        const Asked nothing;
        Answer(nothing, limits_, out)(Refused{why, {}, false});
    }

    std::optional<EncoderVariant> listens() const override {
        return listening_ ? std::optional<EncoderVariant>(only_variant) : std::nullopt;
    }

  protected:
    Command parse(std::string_view line) override {
        const std::size_t start = line.find_first_not_of(" \t");
        const bool is_object = start != std::string_view::npos && line[start] == '{';
        return remember(is_object ? read_object(line.substr(start)) : read_words(line));
    }
    Command refuse(ChatError why) override { return remember(Request{Command{std::nullopt, Refuse{why, false}}, {}}); }

  private:
    static bool ends_session(const Reply& reply) {
        const auto* revoked = std::get_if<SessionsRevoked>(&reply);
        return std::holds_alternative<SessionEnded>(reply) || (revoked && revoked->current_too);
    }
    Command remember(Request request) {
        asked_.push_back(std::move(request.asked));
        return std::move(request.command);
    }

    const DialectLimits& limits_;
    std::deque<Asked> asked_;  // requests without an answer yet
    bool listening_ = false;
};

class Kind final : public DialectKind {
  public:
    explicit Kind(const DialectLimits& limits) : limits_(limits) {}

    std::string_view name() const override { return "native"; }
    // Listeners of `auto` speak it; one of its own has no fixed port.
    std::uint16_t default_port() const override { return 0; }
    std::unique_ptr<Dialect> make() const override { return std::make_unique<Connection>(limits_); }

    void encode_event(const Event& event, EncoderVariant, std::string& out) const override {
        std::visit([&](const auto& what) { write_event(what, out); }, event);
        out += end_of_answer;
    }

  private:
    static void write_event(const MessageEvent& event, std::string& out) {
        JsonWriter json(out, JsonStyle::compact);
        json.begin_object();
        write_member(json, "event", "message");
        write_message(json, event.entry.header, event.from, event.to.name, event.entry.body, event.entry.erased);
        json.end_object();
    }
    static void write_event(const LaggedEvent& event, std::string& out) {
        JsonWriter json(out, JsonStyle::compact);
        json.begin_object();
        write_member(json, "event", "lagged");
        write_number(json, "conv", event.conversation.value);
        write_number(json, "seq", event.next.value);
        json.end_object();
    }
    static void write_event(const PresenceEvent& event, std::string& out) {
        JsonWriter json(out, JsonStyle::compact);
        json.begin_object();
        write_member(json, "event", "presence");
        write_user(json, event.user);
        write_boolean(json, "online", event.online);
        json.end_object();
    }
    static void write_event(const ReadEvent& event, std::string& out) {
        JsonWriter json(out, JsonStyle::compact);
        json.begin_object();
        write_member(json, "event", "read");
        write_number(json, "conv", event.conversation.value);
        write_number(json, "seq", event.upto.value);
        write_member(json, "from", event.reader.name);
        write_member(json, "to", event.with.name);
        json.end_object();
    }
    static void write_event(const GroupEvent&, std::string&) {}  // TEMPORARY
    static void write_event(const SessionEndedEvent&, std::string& out) {
        JsonWriter json(out, JsonStyle::compact);
        json.begin_object();
        write_member(json, "event", "notice");
        write_member(json, "code", "session-ended");
        write_member(json, "text", "this login has ended; log in again");
        json.end_object();
    }

    DialectLimits limits_;
};

}  // namespace

std::unique_ptr<DialectKind> make_kind(const DialectLimits& limits) {
    return std::make_unique<Kind>(limits);
}

}  // namespace obrol::native
