#include "bench/peers/file_peers.h"

#include <fmt/core.h>
#include <fmt/format.h>

#include "bench/peers/native_file_lobby.h"
#include "bench/peers/peer_programs.h"
#include "bench/peers/redis_file_lobby.h"
#include "bench/text_file.h"

namespace obrol::bench {
namespace {

// obrold's defaults (docs/obrold.example.toml).
constexpr std::size_t uploads_max = 200;
constexpr std::size_t file_mib_max = 64;

}  // namespace

NativeFilePeer::NativeFilePeer(const std::string& program, std::size_t clients, std::size_t mib)
    : server_(program, NativeLobby::ComingBack::by_token, true) {
    if (clients > uploads_max) raised_.push_back(fmt::format("uploads_max = {}", clients));
    if (mib > file_mib_max) raised_.push_back(fmt::format("bytes_max = {}", mib << 20));
}

Result<std::string> NativeFilePeer::describe(const std::string& scratch) const {
    auto description = server_.describe(scratch);
    if (!description) return description;
    for (const std::string& setting : raised_)
        description->append(" and files.").append(setting);
    return description;
}

Result<void> NativeFilePeer::prepare(const std::string& directory, std::uint16_t free_port) const {
    if (auto prepared = server_.prepare(directory, free_port); !prepared) return prepared;
    const std::string path = directory + "/obrold.toml";
    const auto configuration = read_text_file(path);
    if (!configuration) return fail("cannot read " + path);
    return write_file(path, fmt::format("{}[files]\n{}\n", *configuration, fmt::join(raised_, "\n")));
}

std::vector<std::string> NativeFilePeer::arguments(const std::string& directory, std::uint16_t free_port) const {
    return server_.arguments(directory, free_port);
}

std::optional<std::uint16_t> NativeFilePeer::ready_port(std::string_view standard_output,
                                                        std::string_view standard_error,
                                                        std::uint16_t free_port) const {
    return server_.ready_port(standard_output, standard_error, free_port);
}

std::unique_ptr<FileLobby> NativeFilePeer::lobby() const {
    return std::make_unique<NativeFileLobby>();
}

Result<std::string> RedisFilePeer::describe(const std::string& scratch) const {
    return describe_redis(kind_ == Kind::synced ? "SET and GET" : "SET and GET, nothing is stored", settings(),
                          scratch);
}

std::vector<std::string> RedisFilePeer::arguments(const std::string& directory, std::uint16_t free_port) const {
    return redis_command(directory, free_port, settings());
}

std::optional<std::uint16_t> RedisFilePeer::ready_port(std::string_view standard_output, std::string_view,
                                                       std::uint16_t free_port) const {
    return redis_ready_port(standard_output, free_port);
}

std::unique_ptr<FileLobby> RedisFilePeer::lobby() const {
    return std::make_unique<RedisFileLobby>();
}

}  // namespace obrol::bench
