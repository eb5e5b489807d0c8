// Tile programs, tiny and large: nanoseconds a call, and an element and instruction. Reductions and softmax beside
// them.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "backprop/tensor.hpp"
#include "run/cpu/reduce.hpp"
#include "run/cpu/row.hpp"
#include "run/cpu/tile.hpp"

namespace {

using namespace backprop;

// The least of several times of f(), in nanoseconds.
template <class F> double nanoseconds(std::int64_t elements, F&& f) {
  double best = 1e12;
  const int count = static_cast<int>(std::max<std::int64_t>(1, 200000 / (elements + 100)));
  for (int repeat = 0; repeat < 20; ++repeat) {
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < count; ++i) f();
    const std::chrono::duration<double, std::nano> time = std::chrono::steady_clock::now() - start;
    best = std::min(best, time.count() / count);
  }
  return best;
}

// How an operand covers the space.
enum class Cover { all, row, column, scalar, block, transposed };

cpu::TileOperand place(Tensor& t, Cover cover, std::int64_t rows, std::int64_t columns) {
  switch (cover) {
    case Cover::all: return {t.data(), columns, 1};
    case Cover::row: return {t.data(), 0, 1};
    case Cover::column: return {t.data(), 1, 0};
    case Cover::scalar: return {t.data(), 0, 0};
    case Cover::block: return {t.data(), columns + 240, 1};
    case Cover::transposed: return {t.data(), 1, rows};
  }
  return {};
}

void measure(const char* name, const TileProgram& program, const std::vector<Cover>& covers, std::int64_t rows,
             std::int64_t columns) {
  const auto tile = cpu::compile_tile(program);
  Tensor scratch(int64, {static_cast<std::int64_t>(tile.scratch_bytes() / 8 + 1)});
  std::vector<Tensor> tensors;
  std::vector<cpu::TileOperand> operands;
  for (const Cover cover : covers) {
    tensors.emplace_back(program.dtype, Extents{cover == Cover::block ? rows * (columns + 240) : rows * columns});
    operands.push_back(place(tensors.back(), cover, rows, columns));
  }
  const double time =
      nanoseconds(rows * columns, [&] { cpu::run_tile(tile, operands.data(), rows, columns, scratch.data()); });
  const double work = static_cast<double>(rows * columns) * program.operations();
  std::printf("%-22s %6lld x %-6lld %2d ops %10.1f ns  %.4f ns/(element op)\n", name, static_cast<long long>(rows),
              static_cast<long long>(columns), program.operations(), time, time / work);
}

// w, m, v after a step of Adam: 4 arrays, 3 of them in place; scalars of the step.
TileProgram adam() {
  TileProgram p;
  const auto w = p.add_input(), m = p.add_input(), v = p.add_input(), g = p.add_input();
  const auto rate = p.add_input({TileStorage::number, true}), scale = p.add_input({TileStorage::number, true});
  const auto difference = p.add(Primitive::subtract, {{g, m}});
  const auto m1 = p.add(Primitive::multiply_add, {{difference, p.add_constant(0.1), m}});
  const auto square = p.add(Primitive::multiply, {{g, g}});
  const auto growth = p.add(Primitive::subtract, {{square, v}});
  const auto v1 = p.add(Primitive::multiply_add, {{growth, p.add_constant(0.001), v}});
  const auto root = p.add(Primitive::sqrt, {{v1}});
  const auto denominator = p.add(Primitive::multiply_add, {{root, scale, p.add_constant(1e-8)}});
  const auto direction = p.add(Primitive::divide, {{m1, denominator}});
  const auto w1 = p.add(Primitive::multiply_add, {{direction, rate, w}});
  p.add_output(w1), p.add_output(m1), p.add_output(v1);
  return p;
}

TileProgram cheap(int operations) {
  TileProgram p;
  const auto x = p.add_input(), b = p.add_input();
  auto y = p.add(Primitive::add, {{x, b}});
  for (int i = 1; i < operations; ++i) y = p.add(i % 2 == 0 ? Primitive::add : Primitive::multiply, {{y, x}});
  p.add_output(y);
  return p;
}

TileProgram bias_tanh() {
  TileProgram p;
  const auto x = p.add_input(), b = p.add_input();
  p.add_output(p.add(Primitive::tanh, {{p.add(Primitive::add, {{x, b}})}}));
  return p;
}

template <class T> void rows_and_sums() {
  const cpu::ReduceKernels<T>& sum = cpu::reduce_kernels<T>(cpu::Reduction::sum);
  for (const auto& [rows, columns] : {std::pair<std::int64_t, std::int64_t>{16, 3}, {64, 10}, {512, 10}, {64, 1000}}) {
    Tensor x(dtype_of<T>, {rows, columns}), y(dtype_of<T>, {rows, columns}), loss(dtype_of<T>, {rows + columns});
    Tensor target(int32, {rows});
    const cpu::RowTargets<T> targets(target.as<std::int32_t>().data());
    const T one = 1;
    T* const px = x.as<T>().data();
    T* const py = y.as<T>().data();
    T* const pl = loss.as<T>().data();
    const std::int64_t n = rows * columns;
    const double softmax = nanoseconds(n, [&] { cpu::softmax_rows<T>(px, rows, columns, py); });
    const double entropy =
        nanoseconds(n, [&] { cpu::softmax_cross_entropy_rows<T>(px, targets, rows, columns, pl, nullptr); });
    const double gradient =
        nanoseconds(n, [&] { cpu::softmax_cross_entropy_gradient_rows<T>(px, targets, &one, 0, rows, columns, py); });
    const double sums = nanoseconds(n, [&] { sum.rows(px, rows, columns, columns, pl); });
    const double column_sums = nanoseconds(n, [&] { sum.columns(px, rows, columns, columns, pl); });
    std::printf(
        "float%zu %4lld x %-5lld softmax %8.0f  cross-entropy %8.0f  gradient %8.0f  row sums %7.0f  column sums "
        "%7.0f ns\n",
        sizeof(T) * 8, static_cast<long long>(rows), static_cast<long long>(columns), softmax, entropy, gradient, sums,
        column_sums);
  }
}

}  // namespace

int main() {
  const std::vector<Cover> in_two = {Cover::all, Cover::row, Cover::all}, flat = {Cover::all, Cover::all, Cover::all};
  const std::vector<Cover> step(9, Cover::all), blocks(9, Cover::block);
  const auto with_scalars = [](std::vector<Cover> c) {
    c[4] = c[5] = Cover::scalar;
    return c;
  };
  for (const DType dtype : {float32, float64}) {
    const auto typed = [&](TileProgram p) {
      p.dtype = dtype;
      return p;
    };
    std::printf("%s\n", std::string(to_string(dtype)).c_str());
    measure("cheap, flat", typed(cheap(6)), flat, 4, 4);
    measure("cheap, flat", typed(cheap(6)), flat, 16, 3);
    measure("cheap, row broadcast", typed(cheap(6)), in_two, 4, 4);
    measure("cheap, row broadcast", typed(cheap(6)), in_two, 16, 3);
    measure("cheap, row broadcast", typed(cheap(6)), in_two, 64, 16);
    measure("cheap, columns", typed(cheap(6)), {Cover::all, Cover::column, Cover::all}, 64, 16);
    measure("cheap, flat", typed(cheap(6)), flat, 64, 256);
    measure("cheap, row broadcast", typed(cheap(6)), in_two, 64, 256);
    measure("cheap, row broadcast", typed(cheap(6)), in_two, 64, 100);
    measure("cheap, transposed", typed(cheap(6)), {Cover::all, Cover::transposed, Cover::all}, 500, 600);
    measure("bias, tanh", typed(bias_tanh()), in_two, 4, 4);
    measure("bias, tanh", typed(bias_tanh()), in_two, 16, 16);
    measure("bias, tanh", typed(bias_tanh()), in_two, 64, 256);
    measure("adam", typed(adam()), with_scalars(step), 1, 12);
    measure("adam", typed(adam()), with_scalars(step), 1, 1000);
    measure("adam", typed(adam()), with_scalars(step), 1, 30000);
    measure("adam, blocks", typed(adam()), with_scalars(blocks), 64, 16);
  }
  rows_and_sums<float>();
  rows_and_sums<double>();
}
