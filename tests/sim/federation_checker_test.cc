#include "tests/sim/federation_checker.h"

#include <algorithm>
#include <functional>
#include <gtest/gtest.h>
#include <utility>

namespace obrol {
namespace {

using Fate = SentMessage::Fate;

const std::string id_of_a_message = "01234567-89ab-7def-8123-456789abcdef";

// ann of server1 wrote twice to bob of server2 and once into a group of both at home there: nothing is broken.
struct Case {
    FederationObserved observed;
    std::vector<FederatedStore> stores;

    Case() {
        send("one", {"bob@server2"});
        send("two", {"bob@server2"});
        send("three", {"#lab@server2"}).place.emplace(2, "three-id");
        stores.push_back({"server1", {}});
        stores.push_back({"server2", {}});
        stores[0].stored.conversations.push_back({"ann", "bob@server2", direct("ann")});
        stores[1].stored.conversations.push_back({"ann@server1", "bob", direct("ann@server1")});
        stores[0].stored.groups.push_back({"lab@server2", ConversationId(2), group("bob@server2", "ann")});
        stores[1].stored.groups.push_back({"lab", ConversationId(2), group("bob", "ann@server1")});
    }
    static std::vector<CheckedEntry> direct(const std::string& sender) {
        return {{Seq(1), sender, "one", "one-id", EntryKind::message},
                {Seq(2), sender, "two", "two-id", EntryKind::message}};
    }
    static std::vector<CheckedGroupEntry> group(const std::string& founder, const std::string& sender) {
        return {{Seq(1), "note-id", EntryKind::member, founder, "create"},
                {Seq(2), "three-id", EntryKind::message, sender, "three"}};
    }
    FederatedMessage& send(const std::string& text, std::vector<std::string> to) {
        FederatedMessage message;
        message.sender = "ann@server1";
        message.to = std::move(to);
        message.text = text;
        message.number = observed.messages.size() + 1;
        message.fate = Fate::acknowledged;
        message.ids = {text + "-id"};
        observed.messages.push_back(message);
        return observed.messages.back();
    }
    std::vector<CheckedEntry>& log(std::size_t server) { return stores[server].stored.conversations[0].entries; }
    std::vector<CheckedGroupEntry>& group_log(std::size_t server) { return stores[server].stored.groups[0].entries; }
    void bounce(std::size_t server, const std::string& id, const std::string& why = "user-not-found") {
        const auto seq = Seq(static_cast<std::int64_t>(log(server).size()) + 1);
        log(server).push_back({seq, "ann", "failed " + id + " " + why, "bounce-id", EntryKind::bounce});
    }
    void lose_the_post() {
        for (std::size_t i = 0; i < 2; ++i)
            group_log(i).pop_back();
    }
    void fail_the_post(const std::string& why) {
        observed.messages[2].ids = {id_of_a_message};
        bounce(0, id_of_a_message, why);
    }
    // ann's, to bob and into the group, with one name behind the other.
    void send_files() {
        send_file("a.bin", "bob@server2");
        log(0).push_back({Seq(3), "ann", card("a.bin", "5b1f0c"), "a.bin-id", EntryKind::file});
        log(1).push_back({Seq(3), "ann@server1", card("a.bin", "5b1f0c@server1"), "a.bin-id", EntryKind::file});
        send_file("b.bin", "#lab@server2");
        group_log(0).push_back({Seq(3), "b.bin-id", EntryKind::file, "ann", card("b.bin", "5b1f0c")});
        group_log(1).push_back({Seq(3), "b.bin-id", EntryKind::file, "ann@server1", card("b.bin", "5b1f0c@server1")});
    }
    void send_file(const std::string& name, const std::string& to) {
        FederatedMessage& file = send(name, {to});
        file.is_file = true;
        file.file_code = "5b1f0c";
        observed.contents[name] = "hello\n";
    }
    static std::string card(const std::string& name, const std::string& code, const std::string& size = "6") {
        return code + ' ' + size + " 5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03 " + name;
    }
    // Behind one that was sent after it.
    void put_the_post_late() {
        send("four", {"#lab@server2"});
        for (std::size_t i = 0; i < 2; ++i) {
            CheckedGroupEntry late =
                std::exchange(group_log(i)[1], {Seq(2), "four-id", EntryKind::message, group_log(i)[1].sender, "four"});
            late.seq = Seq(3);
            group_log(i).push_back(late);
        }
        observed.messages[2].place.reset();
    }
};

struct Breakage {
    const char* rule;  // how the complaint begins; empty: nothing is broken
    std::function<void(Case&)> make;
};

const Breakage breakages[] = {
    {"", [](Case&) {}},
    {"acknowledged", [](Case& c) { c.log(1).pop_back(); }},
    {"acknowledged", [](Case& c) { c.log(0).pop_back(); }},
    {"acknowledged", [](Case& c) { c.log(1)[1].id = "another"; }},
    {"acknowledged",
     [](Case& c) {
         for (std::size_t i = 0; i < 2; ++i)
             c.group_log(i).pop_back();
     }},
    {"acknowledged", [](Case& c) { c.observed.messages[2].place->first = 3; }},
    {"answered", [](Case& c) { c.observed.messages[0].fate = Fate::unknown; }},
    {"invented", [](Case& c) { c.observed.messages[0].fate = Fate::refused; }},
    {"invented", [](Case& c) { c.log(1)[1].text = "one"; }},
    {"invented", [](Case& c) { c.log(1)[1].text = "four"; }},
    {"invented", [](Case& c) { c.log(1)[1].sender = "bob"; }},
    {"numbered", [](Case& c) { c.log(1)[1].seq = Seq(3); }},
    {"ordered",
     [](Case& c) {
         std::swap(c.log(1)[0].text, c.log(1)[1].text);
         std::swap(c.log(1)[0].id, c.log(1)[1].id);
     }},
    {"same", [](Case& c) { c.group_log(0).pop_back(); }},
    {"same", [](Case& c) { c.group_log(0)[0].id = "another"; }},
    {"same", [](Case& c) { c.stores[0].stored.groups.clear(); }},
    {"told",
     [](Case& c) {
         c.observed.messages[1].ids = {id_of_a_message};
         c.bounce(0, id_of_a_message);
     }},
    // Of what was for nobody its sender has to be told, once.
    {"told",
     [](Case& c) {
         c.log(1).pop_back();
         c.observed.messages[1].may_fail = true;
     }},
    {"",
     [](Case& c) {
         c.log(1).pop_back();
         c.observed.messages[1].may_fail = true;
         c.observed.messages[1].ids = {id_of_a_message};
         c.bounce(0, id_of_a_message);
     }},
    {"told",
     [](Case& c) {
         c.log(1).pop_back();
         c.observed.messages[1].may_fail = true;
         c.observed.messages[1].ids = {id_of_a_message};
         c.bounce(0, id_of_a_message);
         c.bounce(0, id_of_a_message);
     }},
    // The sender's server was put back.
    {"",
     [](Case& c) {
         c.log(0).pop_back();
         c.observed.messages[1].is_forgotten = true;
     }},
    {"",
     [](Case& c) {
         c.lose_the_post();
         c.observed.messages[2].is_forgotten = true;
     }},
    // It was while a message had no answer yet: that one may come twice if it is asked again, and late.
    {"",
     [](Case& c) {
         c.log(1).push_back({Seq(3), "ann@server1", "one", "again-id", EntryKind::message});
         c.observed.messages[0].was_cut_off = c.observed.messages[0].was_asked_again = true;
     }},
    {"invented",
     [](Case& c) {
         c.log(1).push_back({Seq(3), "ann@server1", "two", "again-id", EntryKind::message});
         c.observed.messages[0].was_cut_off = c.observed.messages[0].was_asked_again = true;
     }},
    {"",
     [](Case& c) {
         c.lose_the_post();
         c.observed.messages[2].was_cut_off = true;
     }},
    {"acknowledged",
     [](Case& c) {
         c.lose_the_post();
         c.observed.messages[2].was_cut_off = c.observed.messages[2].was_asked_again = true;
     }},
    // The group's home was put back, and took no posts while it got its log back.
    {"told",
     [](Case& c) {
         c.lose_the_post();
         c.fail_the_post("home-recovering");
     }},
    {"",
     [](Case& c) {
         c.lose_the_post();
         c.fail_the_post("home-recovering");
         c.observed.put_back.insert("server2");
     }},
    {"told",
     [](Case& c) {
         c.lose_the_post();
         c.fail_the_post("not-a-member");
         c.observed.put_back.insert("server2");
     }},
    {"invented",
     [](Case& c) {
         c.fail_the_post("home-recovering");
         c.observed.put_back.insert("server2");
     }},
    // A refusal is forgotten: who asks again may be taken, and stands behind what he sent meanwhile.
    {"ordered", [](Case& c) { c.put_the_post_late(); }},
    {"ordered",
     [](Case& c) {
         c.put_the_post_late();
         c.observed.messages[2].may_fail = true;
     }},
    {"",
     [](Case& c) {
         c.put_the_post_late();
         c.observed.messages[2].may_fail = c.observed.messages[2].was_asked_again = true;
     }},
    {"",
     [](Case& c) {
         c.put_the_post_late();
         c.observed.messages[2].may_fail = true;
         c.observed.put_back.insert("server2");
     }},
    // Its home was put back, and refuses everybody meanwhile.
    {"",
     [](Case& c) {
         c.put_the_post_late();
         c.observed.messages[2].was_asked_again = true;
         c.observed.put_back.insert("server2");
     }},
    {"ordered",
     [](Case& c) {
         c.put_the_post_late();
         c.observed.messages[2].was_asked_again = true;
     }},
    {"ordered",
     [](Case& c) {
         c.put_the_post_late();
         c.observed.put_back.insert("server2");
     }},
    {"", [](Case& c) { c.send_files(); }},
    {"acknowledged",
     [](Case& c) {
         c.send_files();
         c.log(1).pop_back();
     }},
    {"acknowledged",
     [](Case& c) {
         c.send_files();
         for (std::size_t i = 0; i < 2; ++i)
             c.group_log(i).pop_back();
     }},
    {"invented",
     [](Case& c) {
         c.send_files();
         c.log(1).push_back(c.log(1).back());
         c.log(1).back().seq = Seq(4);
     }},
    {"invented",
     [](Case& c) {
         c.send_files();
         c.log(1)[2].kind = EntryKind::message;
         c.log(1)[2].text = "a.bin";
     }},
    {"carded",
     [](Case& c) {
         c.send_files();
         c.log(1)[2].text = Case::card("a.bin", "5b1f0c@server1", "7");
     }},
    {"carded",
     [](Case& c) {
         c.send_files();
         c.observed.contents["b.bin"] = "hallo\n";
     }},
    {"carded",
     [](Case& c) {
         c.send_files();
         c.observed.messages[3].file_code = "5b1f0d";
     }},
    // Into a group elsewhere: whoever asks again is told another code only by a server that has forgotten the first.
    {"carded",
     [](Case& c) {
         c.send_files();
         c.observed.messages[4].file_code = "5b1f0d";
     }},
    {"carded",
     [](Case& c) {
         c.send_files();
         c.observed.messages[4].file_code = "5b1f0d";
         c.observed.messages[4].was_asked_again = true;
     }},
    {"",
     [](Case& c) {
         c.send_files();
         c.observed.messages[4].file_code = "5b1f0d";
         c.observed.messages[4].was_asked_again = true;
         c.observed.put_back.insert("server1");
         c.observed.put_back.insert("server2");
     }},
    {"carded",
     [](Case& c) {
         c.send_files();
         c.observed.messages[3].file_code = "5b1f0d";
         c.observed.messages[3].was_asked_again = true;
     }},
    {"carded",
     [](Case& c) {
         c.send_files();
         c.log(1)[2].text = Case::card("a.bin", "5b1f0c");
     }},
    {"same",
     [](Case& c) {
         c.send_files();
         c.group_log(0)[2].body = Case::card("b.bin", "5b1f0d");
     }},
    // It has no key, and nobody knows whether it was sent; but where it is it has to arrive.
    {"",
     [](Case& c) {
         c.send_files();
         c.observed.messages[3].fate = Fate::unknown;
         c.observed.messages[3].is_given_up = true;
     }},
    {"",
     [](Case& c) {
         c.send_files();
         c.observed.messages[3].fate = Fate::unknown;
         c.observed.messages[3].is_given_up = true;
         c.log(0).pop_back();
         c.log(1).pop_back();
     }},
    {"acknowledged",
     [](Case& c) {
         c.send_files();
         c.observed.messages[3].fate = Fate::unknown;
         c.observed.messages[3].is_given_up = true;
         c.log(1).pop_back();
     }},
    {"complaint", [](Case& c) { c.observed.complaints.push_back("no"); }},
};

TEST(FederationChecker, NoticesWhatIsBroken) {
    for (std::size_t i = 0; i < std::size(breakages); ++i) {
        SCOPED_TRACE(i);
        Case broken;
        breakages[i].make(broken);
        const std::vector<std::string> rules = broken_federation_rules(broken.observed, broken.stores);
        const std::string expected = breakages[i].rule;
        EXPECT_EQ(rules.empty(), expected.empty()) << (rules.empty() ? std::string() : rules.front());
        const bool is_named = expected.empty() || std::any_of(rules.begin(), rules.end(), [&](const std::string& rule) {
                                  return rule.starts_with(expected + ":");
                              });
        EXPECT_TRUE(is_named) << expected << " but " << (rules.empty() ? std::string() : rules.front());
    }
}

}  // namespace
}  // namespace obrol
