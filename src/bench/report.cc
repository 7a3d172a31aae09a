#include "bench/report.h"

#include <algorithm>
#include <fmt/core.h>

#include "bench/units.h"
#include "wire/json_writer.h"

namespace obrol::bench {
namespace {

double seconds_of(Duration time) {
    return std::chrono::duration<double>(time).count();
}

double rate_of(const LoadResult& load) {
    return static_cast<double>(load.acknowledged) / seconds_of(load.usage.elapsed);
}

double busy_rate_of(const LoadResult& load) {
    return static_cast<double>(load.busy) / seconds_of(load.usage.elapsed);
}

// CPU seconds for each million acknowledgements; 0 when there was none.
double cpu_per_million_of(const LoadResult& load) {
    if (load.acknowledged == 0) return 0;
    return load.usage.server_cpu_seconds * 1e6 / static_cast<double>(load.acknowledged);
}

double microseconds_at(const LoadResult& load, double fraction) {
    return microseconds(load.latency.quantile(fraction));
}

double generator_share_of(const LoadResult& load) {
    return load.usage.generator_cpu_seconds / seconds_of(load.usage.elapsed);
}

double other_cores_of(const LoadResult& load) {
    return load.usage.other_cpu_seconds / seconds_of(load.usage.elapsed);
}

template <class Measure>
Spread spread_over(const std::vector<const LoadResult*>& loads, Measure measure) {
    std::vector<double> values;
    for (const LoadResult* load : loads)
        values.push_back(measure(*load));
    return spread_of(std::move(values));
}

CellSummary summary_of(const std::string& peer, Cell cell, const std::vector<Sample>& samples) {
    std::vector<const LoadResult*> loads;
    double stall = 0;
    for (const Sample& sample : samples) {
        if (sample.peer != peer || sample.cell != cell) continue;
        loads.push_back(&sample.load);
        stall = std::max(stall, milliseconds(sample.load.longest_stall));
    }
    CellSummary summary;
    summary.peer = peer;
    summary.cell = cell;
    summary.rounds = loads.size();
    summary.acknowledged_per_second = spread_over(loads, rate_of);
    summary.busy_per_second = spread_over(loads, busy_rate_of);
    summary.server_cpu_seconds_per_million = spread_over(loads, cpu_per_million_of);
    summary.p50_microseconds = spread_over(loads, [](const LoadResult& load) { return microseconds_at(load, 0.50); });
    summary.p99_microseconds = spread_over(loads, [](const LoadResult& load) { return microseconds_at(load, 0.99); });
    summary.p99_9_microseconds =
        spread_over(loads, [](const LoadResult& load) { return microseconds_at(load, 0.999); });
    summary.longest_stall_milliseconds = stall;
    summary.rss_mebibytes =
        spread_over(loads, [](const LoadResult& load) { return mebibytes(load.usage.server_rss_bytes); });
    summary.generator_cpu_share = spread_over(loads, generator_share_of);
    summary.other_cores = spread_over(loads, other_cores_of);
    return summary;
}

const Sample* find_sample(const std::vector<Sample>& samples, const std::string& peer, Cell cell, std::size_t round) {
    const auto found = std::find_if(samples.begin(), samples.end(), [&](const Sample& sample) {
        return sample.peer == peer && sample.cell == cell && sample.round == round;
    });
    return found == samples.end() ? nullptr : &*found;
}

void write_number(JsonWriter& json, std::string_view name, double value) {
    json.key(name);
    json.real(value);
}

void write_text(JsonWriter& json, std::string_view name, std::string_view value) {
    json.key(name);
    json.string(value);
}

void write_count(JsonWriter& json, std::string_view name, std::uint64_t value) {
    json.key(name);
    json.integer(value);
}

void write_cell(JsonWriter& json, Cell cell) {
    write_count(json, "clients", cell.clients);
    write_count(json, "depth", cell.depth);
}

void write_spread(JsonWriter& json, std::string_view name, const Spread& spread) {
    json.key(name);
    json.begin_object();
    write_number(json, "median", spread.median);
    write_number(json, "lowest", spread.lowest);
    write_number(json, "highest", spread.highest);
    json.end_object();
}

void write_settings(JsonWriter& json, const AckOptions& options, const std::vector<std::string>& settings) {
    json.key("settings");
    json.begin_object();
    write_number(json, "seconds", options.seconds);
    write_count(json, "rounds", options.rounds);
    write_count(json, "text_size", options.text_size);
    write_count(json, "pause_ms", options.pause_ms);
    json.key("lines");
    json.begin_array();
    for (const std::string& line : settings)
        json.string(line);
    json.end_array();
    json.end_object();
}

void write_sample(JsonWriter& json, const Sample& sample) {
    const LoadResult& load = sample.load;
    json.begin_object();
    write_text(json, "peer", sample.peer);
    write_cell(json, sample.cell);
    write_count(json, "round", sample.round);
    write_count(json, "acknowledged", load.acknowledged);
    write_number(json, "seconds", seconds_of(load.usage.elapsed));
    write_number(json, "acknowledged_per_second", rate_of(load));
    write_count(json, "busy", load.busy);
    write_number(json, "server_cpu_seconds", load.usage.server_cpu_seconds);
    write_number(json, "generator_cpu_share", generator_share_of(load));
    write_number(json, "other_cores", other_cores_of(load));
    write_number(json, "p50_microseconds", microseconds_at(load, 0.50));
    write_number(json, "p99_microseconds", microseconds_at(load, 0.99));
    write_number(json, "p99_9_microseconds", microseconds_at(load, 0.999));
    write_number(json, "longest_stall_milliseconds", milliseconds(load.longest_stall));
    write_count(json, "server_rss_bytes", load.usage.server_rss_bytes);
    json.key("stopped_cleanly");
    json.boolean(sample.stopped_cleanly);
    json.end_object();
}

void write_summary(JsonWriter& json, const CellSummary& summary) {
    json.begin_object();
    write_text(json, "peer", summary.peer);
    write_cell(json, summary.cell);
    write_count(json, "rounds", summary.rounds);
    write_spread(json, "acknowledged_per_second", summary.acknowledged_per_second);
    write_spread(json, "busy_per_second", summary.busy_per_second);
    write_spread(json, "server_cpu_seconds_per_million", summary.server_cpu_seconds_per_million);
    write_spread(json, "p50_microseconds", summary.p50_microseconds);
    write_spread(json, "p99_microseconds", summary.p99_microseconds);
    write_spread(json, "p99_9_microseconds", summary.p99_9_microseconds);
    write_number(json, "longest_stall_milliseconds", summary.longest_stall_milliseconds);
    write_spread(json, "rss_mebibytes", summary.rss_mebibytes);
    write_spread(json, "generator_cpu_share", summary.generator_cpu_share);
    write_spread(json, "other_cores", summary.other_cores);
    json.end_object();
}

void write_ratio(JsonWriter& json, const Ratio& ratio) {
    json.begin_object();
    write_text(json, "peer", ratio.peer);
    write_text(json, "against", ratio.against);
    write_cell(json, ratio.cell);
    write_spread(json, "rate", ratio.rate);
    write_spread(json, "server_cpu", ratio.server_cpu);
    json.end_object();
}

void write_evidence(JsonWriter& json, const SyncEvidence& evidence) {
    json.begin_object();
    write_text(json, "peer", evidence.peer);
    write_cell(json, evidence.cell);
    write_count(json, "acknowledged", evidence.acknowledged);
    write_count(json, "sync_calls", evidence.sync_calls);
    json.key("is_plausible");
    json.boolean(evidence.is_plausible());
    json.end_object();
}

std::string table_head() {
    return fmt::format("  {:<10}{:>9} {:<20}{:>9}{:>9}{:>9}{:>10}{:>10}{:>9}{:>11}{:>8}\n", "", "acks/s",
                       "[lowest..highest]", "CPU-s/M", "p50 us", "p99 us", "p99.9 us", "stall ms", "RSS MiB",
                       "generator", "others");
}

std::string table_row(const CellSummary& summary) {
    const Spread& rate = summary.acknowledged_per_second;
    const std::string range = fmt::format("[{:.0f}..{:.0f}]", rate.lowest, rate.highest);
    std::string row = fmt::format(
        "  {:<10}{:>9.0f} {:<20}{:>9.2f}{:>9.0f}{:>9.0f}{:>10.0f}{:>10.1f}{:>9.1f}{:>11.2f}{:>8.2f}", summary.peer,
        rate.median, range, summary.server_cpu_seconds_per_million.median, summary.p50_microseconds.median,
        summary.p99_microseconds.median, summary.p99_9_microseconds.median, summary.longest_stall_milliseconds,
        summary.rss_mebibytes.median, summary.generator_cpu_share.median, summary.other_cores.median);
    if (summary.busy_per_second.highest > 0)
        row += fmt::format("  {:.0f}/s refused as busy", summary.busy_per_second.median);
    if (summary.generator_cpu_share.highest >= generator_limit_share) row += "  THE GENERATOR IS THE LIMIT";
    if (summary.other_cores.highest >= others_limit_cores) row += "  OTHER PROGRAMS DISTURB";
    return row + "\n";
}

}  // namespace

std::vector<CellSummary> summarize(const std::vector<Sample>& samples) {
    std::vector<CellSummary> summaries;
    for (const Sample& sample : samples) {
        const bool known = std::any_of(summaries.begin(), summaries.end(), [&](const CellSummary& summary) {
            return summary.peer == sample.peer && summary.cell == sample.cell;
        });
        if (!known) summaries.push_back(summary_of(sample.peer, sample.cell, samples));
    }
    return summaries;
}

std::vector<Ratio> ratios_of(const std::vector<Sample>& samples, const std::string& peer, const std::string& against) {
    std::vector<Ratio> ratios;
    for (const CellSummary& summary : summarize(samples)) {
        if (summary.peer != peer) continue;
        std::vector<double> rates, cpu;
        for (std::size_t round = 0; round < summary.rounds; ++round) {
            const Sample* mine = find_sample(samples, peer, summary.cell, round);
            const Sample* other = find_sample(samples, against, summary.cell, round);
            if (!mine || !other || other->load.acknowledged == 0) break;
            rates.push_back(rate_of(mine->load) / rate_of(other->load));
            const double other_cpu = cpu_per_million_of(other->load);
            cpu.push_back(other_cpu > 0 ? cpu_per_million_of(mine->load) / other_cpu : 0);
        }
        if (rates.size() == summary.rounds)
            ratios.push_back({peer, against, summary.cell, spread_of(rates), spread_of(cpu)});
    }
    return ratios;
}

std::string text_report(const std::vector<Sample>& samples, const std::vector<Ratio>& ratios) {
    const auto summaries = summarize(samples);
    std::vector<Cell> done;
    std::string out;
    for (const CellSummary& first : summaries) {
        if (std::find(done.begin(), done.end(), first.cell) != done.end()) continue;
        done.push_back(first.cell);
        out += fmt::format("\n{} clients, {} in flight each\n", first.cell.clients, first.cell.depth);
        out += table_head();
        for (const CellSummary& summary : summaries) {
            if (summary.cell == first.cell) out += table_row(summary);
        }
        for (const Ratio& ratio : ratios) {
            if (ratio.cell != first.cell) continue;
            out += fmt::format("  {}/{}: rate {:.2f} [{:.2f}..{:.2f}], server CPU {:.2f} [{:.2f}..{:.2f}]\n",
                               ratio.peer, ratio.against, ratio.rate.median, ratio.rate.lowest, ratio.rate.highest,
                               ratio.server_cpu.median, ratio.server_cpu.lowest, ratio.server_cpu.highest);
        }
    }
    return out;
}

std::string text_report(const std::vector<SyncEvidence>& evidence) {
    std::string out = "\nsync calls, counted under strace\n";
    for (const SyncEvidence& peer : evidence) {
        out += fmt::format("  {:<8}{} acknowledged, {} syncs, {} clients x {} in flight: {}\n", peer.peer,
                           peer.acknowledged, peer.sync_calls, peer.cell.clients, peer.cell.depth,
                           peer.is_plausible() ? "enough to sync before each acknowledgement"
                                               : "TOO FEW, it acknowledges before it syncs");
    }
    return out;
}

std::string json_report(const AckOptions& options, const std::vector<std::string>& settings,
                        const std::vector<Sample>& samples, const std::vector<Ratio>& ratios,
                        const std::vector<SyncEvidence>& evidence) {
    std::string out;
    JsonWriter json(out, JsonStyle::compact);
    json.begin_object();
    write_settings(json, options, settings);
    json.key("samples");
    json.begin_array();
    for (const Sample& sample : samples)
        write_sample(json, sample);
    json.end_array();
    json.key("summaries");
    json.begin_array();
    for (const CellSummary& summary : summarize(samples))
        write_summary(json, summary);
    json.end_array();
    json.key("ratios");
    json.begin_array();
    for (const Ratio& ratio : ratios)
        write_ratio(json, ratio);
    json.end_array();
    json.key("syncs");
    json.begin_array();
    for (const SyncEvidence& peer : evidence)
        write_evidence(json, peer);
    json.end_array();
    json.end_object();
    return out + "\n";
}

}  // namespace obrol::bench
