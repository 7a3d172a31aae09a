// A small line dialect for tests of the server: it reaches every corner of the dialect contract, events included.
//
//   login U · send U text · inbox · bad · logout     requests
//   fetch U                                          what is unread of one conversation
//   listen · mute                                    events from now on, or no more
//   exit                                             answers, then the connection closes
//   big N                                            an answer of N bytes
//   keep NAME SIZE                                    an upload into one's own folder
//   put U NAME SIZE · eput U NAME SIZE               an upload; with eput the bytes follow whatever the answer is
//   get CODE OFFSET · offer CODE OFFSET · go         a download; after `offer` the bytes follow `go`
//   throw                                            the encoder throws
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <deque>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "dialects/dialect.h"
#include "model/address.h"
#include "model/chat_error.h"

namespace obrol {

class ToyDialect final : public Dialect {
  public:
    // Counts the requests it decodes in `decoded`.
    ToyDialect(bool greets, std::size_t& decoded) : decoded_(decoded), greets_(greets) {}

    void greet(std::string& out) override {
        if (greets_) out += "welcome\n";
    }

    Decoded decode(std::string_view input) override {
        const std::size_t end = input.find('\n');
        if (end == std::string_view::npos) return {0, NeedMore{}};
        const std::string_view line = input.substr(0, end);
        const std::size_t blank = line.find(' ');
        const std::string_view word = line.substr(0, blank);
        const std::string rest(blank == std::string_view::npos ? std::string_view() : line.substr(blank + 1));
        Command command{{}, Refuse{}};
        Request request = Request::plain;
        std::size_t big = 0;
        if (word == "go") return {end + 1, TransferReady{}};
        if (word == "keep") {
            const auto [name, size, none] = three_of(rest + " -");
            command.body = PutFile{name, std::stoull(size)};
        }
        if (word == "put" || word == "eput") {
            const auto [to, name, size] = three_of(rest);
            command.body = SendFile{parse_place(to), name, std::stoull(size), std::nullopt, word == "eput"};
            if (word == "eput") request = Request::eager;
        }
        if (word == "get" || word == "offer") {
            const auto [code, offset, none] = three_of(rest);
            command.body = GetFile{code, std::nullopt, std::stoull(offset)};
            if (word == "offer") request = Request::offer;
        }
        if (word == "login") command.body = Authenticate{rest, "secret"};
        if (word == "logout") command.body = Logout{};
        if (word == "inbox") command.body = FetchInbox{};
        if (word == "fetch") command.body = FetchUnread{parse_place(rest)};
        if (word == "send") {
            const std::size_t gap = rest.find(' ');
            command.body = SendMessage{{Address{rest.substr(0, gap), ""}}, rest.substr(gap + 1), {}};
        }
        if (word == "listen") listening_ = true;
        if (word == "mute") listening_ = false;
        if (word == "exit") request = Request::exit;
        if (word == "throw") request = Request::fault;
        if (word == "big") big = std::stoul(rest);
        requests_.push_back({request, big});
        ++decoded_;
        return {end + 1, std::move(command)};
    }

    NextStep encode(const Reply& reply, std::string& out) override {
        const auto [request, big] = requests_.front();
        const bool has_second_answer = std::holds_alternative<UploadReady>(reply);
        if (!has_second_answer) requests_.pop_front();
        if (request == Request::fault) throw std::runtime_error("the toy broke");
        if (big > 0) {
            out += std::string(big - 1, 'x') + "\n";
        } else {
            out += std::visit([](const auto& said) { return word(said); }, reply) + "\n";
        }
        if (has_second_answer) return NextStep::take_bytes;
        if (std::holds_alternative<FileOffered>(reply))
            return request == Request::offer ? NextStep::await_ready : NextStep::give_bytes;
        if (std::holds_alternative<Refused>(reply) && request == Request::eager) return NextStep::drop_bytes;
        return request == Request::exit ? NextStep::close : NextStep::read_requests;
    }

    void encode_refusal(ChatError why, std::string& out) override { out.append(to_string(why)).append("\n"); }

    std::optional<EncoderVariant> listens() const override {
        return listening_ ? std::optional<EncoderVariant>(0) : std::nullopt;
    }

  private:
    enum class Request { plain, exit, fault, eager, offer };
    struct Asked {
        Request request;
        std::size_t big;
    };

    // "a b c"; what is not there is empty.
    static std::array<std::string, 3> three_of(std::string_view text) {
        std::array<std::string, 3> parts;
        for (std::string& part : parts) {
            const std::size_t gap = std::min(text.find(' '), text.size());
            part = text.substr(0, gap);
            text.remove_prefix(std::min(gap + 1, text.size()));
        }
        return parts;
    }

    static std::string word(const UploadReady& ready) { return "ready " + std::to_string(ready.size); }
    static std::string word(const FileKept& kept) { return "kept " + kept.name + " " + std::to_string(kept.size); }
    static std::string word(const FileSent& sent) { return "file " + sent.file.code; }
    static std::string word(const FileOffered& offered) {
        return "bytes " + std::to_string(offered.file.size - offered.offset);
    }
    static std::string word(const Refused& refused) { return std::string(to_string(refused.why)); }
    static std::string word(const SessionStarted& started) { return "hello " + started.user.name; }
    static std::string word(const MessageSent& sent) { return "sent " + std::to_string(sent.copies.at(0).seq.value); }
    static std::string word(const InboxPage& page) {
        std::string out = "inbox";
        for (const InboxPage::Sender& sender : page.senders) {
            for (const InboxPage::Message& message : sender.messages)
                out += " " + message.text;
        }
        return out;
    }
    static std::string word(const OnlineList&) { return "online"; }
    static std::string word(const SessionEnded&) { return "bye"; }
    static std::string word(const HistoryPage&) { return "history"; }
    static std::string word(const UnreadPage& page) {
        std::string out = "fetched";
        for (const UnreadPage::Message& message : page.messages)
            out += " " + message.entry.body;
        return out;
    }
    template <class Other>
    static std::string word(const Other&) {
        return "done";
    }

    std::deque<Asked> requests_;
    std::size_t& decoded_;
    bool greets_;
    bool listening_ = false;
};

class ToyKind final : public DialectKind {
  public:
    explicit ToyKind(bool greets = false) : greets_(greets) {}
    std::string_view name() const override { return "toy"; }
    std::uint16_t default_port() const override { return 1; }
    std::unique_ptr<Dialect> make() const override { return std::make_unique<ToyDialect>(greets_, decoded); }
    std::chrono::milliseconds greeting_delay() const override { return delay; }
    bool writes_events_apart(EncoderVariant) const override { return apart; }
    void encode_event(const Event& event, EncoderVariant, std::string& out) const override {
        ++rendered;
        if (const auto* message = std::get_if<MessageEvent>(&event)) {
            out += "event " + std::to_string(message->entry.header.seq.value) + " " + message->entry.body + "\n";
        } else if (const auto* lagged = std::get_if<LaggedEvent>(&event)) {
            out += "lagged " + std::to_string(lagged->next.value) + "\n";
        }
    }

    std::chrono::milliseconds delay{0};
    bool apart = false;
    mutable std::size_t rendered = 0;
    mutable std::size_t decoded = 0;  // by all its connections

  private:
    bool greets_;
};

}  // namespace obrol
