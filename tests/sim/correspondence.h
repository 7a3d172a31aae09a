// The users of a world's servers who write and send files to each other across them, and what joins the servers.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "io/deterministic_executor.h"
#include "tests/sim/correspondent.h"
#include "tests/sim/federation_checker.h"
#include "tests/sim/federation_history.h"
#include "tests/sim/file_fetcher.h"
#include "tests/sim/network.h"
#include "tests/sim/node.h"
#include "tests/sim/trace.h"

namespace obrol {

class Correspondence {
  public:
    // All of them must outlive it.
    struct Surroundings {
        DeterministicExecutor& executor;
        SimulatedNetwork& network;
        Trace& trace;
        Random& random;
        const std::vector<std::unique_ptr<Node>>& nodes;
    };

    Correspondence(Surroundings surroundings, std::size_t per_node, SimulatedUser::Habits habits);

    static std::string name_of(std::size_t correspondent);
    // Everybody whom one of them may be known by or write to, on any server; not all exist.
    std::vector<std::string> names() const;

    // While nothing goes wrong: makes every two servers peers, and on each a group with people of all. The error says
    // what did not come about.
    Result<void> found();
    // Everybody comes in; where `insist`, somebody on each server does not wait for the next attempt to dial.
    void start(Gate& living, bool insist);
    void stop();
    // Once no more goes wrong, and everybody has left: waits until everything has arrived. The error says what did not.
    Result<void> settle();
    // After that: everybody fetches every file that he can see. What could not be had is for the rules.
    void fetch_files();
    // What that server's users were told of is forgotten, from that message on: it was put back.
    void forget(const Node& node, std::size_t messages);
    // The first of those that may not be committed yet.
    std::size_t messages_begun() const;

    std::vector<std::string> broken_rules(const std::vector<FederatedStore>& stores) const;
    std::size_t acknowledged() const;

  private:
    using Correspondents = std::vector<std::unique_ptr<SimulatedCorrespondent>>;
    using Success = SimulatedFileFetcher::Success;

    void settle_in(Node& node, std::size_t number, const std::vector<std::string>& everybody,
                   SimulatedUser::Habits habits);
    // The worst of all of them.
    Success fetch_once();

    // Empty: everything is where it belongs.
    std::string missing();
    std::vector<std::string> groups() const;

    Surroundings surroundings_;
    std::size_t staying_per_node_;
    FederationObserved observed_;
    std::vector<Correspondents> correspondents_;  // by node
    std::vector<std::unique_ptr<SimulatedFileFetcher>> fetchers_;
};

}  // namespace obrol
