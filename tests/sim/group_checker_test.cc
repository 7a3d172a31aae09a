#include "tests/sim/group_checker.h"

#include <algorithm>
#include <functional>
#include <gtest/gtest.h>

#include "base/crypto/sha256.h"

namespace obrol {
namespace {

using Fate = SentMessage::Fate;

// Ann founds a group with bob, posts, puts him out and posts again: nothing is broken.
struct Case {
    GroupsObserved observed;
    std::vector<CheckedGroup> groups;
    CheckOptions options;

    Case() {
        groups.push_back({"lab", ConversationId(7), {}});
        note("ann", "create bob");
        deed("create", {"bob"});
        said("ann", "one");
        note("ann", "kick bob");
        deed("kick", {"bob"});
        said("ann", "two");
        observed.delivered["bob"] = {"one"};
        see("bob", {1, 2});
    }
    std::vector<CheckedGroupEntry>& log() { return groups[0].entries; }
    static std::string id_at(std::int64_t seq) { return "id " + std::to_string(seq); }
    std::int64_t add(EntryKind kind, std::string sender, std::string body) {
        const auto seq = static_cast<std::int64_t>(log().size()) + 1;
        log().push_back({Seq(seq), id_at(seq), kind, std::move(sender), std::move(body)});
        return seq;
    }
    void note(std::string by, std::string body) { add(EntryKind::member, std::move(by), std::move(body)); }
    void deed(std::string action, std::vector<std::string> who, Fate fate = Fate::acknowledged) {
        GroupDeed deed;
        deed.group = "lab";
        deed.action = std::move(action);
        deed.by = "ann";
        deed.who = std::move(who);
        deed.fate = fate;
        observed.deeds.push_back(std::move(deed));
    }
    PostInGroup& sent(const std::string& sender, const std::string& text) {
        PostInGroup post;
        post.sender = sender;
        post.group = "lab";
        post.text = text;
        post.connection = 1;
        observed.posts.push_back(std::move(post));
        return observed.posts.back();
    }
    // Sent, stored and acknowledged.
    void said(const std::string& sender, const std::string& text) {
        const std::int64_t seq = add(EntryKind::message, sender, text);
        PostInGroup& post = sent(sender, text);
        post.fate = Fate::acknowledged;
        post.place = GroupPlace{7, seq, id_at(seq)};
    }
    void see(std::string reader, const std::vector<std::int64_t>& seqs) {
        SeenEntries seen{std::move(reader), "lab", {}};
        for (const std::int64_t seq : seqs)
            seen.entries.emplace_back(seq, id_at(seq));
        observed.seen.push_back(std::move(seen));
    }
};

struct Breakage {
    const char* rule;  // how the complaint begins; empty: nothing is broken
    const char* what;
    std::function<void(Case&)> apply;
};

TEST(GroupChecker, FindsWhatIsBrokenAndNothingElse) {
    const Breakage breakages[] = {
        {"", "all is well", [](Case&) {}},
        {"complaint", "a member complained", [](Case& it) { it.observed.complaints.emplace_back("no"); }},
        {"acknowledged", "a post is lost", [](Case& it) { it.sent("ann", "three").fate = Fate::acknowledged; }},
        {"", "an unanswered one may be lost", [](Case& it) { it.sent("ann", "three"); }},
        {"acknowledged", "it stands elsewhere", [](Case& it) { it.observed.posts[0].place->seq = 3; }},
        {"acknowledged", "a change is lost", [](Case& it) { it.deed("invite", {"eve"}); }},
        {"", "an unanswered one may be lost", [](Case& it) { it.deed("invite", {"eve"}, Fate::unknown); }},
        {"invented", "nobody asked for the change", [](Case& it) { it.observed.deeds.pop_back(); }},
        {"invented", "the change was refused", [](Case& it) { it.observed.deeds.back().fate = Fate::refused; }},
        {"invented", "nobody sent the post", [](Case& it) { it.add(EntryKind::message, "ann", "three"); }},
        {"invented", "the post was refused", [](Case& it) { it.observed.posts[1].fate = Fate::refused; }},
        {"invented", "it is there twice", [](Case& it) { it.add(EntryKind::message, "ann", "two"); }},
        {"invented", "it was for another group", [](Case& it) { it.observed.posts[1].group = "pub"; }},
        {"numbered", "a gap", [](Case& it) { it.log()[3].seq = Seq(5); }},
        {"rights", "who is out posts", [](Case& it) { it.said("bob", "three"); }},
        {"rights", "a member puts the owner out",
         [](Case& it) {
             it.note("ann", "invite bob");
             it.deed("invite", {"bob"});
             it.note("bob", "kick ann");
         }},
        {"rights", "nobody follows the owner",
         [](Case& it) {
             it.note("ann", "leave ann");
             it.deed("leave", {"ann"});
         }},
        {"rights", "the wrong one follows him",
         [](Case& it) {
             it.note("ann", "leave ann");
             it.deed("leave", {"ann"});
             it.note("ann", "role owner eve");
         }},
        {"", "the last one leaves",
         [](Case& it) {
             it.note("ann", "leave ann");
             it.deed("leave", {"ann"});
             it.note("ann", "end");
         }},
        {"ordered", "behind a later one of its connection",
         [](Case& it) {
             it.sent("ann", "three");
             it.said("ann", "four");
             it.add(EntryKind::message, "ann", "three");
         }},
        {"seen", "he saw what came later",
         [](Case& it) {
             it.see("bob", {1, 2, 3});
         }},
        {"seen", "something was left out",
         [](Case& it) {
             it.see("ann", {1, 3});
         }},
        {"seen", "another entry stands there", [](Case& it) { it.observed.seen[0].entries[0].second = "other"; }},
        {"delivered", "it never came", [](Case& it) { it.observed.delivered["bob"].clear(); }},
        {"", "nobody has fetched yet",
         [](Case& it) {
             it.observed.delivered.clear();
             it.options.drained = false;
         }},
        {"delivered", "it came twice", [](Case& it) { it.observed.delivered["bob"].emplace_back("one"); }},
        {"delivered", "what was not for him came", [](Case& it) { it.observed.delivered["bob"].emplace_back("two"); }},
    };
    for (const Breakage& breakage : breakages) {
        SCOPED_TRACE(breakage.what);
        Case it;
        breakage.apply(it);
        const std::vector<std::string> broken = broken_group_rules(it.observed, it.groups, it.options);
        const std::string rule = breakage.rule;
        if (rule.empty()) {
            EXPECT_EQ(broken, std::vector<std::string>());
            continue;
        }
        const bool is_found =
            std::ranges::any_of(broken, [&](const std::string& found) { return found.starts_with(rule + ":"); });
        EXPECT_TRUE(is_found) << testing::PrintToString(broken);
    }
}

TEST(GroupChecker, TheLastAcknowledgedChangeOfContactsHolds) {
    GroupsObserved observed;
    const auto ask = [&](bool wanted, SimulatedNetwork::ConnectionNumber connection, Fate fate) {
        observed.contacts.push_back({"ann", "bob", wanted, connection, fate, 0});
    };
    const auto is_fine = [&](bool is_there) {
        CheckedContacts contacts;
        if (is_there) contacts["ann"].insert("bob");
        return broken_contact_rules(observed, contacts).empty();
    };
    ask(false, 1, Fate::unknown);
    ask(true, 1, Fate::acknowledged);
    EXPECT_TRUE(is_fine(true));
    EXPECT_FALSE(is_fine(false));
    ask(false, 1, Fate::refused);
    EXPECT_FALSE(is_fine(false));
    observed.contacts.back().fate = Fate::unknown;
    EXPECT_TRUE(is_fine(false));
    ask(true, 2, Fate::acknowledged);
    EXPECT_TRUE(is_fine(true));
    EXPECT_TRUE(is_fine(false)) << "from an earlier connection, late";
    ask(false, 2, Fate::acknowledged);
    EXPECT_TRUE(is_fine(false));
    EXPECT_FALSE(is_fine(true));
}

TEST(GroupChecker, FilesHaveTheirBytesAndNothingIsLeftOver) {
    const std::string content = content_of_file("a.txt", 20);
    const FileCard card{"c0de11", "a.txt", content.size(), sha256(content)};
    std::vector<CheckedGroup> groups;
    groups.push_back({"lab", ConversationId(7), {}});
    groups[0].entries.push_back({Seq(1), "id", EntryKind::file, "ann", encode(card)});
    MemoryBlobs blobs;
    blobs.blobs[card.blob] = content;
    EXPECT_EQ(broken_file_rules(groups, blobs, false), std::vector<std::string>());

    blobs.blobs[card.blob].pop_back();
    EXPECT_EQ(broken_file_rules(groups, blobs, false), std::vector<std::string>{"files: a.txt has other bytes"});
    blobs.blobs.clear();
    EXPECT_EQ(broken_file_rules(groups, blobs, false), std::vector<std::string>{"files: the bytes of a.txt are lost"});
    blobs.blobs[card.blob] = content;
    blobs.drafts[1] = "half";
    EXPECT_EQ(broken_file_rules(groups, blobs, false), std::vector<std::string>{"files: 1 uploads are left over"});
    blobs.drafts.clear();
    groups[0].entries.clear();
    EXPECT_EQ(broken_file_rules(groups, blobs, true), std::vector<std::string>());
    EXPECT_EQ(broken_file_rules(groups, blobs, false),
              std::vector<std::string>{"files: no file names " + to_string(card.blob)});
}

}  // namespace
}  // namespace obrol
