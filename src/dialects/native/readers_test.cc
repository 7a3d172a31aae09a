// Requests about groups, contacts, files and servers: what is read of them, in both forms.
#include "dialects/native/readers.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "dialects/native/requests.h"

namespace obrol::native {
namespace {

std::string listed(const std::vector<Address>& addresses) {
    std::string text;
    for (const Address& address : addresses)
        text.append(text.empty() ? "" : ",").append(to_string(address));
    return text;
}

std::string keyed(const std::optional<IdempotencyKey>& key) {
    return key ? fmt::format(" key {}:{}", key->client, key->number) : std::string();
}

// A request as one line in which nothing is left out.
struct Shown {
    std::string operator()(const SendMessage& send) {
        return fmt::format("send to {}: '{}'{}", listed(send.to), send.text, keyed(send.key));
    }
    std::string operator()(const SendToGroup& send) {
        return fmt::format("post to {}: '{}'{}", to_string(send.group), send.text, keyed(send.key));
    }
    std::string operator()(const FetchHistory& history) { return "history of " + to_string(history.with); }
    std::string operator()(const MarkRead& read) {
        return fmt::format("read {} to {}", to_string(read.with), read.seq.value);
    }
    std::string operator()(const CreateGroup& create) {
        return fmt::format("create {} '{}' with {}", create.id, create.name, listed(create.members));
    }
    std::string operator()(const ListMembers& list) { return "members of " + to_string(list.group); }
    std::string operator()(const JoinGroup& join) {
        return "join " + join.code + (join.server.empty() ? "" : " at " + join.server);
    }
    std::string operator()(const LeaveGroup& leave) { return "leave " + to_string(leave.group); }
    std::string operator()(const InviteToGroup& invite) {
        return fmt::format("invite to {}: {}", to_string(invite.group), listed(invite.who));
    }
    std::string operator()(const KickFromGroup& kick) {
        return fmt::format("kick {} from {}: {}", to_string(kick.who), to_string(kick.group),
                           static_cast<int>(kick.action));
    }
    std::string operator()(const SetGroupRole& change) {
        return fmt::format("{} of {} becomes {}", to_string(change.who), to_string(change.group),
                           to_string(change.role));
    }
    std::string operator()(const RenewGroupCode& renew) { return "code of " + to_string(renew.group); }
    std::string operator()(const AddContacts& add) { return "add " + listed(add.who); }
    std::string operator()(const RemoveContacts& remove) { return "remove " + listed(remove.who); }
    std::string operator()(const SendFile& send) {
        return fmt::format("file '{}' of {} to {}{}{}", send.name, send.size, to_string(send.to),
                           send.eager ? " eager" : "", keyed(send.key));
    }
    std::string operator()(const GetFile& get) {
        return fmt::format("get {} from {}{}", get.code, get.offset, get.in ? " in" : "");
    }
    std::string operator()(const ListFiles& list) { return "files of " + (list.in ? to_string(*list.in) : "all"); }
    std::string operator()(const PutFile& put) { return fmt::format("put '{}' of {}", put.name, put.size); }
    std::string operator()(const SendFolderFile& send) {
        return fmt::format("folder file '{}' to {}", send.name, to_string(send.to));
    }
    std::string operator()(const GetFolderFile& get) { return fmt::format("get '{}'", get.name); }
    std::string operator()(const ListFolder&) { return "folder"; }
    std::string operator()(const AddServer& add) {
        return fmt::format("server {} at {} port {}", add.label, add.host, add.port);
    }
    std::string operator()(const ConnectServer& connect) { return "connect " + connect.label; }
    std::string operator()(const DisconnectServer& disconnect) { return "disconnect " + disconnect.label; }
    std::string operator()(const ListServers&) { return "servers"; }
    std::string operator()(const ListRequests&) { return "requests"; }
    std::string operator()(const AcceptRequest& accept) { return "accept " + to_string(accept.who); }
    std::string operator()(const ListGroups&) { return "groups"; }
    std::string operator()(const ListContacts&) { return "contacts"; }
    std::string operator()(const ListUnread&) { return "unread"; }
    std::string operator()(const Refuse& refuse) {
        return fmt::format("{}{}", to_string(refuse.why), refuse.login_first ? ", after a login" : "");
    }
    template <class Other>
    std::string operator()(const Other&) {
        return "something else";
    }
};

Request read(const std::string& line) {
    return line.starts_with("{") ? read_object(line) : read_words(line);
}

std::string shown(const std::string& line) {
    return std::visit(Shown(), read(line).command.body);
}

TEST(NativeGroupRequests, AreTheSameByWordAndAsObject) {
    const struct {
        std::string words;
        std::string object;
        std::string meaning;
    } cases[] = {
        {"creategroup lab", R"({"cmd":"creategroup","group":"#lab"})", "create lab '' with "},
        {"creategroup #lab maya,izza@B", R"({"cmd":"creategroup","group":"lab","members":["maya","izza@B"]})",
         "create lab '' with maya,izza@B"},
        {"creategroup lab maya name  Tim  Lab ",
         R"({"cmd":"creategroup","group":"lab","members":"maya","name":"Tim  Lab"})",
         "create lab 'Tim  Lab' with maya"},
        {"creategroup lab name Tim Lab", R"({"cmd":"creategroup","group":"lab","name":"Tim Lab","members":[]})",
         "create lab 'Tim Lab' with "},
        {"groups", R"({"cmd":"groups"})", "groups"},
        {"members #lab", R"({"cmd":"members","group":"lab"})", "members of #lab"},
        {"members lab@B", R"({"cmd":"members","group":"#lab@B"})", "members of #lab@B"},
        {"joingroup 4f2a9c", R"({"cmd":"joingroup","code":"4f2a9c"})", "join 4f2a9c"},
        {"joingroup 4f2a9c@B", R"({"cmd":"joingroup","code":"4f2a9c","server":"B"})", "join 4f2a9c at B"},
        {"joingroup 4f2a9c@B", R"({"cmd":"joingroup","code":"4f2a9c@B"})", "join 4f2a9c at B"},
        {"leavegroup lab", R"({"cmd":"leavegroup","group":"#lab"})", "leave #lab"},
        {"invite lab maya,izza", R"({"cmd":"invite","group":"#lab","who":["maya","izza"]})",
         "invite to #lab: maya,izza"},
        {"kick lab maya", R"({"cmd":"kick","group":"#lab","who":"maya"})", "kick maya from #lab: 0"},
        {"ban lab maya", R"({"cmd":"ban","group":"#lab","who":"maya"})", "kick maya from #lab: 1"},
        {"unban lab maya", R"({"cmd":"unban","group":"#lab","who":"maya"})", "kick maya from #lab: 2"},
        {"promote lab maya", R"({"cmd":"promote","group":"#lab","who":"maya"})", "maya of #lab becomes admin"},
        {"promote lab maya owner", R"({"cmd":"promote","group":"#lab","who":"maya","role":"owner"})",
         "maya of #lab becomes owner"},
        {"promote lab maya member", R"({"cmd":"promote","group":"#lab","who":"maya","role":"member"})",
         "maya of #lab becomes member"},
        {"newcode lab", R"({"cmd":"newcode","group":"lab"})", "code of #lab"},
        {"sendgroup lab  two  blanks ", R"({"cmd":"sendgroup","group":"lab","text":" two  blanks "})",
         "post to #lab: ' two  blanks '"},
        {"send #lab halo", R"({"cmd":"send","to":["#lab"],"text":"halo"})", "post to #lab: 'halo'"},
        {"send #lab@B,, halo", R"({"cmd":"send","to":"#lab@B","text":"halo"})", "post to #lab@B: 'halo'"},
        {"history #lab", R"({"cmd":"history","who":"#lab"})", "history of #lab"},
        {"read #lab 7", R"({"cmd":"read","who":"#lab","seq":7})", "read #lab to 7"},
        {"notif", R"({"cmd":"notif"})", "unread"},
        {"contacts", R"({"cmd":"contacts"})", "contacts"},
        {"addcontact maya,izza", R"({"cmd":"addcontact","who":["maya","izza"]})", "add maya,izza"},
        {"delcontact maya", R"({"cmd":"delcontact","who":"maya"})", "remove maya"},
    };
    for (const auto& c : cases) {
        EXPECT_EQ(shown(c.words), c.meaning) << c.words;
        EXPECT_EQ(shown(c.object), c.meaning) << c.object;
    }
}

TEST(NativeFileRequests, AreTheSameByWordAndAsObject) {
    const struct {
        std::string words;
        std::string object;
        std::string meaning;
    } cases[] = {
        {"sendfile maya a.txt 0", R"({"cmd":"sendfile","to":"maya","name":"a.txt","size":0})",
         "file 'a.txt' of 0 to maya"},
        {"sendfile #lab a.txt 5 eager", R"({"cmd":"sendfile","to":"#lab","name":"a.txt","size":5,"eager":true})",
         "file 'a.txt' of 5 to #lab eager"},
        {"sendfile maya a.txt 9223372036854775807",
         R"({"cmd":"sendfile","to":"maya","name":"a.txt","size":9223372036854775807,"eager":false})",
         "file 'a.txt' of 9223372036854775807 to maya"},
        {"getfile 4f2a9c", R"({"cmd":"getfile","code":"4f2a9c"})", "get 4f2a9c from 0"},
        {"getfile 4f2a9c 17", R"({"cmd":"getfile","code":"4f2a9c","offset":17})", "get 4f2a9c from 17"},
        {"files", R"({"cmd":"files"})", "files of all"},
        {"files maya", R"({"cmd":"files","who":"maya"})", "files of maya"},
        {"files #lab", R"({"cmd":"files","who":"#lab"})", "files of #lab"},
    };
    for (const auto& c : cases) {
        EXPECT_EQ(shown(c.words), c.meaning) << c.words;
        EXPECT_EQ(shown(c.object), c.meaning) << c.object;
    }
    EXPECT_EQ(shown(R"({"cmd":"sendfile","to":"maya","name":"my photo.jpg","size":5})"),
              "file 'my photo.jpg' of 5 to maya");
}

TEST(NativeFolderRequests, AreTheSameByWordAndAsObject) {
    const struct {
        std::string words;
        std::string object;
        std::string meaning;
    } cases[] = {
        {"folder", R"({"cmd":"folder"})", "folder"},
        {"putfile a.txt 0", R"({"cmd":"putfile","name":"a.txt","size":0})", "put 'a.txt' of 0"},
        {"getfolderfile a.txt", R"({"cmd":"getfolderfile","name":"a.txt"})", "get 'a.txt'"},
        {"sendfolderfile maya@B a.txt", R"({"cmd":"sendfolderfile","to":"maya@B","name":"a.txt"})",
         "folder file 'a.txt' to maya@B"},
        {"sendfolderfile #lab a.txt", R"({"cmd":"sendfolderfile","to":"#lab","name":"a.txt"})",
         "folder file 'a.txt' to #lab"},
        {"putfile", R"({"cmd":"putfile","size":5})", "missing-argument, after a login"},
        {"putfile a.txt", R"({"cmd":"putfile","name":"a.txt"})", "missing-argument, after a login"},
        {"putfile a.txt -1", R"({"cmd":"putfile","name":"a.txt","size":"5"})", "bad-file-size, after a login"},
        {"getfolderfile", R"({"cmd":"getfolderfile","name":7})", "missing-argument, after a login"},
        {"sendfolderfile maya", R"({"cmd":"sendfolderfile","name":"a.txt"})", "missing-argument, after a login"},
    };
    for (const auto& c : cases) {
        EXPECT_EQ(shown(c.words), c.meaning) << c.words;
        EXPECT_EQ(shown(c.object), c.meaning) << c.object;
    }
    EXPECT_EQ(shown(R"({"cmd":"getfolderfile","name":"my photo.jpg"})"), "get 'my photo.jpg'");
}

TEST(NativeServerRequests, AreTheSameByWordAndAsObject) {
    const struct {
        std::string words;
        std::string object;
        std::string meaning;
    } cases[] = {
        {"servers", R"({"cmd":"servers"})", "servers"},
        {"addserver B ::1 65535", R"({"cmd":"addserver","server":"B","host":"::1","port":65535})",
         "server B at ::1 port 65535"},
        {"connect B", R"({"cmd":"connect","server":"B"})", "connect B"},
        {"disconnect B", R"({"cmd":"disconnect","server":"B"})", "disconnect B"},
        {"requests", R"({"cmd":"requests"})", "requests"},
        {"accept budi@B", R"({"cmd":"accept","who":"budi@B"})", "accept budi@B"},
        {"addserver B ::1", R"({"cmd":"addserver","server":"B","port":1})", "missing-argument, after a login"},
        {"addserver B ::1 0", R"({"cmd":"addserver","server":"B","host":"::1","port":0})", "bad-server, after a login"},
        {"addserver B ::1 65536", R"({"cmd":"addserver","server":"B","host":"::1","port":"1"})",
         "bad-server, after a login"},
        {"connect", R"({"cmd":"connect"})", "missing-argument, after a login"},
        {"disconnect", R"({"cmd":"disconnect","server":7})", "missing-argument, after a login"},
        {"accept", R"({"cmd":"accept"})", "missing-argument, after a login"},
    };
    for (const auto& c : cases) {
        EXPECT_EQ(shown(c.words), c.meaning) << c.words;
        EXPECT_EQ(shown(c.object), c.meaning) << c.object;
    }
}

TEST(NativeRequestsWithAKey, AreMessagesPostsAndFiles) {
    EXPECT_EQ(shown(R"({"cmd":"send","to":"maya","text":"x","key":"hp:1"})"), "send to maya: 'x' key hp:1");
    EXPECT_EQ(shown(R"({"cmd":"send","to":"#lab","text":"x","key":"hp:1"})"), "post to #lab: 'x' key hp:1");
    EXPECT_EQ(shown(R"({"cmd":"sendgroup","group":"lab","text":"x","key":"hp:2"})"), "post to #lab: 'x' key hp:2");
    EXPECT_EQ(shown(R"({"cmd":"sendfile","to":"maya","name":"a","size":1,"key":"hp:3"})"),
              "file 'a' of 1 to maya key hp:3");
    for (const char* request : {R"({"cmd":"sendgroup","group":"lab","text":"x","key":"hp"})",
                                R"({"cmd":"sendfile","to":"maya","name":"a","size":1,"key":7})"})
        EXPECT_EQ(shown(request), "bad-argument, after a login") << request;
}

TEST(NativeGroupRequests, SayWhatIsWrong) {
    const std::string missing = "missing-argument, after a login";
    for (const char* line : {"creategroup",
                             "members",
                             "joingroup",
                             "leavegroup",
                             "invite lab",
                             "invite lab ,",
                             "kick lab",
                             "ban lab",
                             "unban lab",
                             "promote lab",
                             "newcode",
                             "sendgroup lab",
                             "sendgroup lab   ",
                             "send #lab",
                             "send , x",
                             "addcontact",
                             "addcontact ,",
                             "delcontact",
                             R"({"cmd":"creategroup","name":"Lab"})",
                             R"({"cmd":"creategroup","group":"lab","members":7})",
                             R"({"cmd":"creategroup","group":"lab","members":[7]})",
                             R"({"cmd":"joingroup","code":123456})",
                             R"({"cmd":"invite","group":"lab","who":[]})",
                             R"({"cmd":"sendgroup","group":"lab","text":" "})",
                             R"({"cmd":"files","who":7})"})
        EXPECT_EQ(shown(line), missing) << line;
    const std::string wrong = "bad-argument, after a login";
    for (const char* line : {"send maya,#lab halo", "send #lab,#tim halo", "promote lab maya king",
                             R"({"cmd":"promote","group":"lab","who":"maya","role":1})"})
        EXPECT_EQ(shown(line), wrong) << line;
}

TEST(NativeFileRequests, SayWhatIsWrong) {
    const std::string missing = "missing-argument, after a login";
    for (const char* line :
         {"sendfile", "sendfile maya", "sendfile maya a.txt", "getfile", R"({"cmd":"sendfile","to":"maya","size":5})"})
        EXPECT_EQ(shown(line), missing) << line;
    const std::string size = "bad-file-size, after a login";
    for (const char* line :
         {"sendfile maya a.txt x", "sendfile maya a.txt -1", "sendfile maya a.txt 5k", "getfile 4f2a9c -1",
          "sendfile maya a.txt 9223372036854775808", "sendfile maya a.txt 18446744073709551616", "getfile 4f2a9c x",
          R"({"cmd":"sendfile","to":"maya","name":"a","size":"5"})",
          R"({"cmd":"sendfile","to":"maya","name":"a","size":1.5})",
          R"({"cmd":"sendfile","to":"maya","name":"a","size":9223372036854775808})",
          R"({"cmd":"getfile","code":"4f2a9c","offset":"17"})"})
        EXPECT_EQ(shown(line), size) << line;
    EXPECT_EQ(shown("sendfile maya a.txt 5 soon"), "bad-argument, after a login");
    EXPECT_EQ(shown(R"({"cmd":"sendfile","to":"maya","name":"a","size":5,"eager":1})"), "bad-argument, after a login");
}

TEST(NativeFileRequests, KnowHowManyBytesFollowThoughTheyMakeNoSense) {
    const std::pair<std::string, std::uint64_t> cases[] = {
        {R"({"cmd":"sendfile","to":"maya","name":"a","size":5,"eager":true})", 0},  // makes sense
        {R"({"cmd":"sendfile","to":"maya","size":5,"eager":true})", 5},
        {R"({"cmd":"sendfile","to":"maya","name":"a","size":5,"eager":true,"key":"x"})", 5},
        {R"({"cmd":"sendfile","to":"maya","name":"a","size":5,"eager":true,"id":[]})", 5},
        {R"({"cmd":"sendfile","to":"maya","name":"a","size":5,"eager":true,"token":"x"})", 5},
        {R"({"cmd":"sendfile","to":"maya","size":5})", 0},  // not eager
        {R"({"cmd":"sendfile","to":"maya","name":"a","size":-5,"eager":true})", 0},
        {R"({"cmd":"getfile","size":5,"eager":true})", 0},
    };
    for (const auto& [line, bytes] : cases)
        EXPECT_EQ(read(line).useless_bytes, bytes) << line;
}

}  // namespace
}  // namespace obrol::native
