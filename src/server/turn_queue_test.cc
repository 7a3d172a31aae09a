#include "server/turn_queue.h"

#include <array>
#include <gtest/gtest.h>

namespace obrol {
namespace {

// Only their addresses are of interest.
std::array<char, 1000> somebody;

Connection& connection(std::size_t i) {
    return reinterpret_cast<Connection&>(somebody[i]);
}

TEST(TurnQueue, HasItsOrderWhoeverGoesAndComes) {
    TurnQueue queue;
    std::array<std::uint32_t, 1000> places{};
    std::size_t added = 0;
    for (std::size_t taken = 0; taken < somebody.size(); ++taken) {
        // Grows, then shrinks; every third goes while it waits, whatever the queue has moved meanwhile.
        while (added < somebody.size() && added < 2 * taken + 3) {
            places[added] = queue.add(connection(added));
            ++added;
        }
        ASSERT_EQ(queue.size(), added - taken);
        if (taken % 3 == 0) queue.forget(places[taken]);
        ASSERT_EQ(queue.next(), taken % 3 == 0 ? nullptr : &connection(taken)) << taken;
    }
    EXPECT_TRUE(queue.empty());
    const std::uint32_t place = queue.add(connection(1));
    queue.add(connection(2));
    queue.forget(place);
    EXPECT_EQ(queue.next(), nullptr);
    EXPECT_EQ(queue.next(), &connection(2));
    EXPECT_TRUE(queue.empty());
}

}  // namespace
}  // namespace obrol
