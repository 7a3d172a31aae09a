// The bytes of files between People and a Chat, without connections.
#pragma once

#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "core/transfer.h"
#include "tests/support/people.h"

namespace obrol {

class Transfers {
  public:
    // Both must outlive it.
    Transfers(ChatParts& parts, People& people) : parts_(parts), people_(people) {}

    // The request must be answered with UploadReady.
    std::unique_ptr<Upload> begin(const std::string& from, People::Body request) {
        const auto ready = people_.get<UploadReady>(from, std::move(request));
        auto upload = parts_.chat.take_upload(ready.transfer);
        EXPECT_TRUE(upload);
        return upload;
    }
    // The second answer.
    Reply go_on(std::unique_ptr<Upload> upload, std::string_view bytes) {
        EXPECT_TRUE(parts_.run(upload->write(parts_.executor, bytes)));
        return parts_.run(upload->finish());
    }
    // The second answer, which must be a Wanted.
    template <class Wanted>
    Wanted send(const std::string& from, People::Body request, std::string_view bytes) {
        Reply reply = go_on(begin(from, std::move(request)), bytes);
        auto* wanted = std::get_if<Wanted>(&reply);
        EXPECT_TRUE(wanted);
        return wanted ? std::move(*wanted) : Wanted();
    }
    // What the request, which must be answered with FileOffered, gives.
    std::string fetch(const std::string& who, People::Body request) {
        const auto offered = people_.get<FileOffered>(who, std::move(request));
        const auto download = parts_.chat.take_download(offered.transfer);
        if (!download) return "nothing";
        std::string bytes(download->bytes_left(), '\0');
        EXPECT_TRUE(parts_.run(download->read(parts_.executor, bytes)));
        EXPECT_EQ(download->bytes_left(), 0u);
        return bytes;
    }

  private:
    ChatParts& parts_;
    People& people_;
};

}  // namespace obrol
