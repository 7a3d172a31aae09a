// People who talk to a Chat, each over a connection that listens, for tests of what they say and hear.
#pragma once

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/chat_parts.h"
#include "tests/support/recording_audience.h"
#include "tests/support/run_task.h"

namespace obrol {

class People {
  public:
    using Body = decltype(Command::body);

    // `parts` must outlive it.
    explicit People(ChatParts& parts) : parts_(parts) {}

    // With an account, logged in, and listening.
    void add(const std::string& name, const std::string& source = "127.0.0.1") {
        parts_.add_user(name);
        Person& person = people_[name];
        person.client = parts_.chat.connect(source);
        parts_.log_in(*person.client, name);
        person.client->listen(&person.audience, 1);
    }
    Client& client(const std::string& name) { return *people_.at(name).client; }

    Reply ask(const std::string& name, Body body) { return parts_.ask(client(name), std::move(body)); }
    // The answer, which must be a Wanted.
    template <class Wanted>
    Wanted get(const std::string& name, Body body) {
        Reply reply = ask(name, std::move(body));
        const auto* refused = std::get_if<Refused>(&reply);
        EXPECT_TRUE(std::holds_alternative<Wanted>(reply)) << (refused ? to_string(refused->why) : "something else");
        if (auto* wanted = std::get_if<Wanted>(&reply)) return std::move(*wanted);
        return Wanted{};
    }
    Refused refusal(const std::string& name, Body body) { return get<Refused>(name, std::move(body)); }
    ChatError why(const std::string& name, Body body) { return refusal(name, std::move(body)).why; }

    // All in one turn, in this order; the answers.
    std::vector<Reply> ask_at_once(std::vector<std::pair<std::string, Body>> requests) {
        std::vector<std::optional<Reply>> replies(requests.size());
        Gate gate("test");
        for (std::size_t i = 0; i < requests.size(); ++i) {
            Command command{std::nullopt, std::move(requests[i].second)};
            gate.spawn(keep_value(parts_.chat.execute(client(requests[i].first), std::move(command)), replies[i]));
        }
        parts_.executor.run_until_idle();
        std::vector<Reply> answered;
        for (std::optional<Reply>& reply : replies) {
            EXPECT_TRUE(reply.has_value());
            answered.push_back(reply ? std::move(*reply) : Reply());
        }
        return answered;
    }

    // What the person heard since the last call of messages and groups: "1:create maya 2:halo".
    std::string heard(const std::string& name) {
        std::string text;
        for (const std::shared_ptr<const Event>& event : people_.at(name).audience.events) {
            const LogEntry* entry = nullptr;
            if (const auto* message = std::get_if<MessageEvent>(event.get())) entry = &message->entry;
            if (const auto* group = std::get_if<GroupEvent>(event.get())) entry = &group->entry;
            if (entry) text += fmt::format("{}{}:{}", text.empty() ? "" : " ", entry->header.seq.value, entry->body);
        }
        people_.at(name).audience.events.clear();
        return text;
    }
    RecordingAudience& audience(const std::string& name) { return people_.at(name).audience; }

    GroupView found(const std::string& owner, const std::string& id, const std::string& members = "") {
        return get<GroupCreated>(owner, CreateGroup{id, "", parse_address_list(members)}).group;
    }
    MessageSent post(const std::string& name, const std::string& place, const std::string& text) {
        return get<MessageSent>(name, SendToGroup{parse_place(place), text, std::nullopt});
    }

    // "messi>halo messi#lab>hi": sender, group, text.
    static std::string text_of(const UnreadPage& page) {
        std::string text;
        for (const UnreadPage::Message& message : page.messages)
            text += fmt::format("{}{}{}>{}", text.empty() ? "" : " ", message.from.name,
                                message.group ? "#" + message.group->id : "", message.entry.body);
        return text;
    }
    // Fetched for good.
    std::string unread(const std::string& name, const std::string& place) {
        const auto page = get<UnreadPage>(name, FetchUnread{parse_place(place)});
        parts_.chat.confirm_inbox(page.reservation);
        return text_of(page);
    }
    // "messi: halo hi | maya: hallo", fetched for good.
    std::string inbox(const std::string& name) {
        const auto page = get<InboxPage>(name, FetchInbox{});
        parts_.chat.confirm_inbox(page.reservation);
        std::string text;
        for (const InboxPage::Sender& sender : page.senders) {
            text += (text.empty() ? "" : " | ") + sender.from.name + ":";
            for (const InboxPage::Message& message : sender.messages)
                text += " " + message.text;
        }
        return text;
    }
    // "2:halo 3:invite maya".
    std::string history(const std::string& name, const std::string& place, std::optional<Seq> before = std::nullopt,
                        std::uint32_t limit = 100) {
        const auto page = get<HistoryPage>(name, FetchHistory{parse_place(place), before, limit});
        std::string text;
        for (const HistoryPage::Item& item : page.items)
            text += fmt::format("{}{}:{}", text.empty() ? "" : " ", item.entry.header.seq.value, item.entry.body);
        return text + (page.more ? " (more before)" : "");
    }

  private:
    struct Person {
        std::unique_ptr<Client> client;
        RecordingAudience audience;
    };

    ChatParts& parts_;
    std::map<std::string, Person> people_;
};

}  // namespace obrol
