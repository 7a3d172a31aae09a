// How far one user has fetched one conversation, with answers that are still on their way (DESIGN section 4, Fetching):
// a range is reserved when an answer is made, confirmed once the kernel took it, released when the connection died.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "model/ids.h"

namespace obrol {

class FetchCursor {
  public:
    struct Range {
        Seq after;  // exclusive
        Seq upto;   // inclusive
        friend bool operator==(const Range&, const Range&) = default;
    };

    explicit FetchCursor(Seq fetched) : fetched_(fetched) {}

    // Everything up to here was confirmed.
    Seq fetched() const { return fetched_; }
    bool has_reservations() const { return !reserved_.empty(); }

    // The first seqs up to `last` that nobody has reserved, at most `count_max` of them; none when there are none.
    std::optional<Range> available(Seq last, std::int64_t count_max) const;
    // Takes a range that available() gave.
    void reserve(Range range);
    // Both take a range as it was reserved. Confirming moves fetched() once everything before is confirmed too; a
    // released range is available again.
    void confirm(Range range);
    void release(Range range);
    // Gives back what lies beyond `upto`; a range of which nothing remains is released.
    Range shorten(Range range, Seq upto);

  private:
    struct Reserved {
        Range range;
        bool confirmed = false;
    };
    std::vector<Reserved>::iterator find(Range range);

    Seq fetched_;
    std::vector<Reserved> reserved_;  // ascending, disjoint, all beyond fetched_
};

}  // namespace obrol
