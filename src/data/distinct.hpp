// How many different values there are among many, held in memory but for the repetitions. Thread safety: value type.
#pragma once
#include <algorithm>
#include <cstddef>
#include <vector>

namespace backprop::data {

template <class T> class Distinct {
 public:
  void add(T value) {
    values_.push_back(value);
    if (values_.size() >= limit_) drop_repetitions();
  }
  std::size_t count() {
    drop_repetitions();
    return values_.size();
  }

 private:
  void drop_repetitions() {
    std::sort(values_.begin(), values_.end());
    values_.erase(std::unique(values_.begin(), values_.end()), values_.end());
    limit_ = std::max(fewest, 2 * values_.size());
  }

  static constexpr std::size_t fewest = 4096;
  std::size_t limit_ = fewest;
  std::vector<T> values_;
};

}  // namespace backprop::data
