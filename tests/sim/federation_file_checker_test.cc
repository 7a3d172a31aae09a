#include "tests/sim/federation_file_checker.h"

#include <algorithm>
#include <functional>
#include <gtest/gtest.h>

#include "base/crypto/sha256.h"
#include "model/file.h"

namespace obrol {
namespace {

using Fate = SentMessage::Fate;

const std::string digest = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";
const std::string content = "hello\n";

std::string card(const std::string& code, const std::string& name) {
    return code + " 6 " + digest + ' ' + name;
}

// ann of server1 sent a file to bob of server2, one into his folder, and one into a group of both that is at home
// there: nothing is broken.
struct Case {
    FederationObserved observed;
    std::vector<FederatedStore> stores;

    Case() {
        observed.staying = {"ann@server1", "bob@server2"};
        send("a.bin", "bob@server2");
        send("b.bin", "bob@server2").into_folder = true;
        observed.kept.push_back({"ann@server1", "b.bin", true});
        send("c.bin", "#lab@server2");
        stores.push_back({"server1", {}});
        stores.push_back({"server2", {}});
        stores[0].stored.conversations.push_back({"ann", "bob@server2", direct("ann", "")});
        stores[1].stored.conversations.push_back({"ann@server1", "bob", direct("ann@server1", "@server1")});
        stores[0].stored.groups.push_back({"lab@server2", ConversationId(2), group("ann", "")});
        stores[1].stored.groups.push_back({"lab", ConversationId(2), group("ann@server1", "@server1")});
        for (const char* name : {"a.bin", "b.bin", "c.bin"}) {
            show("ann@server1", code_of(name), name);
            show("bob@server2", code_of(name) + "@server1", name);
        }
        for (FederatedStore& store : stores) {
            store.blobs.blobs[parse_blob_digest(digest).value()] = content;
            store.was_calm = true;
        }
        // What somebody sends into groups elsewhere he keeps.
        for (const char* name : {"b.bin", "c.bin"}) {
            show("ann@server1", "", name);
            show("bob@server2", "", name);
        }
    }
    FederatedMessage& send(const std::string& name, const std::string& to) {
        FederatedMessage message;
        message.sender = "ann@server1";
        message.to = {to};
        message.text = name;
        message.is_file = true;
        message.fate = Fate::acknowledged;
        observed.messages.push_back(message);
        observed.contents[name] = content;
        return observed.messages.back();
    }
    // bob's, to himself: forgotten, if his server was put back.
    void send_equal_bytes() {
        FederatedMessage& message = send("d.bin", "bob@server2");
        message.sender = "bob@server2";
        message.is_forgotten = true;
    }
    static std::string code_of(const std::string& name) { return name.substr(0, 1) + "00000"; }
    static std::vector<CheckedEntry> direct(const std::string& sender, const std::string& behind) {
        return {{Seq(1), sender, card(code_of("a.bin") + behind, "a.bin"), "a-id", EntryKind::file},
                {Seq(2), sender, card(code_of("b.bin") + behind, "b.bin"), "b-id", EntryKind::file}};
    }
    static std::vector<CheckedGroupEntry> group(const std::string& sender, const std::string& behind) {
        return {{Seq(1), "c-id", EntryKind::file, sender, card(code_of("c.bin") + behind, "c.bin")}};
    }
    void show(const std::string& reader, const std::string& code, const std::string& name) {
        observed.found.push_back({reader, code, name, content.size(), digest, content, {}});
    }
    FoundFile& found(const std::string& reader, const std::string& name, bool in_folder = false) {
        return *std::ranges::find_if(observed.found, [&](const FoundFile& file) {
            return file.reader == reader && file.name == name && file.code.empty() == in_folder;
        });
    }
    void hide(const std::string& reader, const std::string& name, bool in_folder = false) {
        std::erase_if(observed.found, [&](const FoundFile& file) {
            return file.reader == reader && file.name == name && file.code.empty() == in_folder;
        });
    }
    void lose(const std::string& reader, const std::string& name) {
        found(reader, name).bytes.reset();
        found(reader, name).refusal = "not-found";
    }
};

struct Breakage {
    const char* rule;  // how the complaint begins; empty: nothing is broken
    std::function<void(Case&)> make;
};

const Breakage breakages[] = {
    {"", [](Case&) {}},
    {"fetched", [](Case& c) { c.hide("bob@server2", "a.bin"); }},
    {"fetched", [](Case& c) { c.hide("ann@server1", "a.bin"); }},
    {"fetched", [](Case& c) { c.hide("bob@server2", "c.bin"); }},
    {"fetched", [](Case& c) { c.show("bob@server2", "a00000@server1", "a.bin"); }},
    {"fetched", [](Case& c) { c.show("bob@server2", "d00000@server1", "d.bin"); }},
    {"fetched", [](Case& c) { c.show("bob@server2", "f00000@server1", "a.bin"); }},
    {"fetched", [](Case& c) { c.found("bob@server2", "a.bin").code = "e00000@server1"; }},
    {"fetched", [](Case& c) { c.found("bob@server2", "a.bin").size = 7; }},
    {"fetched", [](Case& c) { c.found("bob@server2", "a.bin").bytes = "hallo\n"; }},
    {"fetched", [](Case& c) { c.found("bob@server2", "a.bin").digest[0] = '6'; }},
    {"fetched", [](Case& c) { c.lose("bob@server2", "a.bin"); }},
    // Somebody who comes and goes sees what he sees, but that has to be right.
    {"", [](Case& c) { c.show("eve@server2", "c00000@server1", "c.bin"); }},
    {"fetched",
     [](Case& c) {
         c.show("eve@server2", "c00000@server1", "c.bin");
         c.lose("eve@server2", "c.bin");
     }},
    // The author's server was put back to before the file, or to before another one.
    {"",
     [](Case& c) {
         c.lose("bob@server2", "a.bin");
         c.observed.put_back.insert("server1");
         c.observed.messages[0].is_forgotten = true;
     }},
    {"fetched",
     [](Case& c) {
         c.lose("bob@server2", "a.bin");
         c.observed.put_back.insert("server1");
         c.observed.messages[1].is_forgotten = true;
     }},
    // Not even where the reader's server was, and has lost a file of its own with those bytes.
    {"fetched",
     [](Case& c) {
         c.lose("bob@server2", "a.bin");
         c.send_equal_bytes();
         c.observed.put_back.insert("server2");
     }},
    {"fetched",
     [](Case& c) {
         c.lose("bob@server2", "a.bin");
         c.send_equal_bytes();
     }},
    {"folder", [](Case& c) { c.hide("bob@server2", "b.bin", true); }},
    {"folder", [](Case& c) { c.hide("bob@server2", "c.bin", true); }},
    {"folder", [](Case& c) { c.found("bob@server2", "b.bin", true).bytes = "hallo\n"; }},
    {"folder", [](Case& c) { c.show("bob@server2", "", "b.bin"); }},
    {"folder", [](Case& c) { c.show("bob@server2", "", "a.bin"); }},
    // His own: he put it there, or it went into a group elsewhere.
    {"folder", [](Case& c) { c.hide("ann@server1", "b.bin", true); }},
    {"folder", [](Case& c) { c.hide("ann@server1", "c.bin", true); }},
    {"",
     [](Case& c) {
         c.hide("ann@server1", "b.bin", true);
         c.observed.kept.front().is_acknowledged = false;
     }},
    {"",
     [](Case& c) {
         c.hide("ann@server1", "c.bin", true);
         c.observed.put_back.insert("server1");
     }},
    {"kept", [](Case& c) { c.stores[1].blobs.blobs.clear(); }},
    {"kept", [](Case& c) { c.stores[1].blobs.blobs.begin()->second = "hallo\n"; }},
    {"kept", [](Case& c) { c.stores[1].blobs.blobs[sha256("")]; }},
    {"",
     [](Case& c) {
         c.stores[1].blobs.blobs[sha256("")];
         c.stores[1].blobs.drafts[1] = "hel";
         c.stores[1].was_calm = false;
     }},
    {"kept", [](Case& c) { c.stores[1].blobs.drafts[1] = "hel"; }},
    {"folder",
     [](Case& c) {
         c.observed.kept.clear();  // of what ann sent herself she has none
     }},
};

TEST(FederationFileChecker, NoticesWhatIsBroken) {
    for (std::size_t i = 0; i < std::size(breakages); ++i) {
        SCOPED_TRACE(i);
        Case broken;
        breakages[i].make(broken);
        const std::vector<std::string> rules = broken_federated_file_rules(broken.observed, broken.stores);
        const std::string expected = breakages[i].rule;
        EXPECT_EQ(rules.empty(), expected.empty()) << (rules.empty() ? std::string() : rules.front());
        const bool is_named = expected.empty() || std::ranges::any_of(rules, [&](const std::string& rule) {
                                  return rule.starts_with(expected + ":");
                              });
        EXPECT_TRUE(is_named) << expected << " but " << (rules.empty() ? std::string() : rules.front());
    }
}

}  // namespace
}  // namespace obrol
