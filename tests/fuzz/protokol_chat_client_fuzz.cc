// Answers must not depend on the segmentation, whatever was asked (client_talk.h).
#include <string_view>
#include <vector>

#include "dialects/protokol_chat/protokol_chat.h"
#include "tests/fuzz/client_talk.h"

namespace obrol {
namespace {

const std::vector<Command>& requests() {
    static const Place user{Place::Kind::user, {"messi", "B"}};
    static const std::vector<Command> all{
        {std::nullopt, Authenticate{"messi", "surabaya"}},
        {std::nullopt, FetchInbox{}},
        {std::nullopt, SendMessage{{{"maya", "B"}}, "halo", std::nullopt}},
        {std::nullopt, SendFile{user, "a", 3, std::nullopt}},
        {std::nullopt, PutFile{"a", 3}},
        {std::nullopt, GetFolderFile{"a"}},
        {std::nullopt, ListFolder{}},
        {std::nullopt, ConnectServer{"B"}},
        {std::nullopt, ListServers{}},
    };
    return all;
}

}  // namespace

void fuzz_protokol_chat_client(std::string_view input) {
    hear(protokol_chat::make_client, requests(), input);
}

}  // namespace obrol
