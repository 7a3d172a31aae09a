// Makes a large store, through the store's own rules, to measure how obrold does with it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace obrol::bench {

struct GenerateOptions {
    std::string directory;                // obrold's --data; must not hold a store yet
    std::uint64_t messages = 10'000'000;  // the posts in groups among them
    std::uint64_t users = 100'000;
    // So many users, an even number of them, have a session whose token is known. They write to one another in pairs
    // and have fetched everything; the others write to other others.
    std::uint64_t sessions = 100;
    // Each pair is in one group, as far as there are groups, and in none together with another pair; the other places
    // are the others', who are all in as many groups, or in one less. The members of a group take turns to post.
    std::uint64_t groups = 10'000;
    std::uint64_t group_members = 20;
    std::uint64_t group_posts_percent = 30;  // of the messages; as many in each group, or one less; without groups none
    // Each pair's conversation has so many messages, spread over the whole log, as far as there are enough messages.
    std::uint64_t messages_of_pair = 100;
    std::size_t text_size = 64;
    std::uint64_t seed = 1;
};

// What obrold's own settings allow at first (core/chat.h): of one group, and of one user.
inline constexpr std::uint64_t group_members_max = 10'000;
inline constexpr std::uint64_t groups_per_user_max = 1000;

// The password of every generated user.
inline constexpr const char* generated_password = "surabaya-surabaya";

// A user whose session is known.
struct GeneratedSession {
    std::string user;
    std::string token;
};

// "u17": the name of the user with that number, from 0 on.
std::string generated_user(std::uint64_t number);
// "g17": the id of the group with that number, from 0 on; users 34 and 35, if they have sessions, are members of it.
std::string generated_group(std::uint64_t number);

// What is wrong with the options; nothing: they fit together.
Result<void> check(const GenerateOptions& options);

// Blocks until the store is closed. `progress` takes a line for a person who waits. The same options make the same
// users, groups, messages and tokens; the last message and the sessions are of now (a server forgets sessions that are
// long unused).
Result<void> generate(const GenerateOptions& options, const Clock& clock,
                      const std::function<void(const std::string&)>& progress);

// The sessions of a generated data directory; user 2n and user 2n + 1 are a pair. An error when it was not generated,
// or not to its end.
Result<std::vector<GeneratedSession>> read_generated_sessions(const std::string& directory);

}  // namespace obrol::bench
