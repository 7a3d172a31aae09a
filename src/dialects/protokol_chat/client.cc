#include <deque>
#include <fmt/core.h>
#include <utility>

#include "base/check.h"
#include "dialects/answer_framer.h"
#include "dialects/error_texts.h"
#include "dialects/inbox_json.h"
#include "dialects/json_texts.h"
#include "dialects/line_dialect.h"
#include "dialects/protokol_chat/answers.h"
#include "dialects/protokol_chat/errors.h"
#include "dialects/protokol_chat/protokol_chat.h"
#include "wire/json_reader.h"

namespace obrol::protokol_chat {
namespace {

// What reading an answer must know of its request: what it asked for, which has what else is needed.
using Asked = decltype(Command::body);

std::uint64_t number_of(const JsonValue& object, std::string_view name) {
    const JsonValue* member = object.find(name);
    const std::int64_t value = member ? member->as_integer().value_or(0) : 0;
    return value < 0 ? 0 : static_cast<std::uint64_t>(value);
}

LinkState link_of(std::string_view words) {
    for (const LinkState state :
         {LinkState::connecting, LinkState::up, LinkState::down, LinkState::disconnected, LinkState::blocked})
        if (link_words(state) == words) return state;
    return LinkState::idle;
}

// The answer to a request that was carried out. What stands in words for people alone stays in the words.
class Answer {
  public:
    Answer(const JsonValue& answer, bool is_ready) : answer_(answer), is_ready_(is_ready) {}

    Result<Reply> operator()(const Authenticate&) const {
        const std::optional<Token> token = Token::parse(text_of(answer_, "data"));
        if (!token) return fail("the answer holds no token");
        return SessionStarted{*token, {}, {}};
    }
    Result<Reply> operator()(const Register& asked) const { return Registered{UserCard{asked.user, asked.user, {}}}; }
    Result<Reply> operator()(const Logout&) const { return SessionEnded{}; }
    Result<Reply> operator()(const SendMessage&) const { return MessageSent{}; }
    Result<Reply> operator()(const SendToGroup&) const { return MessageSent{}; }
    Result<Reply> operator()(const FetchInbox&) const { return read_inbox(answer_); }
    Result<Reply> operator()(const CreateGroup& asked) const {
        GroupCreated created;
        created.group.card.id = asked.id;
        return created;
    }
    Result<Reply> operator()(const AddServer&) const { return Acknowledged{}; }
    Result<Reply> operator()(const DisconnectServer&) const { return Acknowledged{}; }
    Result<Reply> operator()(const ConnectServer& asked) const {
        return ServerConnected{asked.label, text_of(answer_, "data") == already_connected_words};
    }
    Result<Reply> operator()(const ListServers&) const {
        ServerList list;
        for (const JsonValue& item : items_of(answer_, "data")) {
            ServerList::Item server;
            server.label = text_of(item, "id");
            server.host = text_of(item, "alamat");
            server.port = static_cast<std::uint16_t>(number_of(item, "port"));
            server.state = link_of(text_of(item, "status"));
            server.queued = static_cast<std::size_t>(number_of(item, "queued"));
            list.servers.push_back(std::move(server));
        }
        return list;
    }
    Result<Reply> operator()(const SendFile& asked) const {
        if (!is_ready_) return ready(asked.size);
        FileSent sent;
        sent.file.name = asked.name;
        sent.file.size = asked.size;
        sent.to = to_string(asked.to);
        return sent;
    }
    Result<Reply> operator()(const PutFile& asked) const {
        if (!is_ready_) return ready(asked.size);
        return FileKept{asked.name, asked.size};
    }
    Result<Reply> operator()(const SendFolderFile& asked) const {
        FileSent sent;
        sent.file.name = asked.name;
        sent.to = to_string(asked.to);
        return sent;
    }
    Result<Reply> operator()(const GetFolderFile&) const {
        const JsonValue* data = answer_.find("data");
        const JsonValue* size = data ? data->find("ukuran") : nullptr;
        if (!size || size->as_integer().value_or(-1) < 0) return fail("the answer holds no size of the file");
        return FileOffered{0, FileCard{{}, text_of(*data, "nama"), number_of(*data, "ukuran"), {}}, 0};
    }
    Result<Reply> operator()(const ListFolder&) const {
        FolderList list;
        for (const JsonValue& item : items_of(answer_, "data"))
            list.files.push_back({text_of(item, "nama"), number_of(item, "ukuran"), {}});
        return list;
    }
    template <class Other>
    Result<Reply> operator()(const Other&) const {
        return fail("an answer to no request");
    }

  private:
    Result<Reply> ready(std::uint64_t size) const {
        if (text_of(answer_, "data") != ready_words) return fail("the server does not take the file");
        return UploadReady{0, size};
    }

    const JsonValue& answer_;
    const bool is_ready_;  // the server has said that it takes the bytes
};

class Client final : public ClientDialect {
  public:
    void encode_request(const Command& command, std::string& out) override {
        token_ = command.token ? " " + command.token->to_string() : std::string();
        std::visit([&](const auto& body) { request(body, out); }, command.body);
        asked_.push_back(command.body);
    }

    Result<DecodedAnswer> decode_answer(std::string_view input) override {
        const Result<std::optional<std::size_t>> end = framer_.next(input);
        if (!end) return Failure<Error>(end.error());
        if (!*end) return DecodedAnswer{};
        Result<Reply> reply = read(input.substr(0, **end));
        if (!reply) return Failure<Error>(std::move(reply.error()));
        return DecodedAnswer{**end + end_of_answer.size(), std::move(*reply)};
    }

  private:
    template <class... Arguments>
    void write(std::string& out, std::string_view word, const Arguments&... arguments) {
        out.append(word).append(token_);
        (out.append(" ").append(arguments), ...);
        out.append("\r\n");
    }
    // COMPAT: the client of document 004 writes two blanks before a text, of which the server drops one. It would drop
    // one at the end, too.
    static std::string padded(const std::string& text) { return " " + text + (text.ends_with(' ') ? " " : ""); }

    void request(const Authenticate& body, std::string& out) { write(out, "auth", body.user, body.password, ""); }
    void request(const Register& body, std::string& out) { write(out, "register", body.user, body.password); }
    void request(const Logout&, std::string& out) { write(out, "logout"); }
    void request(const SendMessage& body, std::string& out) {
        const Address& first = body.to.front();
        if (body.to.size() == 1 && !first.server.empty())
            return write(out, "sendserver", first.server, first.name, padded(body.text));
        std::string to;
        for (const Address& address : body.to)
            to.append(to.empty() ? "" : ",").append(to_string(address));
        write(out, "send", to, padded(body.text));
    }
    void request(const SendToGroup& body, std::string& out) {
        write(out, "sendgroup", to_string(body.group.address), padded(body.text));
    }
    void request(const FetchInbox&, std::string& out) { write(out, "inbox"); }
    void request(const CreateGroup& body, std::string& out) {
        std::string members;
        for (const Address& member : body.members)
            members.append(members.empty() ? "" : ",").append(to_string(member));
        write(out, "creategroup", body.id, members);
    }
    void request(const AddServer& body, std::string& out) {
        write(out, "addserver", body.label, body.host, std::to_string(body.port));
    }
    void request(const ConnectServer& body, std::string& out) { write(out, "connect", body.label, ""); }
    void request(const DisconnectServer& body, std::string& out) { write(out, "disconnect", body.label); }
    void request(const ListServers&, std::string& out) { write(out, "servers"); }
    static std::string_view word_for(const Place& to) {
        return to.kind == Place::Kind::user ? "sendfile" : "sendfilegroup";
    }
    void request(const SendFile& body, std::string& out) {
        write(out, word_for(body.to), to_string(body.to.address), body.name, std::to_string(body.size));
    }
    void request(const SendFolderFile& body, std::string& out) {
        write(out, word_for(body.to), to_string(body.to.address), body.name);
    }
    void request(const PutFile& body, std::string& out) { write(out, "putfile", body.name, std::to_string(body.size)); }
    void request(const GetFolderFile& body, std::string& out) { write(out, "getfile", body.name); }
    void request(const ListFolder&, std::string& out) { write(out, "files"); }
    template <class Other>
    void request(const Other&, std::string&) {
        OBROL_CHECK(false);
    }

    Result<Reply> read(std::string_view text) {
        const auto answer = read_json(text, JsonLimits{answer_bytes_max});
        if (!answer) return fail(fmt::format("the answer is not JSON: {}", answer.error().what));
        const bool is_error = text_of(*answer, "status") != "OK";
        // Errors that no request asked for: the server closes.
        if (asked_.empty() && !is_error) return fail("an answer without a request");
        if (is_error) {
            if (!asked_.empty()) asked_.pop_front();
            is_ready_ = false;
            const std::string why = text_of(*answer, "data");
            return Refused{error_of_text(error_text, why), why, false};
        }
        Result<Reply> reply = std::visit(Answer(*answer, is_ready_), asked_.front());
        is_ready_ = reply && std::holds_alternative<UploadReady>(*reply);
        if (!is_ready_) asked_.pop_front();
        return reply;
    }

    AnswerFramer framer_;
    std::deque<Asked> asked_;
    std::string token_;      // of the request that is being written, with the blank before it
    bool is_ready_ = false;  // for the bytes of the file that the oldest request named
};

}  // namespace

std::unique_ptr<ClientDialect> make_client() {
    return std::make_unique<Client>();
}

}  // namespace obrol::protokol_chat
