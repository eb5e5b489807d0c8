// After the first step of a binding nothing is allocated: the global allocator is counted.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "backprop/backprop.hpp"

// g++ 12 warns of the very pair that stands below when it inlines one half of it.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

namespace {

std::atomic<int> allocations{0};

void* counted(std::size_t size, std::size_t alignment) {
  ++allocations;
  void* const p = std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  if (!p) throw std::bad_alloc();
  return p;
}

}  // namespace

void* operator new(std::size_t size) { return counted(size, 16); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return counted(size, 16); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return counted(size, 16); }
void* operator new[](std::size_t size) { return counted(size, 16); }
void* operator new(std::size_t size, std::align_val_t a) { return counted(size, static_cast<std::size_t>(a)); }
void* operator new[](std::size_t size, std::align_val_t a) { return counted(size, static_cast<std::size_t>(a)); }
void operator delete(void* p) noexcept { std::free(p); }
void operator delete[](void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t) noexcept { std::free(p); }
void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete[](void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }

namespace backprop {
namespace {

TEST(Allocation, NoneAfterTheFirstStepOfABinding) {
  const Dim B = named("B");
  for (const int threads : {1, 2}) {
    Graph g;
    const Value x = g.input({B, 96}), t = g.input({B}, int64);
    const Network net = sequence(dense(128, relu), dropout(0.5), dense(64, tanh), dense(3));
    Compiled step = compile(train_step(mean(softmax_cross_entropy(net(x, Mode::training), t)), adam()),
                            {.device = std::make_shared<Device>(DeviceOptions{.threads = threads})});
    const Tensor rows(float32, {256, 96}), classes(int64, {256}), last_rows(float32, {7, 96}), last_classes(int64, {7});
    step.run({rows, classes});
    step.run({last_rows, last_classes});
    const TensorView whole[] = {rows, classes}, rest[] = {last_rows, last_classes};
    const int before = allocations;
    for (int i = 0; i < 5; ++i) {
      step.run(whole);
      step.run(rest);
      (void)step.scalar();
    }
    EXPECT_EQ(allocations - before, 0) << threads << " threads";
  }
}

}  // namespace
}  // namespace backprop
