#include "model/address.h"

namespace obrol {

Address parse_address(std::string_view text) {
    const std::size_t at = text.find('@');
    if (at == std::string_view::npos) return Address{std::string(text), {}};
    return Address{std::string(text.substr(0, at)), std::string(text.substr(at + 1))};
}

std::vector<Address> parse_address_list(std::string_view text) {
    std::vector<Address> addresses;
    while (!text.empty()) {
        const std::size_t comma = text.find(',');
        const std::string_view part = text.substr(0, comma);
        if (!part.empty()) addresses.push_back(parse_address(part));
        if (comma == std::string_view::npos) break;
        text.remove_prefix(comma + 1);
    }
    return addresses;
}

std::string to_string(const Address& address) {
    return address.server.empty() ? address.name : address.name + '@' + address.server;
}

Place parse_place(std::string_view text) {
    if (text.starts_with('#')) return Place{Place::Kind::group, parse_address(text.substr(1))};
    return Place{Place::Kind::user, parse_address(text)};
}

std::string to_string(const Place& place) {
    return place.kind == Place::Kind::group ? '#' + to_string(place.address) : to_string(place.address);
}

}  // namespace obrol
