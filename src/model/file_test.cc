#include "model/file.h"

#include <gtest/gtest.h>

namespace obrol {
namespace {

TEST(FileCard, BodiesSayWhatTheyWereMadeOf) {
    FileCard file{"0a9f3c0a9f3c", "my holiday photo.png", 67'108'864, {}};
    for (std::size_t i = 0; i < file.blob.size(); ++i)
        file.blob[i] = static_cast<std::uint8_t>(i * 8);
    const std::string body = encode(file);
    EXPECT_EQ(parse_file_card(body), file) << body;
    for (const std::string& wrong : {std::string(), std::string("code"), "code x" + body.substr(13),
                                     body.substr(0, body.size() - file.name.size()), body.substr(0, 40)})
        EXPECT_FALSE(parse_file_card(wrong)) << wrong;
}

TEST(FileName, IsTheLastComponentOfAPath) {
    EXPECT_EQ(file_name_of("photo.png"), "photo.png");
    EXPECT_EQ(file_name_of("/home/maya/photo.png"), "photo.png");
    EXPECT_EQ(file_name_of("C:\\holiday\\my photo.png"), "my photo.png");
    EXPECT_EQ(file_name_of("../../etc/passwd"), "passwd");
    EXPECT_EQ(file_name_of(std::string(255, 'a')), std::string(255, 'a'));
    for (const std::string& path : {std::string(), std::string("/"), std::string(".."), std::string("a/.."),
                                    std::string("."), std::string("a\nb"), std::string("a\x7f"), std::string(256, 'a')})
        EXPECT_FALSE(file_name_of(path)) << path;
}

}  // namespace
}  // namespace obrol
