// As many readers as are used at the same time, and a way for the writer to hold all of them out for a moment: the
// write-ahead log can begin anew, or be truncated, only while nobody reads from it.
#pragma once

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "storage/sqlite/newest_entries.h"
#include "storage/sqlite/options.h"
#include "storage/sqlite/reader.h"

namespace obrol::sqlite {

class ReaderPool {
  public:
    // `tail` must outlive it.
    ReaderPool(SqliteOptions options, const Tail& tail)
        : options_(std::move(options)), tail_(tail), newest_(options_.history_cache_kib * 1024) {}

    // Calls `read(Reader&)` with a reader of its own, from any thread. Throws SqliteFailed.
    template <class Read>
    auto with_reader(Read read);

    // No reader reads and none begins as long as this lives. Waits for those who are reading: milliseconds.
    class Pause;

    // What the readers keep of entries: to be told of bodies that change.
    NewestEntries& newest_entries() { return newest_; }

    // Nobody may read any more.
    void close();

  private:
    struct Place {
        std::mutex in_use;
        std::unique_ptr<Reader> reader;
    };
    // Locks it.
    Place& take();

    const SqliteOptions options_;
    const Tail& tail_;
    NewestEntries newest_;
    std::mutex gate_;  // taken to begin a read, and to change places_
    std::vector<std::unique_ptr<Place>> places_;
};

class ReaderPool::Pause {
  public:
    explicit Pause(ReaderPool& pool);
    Pause(const Pause&) = delete;
    Pause& operator=(const Pause&) = delete;

  private:
    std::unique_lock<std::mutex> gate_;
    std::vector<std::unique_lock<std::mutex>> places_;
};

template <class Read>
auto ReaderPool::with_reader(Read read) {
    Place& place = take();
    const std::unique_lock in_use(place.in_use, std::adopt_lock);
    // Opened by who needs it, outside of the gate.
    if (!place.reader) place.reader = std::make_unique<Reader>(options_, tail_, newest_);
    return read(*place.reader);
}

}  // namespace obrol::sqlite
