#include "base/rfc3339.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace obrol {
namespace {

constexpr std::string_view form = "0000-00-00T00:00:00.000Z";

bool has_form(std::string_view text) {
    static_assert(form.size() == rfc3339_size);
    if (text.size() != form.size()) return false;
    for (std::size_t i = 0; i < form.size(); ++i) {
        const bool is_digit = text[i] >= '0' && text[i] <= '9';
        if (form[i] == '0' ? !is_digit : text[i] != form[i]) return false;
    }
    return true;
}

unsigned number_at(std::string_view text, std::size_t begin, std::size_t digits) {
    unsigned value = 0;
    std::from_chars(text.data() + begin, text.data() + begin + digits, value);
    return value;
}

// With leading zeros.
void put_number(char* text, std::size_t begin, std::size_t digits, std::int64_t value) {
    auto left = static_cast<std::uint32_t>(value);
    for (std::size_t i = begin + digits; i > begin; left /= 10)
        text[--i] = static_cast<char>('0' + left % 10);
}

using Text = std::array<char, rfc3339_size>;

// With no milliseconds.
Text whole_second(std::chrono::sys_seconds time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(time - day);
    Text text;
    form.copy(text.data(), text.size());
    put_number(text.data(), 0, 4, static_cast<int>(date.year()));
    put_number(text.data(), 5, 2, static_cast<unsigned>(date.month()));
    put_number(text.data(), 8, 2, static_cast<unsigned>(date.day()));
    put_number(text.data(), 11, 2, clock.hours().count());
    put_number(text.data(), 14, 2, clock.minutes().count());
    put_number(text.data(), 17, 2, clock.seconds().count());
    return text;
}

}  // namespace

// By hand: every message carries its time twice, and general formatting was a fifth of what a message costs.
char* write_rfc3339(WallTime time, char* place) {
    // Nearly all are of the second that was asked for last.
    thread_local std::chrono::sys_seconds last_second = std::chrono::sys_seconds::min();
    thread_local Text last_text;
    const auto second = std::chrono::floor<std::chrono::seconds>(time);
    if (second != last_second) {
        last_text = whole_second(second);
        last_second = second;
    }
    char* const end = std::ranges::copy(last_text, place).out;
    put_number(place, 20, 3, (time - second).count());
    return end;
}

std::string rfc3339(WallTime time) {
    std::string text(rfc3339_size, '\0');
    write_rfc3339(time, text.data());
    return text;
}

std::optional<WallTime> parse_rfc3339(std::string_view text) {
    if (!has_form(text)) return std::nullopt;
    const std::chrono::year_month_day date(std::chrono::year(static_cast<int>(number_at(text, 0, 4))),
                                           std::chrono::month(number_at(text, 5, 2)),
                                           std::chrono::day(number_at(text, 8, 2)));
    const std::chrono::hours hours(number_at(text, 11, 2));
    const std::chrono::minutes minutes(number_at(text, 14, 2));
    const std::chrono::seconds seconds(number_at(text, 17, 2));
    if (!date.ok() || hours.count() > 23 || minutes.count() > 59 || seconds.count() > 59) return std::nullopt;
    return WallTime(std::chrono::sys_days(date)) + hours + minutes + seconds +
           std::chrono::milliseconds(number_at(text, 20, 3));
}

}  // namespace obrol
