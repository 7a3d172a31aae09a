#include "dialects/native/events.h"

#include <fmt/format.h>

#include "dialects/line_dialect.h"
#include "dialects/native/error_words.h"
#include "dialects/native/fields.h"

namespace obrol::native {
namespace {

// "#lab", or the other side of a direct conversation.
std::string receiver(const std::optional<GroupCard>& group, const UserCard& user) {
    return group ? address_of(*group) : user.name;
}

class Writer {
  public:
    explicit Writer(JsonWriter& json) : json_(json) {}

    void operator()(const MessageEvent& event) {
        write_member(json_, "event", event.entry.header.kind == EntryKind::file ? "file" : "message");
        write_entry(json_, event.entry, event.from, receiver(event.group, event.to));
    }
    // Whoever has just come in knows the group by nothing else, so its name is there, too.
    void operator()(const GroupEvent& event) {
        write_member(json_, "event", "group");
        write_entry(json_, event.entry, event.from, address_of(event.group));
        json_.key("group");
        json_.begin_object();
        write_group(json_, event.group);
        json_.end_object();
    }
    void operator()(const LaggedEvent& event) {
        write_member(json_, "event", "lagged");
        write_number(json_, "conv", event.conversation.value);
        write_number(json_, "seq", event.next.value);
    }
    void operator()(const PresenceEvent& event) {
        write_member(json_, "event", "presence");
        write_user(json_, event.user);
        write_boolean(json_, "online", event.online);
    }
    void operator()(const ReadEvent& event) {
        write_member(json_, "event", "read");
        write_number(json_, "conv", event.conversation.value);
        write_number(json_, "seq", event.upto.value);
        write_member(json_, "from", event.reader.name);
        write_member(json_, "to", receiver(event.group, event.with));
    }
    void operator()(const SessionEndedEvent&) {
        write_member(json_, "event", "notice");
        write_member(json_, "code", "session-ended");
        write_member(json_, "text", "this login has ended; log in again");
    }
    // The entry is the sender's own and nobody else's, so it is a notice of the server and no message.
    void operator()(const BounceEvent& event) {
        const std::string to = receiver(event.group, event.to);
        const std::string why = error_words(Refused{event.note.why});
        write_member(json_, "event", "notice");
        write_member(json_, "code", event.note.is_final ? "message-failed" : "message-delayed");
        write_member(json_, "text",
                     event.note.is_final ? fmt::format("your message to {} did not arrive: {}", to, why)
                                         : fmt::format("your message to {} is still on its way: {}", to, why));
        write_number(json_, "conv", event.entry.header.conversation.value);
        write_number(json_, "seq", event.entry.header.seq.value);
        write_member(json_, "to", to);
        write_bounce_note(json_, event.note);
        json_.member("at", event.entry.header.at);
    }
    void operator()(const RequestEvent& event) {
        write_member(json_, "event", "request");
        write_member(json_, "from", event.from.name);
        write_member(json_, "name", event.from.display_name);
    }
    void operator()(const ServerEvent& event) {
        write_member(json_, "event", "peer");
        write_member(json_, "server", event.label);
        write_member(json_, "state", to_string(event.state));
    }

  private:
    JsonWriter& json_;
};

}  // namespace

void write_event(const Event& event, std::string& out) {
    JsonWriter json(out, JsonStyle::compact);
    json.begin_object();
    std::visit(Writer(json), event);
    json.end_object();
    out += end_of_answer;
}

}  // namespace obrol::native
