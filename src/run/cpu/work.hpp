// What a step of a plan becomes on the CPU: a Work with its kernel chosen and its pointers in place.
// Thread safety: parts of one Work may run at the same time, each with a scratch of its own.
#pragma once
#include <atomic>
#include <cstddef>
#include <exception>
#include <memory>
#include <vector>

#include "base/bytes.hpp"
#include "plan/plan.hpp"

namespace backprop::cpu {

class Work {
 public:
  virtual ~Work() = default;
  // Computes part 0 .. parts - 1 of the step.
  virtual void run(int part, std::byte* scratch) noexcept = 0;

  int parts = 1;
  std::size_t scratch_bytes = 0;
  double flops = 0;          // of products
  double nanoseconds = 0;    // about what it takes on one thread
  std::exception_ptr error;  // of a run that could not be; RunState::failed is set then
};

// Where the buffers are. A pointer that a Work keeps is linked to its view, and follows when an input or state moves.
class Memory {
 public:
  // Inputs and states have no address until move().
  explicit Memory(const Plan& plan);
  void link(void** pointer, const View& view);
  template <class T> void link(T** pointer, const View& view) {
    link(const_cast<void**>(reinterpret_cast<const void* const*>(pointer)), view);
  }
  // The caller's array or the store's tensor behind a buffer lies elsewhere.
  void move(Index buffer, void* base);
  // Before steps are made anew.
  void forget_links() { links_.assign(bases_.size(), {}); }
  void* address(const View& view) const;
  const Plan& plan() const { return plan_; }
  DType dtype(const View& view) const { return plan_.buffers[static_cast<std::size_t>(view.buffer)].dtype; }

 private:
  struct Link {
    void** pointer;
    std::size_t offset;
  };
  const Plan& plan_;
  Bytes arena_;
  std::vector<std::byte*> bases_;
  std::vector<std::vector<Link>> links_;  // of inputs and states
};

// What operations that draw random numbers depend on, and whether a step has left an error.
// (The flag stands between the numbers so that they are not copied as one vector: a load of 16 bytes would wait until the
// step, which has just been counted up, is in the cache.)
struct RunState {
  std::uint64_t seed = 0;
  std::atomic<bool> failed = false;
  std::uint64_t step = 0;
};

// Of any step, for at most so many threads.
std::unique_ptr<Work> make_work(const Step& step, Memory& memory, RunState& state, int threads);
std::unique_ptr<Work> make_tile_work(const Step& step, Memory& memory, int threads);
std::unique_ptr<Work> make_product_work(const Step& step, Memory& memory, int threads);
std::unique_ptr<Work> make_copy_work(const Step& step, Memory& memory);
// Null for equations of another kind.
std::unique_ptr<Work> make_random_work(const Step& step, Memory& memory, const RunState& state, int threads);
std::unique_ptr<Work> make_reduce_work(const Step& step, Memory& memory, int threads);
std::unique_ptr<Work> make_row_work(const Step& step, Memory& memory, RunState& state, int threads);
std::unique_ptr<Work> make_call_work(const Step& step, Memory& memory, RunState& state);

}  // namespace backprop::cpu
