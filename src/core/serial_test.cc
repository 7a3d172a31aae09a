#include "core/serial.h"

#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "io/task.h"

namespace obrol {
namespace {

struct Pause {
    std::coroutine_handle<>& waiting;
    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> handle) { waiting = handle; }
    void await_resume() const {}
};

Task<> visit(Serial& serial, std::string& trace, char name, std::coroutine_handle<>* pause) {
    Serial::Turn turn = co_await serial.enter();
    trace.push_back(name);
    if (pause) co_await Pause{*pause};
    turn.end();
    trace.push_back(static_cast<char>(name - 'a' + 'A'));
}

TEST(Serial, LetsInOneAtATimeInTheOrderOfArrival) {
    Serial serial;
    std::string trace;
    Gate gate("test");
    std::coroutine_handle<> inside;
    gate.spawn(visit(serial, trace, 'a', &inside));
    gate.spawn(visit(serial, trace, 'b', nullptr));
    gate.spawn(visit(serial, trace, 'c', nullptr));
    EXPECT_EQ(trace, "a");
    inside.resume();
    EXPECT_EQ(trace, "abcCBA");  // each goes on inside the end() of the one before
    gate.spawn(visit(serial, trace, 'd', nullptr));
    EXPECT_EQ(trace, "abcCBAdD");
}

}  // namespace
}  // namespace obrol
