// What is passed on everywhere, compiled here.
#include "base/compiled_once_members.h"
#include "model/command.h"
#include "model/event.h"
#include "model/reply.h"

namespace obrol {

template class CompiledOnce<decltype(Command::body)::Kinds>;
template class CompiledOnce<Event::Kinds>;
template class CompiledOnce<Reply::Kinds>;

}  // namespace obrol
