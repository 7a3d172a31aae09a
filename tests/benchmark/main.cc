// The main() of every benchmark program.
//
//     …_bench [Google Benchmark's flags]     times everything
//     …_bench --counted=N [… flags]          does everything N times its fixed number of iterations
#include <charconv>
#include <cstdio>
#include <fmt/core.h>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/benchmark/benchmarks.h"

namespace obrol {

void Benchmarks::add(const std::string& name, std::int64_t counted_iterations,
                     std::function<void(benchmark::State&)> work) {
    benchmark::internal::Benchmark* added = benchmark::RegisterBenchmark(name.c_str(), std::move(work));
    if (times_ > 0) added->Iterations(counted_iterations * times_);
}

namespace {

int run(int count, char** arguments) {
    constexpr std::string_view counted = "--counted=";
    std::int64_t times = 0;
    std::vector<char*> others;
    for (int i = 0; i < count; ++i) {
        const std::string_view argument = arguments[i];
        if (!argument.starts_with(counted)) {
            others.push_back(arguments[i]);
            continue;
        }
        const char* const end = argument.data() + argument.size();
        const auto [rest, error] = std::from_chars(argument.data() + counted.size(), end, times);
        if (error != std::errc{} || rest != end || times < 1) {
            fmt::print(stderr, "{}: {}N takes a whole number from 1 on\n", arguments[0], counted);
            return 2;
        }
    }
    int other_count = static_cast<int>(others.size());
    others.push_back(nullptr);
    benchmark::Initialize(&other_count, others.data());
    if (benchmark::ReportUnrecognizedArguments(other_count, others.data())) return 2;
    Benchmarks all(times);
    add_benchmarks(all);
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}

}  // namespace
}  // namespace obrol

int main(int count, char** arguments) {
    return obrol::run(count, arguments);
}
