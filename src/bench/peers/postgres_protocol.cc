#include "bench/peers/postgres_protocol.h"

#include <fmt/core.h>
#include <optional>

namespace obrol::bench {
namespace {

constexpr std::int32_t protocol_version = 3 << 16;
constexpr std::size_t longest_message = 1 << 20;
// As many conversations as the other servers have there (simple-chat's pairs of users).
constexpr std::uint64_t rooms = 36;

void append_number(std::string& out, std::uint32_t number) {
    for (const int shift : {24, 16, 8, 0})
        out += static_cast<char>(number >> shift & 0xff);
}

void append_short(std::string& out, std::uint32_t number) {
    out += static_cast<char>(number >> 8 & 0xff);
    out += static_cast<char>(number & 0xff);
}

void append_text(std::string& out, std::string_view text) {
    out.append(text).push_back('\0');
}

void append_message(std::string& out, char type, std::string_view body) {
    out += type;
    append_number(out, static_cast<std::uint32_t>(body.size() + 4));
    out += body;
}

void append_query(std::string& out, std::string_view sql) {
    std::string body;
    append_text(body, sql);
    append_message(out, 'Q', body);
}

void append_startup(std::string& out) {
    std::string body;
    append_number(body, protocol_version);
    for (const std::string_view word : {std::string_view("user"), postgres_user, std::string_view("database"),
                                        postgres_database, std::string_view("")})
        append_text(body, word);
    append_number(out, static_cast<std::uint32_t>(body.size() + 4));
    out += body;
}

struct BackendMessage {
    char type = 0;
    std::string_view body;
    std::size_t size = 0;  // with type and length
};

std::uint32_t number_at(std::string_view text, std::size_t at) {
    std::uint32_t number = 0;
    for (std::size_t i = at; i < at + 4; ++i)
        number = number << 8 | static_cast<unsigned char>(text[i]);
    return number;
}

// Nothing while it is not whole. An error for what the server complains about.
Result<std::optional<BackendMessage>> read_message(std::string_view received) {
    constexpr std::size_t head = 5;
    std::optional<BackendMessage> message;
    if (received.size() < head) return message;
    const std::size_t length = number_at(received, 1);
    if (length < 4 || length > longest_message) return fail("the server said what is no message of its protocol");
    if (received.size() < length + 1) return message;
    message = BackendMessage{received[0], received.substr(head, length - 4), length + 1};
    if (message->type == 'E') {
        std::string fields(message->body);
        for (char& c : fields) {
            if (c == '\0') c = ' ';
        }
        return fail("the server answered with the error " + fields);
    }
    return message;
}

// Counts ReadyForQuery, which ends the answer to everything before a Sync or to a query.
template <class Visit>
Result<AnswerCount> count_ready(std::string_view received, std::size_t of_answer, Visit visit) {
    AnswerCount count;
    std::size_t at = 0, ready = 0;
    while (true) {
        const auto message = read_message(received.substr(at));
        if (!message) return Failure<Error>(message.error());
        if (!*message) return count;
        at += (*message)->size;
        if (auto visited = visit(**message); !visited) return Failure<Error>(visited.error());
        if ((*message)->type != 'Z' || ++ready % of_answer != 0) continue;
        ++count.answers;
        count.consumed = at;
    }
}

}  // namespace

void PostgresProtocol::append_login(std::size_t, std::string& out) const {
    append_startup(out);
    std::string parse;
    append_text(parse, "insert");
    append_text(parse, "INSERT INTO messages(room, sender, body) VALUES ($1::text::int, $2::text::int, $3)");
    append_short(parse, 0);
    append_message(out, 'P', parse);
    append_message(out, 'S', "");
}

Result<AnswerCount> PostgresProtocol::read_login_answer(std::string_view received) const {
    // One for the startup, one for the statement.
    return count_ready(received, 2, [](const BackendMessage&) { return Result<void>(); });
}

void PostgresProtocol::append_request(std::size_t client, std::uint64_t sequence, std::string_view text,
                                      std::string& out) const {
    std::string bind;
    append_text(bind, "");
    append_text(bind, "insert");
    append_short(bind, 0);
    append_short(bind, 3);
    const std::string room = std::to_string((client + sequence) % rooms);
    const std::string sender = std::to_string(client);
    for (const std::string_view value : {std::string_view(room), std::string_view(sender), text}) {
        append_number(bind, static_cast<std::uint32_t>(value.size()));
        bind += value;
    }
    append_short(bind, 0);
    append_message(out, 'B', bind);
    append_message(out, 'E', std::string_view("\0\0\0\0\0", 5));
    append_message(out, 'S', "");
}

Result<AnswerCount> PostgresProtocol::count_acknowledgements(std::string_view received) const {
    return count_ready(received, 1, [](const BackendMessage& message) -> Result<void> {
        if (message.type == 'C' && message.body != std::string_view("INSERT 0 1\0", 11))
            return fail("the server answered INSERT with " + std::string(message.body));
        return {};
    });
}

namespace {

std::string channel_of(const Seat& seat, std::size_t receiver) {
    return seat.target == Seat::Target::room ? "room" : "direct" + std::to_string(receiver);
}

class PostgresMessenger final : public Messenger {
  public:
    explicit PostgresMessenger(const Seat& seat)
        : seat_(seat), source_(channel_of(seat, seat.user)), target_(channel_of(seat, seat.partner)) {}

    void begin(std::string& out) override {
        append_startup(out);
        if (seat_.receives) append_query(out, "LISTEN " + source_);
        ready_after_ = seat_.receives ? 2 : 1;
    }

    Result<std::size_t> read(std::string_view received, std::string&, Heard& heard) override {
        std::size_t consumed = 0;
        while (true) {
            const auto message = read_message(received.substr(consumed));
            if (!message) return Failure<Error>(message.error());
            if (!*message) return consumed;
            consumed += (*message)->size;
            if (auto understood = hear(**message, heard); !understood) return Failure<Error>(understood.error());
        }
    }

    void append_message(std::string_view text, std::string& out) override {
        append_query(out, fmt::format("NOTIFY {}, '{}'", target_, text));
    }

  private:
    Result<void> hear(const BackendMessage& message, Heard& heard) {
        if (message.type == 'A') {
            // The sender's process, the channel, the text; the last two end with a zero byte.
            const std::size_t channel_end = message.body.find('\0', 4);
            if (channel_end == std::string_view::npos || channel_end + 1 >= message.body.size())
                return fail("the server sent a notification that is cut off");
            const std::string_view text = message.body.substr(channel_end + 1);
            return heard.on_delivery(text.substr(0, text.size() - 1));
        }
        if (message.type != 'Z') return {};
        if (ready_after_ == 0) {
            heard.on_acknowledgement();
        } else if (--ready_after_ == 0) {
            heard.on_ready();
        }
        return {};
    }

    Seat seat_;
    std::string source_;
    std::string target_;
    int ready_after_ = 0;  // so many answers
};

}  // namespace

std::unique_ptr<Messenger> PostgresLobby::seat(const Seat& seat) {
    return std::make_unique<PostgresMessenger>(seat);
}

}  // namespace obrol::bench
