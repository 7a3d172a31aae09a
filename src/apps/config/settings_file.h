// A configuration file (TOML 1.0) that can be laid over the defaults.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "apps/config/config.h"
#include "base/result.h"

namespace obrol {

class SettingsFile {
  public:
    // The error names the file, and the line of what is not TOML.
    static Result<SettingsFile> read(const std::string& path);
    // `name` is what errors call it.
    static Result<SettingsFile> parse(std::string_view text, const std::string& name);
    ~SettingsFile();
    SettingsFile(SettingsFile&&) noexcept;

    // Overwrites the settings that the file gives. An unknown name, a wrong type and a value out of range are errors
    // that name the setting, the file and the line.
    Result<void> apply(Config& config) const;
    // Whether the file gives this setting.
    bool has(std::string_view setting) const;

  private:
    struct Content;
    explicit SettingsFile(std::unique_ptr<Content> content);
    std::unique_ptr<Content> content_;
};

// "simple-chat:127.0.0.1:8890", "simple-chat:[::1]:0".
Result<ListenSetting> parse_listen_setting(std::string_view text);

}  // namespace obrol
