// The vector functions against the C library in a wider type: the greatest errors in ulp that they promise, special
// values, and the same bits on all instruction sets with a fused multiply-add, in any lane.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <random>
#include <vector>

#include "backprop/compile.hpp"
#include "backprop/math.hpp"
#include "backprop/tensor.hpp"
#include "base/floating_mode.hpp"
#include "instruction_sets.hpp"
#include "run/cpu/tile.hpp"

namespace backprop::cpu {
namespace {

template <class T> using Wide = std::conditional_t<sizeof(T) == 4, double, long double>;

template <class T> void apply(Primitive primitive, const T* a, const T* b, std::int64_t n, T* result) {
  TileProgram program;
  program.dtype = dtype_of<T>;
  std::vector<std::int32_t> arguments = {program.add_input()};
  if (arity_of(primitive) == 2) arguments.push_back(program.add_input());
  program.add_output(program.add(primitive, arguments));
  const CompiledTile tile = compile_tile(program);
  std::vector<std::byte> storage(tile.scratch_bytes() + 64);
  void* scratch = storage.data() + (64 - reinterpret_cast<std::uintptr_t>(storage.data()) % 64) % 64;
  std::vector<TileOperand> operands = {{const_cast<T*>(a), 0, 1}};
  if (arity_of(primitive) == 2) operands.push_back({const_cast<T*>(b), 0, 1});
  operands.push_back({result, 0, 1});
  run_tile(tile, operands.data(), 1, n, scratch);
}

// Distance of y from the exact value in units of the last place of T there.
template <class T> double error_in_ulp(T y, Wide<T> exact) {
  if (std::isnan(exact)) return std::isnan(y) ? 0 : 1e30;
  const T rounded = static_cast<T>(exact);
  if (y == rounded) return std::signbit(y) == std::signbit(rounded) ? std::isinf(y) ? 0 : 0.5 : 1e30;
  if (std::isnan(y) || std::isinf(y) != std::isinf(rounded)) {
    // Around the largest number infinity is one step away.
    const T largest = std::numeric_limits<T>::max();
    return !std::isnan(y) && std::min(std::abs(y), std::abs(rounded)) >= largest * T(0.999999) ? 1 : 1e30;
  }
  const T magnitude = std::max(std::abs(rounded), std::numeric_limits<T>::min());
  const Wide<T> ulp = Wide<T>(std::nextafter(magnitude, std::numeric_limits<T>::infinity())) - magnitude;
  return static_cast<double>(std::abs(Wide<T>(y) - exact) / ulp);
}

struct Function {
  Primitive primitive;
  double low, high;  // arguments of interest
  double bound32, bound64;
};

// The promise: greatest error in ulp of float and of double.
constexpr Function functions[] = {{Primitive::exp, -105, 90, 1.5, 1.5},
                                  {Primitive::expm1, -30, 90, 2.5, 2.5},
                                  {Primitive::log, 0, 100, 1.5, 1.5},
                                  {Primitive::log1p, -1, 100, 2, 2},
                                  {Primitive::sin, -12000, 12000, 2.5, 2.5},
                                  {Primitive::cos, -12000, 12000, 2.5, 2.5},
                                  {Primitive::tan, -12000, 12000, 4, 4},
                                  {Primitive::asin, -1, 1, 2.5, 2.5},
                                  {Primitive::acos, -1, 1, 2.5, 2.5},
                                  {Primitive::atan, -20, 20, 2, 2},
                                  {Primitive::sinh, -91, 91, 3, 3},
                                  {Primitive::cosh, -91, 91, 2.5, 2.5},
                                  {Primitive::tanh, -20, 20, 3, 3},
                                  {Primitive::sigmoid, -105, 105, 3, 3},
                                  {Primitive::erf, -6, 6, 2, 2},
                                  {Primitive::sqrt, 0, 100, 0.5, 0.5},
                                  {Primitive::floor, -9, 9, 0.5, 0.5},
                                  {Primitive::ceil, -9, 9, 0.5, 0.5},
                                  {Primitive::round, -9, 9, 0.5, 0.5},
                                  {Primitive::sign, -2, 2, 0.5, 0.5},
                                  {Primitive::abs, -2, 2, 0.5, 0.5}};

template <class W> W exactly(Primitive primitive, W x) {
  switch (primitive) {
    case Primitive::exp: return std::exp(x);
    case Primitive::expm1: return std::expm1(x);
    case Primitive::log: return std::log(x);
    case Primitive::log1p: return std::log1p(x);
    case Primitive::sin: return std::sin(x);
    case Primitive::cos: return std::cos(x);
    case Primitive::tan: return std::tan(x);
    case Primitive::asin: return std::asin(x);
    case Primitive::acos: return std::acos(x);
    case Primitive::atan: return std::atan(x);
    case Primitive::sinh: return std::sinh(x);
    case Primitive::cosh: return std::cosh(x);
    case Primitive::tanh: return std::tanh(x);
    case Primitive::sigmoid: return x != x ? x : W(1) / (W(1) + std::exp(-x));
    case Primitive::erf: return std::erf(x);
    case Primitive::sqrt: return std::sqrt(x);
    case Primitive::floor: return std::floor(x);
    case Primitive::ceil: return std::ceil(x);
    case Primitive::round: return std::nearbyint(x);
    case Primitive::sign: return math::sign(x);
    case Primitive::abs: return std::abs(x);
    default: throw std::logic_error("not here");
  }
}

template <class T> std::vector<T> special_values() {
  using L = std::numeric_limits<T>;
  std::vector<T> x = {0,
                      L::min(),
                      L::denorm_min(),
                      L::epsilon(),
                      L::max(),
                      L::infinity(),
                      L::quiet_NaN(),
                      T(0.5),
                      1,
                      T(1.5),
                      2,
                      T(2.5),
                      T(0.49999997),
                      3,
                      T(0.625),
                      T(0.4142136),
                      T(0.70710678),
                      T(1.41421356),
                      T(2.41421356),
                      T(1e-10),
                      T(1e-20),
                      T(88.72),
                      T(88.73),
                      T(87.3),
                      T(103.9),
                      T(89.4),
                      T(89.42),
                      T(9.1),
                      T(709.7),
                      T(709.79),
                      T(745.1),
                      T(710.47),
                      T(710.5),
                      T(4),
                      T(6),
                      T(1e5),
                      T(1e10),
                      T(1e30),
                      T(8388607.5),
                      T(1.5707963267948966),
                      T(3.141592653589793),
                      T(0.7853981633974483),
                      T(10000),
                      T(1e6)};
  for (const T base : {T(1), T(0.5), T(2), T(4), T(6), T(10000), T(1e6)}) {
    x.push_back(std::nextafter(base, L::infinity()));
    x.push_back(std::nextafter(base, T(0)));
  }
  for (std::size_t i = 0, n = x.size(); i < n; ++i) x.push_back(-x[i]);
  return x;
}

template <class T> std::vector<T> arguments_for(const Function& f, std::size_t count) {
  std::vector<T> x = special_values<T>();
  std::mt19937_64 random(5);
  // The double functions' exponents reach eight times as far.
  const double reach = sizeof(T) == 8 && std::abs(f.low) > 80 && f.high < 110 ? 8 : 1;
  while (x.size() < count) {
    x.push_back(static_cast<T>(std::uniform_real_distribution<double>(f.low * reach, f.high * reach)(random)));
    x.push_back(
        static_cast<T>(std::uniform_real_distribution<double>(std::max(f.low, -4.0), std::min(f.high, 4.0))(random)));
    // Any magnitude.
    const double sign = random() % 2 == 0 || f.low == 0 ? 1 : -1;
    x.push_back(static_cast<T>(sign * std::exp2(std::uniform_real_distribution<double>(-140, 14)(random))));
  }
  return x;
}

template <class T> void check_function(const Function& f, std::vector<std::vector<T>>& fused) {
  const std::vector<T> x = arguments_for<T>(f, 20000);
  std::vector<Wide<T>> exact;
  for (const T v : x) exact.push_back(exactly<Wide<T>>(f.primitive, v));
  for_each_instruction_set([&](std::int64_t target) {
    std::vector<T> y(x.size());
    apply<T>(f.primitive, x.data(), nullptr, static_cast<std::int64_t>(x.size()), y.data());
    double worst = 0;
    T where = 0, there = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double error = error_in_ulp(y[i], exact[i]);
      if (error <= worst) continue;
      worst = error;
      where = x[i];
      there = y[i];
    }
    const double bound = sizeof(T) == 4 ? f.bound32 : f.bound64;
    EXPECT_LE(worst, bound) << to_string(f.primitive) << " of " << where << " is " << there << ", " << sizeof(T) * 8
                            << " bits";
    testing::Test::RecordProperty(
        std::string(to_string(f.primitive)) + std::to_string(sizeof(T) * 8) + "_" + hwy::TargetName(target),
        std::to_string(worst));
    if (std::getenv("BACKPROP_PRINT_ULP") != nullptr) {
      std::printf("%-8s %2zu bits %-7s %.2f ulp at %.17g\n", std::string(to_string(f.primitive)).c_str(), sizeof(T) * 8,
                  hwy::TargetName(target), worst, static_cast<double>(where));
    }
    if (!has_fused_multiply_add(target)) return;
    fused.push_back(y);
    for (std::size_t i = 0; i < y.size(); ++i) {
      const T a = y[i], b = fused.front()[i];
      ASSERT_TRUE(std::memcmp(&a, &b, sizeof(T)) == 0 || (a != a && b != b)) << to_string(f.primitive) << " " << x[i];
    }
  });
}

TEST(VectorMath, ErrorsStayWithinTheirBounds) {
  for (const Function& f : functions) {
    std::vector<std::vector<float>> singles;
    check_function<float>(f, singles);
    std::vector<std::vector<double>> doubles;
    check_function<double>(f, doubles);
  }
}

template <class T> void check_power() {
  std::vector<T> a, b;
  const auto special = special_values<T>();
  for (const T x : special) {
    for (const T y : special) {
      a.push_back(x);
      b.push_back(y);
    }
  }
  std::mt19937_64 random(9);
  for (int i = 0; i < 20000; ++i) {
    a.push_back(static_cast<T>(std::exp2(std::uniform_real_distribution<double>(-20, 20)(random))));
    b.push_back(static_cast<T>(std::uniform_real_distribution<double>(-8, 8)(random)));
    if (i % 3 == 0) b.back() = std::round(b.back());
    if (i % 5 == 0) a.back() = -a.back();
    if (i % 7 == 0) a.back() = static_cast<T>(1 + std::ldexp(1.0, -static_cast<int>(random() % 20))), b.back() *= 1000;
  }
  std::vector<T> fused;
  for_each_instruction_set([&](std::int64_t target) {
    std::vector<T> y(a.size());
    apply(Primitive::power, a.data(), b.data(), static_cast<std::int64_t>(a.size()), y.data());
    for (std::size_t i = 0; i < a.size(); ++i) {
      const Wide<T> exact = std::pow(Wide<T>(a[i]), Wide<T>(b[i]));
      ASSERT_LE(error_in_ulp(y[i], exact), 1.5) << a[i] << " to the " << b[i] << " is " << y[i];
    }
    if (!has_fused_multiply_add(target)) return;
    if (fused.empty()) fused = y;
    for (std::size_t i = 0; i < y.size(); ++i) {
      ASSERT_TRUE(std::memcmp(&y[i], &fused[i], sizeof(T)) == 0 || (y[i] != y[i] && fused[i] != fused[i]))
          << a[i] << b[i];
    }
  });
}

TEST(VectorMath, PowerHasTheLimitsOfTheStandard) {
  check_power<float>();
  check_power<double>();
}

// In the mode that kernels run in, what is not denormal stays as it is.
template <class T> void check_flushed(const Function& f) {
  const std::vector<T> x = arguments_for<T>(f, 3000);
  std::vector<T> y(x.size()), flushed(x.size());
  const auto n = static_cast<std::int64_t>(x.size());
  apply<T>(f.primitive, x.data(), nullptr, n, y.data());
  {
    const FloatingMode mode;
    apply<T>(f.primitive, x.data(), nullptr, n, flushed.data());
  }
  // Near the least normal numbers what is flushed on the way shows.
  constexpr T least = std::numeric_limits<T>::min() * 64;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (std::abs(x[i]) < least || std::abs(y[i]) < least || y[i] != y[i]) continue;
    ASSERT_EQ(flushed[i], y[i]) << to_string(f.primitive) << " of " << x[i];
  }
}

TEST(VectorMath, FlushedDenormalsChangeNothingElse) {
  for_each_instruction_set([](std::int64_t) {
    for (const Function& f : functions) {
      check_flushed<float>(f);
      check_flushed<double>(f);
    }
  });
}

// The same bits wherever an element stands and however many there are.
template <class T> void check_places() {
  std::mt19937_64 random(11);
  std::vector<T> x(200), all(200);
  for (T& v : x) v = static_cast<T>(std::uniform_real_distribution<double>(-3, 3)(random));
  for (const Function& f : functions) {
    apply<T>(f.primitive, x.data(), nullptr, 200, all.data());
    for (const std::int64_t n : {1, 3, 7, 8, 9, 15, 16, 17, 31, 33}) {
      for (const std::int64_t start : {0, 1, 5}) {
        std::vector<T> in(x.begin() + start, x.begin() + start + n), out(static_cast<std::size_t>(n));
        apply<T>(f.primitive, in.data(), nullptr, n, out.data());
        for (std::size_t i = 0; i < out.size(); ++i) {
          const T expected = all[static_cast<std::size_t>(start) + i];
          ASSERT_TRUE(std::memcmp(&out[i], &expected, sizeof(T)) == 0 || (out[i] != out[i] && expected != expected))
              << to_string(f.primitive);
        }
      }
    }
  }
}

TEST(VectorMath, BitsDoNotDependOnThePlace) {
  for_each_instruction_set([](std::int64_t) {
    check_places<float>();
    check_places<double>();
  });
}

}  // namespace
}  // namespace backprop::cpu
