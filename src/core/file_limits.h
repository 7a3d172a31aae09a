// What files may cost. Every value is a setting (docs/obrold.example.toml).
#pragma once

#include <cstddef>
#include <cstdint>

namespace obrol {

struct FileLimits {
    std::uint64_t bytes_max = std::uint64_t{64} * 1024 * 1024;  // of one file
    // Of one user's files, unless the operator gave him a quota of his own, and of everybody's together, uploads under
    // way included. 0: any number.
    std::uint64_t user_bytes_max = std::uint64_t{1024} * 1024 * 1024;
    std::uint64_t server_bytes_max = std::uint64_t{10} * 1024 * 1024 * 1024;
    // What is fetched from other servers for directories, without anybody's asking, leaves the rest of server_bytes_max
    // to what people here send and fetch. 0: nothing is fetched so; 100: it leaves nothing.
    std::uint64_t unasked_percent = 50;
    // At once. Each holds a chunk in memory and an open file.
    std::size_t uploads_per_user_max = 8;
    std::size_t uploads_max = 200;
    std::size_t downloads_max = 1000;
    std::size_t list_files_max = 1000;  // of one answer
    // Of one user's folder. One answer lists them all.
    std::size_t folder_files_max = 10'000;
};

}  // namespace obrol
