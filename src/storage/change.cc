#include "storage/change.h"

#include "base/compiled_once_members.h"

namespace obrol {

template class CompiledOnce<Change::Kinds>;
template class CompiledOnce<ChangeDone::Kinds>;

}  // namespace obrol
