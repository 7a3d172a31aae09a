// How the arguments of each request are read; requests.cc has the table of them. None: an argument is missing or makes
// no sense; a reader that can say more precisely what is wrong gives a Refuse.
#pragma once

#include <optional>

#include "dialects/native/arguments.h"
#include "model/command.h"

namespace obrol::native {

using Body = decltype(Command::body);

// For requests without arguments.
template <class Plain>
std::optional<Body> read_plain(Arguments&) {
    return Plain{};
}

// account_readers.cc
std::optional<Body> read_register(Arguments& arguments);
std::optional<Body> read_auth(Arguments& arguments);
std::optional<Body> read_passwd(Arguments& arguments);
std::optional<Body> read_profile(Arguments& arguments);
std::optional<Body> read_revoke(Arguments& arguments);
std::optional<Body> read_block(Arguments& arguments);
std::optional<Body> read_unblock(Arguments& arguments);
std::optional<Body> read_accept(Arguments& arguments);
std::optional<Body> read_addcontact(Arguments& arguments);
std::optional<Body> read_delcontact(Arguments& arguments);

// message_readers.cc
std::optional<Body> read_send(Arguments& arguments);
std::optional<Body> read_sendgroup(Arguments& arguments);
std::optional<Body> read_history(Arguments& arguments);
std::optional<Body> read_read(Arguments& arguments);
std::optional<Body> read_listen(Arguments& arguments);
std::optional<Body> read_sendfile(Arguments& arguments);
std::optional<Body> read_getfile(Arguments& arguments);
std::optional<Body> read_files(Arguments& arguments);
std::optional<Body> read_putfile(Arguments& arguments);
std::optional<Body> read_sendfolderfile(Arguments& arguments);
std::optional<Body> read_getfolderfile(Arguments& arguments);
// The size of a file to come: none unless it is a number of bytes.
std::optional<std::uint64_t> read_size(Arguments& arguments);

// server_readers.cc
std::optional<Body> read_addserver(Arguments& arguments);
std::optional<Body> read_connect(Arguments& arguments);
std::optional<Body> read_disconnect(Arguments& arguments);

// group_readers.cc
// "lab" or "#lab", each perhaps with "@server": where only groups make sense the '#' may be left out.
Place group_place(std::string_view text);
std::optional<Body> read_creategroup(Arguments& arguments);
std::optional<Body> read_members(Arguments& arguments);
std::optional<Body> read_joingroup(Arguments& arguments);
std::optional<Body> read_leavegroup(Arguments& arguments);
std::optional<Body> read_invite(Arguments& arguments);
std::optional<Body> read_kick(Arguments& arguments);
std::optional<Body> read_ban(Arguments& arguments);
std::optional<Body> read_unban(Arguments& arguments);
std::optional<Body> read_promote(Arguments& arguments);
std::optional<Body> read_newcode(Arguments& arguments);

}  // namespace obrol::native
