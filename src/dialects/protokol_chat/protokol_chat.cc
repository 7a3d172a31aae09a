#include "dialects/protokol_chat/protokol_chat.h"

#include <list>
#include <utility>

#include "dialects/line_dialect.h"
#include "dialects/protokol_chat/answers.h"
#include "dialects/protokol_chat/requests.h"

namespace obrol::protokol_chat {
namespace {

class Connection final : public LineDialect {
  public:
    explicit Connection(const DialectLimits& limits) : LineDialect(limits.line_bytes_max), limits_(limits) {}

    NextStep encode(const Reply& reply, std::string& out) override {
        write_answer(reply, asked_.front(), out);
        // Another answer follows the bytes.
        if (std::holds_alternative<UploadReady>(reply)) return NextStep::take_bytes;
        asked_.pop_front();
        return std::holds_alternative<FileOffered>(reply) ? NextStep::give_bytes : NextStep::read_requests;
    }

    void encode_refusal(ChatError why, std::string& out) override {
        write_answer(Refused{why, {}, false}, Asked{}, out);
    }

  protected:
    Command parse(std::string_view line) override { return remember(read_request(line, limits_.server_label)); }
    Command refuse(ChatError why) override { return remember(Command{std::nullopt, Refuse{why, false}}); }

  private:
    Command remember(Command command) {
        asked_.push_back(asked_by(command));
        return command;
    }

    const DialectLimits& limits_;
    // Requests without their last answer yet. A list: while it is empty it holds no memory.
    std::list<Asked> asked_;
};

class Kind final : public DialectKind {
  public:
    explicit Kind(const DialectLimits& limits) : limits_(limits) {}

    std::string_view name() const override { return "protokol-chat"; }
    std::uint16_t default_port() const override { return 8893; }
    std::unique_ptr<Dialect> make() const override { return std::make_unique<Connection>(limits_); }

  private:
    DialectLimits limits_;
};

}  // namespace

std::unique_ptr<DialectKind> make_kind(const DialectLimits& limits) {
    return std::make_unique<Kind>(limits);
}

}  // namespace obrol::protokol_chat
