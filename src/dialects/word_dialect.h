// The server half that documents 000, 001 and 002 share: words in, one JSON object with "status" out. What tells the
// dialects apart is data (PROTOCOLS.md: simple-chat, multithread-chat, chat-service).
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "dialects/dialect.h"
#include "dialects/error_texts.h"
#include "dialects/word_requests.h"
#include "wire/json_writer.h"

namespace obrol {

// Lives as long as the program.
struct WordDialectStyle {
    std::string_view name;
    std::uint16_t default_port;
    std::span<const WordRequest> requests;
    ErrorText error_text;
    // COMPAT: the clients of documents 000 and 002 print the text as the original server kept it: with the blanks that
    // both programs added and the line end of the request.
    bool pads_text;
    // Write what follows "status": "OK": a key and its value.
    void (*write_online)(JsonWriter& json, const OnlineList& online);
    void (*write_session_ended)(JsonWriter& json, const SessionEnded& ended);
};

class WordDialectKind final : public DialectKind {
  public:
    WordDialectKind(const WordDialectStyle& style, DialectLimits limits) : style_(style), limits_(limits) {}

    std::string_view name() const override { return style_.name; }
    std::uint16_t default_port() const override { return style_.default_port; }
    std::unique_ptr<Dialect> make() const override;

  private:
    const WordDialectStyle& style_;
    DialectLimits limits_;
};

}  // namespace obrol
