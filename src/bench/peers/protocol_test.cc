#include <algorithm>
#include <chrono>
#include <gtest/gtest.h>
#include <set>
#include <string>

#include "bench/peers/native_protocol.h"
#include "bench/peers/redis_protocol.h"
#include "bench/peers/simple_chat_protocol.h"

namespace obrol::bench {
namespace {

const std::string sent = "{\"status\": \"OK\", \"message\": \"Message Sent\"}\r\n\r\n";
const std::string id = "$15\r\n1700000000000-0\r\n";

SimpleChatProtocol simple_chat() {
    return SimpleChatProtocol({"messi", "henderson", "lineker"}, "surabaya");
}

struct Example {
    std::string received;
    std::size_t consumed;
    std::size_t answers;
};

TEST(SimpleChatProtocol, CountsWholeAcknowledgements) {
    const SimpleChatProtocol protocol = simple_chat();
    for (const auto& [received, consumed, answers] :
         {Example{"", 0, 0}, Example{sent, sent.size(), 1}, Example{sent + sent + sent, 3 * sent.size(), 3},
          Example{sent + "{", sent.size(), 1}, Example{sent.substr(0, sent.size() - 1), 0, 0},
          Example{"{\"status\": \"ERROR\"", 0, 0}}) {
        const auto count = protocol.count_acknowledgements(received);
        ASSERT_TRUE(count) << received << count.error().what;
        EXPECT_EQ(count->consumed, consumed) << received;
        EXPECT_EQ(count->answers, answers) << received;
    }
}

TEST(SimpleChatProtocol, EverySplitOfAStreamCountsTheSame) {
    const SimpleChatProtocol protocol = simple_chat();
    const std::string stream = sent + sent;
    for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
        const auto first = protocol.count_acknowledgements(std::string_view(stream).substr(0, cut));
        ASSERT_TRUE(first);
        const auto second = protocol.count_acknowledgements(std::string_view(stream).substr(first->consumed));
        ASSERT_TRUE(second);
        EXPECT_EQ(first->answers + second->answers, 2u) << cut;
    }
}

TEST(SimpleChatProtocol, ARefusalOfABusyServerIsAnAnswerButNoAcknowledgement) {
    const SimpleChatProtocol protocol = simple_chat();
    const std::string busy = "{\"status\": \"ERROR\", \"message\": \"Maaf, server sedang sibuk, coba lagi\"}\r\n\r\n";
    const std::string stream = sent + busy + busy + sent;
    for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
        std::size_t consumed = 0;
        std::string kinds;
        for (const std::size_t end : {cut, stream.size()}) {
            for (;;) {
                const auto count =
                    protocol.count_acknowledgements(std::string_view(stream).substr(consumed, end - consumed));
                ASSERT_TRUE(count) << cut;
                if (count->answers == 0) break;
                kinds.append(count->answers, count->busy ? 'b' : 's');
                consumed += count->consumed;
            }
        }
        EXPECT_EQ(kinds, "sbbs") << cut;
        EXPECT_EQ(consumed, stream.size()) << cut;
    }
}

TEST(SimpleChatProtocol, AnyOtherAnswerIsAnErrorThatQuotesIt) {
    const SimpleChatProtocol protocol = simple_chat();
    for (const std::string answer : {"{\"status\": \"ERROR\", \"message\": \"User Tidak Ditemukan\"}",
                                     "{\"status\":\"OK\",\"message\":\"Message Sent\"}",
                                     "{\"status\": \"OK\", \"message\": \"Message Sent\"} ", ""}) {
        const auto count = protocol.count_acknowledgements(sent + answer + "\r\n\r\n" + sent);
        ASSERT_FALSE(count) << answer;
        EXPECT_EQ(count.error().what, "the server answered a message with " + answer);
    }
    EXPECT_FALSE(protocol.count_acknowledgements(std::string(70'000, 'x')));
}

TEST(SimpleChatProtocol, LogsInEachClientAsItsUser) {
    const SimpleChatProtocol protocol = simple_chat();
    std::string out;
    protocol.append_login(4, out);
    EXPECT_EQ(out, "auth henderson surabaya\r\n");
    const std::string granted = "{\"status\": \"OK\", \"tokenid\": \"9abf3546-137d-4fd7-9d18-1f33e82acf8d\"}\r\n\r\n";
    EXPECT_EQ(protocol.read_login_answer(granted).value().consumed, granted.size());
    EXPECT_EQ(protocol.read_login_answer(granted).value().answers, 1u);
    EXPECT_EQ(protocol.read_login_answer(granted.substr(0, 60)).value().answers, 0u);
    const auto refused = protocol.read_login_answer("{\"status\": \"ERROR\", \"message\": \"Password Salah\"}\r\n\r\n");
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().what.find("Password Salah"), std::string::npos);
}

TEST(SimpleChatProtocol, ReachesEveryPairOfUsers) {
    const SimpleChatProtocol protocol = simple_chat();
    std::set<std::string> pairs;
    for (std::size_t client = 0; client < 3; ++client) {
        for (std::uint64_t sequence = 0; sequence < 3; ++sequence) {
            std::string out = std::to_string(client) + " ";
            protocol.append_request(client, sequence, "halo", out);
            pairs.insert(out);
        }
    }
    EXPECT_EQ(pairs.size(), 9u);
    EXPECT_TRUE(pairs.contains("1 send lineker halo\r\n"));
    std::string first, second;
    protocol.append_request(0, 0, "halo", first);
    protocol.append_request(3, 0, "halo", second);  // the same user's next client
    EXPECT_NE(first, second);
}

TEST(NativeProtocol, CountsAcknowledgementsAndRefusalsWithTheirTime) {
    const NativeProtocol protocol({"messi", "henderson"}, "surabaya");
    const std::string stored =
        R"({"status":"OK","data":{"id":"018bcfe5-6800-7000-8000-000000000001","conv":3,"seq":5}})"
        "\r\n\r\n";
    const auto busy_for = [](int milliseconds) {
        return R"({"status":"ERROR","code":"busy","retry_ms":)" + std::to_string(milliseconds) +
               R"(,"data":"the server is busy; try again"})" + "\r\n\r\n";
    };
    const std::string busy = R"({"status":"ERROR","code":"busy","data":"the server is busy; try again"})"
                             "\r\n\r\n";
    const std::string stream = stored + stored + busy_for(40) + busy_for(120) + busy + stored;
    for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
        std::string kinds;
        Duration retry_after{};
        std::size_t consumed = 0;
        for (const std::size_t end : {cut, stream.size()}) {
            for (;;) {
                const auto count =
                    protocol.count_acknowledgements(std::string_view(stream).substr(consumed, end - consumed));
                ASSERT_TRUE(count) << cut << count.error().what;
                if (count->answers == 0) break;
                kinds.append(count->answers, count->busy ? 'b' : 's');
                consumed += count->consumed;
                retry_after = std::max(retry_after, count->retry_after);
            }
        }
        EXPECT_EQ(kinds, "ssbbbs") << cut;
        EXPECT_EQ(retry_after, std::chrono::milliseconds(120)) << cut;
    }
    EXPECT_EQ(protocol.count_acknowledgements(busy).value().retry_after, Duration{0});
}

TEST(NativeProtocol, AnyOtherAnswerIsAnErrorThatQuotesIt) {
    const NativeProtocol protocol({"messi"}, "surabaya");
    for (const std::string answer :
         {R"({"status":"ERROR","code":"user-not-found","data":"no such user"})", R"({"status":"OK","data":{}})", ""}) {
        const auto count = protocol.count_acknowledgements(answer + "\r\n\r\n");
        ASSERT_FALSE(count) << answer;
        EXPECT_EQ(count.error().what, "the server answered a message with " + answer);
    }
}

TEST(RedisProtocol, CountsWholeIds) {
    const RedisProtocol protocol(36);
    for (const auto& [received, consumed, answers] :
         {Example{"", 0, 0}, Example{id, id.size(), 1}, Example{id + id, 2 * id.size(), 2},
          Example{id + "$", id.size(), 1}, Example{id.substr(0, id.size() - 1), 0, 0}, Example{"$15\r\n17", 0, 0}}) {
        const auto count = protocol.count_acknowledgements(received);
        ASSERT_TRUE(count) << received << count.error().what;
        EXPECT_EQ(count->consumed, consumed) << received;
        EXPECT_EQ(count->answers, answers) << received;
    }
}

TEST(RedisProtocol, AnyOtherAnswerIsAnError) {
    const RedisProtocol protocol(36);
    for (const std::string answer :
         {"-MISCONF Errors writing to the AOF file", "$-1", "+OK", ":1", "$x", "$5\r\nabcdefgh"}) {
        const auto count = protocol.count_acknowledgements(id + answer + "\r\n");
        ASSERT_FALSE(count) << answer;
        EXPECT_EQ(count.error().what.find("the server answered XADD with " + answer.substr(0, answer.find('\r'))), 0u)
            << count.error().what;
    }
}

TEST(RedisProtocol, PingsAndAdds) {
    const RedisProtocol protocol(4);
    std::string out;
    protocol.append_login(0, out);
    EXPECT_EQ(out, "*1\r\n$4\r\nPING\r\n");
    EXPECT_EQ(protocol.read_login_answer("+PO").value().answers, 0u);
    EXPECT_EQ(protocol.read_login_answer("+PONG\r\n").value().answers, 1u);
    EXPECT_FALSE(protocol.read_login_answer("-DENIED\r\n"));
    out.clear();
    protocol.append_request(1, 1, "halo", out);
    EXPECT_EQ(out, "*5\r\n$4\r\nXADD\r\n$7\r\nstream3\r\n$1\r\n*\r\n$1\r\nf\r\n$4\r\nhalo\r\n");
}

}  // namespace
}  // namespace obrol::bench
