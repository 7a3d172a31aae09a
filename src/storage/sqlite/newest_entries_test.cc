#include "storage/sqlite/newest_entries.h"

#include <gtest/gtest.h>
#include <string>

#include "storage/sqlite/writer.h"
#include "tests/support/temporary_folder.h"

namespace obrol::sqlite {
namespace {

constexpr ConversationId one(1);
constexpr std::size_t plenty = 1 << 20;

std::vector<LogEntry> page(std::int64_t first, std::int64_t last, const std::string& body = "short") {
    std::vector<LogEntry> entries;
    for (std::int64_t seq = first; seq <= last; ++seq) {
        LogEntry& entry = entries.emplace_back();
        entry.header.seq = Seq(seq);
        entry.body = body;
    }
    return entries;
}

void keep(NewestEntries& newest, ConversationId conversation, const std::vector<LogEntry>& entries) {
    newest.keep(conversation, entries, newest.find(conversation));
}

// First and last seq of what is kept.
std::pair<std::int64_t, std::int64_t> kept(NewestEntries& newest, ConversationId conversation = one) {
    const auto found = newest.find(conversation);
    if (!found.run) return {0, 0};
    EXPECT_EQ(std::ssize(found.run->entries()), found.run->last().value - found.run->first().value + 1);
    for (const LogEntry& entry : found.run->entries())
        EXPECT_EQ(found.run->find(entry.header.seq), &entry);
    EXPECT_EQ(found.run->find(Seq(found.run->first().value - 1)), nullptr);
    EXPECT_EQ(found.run->find(next(found.run->last())), nullptr);
    return {found.run->first().value, found.run->last().value};
}

using Span = std::pair<std::int64_t, std::int64_t>;
constexpr Span nothing{0, 0};

TEST(NewestEntries, KeepsAPageUntilItIsForgotten) {
    NewestEntries newest(plenty);
    EXPECT_EQ(kept(newest), nothing);
    keep(newest, one, page(11, 60));
    EXPECT_EQ(kept(newest), Span(11, 60));
    EXPECT_EQ(kept(newest, ConversationId(2)), nothing);
    EXPECT_EQ(newest.find(one).run->find(Seq(30))->body, "short");
    newest.forget(one);
    EXPECT_EQ(kept(newest), nothing);
    EXPECT_EQ(newest.bytes(), 0u);
}

TEST(NewestEntries, DoesNotKeepShortPages) {
    NewestEntries newest(plenty);
    keep(newest, one, page(1, NewestEntries::page_entries_min - 1));
    EXPECT_EQ(kept(newest), nothing);
    keep(newest, one, page(1, NewestEntries::page_entries_min));
    EXPECT_EQ(kept(newest), Span(1, NewestEntries::page_entries_min));
}

TEST(NewestEntries, WhatIsNewIsAddedToWhatIsKnown) {
    NewestEntries newest(plenty);
    keep(newest, one, page(11, 60));
    keep(newest, one, page(58, 68));
    EXPECT_EQ(kept(newest), Span(11, 68)) << "overlapping";
    keep(newest, one, page(69, 69));
    EXPECT_EQ(kept(newest), Span(11, 68)) << "too short to be worth a copy of all";
    keep(newest, one, page(71, 71));
    EXPECT_EQ(kept(newest), Span(11, 68)) << "and no reason to give up what is known";
    keep(newest, one, page(69, 76));
    EXPECT_EQ(kept(newest), Span(11, 76)) << "right behind it";
    keep(newest, one, page(78, 85));
    EXPECT_EQ(kept(newest), Span(78, 85)) << "one is missing between";
    keep(newest, one, page(50, 80));
    EXPECT_EQ(kept(newest), Span(78, 85)) << "an older page";
    keep(newest, one, page(40, 85));
    EXPECT_EQ(kept(newest), Span(40, 85)) << "a longer page";
    newest.forget(one);
    EXPECT_EQ(newest.bytes(), 0u);
}

TEST(NewestEntries, AConversationHasSoManyEntriesAtMost) {
    NewestEntries newest(plenty);
    const auto most = static_cast<std::int64_t>(NewestEntries::run_entries_max);
    keep(newest, one, page(1, most));
    EXPECT_EQ(kept(newest), Span(1, most));
    keep(newest, one, page(most - 8, most + 1));
    EXPECT_EQ(kept(newest), Span(2, most + 1));
    keep(newest, one, page(1, 3 * most));
    EXPECT_EQ(kept(newest), Span(2 * most + 1, 3 * most));
    const auto run = newest.find(one).run;
    keep(newest, one, page(1, 3 * most));
    EXPECT_EQ(newest.find(one).run, run) << "nothing new: nothing is copied";
}

TEST(NewestEntries, AShorterPageOfAnotherReaderTakesNothingAway) {
    NewestEntries newest(plenty);
    const auto before = newest.find(one);
    newest.keep(one, page(1, 100), before);
    newest.keep(one, page(93, 100), before);
    EXPECT_EQ(kept(newest), Span(1, 100));
}

TEST(NewestEntries, AConversationHasAnEighthOfTheMemoryAtMost) {
    NewestEntries newest(plenty);
    keep(newest, one, page(1, 20, std::string(plenty / 8 / 10, 'x')));
    EXPECT_EQ(kept(newest), Span(12, 20));
    EXPECT_LE(newest.bytes(), plenty / 8);
    keep(newest, ConversationId(2), page(1, 20, std::string(plenty / 8, 'x')));
    EXPECT_EQ(kept(newest, ConversationId(2)), nothing) << "not even one has room";
}

TEST(NewestEntries, WhatWasNotReadForLongestMakesRoom) {
    const std::size_t one_page = EntryRun(page(1, 10, std::string(1000, 'x'))).bytes();
    NewestEntries newest(10 * one_page);
    for (std::int64_t id = 1; id <= 10; ++id)
        keep(newest, ConversationId(id), page(1, 10, std::string(1000, 'x')));
    EXPECT_EQ(newest.bytes(), 10 * one_page) << "all of them fit";
    EXPECT_EQ(kept(newest, ConversationId(1)), Span(1, 10)) << "it is read";
    keep(newest, ConversationId(11), page(1, 10, std::string(1001, 'x')));
    EXPECT_EQ(kept(newest, ConversationId(2)), nothing);
    EXPECT_EQ(kept(newest, ConversationId(3)), nothing) << "the new one is larger";
    for (const std::int64_t id : {1, 4, 10, 11})
        EXPECT_EQ(kept(newest, ConversationId(id)), Span(1, 10)) << id;
    EXPECT_LE(newest.bytes(), 10 * one_page);
}

TEST(NewestEntries, WithoutMemoryItKeepsNothing) {
    NewestEntries newest(0);
    keep(newest, one, page(1, 50));
    EXPECT_EQ(kept(newest), nothing);
    EXPECT_EQ(newest.bytes(), 0u);
}

TEST(NewestEntries, WhatWasReadBeforeAChangeIsNotKeptAfterIt) {
    NewestEntries newest(plenty);
    const auto before = newest.find(one);
    newest.forget(one);
    newest.keep(one, page(1, 50), before);
    EXPECT_EQ(kept(newest), nothing);
}

// Reading through a ReaderPool while another connection spoils rows: whoever looks at them notices.
class KeptPages : public testing::Test {
  protected:
    explicit KeptPages(std::size_t history_cache_kib = 1024) {
        options.path = folder.file("obrol.db");
        options.history_cache_kib = history_cache_kib;
        readers.emplace(options, tail);
        writer.emplace(options, tail, *readers, clock, logger);
        std::vector<Change> batch;
        for (const char* name : {"anna", "bert"})
            batch.emplace_back(CreateUser{.card = {name, name, ""}});
        for (int i = 1; i <= 20; ++i)
            batch.emplace_back(post());
        append(std::move(batch));
    }
    static PostDirect post() {
        PostDirect made;
        made.sender = UserId(1);
        made.copies = {{UserId(2), Uuid()}};
        made.body = "hello";
        return made;
    }
    void append(std::vector<Change> batch) {
        const auto outcome = writer->append(batch);
        ASSERT_TRUE(outcome.has_value()) << outcome.error().what;
        for (const ChangeResult& result : *outcome)
            ASSERT_TRUE(result.has_value());
    }
    void spoil(std::int64_t seq) {
        Connection(options.path, {}, Access::read_write_create)
            .execute(("UPDATE entries SET body = x'00' WHERE seq = " + std::to_string(seq)).c_str());
    }
    EntryPage read(const EntryRange& range, std::size_t bytes_max = plenty) {
        return readers->with_reader([&](Reader& reader) { return reader.read({range}, bytes_max).at(0); });
    }
    static EntryRange newest(std::size_t entries_max) {
        return EntryRange{.conversation = one, .entries_max = entries_max, .newest_first = true};
    }
    static Span span(const EntryPage& page) {
        if (page.entries.empty()) return nothing;
        return {page.entries.front().header.seq.value, page.entries.back().header.seq.value};
    }

    TemporaryFolder folder;
    SqliteOptions options;
    SystemClock clock;
    NullLogger logger;
    Tail tail;
    std::optional<ReaderPool> readers;
    std::optional<Writer> writer;
};

TEST_F(KeptPages, AreGivenWithoutTheirRows) {
    EXPECT_EQ(span(read(newest(10))), Span(11, 20));
    for (std::int64_t seq = 1; seq <= 20; ++seq)
        spoil(seq);
    const EntryPage again = read(newest(10));
    EXPECT_EQ(span(again), Span(11, 20));
    EXPECT_TRUE(again.more);
    EXPECT_EQ(again.entries.front().body, "hello");
    EXPECT_EQ(span(read(newest(5))), Span(16, 20));
    EXPECT_EQ(span(read({.conversation = one, .before = Seq(15), .entries_max = 3, .newest_first = true})),
              Span(12, 14));
    const EntryPage few = read(newest(10), 12);
    EXPECT_EQ(span(few), Span(19, 20)) << "as many as have room";
    EXPECT_TRUE(few.more);
    EXPECT_THROW(read(newest(11)), SqliteFailed) << "the eleventh is not kept";
}

TEST_F(KeptPages, AreReadOnceMoreWhenABodyChanges) {
    const auto bodies = [&](std::int64_t seq) {
        return read(newest(10)).entries.at(static_cast<std::size_t>(seq - 11)).body;
    };
    EXPECT_EQ(bodies(13), "hello");
    append({ReplaceBody{one, Seq(13), "changed"}});
    EXPECT_EQ(bodies(13), "changed");
    append({EraseBody{one, Seq(13)}});
    EXPECT_EQ(bodies(13), "");
    EXPECT_TRUE(read(newest(10)).entries.at(2).erased);
}

TEST_F(KeptPages, AreExtendedByWhatWasWrittenSince) {
    EXPECT_EQ(span(read(newest(10))), Span(11, 20));
    append({post(), post()});
    EXPECT_EQ(span(read(newest(1))), Span(22, 22)) << "not kept, and behind a gap";
    for (std::int64_t seq = 1; seq <= 20; ++seq)
        spoil(seq);
    EXPECT_EQ(span(read(newest(10))), Span(13, 22));
    for (std::int64_t seq = 21; seq <= 22; ++seq)
        spoil(seq);
    EXPECT_EQ(span(read(newest(12))), Span(11, 22)) << "both together";
}

TEST_F(KeptPages, AreAsLongAsTheirBytesHadRoom) {
    EXPECT_EQ(span(read(newest(15), 50)), Span(11, 20)) << "ten of five bytes";
    for (std::int64_t seq = 11; seq <= 20; ++seq)
        spoil(seq);
    const EntryPage longer = read(newest(15));
    EXPECT_EQ(span(longer), Span(6, 20));
    EXPECT_TRUE(longer.more);
    for (std::int64_t seq = 6; seq <= 10; ++seq)
        spoil(seq);
    EXPECT_EQ(span(read(newest(15))), Span(6, 20)) << "both together";
}

TEST_F(KeptPages, AreNotMadeOfOlderPages) {
    const EntryRange older{.conversation = one, .before = Seq(20), .entries_max = 10, .newest_first = true};
    EXPECT_EQ(span(read(older)), Span(10, 19));
    const EntryRange from_the_first{.conversation = one, .entries_max = 100};
    EXPECT_EQ(span(read(from_the_first)), Span(1, 20));
    spoil(15);
    EXPECT_THROW(read(older), SqliteFailed);
    EXPECT_THROW(read(from_the_first), SqliteFailed);
}

class NoKeptPages : public KeptPages {
  protected:
    NoKeptPages() : KeptPages(0) {}
};

TEST_F(NoKeptPages, AreWhatNoMemoryGives) {
    EXPECT_EQ(span(read(newest(10))), Span(11, 20));
    spoil(15);
    EXPECT_THROW(read(newest(10)), SqliteFailed);
}

}  // namespace
}  // namespace obrol::sqlite
