#include "dialects/auto/auto_dialect.h"

#include <gtest/gtest.h>

#include "dialects/native/native.h"
#include "dialects/py_chat/py_chat.h"
#include "dialects/simple_chat/simple_chat.h"

namespace obrol::auto_dialect {
namespace {

struct Kinds {
    std::unique_ptr<DialectKind> py_chat = py_chat::make_kind(DialectLimits{});
    std::unique_ptr<DialectKind> native = native::make_kind(DialectLimits{});
    std::unique_ptr<DialectKind> simple_chat = simple_chat::make_kind(DialectLimits{});
    std::unique_ptr<DialectKind> words_are_native = make_kind({*py_chat, *native, *native}, DialectLimits{});
    std::unique_ptr<DialectKind> words_are_simple = make_kind({*py_chat, *native, *simple_chat}, DialectLimits{});
};

const Kinds kinds;
const Refused refused{ChatError::unknown_command, {}, false};

// Which dialect answers the first request; the bytes come `step` at a time. Empty: it waits for more.
std::string speaker(const DialectKind& kind, std::string_view stream, std::size_t step) {
    const auto dialect = kind.make();
    std::string received;
    while (!stream.empty()) {
        received += stream.substr(0, step);
        stream.remove_prefix(std::min(step, stream.size()));
        const Decoded decoded = dialect->decode(received);
        received.erase(0, decoded.consumed);
        if (std::holds_alternative<NeedMore>(decoded.outcome)) continue;
        std::string answer;
        dialect->encode(refused, answer);
        if (answer.starts_with("{\"FOR\": ")) return "py-chat";
        if (answer.starts_with("{\"status\":\"ERROR\",\"code\":")) return "native";
        if (answer.starts_with("{\"status\": \"ERROR\", \"message\": ")) return "simple-chat";
        return answer;
    }
    return {};
}

TEST(Auto, TheFirstRequestDecides) {
    const struct {
        std::string stream;
        std::string speaker;
    } cases[] = {
        {"auth messi surabaya\n", "native"},
        {"\n", "native"},
        {"  ping\n", "native"},
        {"PING\n", "native"},
        {"AUTH-LOGIN messi surabaya\r\n", "py-chat"},
        {" DANCE-NOW\n", "py-chat"},
        {"GROUP-GET\r\n", "py-chat"},
        {"-GET\n", "native"},
        {"auth-login a b\n", "native"},
        {"AUTH-LOGIN2 a b\n", "native"},
        {R"({"COMMAND": "GROUP-GET"})", "py-chat"},
        {R"( {"a": {"COMMAND": 1}, "COMMAND": null})", "py-chat"},
        {R"({"COMMAND": "GROUP-GET", "COMMAND": ""})", "py-chat"},
        {"{\"COMMAND\": \"GROUP-GET\"]", "py-chat"},
        {R"({"cmd": "ping"})", ""},
        {"{\"cmd\": \"ping\"}\n", "native"},
        {"{\"cmd\": \"COMMAND\"}\n", "native"},
        {"{\"command\": \"ping\"}\n", "native"},
        {"{]\n", "native"},
        {"{] \"COMMAND\"\n", "native"},
        {"{\"a\": \"" + std::string(70'000, 'x') + "\"}\n", "native"},
        {"A-" + std::string(62, 'X') + "\n", "py-chat"},
        {"A-" + std::string(63, 'X') + "\n", "native"},
        {std::string(70'000, 'X') + "\n", "native"},
        {std::string(70'000, ' ') + "GROUP-GET\n", "py-chat"},
        {"AUTH-LOGIN", ""},
        {"{\"COMMAND\": ", ""},
    };
    for (const auto& c : cases) {
        for (const std::size_t step : {1u, 3u, 100'000u}) {
            if (step == 1 && c.stream.size() > 1000) continue;
            EXPECT_EQ(speaker(*kinds.words_are_native, c.stream, step), c.speaker)
                << c.stream.substr(0, 100) << " by " << step;
            const std::string with_words =
                c.speaker == "native" && c.stream.find('{') == std::string::npos ? "simple-chat" : c.speaker;
            EXPECT_EQ(speaker(*kinds.words_are_simple, c.stream, step), with_words) << c.stream.substr(0, 100);
        }
    }
}

TEST(Auto, TheConnectionStaysWithWhatItBeganWith) {
    const auto dialect = kinds.words_are_native->make();
    const std::string stream = "ping\nAUTH-LOGIN a b\n";
    const Decoded first = dialect->decode(stream);
    EXPECT_EQ(first.consumed, 5u);
    const Decoded second = dialect->decode(std::string_view(stream).substr(5));
    EXPECT_TRUE(std::holds_alternative<Refuse>(std::get<Command>(second.outcome).body));
}

TEST(Auto, IsSilentUntilSpokenToAndTurnsAwayAsNativeDoes) {
    std::string out;
    kinds.words_are_native->make()->greet(out);
    EXPECT_EQ(out, "");
    EXPECT_EQ(kinds.words_are_native->greeting_delay().count(), 0);
    kinds.words_are_simple->make()->encode_refusal(ChatError::server_full, out);
    std::string native;
    kinds.native->make()->encode_refusal(ChatError::server_full, native);
    EXPECT_EQ(out, native);
    const auto dialect = kinds.words_are_native->make();
    static_cast<void>(dialect->decode("GROUP-GET\n"));
    out.clear();
    dialect->encode_refusal(ChatError::out_of_memory, out);
    EXPECT_TRUE(out.starts_with("{\"FOR\": ")) << out;
}

// Events reach a connection as its own dialect renders them, and the variants of several dialects are kept apart.
TEST(Auto, EventsAreThoseOfTheChosenDialect) {
    const DialectKind& kind = *kinds.words_are_native;
    MessageEvent message;
    message.from.name = "messi";
    message.entry.body = "halo";
    const auto rendered = [&](const DialectKind& by, EncoderVariant variant) {
        std::string out;
        by.encode_event(message, variant, out);
        return out;
    };

    const auto program = kind.make();
    static_cast<void>(program->decode(R"({"COMMAND": "GROUP-GET"})"));
    const auto program_variant = program->listens();
    ASSERT_TRUE(program_variant.has_value());
    EXPECT_EQ(rendered(kind, *program_variant), rendered(*kinds.py_chat, 0));
    EXPECT_TRUE(kind.writes_events_apart(*program_variant));
    EXPECT_FALSE(kind.hears_own_messages(*program_variant));

    const auto person = kind.make();
    EXPECT_EQ(person->listens(), std::nullopt);
    static_cast<void>(person->decode("{\"cmd\": \"listen\", \"state\": \"on\"}\n"));
    std::string out;
    person->encode(Acknowledged{}, out);
    const auto person_variant = person->listens();
    ASSERT_TRUE(person_variant.has_value());
    EXPECT_NE(*person_variant, *program_variant);
    EXPECT_EQ(rendered(kind, *person_variant), rendered(*kinds.native, 0));
    EXPECT_FALSE(kind.writes_events_apart(*person_variant));
    EXPECT_TRUE(kind.hears_own_messages(*person_variant));
}

}  // namespace
}  // namespace obrol::auto_dialect
