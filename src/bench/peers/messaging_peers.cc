#include "bench/peers/messaging_peers.h"

#include <fmt/core.h>
#include <fmt/format.h>
#include <unistd.h>

#include "bench/peers/irc_lobby.h"
#include "bench/peers/nats_lobby.h"
#include "bench/peers/obrol_peer.h"
#include "bench/peers/peer_programs.h"
#include "bench/peers/redis_lobbies.h"

namespace obrol::bench {
namespace {

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

std::optional<std::uint16_t> when(bool ready, std::uint16_t port) {
    return ready ? std::optional(port) : std::nullopt;
}

constexpr std::string_view cheap_passwords_configuration =
    "[passwords]\n"
    "memory_kib = 8\n"
    "iterations = 1\n"
    "memory_total_kib = 16\n";

constexpr const char* nats_program = "nats-server";
constexpr const char* inspircd_program = "/usr/sbin/inspircd";
constexpr const char* ngircd_program = "/usr/sbin/ngircd";

}  // namespace

std::string NativePeer::name() const {
    if (listening_ == NativeLobby::Listening::brief) return "obrol-brief";
    return connection_threads_ == 0 ? "obrol" : fmt::format("obrol-threads-{}", connection_threads_);
}

Result<std::string> NativePeer::describe(const std::string& scratch) const {
    const auto program = describe_obrold(program_, scratch);
    if (!program) return program;
    std::vector<std::string> others;
    if (cheap_passwords_) others.emplace_back("cheap password hashes (8 KiB, 1 iteration)");
    if (connection_threads_ > 0) others.push_back(fmt::format("listen.threads = {}", connection_threads_));
    return fmt::format("{}, native{}, default settings{}{}", *program,
                       listening_ == NativeLobby::Listening::brief ? ", listen on brief" : "",
                       others.empty() ? "" : " but for ", fmt::join(others, " and "));
}

Result<void> NativePeer::prepare(const std::string& directory, std::uint16_t) const {
    std::string configuration(cheap_passwords_ ? cheap_passwords_configuration : "");
    if (connection_threads_ > 0) configuration += fmt::format("[listen]\nthreads = {}\n", connection_threads_);
    return write_file(directory + "/obrold.toml", configuration);
}

std::vector<std::string> NativePeer::arguments(const std::string& directory, std::uint16_t) const {
    return {program_,   "--config",          directory + "/obrold.toml", "--data", directory + "/data",
            "--listen", "native:127.0.0.1:0"};
}

std::optional<std::uint16_t> NativePeer::ready_port(std::string_view standard_output, std::string_view,
                                                    std::uint16_t) const {
    return obrol_ready_port(standard_output, "native");
}

std::unique_ptr<Lobby> NativePeer::lobby() const {
    return std::make_unique<NativeLobby>(coming_back_, listening_);
}

RedisSettings RedisMessagingPeer::settings() const {
    RedisSettings settings = kind_ == Kind::streams ? redis_synced() : redis_in_memory();
    // Whoever is behind in a channel would be cut off.
    if (kind_ == Kind::channels) settings.push_back({"client-output-buffer-limit", "pubsub 0 0 0"});
    return settings;
}

Result<std::string> RedisMessagingPeer::describe(const std::string& scratch) const {
    return describe_redis(
        kind_ == Kind::channels ? "publish/subscribe, nothing is stored" : "streams read with XREAD BLOCK", settings(),
        scratch);
}

std::vector<std::string> RedisMessagingPeer::arguments(const std::string& directory, std::uint16_t free_port) const {
    return redis_command(directory, free_port, settings());
}

std::optional<std::uint16_t> RedisMessagingPeer::ready_port(std::string_view standard_output, std::string_view,
                                                            std::uint16_t free_port) const {
    return redis_ready_port(standard_output, free_port);
}

std::unique_ptr<Lobby> RedisMessagingPeer::lobby() const {
    if (kind_ == Kind::streams) return std::make_unique<RedisStreams>();
    return std::make_unique<RedisChannels>();
}

Result<std::string> NatsPeer::describe(const std::string& scratch) const {
    const auto version = version_of(nats_program, "--version", "nats-server: v", "nats-server", scratch);
    if (!version) return version;
    return fmt::format("{} {}, default settings, nothing is stored", nats_program, *version);
}

std::vector<std::string> NatsPeer::arguments(const std::string&, std::uint16_t free_port) const {
    return {nats_program, "--addr", "127.0.0.1", "--port", std::to_string(free_port)};
}

std::optional<std::uint16_t> NatsPeer::ready_port(std::string_view, std::string_view standard_error,
                                                  std::uint16_t free_port) const {
    return when(contains(standard_error, "Server is ready"), free_port);
}

std::unique_ptr<Lobby> NatsPeer::lobby() const {
    return std::make_unique<NatsLobby>();
}

Result<std::string> InspircdPeer::describe(const std::string& scratch) const {
    const auto version = version_of(inspircd_program, "--version", "InspIRCd-", "inspircd", scratch);
    if (!version) return version;
    return fmt::format(
        "inspircd {}, fakelag and command rate off, sendq 16M/64M, netbuffersize 65534, nothing is stored", *version);
}

Result<void> InspircdPeer::prepare(const std::string& directory, std::uint16_t free_port) const {
    return write_file(directory + "/inspircd.conf",
                      fmt::format(
                          R"(<server name="irc.bench.local" description="bench" network="bench" id="00A">
<admin name="bench" nick="bench" email="bench@localhost">
<path configdir="{0}" datadir="{0}" logdir="{0}">
<bind address="127.0.0.1" port="{1}" type="clients">
<connect name="main" allow="*" timeout="60" pingfreq="3600" localmax="1000000" globalmax="1000000" maxconnwarn="no"
 hardsendq="64M" softsendq="16M" recvq="1M" threshold="1000000000" commandrate="1000000000" fakelag="no"
 useident="no" resolvehostnames="no" useconnectban="no" useconnflood="no" maxchans="100" limit="1000000" modes="">
<options defaultmodes="t" defaultbind="ipv4" splitwhois="no" allowmismatch="yes" hostintopic="yes">
<performance somaxconn="4096" limitsomaxconn="4096" softlimit="1000000" quietbursts="yes" nouserdns="yes"
 netbuffersize="65534">
<security announceinvites="none" maxtargets="20">
<limits maxnick="30">
<log method="file" type="* -USERINPUT -USEROUTPUT" level="default" target="{0}/log">
<pid file="{0}/pid">
)",
                          directory, free_port));
}

std::vector<std::string> InspircdPeer::arguments(const std::string& directory, std::uint16_t) const {
    std::vector<std::string> words = {inspircd_program, "--nofork", "--config=" + directory + "/inspircd.conf"};
    if (is_root()) words.emplace_back("--runasroot");
    return words;
}

std::optional<std::uint16_t> InspircdPeer::ready_port(std::string_view standard_output, std::string_view,
                                                      std::uint16_t free_port) const {
    return when(contains(standard_output, "InspIRCd is now running"), free_port);
}

std::unique_ptr<Lobby> InspircdPeer::lobby() const {
    // It completes registrations once a second, so many must be under way.
    return std::make_unique<IrcLobby>(2000);
}

Result<std::string> NgircdPeer::describe(const std::string& scratch) const {
    const auto version = version_of(ngircd_program, "--version", "ngIRCd ", "ngircd", scratch);
    if (!version) return version;
    return fmt::format("ngircd {}, command penalties and connection limits off, nothing is stored",
                       version->substr(0, version->find('-')));
}

Result<void> NgircdPeer::prepare(const std::string& directory, std::uint16_t free_port) const {
    return write_file(directory + "/ngircd.conf",
                      fmt::format(
                          R"([Global]
Name = irc.bench.local
Info = bench
AdminEMail = bench@localhost
Listen = 127.0.0.1
Ports = {}
MotdPhrase = "bench"
{}[Limits]
MaxConnections = 0
MaxConnectionsIP = 0
MaxJoins = 0
MaxNickLength = 30
MaxPenaltyTime = 0
PingTimeout = 3600
[Options]
DNS = no
Ident = no
PAM = no
)",
                          free_port, is_root() ? "ServerUID = irc\nServerGID = irc\n" : ""));
}

std::vector<std::string> NgircdPeer::arguments(const std::string& directory, std::uint16_t) const {
    return {ngircd_program, "--nodaemon", "--config", directory + "/ngircd.conf"};
}

std::optional<std::uint16_t> NgircdPeer::ready_port(std::string_view standard_output, std::string_view standard_error,
                                                    std::uint16_t free_port) const {
    return when(contains(standard_output, "Now listening on") || contains(standard_error, "Now listening on"),
                free_port);
}

std::unique_ptr<Lobby> NgircdPeer::lobby() const {
    // Its listen queue holds ten.
    return std::make_unique<IrcLobby>(8);
}

}  // namespace obrol::bench
