#include "bench/peers/xmpp_stream.h"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace obrol::bench {
namespace {

TEST(XmppStream, AStanzaIsWholeWithItsLastByte) {
    for (const std::string part : {
             "<presence/>",
             "<presence from='a'/>",
             "<message><body>Ta</body></message>",
             "<message from=\"a>b'/>\"><body/><x a='<'></x></message>",
             "<a><a><a/></a><b></b></a>",
             "<stream:features><mechanisms><mechanism>PLAIN</mechanism></mechanisms></stream:features>",
             "<stream:error><not-well-formed/></stream:error>",
             "<?xml version='1.0'?>",
             "<stream:stream xmlns='jabber:client' id='1'>",
             "</stream:stream>",
         }) {
        for (std::size_t size = 0; size < part.size(); ++size)
            EXPECT_EQ(first_part_size(std::string_view(part).substr(0, size)), 0u) << part << " " << size;
        EXPECT_EQ(first_part_size(part), part.size()) << part;
        EXPECT_EQ(first_part_size(part + "<next"), part.size()) << part;
        EXPECT_EQ(first_part_size(part + " "), part.size()) << part;
    }
}

TEST(XmppStream, WhatStandsBetweenStanzasIsAPartToo) {
    EXPECT_EQ(first_part_size(" \n<presence/>"), 2u);
    EXPECT_EQ(first_part_size("hello"), 5u);
}

TEST(XmppStream, NamesOfElements) {
    EXPECT_EQ(element_name("<message from='a'>"), "message");
    EXPECT_EQ(element_name("<presence/>"), "presence");
    EXPECT_EQ(element_name("</stream:stream>"), "/stream:stream");
    EXPECT_EQ(element_name("<?xml version='1.0'?>"), "?xml");
    EXPECT_EQ(element_name("<success\n/>"), "success");
    EXPECT_EQ(element_name("success"), "");
    EXPECT_EQ(element_name("<"), "");
}

TEST(XmppStream, AttributesOfTheFirstTagOnly) {
    const std::string part =
        "<message xml:lang='en' from=\"a'b>c\"  type = 'chat'\n><body lang='de' to='x'/></message>";
    EXPECT_EQ(attribute(part, "xml:lang"), "en");
    EXPECT_EQ(attribute(part, "from"), "a'b>c");
    EXPECT_EQ(attribute(part, "type"), "chat");
    for (const char* absent : {"lang", "to", "en", "chat", "mess"})
        EXPECT_FALSE(attribute(part, absent)) << absent;
    EXPECT_FALSE(attribute("<presence/>", "from"));
    EXPECT_FALSE(attribute("<presence from='a", "from"));
}

TEST(XmppStream, TextsOfElements) {
    const std::string stanza = "<message a='<body>no</body>'><subject/><x><body lang='en'>Ta</body></x></message>";
    EXPECT_EQ(text_of(stanza, "body"), "Ta");
    EXPECT_EQ(text_of(stanza, "subject"), "");
    EXPECT_FALSE(text_of(stanza, "bod"));
    EXPECT_FALSE(text_of(stanza, "jid"));
}

}  // namespace
}  // namespace obrol::bench
