#include <algorithm>

#include "dialects/native/readers.h"

namespace obrol::native {
namespace {

// Groups cannot be told from users any more once a list of names is taken apart, but for the '#'.
bool names_group(const Address& address) {
    return address.name.starts_with('#');
}

}  // namespace

std::optional<Body> read_send(Arguments& arguments) {
    std::vector<Address> to = parse_address_list(arguments.list("to").value_or(""));
    if (to.empty()) return std::nullopt;
    auto text = arguments.rest("text");
    if (!text) return std::nullopt;
    if (std::ranges::none_of(to, names_group)) return SendMessage{std::move(to), std::move(*text), std::nullopt};
    // What is said in a group is said to it alone.
    if (to.size() > 1) return Refuse{ChatError::bad_argument, true};
    return SendToGroup{parse_place(to_string(to.front())), std::move(*text), std::nullopt};
}

std::optional<Body> read_sendgroup(Arguments& arguments) {
    const auto group = arguments.text("group");
    if (!group) return std::nullopt;
    auto text = arguments.rest("text");
    if (!text) return std::nullopt;
    return SendToGroup{group_place(*group), std::move(*text), std::nullopt};
}

std::optional<Body> read_history(Arguments& arguments) {
    const auto who = arguments.text("who");
    if (!who) return std::nullopt;
    FetchHistory history;
    history.with = parse_place(*who);
    auto before = arguments.named_number("before");
    const auto limit = arguments.named_number("limit");
    if (!before) before = arguments.named_number("before");  // in either order
    if (before) history.before = Seq(*before);
    if (limit) {
        if (*limit < 1) return std::nullopt;
        history.limit = static_cast<std::uint32_t>(std::min<std::int64_t>(*limit, UINT32_MAX));
    }
    return history;
}

std::optional<Body> read_read(Arguments& arguments) {
    const auto who = arguments.text("who");
    const auto seq = arguments.number("seq");
    if (!who || !seq || *seq < 0) return std::nullopt;
    return MarkRead{parse_place(*who), Seq(*seq)};
}

std::optional<Body> read_listen(Arguments& arguments) {
    const auto state = arguments.text("state");
    if (state == "on") return Listen{true};
    if (state == "off") return Listen{false};
    return std::nullopt;
}

std::optional<std::uint64_t> read_size(Arguments& arguments) {
    const auto size = arguments.number("size");
    if (!size || *size < 0) return std::nullopt;
    return static_cast<std::uint64_t>(*size);
}

std::optional<Body> read_sendfile(Arguments& arguments) {
    const auto to = arguments.text("to");
    const auto name = arguments.text("name");
    if (!to || !name || !arguments.has("size")) return std::nullopt;
    const auto size = read_size(arguments);
    if (!size) return Refuse{ChatError::bad_file_size, true};
    const auto eager = arguments.flag("eager");
    if (!eager) return Refuse{ChatError::bad_argument, true};
    return SendFile{parse_place(*to), *name, *size, std::nullopt, *eager};
}

std::optional<Body> read_putfile(Arguments& arguments) {
    const auto name = arguments.text("name");
    if (!name || !arguments.has("size")) return std::nullopt;
    const auto size = read_size(arguments);
    if (!size) return Refuse{ChatError::bad_file_size, true};
    return PutFile{*name, *size};
}

std::optional<Body> read_sendfolderfile(Arguments& arguments) {
    const auto to = arguments.text("to");
    const auto name = arguments.text("name");
    if (!to || !name) return std::nullopt;
    return SendFolderFile{parse_place(*to), *name};
}

std::optional<Body> read_getfolderfile(Arguments& arguments) {
    const auto name = arguments.text("name");
    if (!name) return std::nullopt;
    return GetFolderFile{*name};
}

std::optional<Body> read_getfile(Arguments& arguments) {
    const auto code = arguments.text("code");
    if (!code) return std::nullopt;
    GetFile get{*code, std::nullopt, 0};
    if (arguments.has("offset")) {
        const auto offset = arguments.number("offset");
        if (!offset || *offset < 0) return Refuse{ChatError::bad_file_size, true};
        get.offset = static_cast<std::uint64_t>(*offset);
    }
    return get;
}

std::optional<Body> read_files(Arguments& arguments) {
    if (!arguments.has("who")) return ListFiles{};
    const auto who = arguments.text("who");
    if (!who) return std::nullopt;
    return ListFiles{parse_place(*who)};
}

}  // namespace obrol::native
