#include "apps/obrold/startup_pages.h"

#include <cstddef>
#include <cstdint>
#include <link.h>
#include <span>
#include <sys/mman.h>
#include <unistd.h>

namespace obrol {
namespace {

using Segment = ElfW(Phdr);
using DynamicEntry = ElfW(Dyn);

// Whether pages that are only read were written when this was loaded: those of the file are not the same.
bool is_relocated_in_place(const dl_phdr_info& object, const Segment& dynamic) {
    // NOLINTNEXTLINE(performance-no-int-to-ptr): where the loader put it
    const auto* entry = reinterpret_cast<const DynamicEntry*>(object.dlpi_addr + dynamic.p_vaddr);
    for (; entry->d_tag != DT_NULL; ++entry) {
        if (entry->d_tag == DT_TEXTREL) return true;
        if (entry->d_tag == DT_FLAGS && (entry->d_un.d_val & DF_TEXTREL) != 0) return true;
    }
    return false;
}

int give_back(dl_phdr_info* object, std::size_t, void*) {
    const std::span segments(object->dlpi_phdr, object->dlpi_phnum);
    for (const Segment& segment : segments)
        if (segment.p_type == PT_DYNAMIC && is_relocated_in_place(*object, segment)) return 0;
    const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    for (const Segment& segment : segments) {
        if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
        // Whole pages only: none that another segment has in part.
        const std::uintptr_t begin = (object->dlpi_addr + segment.p_vaddr + page - 1) / page * page;
        const std::uintptr_t end = (object->dlpi_addr + segment.p_vaddr + segment.p_memsz) / page * page;
        // A failure changes nothing but what is saved. NOLINTNEXTLINE(performance-no-int-to-ptr): as above
        if (begin < end) ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
    }
    return 0;
}

}  // namespace

void give_back_startup_pages() {
    ::dl_iterate_phdr(&give_back, nullptr);
}

}  // namespace obrol
