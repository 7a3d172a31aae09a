// What each dialect costs: a request read, an answer written, an event rendered. The answers and events are what a real
// Chat says. A dialect has to have read what it answers: an answer alone is the difference of two benchmarks.
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"
#include "dialects/registry/registry.h"
#include "tests/benchmark/benchmarks.h"
#include "tests/support/chat_parts.h"

namespace obrol {
namespace {

constexpr std::size_t inbox_messages = 50;
// Decoders remember what they have read until the answer is written; no connection has more under way (ServerLimits).
constexpr std::size_t unanswered_max = 128;

// What that dialect's users write; empty: it has no such words.
struct Requests {
    std::string send;
    std::string inbox;
    std::string send_in_json;
    std::string listen_on_brief;
};

Requests requests_of(std::string_view dialect) {
    const std::string text(64, 'x');
    if (dialect == "py-chat")
        return {"CHAT-PRIVATE-SEND maya " + text + "\r\n", "CHAT-PRIVATE-GET maya\r\n",
                R"({"COMMAND": "MSG-PRIVATE-SEND", "p_username": "maya", "message": ")" + text + R"(", "token": null})",
                ""};
    Requests requests{"send maya " + text + "\r\n", "inbox\r\n", "", ""};
    if (dialect == "native") {
        requests.send_in_json = R"({"cmd": "send", "to": "maya", "text": ")" + text + "\"}\r\n";
        requests.listen_on_brief = "listen on brief\r\n";
    }
    return requests;
}

// What core says to a send and to an inbox full of messages, and what listeners hear of one.
class Conversation {
  public:
    Conversation() {
        for (const char* name : {"messi", "maya"})
            parts_.add_user(name);
        const std::unique_ptr<Client> messi = parts_.chat.connect("127.0.0.1");
        const std::unique_ptr<Client> maya = parts_.chat.connect("127.0.0.1");
        ask(*messi, Authenticate{"messi", "secret"});
        ask(*maya, Authenticate{"maya", "secret"});
        parts_.bus.subscribe([this](const ConversationAdvanced& advanced) {
            event = std::make_shared<const Event>(MessageEvent{LogEntry{advanced.header, std::string(64, 'x'), false},
                                                               UserCard{"messi", "messi", ""},
                                                               UserCard{"maya", "maya", ""}});
        });
        for (std::size_t i = 0; i < inbox_messages; ++i) {
            SendMessage message;
            message.to.push_back(parse_address("maya"));
            message.text = std::string(64, 'x');
            sent = ask(*messi, std::move(message));
        }
        unread = ask(*maya, ListUnread{});
        inbox = ask(*maya, FetchInbox{});
        parts_.run(parts_.commits.drain());
        OBROL_CHECK(event != nullptr);
    }

    Reply sent;
    Reply inbox;
    Reply unread;  // the same messages
    std::shared_ptr<const Event> event;

  private:
    template <class Body>
    Reply ask(Client& client, Body body) {
        Command command;
        command.body = std::move(body);
        Reply reply = parts_.run(parts_.chat.execute(client, std::move(command)));
        OBROL_CHECK(!std::holds_alternative<Refused>(reply));
        return reply;
    }

    ChatParts parts_;
};

void decode(Dialect& dialect, std::string_view request) {
    Decoded decoded = dialect.decode(request);
    OBROL_CHECK(decoded.consumed == request.size());
    OBROL_CHECK(std::holds_alternative<Command>(decoded.outcome));
    benchmark::DoNotOptimize(decoded);
}

void decode_only(benchmark::State& state, const DialectKind& kind, const std::string& request) {
    std::unique_ptr<Dialect> dialect = kind.make();
    std::size_t unanswered = 0;
    for (auto _ : state) {
        if (++unanswered > unanswered_max) {
            dialect = kind.make();
            unanswered = 1;
        }
        decode(*dialect, request);
    }
}

void decode_and_answer(benchmark::State& state, const DialectKind& kind, const std::string& request,
                       const Reply& reply) {
    const std::unique_ptr<Dialect> dialect = kind.make();
    std::string out;
    for (auto _ : state) {
        decode(*dialect, request);
        out.clear();
        dialect->encode(reply, out);
        OBROL_CHECK(!out.empty());
        benchmark::DoNotOptimize(out.data());
    }
}

// Of a connection that has begun to listen with `request`.
EncoderVariant variant_after(const DialectKind& kind, const std::string& request) {
    const std::unique_ptr<Dialect> dialect = kind.make();
    decode(*dialect, request);
    std::string answer;
    dialect->encode(Acknowledged{}, answer);
    return dialect->listens().value();
}

void render_event(benchmark::State& state, const DialectKind& kind, EncoderVariant variant, const Event& event) {
    std::string out;
    for (auto _ : state) {
        out.clear();
        kind.encode_event(event, variant, out);
        benchmark::DoNotOptimize(out.data());
    }
}

}  // namespace

void add_benchmarks(Benchmarks& all) {
    const auto said = std::make_shared<Conversation>();
    const auto registry = std::make_shared<DialectRegistry>(DialectLimits{});
    for (const auto& kind : registry->all()) {
        const std::string name(kind->name());
        const Requests requests = requests_of(name);
        all.add(name + "/decode_send", 5000, [registry, &kind = *kind, requests](benchmark::State& state) {
            decode_only(state, kind, requests.send);
        });
        if (!requests.send_in_json.empty()) {
            all.add(name + "/decode_send_in_json", 5000, [registry, &kind = *kind, requests](benchmark::State& state) {
                decode_only(state, kind, requests.send_in_json);
            });
        }
        all.add(name + "/decode_send_and_answer", 3000, [registry, said, &kind = *kind, requests](auto& state) {
            decode_and_answer(state, kind, requests.send, said->sent);
        });
        const bool by_conversation = name == "py-chat";
        all.add(name + "/answer_inbox_of_50", 200,
                [registry, said, &kind = *kind, requests, by_conversation](auto& state) {
                    decode_and_answer(state, kind, requests.inbox, by_conversation ? said->unread : said->inbox);
                });
        std::string rendered;
        kind->encode_event(*said->event, 0, rendered);
        if (rendered.empty()) continue;
        all.add(name + "/event", 5000,
                [registry, said, &kind = *kind](auto& state) { render_event(state, kind, 0, *said->event); });
        if (requests.listen_on_brief.empty()) continue;
        all.add(name + "/event_brief", 5000,
                [registry, said, &kind = *kind, brief = variant_after(*kind, requests.listen_on_brief)](auto& state) {
                    render_event(state, kind, brief, *said->event);
                });
    }
}

}  // namespace obrol
