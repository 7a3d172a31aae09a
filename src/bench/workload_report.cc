#include "bench/workload_report.h"

#include <algorithm>
#include <fmt/core.h>

#include "bench/report.h"
#include "wire/json_writer.h"

namespace obrol::bench {
namespace {

bool is_about_machine(std::string_view metric) {
    return metric == generator_metric || metric == others_metric;
}

std::vector<const WorkloadSample*> samples_of(const std::vector<WorkloadSample>& samples, const std::string& peer,
                                              const WorkloadSize& size) {
    std::vector<const WorkloadSample*> found;
    for (const WorkloadSample& sample : samples) {
        if (sample.peer == peer && sample.size == size) found.push_back(&sample);
    }
    return found;
}

template <class Value>
void append_new(std::vector<Value>& list, const Value& value) {
    if (std::find(list.begin(), list.end(), value) == list.end()) list.push_back(value);
}

WorkloadRow row_of(const std::vector<WorkloadSample>& samples, const std::string& peer, const WorkloadSize& size) {
    const auto own = samples_of(samples, peer, size);
    WorkloadRow row{peer, "", size, {}};
    for (std::size_t i = 0; !own.empty() && i < own.front()->metrics.size(); ++i) {
        std::vector<double> values;
        for (const WorkloadSample* sample : own)
            values.push_back(sample->metrics[i].value);
        row.metrics.push_back({own.front()->metrics[i].name, spread_of(std::move(values))});
    }
    return row;
}

WorkloadRow ratio_of(const std::vector<WorkloadSample>& samples, const std::string& peer, const std::string& against,
                     const WorkloadSize& size) {
    const auto own = samples_of(samples, peer, size);
    const auto others = samples_of(samples, against, size);
    WorkloadRow row{peer, against, size, {}};
    for (std::size_t i = 0; i < own.front()->metrics.size(); ++i) {
        const std::string& name = own.front()->metrics[i].name;
        if (is_about_machine(name)) continue;
        std::vector<double> ratios;
        for (std::size_t round = 0; round < std::min(own.size(), others.size()); ++round) {
            const double other = others[round]->metrics[i].value;
            ratios.push_back(other > 0 ? own[round]->metrics[i].value / other : 0);
        }
        row.metrics.push_back({name, spread_of(std::move(ratios))});
    }
    return row;
}

std::string number(double value) {
    if (value >= 1000 || value <= -1000) return fmt::format("{:.0f}", value);
    return fmt::format("{:.3g}", value);
}

std::string range(const Spread& spread) {
    return fmt::format("[{}..{}]", number(spread.lowest), number(spread.highest));
}

// Long names have wide columns.
std::size_t width_of(const MetricSpread& metric) {
    return std::max<std::size_t>(15, metric.name.size() + 1);
}

std::string table_head(const WorkloadRow& row) {
    std::string line = fmt::format("  {:<22}", "");
    for (std::size_t i = 0; i < row.metrics.size(); ++i) {
        line += fmt::format("{:>{}}", row.metrics[i].name, width_of(row.metrics[i]));
        if (i == 0) line += fmt::format(" {:<20}", "[lowest..highest]");
    }
    return line + "\n";
}

std::string table_row(const WorkloadRow& row) {
    std::string line = fmt::format("  {:<22}", row.against.empty() ? row.peer : row.peer + "/" + row.against);
    std::string remarks;
    for (std::size_t i = 0; i < row.metrics.size(); ++i) {
        const auto& [name, spread] = row.metrics[i];
        line += fmt::format("{:>{}}", number(spread.median), width_of(row.metrics[i]));
        if (i == 0) line += fmt::format(" {:<20}", range(spread));
        if (name == generator_metric && spread.highest >= generator_limit_share)
            remarks += "  THE GENERATOR IS THE LIMIT";
        if (name == others_metric && spread.highest >= others_limit_cores) remarks += "  OTHER PROGRAMS DISTURB";
    }
    return line + remarks + "\n";
}

void write_size(JsonWriter& json, const WorkloadSize& size) {
    json.key("size");
    json.begin_object();
    const std::pair<std::string_view, std::size_t> counts[] = {
        {"receivers", size.receivers}, {"senders", size.senders}, {"pairs", size.pairs},
        {"clients", size.clients},     {"depth", size.depth},     {"file_mib", size.file_mib}};
    for (const auto& [name, count] : counts) {
        json.key(name);
        json.integer(count);
    }
    json.key("rate");
    json.real(size.rate);
    json.key("downloads");
    json.boolean(size.downloads);
    json.end_object();
}

void write_text(JsonWriter& json, std::string_view name, std::string_view value) {
    json.key(name);
    json.string(value);
}

void write_settings(JsonWriter& json, std::string_view workload, const std::vector<std::string>& settings) {
    json.key("settings");
    json.begin_object();
    write_text(json, "workload", workload);
    json.key("lines");
    json.begin_array();
    for (const std::string& line : settings)
        json.string(line);
    json.end_array();
    json.end_object();
}

void write_sample(JsonWriter& json, const WorkloadSample& sample) {
    json.begin_object();
    write_text(json, "peer", sample.peer);
    write_size(json, sample.size);
    json.key("round");
    json.integer(sample.round);
    json.key("stopped_cleanly");
    json.boolean(sample.stopped_cleanly);
    json.key("metrics");
    json.begin_object();
    for (const Metric& metric : sample.metrics) {
        json.key(metric.name);
        json.real(metric.value);
    }
    json.end_object();
    json.end_object();
}

void write_row(JsonWriter& json, const WorkloadRow& row) {
    json.begin_object();
    write_text(json, "peer", row.peer);
    if (!row.against.empty()) write_text(json, "against", row.against);
    write_size(json, row.size);
    json.key("metrics");
    json.begin_object();
    for (const auto& [name, spread] : row.metrics) {
        json.key(name);
        json.begin_object();
        json.key("median");
        json.real(spread.median);
        json.key("lowest");
        json.real(spread.lowest);
        json.key("highest");
        json.real(spread.highest);
        json.end_object();
    }
    json.end_object();
    json.end_object();
}

}  // namespace

std::vector<WorkloadRow> rows_of(const std::vector<WorkloadSample>& samples) {
    std::vector<WorkloadSize> sizes;
    std::vector<std::string> peers;
    for (const WorkloadSample& sample : samples) {
        append_new(sizes, sample.size);
        append_new(peers, sample.peer);
    }
    std::vector<WorkloadRow> rows;
    for (const WorkloadSize& size : sizes) {
        for (const std::string& peer : peers)
            rows.push_back(row_of(samples, peer, size));
        for (std::size_t i = 1; i < peers.size(); ++i)
            rows.push_back(ratio_of(samples, peers.front(), peers[i], size));
    }
    return rows;
}

std::string text_report(const std::vector<WorkloadRow>& rows,
                        const std::function<std::string(const WorkloadSize&)>& heading) {
    std::string out;
    const WorkloadRow* before = nullptr;
    for (const WorkloadRow& row : rows) {
        if (!before || before->size != row.size) out += fmt::format("\n{}\n{}", heading(row.size), table_head(row));
        out += table_row(row);
        before = &row;
    }
    return out;
}

std::string json_report(std::string_view workload, const std::vector<std::string>& settings,
                        const std::vector<WorkloadSample>& samples, const std::vector<WorkloadRow>& rows) {
    std::string out;
    JsonWriter json(out, JsonStyle::compact);
    json.begin_object();
    write_settings(json, workload, settings);
    json.key("samples");
    json.begin_array();
    for (const WorkloadSample& sample : samples)
        write_sample(json, sample);
    json.end_array();
    json.key("rows");
    json.begin_array();
    for (const WorkloadRow& row : rows)
        write_row(json, row);
    json.end_array();
    json.end_object();
    return out + "\n";
}

}  // namespace obrol::bench
