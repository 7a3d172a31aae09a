#include "apps/obrol_bench/large.h"

#include <algorithm>
#include <filesystem>
#include <fmt/core.h>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>

#include "bench/histogram.h"
#include "bench/instruction_counter.h"
#include "bench/peers/native_client.h"
#include "bench/peers/obrol_peer.h"
#include "bench/process_usage.h"
#include "bench/scratch_directory.h"
#include "bench/server_process.h"
#include "bench/units.h"
#include "bench/usage_meter.h"

namespace obrol::bench {
namespace {

constexpr auto ready_limit = std::chrono::seconds(60);
constexpr auto stop_limit = std::chrono::seconds(30);
constexpr std::size_t page_entries = 50;
constexpr double database_page_bytes = 4096;

// What one kind of request took, and what the server used, read from files or executed meanwhile.
struct Requests {
    LatencyHistogram latency;
    double server_cpu_seconds = 0;
    std::uint64_t read_bytes = 0;
    std::optional<std::uint64_t> instructions;

    void append_to(Metrics& metrics, const std::string& name, std::size_t count) const {
        if (instructions) {
            metrics.push_back(
                {name + " instructions", static_cast<double>(*instructions) / static_cast<double>(count)});
            return;
        }
        metrics.push_back({name + " p50 us", microseconds(latency.quantile(0.50))});
        metrics.push_back({name + " p99 us", microseconds(latency.quantile(0.99))});
        metrics.push_back({name + " p99.9 us", microseconds(latency.quantile(0.999))});
        metrics.push_back({name + " CPU-s/M", server_cpu_seconds * 1e6 / static_cast<double>(count)});
        metrics.push_back(
            {name + " pages", static_cast<double>(read_bytes) / database_page_bytes / static_cast<double>(count)});
    }
};

// The measured requests of one round against one running server.
class OneClient {
  public:
    // `writes`: as LargeOptions has it. `counter`: of a server whose instructions are counted, else null.
    OneClient(std::uint16_t port, pid_t server, const std::vector<GeneratedSession>& sessions, bool writes,
              const Clock& clock, InstructionCounter* counter)
        : port_(port), server_(server), sessions_(sessions), writes_(writes), clock_(clock), counter_(counter) {}

    // A new connection and its `resume` with a token.
    Result<void> log_in(std::size_t count) {
        return measure(count, logins, [&](std::size_t number) -> Result<Duration> {
            const MonotonicTime before = clock_.monotonic_now();
            auto client = enter(session(number));
            if (!client) return Failure<Error>(client.error());
            return clock_.monotonic_now() - before;
        });
    }

    // An inbox that holds one message, which his partner has just sent.
    Result<void> fetch_inboxes(std::size_t count) {
        return measure(count, inboxes, [&](std::size_t number) {
            const std::size_t reader = of_even_pairs(number);
            return fetch_inbox(reader, session(reader).user, fmt::format("inbox{}", number));
        });
    }

    // The newest page of the conversation with his partner.
    Result<void> fetch_histories(std::size_t count) {
        return measure(count, histories, [&](std::size_t number) {
            const std::size_t reader = of_odd_pairs(number);
            return fetch_history(reader, partner(reader).user, of_even_pairs(number));
        });
    }

    // An inbox that holds one message, which his partner has just sent to their group.
    Result<void> fetch_group_inboxes(std::size_t count) {
        return measure(count, group_inboxes, [&](std::size_t number) {
            const std::size_t reader = of_odd_pairs(number);
            return fetch_inbox(reader, group(reader), fmt::format("post{}", number));
        });
    }

    // The newest page of his group.
    Result<void> fetch_group_histories(std::size_t count) {
        return measure(count, group_histories, [&](std::size_t number) {
            const std::size_t reader = of_even_pairs(number);
            return fetch_history(reader, group(reader), of_odd_pairs(number));
        });
    }

    Requests logins, inboxes, histories, group_inboxes, group_histories;

  private:
    // One after the other. Each inbox is asked for by pairs whose inboxes are new to the server, each history by pairs
    // who have written nothing there but what was generated, which lies far apart.
    static std::size_t of_even_pairs(std::size_t number) { return number / 2 * 4 + number % 2; }
    static std::size_t of_odd_pairs(std::size_t number) { return of_even_pairs(number) + 2; }

    const GeneratedSession& session(std::size_t number) const { return sessions_[number % sessions_.size()]; }
    const GeneratedSession& partner(std::size_t number) const { return sessions_[(number % sessions_.size()) ^ 1]; }
    std::string group(std::size_t number) const { return "#" + generated_group(number % sessions_.size() / 2); }

    Result<void> send(std::size_t from, const std::string& to, const std::string& text) const {
        auto sending = enter(session(from));
        if (!sending) return Failure<Error>(sending.error());
        if (auto sent = sending->ask(fmt::format("send {} {}", to, text)); !sent) return Failure<Error>(sent.error());
        return {};
    }

    Result<Duration> fetch_inbox(std::size_t reader, const std::string& to, const std::string& text) const {
        if (auto sent = send(reader ^ 1, to, text); !sent) return Failure<Error>(sent.error());
        auto reading = enter(session(reader));
        if (!reading) return Failure<Error>(reading.error());
        return timed(*reading, "inbox", text);
    }

    // `other` writes to somebody whom nobody asks for anything.
    Result<Duration> fetch_history(std::size_t reader, const std::string& of, std::size_t other) const {
        if (writes_) {
            const std::string stranger = generated_user(sessions_.size() + other % sessions_.size());
            if (auto sent = send(other, stranger, "hello"); !sent) return Failure<Error>(sent.error());
        }
        auto client = enter(session(reader));
        if (!client) return Failure<Error>(client.error());
        return timed(*client, fmt::format("history {} limit {}", of, page_entries), "\"seq\":");
    }

    Result<NativeClient> enter(const GeneratedSession& who) const {
        auto client = NativeClient::connect(port_, clock_);
        if (!client) return client;
        if (auto resumed = client->ask("resume " + who.token); !resumed) return Failure<Error>(resumed.error());
        return client;
    }

    // How long the answer took, which must contain `part`.
    static Result<Duration> timed(NativeClient& client, const std::string& request, std::string_view part) {
        const auto answer = client.ask(request);
        if (!answer) return Failure<Error>(answer.error());
        if (answer->text.find(part) == std::string::npos)
            return fail(fmt::format("the answer to '{}' does not hold {}: {}", request, part,
                                    std::string_view(answer->text).substr(0, 300)));
        return answer->took;
    }

    template <class One>
    Result<void> measure(std::size_t count, Requests& requests, One one) {
        // What was executed before counts for nobody.
        if (const auto counted = take_instructions(); !counted) return Failure<Error>(counted.error());
        const auto before = read_process_input(server_);
        if (!before) return Failure<Error>(before.error());
        const auto meter = UsageMeter::start(server_, clock_);
        if (!meter) return Failure<Error>(meter.error());
        for (std::size_t number = 0; number < count; ++number) {
            const auto took = one(number);
            if (!took) return Failure<Error>(took.error());
            requests.latency.record(*took);
        }
        const auto after = read_process_input(server_);
        if (!after) return Failure<Error>(after.error());
        requests.read_bytes = *after - *before;
        const auto usage = meter->read(clock_);
        if (!usage) return Failure<Error>(usage.error());
        requests.server_cpu_seconds = usage->server_cpu_seconds;
        const auto counted = take_instructions();
        if (!counted) return Failure<Error>(counted.error());
        requests.instructions = *counted;
        return {};
    }

    Result<std::optional<std::uint64_t>> take_instructions() {
        if (!counter_) return std::optional<std::uint64_t>();
        const auto counted = counter_->take(server_);
        if (!counted) return Failure<Error>(counted.error());
        return std::optional(*counted);
    }

    std::uint16_t port_;
    pid_t server_;
    const std::vector<GeneratedSession>& sessions_;
    bool writes_;
    const Clock& clock_;
    InstructionCounter* counter_;
};

}  // namespace

LargeComparison::LargeComparison(const LargeOptions& options, const Clock& clock, const StopSignal& interrupted,
                                 std::function<void(const std::string&)> progress)
    : options_(options), clock_(clock), interrupted_(interrupted), progress_(std::move(progress)) {}

GenerateOptions store_of(const LargeOptions& options, std::uint64_t messages) {
    GenerateOptions store;
    store.messages = messages;
    store.group_members = options.group_members;
    store.group_posts_percent = options.group_posts_percent;
    store.users =
        std::max({messages / options.messages_per_user, 2 * store.sessions, store.sessions + store.group_members});
    store.groups = std::max(messages / options.messages_per_group, store.sessions / 2);
    store.directory = fmt::format("{}/generated-{}-{}-{}-{}-{}", options.data_root, messages, store.users, store.groups,
                                  store.group_members, store.group_posts_percent);
    return store;
}

std::vector<std::string> settings_of(const LargeOptions& options) {
    return {fmt::format("{}, native, default settings{}", options.obrold,
                        options.instructions ? ", run by valgrind, which counts instructions; no times are taken" : ""),
            fmt::format("{} messages per user and {} per group of {} members, {} % of them posts in groups{}",
                        options.messages_per_user, options.messages_per_group, options.group_members,
                        options.group_posts_percent,
                        options.writes ? "; others send a message before each request for a history" : "")};
}

Result<void> LargeComparison::prepare() {
    for (const std::uint64_t messages : options_.messages) {
        if (interrupted_.raised()) return fail("interrupted");
        const GenerateOptions store = store_of(options_, messages);
        if (read_generated_sessions(store.directory)) continue;
        // What is there was broken off.
        std::error_code ignored;
        std::filesystem::remove_all(store.directory, ignored);
        progress_(fmt::format("generating {}", store.directory));
        if (auto made = generate(store, clock_, progress_); !made) return made;
    }
    return {};
}

Result<WorkloadSample> LargeComparison::measure(std::uint64_t messages, std::size_t round) const {
    const std::string directory = store_of(options_, messages).directory;
    const auto sessions = read_generated_sessions(directory);
    if (!sessions) return Failure<Error>(sessions.error());
    const auto scratch = ScratchDirectory::make(options_.data_root, "large");
    if (!scratch) return Failure<Error>(scratch.error());
    InstructionCounter counter(scratch->path());
    std::vector<std::string> command = {options_.obrold, "--data", directory, "--listen", "native:127.0.0.1:0"};
    if (options_.instructions) command = counter.counted(std::move(command));
    const MonotonicTime begun = clock_.monotonic_now();
    auto server = ServerProcess::start(command, scratch->path());
    if (!server) return fail(server.error().what + (options_.instructions ? " (Debian package: valgrind)" : ""));
    std::optional<std::uint16_t> port;
    const auto ready =
        server->wait_until([&](std::string_view output,
                               std::string_view) { return (port = obrol_ready_port(output, "native")).has_value(); },
                           ready_limit, clock_, interrupted_);
    if (!ready) return Failure<Error>(ready.error());
    const Duration started = clock_.monotonic_now() - begun;
    const auto usage = read_process_usage(server->id());
    if (!usage) return Failure<Error>(usage.error());

    OneClient client(*port, server->id(), *sessions, options_.writes, clock_,
                     options_.instructions ? &counter : nullptr);
    for (const auto step : {&OneClient::log_in, &OneClient::fetch_inboxes, &OneClient::fetch_histories,
                            &OneClient::fetch_group_inboxes, &OneClient::fetch_group_histories}) {
        if (auto done = (client.*step)(options_.requests); !done)
            return fail(done.error().what + "; the server's last words:\n" + server->last_words());
    }
    WorkloadSample sample;
    sample.peer = fmt::format("{}", messages);
    sample.round = round;
    if (!options_.instructions)
        sample.metrics = {{"start ms", milliseconds(started)}, {"RSS MiB", mebibytes(usage->rss_bytes)}};
    if (!options_.instructions) {
        const auto in_the_end = read_process_usage(server->id());
        if (!in_the_end) return Failure<Error>(in_the_end.error());
        sample.metrics.push_back({"end RSS MiB", mebibytes(in_the_end->rss_bytes)});
    }
    client.logins.append_to(sample.metrics, "login", options_.requests);
    client.inboxes.append_to(sample.metrics, "inbox", options_.requests);
    client.histories.append_to(sample.metrics, "history", options_.requests);
    client.group_inboxes.append_to(sample.metrics, "group inbox", options_.requests);
    client.group_histories.append_to(sample.metrics, "group history", options_.requests);
    sample.stopped_cleanly = server->stop(stop_limit);
    return sample;
}

Result<std::vector<WorkloadSample>> LargeComparison::run() {
    std::vector<WorkloadSample> samples;
    for (std::size_t round = 0; round < options_.rounds; ++round) {
        for (std::size_t turn = 0; turn < options_.messages.size(); ++turn) {
            // Another one begins each round; the report has them in the order of the options all the same.
            const std::uint64_t messages = options_.messages[(round + turn) % options_.messages.size()];
            auto sample = measure(messages, round);
            if (!sample) return Failure<Error>(sample.error());
            const Metric& first = sample->metrics.front();
            progress_(fmt::format("round {} of {}, {} messages: {} {:.0f}", round + 1, options_.rounds, messages,
                                  first.name, first.value));
            samples.push_back(std::move(*sample));
        }
    }
    return samples;
}

}  // namespace obrol::bench
