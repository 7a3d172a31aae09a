// Who is meant: a name here, or name@server.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace obrol {

struct Address {
    std::string name;
    std::string server;  // empty: this server

    friend bool operator==(const Address&, const Address&) = default;
};

// "messi" or "messi@B"; only the first '@' divides. Validity of the parts is for who resolves them.
Address parse_address(std::string_view text);
// "a,b@X,c": empty parts are dropped, so a result without elements means that nobody was named.
std::vector<Address> parse_address_list(std::string_view text);
std::string to_string(const Address& address);

// Where somebody writes to or reads: the conversation with a user, or a group.
struct Place {
    enum class Kind : std::uint8_t {
        user,
        group,       // by its id
        group_code,  // by its join code, which stands in `address.name`; never on another server
    };
    Kind kind = Kind::user;
    Address address;

    friend bool operator==(const Place&, const Place&) = default;
};

// "messi", "messi@B", "#lab" or "#lab@A".
Place parse_place(std::string_view text);
// A code as it is.
std::string to_string(const Place& place);

}  // namespace obrol
