#include "io/thread_pool.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>
#include <utility>

namespace obrol {

// Gathers finished work until the home executor takes it. Shared with the job that takes it, which may outlive the
// pool.
class ThreadPool::Completions : public std::enable_shared_from_this<Completions> {
  public:
    explicit Completions(Executor& home) : home_(home) {}

    // On the home executor's thread, as everything that changes it: what was submitted and is not completed yet.
    std::size_t under_way = 0;

    void add(Job done) {
        bool is_first = false;
        {
            const std::lock_guard lock(mutex_);
            is_first = finished_.empty();
            finished_.push_back(std::move(done));
        }
        if (is_first) home_.post([self = shared_from_this()] { self->run(); });
    }

  private:
    void run() {
        std::vector<Job> finished;
        {
            const std::lock_guard lock(mutex_);
            finished.swap(finished_);
        }
        for (Job& done : finished) {
            --under_way;
            std::exchange(done, nullptr)();
        }
    }

    Executor& home_;
    std::mutex mutex_;
    std::vector<Job> finished_;
};

ThreadPool::ThreadPool(Executor& home, Options options) : completions_(std::make_shared<Completions>(home)) {
    threads_.reserve(options.threads);
    for (std::size_t i = 0; i < options.threads; ++i) {
        threads_.emplace_back([this, options] { run_worker(options); });
    }
}

ThreadPool::~ThreadPool() {
    {
        const std::lock_guard lock(mutex_);
        closing_ = true;
    }
    submitted_.notify_all();
    threads_.clear();
}

void ThreadPool::add(Item item) {
    {
        const std::lock_guard lock(mutex_);
        items_.push_back(std::move(item));
    }
    submitted_.notify_one();
}

void ThreadPool::submit(Job work, Job done) {
    ++completions_->under_way;
    add(Item{std::move(work), std::move(done)});
}

void ThreadPool::submit_from(Executor& caller, Job work, Job done) {
    add(Item{std::move(work), std::move(done), &caller});
}

void ThreadPool::submit_brief(Job work, Job done) {
    if (threads_.size() != 1 || completions_->under_way != 0) return submit(std::move(work), std::move(done));
    ++completions_->under_way;
    work();
    work = nullptr;
    completions_->add(std::move(done));
}

void ThreadPool::run_worker(const Options& options) {
    ::pthread_setname_np(::pthread_self(), options.name.substr(0, 15).c_str());
    if (options.niceness) ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), *options.niceness);
    for (;;) {
        Item item;
        {
            std::unique_lock lock(mutex_);
            submitted_.wait(lock, [this] { return closing_ || !items_.empty(); });
            if (items_.empty()) return;
            item = std::move(items_.front());
            items_.pop_front();
        }
        item.work();
        // What the work holds goes before its completion can run, and on this thread.
        item.work = nullptr;
        if (item.caller)
            item.caller->post(std::move(item.done));
        else
            completions_->add(std::move(item.done));
    }
}

}  // namespace obrol
