#include "client/admin/reports.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "client/admin/text_table.h"
#include "wire/json_reader.h"

namespace obrol {
namespace {

std::string shown(std::string_view command, std::string_view data) {
    const Result<JsonValue, JsonError> value = read_json(data, {.bytes_max = 100'000});
    EXPECT_TRUE(value.has_value()) << data;
    return report(command, *value);
}

TEST(ShownText, CannotSteerTheTerminal) {
    EXPECT_EQ(shown_text("Búdi 山田"), "Búdi 山田");
    EXPECT_EQ(shown_text("a\x1b[2Jb\tc\nd\x7f"), "a�[2Jb�c�d�");
    EXPECT_EQ(shown_text("a\xc2\x9b"
                         "b"),
              "a�b")
        << "CSI in one character";
    EXPECT_EQ(shown_text("\xe2\x80\xae"
                         "txt.exe"),
              "�txt.exe")
        << "written from right to left";
    EXPECT_EQ(shown_text("\xff"), "�");
}

TEST(TextTable, ColumnsBeginAtTheSamePlace) {
    TextTable table({"A", "LONGER", "C"});
    table.add({"éé", "", "x"});
    table.add({"aaaa", "b", ""});
    EXPECT_EQ(table.to_string(),
              "A     LONGER  C\n"
              "éé    -       x\n"
              "aaaa  b       -\n");
}

TEST(Reports, ListUsers) {
    EXPECT_EQ(shown("user-list", R"({"users":[{"user":"messi","name":"Lionel Messi","country":"Argentina",
                  "role":"admin","state":"active","created_at":"2026-11-21T03:50:45.765Z"},
                  {"user":"b","name":"b","country":"","role":"member","state":"deleted",
                  "created_at":"2026-11-22T03:50:45.765Z"}]})"),
              "USER   NAME          COUNTRY    ROLE    STATE    SINCE\n"
              "messi  Lionel Messi  Argentina  admin   active   2026-11-21 03:50:45 UTC\n"
              "b      b             -          member  deleted  2026-11-22 03:50:45 UTC\n");
    EXPECT_EQ(shown("user-list", R"({"users":[]})"), "there are no accounts\n");
}

TEST(Reports, ShowAUser) {
    EXPECT_EQ(shown("user-show", R"({"user":"budi","name":"Budi","country":"","role":"member","state":"active",
                  "created_at":"2026-11-21T03:50:45.765Z","online":true,"last_used_at":null,"sessions":0})"),
              "user:      budi\n"
              "name:      Budi\n"
              "country:   -\n"
              "role:      member\n"
              "state:     active\n"
              "since:     2026-11-21 03:50:45 UTC\n"
              "online:    yes\n"
              "last used: never\n"
              "sessions:  0\n");
}

TEST(Reports, SayWhatWasDone) {
    const std::string_view budi = R"({"user":"budi","name":"Budi S","country":"Indonesia","role":"admin"})";
    EXPECT_EQ(shown("user-add", budi), "budi has an account now, role admin\n");
    EXPECT_EQ(shown("user-password", budi), "budi has a new password and is logged out everywhere\n");
    EXPECT_EQ(shown("user-profile", budi), "budi is shown as Budi S, Indonesia now\n");
    EXPECT_EQ(shown("user-role", budi), "budi has the role admin now\n");
    EXPECT_EQ(shown("user-disable", budi), "budi is logged out everywhere and cannot log in\n");
    EXPECT_EQ(shown("user-enable", budi), "budi can log in\n");
    EXPECT_EQ(shown("user-delete", budi), "budi is deleted: the messages stay, and nobody gets the name again\n");
    EXPECT_EQ(shown("session-revoke", R"({"sessions_ended":1})"), "1 session ended\n");
    EXPECT_EQ(shown("session-revoke", R"({"sessions_ended":2})"), "2 sessions ended\n");
    EXPECT_EQ(shown("invitation-revoke", "{}"), "the invitation is of no use any more\n");
}

TEST(Reports, Sessions) {
    EXPECT_EQ(shown("session-list", R"({"sessions":[{"id":7,"started_at":"2026-11-21T03:50:45.765Z",
                  "last_used_at":"2026-11-21T04:00:00.000Z","online":true,"connected":true}]})"),
              "ID  STARTED                  LAST USED                CONNECTED\n"
              "7   2026-11-21 03:50:45 UTC  2026-11-21 04:00:00 UTC  yes\n");
    EXPECT_EQ(shown("session-list", R"({"sessions":[]})"), "there are no sessions\n");
}

TEST(Reports, Invitations) {
    EXPECT_EQ(shown("invitation-create", R"({"code":"ab-cd","id":3,"role":"member","uses":5,"used":0,
                  "expires_at":"2026-11-28T03:50:45.765Z","note":""})"),
              "ab-cd\n"
              "good for 5 accounts, role member, until 2026-11-28 03:50:45 UTC; the code is not shown again "
              "(invitation 3)\n");
    EXPECT_EQ(shown("invitation-create", R"({"code":"ab-cd","id":3,"role":"admin","uses":1,"expires_at":null})"),
              "ab-cd\ngood for 1 account, role admin, without end; the code is not shown again (invitation 3)\n");
    EXPECT_EQ(shown("invitation-list", R"({"invitations":[{"id":3,"role":"member","uses":5,"used":2,"expires_at":null,
                  "note":"choir","created_by":"","usable":true}]})"),
              "ID  USED  OF  ROLE    UNTIL   USABLE  NOTE\n"
              "3   2     5   member  always  yes     choir\n");
}

TEST(Reports, Groups) {
    EXPECT_EQ(shown("group-list", R"({"groups":[{"group":"lab","name":"Tim Lab","code":"4f2a1c","members":2,
                  "history":"open","retention_days":30,"state":"active","created_at":"2026-11-21T03:50:45.765Z"},
                  {"group":"old","name":"old","code":"","members":0,"history":"closed","retention_days":null,
                  "state":"ended","created_at":"2026-11-20T03:50:45.765Z"}]})"),
              "GROUP  NAME     MEMBERS  HISTORY  KEPT      STATE   SINCE\n"
              "lab    Tim Lab  2        open     30 days   active  2026-11-21 03:50:45 UTC\n"
              "old    old      0        closed   for ever  ended   2026-11-20 03:50:45 UTC\n");
    EXPECT_EQ(shown("group-list", R"({"groups":[]})"), "there are no groups\n");
    EXPECT_EQ(shown("group-show", R"({"group":"lab","name":"Tim Lab","code":"4f2a1c","members":2,"history":"closed",
                  "retention_days":1,"state":"active","created_at":"2026-11-21T03:50:45.765Z","entries":7,
                  "who":[{"user":"messi","name":"Lionel Messi","role":"owner","online":true},
                  {"user":"maya","name":"Maya","role":"member","online":false}],"banned":["izza","nania"]})"),
              "group:   lab\n"
              "name:    Tim Lab\n"
              "code:    4f2a1c\n"
              "state:   active\n"
              "since:   2026-11-21 03:50:45 UTC\n"
              "history: closed\n"
              "kept:    1 day\n"
              "entries: 7\n"
              "banned:  izza, nania\n"
              "members: 2\n"
              "\n"
              "USER   NAME          ROLE    ONLINE\n"
              "messi  Lionel Messi  owner   yes\n"
              "maya   Maya          member  no\n");
    EXPECT_TRUE(shown("group-show", R"({"group":"old","members":0,"who":[],"banned":[]})").ends_with("members: 0\n"))
        << "no table of nobody";
    EXPECT_EQ(shown("group-set", R"({"group":"lab","history":"open","retention_days":null})"),
              "lab keeps what is said for ever; whoever joins can read what was said before\n");
    EXPECT_EQ(shown("group-set", R"({"group":"lab","history":"closed","retention_days":2})"),
              "lab keeps what is said for 2 days; whoever joins cannot read what was said before\n");
    EXPECT_EQ(shown("group-newcode", R"({"group":"lab","code":"4f2a1c"})"),
              "4f2a1c\nwhoever knows this code can join lab; the old one is of no use any more\n");
}

TEST(Reports, Files) {
    const std::string_view file = R"({"file":"12ab34","name":"a\u202eb.txt","size":1536,"from":"messi","in":"#lab",
        "at":"2026-11-21T03:50:45.765Z"})";
    const std::string table =
        "CODE    FROM   IN    SIZE     SENT                     NAME\n"
        "12ab34  messi  #lab  1.5 KiB  2026-11-21 03:50:45 UTC  a\uFFFDb.txt\n";
    EXPECT_EQ(shown("file-list", fmt::format(R"({{"files":[{}],"more":false}})", file)), table);
    EXPECT_EQ(shown("file-list", fmt::format(R"({{"files":[{}],"more":true}})", file)),
              table + "there are older ones; --limit shows more\n");
    EXPECT_EQ(shown("file-list", R"({"files":[],"more":false})"), "there are no files\n");
    EXPECT_EQ(shown("file-remove", file), "a\uFFFDb.txt (1.5 KiB) is removed; nobody can get it any more\n");
}

TEST(Reports, Quotas) {
    EXPECT_EQ(shown("quota-show", R"({"user":"messi","files":2,"bytes":12,"bytes_max":1073741824,"own":false})"),
              "user:  messi\n"
              "files: 2\n"
              "used:  12 bytes\n"
              "limit: 1.0 GiB, as everybody\n");
    EXPECT_NE(shown("quota-set", R"({"user":"messi","bytes_max":0,"own":true})").find("limit: 0 bytes, his own\n"),
              std::string::npos);
    EXPECT_NE(shown("quota-reset", R"({"user":"messi","bytes_max":null,"own":false})").find("limit: none\n"),
              std::string::npos);
}

TEST(Reports, Status) {
    EXPECT_EQ(shown("status", R"({"server":"shire","version":"0.1.0","pid":17,"data":"/d",
                  "started_at":"2026-11-21T03:50:45.765Z","uptime_s":93784,"listeners":["native:127.0.0.1:8889",
                  "simple-chat:127.0.0.1:8890"],"connections":2,"online":1,"users":{"active":6,"admins":1,"disabled":0,
                  "deleted":2},"sessions":9,"messages":12,"groups":2,"files":3,"file_bytes":4096,"blob_bytes":2048,
                  "commits":40,"store_bytes":1536,"memory_bytes":1000})"),
              "server:      shire\n"
              "version:     0.1.0\n"
              "process:     17\n"
              "running:     1d 2h, since 2026-11-21 03:50:45 UTC\n"
              "data:        /d\n"
              "listeners:   native:127.0.0.1:8889, simple-chat:127.0.0.1:8890\n"
              "connections: 2\n"
              "users:       6 active (1 admin), 0 disabled, 2 deleted\n"
              "online:      1\n"
              "sessions:    9\n"
              "messages:    12\n"
              "groups:      2\n"
              "files:       3, 4.0 KiB (2.0 KiB on the disk)\n"
              "commits:     40\n"
              "store:       1.5 KiB\n"
              "memory:      1000 bytes\n");
    EXPECT_NE(shown("status", R"({"uptime_s":0})").find("running:     0s, since"), std::string::npos);
    EXPECT_NE(shown("status", R"({"uptime_s":61})").find("running:     1m 1s"), std::string::npos);
}

TEST(Reports, WhatIsNotKnownIsShownAsItCame) {
    EXPECT_EQ(shown("user-teleport", R"({"a":[1]})"), "{\"a\":[1]}\n");
    EXPECT_NE(shown("user-list", R"({"users":[{"user":"x"}]})").find("x     -"), std::string::npos);
}

}  // namespace
}  // namespace obrol
