// The part of inspect.h that is about files.
#pragma once

#include <functional>
#include <string>

#include "storage/sqlite/connection.h"
#include "storage/sqlite/entry_rows.h"

namespace obrol::sqlite {

class FileInspection {
  public:
    using OnProblem = std::function<void(std::string what)>;

    // Both must outlive it.
    FileInspection(Connection& connection, EntryRows& entries, OnProblem on_problem);

    void check();

  private:
    void check_entries();
    void check_folders();
    void check_counts();

    Connection& connection_;
    EntryRows& entries_;
    OnProblem problem_;
};

}  // namespace obrol::sqlite
