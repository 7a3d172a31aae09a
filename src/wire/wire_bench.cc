// Cutting lines and words, reading and writing JSON: what every request and every answer pays.
#include <string>
#include <string_view>

#include "base/check.h"
#include "tests/benchmark/benchmarks.h"
#include "wire/json_reader.h"
#include "wire/json_writer.h"
#include "wire/line_framer.h"
#include "wire/words.h"

namespace obrol {
namespace {

constexpr std::size_t line_bytes_max = 64 * 1024;
const std::string chat_line = "send henderson@server " + std::string(64, 'x');

// Counts the lines in `input`, which arrives in pieces of `piece` bytes.
std::size_t lines_of(std::string_view input, std::size_t piece) {
    LineFramer framer(line_bytes_max);
    std::size_t begin = 0, lines = 0;
    for (std::size_t end = 0; end < input.size();) {
        end = std::min(input.size(), end + piece);
        while (true) {
            const Frame frame = framer.next(input.substr(begin, end - begin));
            begin += frame.consumed;
            if (frame.kind == Frame::Kind::need_more) break;
            ++lines;
        }
    }
    return lines;
}

void frame_lines(benchmark::State& state, const std::string& input, std::size_t piece, std::size_t expected) {
    for (auto _ : state) {
        const std::size_t lines = lines_of(input, piece);
        OBROL_CHECK(lines == expected);
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(input.size()) * state.iterations());
}

std::string many_lines(std::size_t count) {
    std::string all;
    for (std::size_t i = 0; i < count; ++i)
        all.append(chat_line).append("\r\n");
    return all;
}

void split_words(benchmark::State& state) {
    for (auto _ : state) {
        WordReader reader(chat_line);
        auto command = reader.next_word();
        auto recipient = reader.next_word();
        auto text = reader.rest_text();
        benchmark::DoNotOptimize(command);
        benchmark::DoNotOptimize(recipient);
        benchmark::DoNotOptimize(text);
    }
}

void read(benchmark::State& state, const std::string& text) {
    for (auto _ : state) {
        auto value = read_json(text, {.bytes_max = line_bytes_max});
        OBROL_CHECK(value.has_value());
        benchmark::DoNotOptimize(value);
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(text.size()) * state.iterations());
}

void write_message(JsonWriter& json, std::string_view text) {
    json.begin_object();
    json.key("id");
    json.string("0199a7b0-3c5d-7abc-8def-0123456789ab");
    json.key("conv");
    json.integer(1234);
    json.key("seq");
    json.integer(56789);
    json.key("from");
    json.string("messi");
    json.key("name");
    json.string("Lionel Messi");
    json.key("text");
    json.string(text);
    json.end_object();
}

void write(benchmark::State& state, JsonStyle style, const std::string& text) {
    std::string out;
    for (auto _ : state) {
        out.clear();
        JsonWriter json(out, style);
        write_message(json, text);
        benchmark::DoNotOptimize(out.data());
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(out.size()) * state.iterations());
}

}  // namespace

void add_benchmarks(Benchmarks& all) {
    all.add("line_framer/100_lines_at_once", 300,
            [](benchmark::State& state) { frame_lines(state, many_lines(100), std::string::npos, 100); });
    all.add("line_framer/byte_by_byte", 1000, [](benchmark::State& state) { frame_lines(state, many_lines(1), 1, 1); });
    all.add("line_framer/64_KiB_line_in_segments", 100,
            [](benchmark::State& state) { frame_lines(state, std::string(line_bytes_max, 'x') + "\n", 1448, 1); });
    all.add("words/send", 20'000, split_words);

    const std::string send = R"({"cmd": "send", "id": "c1", "to": "messi@B", "text": ")" + std::string(64, 'x') +
                             R"(", "key": "laptop-3f2a:17"})";
    std::string page = R"({"status":"OK","data":{"messages":[)";
    for (int i = 0; i < 100; ++i) {
        if (i > 0) page += ',';
        JsonWriter json(page, JsonStyle::compact);
        write_message(json, std::string(64, 'x'));
    }
    page += "]}}";
    all.add("json_reader/send", 2000, [send](benchmark::State& state) { read(state, send); });
    all.add("json_reader/page_of_100", 20, [page](benchmark::State& state) { read(state, page); });

    const std::string plain(64, 'x');
    const std::string mixed = "héllo \"wörld\" \\ 😀 \n selamat pagi, apa kabar? 你好";
    all.add("json_writer/compact", 5000, [plain](benchmark::State& state) { write(state, JsonStyle::compact, plain); });
    all.add("json_writer/compact_escapes", 5000,
            [mixed](benchmark::State& state) { write(state, JsonStyle::compact, mixed); });
    all.add("json_writer/python", 5000, [plain](benchmark::State& state) { write(state, JsonStyle::python, plain); });
    all.add("json_writer/python_escapes", 5000,
            [mixed](benchmark::State& state) { write(state, JsonStyle::python, mixed); });
}

}  // namespace obrol
