#include "bench/peers/xmpp_lobby.h"

#include "bench/peers/xmpp_stream.h"

namespace obrol::bench {
namespace {

constexpr std::string_view room = "bench@conference.localhost";

class XmppMessenger final : public Messenger {
  public:
    XmppMessenger(const Seat& seat, std::vector<std::string>& addresses) : seat_(seat), addresses_(addresses) {}

    void begin(std::string& out) override {
        out +=
            "<?xml version='1.0'?><stream:stream to='localhost' version='1.0' xmlns='jabber:client' "
            "xmlns:stream='http://etherx.jabber.org/streams'>";
    }

    Result<std::size_t> read(std::string_view received, std::string& out, Heard& heard) override {
        std::size_t consumed = 0;
        while (true) {
            const std::size_t size = first_part_size(received.substr(consumed));
            if (size == 0) return consumed;
            const std::string_view part = received.substr(consumed, size);
            if (auto understood = hear(part, out, heard); !understood) return Failure<Error>(understood.error());
            consumed += size;
        }
    }

    // To the partner's connection, not to all that he may have: the road that costs the server least.
    void append_message(std::string_view text, std::string& out) override {
        const bool to_room = seat_.target == Seat::Target::room;
        out.append("<message to='").append(to_room ? room : addresses_.at(seat_.partner));
        out.append(to_room ? "' type='groupchat'><body>" : "' type='chat'><body>");
        out.append(text).append("</body></message>");
    }

  private:
    Result<void> hear(std::string_view part, std::string& out, Heard& heard) {
        const std::string_view name = element_name(part);
        if (name == "message" && attribute(part, "type") != "error") return hear_message(part, heard);
        if (name == "presence" && attribute(part, "type") != "error") {
            // In a room the greeting is over when its subject has come.
            if (!ready_ && attribute(part, "from") == addresses_[seat_.user]) become_ready(heard);
        } else if (name == "stream:features") {
            answer_features(part, out);
        } else if (name == "success") {
            begin(out);  // the stream begins anew, as somebody
        } else if (name == "iq" && attribute(part, "type") == "result") {
            const auto address = text_of(part, "jid");
            if (!address) return fail("the server did not say an address: " + std::string(part));
            addresses_[seat_.user] = *address;
            come_in(out);
        } else if (name != "?xml" && name != "stream:stream" && !is_blank(part)) {
            return fail("the server said " + std::string(part));
        }
        return {};
    }

    static bool is_blank(std::string_view part) { return part.find_first_not_of(" \t\r\n") == std::string_view::npos; }

    Result<void> hear_message(std::string_view message, Heard& heard) {
        if (const auto text = text_of(message, "body")) {
            // A room says to its senders too what they have written.
            if (!seat_.receives && seat_.target == Seat::Target::room) return {};
            return heard.on_delivery(*text);
        }
        if (!ready_ && text_of(message, "subject")) become_ready(heard);
        return {};
    }

    void answer_features(std::string_view features, std::string& out) const {
        if (text_of(features, "mechanisms")) {
            out += "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'/>";
        } else {
            out += "<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>";
        }
    }

    void come_in(std::string& out) const {
        if (seat_.target == Seat::Target::partner) {
            out += "<presence/>";
            return;
        }
        out.append("<presence to='").append(room).append("/u").append(std::to_string(seat_.user));
        out += "'><x xmlns='http://jabber.org/protocol/muc'/></presence>";
    }

    void become_ready(Heard& heard) {
        ready_ = true;
        heard.on_ready();
    }

    Seat seat_;
    std::vector<std::string>& addresses_;
    bool ready_ = false;
};

}  // namespace

std::unique_ptr<Messenger> XmppLobby::seat(const Seat& seat) {
    if (addresses_.size() <= seat.user) addresses_.resize(seat.user + 1);
    return std::make_unique<XmppMessenger>(seat, addresses_);
}

}  // namespace obrol::bench
