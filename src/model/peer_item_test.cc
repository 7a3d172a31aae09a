#include "model/peer_item.h"

#include <gtest/gtest.h>

#include "base/hexadecimal.h"

namespace obrol {
namespace {

const Uuid some_id = Uuid::parse("01890a5d-ac96-774b-bcce-b302099a8057").value();
const Uuid other_id = Uuid::parse("01890a5d-ac96-774b-bcce-b302099a8058").value();
constexpr WallTime noon{std::chrono::hours(12)};

PublicKey key_of(std::uint8_t byte) {
    PublicKey key;
    key.fill(byte);
    return key;
}

std::vector<PeerItem> one_of_each() {
    const Author messi{"messi", "Lionel Messi", "Argentina"};
    GroupPost post{some_id, "lab", messi, EntryKind::message, noon, "halo", {}};
    post.signature.fill(7);
    GroupRequest request{some_id, "lab", messi, noon, GroupRequest::Action::role, "", {}, GroupRole::admin};
    request.who = {{key_of(1), "maya"}, {key_of(2), "izza"}};
    return {DirectPost{some_id, messi, "maya", EntryKind::file, noon, "dua\nbaris", true},
            post,
            request,
            GroupInvitation{some_id, {"lab", "Laboratorium"}, {key_of(1), "messi"}, "maya", noon},
            ItemRefused{some_id, other_id, ChatError::unknown_recipient},
            NoItem{some_id}};
}

GroupEntry some_entry() {
    GroupEntry entry;
    entry.seq = Seq(3);
    entry.id = some_id;
    entry.from = {key_of(1), "messi"};
    entry.display_name = "Lionel Messi";
    entry.at = noon;
    entry.body_digest.fill(5);
    entry.body = "halo";
    entry.signature.fill(7);
    entry.signed_for = {key_of(9), "old-lab"};
    return entry;
}

std::string hexadecimal(std::string_view bytes) {
    return to_hexadecimal(std::span(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()));
}

// docs/protocol/federation.md: items.
TEST(PeerItem, ADirectPostHasTheBytesOfItsPage) {
    const std::string bytes = encode(PeerItem(DirectPost{
        some_id, {"messi", "Messi", ""}, "maya", EntryKind::message, WallTime(std::chrono::seconds(1)), "hi"}));
    EXPECT_EQ(hexadecimal(bytes),
              "01"                                // direct post
              "01890a5dac96774bbcceb302099a8057"  // id
              "000000056d65737369"                // messi
              "000000054d65737369"                // Messi
              "00000000"                          // no country
              "000000046d617961"                  // maya
              "01"                                // message
              "00000000000003e8"                  // at
              "000000026869"                      // hi
              "00");                              // not for the folder
}

TEST(PeerItem, EachIsReadAsItWasWritten) {
    for (const PeerItem& item : one_of_each()) {
        const std::string bytes = encode(item);
        const std::optional<PeerItem> read = parse_peer_item(bytes);
        ASSERT_TRUE(read.has_value());
        EXPECT_EQ(read->index(), item.index());
        EXPECT_EQ(id_of(*read), some_id);
        EXPECT_EQ(encode(*read), bytes);
        EXPECT_EQ(peer_item_id(bytes), some_id);
    }
    EXPECT_TRUE(std::get<DirectPost>(parse_peer_item(encode(one_of_each()[0])).value()).into_folder);
    const auto request = std::get<GroupRequest>(parse_peer_item(encode(one_of_each()[2])).value());
    EXPECT_EQ(request.action, GroupRequest::Action::role);
    EXPECT_EQ(request.role, GroupRole::admin);
    ASSERT_EQ(request.who.size(), 2u);
    EXPECT_EQ(request.who[1], (GlobalUser{key_of(2), "izza"}));
    const auto refused = std::get<ItemRefused>(parse_peer_item(encode(one_of_each()[4])).value());
    EXPECT_EQ(refused.item, other_id);
    EXPECT_EQ(refused.why, ChatError::unknown_recipient);
}

TEST(PeerItem, AReasonOfANewerServerIsReadAsAnother) {
    std::string bytes = encode(one_of_each()[4]);
    const std::string word(to_string(ChatError::unknown_recipient));
    const std::size_t at = bytes.find(word);
    ASSERT_NE(at, std::string::npos);
    bytes.replace(at, word.size(), std::string(word.size(), 'z'));
    const auto read = parse_peer_item(bytes);
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(std::get<ItemRefused>(*read).why, ChatError::unavailable);
    EXPECT_EQ(std::get<ItemRefused>(*read).item, other_id);
}

TEST(PeerItem, NoPartOfOneAndNothingMoreIsOne) {
    for (const PeerItem& item : one_of_each()) {
        const std::string bytes = encode(item);
        for (std::size_t size = 0; size < bytes.size(); ++size)
            EXPECT_FALSE(parse_peer_item(bytes.substr(0, size)).has_value()) << item.index() << " cut at " << size;
        EXPECT_FALSE(parse_peer_item(bytes + '\0').has_value());
    }
}

TEST(PeerItem, AnUnknownOneHasAnIdNevertheless) {
    std::string bytes = encode(PeerItem(NoItem{some_id})) + "what later versions say";
    bytes[0] = 99;
    EXPECT_FALSE(parse_peer_item(bytes).has_value());
    EXPECT_EQ(peer_item_id(bytes), some_id);
    EXPECT_EQ(peer_item_id(bytes.substr(0, 16)), std::nullopt);
}

TEST(PeerItem, ChoicesBeyondTheLastAreNone) {
    const std::string bytes = encode(one_of_each()[2]);
    std::string role = bytes;
    role.back() = 2;
    EXPECT_TRUE(parse_peer_item(role).has_value());
    role.back() = 3;
    EXPECT_FALSE(parse_peer_item(role).has_value());
    std::string flag = encode(one_of_each()[0]);
    flag.back() = 2;
    EXPECT_FALSE(parse_peer_item(flag).has_value());
}

TEST(PeerItem, EntryKindsOfLaterVersionsAreCarried) {
    const DirectPost later{some_id, {"messi", "", ""}, "maya", EntryKind{200}, noon, "?"};
    const auto read = parse_peer_item(encode(PeerItem(later)));
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(std::get<DirectPost>(*read).kind, EntryKind{200});
    EXPECT_FALSE(parse_peer_item(encode(PeerItem(DirectPost{some_id, {}, "maya", EntryKind{0}, noon, ""}))));
}

TEST(GroupEntry, IsReadAsItWasWritten) {
    const GroupEntry entry = some_entry();
    const std::string bytes = encode(entry);
    const std::optional<GroupEntry> read = parse_group_entry(bytes);
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read->seq, entry.seq);
    EXPECT_EQ(read->from, entry.from);
    EXPECT_EQ(read->signed_for, entry.signed_for);
    EXPECT_EQ(read->body, "halo");
    EXPECT_FALSE(read->erased);
    EXPECT_EQ(encode(*read), bytes);
    EXPECT_FALSE(parse_group_entry(bytes + "x").has_value());
    EXPECT_FALSE(parse_group_entry(bytes.substr(0, bytes.size() - 1)).has_value());
}

TEST(GroupEntry, AMemberNoteIsReadAsItWasWritten) {
    const GlobalMemberNote note{MemberNote::Action::invite, GroupRole::member, {{key_of(1), "maya"}}};
    const std::string bytes = encode(note);
    const std::optional<GlobalMemberNote> read = parse_global_member_note(bytes);
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read->action, MemberNote::Action::invite);
    EXPECT_EQ(read->who, note.who);
    EXPECT_EQ(encode(*read), bytes);
    EXPECT_FALSE(parse_global_member_note(bytes + "x").has_value());
    EXPECT_FALSE(parse_global_member_note("").has_value());
}

TEST(GroupEntry, ItsSignatureIsOverEverythingThatMustNotChange) {
    const GlobalGroup lab{key_of(9), "lab"};
    const GroupEntry entry = some_entry();
    const std::string text = signed_text(lab, entry);
    const auto differs = [&](auto change) {
        GroupEntry other = entry;
        change(other);
        return signed_text(lab, other) != text;
    };
    EXPECT_TRUE(differs([](GroupEntry& other) { other.id = other_id; }));
    EXPECT_TRUE(differs([](GroupEntry& other) { other.from.name = "maya"; }));
    EXPECT_TRUE(differs([](GroupEntry& other) { other.from.server = key_of(2); }));
    EXPECT_TRUE(differs([](GroupEntry& other) { other.kind = EntryKind::file; }));
    EXPECT_TRUE(differs([](GroupEntry& other) { other.at = WallTime(); }));
    EXPECT_TRUE(differs([](GroupEntry& other) { other.body_digest.fill(6); }));
    EXPECT_NE(signed_text({key_of(8), "lab"}, entry), text);
    EXPECT_NE(signed_text({key_of(9), "lab2"}, entry), text);
    // It holds for an erased one, and its author does not know which number his home will give it.
    EXPECT_FALSE(differs([](GroupEntry& other) {
        other.body.clear();
        other.erased = true;
        other.seq = Seq(4);
    }));
}

TEST(GroupEntry, NamesAreSignedAndComparedWithoutCase) {
    GroupEntry entry = some_entry();
    entry.from.name = "messi";
    GroupEntry shouted = entry;
    shouted.from.name = "MESSI";
    EXPECT_EQ(signed_text({key_of(9), "Lab"}, shouted), signed_text({key_of(9), "lab"}, entry));
    EXPECT_EQ((GlobalGroup{key_of(9), "Lab"}), (GlobalGroup{key_of(9), "lab"}));
    EXPECT_NE((GlobalGroup{key_of(8), "lab"}), (GlobalGroup{key_of(9), "lab"}));
    EXPECT_NE((GlobalGroup{key_of(9), "lab2"}), (GlobalGroup{key_of(9), "lab"}));
}

TEST(GroupEntry, TheSeqOfAMemberNoteIsSigned) {
    GroupEntry entry = some_entry();
    entry.kind = EntryKind::member;
    GroupEntry later = entry;
    later.seq = Seq(4);
    EXPECT_NE(signed_text({key_of(9), "lab"}, entry), signed_text({key_of(9), "lab"}, later));
}

}  // namespace
}  // namespace obrol
