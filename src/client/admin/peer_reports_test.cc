#include <fmt/format.h>
#include <gtest/gtest.h>

#include "client/admin/reports.h"
#include "wire/json_reader.h"

namespace obrol {
namespace {

std::string shown(std::string_view command, std::string_view data) {
    const Result<JsonValue, JsonError> value = read_json(data, {.bytes_max = 100'000});
    EXPECT_TRUE(value.has_value()) << data;
    return report(command, *value);
}

TEST(PeerReports, ListServers) {
    EXPECT_EQ(shown("peer-list", R"({"peers":[{"peer":"B","host":"127.0.0.1","port":8889,"state":"down",
                  "fingerprint":"3f2a 91c0","queued":2,"oldest_queued_at":"2026-11-21T03:50:45.765Z"},
                  {"peer":"C","host":"::1","port":9,"state":"idle","fingerprint":"","queued":0,
                  "oldest_queued_at":null},
                  {"peer":"D","host":"","port":0,"state":"idle","named_by":"B","fingerprint":"77","queued":0,
                  "oldest_queued_at":null}]})"),
              "PEER  ADDRESS         LINK        QUEUED  SINCE                    FINGERPRINT\n"
              "B     127.0.0.1:8889  down        2       2026-11-21 03:50:45 UTC  3f2a 91c0\n"
              "C     [::1]:9         idle        0       -                        -\n"
              "D     -               named by B  0       -                        77\n");
    EXPECT_EQ(shown("peer-list", R"({"peers":[]})"), "no other servers are known\n");
}

TEST(PeerReports, ShowAServer) {
    EXPECT_EQ(shown("peer-show", R"({"peer":"B","host":"","port":0,"state":"down","fingerprint":"3f2a","queued":2,
                  "oldest_queued_at":null,"met_at":null,"sent":{"epoch":2,"last":7,"acknowledged":5},
                  "received":{"epoch":1,"last":3},"groups_here":["lab","choir"],"groups_there":[],
                  "last_error":"connect: refused","last_error_at":"2026-11-21T03:50:45.765Z"})"),
              "peer:         B\n"
              "address:      -\n"
              "link:         down\n"
              "fingerprint:  3f2a\n"
              "met:          never\n"
              "queued:       2\n"
              "oldest:       -\n"
              "sent:         7 in epoch 2\n"
              "acknowledged: 5 in epoch 2\n"
              "received:     3 in epoch 1\n"
              "groups here:  lab, choir\n"
              "groups there: -\n"
              "last error:   connect: refused (2026-11-21 03:50:45 UTC)\n");
}

TEST(PeerReports, ShowWhoseWordAnAddressIs) {
    const auto shown_with = [](std::string_view told) {
        return shown("peer-show", fmt::format(R"({{"peer":"B","host":"::1","port":9,"address_told":{}}})", told));
    };
    EXPECT_NE(shown_with("true").find("[::1]:9 (told by that server)\n"), std::string::npos);
    EXPECT_NE(shown_with("false").find("[::1]:9\n"), std::string::npos);
}

TEST(PeerReports, ShowByWhoseWordAServerIsKnown) {
    EXPECT_NE(shown("peer-show", R"({"peer":"D","named_by":"B"})").find("met:          never (named by B)\n"),
              std::string::npos);
}

TEST(PeerReports, SayWhatWasDone) {
    EXPECT_EQ(shown("peer-connect", R"({"peer":"B","already":false})"), "B is connected\n");
    EXPECT_EQ(shown("peer-remove", R"({"items_dropped":1})"),
              "the server is forgotten; 1 item that waited for it will not be sent\n");
    EXPECT_EQ(shown("peer-test", R"({"peer":"B","host":"127.0.0.1","port":9,"label":"B","fingerprint":"3f2a",
                  "known":true,"round_trip_us":1234})"),
              "B answers at 127.0.0.1:9: connection, TLS, key, version and echo are good, in 1.2 ms\n"
              "its fingerprint: 3f2a\n"
              "that is the key by which it is known here\n");
    EXPECT_EQ(shown("queue-list", R"({"peer":"B","items":[{"number":3,"kind":"message","from":"messi","to":"izza@B",
                  "at":"2026-11-21T03:50:45.765Z"}]})"),
              "NUMBER  WHAT     FROM   TO      SINCE\n"
              "3       message  messi  izza@B  2026-11-21 03:50:45 UTC\n");
    EXPECT_EQ(shown("group-adopt", R"({"group":"lab","code":"3f9a1c"})"),
              "lab is at home here now; whoever knows the code 3f9a1c can join it\n");
}

}  // namespace
}  // namespace obrol
