#include "dialects/py_chat/answers.h"

#include <optional>
#include <variant>

#include "base/check.h"
#include "base/rfc3339.h"
#include "dialects/file_text.h"
#include "dialects/line_dialect.h"
#include "dialects/py_chat/errors.h"
#include "wire/json_writer.h"

namespace obrol::py_chat {
namespace {

void write_member(JsonWriter& json, std::string_view name, std::string_view value) {
    json.key(name);
    json.string(value);
}

// An empty value is written as null.
void write_optional(JsonWriter& json, std::string_view name, std::string_view value) {
    json.key(name);
    if (value.empty())
        json.null();
    else
        json.string(value);
}

// The file of an entry of kind `file`; none for every other, and where the body is none.
std::optional<FileCard> file_of(const LogEntry& entry) {
    return entry.header.kind == EntryKind::file ? parse_file_card(entry.body) : std::nullopt;
}

// Nothing is left to be shown of an erased message, and other entries have no words in this dialect.
bool is_shown(const LogEntry& entry) {
    return counts_as_unread(entry.header.kind) && !entry.erased;
}

void write_text(JsonWriter& json, const LogEntry& entry) {
    const std::optional<FileCard> file = file_of(entry);
    write_member(json, "text", file ? file_text(*file) : entry.body);
}

void write_file_keys(JsonWriter& json, const LogEntry& entry) {
    const std::optional<FileCard> file = file_of(entry);
    if (!file) return;
    write_member(json, "file_name", file->name);
    write_member(json, "file_code", file->code);
}

// {"FOR": …, "status": …, then what the reply adds.
class Answer {
  public:
    Answer(const Asked& asked, std::string& out) : asked_(asked), json_(out, JsonStyle::python) {
        json_.begin_object();
        write_member(json_, "FOR", asked_.word);
    }

    void operator()(const Refused& refused) {
        write_member(json_, "status", "failed");
        write_member(json_, "message", error_text(refused));
        json_.end_object();
    }
    void operator()(const Registered&) { say("Pendaftaran berhasil, silakan masuk dengan AUTH-LOGIN"); }
    void operator()(const SessionStarted& started) {
        begin("Berhasil masuk");
        // In the text form the connection is the session.
        if (asked_.is_object) write_member(json_, "token", started.token.to_string());
        json_.end_object();
    }
    void operator()(const SessionEnded&) { say("Berhasil keluar"); }
    void operator()(const MessageSent& sent) {
        std::vector<std::string> queued;
        for (const MessageSent::Copy& copy : sent.copies)
            if (copy.delivery == Delivery::queued) queued.push_back(copy.to);
        say(but_queued("Pesan terkirim", queued));
    }
    void operator()(const GroupCreated& created) {
        begin("Grup berhasil dibuat");
        write_group(created.group);
        json_.end_object();
    }
    void operator()(const GroupList& list) {
        begin_list("Daftar grup Anda", "group_list");
        for (const GroupView& group : list.groups) {
            json_.begin_object();
            write_group(group);
            json_.end_object();
        }
        end_list();
    }
    void operator()(const GroupJoined& joined) {
        say(joined.already ? "Anda sudah menjadi anggota grup" : "Berhasil bergabung dengan grup");
    }
    void operator()(const GroupLeft&) { say("Berhasil keluar dari grup"); }
    void operator()(const MembersAdded& result) {
        begin(but_for("Undangan berhasil", result.failed));
        write_names("added", result.added);
        std::vector<std::string> failed;
        for (const NameRefused& refused : result.failed)
            failed.push_back(refused.name);
        write_names("failed", failed);
        if (!result.pending.empty()) write_names("pending", result.pending);
        json_.end_object();
    }
    void operator()(const UnreadPage& page) {
        const bool is_notification = asked_.keyword == Keyword::notif_get;
        begin_list(is_notification ? "Pesan yang belum dibaca" : "Pesan baru",
                   is_notification ? "notifications" : "messages");
        for (const UnreadPage::Message& message : page.messages) {
            if (!is_shown(message.entry)) continue;
            if (is_notification)
                write_notified(message);
            else
                write_message(message.from, message.entry);
        }
        end_list();
    }
    void operator()(const HistoryPage& page) {
        begin_list("Riwayat pesan", "messages");
        for (const HistoryPage::Item& item : page.items)
            if (is_shown(item.entry)) write_message(item.from, item.entry);
        end_list();
    }
    void operator()(const UploadReady&) {
        if (!asked_.is_object) return say("ready");
        write_member(json_, "status", "ready");
        json_.end_object();
    }
    void operator()(const FileSent& sent) {
        std::vector<std::string> queued;
        if (sent.delivery == Delivery::queued) queued.push_back(sent.to);
        begin(but_queued("File terkirim", queued));
        write_member(json_, "file_code", sent.file.code);
        write_member(json_, "file_name", sent.file.name);
        json_.end_object();
    }
    void operator()(const FileOffered& offered) {
        begin("File siap dikirim");
        write_member(json_, "file_name", offered.file.name);
        json_.key("file_size");
        json_.integer(offered.file.size);
        json_.end_object();
    }
    void operator()(const ContactsChanged& changed) {
        const bool added = asked_.keyword == Keyword::contact_add;
        say(but_for(added ? "Kontak berhasil ditambahkan" : "Kontak berhasil dihapus", changed.failed));
    }
    void operator()(const ContactList& list) {
        begin_list("Daftar kontak Anda", "contact_list");
        for (const ContactList::Item& contact : list.contacts)
            json_.string(contact.user.name);
        end_list();
    }
    // Of a group at home on another server.
    void operator()(const Queued& queued) { say("Permintaan queued untuk server " + queued.server); }
    // No request of this dialect asks for anything else.
    template <class Other>
    void operator()(const Other&) {
        OBROL_CHECK(false);
    }

  private:
    void begin(std::string_view message) {
        write_member(json_, "status", "success");
        write_member(json_, "message", message);
    }
    void say(std::string_view message) {
        begin(message);
        json_.end_object();
    }
    void begin_list(std::string_view message, std::string_view name) {
        begin(message);
        json_.key(name);
        json_.begin_array();
    }
    void end_list() {
        json_.end_array();
        json_.end_object();
    }
    static std::string but_for(std::string message, const std::vector<NameRefused>& failed) {
        if (!failed.empty()) message.append(", kecuali ").append(failures_text(failed));
        return message;
    }
    // What waits for another server is stored, and has not arrived.
    static std::string but_queued(std::string message, const std::vector<std::string>& receivers) {
        for (const std::string& receiver : receivers)
            message.append(&receiver == &receivers.front() ? "; queued untuk " : ", ").append(receiver);
        return message;
    }
    void write_names(std::string_view key, const std::vector<std::string>& names) {
        json_.key(key);
        json_.begin_array();
        for (const std::string& name : names)
            json_.string(name);
        json_.end_array();
    }
    void write_group(const GroupView& group) {
        write_member(json_, "code", group.code);
        write_member(json_, "group_name", group.card.name);
    }
    void write_message(const UserCard& from, const LogEntry& entry) {
        json_.begin_object();
        write_member(json_, "from_user", from.name);
        write_text(json_, entry);
        write_member(json_, "time", rfc3339(entry.header.at));
        write_file_keys(json_, entry);
        json_.end_object();
    }
    void write_notified(const UnreadPage::Message& message) {
        json_.begin_object();
        write_member(json_, "from_user", message.from.name);
        write_optional(json_, "from_group", message.group ? message.group->name : std::string());
        write_optional(json_, "code", message.group_code);
        write_text(json_, message.entry);
        write_file_keys(json_, message.entry);
        json_.end_object();
    }

    const Asked& asked_;
    JsonWriter json_;
};

}  // namespace

void write_answer(const Reply& reply, const Asked& asked, std::string& out) {
    if (!asked.is_object) {
        std::visit(Answer(asked, out), reply);
        out.append(end_of_answer);
        return;
    }
    std::string object;
    std::visit(Answer(asked, object), reply);
    out.append(without_false_ends(object));
}

void write_notification(const Event& event, std::string& out) {
    const auto* message = std::get_if<MessageEvent>(&event);
    if (!message || !is_shown(message->entry)) return;
    std::string object;
    JsonWriter json(object, JsonStyle::python);
    json.begin_object();
    write_member(json, "FOR", "NOTIF");
    write_member(json, "from_user", message->from.name);
    write_optional(json, "from_group", message->group ? message->group->name : std::string());
    write_text(json, message->entry);
    json.end_object();
    out.append(without_false_ends(object));
}

std::string without_false_ends(std::string_view object) {
    std::string out;
    out.reserve(object.size());
    bool in_string = false;
    bool escaped = false;
    for (std::size_t i = 0; i < object.size(); ++i) {
        const char byte = object[i];
        const bool ends_block = (out.size() + 1) % block_bytes == 0;
        if (byte == '}' && ends_block && i + 1 < object.size()) {
            out.append(in_string ? "\\u007d" : " }");
            continue;
        }
        out.push_back(byte);
        if (byte == '"' && !escaped) in_string = !in_string;
        escaped = in_string && byte == '\\' && !escaped;
    }
    return out;
}

}  // namespace obrol::py_chat
