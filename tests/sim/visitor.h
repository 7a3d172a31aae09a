// How a user of a simulated server comes in and asks natively: by his name and password, over as many connections as he
// likes. Other servers know him by his address.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "io/executor.h"
#include "io/network.h"
#include "io/task.h"
#include "tests/sim/federation_history.h"
#include "tests/sim/line.h"
#include "tests/sim/trace.h"
#include "wire/json_value.h"

namespace obrol {

class Visitor {
  public:
    // All of them must outlive him.
    struct Surroundings {
        Executor& executor;
        Network& network;  // of his own host
        Endpoint server;
        std::string label;  // of that server
        FederationObserved& observed;
        Trace& trace;
    };

    Visitor(Surroundings surroundings, std::string name, Duration patience)
        : surroundings_(std::move(surroundings)), name_(std::move(name)), patience_(patience) {}

    const std::string& name() const { return name_; }
    const std::string& label() const { return surroundings_.label; }
    // As every server would call him.
    std::string address() const { return name_ + "@" + surroundings_.label; }
    // As this server calls somebody or something.
    std::string here(const std::string& address) const;
    Executor& executor() { return surroundings_.executor; }
    FederationObserved& observed() { return surroundings_.observed; }
    Trace& trace() { return surroundings_.trace; }

    // Null: not now.
    Task<std::unique_ptr<SimulatedLine>> enter();
    // None: the connection ended or broke first.
    Task<std::optional<JsonValue>> ask(SimulatedLine& line, std::string request);
    Task<std::optional<JsonValue>> next_answer(SimulatedLine& line);
    // The raw bytes that follow an answer.
    Task<std::optional<std::string>> take_bytes(SimulatedLine& line, std::size_t count);
    // Something that no server may do.
    void complain(std::string_view what);

  private:
    Surroundings surroundings_;
    std::string name_;
    Duration patience_;
};

}  // namespace obrol
