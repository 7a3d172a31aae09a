#include "dialects/native/native.h"

#include <list>
#include <optional>
#include <utility>

#include "dialects/line_dialect.h"
#include "dialects/native/answers.h"
#include "dialects/native/events.h"
#include "dialects/native/requests.h"

namespace obrol::native {
namespace {

using About = Asked::About;

EncoderVariant variant_of(EventForm form) {
    return form == EventForm::brief ? 1 : 0;
}
EventForm form_of(EncoderVariant variant) {
    return variant == variant_of(EventForm::brief) ? EventForm::brief : EventForm::full;
}

class Connection final : public LineDialect {
  public:
    explicit Connection(const DialectLimits& limits) : LineDialect(limits.line_bytes_max), limits_(limits) {}

    NextStep encode(const Reply& reply, std::string& out) override {
        Asked& asked = asked_.front();
        write_answer(asked, limits_, reply, out);
        if (ends_session(reply)) listens_.reset();
        if (std::holds_alternative<Acknowledged>(reply)) {
            if (asked.about == About::listen_on) listens_ = variant_of(EventForm::full);
            if (asked.about == About::listen_on_brief) listens_ = variant_of(EventForm::brief);
            if (asked.about == About::listen_off) listens_.reset();
        }
        const NextStep step = next_step(asked, reply);
        if (step == NextStep::take_bytes)
            asked.about = About::other;  // The second answer comes when the bytes have.
        else
            asked_.pop_front();
        return step;
    }

    void encode_refusal(ChatError why, std::string& out) override {
        write_answer(Asked{}, limits_, Refused{why, {}, false}, out);
    }

    std::optional<EncoderVariant> listens() const override { return listens_; }

  protected:
    Command parse(std::string_view line) override {
        const std::size_t start = line.find_first_not_of(" \t");
        const bool is_object = start != std::string_view::npos && line[start] == '{';
        return remember(is_object ? read_object(line.substr(start)) : read_words(line));
    }
    Command refuse(ChatError why) override { return remember(Request{Command{std::nullopt, Refuse{why, false}}, {}}); }

  private:
    static NextStep next_step(const Asked& asked, const Reply& reply) {
        if (std::holds_alternative<UploadReady>(reply)) return NextStep::take_bytes;
        if (std::holds_alternative<FileOffered>(reply)) return NextStep::give_bytes;
        if (asked.about == About::eager_upload) return NextStep::drop_bytes;
        const bool goodbye = asked.about == About::exit && std::holds_alternative<Acknowledged>(reply);
        return goodbye ? NextStep::close : NextStep::read_requests;
    }
    static bool ends_session(const Reply& reply) {
        const auto* revoked = std::get_if<SessionsRevoked>(&reply);
        return std::holds_alternative<SessionEnded>(reply) || (revoked && revoked->current_too);
    }
    Command remember(Request&& request) {
        asked_.push_back(std::move(request.asked));
        drop_behind(request.useless_bytes);
        return std::move(request.command);
    }

    const DialectLimits& limits_;
    // Requests without an answer yet. A list: while it is empty it holds no memory.
    std::list<Asked> asked_;
    std::optional<EncoderVariant> listens_;
};

class Kind final : public DialectKind {
  public:
    explicit Kind(const DialectLimits& limits) : limits_(limits) {}

    std::string_view name() const override { return "native"; }
    // Listeners of `auto` speak it; one of its own has no fixed port.
    std::uint16_t default_port() const override { return 0; }
    std::unique_ptr<Dialect> make() const override { return std::make_unique<Connection>(limits_); }

    void encode_event(const Event& event, EncoderVariant variant, std::string& out) const override {
        write_event(event, form_of(variant), out);
    }

  private:
    DialectLimits limits_;
};

}  // namespace

std::unique_ptr<DialectKind> make_kind(const DialectLimits& limits) {
    return std::make_unique<Kind>(limits);
}

}  // namespace obrol::native
