// See README.md.
#include <cstdio>
#include <fmt/core.h>
#include <string>

#include "storage/sqlite/inspect.h"
#include "wire/json_writer.h"

namespace obrol {
namespace {

void print(const StoredEntry& stored) {
    const EntryHeader& header = stored.entry.header;
    std::string line;
    JsonWriter json(line, JsonStyle::compact);
    json.begin_object();
    json.key("conversation");
    json.integer(header.conversation.value);
    json.key("participants");
    json.begin_array();
    // Those of a group change, and what was printed once is to be printed so again; its log says who they are.
    if (stored.group.empty()) {
        for (const std::string& name : stored.participants)
            json.string(name);
    }
    json.end_array();
    json.key("group");
    json.string(stored.group);
    json.key("seq");
    json.integer(header.seq.value);
    json.key("id");
    json.string(header.id.to_string());
    json.key("sender");
    json.string(stored.sender);
    json.key("kind");
    json.integer(static_cast<int>(header.kind));
    json.key("body");
    json.string(stored.entry.body);
    json.key("erased");
    json.boolean(stored.entry.erased);
    json.key("at");
    json.integer(header.at.time_since_epoch().count());
    json.end_object();
    fmt::print("{}\n", line);
}

int run(const std::string& path) {
    const Result<StoreReport> report = verify_store(path);
    if (!report) {
        fmt::print(stderr, "{}\n", report.error().what);
        return 1;
    }
    for (const std::string& problem : report->problems)
        fmt::print(stderr, "{}\n", problem);
    if (!report->problems.empty()) return 1;
    const Result<void> read = for_each_entry(path, print);
    if (!read) fmt::print(stderr, "{}\n", read.error().what);
    return read ? 0 : 1;
}

}  // namespace
}  // namespace obrol

int main(int count, char** arguments) {
    if (count != 2) {
        fmt::print(stderr, "usage: {} FILE\n", arguments[0]);
        return 2;
    }
    return obrol::run(arguments[1]);
}
