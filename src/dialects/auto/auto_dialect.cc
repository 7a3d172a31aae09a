#include "dialects/auto/auto_dialect.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "wire/json_extent.h"
#include "wire/json_reader.h"

namespace obrol::auto_dialect {
namespace {

constexpr std::size_t json_depth_max = 32;  // PROTOCOLS.md: common rules
// Longer words are no keywords, so nobody waits for their end.
constexpr std::size_t keyword_bytes_max = 64;

// Which of the kinds; also what tells their variants apart.
enum class Choice : EncoderVariant { py_chat, native, words };
constexpr EncoderVariant choice_count = 3;

using Kinds = std::array<const DialectKind*, choice_count>;

const DialectKind& kind_of(const Kinds& kinds, Choice choice) {
    return *kinds[static_cast<std::size_t>(choice)];
}

EncoderVariant outer_variant(Choice choice, EncoderVariant inner) {
    return inner * choice_count + static_cast<EncoderVariant>(choice);
}
Choice choice_of(EncoderVariant outer) {
    return static_cast<Choice>(outer % choice_count);
}
EncoderVariant inner_variant(EncoderVariant outer) {
    return outer / choice_count;
}

bool is_capital(char c) {
    return c >= 'A' && c <= 'Z';
}

// None: the word is not whole yet, and can still become a keyword of py-chat.
std::optional<Choice> choice_by_word(std::string_view input) {
    input = input.substr(0, keyword_bytes_max + 1);
    const auto end = std::ranges::find_if(input, [](char c) { return !is_capital(c) && c != '-'; });
    const std::string_view word(input.begin(), end);
    const bool is_ended = end != input.end() && (*end == ' ' || *end == '\t' || *end == '\r' || *end == '\n');
    if (end == input.end() && word.size() <= keyword_bytes_max) return std::nullopt;
    const bool is_keyword = is_ended && !word.empty() && is_capital(word.front()) && word.find('-') != word.npos;
    return is_keyword ? Choice::py_chat : Choice::words;
}

// An object that cannot be read shows its keys all the same.
Choice choice_by_object(std::string_view text) {
    const auto object = read_json(text, JsonLimits{text.size(), json_depth_max});
    const bool has_command = object ? object->find("COMMAND") != nullptr : text.find("\"COMMAND\"") != text.npos;
    return has_command ? Choice::py_chat : Choice::native;
}

class Connection final : public Dialect {
  public:
    Connection(const Kinds& kinds, std::size_t bytes_max)
        : kinds_(kinds), bytes_max_(bytes_max), extent_(bytes_max, json_depth_max) {}

    Decoded decode(std::string_view input) override {
        if (chosen_) return chosen_->decode(input);
        // Blanks before the first word mean nothing in any dialect.
        const std::size_t blanks = std::min(input.size(), input.find_first_not_of(" \t"));
        input.remove_prefix(blanks);
        const std::optional<Choice> choice = input.empty() ? std::nullopt : choose(input);
        if (!choice) return {blanks, NeedMore{}};
        choice_ = *choice;
        chosen_ = kind_of(kinds_, choice_).make();
        Decoded decoded = chosen_->decode(input);
        decoded.consumed += blanks;
        return decoded;
    }

    NextStep encode(const Reply& reply, std::string& out) override {
        OBROL_CHECK(chosen_);
        return chosen_->encode(reply, out);
    }

    void encode_refusal(ChatError why, std::string& out) override {
        if (chosen_) return chosen_->encode_refusal(why, out);
        kind_of(kinds_, Choice::native).make()->encode_refusal(why, out);
    }

    std::optional<EncoderVariant> listens() const override {
        const std::optional<EncoderVariant> inner = chosen_ ? chosen_->listens() : std::nullopt;
        return inner ? std::optional(outer_variant(choice_, *inner)) : std::nullopt;
    }

  private:
    // None: more bytes decide. What is too long or malformed is for the chosen dialect to refuse.
    std::optional<Choice> choose(std::string_view input) {
        if (!input.starts_with('{')) return choice_by_word(input);
        const JsonExtent::Answer extent = extent_.next(input);
        switch (extent.kind) {
            case JsonExtent::Kind::need_more:
                return std::nullopt;
            case JsonExtent::Kind::complete:
                return choice_by_object(input.substr(0, extent.length));
            case JsonExtent::Kind::too_long:
                return choice_by_object(input.substr(0, bytes_max_));
            case JsonExtent::Kind::malformed:
                return choice_by_object(malformed_part(input));
        }
        return Choice::native;
    }

    // Up to the byte that shows that it is no object: the choice must not depend on what else has arrived.
    std::string_view malformed_part(std::string_view input) const {
        JsonExtent extent(bytes_max_, json_depth_max);
        std::size_t size = 1;
        while (extent.next(input.substr(0, size)).kind == JsonExtent::Kind::need_more)
            ++size;
        return input.substr(0, size);
    }

    const Kinds& kinds_;
    std::size_t bytes_max_;
    JsonExtent extent_;
    Choice choice_ = Choice::native;
    std::unique_ptr<Dialect> chosen_;  // none: the first request is not whole yet
};

class Kind final : public DialectKind {
  public:
    Kind(const Choices& choices, const DialectLimits& limits)
        : kinds_{&choices.py_chat, &choices.native, &choices.words}, bytes_max_(limits.line_bytes_max) {}

    std::string_view name() const override { return "auto"; }
    std::uint16_t default_port() const override { return 8889; }
    std::unique_ptr<Dialect> make() const override { return std::make_unique<Connection>(kinds_, bytes_max_); }

    bool writes_events_apart(EncoderVariant variant) const override {
        return kind_of(kinds_, choice_of(variant)).writes_events_apart(inner_variant(variant));
    }
    bool hears_own_messages(EncoderVariant variant) const override {
        return kind_of(kinds_, choice_of(variant)).hears_own_messages(inner_variant(variant));
    }
    void encode_event(const Event& event, EncoderVariant variant, std::string& out) const override {
        kind_of(kinds_, choice_of(variant)).encode_event(event, inner_variant(variant), out);
    }

  private:
    Kinds kinds_;
    std::size_t bytes_max_;
};

}  // namespace

std::unique_ptr<DialectKind> make_kind(const Choices& choices, const DialectLimits& limits) {
    return std::make_unique<Kind>(choices, limits);
}

}  // namespace obrol::auto_dialect
