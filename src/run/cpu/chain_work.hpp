// Products of few rows whose terms are shared out over threads. Thread safety: pure functions.
#pragma once
#include <memory>

#include "run/cpu/product.hpp"
#include "run/cpu/work.hpp"

namespace backprop::cpu {

// Null where that gains nothing. The step is one matrix product, of that shape.
std::unique_ptr<Work> make_chain_work(const Step& step, Memory& memory, const ProductShape& shape, int threads);

}  // namespace backprop::cpu
