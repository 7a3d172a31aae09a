#include "dialects/native/readers.h"

namespace obrol::native {
namespace {

std::optional<Body> read_blocked(Arguments& arguments, bool blocked) {
    const auto who = arguments.text("who");
    if (!who) return std::nullopt;
    return Block{parse_address(*who), blocked};
}

template <class Change>
std::optional<Body> read_contacts(Arguments& arguments) {
    Change change;
    change.who = parse_address_list(arguments.list("who").value_or(""));
    if (change.who.empty()) return std::nullopt;
    return change;
}

}  // namespace

std::optional<Body> read_register(Arguments& arguments) {
    Register request;
    const auto user = arguments.text("user");
    const auto password = arguments.text("password");
    if (!user || !password) return std::nullopt;
    request.user = *user;
    request.password = *password;
    request.invitation = arguments.named_text("invitation");
    request.country = arguments.text("country").value_or("");
    request.display_name = arguments.rest("name").value_or("");
    return request;
}

std::optional<Body> read_auth(Arguments& arguments) {
    const auto user = arguments.text("user");
    const auto password = arguments.text("password");
    if (!user || !password) return std::nullopt;
    return Authenticate{*user, *password, false};
}

std::optional<Body> read_passwd(Arguments& arguments) {
    const auto old_password = arguments.text("password");
    const auto new_password = arguments.text("new");
    if (!old_password || !new_password) return std::nullopt;
    return ChangePassword{*old_password, *new_password};
}

std::optional<Body> read_profile(Arguments& arguments) {
    ChangeProfile change;
    change.display_name = arguments.replacement("name");
    change.country = arguments.replacement("country");
    if (!change.display_name && !change.country) return std::nullopt;
    return change;
}

std::optional<Body> read_revoke(Arguments& arguments) {
    using Which = RevokeSessions::Which;
    const auto word = arguments.text("session");
    if (word == "others") return RevokeSessions{Which::others, {}};
    if (word == "all") return RevokeSessions{Which::all, {}};
    const auto id = word ? parse_number(*word) : arguments.number("session");
    if (!id || *id < 1) return std::nullopt;
    return RevokeSessions{Which::one, SessionId(*id)};
}

std::optional<Body> read_block(Arguments& arguments) {
    return read_blocked(arguments, true);
}

std::optional<Body> read_unblock(Arguments& arguments) {
    return read_blocked(arguments, false);
}

std::optional<Body> read_accept(Arguments& arguments) {
    const auto who = arguments.text("who");
    if (!who) return std::nullopt;
    return AcceptRequest{parse_address(*who)};
}

std::optional<Body> read_addcontact(Arguments& arguments) {
    return read_contacts<AddContacts>(arguments);
}

std::optional<Body> read_delcontact(Arguments& arguments) {
    return read_contacts<RemoveContacts>(arguments);
}

}  // namespace obrol::native
