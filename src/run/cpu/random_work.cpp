// Random operations in blocks, with the numbers of their reference kernels.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "ops/ops.hpp"
#include "run/cpu/random.hpp"
#include "run/cpu/work.hpp"

namespace backprop::cpu {
namespace {

// Fill(bits, n, to) makes n numbers of n times `Draws` random words.
template <class T, int Draws, class Fill> class RandomWork final : public Work {
 public:
  RandomWork(const Step& step, Memory& memory, const RunState& state, int threads, double each, Fill fill)
      : state_(state),
        stream_(static_cast<std::uint32_t>(step.equation->attributes.integer("stream"))),
        size_(count(step.outputs[0].extents)),
        fill_(fill) {
    memory.link(&to_, step.outputs[0]);
    nanoseconds = each * static_cast<double>(size_);
    parts = static_cast<int>(std::clamp<std::int64_t>(static_cast<std::int64_t>(nanoseconds / 5000), 1, threads));
  }

  void run(int part, std::byte*) noexcept override {
    constexpr std::int64_t n = random_block / Draws;  // numbers of a block
    const PhiloxKey key{state_.seed, state_.step, stream_};
    const std::int64_t blocks = (size_ + n - 1) / n;
    for (std::int64_t k = blocks * part / parts; k < blocks * (part + 1) / parts; ++k) {
      std::uint32_t bits[random_block];
      random_bits(key, k, bits);
      fill_(bits, std::min(n, size_ - k * n), static_cast<T*>(to_) + k * n);
    }
  }

 private:
  const RunState& state_;
  std::uint32_t stream_;
  std::int64_t size_;
  Fill fill_;
  void* to_ = nullptr;
};

double unit(std::uint32_t bits) { return static_cast<double>(bits >> 8) * 0x1p-24; }

template <class T> std::unique_ptr<Work> make(const Step& step, Memory& memory, const RunState& state, int threads) {
  const Attributes& a = step.equation->attributes;
  const auto work = [&]<int Draws>(double each, auto fill) -> std::unique_ptr<Work> {
    return std::make_unique<RandomWork<T, Draws, decltype(fill)>>(step, memory, state, threads, each, fill);
  };
  if constexpr (std::is_same_v<T, bool>) {
    // u < p for u = k 2^-24 is k < p 2^24, rounded up; nothing is below a NaN.
    const double p = a.number("probability");
    const double limit = p > 0 ? std::ceil(std::min(p, 1.0) * 0x1p24) : 0;
    return work.template operator()<1>(
        0.5, [below = static_cast<std::uint32_t>(limit)](const std::uint32_t* bits, std::int64_t n, bool* to) {
          for (std::int64_t i = 0; i < n; ++i) to[i] = (bits[i] >> 8) < below;
        });
  } else if (step.equation->operation == &ops::random_uniform) {
    return work.template operator()<1>(
        1, [low = a.number("low"), high = a.number("high")](const std::uint32_t* bits, std::int64_t n, T* to) {
          for (std::int64_t i = 0; i < n; ++i) to[i] = static_cast<T>(low + (high - low) * unit(bits[i]));
        });
  } else {
    return work.template operator()<2>(30, [mean = a.number("mean"), deviation = a.number("deviation")](
                                               const std::uint32_t* bits, std::int64_t n, T* to) {
      for (std::int64_t i = 0; i < n; ++i) {
        const double radius = std::sqrt(-2 * std::log(1 - unit(bits[2 * i])));
        const double normal = radius * std::cos(2 * std::numbers::pi * unit(bits[2 * i + 1]));
        to[i] = static_cast<T>(mean + deviation * normal);
      }
    });
  }
}

}  // namespace

std::unique_ptr<Work> make_random_work(const Step& step, Memory& memory, const RunState& state, int threads) {
  const Operation* const op = step.equation->operation;
  const DType dtype = memory.dtype(step.outputs[0]);
  if (op == &ops::random_bernoulli && dtype == DType::boolean) return make<bool>(step, memory, state, threads);
  if (op != &ops::random_uniform && op != &ops::random_normal) return nullptr;
  if (dtype == DType::float32) return make<float>(step, memory, state, threads);
  if (dtype == DType::float64) return make<double>(step, memory, state, threads);
  return nullptr;
}

}  // namespace backprop::cpu
