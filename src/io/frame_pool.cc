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

// What the heap rounds up to as well.
constexpr std::size_t class_bytes = 16;
constexpr std::size_t classes = 256;  // frames up to 4 KiB
// On each thread, all sizes together: a thousand requests under way and their like.
constexpr std::size_t kept_bytes_max = 4 * 1024 * 1024;

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
        Dropped* frame = shelves_[index];
        if (!frame) return nullptr;
        shelves_[index] = frame->next;
        kept_bytes_ -= (index + 1) * class_bytes;
        return frame;
    }

    bool keep(void* frame, std::size_t index) {
        const std::size_t bytes = (index + 1) * class_bytes;
        if (kept_bytes_ + bytes > kept_bytes_max) return false;
        kept_bytes_ += bytes;
        shelves_[index] = new (frame) Dropped{shelves_[index]};
        return true;
    }

  private:
    std::array<Dropped*, classes> shelves_{};
    std::size_t kept_bytes_ = 0;
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
