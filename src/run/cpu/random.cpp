#include "run/cpu/random.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "run/cpu/random.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace backprop::cpu::HWY_NAMESPACE {
namespace {

// Sixteen counters side by side in plain loops, which the compiler turns into vectors of the target.
void bits_of_block(const PhiloxKey& key, std::int64_t k, std::uint32_t* HWY_RESTRICT bits) {
  constexpr int n = random_block / 4;
  std::uint32_t c0[n], c1[n], c2[n], c3[n];
  for (int i = 0; i < n; ++i) {
    c0[i] = static_cast<std::uint32_t>(k * n + i);
    c1[i] = key.stream;
    c2[i] = static_cast<std::uint32_t>(key.step);
    c3[i] = static_cast<std::uint32_t>(key.step >> 32);
  }
  auto k0 = static_cast<std::uint32_t>(key.seed), k1 = static_cast<std::uint32_t>(key.seed >> 32);
  for (int round = 0; round < 10; ++round) {
    for (int i = 0; i < n; ++i) {
      const std::uint64_t p0 = std::uint64_t{0xD2511F53} * c0[i], p1 = std::uint64_t{0xCD9E8D57} * c2[i];
      c0[i] = static_cast<std::uint32_t>(p1 >> 32) ^ c1[i] ^ k0;
      c1[i] = static_cast<std::uint32_t>(p1);
      c2[i] = static_cast<std::uint32_t>(p0 >> 32) ^ c3[i] ^ k1;
      c3[i] = static_cast<std::uint32_t>(p0);
    }
    k0 += 0x9E3779B9;
    k1 += 0xBB67AE85;
  }
  for (int i = 0; i < n; ++i) {
    bits[4 * i] = c0[i];
    bits[4 * i + 1] = c1[i];
    bits[4 * i + 2] = c2[i];
    bits[4 * i + 3] = c3[i];
  }
}

}  // namespace
}  // namespace backprop::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace backprop::cpu {

HWY_EXPORT(bits_of_block);

void random_bits(const PhiloxKey& key, std::int64_t k, std::uint32_t* bits) {
  HWY_DYNAMIC_DISPATCH(bits_of_block)(key, k, bits);
}

}  // namespace backprop::cpu
#endif
