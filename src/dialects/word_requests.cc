#include "dialects/word_requests.h"

#include <algorithm>

namespace obrol {

Command read_word_request(std::string_view line, std::span<const WordRequest> requests) {
    WordReader reader(line);
    const std::optional<std::string_view> word = reader.next_word();
    const auto request = std::find_if(requests.begin(), requests.end(),
                                      [&](const WordRequest& candidate) { return candidate.word == word; });
    if (request == requests.end()) return Command{std::nullopt, Refuse{ChatError::unknown_command, false}};

    Command command;
    if (request->login_first) {
        WordReader ahead = reader;
        if (const auto first = ahead.next_word()) command.token = Token::parse(*first);
        if (command.token) reader = ahead;
    }
    std::optional<WordRequest::Body> body = request->read(reader);
    if (body)
        command.body = std::move(*body);
    else
        command.body = Refuse{ChatError::missing_argument, request->login_first};
    return command;
}

std::optional<WordRequest::Body> read_authenticate(WordReader& arguments) {
    const auto user = arguments.next_word();
    const auto password = arguments.next_word();
    if (!password) return std::nullopt;
    return Authenticate{std::string(*user), std::string(*password)};
}

std::optional<WordRequest::Body> read_padded_send(WordReader& arguments) {
    const auto recipients = arguments.next_word();
    if (!recipients) return std::nullopt;
    SendMessage send;
    send.to = parse_address_list(*recipients);
    const std::string_view text = arguments.rest_text();
    if (send.to.empty() || blank_only(text)) return std::nullopt;
    send.text = drop_padding_blank(text);
    return send;
}

}  // namespace obrol
