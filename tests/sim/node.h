// One simulated server: what runs in an obrold process, on a simulated disk and a simulated network, with the ends that
// a process and a machine can come to.
//
// A life is what lies between start() and the end of the process. The production classes know no end but the graceful
// one, and they need none: in a real server the kernel takes everything at once. Here a life that was killed is cut off
// from its disk and its network in that moment, so that nothing it does afterwards can be noticed, and then comes to
// its graceful end in the world's morgue, where all its requests fail. Only a life whose store ended it (a failed sync)
// never comes to an end: requests that must not be answered wait for ever, and what they hold is given up as it is when
// a process calls _exit.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/crypto/signing.h"
#include "base/random.h"
#include "base/result.h"
#include "io/deterministic_executor.h"
#include "io/task.h"
#include "storage/memory/memory_blob_store.h"
#include "tests/sim/disk/recording_vfs.h"
#include "tests/sim/group_history.h"
#include "tests/sim/history.h"
#include "tests/sim/network.h"
#include "tests/sim/trace.h"
#include "tests/sim/work_queue.h"

namespace obrol {

class Node {
  public:
    // All of them must outlive the node.
    struct Surroundings {
        DeterministicExecutor& executor;
        SimulatedNetwork& network;
        Trace& trace;
        Gate& morgue;
    };
    struct Options {
        SimulatedWorkQueue::Options writer{};
        SimulatedWorkQueue::Options readers{2};
        SimulatedWorkQueue::Options hashing{2};
    };
    static constexpr std::uint16_t port = 8890;
    static constexpr std::uint16_t native_port = 8889;

    // `name` is also its host's name in the network; `users` have accounts from the first start on.
    Node(Surroundings surroundings, std::string name, std::vector<std::string> users, std::uint64_t seed,
         Options options);
    ~Node();
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;

    const std::string& name() const { return name_; }
    const std::vector<std::string>& users() const { return users_; }
    Endpoint endpoint() const { return {name_, port}; }
    Endpoint native_endpoint() const { return {name_, native_port}; }
    History& history() { return history_; }
    GroupsObserved& groups_observed() { return groups_observed_; }
    const MemoryBlobs& blobs() const { return *blobs_; }
    RecordingDisk& disk() { return *disk_; }
    bool is_alive() const { return life_ != nullptr; }

    // Opens the store, prepares what it reads at a start, and listens; alive at once, up when the task ends, unless it
    // dies before. The error is what the operator would read.
    Task<Result<void>> start();
    // Adds the accounts that are not there yet. Only while it lives and nobody kills it.
    Task<bool> add_users();

    // kill -9: the disk keeps what was written, synced or not.
    void kill();
    // The disk keeps what `policy` says of what was not synced after operation `after_operation` (none: the last one).
    void cut_power(CrashPolicy policy, std::optional<std::uint64_t> after_operation = std::nullopt);
    // cut_power(policy) as soon as the disk has done so many operations more.
    void cut_power_later(CrashPolicy policy, std::uint64_t operations);
    // What there is at this moment, files included, and the server put back to that: the machine goes on from the copy,
    // and the server is told so when it starts.
    struct Backup {
        DiskImage disk;
        MemoryBlobs blobs;
    };
    Backup backup() const { return {disk_->current_image(), *blobs_}; }
    void put_back(Backup backup);
    // Nothing more goes wrong: no planned power cut, no faults of the disk.
    void disarm();
    // SIGTERM. Afterwards it can be started again.
    Task<bool> stop();

    // How many lives ended because the store could not say what it holds. Such an end is followed by a power cut with
    // this policy, or by a mere restart.
    std::size_t fatal_ends() const { return fatal_ends_; }
    void set_policy_after_fatal_end(std::optional<CrashPolicy> policy) { policy_after_fatal_end_ = policy; }
    // Called when a life has come to its end otherwise than by stop().
    void set_on_death(std::function<void()> on_death) { on_death_ = std::move(on_death); }

  private:
    struct Life;
    class LifeStore;

    void after_work();
    void go_on_from(DiskImage image);
    void die(LifeEnd how);
    void end_fatally(Life& life, const std::string& what);
    static Task<void> bury(DeterministicExecutor& executor, std::unique_ptr<Life> life);

    Surroundings surroundings_;
    std::string name_;
    std::vector<std::string> users_;
    SeededRandom random_;
    SigningSeed identity_;  // its key file, so to speak
    Options options_;
    History history_;
    GroupsObserved groups_observed_;
    std::shared_ptr<RecordingDisk> disk_;
    // Files are not on that disk: what was published survives every end, until a start finds that no row names it.
    std::shared_ptr<MemoryBlobs> blobs_ = std::make_shared<MemoryBlobs>();
    std::unique_ptr<Life> life_;
    bool was_put_back_ = false;  // and has not been told yet
    struct PlannedCut {
        CrashPolicy policy;
        std::uint64_t operation;
    };
    std::optional<PlannedCut> planned_cut_;
    std::size_t fatal_ends_ = 0;
    std::optional<CrashPolicy> policy_after_fatal_end_;
    std::function<void()> on_death_;
};

}  // namespace obrol
