// What OpenSSL says about its latest error. Internal to io.
#pragma once

#include <string>

namespace obrol {

// "wrong version number"; empties this thread's queue of errors. "unknown error" when there is none.
std::string take_openssl_reason();

}  // namespace obrol
