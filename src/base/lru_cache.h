// A bounded map that forgets what was not used for longest. One thread.
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <optional>
#include <unordered_set>
#include <utility>

#include "base/check.h"

namespace obrol {

template <class Key, class Value, class Hash = std::hash<Key>>
class LruCache {
  public:
    explicit LruCache(std::size_t capacity) : capacity_(capacity) { OBROL_CHECK(capacity > 0); }

    // The value, now the most recently used; null when it is not there. Valid until the next put or erase.
    Value* find(const Key& key) {
        const auto found = index_.find(key);
        if (found == index_.end()) return nullptr;
        const auto item = *found;
        items_.splice(items_.begin(), items_, item);
        return &item->second;
    }

    // Replaces what was there. Afterwards items beyond the capacity go, oldest first, unless `is_pinned` says that
    // somebody still needs them: those are kept and count as used.
    template <class IsPinned>
    Value& put(const Key& key, Value value, IsPinned is_pinned) {
        if (Value* existing = find(key)) {
            *existing = std::move(value);
            return *existing;
        }
        items_.emplace_front(key, std::move(value));
        index_.insert(items_.begin());
        const auto added = items_.begin();
        shrink(added, is_pinned);
        return added->second;
    }
    Value& put(const Key& key, Value value) {
        return put(key, std::move(value), [](const Value&) { return false; });
    }

    void erase(const Key& key) {
        const auto found = index_.find(key);
        if (found == index_.end()) return;
        const auto item = *found;
        index_.erase(found);
        items_.erase(item);
    }

    // What was not used for longest goes; none when nothing is there.
    std::optional<std::pair<Key, Value>> take_oldest() {
        if (items_.empty()) return std::nullopt;
        const auto oldest = std::prev(items_.end());
        index_.erase(oldest);
        std::optional<std::pair<Key, Value>> taken(std::move(*oldest));
        items_.erase(oldest);
        return taken;
    }

    void clear() {
        if (items_.empty()) return;
        index_.clear();
        items_.clear();
    }

    // Most recently used first.
    template <class Visit>
    void for_each(Visit visit) {
        for (auto& [key, value] : items_)
            visit(key, value);
    }

    std::size_t size() const { return items_.size(); }

  private:
    using Items = std::list<std::pair<Key, Value>>;
    using Item = typename Items::iterator;
    // Items by their keys, which stand in the items alone.
    struct HashOfKey {
        using is_transparent = void;
        std::size_t operator()(const Key& key) const { return Hash()(key); }
        std::size_t operator()(Item item) const { return Hash()(item->first); }
    };
    struct SameKey {
        using is_transparent = void;
        bool operator()(Item one, Item other) const { return one->first == other->first; }
        bool operator()(const Key& key, Item item) const { return key == item->first; }
        bool operator()(Item item, const Key& key) const { return item->first == key; }
    };

    // Looks at a few items only, so that a cache full of pinned ones does not make every put slow.
    static constexpr int looks_max = 8;

    template <class IsPinned>
    void shrink(Item added, IsPinned is_pinned) {
        for (int looks = 0; looks < looks_max && items_.size() > capacity_; ++looks) {
            const auto oldest = std::prev(items_.end());
            if (oldest == added) return;
            if (is_pinned(oldest->second)) {
                items_.splice(items_.begin(), items_, oldest);
            } else {
                index_.erase(oldest);
                items_.erase(oldest);
            }
        }
    }

    std::size_t capacity_;
    Items items_;  // most recently used first
    std::unordered_set<Item, HashOfKey, SameKey> index_;
};

}  // namespace obrol
