#include "dialects/inbox_json.h"

#include <string_view>
#include <utility>

#include "dialects/json_texts.h"

namespace obrol {

void write_inbox(JsonWriter& json, const InboxPage& page, InboxText text) {
    json.begin_object();
    for (const InboxPage::Sender& sender : page.senders) {
        json.key(sender.from.name);
        json.begin_array();
        for (const InboxPage::Message& message : sender.messages) {
            json.begin_object();
            json.key("msg_from");
            json.string(sender.from.display_name);
            json.key("msg_to");
            json.string(message.to);
            json.key("msg");
            json.string(text(message));
            json.end_object();
        }
        json.end_array();
    }
    json.end_object();
}

InboxPage read_inbox(const JsonValue& answer) {
    InboxPage page;
    const JsonValue* messages = answer.find("messages");
    const JsonValue::Object* senders = messages ? messages->as_object() : nullptr;
    if (!senders) return page;
    for (const JsonMember& member : *senders) {
        InboxPage::Sender sender;
        sender.from.name = member.name;
        const JsonValue::Array* items = member.value.as_array();
        for (const JsonValue& item : items ? *items : JsonValue::Array()) {
            sender.from.display_name = text_of(item, "msg_from");
            InboxPage::Message message;
            message.to = text_of(item, "msg_to");
            message.text = text_of(item, "msg");
            sender.messages.push_back(std::move(message));
        }
        page.senders.push_back(std::move(sender));
    }
    return page;
}

}  // namespace obrol
