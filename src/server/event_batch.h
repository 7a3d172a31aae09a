// What reaches the same listeners until they have written: every event is rendered once, behind the one before, and the
// connections share the bytes.
//
// A connection that takes everything follows the batch: what is appended later belongs to it as well, and nobody has to
// tell it (OutputQueue::follow()). So an event costs the same for two listeners and for two thousand. One that does not
// follow, because it is slow, or has something else to write in between, is told of each event by itself.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "core/audience.h"
#include "server/buffer_bytes.h"

namespace obrol {

// Bytes that several connections write. Counted once, for as long as anybody holds them. Only ever appended to.
class SharedText {
  public:
    explicit SharedText(BufferTotal& total) : counted_(total) {}

    const std::string& text() const { return text_; }
    // Calls write(std::string&), which appends; what it appended before it failed is taken back.
    template <class Write>
    void append(Write write) {
        const std::size_t size = text_.size();
        try {
            write(text_);
        } catch (...) {
            text_.resize(size);
            throw;
        }
        counted_.set(heap_bytes(text_));
    }
    // Keeps the memory. Only while nobody else holds it.
    void clear() { text_.clear(); }

  private:
    std::string text_;
    BufferBytes counted_;
};

// A part of it, which stays.
struct SharedPart {
    std::shared_ptr<const SharedText> whole;
    std::size_t begin = 0;
    std::size_t size = 0;

    std::string_view view() const { return std::string_view(whole->text()).substr(begin, size); }
};

class EventBatch {
  public:
    // `total` must outlive it and all of its parts.
    explicit EventBatch(BufferTotal& total) : total_(total) {}
    // Nobody may follow it.
    ~EventBatch() { OBROL_CHECK(followers_ == 0); }
    EventBatch(const EventBatch&) = delete;
    EventBatch& operator=(const EventBatch&) = delete;

    // Anew: these listeners, of whom nobody follows yet, and nobody else either. Parts that are held stay.
    void begin(Listeners listeners);
    const Listeners& listeners() const { return listeners_; }

    std::size_t size() const { return text_->text().size(); }
    std::string_view from(std::size_t begin) const { return std::string_view(text_->text()).substr(begin); }
    SharedPart part(std::size_t begin, std::size_t size) const { return {text_, begin, size}; }

    template <class Write>
    void append(Write write) {
        text_->append(std::move(write));
    }
    // Asks for everybody who does not follow whether he does from now on: follows(ListenerId).
    template <class Follows>
    void tell(Follows follows) {
        asked_.swap(apart_);
        for (const ListenerId listener : asked_)
            if (!follows(listener)) apart_.push_back(listener);
        asked_.clear();
    }
    bool is_followed() const { return followers_ > 0; }
    // Somebody follows; he does no longer.
    void joined() { ++followers_; }
    void left(ListenerId listener) {
        --followers_;
        apart_.push_back(listener);
    }

  private:
    BufferTotal& total_;
    Listeners listeners_;
    std::shared_ptr<SharedText> text_;
    std::vector<ListenerId> apart_;  // who does not follow; there is always room for all
    std::vector<ListenerId> asked_;  // scratch
    std::size_t followers_ = 0;
};

}  // namespace obrol
