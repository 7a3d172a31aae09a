#include <deque>
#include <fmt/core.h>
#include <utility>

#include "base/check.h"
#include "base/rfc3339.h"
#include "dialects/answer_framer.h"
#include "dialects/error_texts.h"
#include "dialects/json_texts.h"
#include "dialects/line_dialect.h"
#include "dialects/py_chat/errors.h"
#include "dialects/py_chat/keywords.h"
#include "dialects/py_chat/py_chat.h"
#include "wire/json_reader.h"

namespace obrol::py_chat {
namespace {

// What reading an answer must know of its request.
struct Asked {
    Keyword keyword = Keyword::auth_login;
    std::string code;          // of the file that is wanted
    std::uint64_t number = 0;  // bytes of an upload, the offset of a download
    bool is_ready = false;     // the server has said that it takes the bytes
};

std::uint64_t number_of(const JsonValue& object, std::string_view name) {
    const JsonValue* member = object.find(name);
    const std::int64_t value = member ? member->as_integer().value_or(0) : 0;
    return value < 0 ? 0 : static_cast<std::uint64_t>(value);
}

// "FOR" and "status" are not looked at here.
class Answer {
  public:
    explicit Answer(const JsonValue& answer) : answer_(answer) {}

    Result<Reply> to(Asked& asked) const {
        switch (asked.keyword) {
            case Keyword::auth_register:
                return Registered{};
            case Keyword::auth_login:
                return SessionStarted{};
            case Keyword::auth_logout:
                return SessionEnded{};
            case Keyword::group_create:
                return group_created();
            case Keyword::group_get:
                return groups();
            case Keyword::group_join:
                return GroupJoined{};
            case Keyword::group_exit:
                return GroupLeft{};
            case Keyword::group_invite:
                return members_added();
            case Keyword::chat_private_send:
            case Keyword::chat_group_send:
                return MessageSent{};
            case Keyword::chat_private_get:
            case Keyword::chat_group_get:
                return messages();
            case Keyword::file_send_private:
            case Keyword::file_send_group:
                return upload(asked);
            case Keyword::file_get_private:
            case Keyword::file_get_group:
                return download(asked);
            case Keyword::contact_add:
            case Keyword::contact_delete:
                return ContactsChanged{};
            case Keyword::contact_get:
                return contacts();
            case Keyword::notif_get:
                return notifications();
        }
        return fail("an answer to no request");
    }

  private:
    static GroupView group(const JsonValue& object) {
        GroupView view;
        view.card.name = text_of(object, "group_name");
        view.code = text_of(object, "code");
        return view;
    }
    Result<Reply> group_created() const {
        GroupCreated created{group(answer_)};
        if (created.group.code.empty()) return fail("the answer holds no code of the group");
        return created;
    }
    Result<Reply> groups() const {
        GroupList list;
        for (const JsonValue& item : items_of(answer_, "group_list"))
            list.groups.push_back(group(item));
        return list;
    }
    // Why the others could not be invited stands in the message alone.
    Result<Reply> members_added() const {
        MembersAdded result;
        result.added = texts_of(answer_, "added");
        for (std::string& name : texts_of(answer_, "failed"))
            result.failed.push_back(NameRefused{std::move(name)});
        return result;
    }
    static UnreadPage::Message message(const JsonValue& item) {
        UnreadPage::Message message;
        message.from.name = text_of(item, "from_user");
        LogEntry& entry = message.entry;
        entry.header.at = parse_rfc3339(text_of(item, "time")).value_or(WallTime{});
        const FileCard file{text_of(item, "file_code"), text_of(item, "file_name"), 0, {}};
        entry.header.kind = file.code.empty() ? EntryKind::message : EntryKind::file;
        entry.body = file.code.empty() ? text_of(item, "text") : encode(file);
        return message;
    }
    Result<Reply> messages() const {
        UnreadPage page;
        for (const JsonValue& item : items_of(answer_, "messages"))
            page.messages.push_back(message(item));
        return page;
    }
    Result<Reply> notifications() const {
        UnreadPage page;
        for (const JsonValue& item : items_of(answer_, "notifications")) {
            UnreadPage::Message notification = message(item);
            notification.group_code = text_of(item, "code");
            const std::string group = text_of(item, "from_group");
            if (!group.empty()) notification.group = GroupCard{{}, group};
            page.messages.push_back(std::move(notification));
        }
        return page;
    }
    Result<Reply> upload(Asked& asked) const {
        if (!asked.is_ready && text_of(answer_, "message") == "ready") {
            asked.is_ready = true;
            return UploadReady{0, asked.number};
        }
        FileSent sent;
        sent.file = FileCard{text_of(answer_, "file_code"), text_of(answer_, "file_name"), asked.number, {}};
        if (sent.file.code.empty()) return fail("the answer holds no code of the file");
        return sent;
    }
    Result<Reply> download(const Asked& asked) const {
        const JsonValue* size = answer_.find("file_size");
        if (!size || size->as_integer().value_or(-1) < 0) return fail("the answer holds no size of the file");
        FileCard file{asked.code, text_of(answer_, "file_name"), number_of(answer_, "file_size"), {}};
        if (asked.number > file.size) return fail("the file ends before the offset");
        return FileOffered{0, std::move(file), asked.number};
    }
    Result<Reply> contacts() const {
        ContactList list;
        for (const std::string& name : texts_of(answer_, "contact_list"))
            list.contacts.push_back({UserCard{name, name, {}}, false});
        return list;
    }

    const JsonValue& answer_;
};

std::string names(const std::vector<Address>& who) {
    std::string text;
    for (const Address& address : who)
        text.append(text.empty() ? "" : " ").append(to_string(address));
    return text;
}

// Users and codes of groups; a group by its id has no words here.
std::string place(const Place& where) {
    OBROL_CHECK(where.kind != Place::Kind::group);
    return to_string(where);
}

// The user's and the group's variant of a request.
Keyword by_place(const Place& where, Keyword to_user, Keyword to_group) {
    return where.kind == Place::Kind::user ? to_user : to_group;
}

class Client final : public ClientDialect {
  public:
    void encode_request(const Command& command, std::string& out) override {
        std::visit([&](const auto& body) { request(body, out); }, command.body);
    }

    Result<DecodedAnswer> decode_answer(std::string_view input) override {
        DecodedAnswer decoded;
        if (is_new_ && !input.empty() && !input.starts_with('{')) {
            const auto greeting = framer_.next(input);
            if (!greeting) return Failure<Error>(greeting.error());
            if (!*greeting) return decoded;
            decoded.consumed = **greeting + end_of_answer.size();
            input.remove_prefix(decoded.consumed);
        }
        is_new_ = is_new_ && input.empty() && decoded.consumed == 0;
        const auto end = framer_.next(input);
        if (!end) return Failure<Error>(end.error());
        if (!*end) return decoded;
        Result<Reply> reply = read(input.substr(0, **end));
        if (!reply) return Failure<Error>(std::move(reply.error()));
        decoded.consumed += **end + end_of_answer.size();
        decoded.reply = std::move(*reply);
        return decoded;
    }

  private:
    template <class... Arguments>
    void write(std::string& out, Asked asked, const Arguments&... arguments) {
        out.append(to_string(asked.keyword));
        (out.append(" ").append(arguments), ...);
        out.append("\r\n");
        asked_.push_back(std::move(asked));
    }
    void request(const Register& body, std::string& out) {
        write(out, {Keyword::auth_register}, body.user, body.password, body.password);
    }
    void request(const Authenticate& body, std::string& out) {
        write(out, {Keyword::auth_login}, body.user, body.password);
    }
    void request(const Logout&, std::string& out) { write(out, {Keyword::auth_logout}); }
    void request(const CreateGroup& body, std::string& out) { write(out, {Keyword::group_create}, body.name); }
    void request(const ListGroups&, std::string& out) { write(out, {Keyword::group_get}); }
    void request(const JoinGroup& body, std::string& out) { write(out, {Keyword::group_join}, body.code); }
    void request(const LeaveGroup& body, std::string& out) { write(out, {Keyword::group_exit}, place(body.group)); }
    void request(const InviteToGroup& body, std::string& out) {
        write(out, {Keyword::group_invite}, place(body.group), names(body.who));
    }
    void request(const SendMessage& body, std::string& out) {
        OBROL_CHECK(body.to.size() == 1);
        write(out, {Keyword::chat_private_send}, to_string(body.to.front()), body.text);
    }
    void request(const SendToGroup& body, std::string& out) {
        write(out, {Keyword::chat_group_send}, place(body.group), body.text);
    }
    void request(const FetchUnread& body, std::string& out) {
        const Keyword keyword = by_place(body.with, Keyword::chat_private_get, Keyword::chat_group_get);
        write(out, {keyword}, place(body.with));
    }
    void request(const ListUnread&, std::string& out) { write(out, {Keyword::notif_get}); }
    void request(const SendFile& body, std::string& out) {
        const Keyword keyword = by_place(body.to, Keyword::file_send_private, Keyword::file_send_group);
        write(out, {keyword, {}, body.size}, place(body.to), body.name, std::to_string(body.size));
    }
    void request(const GetFile& body, std::string& out) {
        OBROL_CHECK(body.in);
        const Keyword keyword = by_place(*body.in, Keyword::file_get_private, Keyword::file_get_group);
        Asked asked{keyword, body.code, body.offset};
        if (body.offset == 0)
            write(out, std::move(asked), place(*body.in), body.code);
        else
            write(out, std::move(asked), place(*body.in), body.code, std::to_string(body.offset));
    }
    void request(const AddContacts& body, std::string& out) { write(out, {Keyword::contact_add}, names(body.who)); }
    void request(const ListContacts&, std::string& out) { write(out, {Keyword::contact_get}); }
    void request(const RemoveContacts& body, std::string& out) {
        write(out, {Keyword::contact_delete}, names(body.who));
    }
    template <class Other>
    void request(const Other&, std::string&) {
        OBROL_CHECK(false);
    }

    Result<Reply> read(std::string_view text) {
        const auto answer = read_json(text, JsonLimits{answer_bytes_max});
        if (!answer) return fail(fmt::format("the answer is not JSON: {}", answer.error().what));
        const bool failed = text_of(*answer, "status") != "success";
        // Errors that no request asked for: the server closes.
        if (asked_.empty() && !failed) return fail("an answer without a request");
        if (failed) {
            if (!asked_.empty()) asked_.pop_front();
            const std::string why = text_of(*answer, "message");
            return Refused{error_of_text(error_text, why), why, false};
        }
        Result<Reply> reply = Answer(*answer).to(asked_.front());
        if (!reply || !std::holds_alternative<UploadReady>(*reply)) asked_.pop_front();
        return reply;
    }

    AnswerFramer framer_;
    std::deque<Asked> asked_;
    bool is_new_ = true;  // nothing has come yet, so that the next thing can be the greeting
};

}  // namespace

std::unique_ptr<ClientDialect> make_client() {
    return std::make_unique<Client>();
}

}  // namespace obrol::py_chat
