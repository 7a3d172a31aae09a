#include "base/host.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstddef>
#include <string>

namespace obrol {
namespace {

using Ipv4 = std::array<std::uint8_t, 4>;
using Ipv6 = std::array<std::uint8_t, 16>;

constexpr std::size_t host_name_bytes_max = 253;
constexpr std::size_t host_name_part_bytes_max = 63;

template <class Address>
struct Range {
    Address first;
    int bits;
    Reach reach;
};

// The first that holds counts; what is in none of them is anywhere.
constexpr std::array<Range<Ipv4>, 11> ipv4_ranges{{
    {{0, 0, 0, 0}, 8, Reach::never},
    {{169, 254, 0, 0}, 16, Reach::never},      // link-local; 169.254.169.254 is the metadata service of most clouds
    {{100, 100, 100, 200}, 32, Reach::never},  // another one's
    {{168, 63, 129, 16}, 32, Reach::never},    // another one's
    {{224, 0, 0, 0}, 4, Reach::never},         // multicast
    {{240, 0, 0, 0}, 4, Reach::never},         // reserved, and broadcast
    {{127, 0, 0, 0}, 8, Reach::nearby},        // loopback
    {{10, 0, 0, 0}, 8, Reach::nearby},         // private
    {{172, 16, 0, 0}, 12, Reach::nearby},      // private
    {{192, 168, 0, 0}, 16, Reach::nearby},     // private
    {{100, 64, 0, 0}, 10, Reach::nearby},      // shared by the customers of one provider
}};

constexpr std::array<Range<Ipv6>, 6> ipv6_ranges{{
    {{}, 128, Reach::never},                                                               // ::, unspecified
    {{0xfe, 0x80}, 10, Reach::never},                                                      // link-local
    {{0xff}, 8, Reach::never},                                                             // multicast
    {{0xfd, 0, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54}, 128, Reach::never},  // a metadata service
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128, Reach::nearby},                // ::1
    {{0xfc}, 7, Reach::nearby},                                                            // private
}};

// Behind these stands an IPv4 address: mapped (::ffff:0:0/96), compatible (::/96), translated (64:ff9b::/96).
constexpr std::array<Range<Ipv6>, 3> wrappings{{
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96, Reach::never},
    {{}, 96, Reach::never},
    {{0x00, 0x64, 0xff, 0x9b}, 96, Reach::never},
}};

template <class Address>
bool is_in(const Address& address, const Range<Address>& range) {
    for (int bit = 0; bit < range.bits; ++bit) {
        const auto byte = static_cast<std::size_t>(bit / 8);
        const unsigned mask = 0x80u >> (bit % 8);
        if (((address[byte] ^ range.first[byte]) & mask) != 0) return false;
    }
    return true;
}

template <class Ranges, class Address>
std::optional<Reach> reach_in(const Ranges& ranges, const Address& address) {
    for (const auto& range : ranges)
        if (is_in(address, range)) return range.reach;
    return std::nullopt;
}

Reach reach_of(const Ipv4& address) {
    return reach_in(ipv4_ranges, address).value_or(Reach::anywhere);
}

Reach reach_of(const Ipv6& address) {
    if (const std::optional<Reach> known = reach_in(ipv6_ranges, address)) return *known;
    if (reach_in(wrappings, address)) return reach_of(Ipv4{address[12], address[13], address[14], address[15]});
    return Reach::anywhere;
}

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_host_name_part(std::string_view part) {
    const auto is_allowed = [](char c) { return is_letter(c) || is_digit(c) || c == '-'; };
    return !part.empty() && part.size() <= host_name_part_bytes_max && part.front() != '-' && part.back() != '-' &&
           std::ranges::all_of(part, is_allowed);
}

}  // namespace

std::optional<Reach> reach_of(std::string_view host) {
    const std::string text(host.substr(0, host.find('%')));  // a zone does not change what it is
    Ipv4 four{};
    if (inet_pton(AF_INET, text.c_str(), four.data()) == 1 && text.size() == host.size()) return reach_of(four);
    Ipv6 six{};
    if (inet_pton(AF_INET6, text.c_str(), six.data()) == 1) return reach_of(six);
    return std::nullopt;
}

bool is_host_name(std::string_view host) {
    if (host.size() > host_name_bytes_max) return false;
    std::string_view last = host;
    for (std::string_view rest = host;;) {
        const std::size_t dot = rest.find('.');
        last = rest.substr(0, dot);
        if (!is_host_name_part(last)) return false;
        if (dot == std::string_view::npos) break;
        rest.remove_prefix(dot + 1);
    }
    return is_letter(last.front());
}

}  // namespace obrol
