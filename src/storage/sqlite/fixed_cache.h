// A cache of bounded size without a list to keep in order: a key has four places it can be in, and when all are taken
// it pushes out the one that came there first. Grows by doubling up to its limit, so a small server has a small cache.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace obrol::sqlite {

// `Hash` must spread well over its low bits; use mix() there.
template <class Key, class Value, class Hash>
class FixedCache {
  public:
    // Room for at least `entries_max`, rounded up to a power of two.
    explicit FixedCache(std::size_t entries_max) {
        while (sets_max_ * places < entries_max)
            sets_max_ *= 2;
    }

    // Valid until the next put() or clear().
    template <class AnyKey>
    Value* find(const AnyKey& key) {
        if (sets_.empty()) return nullptr;
        Set& set = set_of(key);
        for (std::size_t i = 0; i < set.used; ++i) {
            if (set.slots[i].first == key) return &set.slots[i].second;
        }
        return nullptr;
    }

    // Replaces the key's value. What had to make room, if anything.
    std::optional<std::pair<Key, Value>> put(Key key, Value value) {
        if (Value* known = find(key)) {
            *known = std::move(value);
            return std::nullopt;
        }
        if (sets_.empty()) sets_.resize(1);
        while (set_of(key).used == places && sets_.size() < sets_max_)
            grow();
        Set& set = set_of(key);
        if (set.used < places) {
            set.slots[set.used++] = {std::move(key), std::move(value)};
            return std::nullopt;
        }
        auto& slot = set.slots[set.next_out];
        set.next_out = static_cast<std::uint8_t>((set.next_out + 1) % places);
        return std::exchange(slot, {std::move(key), std::move(value)});
    }

    void clear() { sets_.clear(); }

  private:
    static constexpr std::size_t places = 4;
    struct Set {
        std::array<std::pair<Key, Value>, places> slots{};
        std::uint8_t used = 0;
        std::uint8_t next_out = 0;
    };

    template <class AnyKey>
    Set& set_of(const AnyKey& key) {
        return sets_[Hash()(key) & (sets_.size() - 1)];
    }

    void grow() {
        std::vector<Set> old(sets_.size() * 2);
        old.swap(sets_);
        for (Set& set : old) {
            for (std::size_t i = 0; i < set.used; ++i) {
                // A set's keys go to two sets, so there is room.
                Set& to = set_of(set.slots[i].first);
                to.slots[to.used++] = std::move(set.slots[i]);
            }
        }
    }

    std::vector<Set> sets_;
    std::size_t sets_max_ = 1;
};

// Every bit of the result depends on every bit of `value` (the finalizer of SplitMix64).
constexpr std::size_t mix(std::uint64_t value) {
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9ull;
    value = (value ^ value >> 27) * 0x94D049BB133111EBull;
    return static_cast<std::size_t>(value ^ value >> 31);
}

}  // namespace obrol::sqlite
