#include "apps/obrol/editing_console.h"

#include <cerrno>
#include <clocale>
#include <cstdio>
#include <fmt/core.h>
#include <histedit.h>
#include <unistd.h>

#include "base/check.h"

namespace obrol {

// libedit's side, and what it calls.
struct EditingConsole::Editor {
    explicit Editor(EditingConsole& console)
        : edit(::el_init("obrol", stdin, stdout, stderr)), history(::history_init()) {
        OBROL_CHECK(edit != nullptr && history != nullptr);
        HistEvent event;
        ::history(history, &event, H_SETSIZE, static_cast<int>(HistoryFile::lines_max));
        ::history(history, &event, H_SETUNIQUE, 1);
        ::el_set(edit, EL_CLIENTDATA, &console);
        ::el_set(edit, EL_PROMPT, give_prompt);
        ::el_set(edit, EL_EDITOR, "emacs");
        ::el_set(edit, EL_HIST, ::history, history);
        ::el_set(edit, EL_GETCFN, give_character);
        // Between two lines, too, the terminal hands on every key as it is: a Ctrl-D that it took for the end of a line
        // of its own would be lost. libedit shows what was typed meanwhile when it comes to it.
        ::el_set(edit, EL_SETTY, "-x", "-icanon", "-echo", nullptr);
        // What somebody has set up for all programs that use libedit: ~/.editrc.
        ::el_source(edit, nullptr);
    }
    ~Editor() {
        ::el_end(edit);
        ::history_end(history);
    }
    Editor(const Editor&) = delete;
    Editor& operator=(const Editor&) = delete;

    static EditingConsole& console_of(EditLine* edit) {
        void* console = nullptr;
        ::el_get(edit, EL_CLIENTDATA, &console);
        return *static_cast<EditingConsole*>(console);
    }
    static char* give_prompt(EditLine* edit) { return console_of(edit).prompt_.data(); }
    static int give_character(EditLine* edit, wchar_t* into) {
        const std::optional<wchar_t> character = console_of(edit).next_character();
        if (character) *into = *character;
        return character ? 1 : 0;
    }

    EditLine* const edit;
    History* const history;
};

EditingConsole::EditingConsole(Foreground& foreground, HistoryFile file)
    : foreground_(foreground), file_(std::move(file)) {
    std::setlocale(LC_CTYPE, "C.UTF-8");
    editor_ = std::make_unique<Editor>(*this);
    for (const std::string& line : file_.load())
        remember(line);
}

EditingConsole::~EditingConsole() = default;

void EditingConsole::remember(const std::string& line) {
    HistEvent event;
    ::history(editor_->history, &event, H_ENTER, line.c_str());
}

void EditingConsole::keep(const std::string& line) {
    remember(line);
    file_.append(line);
}

std::optional<std::string> EditingConsole::next_line(const std::string& prompt) {
    prompt_ = prompt;
    int count = 0;
    editing_ = true;
    const char* const typed = ::el_gets(editor_->edit, &count);
    editing_ = false;
    if (typed == nullptr || count <= 0) {
        start_new_line();
        return std::nullopt;
    }
    std::string line(typed, static_cast<std::size_t>(count));
    if (line.ends_with('\n')) line.pop_back();
    return line;
}

std::optional<wchar_t> EditingConsole::next_character() {
    for (;;) {
        if (!foreground_.wait_for_input(STDIN_FILENO)) return std::nullopt;
        // Byte by byte: what is typed ahead stays in the terminal for whoever reads next.
        char byte = 0;
        const ssize_t count = ::read(STDIN_FILENO, &byte, 1);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return std::nullopt;
        wchar_t character = 0;
        const std::size_t used = std::mbrtowc(&character, &byte, 1, &decoding_);
        if (used == static_cast<std::size_t>(-1)) decoding_ = {};  // not UTF-8: nothing that could be sent
        if (used <= 1) return character;
    }
}

void EditingConsole::print(std::string_view lines) {
    write_above_line(stdout, lines);
}

void EditingConsole::notice(std::string_view line) {
    write_above_line(stderr, line);
}

// While nobody types: where the cursor is.
void EditingConsole::write_above_line(std::FILE* to, std::string_view lines) {
    progress_.take_away();
    if (editing_) start_new_line();
    fmt::print(to, "{}\n", lines);
    std::fflush(to);
    if (editing_) ::el_set(editor_->edit, EL_REFRESH);
}

void EditingConsole::start_new_line() {
    std::fputc('\n', stdout);
    std::fflush(stdout);
}

void EditingConsole::resize() {
    ::el_resize(editor_->edit);
}

void EditingConsole::take_again() {
    if (!editing_) return;
    // libedit would believe that the terminal still is as it left it.
    ::el_set(editor_->edit, EL_PREP_TERM, 0);
    ::el_set(editor_->edit, EL_PREP_TERM, 1);
    start_new_line();
    ::el_set(editor_->edit, EL_REFRESH);
}

}  // namespace obrol
