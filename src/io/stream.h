// A connected byte stream, readiness-based: wait until something can be done, then try it. Nothing is buffered here, so
// an idle connection holds no buffer. All calls on the thread of the executor that owns the stream.
#pragma once

#include <coroutine>
#include <cstddef>
#include <span>
#include <string>
#include <sys/uio.h>

namespace obrol {

class Executor;

enum class IoStatus {
    ok,           // `bytes` were moved, at least one
    would_block,  // nothing can be moved now: wait for readiness
    closed,       // reading: the other side finished sending; writing: it takes no more
    failed,       // the connection is broken; only close() is left
};

struct IoResult {
    IoStatus status = IoStatus::failed;
    std::size_t bytes = 0;
};

class Stream {
  public:
    virtual ~Stream() = default;

    // Resumes when a read (write) may succeed, at the end of the stream, on an error, and when close() is called;
    // the next read_some (writev) tells which. One waiter for each direction at a time.
    class Readiness;
    Readiness wait_readable();
    Readiness wait_writable();

    // Never blocks.
    virtual IoResult read_some(std::span<char> into) = 0;
    virtual IoResult writev(std::span<const iovec> buffers) = 0;
    // No more writes; the other side reads an end of stream after what was written.
    virtual void shutdown_write() = 0;
    // Ends the connection at once and resumes the waiters, not inside this call but in the next turn: so the caller may
    // go on using what the waiters would destroy. Idempotent. Destroying a stream resumes nobody.
    virtual void close() = 0;
    // The stream belongs to `owner` from now on, an executor that its network takes as one of streams; it knows
    // everything that it knew. Nobody waits for it. On the thread of the executor to which it belonged.
    void move_to(Executor& owner);
    // Numeric address of the other side without port, e.g. "127.0.0.1" or "::1".
    virtual std::string peer_host() const = 0;
    // What the stream itself keeps because a part of something has come or could not go yet; 0 while it is idle.
    virtual std::size_t held_bytes() const { return 0; }

  protected:
    // Whether a wait in this direction can end at once.
    virtual bool readable() const = 0;
    virtual bool writable() const = 0;
    // Called before a waiter is stored, so that the stream can register its interest.
    virtual void want_readable() = 0;
    virtual void want_writable() = 0;
    // What move_to() does once that is allowed.
    virtual void change_owner(Executor& owner) = 0;
    // Resumes the waiter of that direction, if any. The stream may be gone when these return.
    void resume_reader();
    void resume_writer();

  private:
    std::coroutine_handle<> reader_;
    std::coroutine_handle<> writer_;
};

class Stream::Readiness {
  public:
    enum class Direction { read, write };
    Readiness(Stream& stream, Direction direction) : stream_(stream), direction_(direction) {}
    bool await_ready() const;
    void await_suspend(std::coroutine_handle<> waiting);
    void await_resume() const {}

  private:
    Stream& stream_;
    Direction direction_;
};

}  // namespace obrol
