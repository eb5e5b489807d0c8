// One matrix product in float32 with memory of its own, to be timed. Thread safety: one thread at a time.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/thread_pool.hpp"
#include "run/cpu/product.hpp"

namespace backprop::bench {

enum class Form { nn, tn, nt };  // C = A B, Aᵀ B, A Bᵀ, all row-major

struct AlignedFloats {
  explicit AlignedFloats(std::size_t count) : storage(count + 16) {
    data = storage.data() + (64 - reinterpret_cast<std::uintptr_t>(storage.data()) % 64) / sizeof(float);
  }
  std::vector<float> storage;
  float* data;
};

class Product {
 public:
  // The elements are small whole numbers, so that every order of summation gives the same.
  Product(Form form, std::int64_t rows, std::int64_t columns, std::int64_t terms, int parts)
      : a(static_cast<std::size_t>(rows * terms)),
        b(static_cast<std::size_t>(terms * columns)),
        c(static_cast<std::size_t>(rows * columns)) {
    cpu::ProductShape shape{float32, rows, columns, terms, {terms, 1}, {columns, 1}, {columns, 1}};
    if (form == Form::tn) shape.a = {1, rows};
    if (form == Form::nt) shape.b = {1, terms};
    shape.in_lanes = cpu::sums_in_lanes(rows, columns, terms, form == Form::tn, form == Form::nt);
    plan = cpu::plan_product(shape, parts);
    for (int part = 0; part < plan.parts; ++part) scratch_.push_back(AlignedFloats(plan.scratch_bytes / 4 + 1));
    for (std::int64_t i = 0; i < rows * terms; ++i) a.data[i] = static_cast<float>(i % 7) - 3;
    for (std::int64_t i = 0; i < terms * columns; ++i) b.data[i] = static_cast<float>(i % 5) - 2;
  }
  void run(ThreadPool& pool) {
    const auto part = [](void* context, int part) { static_cast<Product*>(context)->run_part(part); };
    pool.run(plan.parts, part, this);
  }
  void run_part(int part) {
    auto* const scratch = reinterpret_cast<std::byte*>(scratch_[static_cast<std::size_t>(part)].data);
    cpu::run_product(plan, a.data, b.data, c.data, scratch, part);
  }
  double flops() const {
    const auto& s = plan.shape;
    return 2.0 * static_cast<double>(s.rows) * static_cast<double>(s.columns) * static_cast<double>(s.terms);
  }

  cpu::ProductPlan plan;
  AlignedFloats a, b, c;

 private:
  std::vector<AlignedFloats> scratch_;
};

}  // namespace backprop::bench
