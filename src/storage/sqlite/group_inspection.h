// The part of inspect.h that is about groups and contacts.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "storage/sqlite/connection.h"
#include "storage/store.h"

namespace obrol::sqlite {

class GroupInspection {
  public:
    using OnProblem = std::function<void(std::string what)>;

    // Reads who was a member when. The connection must outlive it.
    GroupInspection(Connection& connection, OnProblem on_problem);

    bool was_member(ConversationId group, UserId user, Seq at) const;
    bool ever_was_member(ConversationId group, UserId user) const { return visits_.contains({group, user}); }
    bool is_at_home_elsewhere(ConversationId group) const { return replicas_.contains(group); }
    // How many pairs of a group and somebody who ever was a member of it there are.
    std::size_t participations() const { return visits_.size(); }

    // `last_of` gives the last seq of a conversation's log; 0: there is none.
    void check(const std::function<Seq(ConversationId)>& last_of);

  private:
    void check_visits(const std::function<Seq(ConversationId)>& last_of);
    void check_rows();

    Connection& connection_;
    OnProblem problem_;
    std::map<std::pair<ConversationId, UserId>, Visible> visits_;
    std::set<ConversationId> replicas_;
};

}  // namespace obrol::sqlite
