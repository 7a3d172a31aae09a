// The part of Reader that is about groups and contacts. Needs no transaction of its own where nothing is said here.
#pragma once

#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "storage/sqlite/connection.h"
#include "storage/store.h"

namespace obrol::sqlite {

class GroupReader {
  public:
    // The connection must outlive it.
    explicit GroupReader(const Connection& connection);

    std::optional<ConversationId> find_by_key(std::string_view id_key);
    std::optional<ConversationId> find_by_code(std::string_view code);
    // Within a read transaction. `last` is that of the last entry of kind `member`: what is said of the group holds as
    // of every later one that is there, too.
    std::optional<StoredGroup> find(ConversationId conversation);
    std::vector<Membership> groups_of(UserId user);
    Visible visible(UserId user, ConversationId conversation);
    // In every group that he ever was a member of.
    std::unordered_map<ConversationId, Visible> visible(UserId user);
    std::vector<UserId> banned(ConversationId conversation);
    std::vector<Membership> list(std::string_view after, std::size_t groups_max);
    std::vector<Group> with_retention();

    std::vector<UserId> contacts(UserId user);

  private:
    Statement find_by_key_;
    Statement find_by_code_;
    Statement find_;
    Statement members_;
    Statement groups_of_;
    Statement visible_;
    Statement visible_everywhere_;
    Statement banned_;
    Statement list_;
    Statement with_retention_;
    Statement contacts_;
};

}  // namespace obrol::sqlite
