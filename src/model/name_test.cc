#include "model/name.h"

#include <gtest/gtest.h>

namespace obrol {
namespace {

TEST(UserName, IsCheckedRuleByRule) {
    const struct {
        std::string name;
        NameProblem problem;
    } cases[] = {
        {"messi", NameProblem::none},
        {"7of9", NameProblem::none},
        {"a.b_c-d", NameProblem::none},
        {std::string(100, 'x'), NameProblem::none},
        {std::string(101, 'x'), NameProblem::too_long},
        {"", NameProblem::empty},
        {".hidden", NameProblem::bad_start},
        {"-x", NameProblem::bad_start},
        {"a b", NameProblem::bad_character},
        {"a@b", NameProblem::bad_character},
        {"caf\xC3\xA9", NameProblem::bad_character},
        {std::string("a\0b", 3), NameProblem::bad_character},
        {"a..b", NameProblem::double_dot},
        {"9abf3546-137d-4fd7-9d18-1f33e82acf8d", NameProblem::uuid_form},
        {"Server", NameProblem::reserved},
        {"SYSTEM", NameProblem::reserved},
        {"admin", NameProblem::reserved},
        {"admins", NameProblem::none},
    };
    for (const auto& c : cases) {
        EXPECT_EQ(check_user_name(c.name), c.problem) << c.name;
        EXPECT_EQ(to_string(c.problem).empty(), c.problem == NameProblem::none);
    }
}

TEST(UserName, IsComparedWithoutCase) {
    EXPECT_EQ(name_key("Lionel-MESSI_10"), "lionel-messi_10");
}

}  // namespace
}  // namespace obrol
