// The pool of a Device: one hand-over a step, barriers between the phases inside it.
// Thread safety: `run` may be called from any thread; calls take turns. Not from inside a part.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace backprop {

// Cores in the calling thread's affinity mask, at least 1.
int usable_cores();

class ThreadPool {
 public:
  // A part of the work; must not throw. Runs in FloatingMode.
  using Function = void (*)(void* context, int part);

  // `threads` counts the caller. Helpers go to distinct cores of the calling thread's affinity mask, if it has enough.
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const { return static_cast<int>(helpers_.size()) + 1; }

  // Calls function(context, 0 .. parts - 1), all at the same time, part 0 on the calling thread; returns when all are
  // done. 1 <= parts <= threads(). With one part no helper wakes. Never allocates.
  void run(int parts, Function function, void* context);

  // Inside `run` only, by all its parts, with their number: returns when every part has called it. What parts wrote
  // before, all see after.
  void barrier(int parts);

 private:
  struct Helper;

  void stop();
  void help(Helper& helper);
  void place(Helper& helper, int core);
  void avoid_core_of_caller(int parts);

  std::vector<std::unique_ptr<Helper>> helpers_;  // helper i computes part i + 1
  int free_core_ = -1;                            // the core left to the caller when helpers are placed, else -1
  bool oversubscribed_ = false;                   // more threads than cores: whoever waits gives its core away early
  std::mutex mutex_;                              // held during a hand-over

  // The hand-over of the moment.
  Function function_ = nullptr;
  void* context_ = nullptr;
  alignas(64) std::atomic<std::uint32_t> running_{0};  // helpers that have not finished
  alignas(64) std::atomic<std::uint32_t> arrived_{0};  // parts waiting at the barrier
  alignas(64) std::atomic<std::uint32_t> barrier_{0};  // barriers passed
};

// Calls function(0 .. count - 1), shared out over the pool's threads; returns when all are done. Rethrows what was thrown
// by the first thread that failed, whose further items are left out.
void for_each_item(ThreadPool& pool, std::size_t count, const std::function<void(std::size_t item)>& function);

}  // namespace backprop
