#include "client/classic/menu_texts.h"

#include <fmt/format.h>

#include "base/rfc3339.h"
#include "client/classic/printable.h"
#include "dialects/file_text.h"

namespace obrol {
namespace {

// "2026-11-21T03:50:45.765Z" to the minute.
std::string minute_text(WallTime time) {
    const std::string text = rfc3339(time);
    return fmt::format("{} {} UTC", text.substr(0, 10), text.substr(11, 5));
}

}  // namespace

std::string message_line(const UnreadPage::Message& message, bool names_group) {
    std::string from = printable(message.from.name);
    if (names_group && message.group)
        from += fmt::format(" @ {} ({})", printable(message.group->name), printable(message.group_code));
    const auto file = file_of(message);
    const std::string text = file ? file_text(*file) : message.entry.body;
    const WallTime at = message.entry.header.at;
    const std::string when = at == WallTime{} ? std::string() : fmt::format("[{}] ", minute_text(at));
    return fmt::format("{}{}: {}", when, from, printable(text));
}

std::string contact_lines(const ContactList& contacts) {
    if (contacts.contacts.empty()) return "Daftar kontak kosong";
    std::string lines;
    for (std::size_t i = 0; i < contacts.contacts.size(); ++i)
        lines += fmt::format("{}{}. {}", i == 0 ? "" : "\n", i + 1, printable(contacts.contacts[i].user.name));
    return lines;
}

std::string group_lines(const std::vector<GroupView>& groups) {
    if (groups.empty()) return "Belum tergabung dalam grup";
    std::string lines;
    for (std::size_t i = 0; i < groups.size(); ++i)
        lines += fmt::format("{}{}. {} (kode {})", i == 0 ? "" : "\n", i + 1, printable(groups[i].card.name),
                             printable(groups[i].code));
    return lines;
}

std::optional<FileCard> file_of(const UnreadPage::Message& message) {
    const LogEntry& entry = message.entry;
    return entry.header.kind == EntryKind::file ? parse_file_card(entry.body) : std::nullopt;
}

}  // namespace obrol
