#include "io/openssl_words.h"

#include <openssl/err.h>

namespace obrol {

std::string take_openssl_reason() {
    const unsigned long code = ERR_peek_last_error();
    const char* const reason = ERR_reason_error_string(code);
    std::string words = reason != nullptr ? reason : "unknown error";
    ERR_clear_error();
    return words;
}

}  // namespace obrol
