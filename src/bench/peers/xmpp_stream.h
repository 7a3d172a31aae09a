// The XML of an XMPP stream (RFC 6120), as far as a client that knows what it asked for has to read it: where a stanza
// ends, its attributes, a text in it. Without comments, which XMPP forbids, CDATA sections, which no server here
// writes, and entities, which no text of ours needs.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace obrol::bench {

// How many bytes at the front of `received` can be understood alone: a stanza with all that is in it; an XML
// declaration; the opening or the closing tag of the stream; what stands between two of these. 0: not whole yet.
std::size_t first_part_size(std::string_view received);

// Of the tag at the front of `part`: "message", "/stream:stream", "?xml". Empty when there is none.
std::string_view element_name(std::string_view part);

// Of the tag at the front of `part`, in single or double quotes.
std::optional<std::string_view> attribute(std::string_view part, std::string_view name);

// What stands behind the tag of the first element `name` of `stanza`, up to the next tag. Nothing: no such element.
std::optional<std::string_view> text_of(std::string_view stanza, std::string_view name);

}  // namespace obrol::bench
