// Answers must not depend on the segmentation, whatever was asked (client_talk.h).
#include <string_view>
#include <vector>

#include "dialects/py_chat/py_chat.h"
#include "tests/fuzz/client_talk.h"

namespace obrol {
namespace {

const std::vector<Command>& requests() {
    static const Place user{Place::Kind::user, {"messi", ""}};
    static const Place group{Place::Kind::group_code, {"0f3a9c", ""}};
    static const std::vector<Command> all{
        {std::nullopt, Authenticate{"messi", "surabaya"}},
        {std::nullopt, CreateGroup{"", "lab", {}}},
        {std::nullopt, ListGroups{}},
        {std::nullopt, InviteToGroup{group, {{"maya", ""}}}},
        {std::nullopt, FetchUnread{user}},
        {std::nullopt, ListUnread{}},
        {std::nullopt, SendFile{user, "a", 3, std::nullopt}},
        {std::nullopt, GetFile{"4f2a9c", group, 1}},
        {std::nullopt, ListContacts{}},
    };
    return all;
}

}  // namespace

void fuzz_py_chat_client(std::string_view input) {
    hear(py_chat::make_client, requests(), input);
}

}  // namespace obrol
