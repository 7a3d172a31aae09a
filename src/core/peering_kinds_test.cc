// Every kind of entry crosses with everything it holds, also those that no request makes yet.
#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/crypto/sha256.h"
#include "tests/support/peering_fixture.h"

namespace obrol {
namespace {

constexpr EntryKind later_kind{200};  // of a version that does not exist yet

struct Content {
    EntryKind kind = EntryKind::message;
    std::string body;
};
// What people write, but for files.
std::vector<Content> contents() {
    return {
        {EntryKind::message, "halo\ndunia"},
        {EntryKind::edit, "01890a5d-ac96-774b-bcce-b302099a8057 h\xc3\xa1lo"},
        {EntryKind::remove, ""},
        {EntryKind::reaction, "\xf0\x9f\x91\x8d"},
        {later_kind, "whatever 'it' may be"},
        {EntryKind::message, "yang terakhir"},
    };
}
FileCard some_file(const std::string& code) {
    FileCard file{code, "laporan akhir.txt", 6, {}};
    file.blob.fill(0x5b);
    return file;
}

class PeeringKindsTest : public PeeringTest {
  protected:
    static Task<ChangeResult> submit(GroupCommit& commits, Change change) {
        ChangeResult result = co_await commits.submit(std::move(change));
        co_return result;
    }
    template <class Done>
    static Done commit(JoinedServer& side, Change change) {
        const ChangeResult result = side.parts.run(submit(side.parts.commits, std::move(change)));
        EXPECT_TRUE(result.has_value()) << to_string(result.error());
        const auto* done = result ? std::get_if<Done>(&*result) : nullptr;
        EXPECT_TRUE(done);
        return done ? *done : Done{};
    }
    static UserId own_user(JoinedServer& side, const std::string& name) {
        return side.parts.run(side.parts.store.find_user(name)).value().value().id;
    }
    static UserId user_elsewhere(JoinedServer& side, const std::string& name) {
        return side.parts.run(side.parts.store.find_remote_user(side.other, name)).value().value().id;
    }
    static WallTime now(JoinedServer& side) { return side.parts.executor.clock().wall_now(); }
    static MessageId new_id(JoinedServer& side) { return Uuid::version7(now(side), side.parts.random); }
    static HistoryPage::Item last_seen(JoinedServer& side, const std::string& who, const std::string& where) {
        auto page = side.people.get<HistoryPage>(who, FetchHistory{parse_place(where), std::nullopt, 1});
        EXPECT_EQ(page.items.size(), 1u);
        return page.items.empty() ? HistoryPage::Item{} : page.items.back();
    }
};

// Between two people.

class DirectKindsTest : public PeeringKindsTest {
  protected:
    struct Pair {
        JoinedServer& from;
        JoinedServer& to;
        std::string sender;
        std::string receiver;
        std::string sender_there;  // as he is called on the other side
    };
    std::vector<Pair> pairs() {
        // They know each other, so that there is a conversation to put something into.
        servers.send(a, "messi", "izza@B", "halo");
        servers.send(b, "izza", "messi@A", "halo");
        b.people.inbox("izza");
        a.people.inbox("messi");
        servers.carry_all();
        return {{a, b, "messi", "izza", "messi@A"}, {b, a, "izza", "messi", "izza@B"}};
    }
    EntryHeader put(const Pair& pair, const Content& content, std::optional<NewFile> file = std::nullopt) {
        PostDirect post;
        post.sender = own_user(pair.from, pair.sender);
        post.copies.push_back({user_elsewhere(pair.from, pair.receiver), new_id(pair.from)});
        post.kind = content.kind;
        post.body = content.body;
        post.at = now(pair.from) - std::chrono::hours(3);
        post.file = std::move(file);
        return commit<Posted>(pair.from, std::move(post)).entries.at(0);
    }
    // The item that waits behind what was handed over.
    static DirectPost waiting(const Pair& pair) {
        const auto items =
            pair.from.parts.run(pair.from.peering().outbox(pair.from.other, pair.from.handed_out.number, 10, 1 << 20));
        EXPECT_EQ(items->size(), 1u);
        const std::optional<PeerItem> item = parse_peer_item(items->at(0).bytes);
        EXPECT_TRUE(item && std::holds_alternative<DirectPost>(*item));
        return item ? std::get<DirectPost>(*item) : DirectPost{};
    }
    void expect_same(const Pair& pair, const EntryHeader& sent, const DirectPost& item) {
        EXPECT_EQ(item.id, sent.id);
        EXPECT_EQ(item.from, (Author{pair.sender, pair.sender, ""}));
        EXPECT_EQ(item.to, pair.receiver);
        EXPECT_EQ(item.kind, sent.kind);
        EXPECT_EQ(item.at, sent.at);
        const HistoryPage::Item seen = last_seen(pair.to, pair.receiver, pair.sender_there);
        EXPECT_EQ(seen.from, (UserCard{pair.sender_there, pair.sender, ""}));
        EXPECT_EQ(seen.entry.header.id, sent.id);
        EXPECT_EQ(seen.entry.header.kind, sent.kind);
        EXPECT_EQ(seen.entry.header.at, sent.at);
        EXPECT_FALSE(seen.entry.erased);
    }
};

TEST_F(DirectKindsTest, EachArrivesAsItWasWritten) {
    for (const Pair& pair : pairs()) {
        for (const Content& content : contents()) {
            SCOPED_TRACE(pair.sender + " " + std::string(to_string(content.kind)));
            const EntryHeader sent = put(pair, content);
            EXPECT_EQ(sent.kind, content.kind);
            const DirectPost item = waiting(pair);
            EXPECT_EQ(item.body, content.body);
            EXPECT_FALSE(item.into_folder);
            EXPECT_EQ(servers.carry(pair.from), 1u);
            EXPECT_EQ(servers.carry(pair.to), 0u) << "it was not refused";
            expect_same(pair, sent, item);
            EXPECT_EQ(last_seen(pair.to, pair.receiver, pair.sender_there).entry.body, content.body);
        }
        EXPECT_EQ(pair.to.people.inbox(pair.receiver), pair.sender_there + ": halo\ndunia yang terakhir")
            << "nothing else is unread";
    }
}

TEST_F(DirectKindsTest, WhatIsNoMessageIsNotPushedAsOne) {
    servers.send(b, "izza", "messi@A", "halo");
    b.people.audience("izza").events.clear();
    DirectPost item = post("+", 77);
    item.kind = EntryKind::reaction;
    EXPECT_EQ(receive(b, item, a.handed_out.number + 1), std::nullopt);
    EXPECT_EQ(b.people.audience("izza").of_kind<MessageEvent>().size(), 0u);
}

TEST_F(DirectKindsTest, AFileArrivesWithAllThatIsSaidOfIt) {
    int files = 0;
    for (const Pair& pair : pairs()) {
        for (const bool into_folder : {false, true}) {
            SCOPED_TRACE(pair.sender + (into_folder ? " into the folder" : ""));
            const FileCard card = some_file("5b1f0" + std::to_string(++files));
            NewFile file;
            file.name = card.name;
            file.size = card.size;
            file.blob = card.blob;
            file.codes.push_back(card.code);
            file.into_folder = into_folder;
            const EntryHeader sent = put(pair, {}, file);
            EXPECT_EQ(sent.kind, EntryKind::file);
            const DirectPost item = waiting(pair);
            EXPECT_EQ(item.body, encode(card));
            EXPECT_EQ(item.into_folder, into_folder);
            EXPECT_EQ(servers.carry(pair.from), 1u);
            EXPECT_EQ(servers.carry(pair.to), 0u);
            expect_same(pair, sent, item);
            FileCard there = card;
            there.code += pair.sender == "messi" ? "@a" : "@b";
            EXPECT_EQ(last_seen(pair.to, pair.receiver, pair.sender_there).entry.body, encode(there));
            const auto list = pair.to.people.get<FileList>(pair.receiver, ListFiles{});
            EXPECT_EQ(list.files.at(0).file, there);
            const auto folder = pair.to.people.get<FolderList>(pair.receiver, ListFolder{});
            EXPECT_EQ(folder.files.size(), into_folder ? 1u : 0u);
        }
    }
}

TEST_F(DirectKindsTest, WhatEachServerWritesForItselfStaysThere) {
    pairs();
    const LinkProgress before = *a.parts.run(a.peering().progress(a.other));
    EXPECT_EQ(servers.get<Refused>(a, "messi", message("pogba@B")).why, ChatError::unknown_recipient);
    servers.carry_all();
    EXPECT_EQ(last_seen(a, "messi", "pogba@B").entry.header.kind, EntryKind::bounce);
    const LinkProgress after = *a.parts.run(a.peering().progress(a.other));
    EXPECT_EQ(after.last.number, before.last.number + 1) << "the message, and nothing of its bounce";
}

TEST_F(PeeringKindsTest, NoOtherServerWritesNotes) {
    b.people.found("izza", "lab", "messi@A");
    servers.carry_all();
    const GlobalGroup lab{b.parts.key.public_key(), "lab"};
    std::int64_t number = a.handed_out.number;
    for (const EntryKind kind : {EntryKind::member, EntryKind::bounce, EntryKind::notice}) {
        SCOPED_TRACE(to_string(kind));
        DirectPost direct = post("join messi", static_cast<std::uint64_t>(++number));
        direct.kind = kind;
        EXPECT_EQ(receive(b, direct, number), ChatError::bad_argument);
        GroupEntry entry;
        entry.id.bytes[15] = static_cast<std::uint8_t>(++number);
        entry.from = GlobalUser{a.parts.key.public_key(), "A", "messi"};
        entry.kind = kind;
        entry.at = now(a);
        entry.body_digest = sha256("join messi");
        GroupPost in_group{entry.id,
                           "lab",
                           Author{"messi", "messi", ""},
                           kind,
                           entry.at,
                           "join messi",
                           a.parts.key.sign(signed_text(lab, entry))};
        EXPECT_EQ(receive(b, in_group, number), ChatError::bad_argument);
    }
    EXPECT_EQ(b.people.history("izza", "#lab"), "1:create 2:invite messi@A");
    EXPECT_EQ(b.people.inbox("izza"), "");
}

// In a group at home on A, with messi and maya of A and izza of B.

class GroupKindsTest : public PeeringKindsTest {
  protected:
    GroupKindsTest() {
        servers.get<GroupCreated>(a, "messi", CreateGroup{"lab", "Lab", parse_address_list("maya,izza@B")});
        servers.carry_all();
    }
    GlobalGroup lab() const { return {a.parts.key.public_key(), "lab"}; }
    static ConversationId conversation(JoinedServer& side, const std::string& id) {
        return side.parts.run(side.parts.store.find_group(id)).value().value().group.conversation;
    }
    static bool is_ended(JoinedServer& side, const std::string& id) {
        return side.parts.run(side.parts.store.find_group(id)).value().value().group.ended;
    }
    void put_at_home(const Content& content, std::optional<NewFile> file = std::nullopt) {
        PostToGroup post;
        post.sender = own_user(a, "messi");
        post.group = conversation(a, "lab");
        post.id = new_id(a);
        post.kind = content.kind;
        post.body = content.body;
        post.at = now(a);
        post.file = std::move(file);
        commit<Posted>(a, std::move(post));
    }
    // By izza; what her server sends.
    void put_elsewhere(const Content& content) {
        QueueItem queue;
        queue.to = b.other;
        queue.sender = own_user(b, "izza");
        queue.id = new_id(b);
        queue.at = now(b);
        GroupPost post;
        post.id = queue.id;
        post.group = "lab";
        post.from = Author{"izza", "izza", ""};
        post.kind = content.kind;
        post.at = queue.at;
        post.body = content.body;
        queue.payload = encode(PeerItem(std::move(post)));
        commit<ItemQueued>(b, std::move(queue));
        EXPECT_EQ(servers.carry(b), 1u);
        EXPECT_EQ(servers.carry(a), 0u) << "it was not refused";
    }
    static std::vector<GroupEntry> read(JoinedServer& side, const GlobalGroup& group, Seq after = Seq(),
                                        std::size_t entries_max = 1000) {
        std::vector<GroupEntry> entries;
        const auto page = side.parts.run(side.peering().entries(side.other, group, after, entries_max, 1 << 20));
        EXPECT_TRUE(page.has_value()) << to_string(page.error());
        if (!page) return entries;
        for (const std::string& bytes : page->entries)
            entries.push_back(parse_group_entry(bytes).value());
        return entries;
    }
    static std::vector<std::string> bytes_of(const std::vector<GroupEntry>& entries) {
        std::vector<std::string> all;
        for (const GroupEntry& entry : entries)
            all.push_back(encode(entry));
        return all;
    }
    bool is_signed(const GroupEntry& entry) const {
        const bool is_note = entry.kind == EntryKind::member;
        const PublicKey signer = is_note ? entry.signed_for.home : entry.from.server;
        return is_signed_by(signer, signed_text(lab(), entry), entry.signature);
    }
    // All that both sides see: "5:reaction:messi".
    static std::string log(JoinedServer& side, const std::string& who, const std::string& where) {
        std::string text;
        for (const auto& item : side.people.get<HistoryPage>(who, FetchHistory{parse_place(where)}).items)
            text += fmt::format("{}{}:{}:{}", text.empty() ? "" : " ", item.entry.header.seq.value,
                                to_string(item.entry.header.kind), parse_address(item.from.name).name);
        return text;
    }
    // The copy is what the home has: what the home would read of it, were it put back, is what it had.
    void expect_a_whole_copy() {
        servers.carry_groups(a);
        expect_same(read(b, lab()), read(a, lab()));
    }
    static void expect_same(const std::vector<GroupEntry>& copied, const std::vector<GroupEntry>& at_home) {
        ASSERT_EQ(copied.size(), at_home.size());
        for (std::size_t i = 0; i < copied.size(); ++i) {
            GroupEntry copy = copied[i];
            if (copy.erased) copy.signature = at_home[i].signature;  // there is nothing any more that it could be over
            EXPECT_TRUE(encode(copy) == encode(at_home[i])) << i << ' ' << to_string(copy.kind);
        }
    }
};

TEST_F(GroupKindsTest, EachIsInTheCopyAsItWasPostedAtHome) {
    for (const Content& content : contents())
        put_at_home(content);
    expect_a_whole_copy();
    const std::vector<GroupEntry> copied = read(b, lab(), Seq(2));
    ASSERT_EQ(copied.size(), contents().size());
    for (std::size_t i = 0; i < copied.size(); ++i) {
        const Content content = contents().at(i);
        SCOPED_TRACE(to_string(content.kind));
        EXPECT_EQ(copied[i].seq, Seq(static_cast<std::int64_t>(i) + 3));
        EXPECT_EQ(copied[i].kind, content.kind);
        EXPECT_EQ(copied[i].body, content.body);
        EXPECT_EQ(copied[i].body_digest, sha256(content.body));
        EXPECT_EQ(copied[i].from, (GlobalUser{a.parts.key.public_key(), "A", "messi"}));
        EXPECT_EQ(copied[i].display_name, "messi");
        EXPECT_EQ(copied[i].signed_for, lab());
        EXPECT_TRUE(is_signed(copied[i]));
    }
    EXPECT_EQ(log(b, "izza", "#lab@A"),
              "2:member:messi 3:message:messi 4:edit:messi 5:delete:messi 6:reaction:messi 7:unknown:messi "
              "8:message:messi");
    EXPECT_EQ(b.people.inbox("izza"), "messi@A: halo\ndunia yang terakhir");
}

TEST_F(GroupKindsTest, EachThatIsPostedElsewhereGoesHomeAndIntoTheCopy) {
    for (const Content& content : contents())
        put_elsewhere(content);
    expect_a_whole_copy();
    const std::vector<GroupEntry> at_home = read(a, lab(), Seq(2));
    ASSERT_EQ(at_home.size(), contents().size());
    for (std::size_t i = 0; i < at_home.size(); ++i) {
        const Content content = contents().at(i);
        SCOPED_TRACE(to_string(content.kind));
        EXPECT_EQ(at_home[i].kind, content.kind);
        EXPECT_EQ(at_home[i].body, content.body);
        EXPECT_EQ(at_home[i].from, (GlobalUser{b.parts.key.public_key(), "B", "izza"}));
        EXPECT_TRUE(is_signed(at_home[i])) << "by its author's server";
    }
    EXPECT_EQ(log(a, "messi", "#lab"),
              "1:member:messi 2:member:messi 3:message:izza 4:edit:izza 5:delete:izza 6:reaction:izza 7:unknown:izza "
              "8:message:izza");
    EXPECT_EQ(log(b, "izza", "#lab@A"),
              "2:member:messi 3:message:izza 4:edit:izza 5:delete:izza 6:reaction:izza 7:unknown:izza 8:message:izza");
    EXPECT_EQ(a.people.inbox("maya"), "izza@B: halo\ndunia yang terakhir");
}

TEST_F(GroupKindsTest, WhatIsNoMessageIsNotPushedAsOne) {
    a.people.audience("maya").events.clear();
    put_elsewhere({EntryKind::reaction, "+"});
    EXPECT_EQ(a.people.audience("maya").of_kind<MessageEvent>().size(), 0u);
    EXPECT_EQ(last_seen(a, "maya", "#lab").entry.header.kind, EntryKind::reaction);
}

TEST_F(GroupKindsTest, FilesAreInTheCopyWithAllThatIsSaidOfThem) {
    const FileCard of_a = some_file("5b1f0a");
    const FileCard of_b = some_file("5b1f0b12cd34");
    NewFile file;
    file.name = of_a.name;
    file.size = of_a.size;
    file.blob = of_a.blob;
    file.codes.push_back(of_a.code);
    put_at_home({}, file);
    put_elsewhere({EntryKind::file, encode(of_b)});
    expect_a_whole_copy();
    const std::vector<GroupEntry> copied = read(b, lab(), Seq(2));
    ASSERT_EQ(copied.size(), 2u);
    EXPECT_EQ(copied[0].body, encode(of_a)) << "codes as their own server has them";
    EXPECT_EQ(copied[1].body, encode(of_b));
    EXPECT_TRUE(is_signed(copied[0]) && is_signed(copied[1]));
    const auto in_a = a.people.get<FileList>("maya", ListFiles{});
    const auto in_b = b.people.get<FileList>("izza", ListFiles{});
    ASSERT_EQ(in_a.files.size(), 2u);
    ASSERT_EQ(in_b.files.size(), 2u);
    EXPECT_EQ(in_a.files[0].file.code, "5b1f0b12cd34@b");
    EXPECT_EQ(in_a.files[1].file, of_a);
    EXPECT_EQ(in_b.files[0].file, of_b);
    EXPECT_EQ(in_b.files[1].file.code, "5b1f0a@a");
}

TEST_F(GroupKindsTest, WhatHappensToMembersIsInTheCopy) {
    const auto done = [&](const char* who, People::Body body) {
        const Reply reply = servers.ask(a, who, std::move(body));
        EXPECT_FALSE(std::holds_alternative<Refused>(reply));
    };
    const auto remove = [&](const char* who, KickFromGroup::Action action) {
        done("messi", KickFromGroup{parse_place("#lab"), parse_address(who), action});
    };
    const auto invite = [&](const char* who) {
        done("messi", InviteToGroup{parse_place("#lab"), parse_address_list(who)});
    };
    done("messi", SetGroupRole{parse_place("#lab"), parse_address("izza@B"), GroupRole::admin});
    remove("maya", KickFromGroup::Action::kick);
    invite("maya");
    invite("nania@B");
    servers.carry_all();
    remove("nania@B", KickFromGroup::Action::ban);
    remove("nania@B", KickFromGroup::Action::unban);
    done("messi", SetGroupRole{parse_place("#lab"), parse_address("izza@B"), GroupRole::owner});
    done("maya", LeaveGroup{parse_place("#lab")});
    expect_a_whole_copy();
    for (const GroupEntry& entry : read(b, lab()))
        EXPECT_TRUE(is_signed(entry)) << entry.seq.value;
    EXPECT_EQ(b.people.history("izza", "#lab@A"),
              "2:invite izza 3:role admin izza 4:kick maya@A 5:invite maya@A 6:invite nania 7:ban nania 8:unban nania "
              "9:role owner izza 10:leave maya@A");
    std::string members;
    for (const auto& item : b.people.get<MemberList>("izza", ListMembers{parse_place("#lab@A")}).members)
        members += item.user.name + ':' + std::string(to_string(item.role)) + ' ';
    EXPECT_EQ(members, "messi@A:admin izza:owner ");
}

TEST_F(GroupKindsTest, WhatWasErasedIsErasedInTheCopy) {
    for (const Content& content : contents())
        put_at_home(content);
    put_elsewhere({EntryKind::reaction, "\xf0\x9f\x91\x8e"});
    for (const Seq seq : {Seq(4), Seq(7), Seq(9)})
        commit<BodyErased>(a, EraseBody{conversation(a, "lab"), seq});
    expect_a_whole_copy();
    const std::vector<GroupEntry> copied = read(b, lab(), Seq(2));
    ASSERT_EQ(copied.size(), contents().size() + 1);
    for (const GroupEntry& entry : copied) {
        const bool is_erased = entry.seq == Seq(4) || entry.seq == Seq(7) || entry.seq == Seq(9);
        EXPECT_EQ(entry.erased, is_erased) << entry.seq.value;
        EXPECT_TRUE(is_erased || is_signed(entry)) << entry.seq.value;
        if (is_erased) {
            EXPECT_EQ(entry.body_digest, BlobDigest{});
        }
        EXPECT_EQ(entry.body.empty(), is_erased || entry.kind == EntryKind::remove) << entry.seq.value;
    }
    EXPECT_EQ(copied[1].kind, EntryKind::edit);
    EXPECT_EQ(copied[4].kind, later_kind);
    EXPECT_EQ(copied[6].from.name, "izza");
}

TEST_F(GroupKindsTest, AnyRangeCanBeFetched) {
    for (const Content& content : contents())
        put_at_home(content);
    const std::vector<std::string> all = bytes_of(read(a, lab()));
    ASSERT_EQ(all.size(), contents().size() + 2);
    for (std::size_t after = 0; after <= all.size(); ++after) {
        for (std::size_t entries_max = 1; entries_max <= all.size(); ++entries_max) {
            const auto first = all.begin() + static_cast<std::ptrdiff_t>(after);
            const auto count = static_cast<std::ptrdiff_t>(std::min(entries_max, all.size() - after));
            const auto page = a.parts.run(
                a.peering().entries(a.other, lab(), Seq(static_cast<std::int64_t>(after)), entries_max, 1 << 20));
            ASSERT_TRUE(page.has_value());
            EXPECT_EQ(page->entries, std::vector<std::string>(first, first + count)) << after << ' ' << entries_max;
            EXPECT_EQ(page->more, after + entries_max < all.size()) << after << ' ' << entries_max;
        }
    }
    // A copy that comes by as many ranges as there are entries is the same.
    for (std::int64_t after = 2; after < static_cast<std::int64_t>(all.size()); ++after) {
        std::vector<std::string> one(1, all.at(static_cast<std::size_t>(after)));
        const auto last = b.parts.run(b.peering().apply(b.other, lab(), std::move(one)));
        ASSERT_TRUE(last.has_value()) << to_string(last.error());
        EXPECT_EQ(*last, Seq(after + 1));
    }
    expect_same(read(b, lab()), read(a, lab()));
}

class GroupLogTest : public GroupKindsTest {
  protected:
    // As the home could write it, whatever it is.
    std::string entry_of(Seq seq, EntryKind kind, const std::string& body) {
        GroupEntry entry;
        entry.seq = seq;
        entry.id.bytes[0] = 9;
        entry.id.bytes[15] = static_cast<std::uint8_t>(seq.value);
        entry.from = GlobalUser{a.parts.key.public_key(), "A", "messi"};
        entry.kind = kind;
        entry.at = now(a);
        entry.body = body;
        entry.body_digest = sha256(body);
        entry.signed_for = lab();
        entry.signature = a.parts.key.sign(signed_text(lab(), entry));
        return encode(entry);
    }
    std::optional<ChatError> tell(const std::string& bytes) {
        std::vector<std::string> one(1, bytes);
        const auto applied = b.parts.run(b.peering().apply(b.other, lab(), std::move(one)));
        return applied ? std::nullopt : std::optional(applied.error());
    }
};

TEST_F(GroupLogTest, AKindOfALaterVersionDoesNotStopACopy) {
    std::int64_t seq = 2;
    for (int kind = 9; kind <= 255; ++kind)
        EXPECT_EQ(tell(entry_of(Seq(++seq), static_cast<EntryKind>(kind), "?")), std::nullopt) << kind;
    EXPECT_EQ(tell(entry_of(Seq(++seq), EntryKind::message, "halo")), std::nullopt);
    EXPECT_EQ(b.people.inbox("izza"), "messi@A: halo");
    EXPECT_TRUE(b.people.audience("izza").of_kind<MessageEvent>().size() == 1) << "nothing else is told of";
}

TEST_F(GroupLogTest, ACopyEndsWithItsGroup) {
    const GlobalMemberNote end{MemberNote::Action::end, GroupRole::member, {}};
    EXPECT_EQ(tell(entry_of(Seq(3), EntryKind::member, encode(end))), std::nullopt);
    EXPECT_TRUE(is_ended(b, "lab@a"));
    EXPECT_EQ(b.people.history("izza", "#lab@A"), "2:invite izza 3:end");
}

TEST_F(GroupLogTest, ACopyStopsBeforeWhatMayNotStandInALog) {
    const std::string whole = entry_of(Seq(3), EntryKind::reaction, "+");
    std::string of_no_kind = whole;
    const std::size_t name_at = of_no_kind.find("messi");
    of_no_kind.at(name_at + 5 + 4) = '\0';  // behind the name, and a display name without bytes
    const std::vector<std::string> bad{
        entry_of(Seq(3), EntryKind::bounce, "halo"),
        entry_of(Seq(3), EntryKind::notice, "halo"),
        entry_of(Seq(3), EntryKind::member, "halo"),
        entry_of(Seq(3), EntryKind::message, ""),
        entry_of(Seq(3), EntryKind::file, "halo"),
        entry_of(Seq(3), EntryKind::reaction, "\xff"),
        entry_of(Seq(3), later_kind, std::string("a\0b", 3)),
        of_no_kind,
        whole.substr(0, whole.size() - 1),
    };
    for (std::size_t i = 0; i < bad.size(); ++i)
        EXPECT_EQ(tell(bad[i]), ChatError::bad_argument) << i;
    EXPECT_EQ(log(b, "izza", "#lab@A"), "2:member:messi");
    EXPECT_EQ(tell(whole), std::nullopt) << "and goes on where its home does";
}

TEST_F(GroupLogTest, WhatStandsBeforeABadEntryIsInTheCopy) {
    const std::vector<std::string> three{entry_of(Seq(3), EntryKind::message, "satu"),
                                         entry_of(Seq(4), EntryKind::bounce, "halo"),
                                         entry_of(Seq(5), EntryKind::message, "tiga")};
    const auto applied = b.parts.run(b.peering().apply(b.other, lab(), three));
    ASSERT_FALSE(applied.has_value());
    EXPECT_EQ(applied.error(), ChatError::bad_argument);
    EXPECT_EQ(b.people.inbox("izza"), "messi@A: satu");
}

}  // namespace
}  // namespace obrol
