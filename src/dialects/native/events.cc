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
    Writer(JsonWriter& json, EventForm form) : json_(json), form_(form) {}

    void operator()(const MessageEvent& event) {
        json_.member("event", event.entry.header.kind == EntryKind::file ? "file" : "message");
        const auto write = form_ == EventForm::brief ? write_brief_entry : write_entry;
        write(json_, event.entry, event.from, receiver(event.group, event.to));
    }
    // Whoever has just come in knows the group by nothing else, so its name is there, too.
    void operator()(const GroupEvent& event) {
        json_.member("event", "group");
        write_entry(json_, event.entry, event.from, address_of(event.group));
        json_.key("group");
        json_.begin_object();
        write_group(json_, event.group);
        json_.end_object();
    }
    void operator()(const LaggedEvent& event) {
        json_.member("event", "lagged");
        json_.member("conv", event.conversation.value);
        json_.member("seq", event.next.value);
    }
    void operator()(const PresenceEvent& event) {
        json_.member("event", "presence");
        write_user(json_, event.user);
        write_boolean(json_, "online", event.online);
    }
    void operator()(const ReadEvent& event) {
        json_.member("event", "read");
        json_.member("conv", event.conversation.value);
        json_.member("seq", event.upto.value);
        json_.member("from", event.reader.name);
        json_.member("to", receiver(event.group, event.with));
    }
    void operator()(const SessionEndedEvent&) {
        json_.member("event", "notice");
        json_.member("code", "session-ended");
        json_.member("text", "this login has ended; log in again");
    }
    // The entry is the sender's own and nobody else's, so it is a notice of the server and no message.
    void operator()(const BounceEvent& event) {
        const std::string to = receiver(event.group, event.to);
        const std::string why = error_words(Refused{event.note.why});
        json_.member("event", "notice");
        json_.member("code", event.note.is_final ? "message-failed" : "message-delayed");
        json_.member("text", event.note.is_final ? fmt::format("your message to {} did not arrive: {}", to, why)
                                                 : fmt::format("your message to {} is still on its way: {}", to, why));
        json_.member("conv", event.entry.header.conversation.value);
        json_.member("seq", event.entry.header.seq.value);
        json_.member("to", to);
        write_bounce_note(json_, event.note);
        json_.member("at", event.entry.header.at);
    }
    void operator()(const RequestEvent& event) {
        json_.member("event", "request");
        json_.member("from", event.from.name);
        json_.member("name", event.from.display_name);
    }
    void operator()(const ServerEvent& event) {
        json_.member("event", "peer");
        json_.member("server", event.label);
        json_.member("state", to_string(event.state));
        if (event.refused) json_.member("refused", to_string(*event.refused));
    }

  private:
    JsonWriter& json_;
    EventForm form_;
};

}  // namespace

void write_event(const Event& event, EventForm form, std::string& out) {
    JsonWriter json(out, JsonStyle::compact);
    json.begin_object();
    std::visit(Writer(json, form), event);
    json.end_object();
    out += end_of_answer;
}

}  // namespace obrol::native
