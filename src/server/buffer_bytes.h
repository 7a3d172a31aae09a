// How much memory the buffers of one I/O thread's connections hold: what was received and not decoded, requests without
// an answer, and output that was not taken. Bytes that several connections share count once.
//
// Plain numbers of one thread, so that counting costs nothing. The dialects' few words and the kernel's own buffers are
// not in them.
#pragma once

#include <cstddef>
#include <string>

namespace obrol {

// What `text` keeps beside itself: its capacity, unless it fits into the object.
inline std::size_t heap_bytes(const std::string& text) {
    return text.capacity() > std::string().capacity() ? text.capacity() : 0;
}

// Assigning an empty value would keep the memory.
template <class Container>
void free_memory_of(Container& container) {
    Container().swap(container);
}

class BufferTotal {
  public:
    std::size_t bytes() const { return bytes_; }

  private:
    friend class BufferBytes;
    std::size_t bytes_ = 0;
};

// One holder's part of the total; gives it back when it ends. The total must outlive it.
class BufferBytes {
  public:
    explicit BufferBytes(BufferTotal& total) : total_(total) {}
    ~BufferBytes() { set(0); }
    BufferBytes(const BufferBytes&) = delete;
    BufferBytes& operator=(const BufferBytes&) = delete;

    void set(std::size_t bytes) {
        total_.bytes_ = total_.bytes_ - bytes_ + bytes;
        bytes_ = bytes;
    }

  private:
    BufferTotal& total_;
    std::size_t bytes_ = 0;
};

}  // namespace obrol
