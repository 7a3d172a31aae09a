#include "tests/sim/federation_file_checker.h"

#include <algorithm>
#include <fmt/core.h>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "base/crypto/sha256.h"
#include "model/file.h"

namespace obrol {
namespace {

using Fate = SentMessage::Fate;

class FileCheck {
  public:
    FileCheck(const FederationObserved& observed, const std::vector<FederatedStore>& stores)
        : observed_(observed), stores_(stores) {}

    std::vector<std::string> run() {
        for (const FederatedMessage& message : observed_.messages) {
            if (message.is_file) files_.emplace(message.text, &message);
        }
        for (const FoundFile& file : observed_.found)
            read(file);
        for (const FederatedStore& store : stores_)
            check(store);
        for (const FoundFile& file : observed_.found)
            check_code(file);
        for (const FederatedStore& store : stores_)
            check_blobs(store);
        for (const FederatedMessage& message : observed_.messages) {
            if (message.is_file) check_own(message);
        }
        for (const KeptFile& file : observed_.kept) {
            if (file.is_acknowledged) check_kept(file.owner, file.name);
        }
        return std::move(broken_);
    }

  private:
    template <class... Args>
    void broken(fmt::format_string<Args...> format, Args&&... args) {
        broken_.push_back(fmt::format(format, std::forward<Args>(args)...));
    }

    bool was_put_back(const std::string& address) const { return observed_.put_back.contains(home_of(address)); }
    // Only the author's server had the bytes, and what it knows of the file it was told by others, if at all.
    bool may_be_lost(const FederatedMessage& message) const {
        return was_put_back(message.sender) && (message.is_forgotten || message.was_cut_off);
    }

    void read(const FoundFile& file) {
        const std::string_view rule = file.code.empty() ? "folder" : "fetched";
        const bool is_first = file.code.empty() ? in_folder_.emplace(file.reader, file.name).second
                                                : shown_.emplace(file.reader, file.code).second;
        if (!is_first) broken("{}: {} was shown {} twice", rule, file.reader, file.name);
        const auto content = observed_.contents.find(file.name);
        if (content == observed_.contents.end())
            return broken("{}: {} was shown {}, which nobody sent", rule, file.reader, file.name);
        if (file.code.empty() && !may_be_in_folder(file))
            broken("folder: {} has {}, which does not belong there", file.reader, file.name);
        if (file.size != content->second.size())
            broken("{}: {} was shown {} with another size", rule, file.reader, file.name);
        if (!file.bytes) {
            const auto sent = files_.find(file.name);
            const bool is_lost = sent != files_.end() && may_be_lost(*sent->second);
            if (!is_lost) broken("{}: {} cannot have {}: {}", rule, file.reader, file.name, file.refusal);
            return;
        }
        const BlobDigest digest = sha256(content->second);
        fetched_[home_of(file.reader)].emplace(digest, file.name);
        if (*file.bytes != content->second || file.digest != to_string(digest))
            broken("{}: {} got {} with other bytes, or another digest", rule, file.reader, file.name);
    }

    bool may_be_in_folder(const FoundFile& file) const {
        const auto is_his = [&](const KeptFile& kept) { return kept.owner == file.reader && kept.name == file.name; };
        if (std::ranges::any_of(observed_.kept, is_his)) return true;
        const auto sent = files_.find(file.name);
        if (sent == files_.end()) return false;
        const FederatedMessage& message = *sent->second;
        // What he sends to a group at home elsewhere is there until that has it, and stays.
        if (message.is_in_group())
            return message.sender != file.reader || home_of(message.to.front()) != home_of(file.reader);
        return message.into_folder && message.to.front() == file.reader;
    }

    void check(const FederatedStore& store) {
        for (const CheckedConversation& conversation : store.stored.conversations) {
            const std::string one = name_everywhere(conversation.one, store.label);
            const std::string other = name_everywhere(conversation.other, store.label);
            for (const CheckedEntry& entry : conversation.entries) {
                if (entry.kind != EntryKind::file) continue;
                const std::string sender = name_everywhere(entry.sender, store.label);
                const std::string& receiver = sender == one ? other : one;
                for (const std::string& reader : std::set<std::string>{one, other})
                    check_shown(reader, entry.text, store.label);
                const auto sent = files_.find(name_in(entry.text));
                if (sent != files_.end() && sent->second->into_folder) check_brought(receiver, entry.text, store.label);
            }
        }
        for (const CheckedGroup& group : store.stored.groups)
            check_group(group, store.label);
    }

    void check_group(const CheckedGroup& group, const std::string& label) {
        const bool is_home = group.id.find('@') == std::string::npos;
        for (const CheckedGroupEntry& entry : group.entries) {
            if (entry.kind != EntryKind::file) continue;
            const std::string sender = name_everywhere(entry.sender, label);
            const bool was_brought = !is_home || home_of(sender) != label;
            for (const std::string& reader : observed_.staying) {
                check_shown(reader, entry.body, label);
                if (was_brought && reader != sender) check_brought(reader, entry.body, label);
            }
        }
    }

    static std::string name_in(const std::string& body) {
        const std::optional<FileCard> card = parse_file_card(body);
        return card ? card->name : std::string();
    }

    void check_code(const FoundFile& file) {
        if (file.code.empty()) return;
        const auto logged = codes_.find({home_of(file.reader), file.code});
        if (logged == codes_.end() || logged->second != file.name)
            broken("fetched: {} was shown {} under the code {}, which it does not have", file.reader, file.name,
                   file.code);
    }

    void check_blobs(const FederatedStore& store) {
        const std::map<BlobDigest, std::string>& fetched = fetched_[store.label];
        for (const auto& [digest, name] : fetched) {
            if (!store.blobs.blobs.contains(digest))
                broken("kept: {} does not have the bytes of {}", store.label, name);
        }
        for (const auto& [digest, bytes] : store.blobs.blobs) {
            if (digest != sha256(bytes)) broken("kept: {} has other bytes as {}", store.label, to_string(digest));
            if (store.was_calm && !fetched.contains(digest))
                broken("kept: {} has {}, which nobody there has fetched", store.label, to_string(digest));
        }
        if (store.was_calm && !store.blobs.drafts.empty()) broken("kept: uploads are left on {}", store.label);
    }

    // Those who are at home on the server `label`.
    void check_shown(const std::string& reader, const std::string& body, const std::string& label) {
        const std::optional<FileCard> card = parse_file_card(body);
        if (card) codes_[{label, card->code}] = card->name;
        if (!card || home_of(reader) != label || shown_.contains({reader, card->code})) return;
        broken("fetched: {} was not shown {}", reader, card->name);
    }
    void check_brought(const std::string& reader, const std::string& body, const std::string& label) {
        if (home_of(reader) != label || in_folder_.contains({reader, name_in(body)})) return;
        broken("folder: {} does not have {}", reader, name_in(body));
    }

    void check_own(const FederatedMessage& message) {
        const bool is_elsewhere = message.is_in_group() && home_of(message.to.front()) != home_of(message.sender);
        if (is_elsewhere && message.fate == Fate::acknowledged) check_kept(message.sender, message.text);
    }
    void check_kept(const std::string& owner, const std::string& name) {
        if (!was_put_back(owner) && !in_folder_.contains({owner, name}))
            broken("folder: {} does not have {}, which he put there", owner, name);
    }

    const FederationObserved& observed_;
    const std::vector<FederatedStore>& stores_;
    std::map<std::string, const FederatedMessage*> files_;              // by name
    std::set<std::pair<std::string, std::string>> shown_;               // reader, code
    std::set<std::pair<std::string, std::string>> in_folder_;           // owner, name
    std::map<std::pair<std::string, std::string>, std::string> codes_;  // name; of each label and code in the logs
    std::map<std::string, std::map<BlobDigest, std::string>> fetched_;  // by label; name
    std::vector<std::string> broken_;
};

}  // namespace

std::vector<std::string> broken_federated_file_rules(const FederationObserved& observed,
                                                     const std::vector<FederatedStore>& stores) {
    return FileCheck(observed, stores).run();
}

}  // namespace obrol
