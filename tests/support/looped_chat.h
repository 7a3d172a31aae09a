// A Chat with everything below it in memory, on an event loop and in real time, for tests of what only a real loop with
// real sockets has.
#pragma once

#include <chrono>
#include <gtest/gtest.h>
#include <string>

#include "base/crypto/signing.h"
#include "base/log.h"
#include "base/random.h"
#include "bus/local/local_bus.h"
#include "core/chat.h"
#include "io/event_loop.h"
#include "storage/group_commit.h"
#include "storage/memory/memory_blob_store.h"
#include "storage/memory/memory_store.h"
#include "tests/support/chat_parts.h"

namespace obrol {

// `commits` is drained on the loop before it goes. Used on the loop's thread.
struct LoopedChat {
    explicit LoopedChat(EventLoop& loop)
        : store(loop),
          blobs(loop),
          commits(loop, store, {}, [](const std::string& what) { FAIL() << what; }),
          hasher(loop, std::chrono::milliseconds(1)),
          secure_random(random),
          chat(Chat::Parts{loop, store, blobs, commits, bus, hasher, secure_random, random, logger, key}, {}) {}

    NullLogger logger;
    MemoryStore store;
    MemoryBlobStore blobs;
    GroupCommit commits;
    LocalBus bus;
    PlainHasher hasher;
    SeededRandom random{1};
    ReproducibleSecureRandom secure_random;
    SigningKey key{SigningSeed{}};
    Chat chat;
};

}  // namespace obrol
