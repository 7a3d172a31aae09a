// What the programs of the documents have in common, whatever they speak: lines in, what the document prints out. What
// is not the document's (a server that is away) goes to another place, so that whoever reads the output finds the
// document's alone there.
#pragma once

#include <string>
#include <string_view>

#include "io/task.h"

namespace obrol {

class ClassicClient {
  public:
    // All of these may come at any time, also while somebody types. Lines without the last line end.
    class Screen {
      public:
        virtual void print(std::string_view lines) = 0;
        virtual void notice(std::string_view line) = 0;
        // How far something has come; replaces what it said before, and an empty line takes that away. Shown only
        // where somebody looks.
        virtual void show_progress(std::string_view line) = 0;
        // Whether somebody sits there, who can be asked and sees what comes unasked.
        virtual bool is_watched() const = 0;

      protected:
        ~Screen() = default;
    };

    enum class Then { next_line, end };

    virtual ~ClassicClient() = default;

    // False: there is no server, which has been said.
    virtual Task<bool> start() = 0;
    virtual std::string prompt() const = 0;
    // A line as typed, without its end. One at a time.
    virtual Task<Then> handle(std::string line) = 0;
    // Whether a history may keep the line, before it is handled: it is a command, understood, and holds no password.
    virtual bool may_be_kept(std::string_view line) const = 0;

    // A request under way is reported as of unknown fate. Idempotent.
    virtual void stop() = 0;
    // Before the client is destroyed.
    virtual Task<void> close() = 0;
};

}  // namespace obrol
