#include "core/file_upload.h"

#include <utility>

namespace obrol {

Task<std::optional<Reply>> FileUpload::look_ahead() {
    std::optional<Reply> instead = co_await post_.make_room();
    if (instead) co_return instead;
    NewFile question = post_.question();
    count_under_way(question);
    co_return co_await post_.look_ahead(std::move(question));
}

}  // namespace obrol
