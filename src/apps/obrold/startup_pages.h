// What only starting needed of the program and its libraries is not kept in memory.
#pragma once

namespace obrol {

// Takes the pages that are only read (code, constants) of the program and all its libraries out of this process's
// memory. They come back by themselves, from the system's page cache, when they are used, as they came when the server
// started; nothing that was written is lost. For when starting is over: an idle server uses next to nothing of what
// starting did.
void give_back_startup_pages();

}  // namespace obrol
