#include "dialects/py_chat/py_chat.h"

#include <algorithm>
#include <list>
#include <utility>

#include "base/utf8.h"
#include "dialects/py_chat/answers.h"
#include "dialects/py_chat/requests.h"
#include "wire/json_extent.h"
#include "wire/line_framer.h"

namespace obrol::py_chat {
namespace {

// Connections of the JSON form listen, those of the text form do not.
constexpr EncoderVariant only_variant = 0;
constexpr std::size_t json_depth_max = 32;  // PROTOCOLS.md: common rules

class Connection final : public Dialect {
  public:
    explicit Connection(const DialectLimits& limits)
        : limits_(limits), framer_(limits.py_chat.line_bytes_max), extent_(limits.line_bytes_max, json_depth_max) {}

    void greet(std::string& out) override {
        out.append(
            "Selamat datang di obrol! Masuk dengan AUTH-LOGIN nama password, "
            "atau daftar dengan AUTH-REGISTER nama password password\r\n\r\n");
    }

    Decoded decode(std::string_view input) override {
        if (is_over_) return {input.size(), NeedMore{}};
        const std::size_t passed = pass_over(input);
        input.remove_prefix(passed);
        if (input.empty() || skips_line_) return {passed, NeedMore{}};
        if (!is_within_) is_object_ = input.starts_with('{');
        Decoded decoded = is_object_ ? decode_object(input) : decode_line(input);
        is_within_ = std::holds_alternative<NeedMore>(decoded.outcome);
        decoded.consumed += passed;
        return decoded;
    }

    NextStep encode(const Reply& reply, std::string& out) override {
        const Asked& asked = asked_.front();
        const bool is_object = asked.is_object;
        const bool then_close = asked.then_close;
        write_answer(reply, asked, out);
        // Another answer follows the bytes.
        if (std::holds_alternative<UploadReady>(reply)) return NextStep::take_bytes;
        asked_.pop_front();
        if (then_close) return NextStep::close;
        if (!std::holds_alternative<FileOffered>(reply)) return NextStep::read_requests;
        awaits_ready_ = is_object;
        return is_object ? NextStep::await_ready : NextStep::give_bytes;
    }

    void encode_refusal(ChatError why, std::string& out) override {
        write_answer(Refused{why, {}, false}, Asked{{}, std::nullopt, is_object_, true}, out);
    }

    std::optional<EncoderVariant> listens() const override {
        return is_object_ ? std::optional<EncoderVariant>(only_variant) : std::nullopt;
    }

  private:
    // What stands before the next request: the rest of a line that was too long, blanks, and line ends behind an
    // object, which needs none.
    std::size_t pass_over(std::string_view input) {
        if (is_within_) return 0;
        std::size_t begin = 0;
        if (skips_line_) {
            const std::size_t line_feed = input.find('\n');
            if (line_feed == std::string_view::npos) return input.size();
            skips_line_ = false;
            begin = line_feed + 1;
        }
        return std::min(input.size(), input.find_first_not_of(is_object_ ? " \t\r\n" : " \t", begin));
    }

    Decoded decode_line(std::string_view input) {
        const Frame frame = framer_.next(input);
        switch (frame.kind) {
            case Frame::Kind::need_more:
                return {frame.consumed, NeedMore{}};
            case Frame::Kind::too_long:
                return refuse_long_line(input, frame.consumed);
            case Frame::Kind::line:
                break;
        }
        if (!is_valid_utf8(frame.line) || has_nul(frame.line))
            return {frame.consumed, remember(refuse_line(frame.line, ChatError::bad_text))};
        return {frame.consumed, remember(read_line(frame.line, limits_.py_chat))};
    }

    // The rest of the line is skipped here and not by the framer, because an object may begin behind it.
    Decoded refuse_long_line(std::string_view input, std::size_t consumed) {
        skips_line_ = input[consumed - 1] != '\n';
        framer_ = LineFramer(limits_.py_chat.line_bytes_max);
        // A word that has no end within the limit is not repeated.
        std::string_view start = input.substr(0, limits_.py_chat.line_bytes_max);
        start = start.substr(0, start.find_last_of(" \t") + 1);
        return {consumed, remember(refuse_line(start, ChatError::line_too_long))};
    }

    Decoded decode_object(std::string_view input) {
        const JsonExtent::Answer extent = extent_.next(input);
        switch (extent.kind) {
            case JsonExtent::Kind::need_more:
                return {0, NeedMore{}};
            case JsonExtent::Kind::too_long:
                return {input.size(), remember(refuse_object(ChatError::line_too_long))};
            case JsonExtent::Kind::malformed:
                return {input.size(), remember(refuse_object(ChatError::bad_json))};
            case JsonExtent::Kind::complete:
                break;
        }
        const std::string_view object = input.substr(0, extent.length);
        if (awaits_ready_ && is_ready_note(object)) {
            awaits_ready_ = false;
            return {extent.length, TransferReady{}};
        }
        return {extent.length, remember(read_object(object, limits_.py_chat))};
    }

    Command remember(Request request) {
        awaits_ready_ = false;
        is_over_ = request.asked.then_close;
        asked_.push_back(std::move(request.asked));
        return std::move(request.command);
    }

    const DialectLimits& limits_;
    LineFramer framer_;
    JsonExtent extent_;
    // Requests without their last answer yet. A list: while it is empty it holds no memory.
    std::list<Asked> asked_;
    bool is_object_ = false;     // the form of the latest request, or of the one that has begun
    bool is_within_ = false;     // a request has begun
    bool skips_line_ = false;    // the rest of a line that was too long
    bool awaits_ready_ = false;  // the bytes of a download were offered
    bool is_over_ = false;       // what comes makes no sense any more
};

class Kind final : public DialectKind {
  public:
    explicit Kind(const DialectLimits& limits) : limits_(limits) {}

    std::string_view name() const override { return "py-chat"; }
    std::uint16_t default_port() const override { return 8000; }
    std::unique_ptr<Dialect> make() const override { return std::make_unique<Connection>(limits_); }
    std::chrono::milliseconds greeting_delay() const override {
        return std::chrono::duration_cast<std::chrono::milliseconds>(limits_.py_chat.greeting_delay);
    }

    // COMPAT: the client of document 003 takes what one read ends with, if that is '}', for one answer, and shows its
    // user what he writes himself.
    bool writes_events_apart(EncoderVariant) const override { return true; }
    bool hears_own_messages(EncoderVariant) const override { return false; }
    void encode_event(const Event& event, EncoderVariant, std::string& out) const override {
        write_notification(event, out);
    }

  private:
    DialectLimits limits_;
};

}  // namespace

std::unique_ptr<DialectKind> make_kind(const DialectLimits& limits) {
    return std::make_unique<Kind>(limits);
}

}  // namespace obrol::py_chat
