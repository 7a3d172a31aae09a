#include "base/rfc3339.h"

#include <charconv>
#include <cstdint>

namespace obrol {
namespace {

constexpr std::string_view form = "0000-00-00T00:00:00.000Z";

bool has_form(std::string_view text) {
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
void put_number(std::string& text, std::size_t begin, std::size_t digits, std::int64_t value) {
    auto left = static_cast<std::uint32_t>(value);
    for (std::size_t i = begin + digits; i > begin; left /= 10)
        text[--i] = static_cast<char>('0' + left % 10);
}

}  // namespace

// By hand: every message carries its time twice, and general formatting was a fifth of what a message costs.
std::string rfc3339(WallTime time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(time - day);
    std::string text(form);
    put_number(text, 0, 4, static_cast<int>(date.year()));
    put_number(text, 5, 2, static_cast<unsigned>(date.month()));
    put_number(text, 8, 2, static_cast<unsigned>(date.day()));
    put_number(text, 11, 2, clock.hours().count());
    put_number(text, 14, 2, clock.minutes().count());
    put_number(text, 17, 2, clock.seconds().count());
    put_number(text, 20, 3, clock.subseconds().count());
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
