#include "io/frame_pool.h"

#include <cstring>
#include <gtest/gtest.h>
#include <set>
#include <thread>
#include <vector>

namespace obrol::detail {
namespace {

TEST(FramePool, LiveFramesNeverOverlap) {
    std::vector<std::pair<void*, std::size_t>> live;
    for (std::size_t round = 0; round < 3; ++round) {
        for (std::size_t bytes = 1; bytes <= 5000; bytes += 7) {
            void* frame = allocate_frame(bytes);
            std::memset(frame, static_cast<int>(bytes % 251), bytes);
            live.emplace_back(frame, bytes);
        }
        for (const auto& [frame, bytes] : live) {
            const auto* content = static_cast<const unsigned char*>(frame);
            for (std::size_t i = 0; i < bytes; ++i)
                ASSERT_EQ(content[i], bytes % 251);
        }
        for (const auto& [frame, bytes] : live)
            free_frame(frame, bytes);
        live.clear();
    }
}

TEST(FramePool, AFrameMayEndOnAnotherThread) {
    for (int round = 0; round < 100; ++round) {
        std::vector<void*> frames;
        for (int i = 0; i < 100; ++i)
            frames.push_back(allocate_frame(300));
        std::thread([frames] {
            for (void* frame : frames)
                free_frame(frame, 300);
            free_frame(allocate_frame(300), 300);
        }).join();
    }
}

TEST(FramePool, KeepsABoundedNumber) {
    std::vector<void*> frames;
    for (int i = 0; i < 10'000; ++i)
        frames.push_back(allocate_frame(1000));
    EXPECT_EQ(std::set<void*>(frames.begin(), frames.end()).size(), frames.size());
    for (void* frame : frames)
        free_frame(frame, 1000);
    // What is beyond the bound went back to the heap; a second burst works like the first.
    for (void*& frame : frames)
        frame = allocate_frame(1000);
    EXPECT_EQ(std::set<void*>(frames.begin(), frames.end()).size(), frames.size());
    for (void* frame : frames)
        free_frame(frame, 1000);
}

}  // namespace
}  // namespace obrol::detail
