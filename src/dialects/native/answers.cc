#include "dialects/native/answers.h"

#include "dialects/line_dialect.h"
#include "dialects/native/error_words.h"
#include "dialects/native/fields.h"

namespace obrol::native {
namespace {

using About = Asked::About;

constexpr std::string_view queued_delivery = "queued";

class Answer {
  public:
    Answer(const Asked& asked, const DialectLimits& limits, std::string& out)
        : asked_(asked), limits_(limits), out_(out), json_(out, JsonStyle::compact) {}

    void operator()(const Refused& refused) {
        begin("ERROR");
        json_.member("code", error_code(refused.why));
        if (refused.retry_after.count() > 0) json_.member("retry_ms", refused.retry_after.count());
        json_.member("data", error_words(refused));
        end();
    }
    void operator()(const SessionStarted& started) {
        begin_data();
        json_.member("token", started.token);
        json_.member("user", started.user.name);
        json_.member("name", started.user.display_name);
        json_.member("server", started.server);
        end_data();
    }
    void operator()(const MessageSent& sent) {
        begin_data();
        json_.key("sent");
        json_.begin_array();
        for (const MessageSent::Copy& copy : sent.copies) {
            json_.begin_object();
            json_.member("to", copy.to);
            json_.member("id", copy.id);
            write_place_in_log(copy.conversation, copy.seq, copy.delivery);
            json_.end_object();
        }
        json_.end_array();
        if (!sent.failed.empty()) write_failed(sent.failed);
        json_.member("at", sent.at);
        end_data();
    }
    void operator()(const InboxPage& page) {
        begin_messages();
        for (const InboxPage::Sender& sender : page.senders) {
            for (const InboxPage::Message& message : sender.messages) {
                json_.begin_object();
                write_message(json_, message.header, sender.from, message.to_name, message.text, message.file);
                json_.end_object();
            }
        }
        end_list(page.more);
    }
    void operator()(const HistoryPage& page) {
        begin_messages();
        const std::string group = page.group ? address_of(*page.group) : std::string();
        for (const HistoryPage::Item& item : page.items) {
            const bool own = item.from.name == page.self.name;
            json_.begin_object();
            write_entry(json_, item.entry, item.from, page.group ? group : own ? page.peer->name : page.self.name);
            json_.end_object();
        }
        end_list(page.more);
    }
    void operator()(const UnreadPage& page) {
        begin_messages();
        for (const UnreadPage::Message& message : page.messages) {
            json_.begin_object();
            write_entry(json_, message.entry, message.from,
                        message.group ? address_of(*message.group) : message.to.name);
            json_.end_object();
        }
        end_list(page.more);
    }
    void operator()(const OnlineList& online) {
        write_array(online.users, [this](const UserCard& user) { write_user(json_, user); });
    }
    void operator()(const ProfileChanged& changed) {
        begin_data();
        write_user(json_, changed.user);
        end_data();
    }
    void operator()(const SessionList& list) {
        write_array(list.sessions, [this](const SessionList::Item& session) {
            json_.member("id", session.id.value);
            json_.member("since", session.started_at);
            json_.member("used", session.used_at);
            write_boolean(json_, "online", session.online);
            write_boolean(json_, "current", session.current);
        });
    }
    void operator()(const SessionsRevoked& revoked) {
        begin_data();
        json_.member("revoked", revoked.count);
        end_data();
    }
    void operator()(const SessionEnded&) { say("logged out"); }
    void operator()(const Welcome& welcome) {
        begin_data();
        json_.member("version", OBROL_VERSION);
        json_.member("server", welcome.server);
        json_.key("limits");
        json_.begin_object();
        json_.member("line_bytes", limits_.line_bytes_max);
        json_.member("recipients", welcome.recipients_max);
        json_.member("inbox_entries", welcome.inbox_entries_max);
        json_.member("history_entries", welcome.history_entries_max);
        json_.member("file_bytes", welcome.file_bytes_max);
        json_.member("group_members", welcome.group_members_max);
        json_.end_object();
        json_.key("features");
        json_.begin_array();
        for (const std::string_view feature : {"keys", "events", "history", "sessions", "profiles", "groups",
                                               "contacts", "files", "folder", "servers", "requests"})
            json_.string(feature);
        json_.end_array();
        end_data();
    }
    void operator()(const Registered& registered) { say("registered " + registered.user.name); }
    void operator()(const Self& self) {
        begin_data();
        write_user(json_, self.user);
        json_.member("role", self.role == Role::admin ? "admin" : "member");
        json_.member("server", self.server);
        json_.member("since", self.session_started_at);
        end_data();
    }
    void operator()(const GroupCreated& created) {
        begin_data();
        write_view(created.group);
        write_pending(created.pending);
        end_data();
    }
    void operator()(const GroupCodeRenewed& renewed) { say(renewed.group); }
    void operator()(const GroupJoined& joined) {
        begin_data();
        write_view(joined.group);
        write_boolean(json_, "already", joined.already);
        end_data();
    }
    void operator()(const GroupList& list) {
        write_array(list.groups, [this](const GroupView& group) { write_view(group); });
    }
    void operator()(const GroupLeft& left) {
        begin_data();
        write_group(json_, left.group);
        write_boolean(json_, "ended", left.ended);
        end_data();
    }
    void operator()(const MembersAdded& added) {
        begin_data();
        write_group(json_, added.group);
        write_outcome("added", added.added, added.failed);
        write_pending(added.pending);
        end_data();
    }
    void operator()(const MemberChanged& changed) {
        begin_data();
        write_group(json_, changed.group);
        json_.member("who", changed.who.name);
        end_data();
    }
    void operator()(const MemberList& list) {
        write_array(list.members, [this](const MemberList::Item& member) {
            json_.member("user", member.user.name);
            json_.member("name", member.user.display_name);
            json_.member("role", to_string(member.role));
            write_boolean(json_, "online", member.online);
        });
    }
    void operator()(const ContactsChanged& changed) {
        begin_data();
        write_outcome("done", changed.done, changed.failed);
        end_data();
    }
    void operator()(const ContactList& list) {
        write_array(list.contacts, [this](const ContactList::Item& contact) {
            write_user(json_, contact.user);
            write_boolean(json_, "online", contact.online);
        });
    }
    void operator()(const UploadReady& ready) {
        begin_data();
        json_.member("ready", ready.size);
        end_data();
    }
    void operator()(const FileSent& sent) {
        begin_data();
        write_file_member(sent.file);
        json_.member("to", sent.to);
        json_.member("id", sent.id);
        write_place_in_log(sent.conversation, sent.seq, sent.delivery);
        json_.member("at", sent.at);
        end_data();
    }
    void operator()(const FileOffered& offered) {
        begin_data();
        write_file_member(offered.file);
        json_.member("offset", offered.offset);
        json_.member("size", offered.file.size - offered.offset);
        end_data();
    }
    void operator()(const FileList& list) {
        begin_data();
        json_.key("files");
        json_.begin_array();
        for (const FileList::Item& item : list.files) {
            json_.begin_object();
            write_file(json_, item.file);
            json_.member("from", item.from.name);
            json_.member("in", item.in);
            json_.member("at", item.at);
            json_.end_object();
        }
        end_list(list.more);
    }
    void operator()(const FileKept& kept) {
        begin_data();
        json_.member("name", kept.name);
        json_.member("size", kept.size);
        end_data();
    }
    void operator()(const FolderList& list) {
        write_array(list.files, [this](const FolderList::Item& file) {
            json_.member("name", file.name);
            json_.member("size", file.size);
            json_.member("at", file.at);
        });
    }
    void operator()(const ServerConnected& connected) {
        begin_data();
        json_.member("server", connected.label);
        write_boolean(json_, "already", connected.already);
        end_data();
    }
    void operator()(const ServerList& list) {
        write_array(list.servers, [this](const ServerList::Item& server) {
            json_.member("server", server.label);
            json_.member("host", server.host);
            json_.member("port", server.port);
            json_.member("state", to_string(server.state));
            json_.member("queued", server.queued);
            json_.member("fingerprint", server.key ? fingerprint(*server.key) : std::string());
        });
    }
    void operator()(const RequestList& list) {
        write_array(list.requests, [this](const RequestList::Item& request) {
            json_.member("from", request.from.name);
            json_.member("name", request.from.display_name);
            json_.member("text", request.first);
            json_.member("messages", request.messages);
            json_.member("at", request.at);
        });
    }
    void operator()(const Queued& queued) {
        begin_data();
        json_.member("delivery", queued_delivery);
        json_.member("server", queued.server);
        end_data();
    }
    void operator()(const Acknowledged&) {
        switch (asked_.about) {
            case About::help:
                return say(help_text());
            case About::listen_on:
            case About::listen_on_brief:
                return say("listening");
            case About::listen_off:
                return say("not listening");
            case About::exit:
                return say("goodbye");
            case About::eager_upload:
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
    void begin_messages() {
        begin_data();
        json_.key("messages");
        json_.begin_array();
    }
    // Of a list that may be cut off.
    void end_list(bool more) {
        json_.end_array();
        write_boolean(json_, "more", more);
        end_data();
    }
    // The data are a list of objects, whose members write(item) writes.
    template <class Item, class Write>
    void write_array(const std::vector<Item>& items, Write write) {
        begin("OK");
        json_.key("data");
        json_.begin_array();
        for (const Item& item : items) {
            json_.begin_object();
            write(item);
            json_.end_object();
        }
        json_.end_array();
        end();
    }
    // A post that its group's home has not numbered yet has no `seq`; what is on its way says so.
    void write_place_in_log(ConversationId conversation, Seq seq, Delivery delivery) {
        json_.member("conv", conversation.value);
        if (seq.value > 0) json_.member("seq", seq.value);
        if (delivery == Delivery::queued) json_.member("delivery", queued_delivery);
    }
    // Members on other servers, where there are any.
    void write_pending(const std::vector<std::string>& pending) {
        if (pending.empty()) return;
        json_.key("pending");
        write_names(pending);
    }
    void write_names(const std::vector<std::string>& names) {
        json_.begin_array();
        for (const std::string& name : names)
            json_.string(name);
        json_.end_array();
    }
    void write_view(const GroupView& group) {
        write_group(json_, group.card);
        json_.member("conv", group.conversation.value);
        json_.member("code", group.code);
        json_.member("role", to_string(group.role));
        json_.member("members", group.members);
    }
    void write_file_member(const FileCard& file) {
        json_.key("file");
        json_.begin_object();
        write_file(json_, file);
        json_.end_object();
    }
    // For whom it could be done, and for whom it could not, and why.
    void write_outcome(std::string_view name, const std::vector<std::string>& done,
                       const std::vector<NameRefused>& failed) {
        json_.key(name);
        write_names(done);
        write_failed(failed);
    }
    void write_failed(const std::vector<NameRefused>& failed) {
        json_.key("failed");
        json_.begin_array();
        for (const NameRefused& refused : failed) {
            json_.begin_object();
            json_.member("name", refused.name);
            json_.member("code", error_code(refused.why));
            json_.member("data", error_words(Refused{refused.why, refused.name}));
            json_.end_object();
        }
        json_.end_array();
    }
    void say(const GroupView& group) {
        begin_data();
        write_view(group);
        end_data();
    }
    void say(std::string_view words) {
        begin("OK");
        json_.member("data", words);
        end();
    }

    const Asked& asked_;
    const DialectLimits& limits_;
    std::string& out_;
    JsonWriter json_;
};

}  // namespace

void write_answer(const Asked& asked, const DialectLimits& limits, const Reply& reply, std::string& out) {
    std::visit(Answer(asked, limits, out), reply);
}

}  // namespace obrol::native
