// A plan on the CPU: every step's kernel chosen, every pointer in place. Thread safety: one thread at a time.
#pragma once
#include <atomic>
#include <memory>
#include <span>
#include <vector>

#include "backprop/device.hpp"
#include "backprop/state.hpp"
#include "base/bytes.hpp"
#include "base/thread_pool.hpp"
#include "run/cpu/finite.hpp"
#include "run/cpu/sharing.hpp"
#include "run/cpu/work.hpp"

namespace backprop::cpu {

class Executable {
 public:
  // `states` in the order of the plan's state numbers; their addresses stay valid. At most `threads` are used.
  Executable(Plan plan, const std::vector<StateStore::Entry*>& states, int threads, bool check_finite);
  Executable(const Executable&) = delete;
  Executable& operator=(const Executable&) = delete;

  // Runs one step; false when something to be committed is not finite: then no state has been written. Rethrows what a
  // step threw, with no state written either. `device` may be null where parts() is 1.
  bool run(std::span<const TensorReference> inputs, const StateStore& store, Device* device);

  int parts() const { return parts_; }  // threads that the plan gains from
  TensorView output(int k) const;
  double flops() const;
  const Plan& plan() const { return plan_; }

 private:
  // What lies where the caller says, and where it lay last.
  struct InputPlace {
    Index buffer;
    std::size_t number;
    void* data;
  };
  struct StatePlace {
    Index buffer;
    StateStore::Entry* entry;
    void* data;
  };
  bool inputs_moved(std::span<const TensorReference> inputs) const;
  void place_inputs(std::span<const TensorReference> inputs);
  bool states_moved() const;
  void place_states();
  void make_works(int threads, Index lanes);
  double shared_work() const;
  [[noreturn]] void rethrow();
  void run_alone();
  void run_whole(std::size_t begin, std::size_t end);  // of one part
  void run_shared(ThreadPool& pool);
  void run_parts(int first, int last, ThreadPool* pool);  // with a pool: of several threads at once
  bool is_refused(int first, int last) const;
  bool finite(int part) const;           // its share of what is checked
  bool products_finite(int part) const;  // bounded_
  // What must be finite before the commit point, of one type.
  struct Checked {
    FiniteKernel is_finite = nullptr;
    std::vector<FiniteArray> arrays;
  };
  std::byte* scratch(int part) { return scratch_.get() + scratch_stride_ * static_cast<std::size_t>(part); }

  Plan plan_;
  Memory memory_;
  RunState state_;
  std::vector<InputPlace> input_places_;
  std::vector<StatePlace> state_places_;
  std::vector<std::unique_ptr<Work>> works_;
  std::vector<int> part_of_;  // of each step: the thread that runs it, or -1
  std::vector<bool> barriers_;
  std::vector<Checked> checked_;
  // Two arrays whose largest absolute values must have a finite product.
  struct Bounded {
    void *a = nullptr, *b = nullptr;
    std::int64_t a_elements = 0, b_elements = 0, element_bytes = 4;
    MagnitudeKernel magnitude = nullptr;
  };
  std::vector<Bounded> bounded_;
  int parts_ = 1;
  Sharing sharing_;
  bool check_finite_;
  std::atomic<bool> refused_ = false;
  std::size_t scratch_stride_ = 0;
  Bytes scratch_;
};

}  // namespace backprop::cpu
