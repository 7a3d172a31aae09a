#include "storage/sqlite/inspect.h"

#include <algorithm>
#include <gtest/gtest.h>

#include "storage/sqlite/connection.h"
#include "storage/sqlite/writer.h"
#include "tests/support/temporary_folder.h"

namespace obrol {
namespace {

class Inspect : public testing::Test {
  protected:
    // Three users; 70 entries between 1 and 2, indexed; then 3 between 2 and 3, in the tail only. A group that 1 made
    // with 2, who is out again; another one that has ended.
    Inspect() {
        sqlite::Tail tail;
        sqlite::ReaderPool readers(SqliteOptions{.path = path}, tail);
        SqliteOptions options{.path = path};
        options.tail_idle_from = 1;
        sqlite::Writer writer(options, tail, readers, clock, logger);
        std::vector<Change> batch;
        for (const char* name : {"anna", "bert", "cleo"})
            batch.emplace_back(CreateUser{.card = {name, name, ""}});
        for (int i = 0; i < 70; ++i)
            batch.emplace_back(post(1 + i % 2, 2 - i % 2));
        EXPECT_TRUE(writer.append(batch).has_value());
        while (tail.size() > 0)
            writer.maintain(true);
        batch.clear();
        for (int i = 0; i < 3; ++i)
            batch.emplace_back(post(2, 3));
        add_groups(batch);
        batch.emplace_back(AdvanceCursor{UserId(2), ConversationId(1), AdvanceCursor::Which::read, Seq(70)});
        add_peer(batch);
        EXPECT_TRUE(writer.append(batch).has_value());
    }
    // Conversations 3 and 4.
    static void add_groups(std::vector<Change>& batch) {
        FoundGroup found;
        found.owner = UserId(1);
        found.card = {"lab", "Lab"};
        found.codes = {"aaaaaa"};
        found.members = {UserId(2)};
        batch.emplace_back(found);
        batch.emplace_back(PostToGroup{.sender = UserId(2), .group = ConversationId(3), .id = {}, .body = "text"});
        RemoveMember remove;
        remove.by = UserId(1);
        remove.group = ConversationId(3);
        remove.who = UserId(2);
        remove.action = KickFromGroup::Action::ban;
        batch.emplace_back(remove);
        found.card = {"ended", "Ended"};
        found.codes = {"bbbbbb"};
        found.members = {};
        batch.emplace_back(found);
        batch.emplace_back(QuitGroup{UserId(1), ConversationId(4), {}, {}});
        batch.emplace_back(SetContact{.owner = UserId(1), .other = UserId(2)});
    }
    // Server 1, user 4 on it, and what is queued for it: an entry of conversation 5 and something else.
    static void add_peer(std::vector<Change>& batch) {
        batch.emplace_back(MeetServer{PublicKey{1}, "B", ServerId(), {}});
        batch.emplace_back(SetServerState{ServerId(1), ServerState::connected});
        batch.emplace_back(MeetUser{ServerId(1), "dora", "", "", {}});
        batch.emplace_back(post(2, 4));
        QueueItem item;
        item.to = ServerId(1);
        item.sender = UserId(2);
        item.key = IdempotencyKey{"client", ++number};
        batch.emplace_back(item);
    }
    static PostDirect post(std::int64_t from, std::int64_t to) {
        PostDirect made;
        made.sender = UserId(from);
        made.copies = {{UserId(to), Uuid()}};
        made.body = "text";
        made.key = IdempotencyKey{"client", ++number};
        return made;
    }
    std::vector<std::string> problems_after(const std::string& sql) {
        sqlite::Connection(path, {}, sqlite::Access::read_write_create).execute(sql.c_str());
        const Result<StoreReport> report = verify_store(path);
        EXPECT_TRUE(report.has_value());
        return report ? report->problems : std::vector<std::string>();
    }

    inline static std::int64_t number = 0;
    SystemClock clock;
    NullLogger logger;
    TemporaryFolder folder;
    std::string path = folder.file("obrol.db");
};

TEST_F(Inspect, ASoundStoreHasNoProblems) {
    const Result<StoreReport> report = verify_store(path);
    ASSERT_TRUE(report.has_value()) << report.error().what;
    EXPECT_EQ(report->problems, std::vector<std::string>());
    EXPECT_EQ(report->users, 3);
    EXPECT_EQ(report->conversations, 5);
    EXPECT_EQ(report->entries, 80);
}

TEST_F(Inspect, EntriesComeInTheirOrderWithNames) {
    std::vector<StoredEntry> entries;
    const auto take = [&](const StoredEntry& entry) { entries.push_back(entry); };
    ASSERT_TRUE(for_each_entry(path, take).has_value());
    ASSERT_EQ(entries.size(), 80u);
    EXPECT_TRUE(std::ranges::is_sorted(entries, {}, [](const StoredEntry& one) { return one.entry.header.position; }));
    EXPECT_EQ(entries[1].sender, "bert");
    EXPECT_EQ(entries[1].participants, (std::vector<std::string>{"anna", "bert"}));
    EXPECT_EQ(entries[72].participants, (std::vector<std::string>{"bert", "cleo"}));
    EXPECT_EQ(entries[72].entry.header.seq, Seq(3));
    EXPECT_EQ(entries[72].group, "");
    EXPECT_EQ(entries[74].participants, (std::vector<std::string>{"anna", "bert"}));
    EXPECT_EQ(entries[74].sender, "bert");
    EXPECT_EQ(entries[74].group, "lab");
    EXPECT_EQ(entries[79].participants, (std::vector<std::string>{"bert", "dora@B"}));
}

TEST_F(Inspect, EveryKindOfProblemIsFound) {
    const std::pair<const char*, const char*> cases[] = {
        {"UPDATE entries SET kind = 2 WHERE position = 5",
         "entry 5 of conversation 1 is damaged: the checksum of its header is wrong"},
        {"UPDATE entries SET body = x'00' WHERE position = 5",
         "entry 5 of conversation 1 is damaged: the checksum of its body is wrong"},
        {"UPDATE entries SET erased = 1 WHERE position = 5",
         "entry 5 of conversation 1 is damaged: the checksum of its body is wrong"},
        {"DELETE FROM entries WHERE position = 5", "conversation 1 goes on with seq 6 after 4"},
        {"INSERT INTO entries SELECT 1000, conversation, seq, id, origin, sender, at, kind, header_checksum, erased, "
         "body_checksum, body FROM entries WHERE position = 70",
         "conversation 1 goes on with seq 70 after 70"},
        {"UPDATE entries SET conversation = 9 WHERE position = 73",
         "entry 3 belongs to conversation 9, which is not there"},
        {"UPDATE entries SET sender = 3 WHERE position = 5",
         "entry 5 of conversation 1 is by user 3, who is not in it"},
        {"DELETE FROM conversation_index WHERE first_seq = 65",
         "the index of conversation 1 ends at 64 and should go to 70"},
        {"DELETE FROM conversation_index WHERE first_seq = 1", "the index of conversation 1 goes on with 65 after 0"},
        {"UPDATE conversation_index SET positions = x'80'", "the index of conversation 1 is damaged at 1"},
        {"UPDATE conversation_index SET positions = CAST(x'02' || substr(positions, 2) AS BLOB) WHERE first_seq = 1",
         "the index says otherwise than the log: entry 1 of conversation 1 is damaged: another one is in its place"},
        {"UPDATE conversation_index SET sender = 1 WHERE first_seq = 65",
         "the index of conversation 1 names a wrong sender at 65"},
        {"UPDATE meta SET value = 73", "the index of conversation 2 ends at 0 and should go to 3"},
        {"UPDATE members SET read_seq = 71 WHERE user = 2 AND conversation = 1",
         "a cursor of user 2 stands beyond the log of conversation 1"},
        {"DELETE FROM members WHERE user = 3", "there are 8 members instead of 9"},
        {"UPDATE members SET user = 3 WHERE user = 1 AND conversation = 1",
         "user 3 is a member of conversation 1 and should not be"},
        {"UPDATE idempotency_answers SET positions = x'FF7F' WHERE client = 1",
         "the entry at position 16383 is missing"},
        {"UPDATE idempotency_clients SET user = 3 WHERE user = 1", "is not its user's"},
        {"INSERT INTO sessions VALUES (5, 9, x'00', 0, 0)", "session 5 is of user 9, who is not active"},
        {"INSERT INTO sessions VALUES (5, 1, x'00', 0, 0); UPDATE users SET state = 1 WHERE id = 1",
         "session 5 is of user 1, who is not active"},
        {"INSERT INTO invitations VALUES (4, x'00', 0, 0, 1, 2, NULL, '', 0)",
         "invitation 4 was used more often than it allows"},
        {"UPDATE entries SET sender = 3 WHERE position = 75",
         "entry 2 of conversation 3 is by user 3, who is not in it"},
        {"UPDATE group_intervals SET left_seq = 2 WHERE user = 2",
         "entry 2 of conversation 3 is by user 2, who is not in it"},
        {"UPDATE members SET user = 3 WHERE user = 2 AND conversation = 3",
         "user 3 is a member of conversation 3 and should not be"},
        {"UPDATE members SET read_seq = 4 WHERE user = 1 AND conversation = 3",
         "a cursor of user 1 stands beyond the log of conversation 3"},
        {"DELETE FROM groups WHERE conversation = 4", "conversation 4 is a group in one table only"},
        {"UPDATE conversations SET kind = 1 WHERE id = 3", "conversation 3 is a group in one table only"},
        {"UPDATE groups SET members = 2 WHERE conversation = 3", "group 3 counts its members wrongly"},
        {"UPDATE groups SET code = 'cccccc' WHERE conversation = 4", "group 4 has ended in part only"},
        {"UPDATE groups SET ended = 1 WHERE conversation = 3", "group 3 has ended in part only"},
        {"UPDATE group_members SET role = 1", "group 3 should have one owner, or none when it has ended"},
        {"UPDATE group_members SET joined_seq = 2", "in group 3 user 1 is a member in one table only"},
        {"UPDATE group_intervals SET left_seq = NULL WHERE user = 2",
         "in group 3 user 2 is a member in one table only"},
        {"INSERT INTO group_bans VALUES (3, 1)", "in group 3 user 1 is banned, and a member"},
        {"UPDATE users SET state = 2 WHERE id = 1", "in group 3 user 1 is a member, who is not there"},
        {"UPDATE users SET state = 2 WHERE id = 2", "user 1 should not have user 2 as a contact"},
        {"UPDATE contacts SET owner = 2", "user 2 should not have user 2 as a contact"},
        {"UPDATE groups SET changed_seq = 9 WHERE conversation = 3", "group 3 has changed beyond the end of its log"},
        {"UPDATE group_intervals SET left_seq = 1 WHERE user = 2",
         "in group 3 user 2 was a member from 1 to 0, which cannot be"},
        {"UPDATE group_intervals SET left_seq = 9 WHERE user = 2",
         "in group 3 user 2 was a member from 1 to 8, which cannot be"},
        {"INSERT INTO group_intervals VALUES (2, 3, 2, 3)",
         "in group 3 user 2 was a member from 2 to 2, which cannot be"},
        {"INSERT INTO files VALUES (5, 1, 5, 'aaaaaa', 1, 2, 'x', 1, zeroblob(32), 0, 0)",
         "file aaaaaa is not what its entry says"},
        {"INSERT INTO files VALUES (1000, 1, 5, 'aaaaaa', 1, 2, 'x', 1, zeroblob(32), 0, 0)",
         "file aaaaaa: entry 5 of conversation 1 is damaged: it is missing"},
        {"INSERT INTO files VALUES (5, 1, 5, 'aaaaaa', 1, 2, 'x', 1, x'00', 0, 0)", "the digest of a file is damaged"},
        {"INSERT INTO blobs VALUES (zeroblob(32), 1, 1)", "1 blobs are counted wrongly"},
        {"INSERT INTO file_usage VALUES (1, 1, 5, NULL, 0)", "1 users' files are counted wrongly"},
        {"INSERT INTO file_usage VALUES (0, 1, 5, NULL, 0)", "1 files together are counted wrongly"},
        {"INSERT INTO file_usage VALUES (1, 0, 0, NULL, 1)", "1 folders are counted wrongly"},
        {"INSERT INTO folder_files VALUES (1, 1, 'x', 5, zeroblob(32), 0, NULL, NULL, 0, 0)",
         "1 users' files are counted wrongly"},
        {"INSERT INTO folder_files VALUES (1, 1, 'x', 5, zeroblob(32), 0, NULL, NULL, 0, 0)",
         "1 blobs are counted wrongly"},
        {"INSERT INTO folder_files VALUES (1, 1, 'x', 5, zeroblob(32), 0, NULL, NULL, 0, 1)",
         "x in the folder of user 1 should not be there"},
        {"INSERT INTO folder_files VALUES (1, 1, 'x', 5, zeroblob(32), 0, 1, 5, 0, 0)",
         "x in the folder of user 1 should not be there"},
        {"INSERT INTO folder_files VALUES (1, 9, 'x', 5, zeroblob(32), 0, NULL, NULL, 0, 0)",
         "x in the folder of user 9 should not be there"},
        {"UPDATE users SET server = 9 WHERE id = 4", "server 9 of user 4 is not there"},
        {"UPDATE users SET password_hash = 'x' WHERE id = 4", "user 4 of server 1 has an account here"},
        {"UPDATE groups SET home = 9 WHERE conversation = 3", "server 9 of group 3 is not there"},
        {"UPDATE links SET acknowledged = 3", "the counters of server 1 (2 items) cannot be"},
        {"DELETE FROM outbox WHERE number = 2", "what is queued for server 1 (1 items) has gaps"},
        {"DELETE FROM outbox", "of what is queued for server 1 (2 items) nothing is there"},
        {"UPDATE outbox SET position = 5 WHERE number = 1", "item 1 for server 1 is not what its entry says"},
        {"UPDATE outbox SET position = 1000 WHERE number = 1",
         "item 1 for server 1: the entry at position 1000 is missing"},
        {"UPDATE outbox SET id = x'00' WHERE number = 1", "item 1 for server 1: the id of an item is damaged"},
        {"INSERT INTO stranger_requests VALUES (1, 2, 1, 2, 1)",
         "the request to user 1 by user 2 is not what its entry says"},
        {"INSERT INTO entry_signatures VALUES (1, 1, zeroblob(64), 0, NULL)",
         "conversation 1 is no group, but has 1 signatures"},
        {"INSERT INTO entry_signatures VALUES (3, 1, zeroblob(64), 9, NULL)",
         "the signature of entry 1 of group 3 was made for a name that is not there"},
        {"INSERT INTO former_keys VALUES (zeroblob(32), 9, NULL, NULL, NULL)",
         "server 9 has former keys (1), but is not there"},
        {"INSERT INTO group_origins VALUES (1, zeroblob(32), 'lab', 1)", "conversation 1 is no group, but had 1 names"},
        {"INSERT INTO group_invitations VALUES (3, 2, 1, zeroblob(16))",
         "into group 3 user 2 is invited, who is of no other server"},
    };
    std::filesystem::copy(folder.path(), folder.path() / "sound");
    for (const auto& [sql, expected] : cases) {
        SCOPED_TRACE(sql);
        for (const auto& file : std::filesystem::directory_iterator(folder.path() / "sound"))
            std::filesystem::copy(file, folder.path(), std::filesystem::copy_options::overwrite_existing);
        const std::vector<std::string> problems = problems_after(sql);
        const auto is_it = [&, wanted = std::string_view(expected)](const std::string& problem) {
            return problem.find(wanted) != std::string::npos;
        };
        EXPECT_TRUE(std::ranges::any_of(problems, is_it))
            << "expected: " << expected << "\nfound: " << (problems.empty() ? "nothing" : problems.front());
    }
}

TEST_F(Inspect, ManyProblemsAreCutOff) {
    EXPECT_EQ(problems_after("UPDATE entries SET header_checksum = 0, sender = 3").size(), 100u);
}

TEST_F(Inspect, LooksWithoutChangingAnything) {
    const auto size = [&] { return std::filesystem::file_size(path + "-wal"); };
    const auto before = size();
    ASSERT_TRUE(verify_store(path).has_value());
    EXPECT_EQ(size(), before);
}

TEST_F(Inspect, AFileThatIsNoStoreIsAnError) {
    EXPECT_FALSE(verify_store(folder.file("nothing.db")).has_value());
    EXPECT_FALSE(for_each_entry(folder.file("nothing.db"), [](const StoredEntry&) {}).has_value());
    EXPECT_EQ(problems_after("SELECT 1").size(), 0u);
    sqlite::Connection(path, {}, sqlite::Access::read_write_create).execute("PRAGMA user_version = 77");
    EXPECT_FALSE(verify_store(path).has_value());
}

}  // namespace
}  // namespace obrol
