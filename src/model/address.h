// Who is meant: a name here, or name@server.
#pragma once

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

}  // namespace obrol
