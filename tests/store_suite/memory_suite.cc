// The suite over the store in memory. What survives a reopening is what its MemoryTables hold; a crash is not
// different.
#include "storage/memory/memory_store.h"
#include "tests/store_suite/store_suite.h"
#include "tests/support/run_task.h"

namespace obrol {
namespace {

class MemoryFixture final : public StoreFixture {
  public:
    Store& store() override { return *store_; }
    void run(Task<void> task) override { run_until_idle(executor_, std::move(task)); }
    void reopen(Reopening) override { store_ = std::make_unique<MemoryStore>(executor_, tables_); }
    bool can_crash() const override { return true; }

  private:
    DeterministicExecutor executor_{1};
    std::shared_ptr<MemoryTables> tables_ = std::make_shared<MemoryTables>();
    std::unique_ptr<MemoryStore> store_ = std::make_unique<MemoryStore>(executor_, tables_);
};

}  // namespace

OBROL_INSTANTIATE_STORE_SUITE(Stores, StoreKind{"Memory", [] { return std::make_unique<MemoryFixture>(); }});

}  // namespace obrol
