// A terminal with somebody at it: lines can be edited and called back (libedit). While he types the network goes on,
// and what is to be noticed appears above his line.
#pragma once

#include <cstdio>
#include <cwchar>
#include <memory>
#include <string>

#include "apps/obrol/console.h"
#include "apps/obrol/history_file.h"
#include "apps/obrol/progress_line.h"
#include "apps/terminal/foreground.h"

namespace obrol {

class EditingConsole final : public Console {
  public:
    // Standard input and output are a terminal. Sets the process's character set to UTF-8, which the wire has.
    EditingConsole(Foreground& foreground, HistoryFile file);
    ~EditingConsole() override;

    std::optional<std::string> next_line(const std::string& prompt) override;
    void keep(const std::string& line) override;
    void print(std::string_view lines) override;
    void notice(std::string_view line) override;
    void show_progress(std::string_view line) override { progress_.show(line); }
    bool is_watched() const override { return true; }

    // The terminal has another size.
    void resize();
    // Others may have used the terminal: takes it again and shows the line that is being edited.
    void take_again();

  private:
    struct Editor;

    std::optional<wchar_t> next_character();
    void remember(const std::string& line);
    void start_new_line();
    void write_above_line(std::FILE* to, std::string_view lines);

    Foreground& foreground_;
    HistoryFile file_;
    std::string prompt_;
    bool editing_ = false;
    ProgressLine progress_;
    std::mbstate_t decoding_{};
    std::unique_ptr<Editor> editor_;
};

}  // namespace obrol
