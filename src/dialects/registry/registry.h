// Every dialect there is: a new one is a folder and a line in registry.cc.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "dialects/dialect.h"

namespace obrol {

class DialectRegistry {
  public:
    // limits.auto_words is the name of a dialect other than `auto`.
    explicit DialectRegistry(const DialectLimits& limits);

    // Null when there is no dialect of that name. Valid as long as the registry.
    const DialectKind* find(std::string_view name) const;
    // In the order of their documents, then obrol's own.
    const std::vector<std::unique_ptr<DialectKind>>& all() const { return kinds_; }

  private:
    std::vector<std::unique_ptr<DialectKind>> kinds_;
};

}  // namespace obrol
