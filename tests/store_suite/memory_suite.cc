// The suite over the store in memory. What survives a reopening is what its MemoryTables hold; a crash is not
// different.
#include "io/deterministic_executor.h"
#include "storage/memory/memory_store.h"
#include "tests/store_suite/store_suite.h"

namespace obrol {
namespace {

class MemoryFixture final : public StoreFixture {
  public:
    Store& store() override { return *store_; }
    void run(Task<void> task) override {
        gate_.spawn(std::move(task));
        executor_.run_until_idle();
    }
    void reopen(Reopening) override { store_ = std::make_unique<MemoryStore>(executor_, tables_); }
    bool can_crash() const override { return true; }

  private:
    DeterministicExecutor executor_{1};
    Gate gate_{"store suite"};
    std::shared_ptr<MemoryTables> tables_ = std::make_shared<MemoryTables>();
    std::unique_ptr<MemoryStore> store_ = std::make_unique<MemoryStore>(executor_, tables_);
};

}  // namespace

OBROL_INSTANTIATE_STORE_SUITE(Stores, StoreKind{"Memory", [] { return std::make_unique<MemoryFixture>(); }});

}  // namespace obrol
