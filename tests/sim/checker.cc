#include "tests/sim/checker.h"

#include <algorithm>
#include <chrono>
#include <fmt/core.h>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

namespace obrol {
namespace {

using Pair = std::pair<std::string, std::string>;

std::string shortened(std::string_view text) {
    return std::string(text.substr(0, text.find(' ')));
}

class Check {
  public:
    Check(const Observed& observed, const std::vector<CheckedConversation>& stored, const CheckOptions& options)
        : observed_(observed), stored_(stored), options_(options) {}

    std::vector<std::string> run() {
        for (const std::string& complaint : observed_.complaints)
            broken_.push_back("complaint: " + complaint);
        read_sent();
        read_stored();
        check_sent();
        check_order();
        check_fetches();
        if (options_.drained) check_delivered();
        return std::move(broken_);
    }

  private:
    struct Place {
        std::size_t conversation;
        std::size_t entry;
    };
    // The messages from one user to another, by seq.
    struct Road {
        std::vector<std::string> texts;
        std::map<std::string, std::size_t> places;
        // How many of them have been handed over, from the first on, and those out of turn.
        std::size_t handed = 0;
        std::set<std::size_t> handed_early;
    };
    struct Handing {
        std::size_t life;
        MonotonicTime at;
    };

    template <class... Args>
    void broken(fmt::format_string<Args...> format, Args&&... args) {
        broken_.push_back(fmt::format(format, std::forward<Args>(args)...));
    }

    void read_sent() {
        for (std::size_t i = 0; i < observed_.sent.size(); ++i)
            sent_by_text_.emplace(observed_.sent[i].text, i);
    }

    void read_stored() {
        for (const CheckedConversation& conversation : stored_) {
            for (std::size_t i = 0; i < conversation.entries.size(); ++i) {
                const CheckedEntry& entry = conversation.entries[i];
                if (entry.seq != Seq(static_cast<std::int64_t>(i) + 1))
                    broken("numbered: {} and {}: entry {} has seq {}", conversation.one, conversation.other, i + 1,
                           entry.seq.value);
                const std::string& receiver = entry.sender == conversation.one ? conversation.other : conversation.one;
                check_not_invented(entry, receiver);
                Road& road = roads_[Pair(entry.sender, receiver)];
                if (!road.places.emplace(entry.text, road.texts.size()).second)
                    broken("invented: {} to {}: {} is there twice", entry.sender, receiver, shortened(entry.text));
                road.texts.push_back(entry.text);
            }
        }
    }

    void check_not_invented(const CheckedEntry& entry, const std::string& receiver) {
        const auto found = sent_by_text_.find(entry.text);
        if (found == sent_by_text_.end())
            return broken("invented: {} to {}: nobody sent {}", entry.sender, receiver, shortened(entry.text));
        const SentMessage& sent = observed_.sent[found->second];
        if (sent.sender != entry.sender || std::count(sent.to.begin(), sent.to.end(), receiver) == 0)
            broken("invented: {} to {}: {} was not sent by or to them", entry.sender, receiver, shortened(entry.text));
        if (sent.fate == SentMessage::Fate::refused || sent.impossible)
            broken("invented: {} to {}: {} was to be refused", entry.sender, receiver, shortened(entry.text));
    }

    bool is_stored(const SentMessage& sent, const std::string& receiver) const {
        const auto road = roads_.find(Pair(sent.sender, receiver));
        return road != roads_.end() && road->second.places.contains(sent.text);
    }

    void check_sent() {
        for (const SentMessage& sent : observed_.sent) {
            std::size_t count = 0;
            for (const std::string& receiver : sent.to) {
                if (is_stored(sent, receiver)) {
                    ++count;
                } else if (sent.fate == SentMessage::Fate::acknowledged) {
                    broken("acknowledged: {} to {}: {} is lost", sent.sender, receiver, shortened(sent.text));
                }
            }
            if (sent.fate == SentMessage::Fate::unknown && count != 0 && count != sent.to.size())
                broken("invented: {} of {} is with {} of {} recipients", shortened(sent.text), sent.sender, count,
                       sent.to.size());
        }
    }

    void check_order() {
        for (const auto& [pair, road] : roads_) {
            std::vector<const SentMessage*> in_log;
            for (const std::string& text : road.texts) {
                const auto found = sent_by_text_.find(text);
                if (found != sent_by_text_.end()) in_log.push_back(&observed_.sent[found->second]);
            }
            // Pointers into one vector: their order is the order of sending.
            const SentMessage* latest = nullptr;
            std::map<SimulatedNetwork::ConnectionNumber, const SentMessage*> latest_of_connection;
            for (const SentMessage* message : in_log) {
                const SentMessage*& before = latest_of_connection[message->connection];
                const bool may_be_late =
                    message->fate == SentMessage::Fate::unknown && latest && message->connection != latest->connection;
                const SentMessage* last = may_be_late ? before : latest;
                if (last && message < last)
                    broken("ordered: {} to {}: {} stands behind {}", pair.first, pair.second, shortened(message->text),
                           shortened(last->text));
                before = message;
                latest = std::max(latest, message);
            }
        }
    }

    void check_fetches() {
        for (const Fetch& fetch : observed_.fetches) {
            const bool had_company = another_was_under_way(fetch);
            for (const Fetch::Message& message : fetch.messages)
                check_handing(fetch, message, had_company);
        }
    }

    // Whether another connection had messages of this inbox reserved when the answer was made, which it then either got
    // later than this one did or gave back.
    bool another_was_under_way(const Fetch& fetch) const {
        return std::any_of(observed_.fetches.begin(), observed_.fetches.end(), [&](const Fetch& other) {
            return other.receiver == fetch.receiver && other.life == fetch.life &&
                   other.connection != fetch.connection && other.asked < fetch.taken.value_or(0) &&
                   (!other.taken || *other.taken > fetch.asked);
        });
    }

    void check_handing(const Fetch& fetch, const Fetch::Message& message, bool had_company) {
        const auto found = roads_.find(Pair(message.sender, fetch.receiver));
        const bool is_there = found != roads_.end() && found->second.places.contains(message.text);
        if (!is_there)
            return broken("committed: {} got {} from {}, which is in no log", fetch.receiver, shortened(message.text),
                          message.sender);
        Road& road = found->second;
        const std::size_t place = road.places.at(message.text);
        auto& earlier = handings_[{fetch.receiver, message.sender, message.text}];
        if (earlier) check_repetition(fetch, message, *earlier);
        const bool is_first = !earlier;
        earlier = Handing{fetch.life, fetch.taken_at};
        if (!is_first) return;
        if (place != road.handed && !had_company)
            broken("prefix: {} got {} from {} before {}", fetch.receiver, shortened(message.text), message.sender,
                   shortened(road.texts[std::min(road.handed, road.texts.size() - 1)]));
        road.handed_early.insert(place);
        while (road.handed_early.erase(road.handed) > 0)
            ++road.handed;
    }

    void check_repetition(const Fetch& fetch, const Fetch::Message& message, const Handing& earlier) {
        for (std::size_t life = earlier.life; life < fetch.life; ++life) {
            const ServerLife& ended = observed_.lives[life];
            if (ended.end == LifeEnd::power_cut) return;
            if (ended.end == LifeEnd::killed && ended.ended_at - earlier.at <= options_.cursor_delay_max) return;
        }
        const auto millis = [](MonotonicTime time) {
            return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
        };
        broken("repeated: {} got {} from {} again, {} ms (life {}) and {} ms (life {})", fetch.receiver,
               shortened(message.text), message.sender, millis(earlier.at), earlier.life, millis(fetch.taken_at),
               fetch.life);
    }

    void check_delivered() {
        for (const auto& [pair, road] : roads_) {
            if (road.handed < road.texts.size())
                broken("delivered: {} from {} never reached {} ({} of {} did)", shortened(road.texts[road.handed]),
                       pair.first, pair.second, road.handed + road.handed_early.size(), road.texts.size());
        }
    }

    const Observed& observed_;
    const std::vector<CheckedConversation>& stored_;
    const CheckOptions& options_;
    std::map<std::string, std::size_t> sent_by_text_;
    std::map<Pair, Road> roads_;
    std::map<std::tuple<std::string, std::string, std::string>, std::optional<Handing>> handings_;
    std::vector<std::string> broken_;
};

}  // namespace

std::vector<std::string> broken_rules(const Observed& observed, const std::vector<CheckedConversation>& stored,
                                      const CheckOptions& options) {
    return Check(observed, stored, options).run();
}

}  // namespace obrol
