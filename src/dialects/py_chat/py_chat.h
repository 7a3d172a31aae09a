// The dialect of document 003 (docs/protocol/py-chat.md), in both forms: lines of words, and JSON objects without a
// delimiter. The form is decided for each request.
#pragma once

#include <memory>

#include "dialects/client_dialect.h"
#include "dialects/dialect.h"

namespace obrol::py_chat {

std::unique_ptr<DialectKind> make_kind(const DialectLimits& limits);

// Speaks the text form, and passes over the greeting. Groups are named by their join codes (Place::Kind::group_code),
// sends go to one user. After UploadReady the caller writes the bytes of the file, then comes the second answer; after
// FileOffered the bytes from the offset on follow in the stream, none of which belongs to decode_answer().
std::unique_ptr<ClientDialect> make_client();

}  // namespace obrol::py_chat
