// What the suite needs to know of a store under test: how to run it and how to reopen it.
#pragma once

#include <functional>
#include <memory>
#include <ostream>
#include <string>

#include "io/task.h"
#include "storage/store.h"

namespace obrol {

class StoreFixture {
  public:
    enum class Reopening {
        clean,  // closed in good order
        crash,  // as after a power cut: what was not synced is gone
    };

    virtual ~StoreFixture() = default;
    // Another one after each reopen().
    virtual Store& store() = 0;
    // Runs `task` to its end on the store's executor.
    virtual void run(Task<void> task) = 0;
    // With nothing under way.
    virtual void reopen(Reopening how) = 0;
    virtual bool can_crash() const { return false; }
    // Lets the work that a store does behind its answers (indexes, checkpoints) come to rest.
    virtual void settle() {}
};

struct StoreKind {
    std::string name;  // of letters and digits; part of the tests' names
    std::function<std::unique_ptr<StoreFixture>()> make;

    friend void PrintTo(const StoreKind& kind, std::ostream* out) { *out << kind.name; }
};

}  // namespace obrol
