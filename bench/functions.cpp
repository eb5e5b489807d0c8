// The vector functions beside the C library and SLEEF (where libsleef3 is installed, the quicker of its versions of 1.0
// and 3.5 ulp): nanoseconds an element, and the greatest error in ulp, on 4,096 numbers: build/bench/bench_functions
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "backprop/math.hpp"
#include "backprop/tensor.hpp"
#include "bench/sleef.hpp"
#include "run/cpu/tile.hpp"

namespace {

using namespace backprop;

constexpr std::int64_t elements = 4096;

// The least of several times of f(), in nanoseconds an element.
template <class F> double nanoseconds(F&& f) {
  double best = 1e9;
  for (int repeat = 0; repeat < 15; ++repeat) {
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < 20; ++i) f();
    const std::chrono::duration<double, std::nano> time = std::chrono::steady_clock::now() - start;
    best = std::min(best, time.count() / (20.0 * static_cast<double>(elements)));
  }
  return best;
}

template <class T, class W, class Exact, class Library>
void compare(Primitive primitive, double low, double high, Exact exact, Library library) {
  TileProgram program;
  program.dtype = dtype_of<T>;
  program.add_output(program.add(primitive, {{program.add_input()}}));
  const auto tile = cpu::compile_tile(program);
  Tensor scratch(int64, {static_cast<std::int64_t>(tile.scratch_bytes() / 8 + 1)});
  std::mt19937 random(1);
  std::vector<T> x(elements), y(elements), z(elements);
  for (T& v : x) v = static_cast<T>(std::uniform_real_distribution<double>(low, high)(random));
  const cpu::TileOperand operands[] = {{x.data(), 0, 1}, {y.data(), 0, 1}};
  const double ours = nanoseconds([&] { cpu::run_tile(tile, operands, 1, elements, scratch.data()); });
  const double theirs = nanoseconds([&] {
    for (std::size_t i = 0; i < x.size(); ++i) z[i] = library(x[i]);
  });
  const auto worst = [&](const std::vector<T>& results) {
    double error = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const W right = exact(static_cast<W>(x[i]));
      const T magnitude = std::max(std::abs(static_cast<T>(right)), std::numeric_limits<T>::min());
      const W ulp = W(std::nextafter(magnitude, std::numeric_limits<T>::infinity())) - W(magnitude);
      error = std::max(error, static_cast<double>(std::abs(W(results[i]) - right) / ulp));
    }
    return error;
  };
  const std::string name(to_string(primitive));
  std::printf("| %s | float%zu | %.3f | %.2f | %.3f | %.2f | %.1f |", name.c_str(), sizeof(T) * 8, ours, worst(y),
              theirs, worst(z), theirs / ours);
  double quickest = 1e9, error = 0;
  for (int tenths : {10, 35}) {
    const auto function = bench::sleef<T>(name, tenths);
    if (!function) continue;
    const double time = nanoseconds([&] { function(x.data(), z.data(), z.size()); });
    if (time >= quickest) continue;
    quickest = time;
    error = worst(z);
  }
  if (quickest < 1e9) std::printf(" %.3f | %.2f | %.1f |\n", quickest, error, quickest / ours);
  if (quickest == 1e9) std::printf(" | | |\n");
}

template <class Call> void both(Primitive primitive, double low, double high, Call call) {
  compare<float, double>(primitive, low, high, call, call);
  compare<double, long double>(primitive, low, high, call, call);
}

}  // namespace

int main() {
  std::printf("| function | type | ns | ulp | C library, ns | ulp | ratio | SLEEF, ns | ulp | ratio |\n");
  std::printf("|---|---|---:|---:|---:|---:|---:|---:|---:|---:|\n");
  both(Primitive::exp, -10, 10, [](auto x) { return std::exp(x); });
  both(Primitive::expm1, -10, 10, [](auto x) { return std::expm1(x); });
  both(Primitive::log, 0.01, 100, [](auto x) { return std::log(x); });
  both(Primitive::log1p, -0.9, 10, [](auto x) { return std::log1p(x); });
  both(Primitive::tanh, -5, 5, [](auto x) { return std::tanh(x); });
  both(Primitive::sigmoid, -10, 10, [](auto x) { return 1 / (1 + std::exp(-x)); });
  both(Primitive::erf, -4, 4, [](auto x) { return std::erf(x); });
  both(Primitive::sin, -10, 10, [](auto x) { return std::sin(x); });
  both(Primitive::cos, -10, 10, [](auto x) { return std::cos(x); });
  both(Primitive::tan, -10, 10, [](auto x) { return std::tan(x); });
  both(Primitive::asin, -1, 1, [](auto x) { return std::asin(x); });
  both(Primitive::atan, -10, 10, [](auto x) { return std::atan(x); });
  both(Primitive::sinh, -10, 10, [](auto x) { return std::sinh(x); });
  both(Primitive::sqrt, 0, 10, [](auto x) { return std::sqrt(x); });
}
