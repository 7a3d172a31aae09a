#include "storage/sqlite/reader_pool.h"

namespace obrol::sqlite {

ReaderPool::Place& ReaderPool::take() {
    const std::lock_guard lock(gate_);
    for (const auto& place : places_) {
        if (place->in_use.try_lock()) return *place;
    }
    Place& made = *places_.emplace_back(std::make_unique<Place>());
    made.in_use.lock();
    return made;
}

void ReaderPool::close() {
    const Pause pause(*this);
    for (const auto& place : places_)
        place->reader.reset();
}

ReaderPool::Pause::Pause(ReaderPool& pool) : gate_(pool.gate_) {
    // A reader holds its place without the gate, so each of these waits for one read at most.
    for (const auto& place : pool.places_)
        places_.emplace_back(place->in_use);
}

}  // namespace obrol::sqlite
