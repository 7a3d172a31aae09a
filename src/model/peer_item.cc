#include "model/peer_item.h"

#include <type_traits>
#include <utility>

#include "base/byte_form.h"
#include "model/name.h"

namespace obrol {
namespace {

// First byte of an item; then comes its id, whatever the item is. Never renumber (docs/protocol/federation.md).
enum class ItemTag : std::uint8_t {
    direct_post = 1,
    group_post = 2,
    group_request = 3,
    group_invitation = 4,
    item_refused = 5,
    no_item = 6,
};

constexpr std::size_t key_bytes = PublicKey().size();
constexpr std::size_t global_user_bytes_min = key_bytes + 2 * sizeof(std::uint32_t);
// Set before what is signed, so that no signature can be taken for one of something else.
constexpr std::string_view group_entry_context = "obrol-peer/1 group entry";

template <class Form, class Code>
void error_field(Form& form, Code& why) {
    if constexpr (Form::is_reading) {
        std::string code;
        form.field(code);
        // A newer server may have reasons that this one does not know.
        why = parse_chat_error(code).value_or(ChatError::unavailable);
    } else {
        form.field(std::string(to_string(why)));
    }
}

template <class Form, class User>
void user_fields(Form& form, User& user) {
    form.field(user.server);
    form.field(user.label);
    form.field(user.name);
}

template <class Form, class Users>
void user_list(Form& form, Users& users) {
    form.list(users, global_user_bytes_min, [&form](auto& user) { user_fields(form, user); });
}

// Kinds that this version does not know are carried like the others (model/entry.h).
template <class Form, class Kind>
void kind_field(Form& form, Kind& kind) {
    form.choice(kind, EntryKind{1}, EntryKind{255});
}

template <class Form, class SomeAuthor>
void author_fields(Form& form, SomeAuthor& author) {
    form.field(author.name);
    form.field(author.display_name);
    form.field(author.country);
}

template <class Form, class Item>
void fields(Form& form, Item& item) {
    using Kind = std::remove_const_t<Item>;
    form.field(item.id);
    if constexpr (std::is_same_v<Kind, DirectPost>) {
        author_fields(form, item.from);
        form.field(item.to);
        kind_field(form, item.kind);
        form.field(item.at);
        form.field(item.body);
        form.field(item.into_folder);
    } else if constexpr (std::is_same_v<Kind, GroupPost>) {
        form.field(item.group);
        author_fields(form, item.from);
        kind_field(form, item.kind);
        form.field(item.at);
        form.field(item.body);
        form.field(item.signature);
    } else if constexpr (std::is_same_v<Kind, GroupRequest>) {
        form.field(item.group);
        author_fields(form, item.from);
        form.field(item.at);
        form.choice(item.action, GroupRequest::Action::join, GroupRequest::Action::renew_code);
        form.field(item.code);
        user_list(form, item.who);
        form.choice(item.role, GroupRole::member, GroupRole::owner);
    } else if constexpr (std::is_same_v<Kind, GroupInvitation>) {
        form.field(item.group.id);
        form.field(item.group.name);
        user_fields(form, item.by);
        form.field(item.to);
        form.field(item.at);
    } else if constexpr (std::is_same_v<Kind, ItemRefused>) {
        form.field(item.item);
        error_field(form, item.why);
    } else {
        static_assert(std::is_same_v<Kind, NoItem>);
    }
}

template <class Form, class Entry>
void entry_fields(Form& form, Entry& entry) {
    form.field(entry.seq.value);
    form.field(entry.id);
    user_fields(form, entry.from);
    form.field(entry.display_name);
    kind_field(form, entry.kind);
    form.field(entry.at);
    form.field(entry.erased);
    form.field(entry.body_digest);
    form.field(entry.body);
    form.field(entry.signature);
    form.field(entry.signed_for.home);
    form.field(entry.signed_for.id);
}

template <class Form, class Note>
void note_fields(Form& form, Note& note) {
    form.choice(note.action, MemberNote::Action::create, MemberNote::Action::end);
    form.choice(note.role, GroupRole::member, GroupRole::owner);
    user_list(form, note.who);
}

constexpr ItemTag tag_of(const DirectPost&) {
    return ItemTag::direct_post;
}
constexpr ItemTag tag_of(const GroupPost&) {
    return ItemTag::group_post;
}
constexpr ItemTag tag_of(const GroupRequest&) {
    return ItemTag::group_request;
}
constexpr ItemTag tag_of(const GroupInvitation&) {
    return ItemTag::group_invitation;
}
constexpr ItemTag tag_of(const ItemRefused&) {
    return ItemTag::item_refused;
}
constexpr ItemTag tag_of(const NoItem&) {
    return ItemTag::no_item;
}

template <class Item>
std::optional<PeerItem> read_item(ByteReader& reader) {
    Item item;
    ByteReading form(reader);
    fields(form, item);
    if (!reader.is_done()) return std::nullopt;
    return item;
}

}  // namespace

MessageId id_of(const PeerItem& item) {
    return std::visit([](const auto& some) { return some.id; }, item);
}

std::string encode(const PeerItem& item) {
    // Of a message of a few words.
    constexpr std::size_t usual_size = 240;
    std::string bytes;
    bytes.reserve(usual_size);
    ByteWriting form(bytes);
    std::visit(
        [&bytes, &form](const auto& some) {
            bytes.push_back(static_cast<char>(tag_of(some)));
            fields(form, some);
        },
        item);
    return bytes;
}

std::optional<PeerItem> parse_peer_item(std::string_view bytes) {
    ByteReader reader(bytes);
    switch (static_cast<ItemTag>(reader.read_u8())) {
        case ItemTag::direct_post:
            return read_item<DirectPost>(reader);
        case ItemTag::group_post:
            return read_item<GroupPost>(reader);
        case ItemTag::group_request:
            return read_item<GroupRequest>(reader);
        case ItemTag::group_invitation:
            return read_item<GroupInvitation>(reader);
        case ItemTag::item_refused:
            return read_item<ItemRefused>(reader);
        case ItemTag::no_item:
            return read_item<NoItem>(reader);
    }
    return std::nullopt;
}

std::optional<MessageId> peer_item_id(std::string_view bytes) {
    ByteReader reader(bytes);
    reader.read_u8();
    const MessageId id{reader.read_array<16>()};
    if (!reader.is_good()) return std::nullopt;
    return id;
}

std::string encode(const GroupEntry& entry) {
    std::string bytes;
    ByteWriting form(bytes);
    entry_fields(form, entry);
    return bytes;
}

std::optional<GroupEntry> parse_group_entry(std::string_view bytes) {
    GroupEntry entry;
    ByteReader reader(bytes);
    ByteReading form(reader);
    entry_fields(form, entry);
    if (!reader.is_done()) return std::nullopt;
    return entry;
}

std::string encode(const GlobalMemberNote& note) {
    std::string bytes;
    ByteWriting form(bytes);
    note_fields(form, note);
    return bytes;
}

std::optional<GlobalMemberNote> parse_global_member_note(std::string_view bytes) {
    GlobalMemberNote note;
    ByteReader reader(bytes);
    ByteReading form(reader);
    note_fields(form, note);
    if (!reader.is_done()) return std::nullopt;
    return note;
}

bool operator==(const GlobalGroup& a, const GlobalGroup& b) {
    return a.home == b.home && name_key(a.id) == name_key(b.id);
}

std::string signed_text(const GlobalGroup& group, const GroupEntry& entry) {
    std::string text(group_entry_context);
    text.push_back('\0');
    ByteWriting form(text);
    form.field(group.home);
    form.field(name_key(group.id));
    form.field(entry.id);
    form.field(entry.from.server);
    form.field(name_key(entry.from.name));
    kind_field(form, entry.kind);
    form.field(entry.at);
    form.field(entry.body_digest);
    form.field(entry.kind == EntryKind::member ? entry.seq.value : 0);
    return text;
}

}  // namespace obrol
