// The check of what is to be committed: arrays of every size, one number wrong in each place, whole and in parts.
#include "run/cpu/finite.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <memory>
#include <vector>

#include "instruction_sets.hpp"

namespace backprop::cpu {
namespace {

template <class T> bool all_finite(const std::vector<FiniteArray>& arrays, int parts) {
  bool finite = true;
  for (int part = 0; part < parts; ++part) {
    finite = finite_kernel(sizeof(T) == 4 ? float32 : float64)(arrays, part, parts) && finite;
  }
  return finite;
}

template <class T> void check_arrays(const std::vector<std::int64_t>& sizes) {
  std::vector<std::unique_ptr<T[]>> memory;  // of exactly the size, so that a sanitizer sees every step outside
  std::vector<FiniteArray> arrays;
  for (const std::int64_t size : sizes) {
    memory.push_back(std::make_unique<T[]>(static_cast<std::size_t>(size)));
    for (std::int64_t i = 0; i < size; ++i) memory.back()[static_cast<std::size_t>(i)] = std::numeric_limits<T>::max();
    arrays.push_back({memory.back().get(), size});
  }
  for (const int parts : {1, 3}) {
    EXPECT_TRUE(all_finite<T>(arrays, parts));
    for (const FiniteArray& array : arrays) {
      for (std::int64_t i = 0; i < array.elements; ++i) {
        T& x = static_cast<T*>(array.data)[i];
        for (const T wrong : {std::numeric_limits<T>::quiet_NaN(), -std::numeric_limits<T>::infinity()}) {
          x = wrong;
          EXPECT_FALSE(all_finite<T>(arrays, parts)) << i << " of " << array.elements << ", " << parts << " parts";
        }
        x = std::numeric_limits<T>::lowest();
      }
    }
  }
}

TEST(Finite, FindsWhatIsNotInEveryPlace) {
  for_each_instruction_set([](std::int64_t) {
    for (const auto& sizes : {std::vector<std::int64_t>{1, 1, 2, 2, 4, 4, 8, 8, 16, 16, 17},
                              std::vector<std::int64_t>{0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 31, 33, 63, 64, 65, 70},
                              std::vector<std::int64_t>{65, 16, 8, 4, 3, 1, 0}}) {
      check_arrays<float>(sizes);
      check_arrays<double>(sizes);
    }
  });
}

TEST(Finite, OfNothingIsTrue) {
  for_each_instruction_set([](std::int64_t) { EXPECT_TRUE(all_finite<float>({}, 1)); });
}

}  // namespace
}  // namespace backprop::cpu
