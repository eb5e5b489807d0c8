#include "run/cpu/executable.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iterator>
#include <numeric>

#include "base/floating_mode.hpp"
#include "run/cpu/phases.hpp"

namespace backprop::cpu {
namespace {

constexpr double least_gain = 30e3;  // nanoseconds of shared work below which a second thread is not woken

}  // namespace

Executable::Executable(Plan plan, const std::vector<StateStore::Entry*>& states, int threads, bool check_finite)
    : plan_(std::move(plan)), memory_(plan_), check_finite_(check_finite) {
  for (std::size_t b = 0; b < plan_.buffers.size(); ++b) {
    const Buffer& buffer = plan_.buffers[b];
    const auto number = static_cast<std::size_t>(buffer.source);
    if (buffer.kind == BufferKind::input) input_places_.push_back({static_cast<Index>(b), number, nullptr});
    if (buffer.kind == BufferKind::state) state_places_.push_back({static_cast<Index>(b), states[number], nullptr});
  }
  make_works(threads, 0);
  if (threads > 1 && plan_.lanes > 1) {
    // Each lane is run by one thread, or those that are left over are shared: the fifth on two threads.
    double least = estimate_time(works_, part_of_, barriers_);
    Index best = 0, made = 0;
    for (const Index whole : {plan_.lanes, plan_.lanes - plan_.lanes % threads}) {
      if (whole == made) continue;
      make_works(threads, made = whole);
      const double time = estimate_time(works_, part_of_, barriers_);
      if (time >= least) continue;
      best = whole;
      least = time;
    }
    if (best != made) make_works(threads, best);
  }
  if (parts_ > 1 && shared_work() < least_gain) make_works(1, 0);
  for (const DType dtype : {float32, float64}) {
    std::vector<View> views;
    std::ranges::copy_if(plan_.checked, std::back_inserter(views),
                         [&](const View& view) { return memory_.dtype(view) == dtype; });
    if (views.empty()) continue;
    std::ranges::stable_sort(views, {}, [](const View& view) { return count(view.extents); });
    Checked& checked = checked_.emplace_back(Checked{finite_kernel(dtype), std::vector<FiniteArray>(views.size())});
    for (std::size_t i = 0; i < views.size(); ++i) {
      checked.arrays[i].elements = count(views[i].extents);
      memory_.link(&checked.arrays[i].data, views[i]);
    }
  }
  for (const OuterProduct& product : plan_.bounded) {
    const DType dtype = memory_.dtype(product.a);
    bounded_.push_back({nullptr, nullptr, count(product.a.extents), count(product.b.extents),
                        static_cast<std::int64_t>(size_of(dtype)), magnitude_kernel(dtype)});
  }
  for (std::size_t i = 0; i < bounded_.size(); ++i) {
    memory_.link(&bounded_[i].a, plan_.bounded[i].a);
    memory_.link(&bounded_[i].b, plan_.bounded[i].b);
  }
  std::size_t largest = 0;
  for (const auto& work : works_) largest = std::max(largest, work->scratch_bytes);
  scratch_stride_ = (largest + 127) / 64 * 64;
  scratch_ = allocate_bytes(scratch_stride_ * static_cast<std::size_t>(parts_));
  const FloatingMode mode;
  for (std::size_t s = 0; s < static_cast<std::size_t>(plan_.once); ++s) {
    for (int part = 0; part < works_[s]->parts; ++part) works_[s]->run(part, scratch(0));
  }
}

std::unique_ptr<Work> make_work(const Step& step, Memory& memory, RunState& state, int threads) {
  switch (step.kind) {
    case StepKind::tile: return make_tile_work(step, memory, threads);
    case StepKind::product: return make_product_work(step, memory, threads);
    case StepKind::copy: return make_copy_work(step, memory);
    default: break;
  }
  std::unique_ptr<Work> work = make_random_work(step, memory, state, threads);
  if (!work) work = make_reduce_work(step, memory, threads);
  if (!work) work = make_row_work(step, memory, state, threads);
  return work ? std::move(work) : make_call_work(step, memory, state);
}

// The first so many lanes are run by one thread each; threads share the other steps, where they are long enough.
void Executable::make_works(int threads, Index lanes) {
  memory_.forget_links();
  works_.clear();
  for (const Step& step : plan_.steps) {
    works_.push_back(make_work(step, memory_, state_, step.lane >= 0 && step.lane < lanes ? 1 : threads));
  }
  part_of_ = assign_parts(plan_, works_, lanes > 0 ? threads : 1);
  barriers_ = find_barriers(plan_, part_of_);
  parts_ = 1;
  for (std::size_t s = 0; s < works_.size(); ++s) parts_ = std::max({parts_, works_[s]->parts, part_of_[s] + 1});
}

// Nanoseconds, on one thread, of what is not left to the first.
double Executable::shared_work() const {
  double sum = 0;
  for (std::size_t s = 0; s < works_.size(); ++s) sum += part_of_[s] != 0 ? works_[s]->nanoseconds : 0;
  return sum;
}

// (Apart from placing them, so that no registers are saved: of the smallest networks that is a twentieth of a step.)
bool Executable::inputs_moved(std::span<const TensorReference> inputs) const {
  for (const InputPlace& place : input_places_) {
    if (place.data != inputs[place.number].data) return true;
  }
  return false;
}

bool Executable::states_moved() const {
  // All of them, several at a time: that they have is rare.
  std::uintptr_t different = 0;
  const StatePlace* const places = state_places_.data();
  const std::size_t count = state_places_.size();
#pragma GCC unroll 4
  for (std::size_t i = 0; i < count; ++i) {
    different |= reinterpret_cast<std::uintptr_t>(places[i].data) ^
                 reinterpret_cast<std::uintptr_t>(places[i].entry->tensor.data());
  }
  return different != 0;
}

void Executable::place_inputs(std::span<const TensorReference> inputs) {
  for (InputPlace& place : input_places_) {
    void* const data = inputs[place.number].data;
    if (place.data != data) memory_.move(place.buffer, place.data = data);
  }
}

void Executable::place_states() {
  for (StatePlace& place : state_places_) {
    StateStore::Entry& entry = *place.entry;
    if (place.data == entry.tensor.data()) continue;
    if (entry.tensor.dtype() != entry.spec.dtype || entry.tensor.extents() != entry.spec.extents) {
      throw Error("[run] the state '" + entry.spec.name + "' was given a tensor of type " +
                  to_string(Type{entry.tensor.dtype(), Shape(entry.tensor.extents())}));
    }
    memory_.move(place.buffer, place.data = entry.tensor.data());
  }
}

bool Executable::run(std::span<const TensorReference> inputs, const StateStore& store, Device* device) {
  if (inputs_moved(inputs)) place_inputs(inputs);
  if (states_moved()) place_states();
  state_.seed = store.seed();
  state_.step = store.step();
  refused_.store(false, std::memory_order_relaxed);
  if (parts_ == 1) {
    run_alone();
  } else {
    const auto start = std::chrono::steady_clock::now();
    sharing_.shared() ? run_shared(device->pool()) : run_alone();
    sharing_.took(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  if (state_.failed.load(std::memory_order_relaxed)) rethrow();
  return !refused_.load(std::memory_order_relaxed);
}

// What the first step that failed threw, whichever thread came first.
void Executable::rethrow() {
  state_.failed = false;
  std::exception_ptr first;
  for (const auto& work : works_) {
    if (!first) first = work->error;
    work->error = nullptr;
  }
  std::rethrow_exception(first);
}

void Executable::run_alone() {
  const FloatingMode mode;
  if (parts_ > 1) return run_parts(0, parts_, nullptr);
  // As run_parts(), without what it asks before each step: small steps are bound by the number of their instructions.
  const auto once = static_cast<std::size_t>(plan_.once), commit = static_cast<std::size_t>(plan_.commit);
  run_whole(once, commit);
  if (commit == works_.size()) return;
  if (is_refused(0, 1)) return refused_.store(true, std::memory_order_relaxed);
  run_whole(commit, works_.size());
}

void Executable::run_whole(std::size_t begin, std::size_t end) {
  std::byte* const own = scratch(0);
  const std::unique_ptr<Work>* const last = works_.data() + end;
  for (const std::unique_ptr<Work>* work = works_.data() + begin; work != last; ++work) (*work)->run(0, own);
}

bool Executable::finite(int part) const {
  if (!bounded_.empty() && !products_finite(part)) return false;
  for (const Checked& checked : checked_) {
    if (!checked.is_finite(checked.arrays, part, parts_)) return false;
  }
  return true;
}

// Whether a step has failed or these parts hold what is not finite: nothing is written then.
bool Executable::is_refused(int first, int last) const {
  if (state_.failed.load(std::memory_order_relaxed)) return true;
  for (int part = first; part < last && check_finite_; ++part) {
    if (!finite(part)) return true;
  }
  return false;
}

void Executable::run_shared(ThreadPool& pool) {
  struct Context {
    Executable* self;
    ThreadPool* pool;
  } context{this, &pool};
  pool.run(
      parts_,
      [](void* c, int part) {
        const Context& both = *static_cast<Context*>(c);
        both.self->run_parts(part, part + 1, both.pool);
      },
      &context);
}

void Executable::run_parts(int first, int last, ThreadPool* pool) {
  std::byte* const own = scratch(first);
  const auto commit = static_cast<std::size_t>(plan_.commit);
  const auto run_steps = [&](std::size_t begin, std::size_t end) {
    for (std::size_t s = begin; s < end; ++s) {
      if (pool && barriers_[s]) pool->barrier(parts_);
      Work& work = *works_[s];
      if (part_of_[s] < 0) {
        for (int part = first; part < std::min(last, work.parts); ++part) work.run(part, own);
      } else if (part_of_[s] >= first && part_of_[s] < last) {
        work.run(0, own);
      }
    }
  };
  run_steps(static_cast<std::size_t>(plan_.once), commit);
  if (commit == works_.size()) return;
  // The commit point: what follows is written only if all parts find nothing wrong.
  if (pool) pool->barrier(parts_);
  if (is_refused(first, last)) refused_.store(true, std::memory_order_relaxed);
  if (pool) pool->barrier(parts_);
  if (refused_.load(std::memory_order_relaxed)) return;
  run_steps(commit, works_.size());
}

bool Executable::products_finite(int part) const {
  for (const Bounded& bounded : bounded_) {
    const std::int64_t begin = bounded.a_elements * part / parts_, end = bounded.a_elements * (part + 1) / parts_;
    const double a =
        bounded.magnitude(static_cast<const std::byte*>(bounded.a) + begin * bounded.element_bytes, end - begin);
    const double largest = a * bounded.magnitude(bounded.b, bounded.b_elements);
    if (!std::isfinite(bounded.element_bytes == 4 ? static_cast<double>(static_cast<float>(largest)) : largest))
      return false;
  }
  return true;
}

TensorView Executable::output(int k) const {
  const View& view = plan_.outputs[static_cast<std::size_t>(k)];
  return {memory_.dtype(view), view.extents, memory_.address(view)};
}

double Executable::flops() const {
  return std::accumulate(works_.begin(), works_.end(), 0.0,
                         [](double sum, const auto& work) { return sum + work->flops; });
}

}  // namespace backprop::cpu
