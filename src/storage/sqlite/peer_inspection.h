// The part of inspect.h that is about other servers.
#pragma once

#include <functional>
#include <string>

#include "storage/sqlite/connection.h"
#include "storage/sqlite/entry_rows.h"

namespace obrol::sqlite {

class PeerInspection {
  public:
    using OnProblem = std::function<void(std::string what)>;

    // Both must outlive it.
    PeerInspection(Connection& connection, EntryRows& entries, OnProblem on_problem);

    void check();

  private:
    void check_outbox();
    void check_rows();

    Connection& connection_;
    EntryRows& entries_;
    OnProblem problem_;
};

}  // namespace obrol::sqlite
