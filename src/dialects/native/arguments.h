// The arguments of a request in either form, by the names of the JSON form. Word requests have theirs in the order in
// which they are asked for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "wire/json_value.h"
#include "wire/words.h"

namespace obrol::native {

class Arguments {
  public:
    virtual ~Arguments() = default;
    // Whether it is given at all, whatever it is.
    virtual bool has(std::string_view name) = 0;
    // None: missing, or no text.
    virtual std::optional<std::string> text(std::string_view name) = 0;
    // Names with commas between them, perhaps none; an object may have a list of texts instead.
    virtual std::optional<std::string> list(std::string_view name) = 0;
    // The last argument of a word request: the rest of the line as it is.
    virtual std::optional<std::string> rest(std::string_view name) = 0;
    virtual std::optional<std::int64_t> number(std::string_view name) = 0;
    // An optional number that its own name introduces in the word form: "before 17".
    virtual std::optional<std::int64_t> named_number(std::string_view name) = 0;
    // Likewise a word: "invitation CODE".
    virtual std::optional<std::string> named_text(std::string_view name) = 0;
    // A text that may be empty, which its own name introduces in the word form: "name Lionel Messi"; there it is the
    // rest of the line without blanks around it, and nothing follows.
    virtual std::optional<std::string> replacement(std::string_view name) = 0;
    // Its name alone in the word form, true or false in an object; none: neither of them.
    virtual std::optional<bool> flag(std::string_view name) = 0;
};

// The reader must outlive it and goes on behind what is asked for.
class WordArguments final : public Arguments {
  public:
    explicit WordArguments(WordReader& reader) : reader_(reader) {}

    bool has(std::string_view name) override;
    std::optional<std::string> text(std::string_view name) override;
    std::optional<std::string> list(std::string_view name) override { return text(name); }
    std::optional<std::string> rest(std::string_view name) override;
    std::optional<std::int64_t> number(std::string_view name) override;
    std::optional<std::int64_t> named_number(std::string_view name) override;
    std::optional<std::string> named_text(std::string_view name) override;
    std::optional<std::string> replacement(std::string_view name) override;
    std::optional<bool> flag(std::string_view name) override;

  private:
    WordReader& reader_;
};

// The object must outlive it.
class MemberArguments final : public Arguments {
  public:
    explicit MemberArguments(const JsonValue& object) : object_(object) {}

    bool has(std::string_view name) override { return object_.find(name) != nullptr; }
    std::optional<std::string> text(std::string_view name) override;
    std::optional<std::string> list(std::string_view name) override;
    std::optional<std::string> rest(std::string_view name) override;
    std::optional<std::int64_t> number(std::string_view name) override;
    std::optional<std::int64_t> named_number(std::string_view name) override { return number(name); }
    std::optional<std::string> named_text(std::string_view name) override { return text(name); }
    std::optional<std::string> replacement(std::string_view name) override;
    std::optional<bool> flag(std::string_view name) override;

  private:
    const JsonValue& object_;
};

// The whole text is a number in decimal digits, perhaps with a minus.
std::optional<std::int64_t> parse_number(std::string_view text);

}  // namespace obrol::native
