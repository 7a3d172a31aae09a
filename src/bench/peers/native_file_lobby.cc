#include "bench/peers/native_file_lobby.h"

#include <fmt/core.h>

#include "base/check.h"
#include "bench/peers/native_words.h"

namespace obrol::bench {

class NativeFileMessenger final : public FileMessenger {
  public:
    NativeFileMessenger(NativeFileLobby& lobby, const Seat& seat, std::string_view content)
        : FileMessenger(content),
          lobby_(lobby),
          partner_(native_user(seat.partner)),
          account_(lobby.accounts_.seat({.user = seat.user, .target = Seat::Target::partner})) {}

    void begin(std::string& out) override { account_->begin(out); }

    // {"ready"} and {"file", …} for an upload; {"file", "offset", "size"} and the bytes for a download.
    Result<std::size_t> read(std::string_view received, std::string& out, Heard& heard) override {
        if (step_ == Step::entering) {
            Entrance entrance(*this, heard);
            return account_->read(received, out, entrance);
        }
        std::size_t consumed = 0;
        while (consumed < received.size()) {
            const std::string_view rest = received.substr(consumed);
            if (step_ == Step::idle) return native_refusal("nothing", rest);
            if (expects_content()) {
                const auto taken = take_content(rest, heard);
                if (!taken) return taken;
                consumed += *taken;
                if (!expects_content()) finish(heard);
                continue;
            }
            const std::size_t end = rest.find(native_answer_end);
            if (end == std::string_view::npos) return consumed;
            if (auto understood = hear_answer(rest.substr(0, end), out, heard); !understood)
                return Failure<Error>(understood.error());
            consumed += end + native_answer_end.size();
        }
        return consumed;
    }

    void append_message(std::string_view text, std::string& out) override {
        OBROL_CHECK(step_ == Step::idle);
        step_ = Step::announcing;
        name_ = text;
        out += fmt::format("sendfile {} {} {}\n", partner_, name_, file_bytes());
    }

    void append_download(std::string_view name, std::string& out) override {
        const auto code = lobby_.codes_.find(name);
        OBROL_CHECK(step_ == Step::idle && code != lobby_.codes_.end());
        step_ = Step::downloading;
        out += fmt::format("getfile {}\n", code->second);
    }

  private:
    enum class Step { entering, idle, announcing, uploading, downloading };

    // Notices when the account is ready.
    class Entrance final : public Heard {
      public:
        Entrance(NativeFileMessenger& messenger, Heard& heard) : messenger_(messenger), heard_(heard) {}
        void on_ready() override {
            messenger_.step_ = Step::idle;
            heard_.on_ready();
        }
        Result<void> on_delivery(std::string_view text) override { return heard_.on_delivery(text); }
        void on_acknowledgement() override { heard_.on_acknowledgement(); }

      private:
        NativeFileMessenger& messenger_;
        Heard& heard_;
    };

    Result<void> hear_answer(std::string_view object, std::string& out, Heard& heard) {
        if (step_ == Step::announcing) {
            if (object != fmt::format(R"({{"status":"OK","data":{{"ready":{}}}}})", file_bytes()))
                return native_refusal("sendfile", object);
            step_ = Step::uploading;
            begin_content("", out);
        } else if (step_ == Step::uploading) {
            const std::string_view code = native_text_member(object, "code");
            if (!object.starts_with(native_success) || code.empty()) return native_refusal("a file", object);
            lobby_.codes_[name_] = code;
            finish(heard);
        } else {
            if (!object.starts_with(native_success) ||
                !object.ends_with(fmt::format(R"("offset":0,"size":{}}}}})", file_bytes())))
                return native_refusal("getfile", object);
            expect_content();
        }
        return {};
    }

    void finish(Heard& heard) {
        step_ = Step::idle;
        heard.on_acknowledgement();
    }

    NativeFileLobby& lobby_;
    std::string partner_;
    std::unique_ptr<Messenger> account_;
    Step step_ = Step::entering;
    std::string name_;  // of the file that is being uploaded
};

std::unique_ptr<FileMessenger> NativeFileLobby::seat(const Seat& seat, std::string_view content) {
    return std::make_unique<NativeFileMessenger>(*this, seat, content);
}

}  // namespace obrol::bench
