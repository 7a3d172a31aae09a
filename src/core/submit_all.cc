#include "core/submit_all.h"

#include <list>
#include <utility>

namespace obrol {
namespace {

// A Submission stays where it was made.
struct Submitted {
    Submitted(GroupCommit& commits, Change change) : submission(commits.submit(std::move(change))) {}
    GroupCommit::Submission submission;
};

}  // namespace

Task<std::vector<ChangeResult>> submit_all(GroupCommit& commits, std::vector<Change> changes) {
    std::list<Submitted> submitted;
    for (Change& change : changes)
        submitted.emplace_back(commits, std::move(change));
    std::vector<ChangeResult> results;
    for (Submitted& each : submitted)
        results.push_back(co_await each.submission);
    co_return results;
}

}  // namespace obrol
