#include "dialects/native/events.h"

#include "dialects/line_dialect.h"
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

    // TEMPORARY
    template <class Other>
    void operator()(const Other&) {}

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
