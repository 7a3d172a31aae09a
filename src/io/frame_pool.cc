#include "io/frame_pool.h"

#include <array>
#include <new>

namespace obrol::detail {
namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool frames_are_kept = false;
#else
constexpr bool frames_are_kept = true;
#endif

constexpr std::size_t class_bytes = 64;
constexpr std::size_t classes = 64;                 // frames up to 4 KiB
constexpr std::size_t kept_bytes_max = 256 * 1024;  // of each size, on each thread

struct Dropped {
    Dropped* next;
};

class FramePool {
  public:
    FramePool() = default;
    FramePool(const FramePool&) = delete;
    FramePool& operator=(const FramePool&) = delete;
    ~FramePool() {
        for (std::size_t index = 0; index < classes; ++index)
            while (void* frame = take(index))
                ::operator delete(frame);
    }

    void* take(std::size_t index) {
        Shelf& shelf = shelves_[index];
        Dropped* frame = shelf.first;
        if (!frame) return nullptr;
        shelf.first = frame->next;
        --shelf.count;
        return frame;
    }

    bool keep(void* frame, std::size_t index) {
        Shelf& shelf = shelves_[index];
        if ((shelf.count + 1) * (index + 1) * class_bytes > kept_bytes_max) return false;
        shelf.first = new (frame) Dropped{shelf.first};
        ++shelf.count;
        return true;
    }

  private:
    struct Shelf {
        Dropped* first = nullptr;
        std::size_t count = 0;
    };
    std::array<Shelf, classes> shelves_;
};

thread_local FramePool pool;

constexpr std::size_t index_of(std::size_t bytes) {
    return (bytes - 1) / class_bytes;
}

}  // namespace

void* allocate_frame(std::size_t bytes) {
    const std::size_t index = index_of(bytes);
    if (!frames_are_kept || index >= classes) return ::operator new(bytes);
    if (void* frame = pool.take(index)) return frame;
    return ::operator new((index + 1) * class_bytes);
}

void free_frame(void* frame, std::size_t bytes) {
    const std::size_t index = index_of(bytes);
    if (frames_are_kept && index < classes && pool.keep(frame, index)) return;
    ::operator delete(frame);
}

}  // namespace obrol::detail
