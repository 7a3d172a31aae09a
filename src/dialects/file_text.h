// How a file reads in dialects that have nothing but text for it.
#pragma once

#include <string>

#include "model/file.h"

namespace obrol {

// "[photo.jpg], file_code: 4f2a9c" (PROTOCOLS.md: py-chat, files).
inline std::string file_text(const FileCard& file) {
    return '[' + file.name + "], file_code: " + file.code;
}

}  // namespace obrol
