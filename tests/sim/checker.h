// What must hold over what the users of one server saw and what its store holds in the end (DESIGN section 1).
#pragma once

#include <string>
#include <vector>

#include "model/entry.h"
#include "model/ids.h"
#include "tests/sim/history.h"

namespace obrol {

struct CheckedEntry {
    Seq seq;
    std::string sender;
    std::string text;
    std::string id = {};
    EntryKind kind = EntryKind::message;
};

struct CheckedConversation {
    std::string one;                    // with "@" and its label, where he is of another server
    std::string other;                  // equals `one` in notes to self
    std::vector<CheckedEntry> entries;  // by seq
};

struct CheckOptions {
    // Every inbox was fetched until it was empty, after the last message.
    bool drained = true;
    // The cursor of an answer is committed at the latest so long after the kernel took it; a killed server repeats
    // nothing that was taken earlier. A power cut may: the commit of a cursor is not synced.
    Duration cursor_delay_max = std::chrono::seconds(4);
};

// The broken rules, in words; none when all is well.
//
//   acknowledged   an acknowledged message is in the log of each of its conversations exactly once
//   invented       nothing is there that was not sent so, or was refused, or twice; of several recipients all or none
//   numbered       seq is 1, 2, 3 …
//   ordered        the messages of a sender are in the order of sending; one of unknown fate from an earlier connection
//                  may be late
//   committed      what an inbox answer handed over is in the log
//   prefix         an inbox hands over the messages of a sender in the order of the log and leaves none out, except
//                  while another of the user's connections, perhaps a broken one, waits for its share
//   repeated       an inbox hands over a message once in a life of the server; again only after a life that did not
//                  end in peace
//   delivered      once drained, every inbox has handed over everything
//
// and what the users complained about.
std::vector<std::string> broken_rules(const Observed& observed, const std::vector<CheckedConversation>& stored,
                                      const CheckOptions& options);

}  // namespace obrol
