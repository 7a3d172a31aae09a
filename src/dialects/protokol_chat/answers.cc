#include "dialects/protokol_chat/answers.h"

#include <fmt/format.h>
#include <variant>

#include "base/check.h"
#include "dialects/inbox_json.h"
#include "dialects/line_dialect.h"
#include "dialects/protokol_chat/errors.h"
#include "wire/json_writer.h"

namespace obrol::protokol_chat {
namespace {

// COMPAT: the client of document 004 reads its token, its inbox and everything else under these keys, and not under
// "data".
constexpr std::string_view token_key = "tokenid";
constexpr std::string_view inbox_key = "messages";
constexpr std::string_view other_key = "message";

std::string inbox_text(const InboxPage::Message& message) {
    if (!message.file) return message.text;
    return fmt::format("[file] {} ({} byte)", message.file->name, message.file->size);
}

std::string joined(const std::vector<std::string>& names) {
    return fmt::format("{}", fmt::join(names, ", "));
}

// "grup lab", or a user's name.
std::string receiver(const std::string& to) {
    return to.starts_with('#') ? "grup " + to.substr(1) : to;
}

// Those whom it did not reach, each with the reason.
std::string failed_text(const std::vector<NameRefused>& failed) {
    std::vector<std::string> names;
    for (const NameRefused& one : failed)
        names.push_back(fmt::format("{} ({})", one.name, error_text(Refused{one.why, {}, false})));
    return fmt::format("tidak terkirim ke {}", joined(names));
}

// Each of the two may be empty.
std::string sent_text(std::string_view what, std::string_view reached, std::string_view queued) {
    if (queued.empty()) return fmt::format("{} sudah terkirim ke {}", what, reached);
    if (reached.empty()) return fmt::format("{} queued untuk {}", what, queued);
    return fmt::format("{} sudah terkirim ke {}; queued untuk {}", what, reached, queued);
}

// "grup lab: messi, maya", and the group alone when nobody is named.
std::string of_group(const std::string& group, const std::vector<std::string>& members) {
    return members.empty() ? receiver(group) : fmt::format("{}: {}", receiver(group), joined(members));
}

std::string post_text(const MessageSent::Copy& post, const GroupReach& reach) {
    constexpr std::string_view what = "pesan";
    // The group is at home on another server, which has not seen it yet.
    if (post.delivery == Delivery::queued) return sent_text(what, {}, receiver(post.to));
    if (reach.queued.empty()) return sent_text(what, of_group(post.to, reach.reached), {});
    if (reach.reached.empty()) return sent_text(what, {}, of_group(post.to, reach.queued));
    return sent_text(what, of_group(post.to, reach.reached), joined(reach.queued));
}

std::string message_text(const MessageSent& sent) {
    std::vector<std::string> reached;
    std::vector<std::string> queued;
    for (const MessageSent::Copy& copy : sent.copies)
        (copy.delivery == Delivery::queued ? queued : reached).push_back(receiver(copy.to));
    std::string text = sent_text("pesan", joined(reached), joined(queued));
    return sent.failed.empty() ? text : fmt::format("{}; {}", text, failed_text(sent.failed));
}

class Answer {
  public:
    Answer(const Asked& asked, std::string& out) : asked_(asked), out_(out), json_(out, JsonStyle::python) {}

    void operator()(const Refused& refused) { write_text("ERROR", other_key, error_text(refused)); }
    void operator()(const SessionStarted& started) { write_text("OK", token_key, started.token.to_string()); }
    void operator()(const SessionEnded&) { say("user sudah logout"); }
    void operator()(const Registered& registered) {
        say(fmt::format("user {} sudah teregistrasi", registered.user.name));
    }
    void operator()(const MessageSent& sent) {
        say(sent.reach && !sent.copies.empty() ? post_text(sent.copies.front(), *sent.reach) : message_text(sent));
    }
    void operator()(const InboxPage& page) {
        write("OK", inbox_key, [&] { write_inbox(json_, page, inbox_text); });
    }
    void operator()(const GroupCreated& created) {
        std::string words = fmt::format("grup {} sudah dibuat", created.group.card.id);
        if (!created.pending.empty()) words += fmt::format("; menunggu server dari {}", joined(created.pending));
        say(words);
    }
    void operator()(const Acknowledged&) {
        switch (asked_.about) {
            case Asked::About::add_server:
                return say(fmt::format("server {} sudah ditambahkan", asked_.server));
            case Asked::About::disconnect_server:
                return say(fmt::format("koneksi ke server {} sudah diputus", asked_.server));
            case Asked::About::other:
                return say("selesai");
        }
    }
    void operator()(const ServerConnected& connected) {
        say(connected.already ? std::string(already_connected_words)
                              : fmt::format("server {} terkoneksi", connected.label));
    }
    void operator()(const ServerList& list) {
        write_list(list.servers, [this](const ServerList::Item& server) {
            member("id", server.label);
            member("alamat", server.host);
            number("port", server.port);
            member("status", link_words(server.state));
            number("queued", server.queued);
        });
    }
    void operator()(const UploadReady&) { say(ready_words); }
    void operator()(const FileKept& kept) {
        say(fmt::format("file {} ({} byte) sudah disimpan", kept.name, kept.size));
    }
    void operator()(const FileSent& sent) {
        const std::string what = "file " + sent.file.name;
        const std::string to = receiver(sent.to);
        const bool is_queued = sent.delivery == Delivery::queued;
        say(sent_text(what, is_queued ? std::string() : to, is_queued ? to : std::string()));
    }
    void operator()(const FileOffered& offered) {
        write("OK", other_key, [&] {
            json_.begin_object();
            write_file(offered.file.name, offered.file.size);
            json_.end_object();
        });
    }
    void operator()(const FolderList& list) {
        write_list(list.files, [this](const FolderList::Item& file) { write_file(file.name, file.size); });
    }
    // No request of this dialect asks for anything else.
    template <class Other>
    void operator()(const Other&) {
        OBROL_CHECK(false);
    }

  private:
    // The content, which write_content() writes, under both keys: rendered once, because an inbox may be large.
    template <class WriteContent>
    void write(std::string_view status, std::string_view second_key, WriteContent write_content) {
        json_.begin_object();
        member("status", status);
        json_.key("data");
        const std::size_t begin = out_.size();
        write_content();
        const std::size_t size = out_.size() - begin;
        json_.key(second_key);
        out_.append(out_, begin, size);
        json_.end_object();
    }
    void write_text(std::string_view status, std::string_view second_key, std::string_view text) {
        write(status, second_key, [&] { json_.string(text); });
    }
    void say(std::string_view words) { write_text("OK", other_key, words); }
    // A list of objects, whose members write_members(item) writes.
    template <class Item, class WriteMembers>
    void write_list(const std::vector<Item>& items, WriteMembers write_members) {
        write("OK", other_key, [&] {
            json_.begin_array();
            for (const Item& item : items) {
                json_.begin_object();
                write_members(item);
                json_.end_object();
            }
            json_.end_array();
        });
    }
    void write_file(std::string_view name, std::uint64_t size) {
        member("nama", name);
        number("ukuran", size);
    }
    void member(std::string_view name, std::string_view value) {
        json_.key(name);
        json_.string(value);
    }
    template <class Integer>
    void number(std::string_view name, Integer value) {
        json_.key(name);
        json_.integer(value);
    }

    const Asked& asked_;
    std::string& out_;
    JsonWriter json_;
};

}  // namespace

std::string_view link_words(LinkState state) {
    switch (state) {
        case LinkState::idle:
            return "belum terkoneksi";
        case LinkState::connecting:
            return "sedang menghubungi";
        case LinkState::up:
            return "terkoneksi";
        case LinkState::down:
            return "terputus";
        case LinkState::disconnected:
            return "diputus";
        case LinkState::blocked:
            return "diblokir";
    }
    OBROL_CHECK(false);
    return {};
}

Asked asked_by(const Command& command) {
    if (const auto* added = std::get_if<AddServer>(&command.body)) return {Asked::About::add_server, added->label};
    if (const auto* ended = std::get_if<DisconnectServer>(&command.body))
        return {Asked::About::disconnect_server, ended->label};
    return {};
}

void write_answer(const Reply& reply, const Asked& asked, std::string& out) {
    std::visit(Answer(asked, out), reply);
    out.append(end_of_answer);
}

}  // namespace obrol::protokol_chat
