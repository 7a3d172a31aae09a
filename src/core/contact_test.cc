#include <gtest/gtest.h>

#include "tests/support/people.h"

namespace obrol {
namespace {

class ContactTest : public testing::Test {
  protected:
    explicit ContactTest(Chat::Options options = {}) : parts(1, std::move(options)) {
        for (const char* name : {"messi", "maya"})
            people.add(name);
        for (const char* name : {"izza", "nania"})
            parts.add_user(name);
    }
    static AddContacts add(const std::string& names) { return AddContacts{parse_address_list(names)}; }
    static RemoveContacts remove(const std::string& names) { return RemoveContacts{parse_address_list(names)}; }
    // "maya+ izza": who is online is marked.
    std::string contacts(const std::string& name) {
        std::string text;
        for (const auto& contact : people.get<ContactList>(name, ListContacts{}).contacts)
            text += (text.empty() ? "" : " ") + contact.user.name + (contact.online ? "+" : "");
        return text;
    }

    ChatParts parts;
    People people{parts};
};

TEST_F(ContactTest, AreAddedOnceAndListedInTheirOrder) {
    EXPECT_EQ(contacts("messi"), "");
    EXPECT_EQ(people.get<ContactsChanged>("messi", add("nania")).done, std::vector<std::string>{"nania"});
    const auto added = people.get<ContactsChanged>("messi", add("MAYA,nania,maya,pogba,messi,x@B"));
    EXPECT_EQ(added.done, (std::vector<std::string>{"maya", "nania"}));
    ASSERT_EQ(added.failed.size(), 3u);
    EXPECT_EQ(added.failed[0].name, "pogba");
    EXPECT_EQ(added.failed[0].why, ChatError::unknown_recipient);
    EXPECT_EQ(added.failed[1].name, "messi");
    EXPECT_EQ(added.failed[1].why, ChatError::oneself);
    EXPECT_EQ(added.failed[2].name, "x@B");
    EXPECT_EQ(added.failed[2].why, ChatError::unknown_server);
    EXPECT_EQ(contacts("messi"), "nania maya+");
    EXPECT_EQ(contacts("maya"), "") << "one-sided";
}

TEST_F(ContactTest, AreRemoved) {
    people.get<ContactsChanged>("messi", add("maya,izza"));
    const auto removed = people.get<ContactsChanged>("messi", remove("nania,maya"));
    EXPECT_EQ(removed.done, std::vector<std::string>{"maya"});
    ASSERT_EQ(removed.failed.size(), 1u);
    EXPECT_EQ(removed.failed[0].name, "nania");
    EXPECT_EQ(removed.failed[0].why, ChatError::not_a_contact);
    EXPECT_EQ(contacts("messi"), "izza");
}

TEST_F(ContactTest, ARequestThatDoesNothingIsRefusedWithTheFirstReason) {
    const Refused oneself = people.refusal("messi", add("messi"));
    EXPECT_EQ(oneself.why, ChatError::oneself);
    EXPECT_EQ(oneself.subject, "messi");
    EXPECT_FALSE(oneself.of_several);
    const Refused several = people.refusal("messi", remove("pogba,maya"));
    EXPECT_EQ(several.why, ChatError::unknown_recipient);
    EXPECT_EQ(several.subject, "pogba");
    EXPECT_TRUE(several.of_several);
    EXPECT_EQ(people.why("messi", add("")), ChatError::missing_argument);
    parts.store.fail_next_append(StoreFailure{StoreFailure::Kind::write_failed, "full"});
    EXPECT_EQ(people.why("messi", add("maya")), ChatError::not_stored);
    parts.store.fail_next_read("a bad page");
    EXPECT_EQ(people.why("messi", ListContacts{}), ChatError::unavailable);
}

TEST_F(ContactTest, OneRequestIsOneCommit) {
    people.get<ContactsChanged>("maya", add("messi,izza"));
    const std::uint64_t before = parts.commits.commits();
    people.get<ContactsChanged>("messi", add("maya,izza,nania"));
    EXPECT_EQ(parts.commits.commits(), before + 1);
}

class FewContactsTest : public ContactTest {
  protected:
    static Chat::Options few() {
        Chat::Options options;
        options.contacts_per_user_max = 2;
        return options;
    }
    FewContactsTest() : ContactTest(few()) {}
};

TEST_F(FewContactsTest, AreLimited) {
    const auto added = people.get<ContactsChanged>("messi", add("maya,izza,nania"));
    EXPECT_EQ(added.done.size(), 2u);
    EXPECT_EQ(added.failed.at(0).why, ChatError::too_many_contacts);
    EXPECT_EQ(people.why("messi", add("nania")), ChatError::too_many_contacts);
    people.get<ContactsChanged>("messi", add("maya"));
    people.get<ContactsChanged>("messi", remove("maya"));
    people.get<ContactsChanged>("messi", add("nania"));
    EXPECT_EQ(contacts("messi"), "izza nania");
}

}  // namespace
}  // namespace obrol
