#include "tests/sim/checker.h"

#include <functional>
#include <gtest/gtest.h>

namespace obrol {
namespace {

using Fate = SentMessage::Fate;

// Two messages from ann to bob, acknowledged, stored and handed over: nothing is broken.
struct Case {
    Observed observed;
    std::vector<CheckedConversation> stored;
    CheckOptions options;

    Case() {
        observed.lives.resize(1);
        send("one", {"bob"});
        send("two", {"bob"});
        stored.push_back({"ann", "bob", {{Seq(1), "ann", "one"}, {Seq(2), "ann", "two"}}});
        fetch("bob", {{"ann", "one"}, {"ann", "two"}});
    }
    SentMessage& send(std::string text, std::vector<std::string> to, Fate fate = Fate::acknowledged) {
        SentMessage message;
        message.sender = "ann";
        message.to = std::move(to);
        message.text = std::move(text);
        message.connection = 1;
        message.fate = fate;
        observed.sent.push_back(message);
        return observed.sent.back();
    }
    Fetch& fetch(std::string receiver, std::vector<Fetch::Message> messages) {
        const std::uint64_t order = 10 * (observed.fetches.size() + 1);
        Fetch fetch;
        fetch.receiver = std::move(receiver);
        fetch.connection = 2;
        fetch.life = observed.lives.size() - 1;
        fetch.asked = order;
        fetch.taken = order + 1;
        fetch.messages = std::move(messages);
        observed.fetches.push_back(fetch);
        return observed.fetches.back();
    }
    std::vector<CheckedEntry>& log() { return stored[0].entries; }
};

struct Breakage {
    const char* rule;  // how the complaint begins; empty: nothing is broken
    const char* what;
    std::function<void(Case&)> apply;
};

TEST(Checker, FindsWhatIsBrokenAndNothingElse) {
    const Breakage breakages[] = {
        {"", "all is well", [](Case&) {}},
        {"acknowledged", "an acknowledged message is lost", [](Case& it) { it.send("three", {"bob"}); }},
        {"", "an unanswered one may be lost", [](Case& it) { it.send("three", {"bob"}, Fate::unknown); }},
        {"acknowledged", "one of two recipients lacks it", [](Case& it) { it.observed.sent[1].to.push_back("eve"); }},
        {"invented", "an unanswered one is with some of its recipients",
         [](Case& it) {
             it.observed.sent[1].to.push_back("eve");
             it.observed.sent[1].fate = Fate::unknown;
         }},
        {"invented", "a refused message is there", [](Case& it) { it.observed.sent[1].fate = Fate::refused; }},
        {"invented", "one that was to be refused is there", [](Case& it) { it.observed.sent[1].impossible = true; }},
        {"invented", "nobody sent it",
         [](Case& it) {
             it.log().push_back({Seq(3), "ann", "three"});
         }},
        {"invented", "somebody else sent it", [](Case& it) { it.log()[1].sender = "bob"; }},
        {"invented", "it is there twice",
         [](Case& it) {
             it.log().push_back({Seq(3), "ann", "two"});
         }},
        {"numbered", "a gap", [](Case& it) { it.log()[1].seq = Seq(3); }},
        {"numbered", "it does not begin with 1", [](Case& it) { it.log()[0].seq = Seq(0); }},
        {"ordered", "behind a later one", [](Case& it) { std::swap(it.log()[0].text, it.log()[1].text); }},
        {"", "unanswered and late, from an earlier connection",
         [](Case& it) {
             std::swap(it.log()[0].text, it.log()[1].text);
             it.observed.sent[0].fate = Fate::unknown;
             it.observed.sent[0].connection = 0;
             std::swap(it.observed.fetches[0].messages[0], it.observed.fetches[0].messages[1]);
         }},
        {"committed", "handed over and in no log",
         [](Case& it) {
             it.fetch("bob", {{"ann", "zero"}});
         }},
        {"prefix", "handed over in the wrong order",
         [](Case& it) { std::swap(it.observed.fetches[0].messages[0], it.observed.fetches[0].messages[1]); }},
        {"prefix", "one was left out",
         [](Case& it) {
             it.observed.fetches[0].messages.erase(it.observed.fetches[0].messages.begin());
             it.fetch("bob", {{"ann", "one"}});
         }},
        {"", "another connection had it reserved",
         [](Case& it) {
             it.observed.fetches[0].messages.erase(it.observed.fetches[0].messages.begin());
             Fetch& later = it.fetch("bob", {{"ann", "one"}});
             later.connection = 1;
             later.asked = 5;
         }},
        {"repeated", "handed over twice",
         [](Case& it) {
             it.fetch("bob", {{"ann", "two"}});
         }},
        {"repeated", "again after a stop in peace",
         [](Case& it) {
             it.observed.lives[0].end = LifeEnd::stopped;
             it.observed.lives.emplace_back();
             it.fetch("bob", {{"ann", "two"}});
         }},
        {"", "again after a kill",
         [](Case& it) {
             it.observed.lives[0].end = LifeEnd::killed;
             it.observed.lives.emplace_back();
             it.fetch("bob", {{"ann", "two"}});
         }},
        {"repeated", "again although the kill came much later",
         [](Case& it) {
             it.observed.lives[0] = {LifeEnd::killed, MonotonicTime(std::chrono::minutes(1))};
             it.observed.lives.emplace_back();
             it.fetch("bob", {{"ann", "two"}});
         }},
        {"delivered", "never handed over", [](Case& it) { it.observed.fetches[0].messages.pop_back(); }},
        {"", "not handed over, and nobody asked",
         [](Case& it) {
             it.observed.fetches[0].messages.pop_back();
             it.options.drained = false;
         }},
        {"complaint", "a user complained", [](Case& it) { it.observed.complaints.push_back("ann: what?"); }},
    };
    for (const Breakage& breakage : breakages) {
        SCOPED_TRACE(breakage.what);
        Case it;
        breakage.apply(it);
        const std::vector<std::string> broken = broken_rules(it.observed, it.stored, it.options);
        const std::string rule = breakage.rule;
        if (rule.empty()) {
            EXPECT_EQ(broken, std::vector<std::string>());
            continue;
        }
        const bool is_found = std::any_of(broken.begin(), broken.end(),
                                          [&](const std::string& found) { return found.starts_with(rule + ":"); });
        EXPECT_TRUE(is_found) << testing::PrintToString(broken);
    }
}

}  // namespace
}  // namespace obrol
