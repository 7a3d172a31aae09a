#include "dialects/peer/frame.h"

#include <gtest/gtest.h>
#include <limits>

namespace obrol {
namespace {

const Uuid some_id = Uuid::parse("01890a5d-ac96-774b-bcce-b302099a8057").value();

template <class Bytes>
Bytes filled(std::uint8_t byte) {
    Bytes bytes;
    bytes.fill(byte);
    return bytes;
}

std::vector<PeerFrame> one_of_each() {
    const auto key = filled<PublicKey>(1);
    const auto signature = filled<Signature>(2);
    const PeerHead head{"lab", "Laboratorium", Seq(3), some_id, {{{key, "old-lab"}, Seq(2)}}};
    return {PeerHello{1, key, "B", "b.example", 8889},
            PeerRotation{key, filled<PublicKey>(3), signature, filled<Signature>(4)},
            PeerProof{signature},
            PeerResume{2, 4, some_id},
            PeerItems{2, 1, 5, {"satu", "dua"}, signature},
            PeerAcknowledgement{2, 6, {{5, "user-not-found"}}},
            PeerHeads{true, false, {head, head}},
            PeerPush{head, {"entry"}},
            PeerFetch{7, {key, "lab"}, Seq(2)},
            PeerEntries{7, "", true, {"entry", ""}},
            PeerBlobRequest{8, filled<BlobDigest>(4), 1'000'000, 65'536},
            PeerBlobPart{8, "", 10, "bytes"},
            PeerPresenceQuery{9, "izza", {"messi", "maya"}},
            PeerPresence{9, {"maya"}},
            PeerPing{"halo"},
            PeerPong{"halo"},
            PeerBye{"duplicate", "there is another link"}};
}

std::string_view behind_length(std::string_view bytes) {
    return bytes.substr(4);
}

TEST(PeerFrames, EachIsReadAsItWasWritten) {
    for (const PeerFrame& frame : one_of_each()) {
        const std::string bytes = encode(frame);
        const std::optional<PeerFrame> read = parse_peer_frame(behind_length(bytes));
        ASSERT_TRUE(read.has_value()) << frame.index();
        EXPECT_EQ(read->index(), frame.index());
        EXPECT_EQ(encode(*read), bytes);
    }
}

TEST(PeerFrames, NoPartOfOneAndNothingMoreIsOne) {
    for (const PeerFrame& frame : one_of_each()) {
        const std::string bytes = encode(frame);
        for (std::size_t size = 0; size + 4 < bytes.size(); ++size)
            EXPECT_FALSE(parse_peer_frame(behind_length(bytes).substr(0, size))) << frame.index() << " at " << size;
        EXPECT_FALSE(parse_peer_frame(behind_length(bytes + '\0')));
    }
    EXPECT_FALSE(parse_peer_frame(std::string(1, '\0')));
    EXPECT_FALSE(parse_peer_frame(std::string(1, '\x12')));
}

TEST(PeerFrames, AreCutOutOfTheStreamWhereverItBreaks) {
    std::string stream;
    for (const PeerFrame& frame : one_of_each())
        stream += encode(frame);
    std::size_t begin = 0;
    std::size_t frames = 0;
    for (std::size_t end = 0; end <= stream.size(); ++end) {
        const CutFrame cut = cut_peer_frame(std::string_view(stream).substr(begin, end - begin), peer_frame_bytes_max);
        if (cut.kind == CutFrame::Kind::need_more) continue;
        ASSERT_EQ(cut.kind, CutFrame::Kind::frame);
        EXPECT_EQ(parse_peer_frame(cut.bytes)->index(), frames++);
        begin += cut.consumed;
    }
    EXPECT_EQ(begin, stream.size());
    EXPECT_EQ(frames, std::variant_size_v<PeerFrame>);
}

TEST(PeerFrames, TheLargestPassesAndNoLargerOne) {
    const std::string at_limit = std::string("\0\0\0\x05", 4) + "\x0F" + std::string(4, '\0');
    EXPECT_EQ(cut_peer_frame(at_limit, 5).kind, CutFrame::Kind::frame);
    EXPECT_EQ(cut_peer_frame(at_limit, 4).kind, CutFrame::Kind::too_large);
    // Known from its first bytes.
    EXPECT_EQ(cut_peer_frame(at_limit.substr(0, 4), 4).kind, CutFrame::Kind::too_large);
    EXPECT_EQ(cut_peer_frame(at_limit.substr(0, 3), 4).kind, CutFrame::Kind::need_more);
}

TEST(PeerFrames, ListsAndTextsHaveTheirLimits) {
    PeerPresenceQuery query{1, {}, std::vector<std::string>(peer_list_max, "a")};
    EXPECT_TRUE(parse_peer_frame(behind_length(encode(query))));
    query.names.emplace_back("b");
    EXPECT_FALSE(parse_peer_frame(behind_length(encode(query))));

    EXPECT_TRUE(parse_peer_frame(behind_length(encode(PeerPing{std::string(peer_echo_bytes_max, 'a')}))));
    EXPECT_FALSE(parse_peer_frame(behind_length(encode(PeerPing{std::string(peer_echo_bytes_max + 1, 'a')}))));

    PeerBlobPart part{1, "", 0, std::string(peer_blob_part_bytes_max, 'a')};
    EXPECT_TRUE(parse_peer_frame(behind_length(encode(part))));
    part.bytes += 'a';
    EXPECT_FALSE(parse_peer_frame(behind_length(encode(part))));

    EXPECT_TRUE(parse_peer_frame(behind_length(encode(PeerBlobRequest{1, {}, 0, peer_blob_part_bytes_max}))));
    EXPECT_FALSE(parse_peer_frame(behind_length(encode(PeerBlobRequest{1, {}, 0, peer_blob_part_bytes_max + 1}))));
    EXPECT_FALSE(parse_peer_frame(behind_length(encode(PeerBlobRequest{1, {}, 0, 0}))));
}

TEST(PeerFrames, NumbersAreNotNegativeAndBatchesNotBeforeTheirEpoch) {
    EXPECT_FALSE(parse_peer_frame(behind_length(encode(PeerAcknowledgement{1, -1, {}}))));
    EXPECT_FALSE(parse_peer_frame(behind_length(encode(PeerItems{1, 0, 1, {}, {}}))));
    EXPECT_FALSE(parse_peer_frame(behind_length(encode(PeerItems{1, 3, 2, {}, {}}))));
    EXPECT_TRUE(parse_peer_frame(behind_length(encode(PeerItems{1, 3, 3, {}, {}}))));
}

TEST(PeerFrames, AFullBatchFits) {
    PeerItems items{1, 1, 1, std::vector<std::string>(peer_list_max), {}};
    for (std::string& item : items.items)
        item.assign(peer_batch_bytes_max / peer_list_max, 'a');
    EXPECT_LE(encode(items).size(), peer_frame_bytes_max);
}

TEST(PeerFrames, AProofIsGoodForOneEndOfOneConnection) {
    const PeerHello one{1, filled<PublicKey>(1), "A", "", 0};
    const PeerHello other{1, filled<PublicKey>(2), "B", "", 0};
    const auto exporter = filled<std::array<std::uint8_t, 32>>(9);
    const std::string text = proof_text(PeerRole::dialler, exporter, one, other);
    EXPECT_NE(proof_text(PeerRole::listener, exporter, one, other), text);
    EXPECT_NE(proof_text(PeerRole::dialler, filled<std::array<std::uint8_t, 32>>(8), one, other), text);
    EXPECT_NE(proof_text(PeerRole::dialler, exporter, other, one), text);
    PeerHello renamed = other;
    renamed.label = "C";
    EXPECT_NE(proof_text(PeerRole::dialler, exporter, one, renamed), text);
    PeerHello older = one;
    older.version = 0;
    EXPECT_NE(proof_text(PeerRole::dialler, exporter, older, other), text);
}

TEST(PeerFrames, ItemsAreSignedForTheirReceiver) {
    const PeerItems items{1, 1, 1, {"satu"}, {}};
    const std::string text = items_text(filled<PublicKey>(1), items);
    EXPECT_NE(items_text(filled<PublicKey>(2), items), text);
    PeerItems renumbered = items;
    renumbered.number = 2;
    EXPECT_NE(items_text(filled<PublicKey>(1), renumbered), text);
    for (const std::vector<std::string>& others : {std::vector<std::string>{"sato"}, {"sat", "u"}, {"satu", ""}, {}})
        EXPECT_NE(items_text(filled<PublicKey>(1), PeerItems{1, 1, 1, others, {}}), text);
}

}  // namespace
}  // namespace obrol
