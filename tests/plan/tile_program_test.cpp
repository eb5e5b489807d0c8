// Tile programs as text: how they are built from scalar programs, checked and simplified.
#include "plan/tile_program.hpp"

#include <gtest/gtest.h>

#include "backprop/error.hpp"
#include "backprop/math.hpp"

namespace backprop {
namespace {

// The scalar program of a rule of n arguments.
template <class Rule> ScalarProgram write_down(int n, Rule rule) {
  ScalarProgram program;
  std::vector<Expression> x;
  for (int i = 0; i < n; ++i) {
    program.instructions.push_back({.primitive = Primitive::argument, .arguments = {i, -1, -1}});
    x.push_back({&program, i});
  }
  rule(x);
  return program;
}

TEST(TileProgram, JoinsTheScalarProgramsOfEquations) {
  TileProgram program;
  const auto x = program.add_input(), b = program.add_input({TileStorage::number, true});
  const auto sum = program.add(write_down(2, [](auto a) { return a[0] + a[1]; }), {{x, b}});
  const auto relu = program.add(write_down(1,
                                           [](auto a) {
                                             const auto positive = a[0] > math::like(a[0], 0);
                                             const auto small = a[0] * 0.5;
                                             return math::where(positive, a[0], small);
                                           }),
                                {{sum}});
  program.add_output(relu);
  program.add_output(program.add(Primitive::less, {{x, b}}));
  verify(program);
  EXPECT_EQ(to_string(program),
            "tile float32 (%0: number, %1: scalar number)\n"
            "%2 = add %0 %1\n"
            "%3 = constant 0\n"
            "%4 = less %3 %2\n"
            "%5 = constant 0.5\n"
            "%6 = multiply %2 %5\n"
            "%7 = select %4 %2 %6\n"
            "%8 = less %0 %1\n"
            "outputs %7: number, %8: boolean\n");
  EXPECT_EQ(program.operations(), 5);
}

TEST(TileProgram, ComparesMasksByLogic) {
  TileProgram program;
  const auto a = program.add_input({TileStorage::boolean, false}), b = program.add_input({TileStorage::boolean, false});
  program.add_output(program.add(Primitive::equal, {{a, b}}));
  program.add_output(program.add(Primitive::less, {{a, b}}));
  verify(program);
  EXPECT_EQ(to_string(program),
            "tile float32 (%0: boolean, %1: boolean)\n"
            "%2 = logical_xor %0 %1\n"
            "%3 = logical_not %2\n"
            "%4 = logical_not %0\n"
            "%5 = logical_and %4 %1\n"
            "outputs %3: boolean, %5: boolean\n");
}

TEST(TileProgram, DropsWhatIsEqualOrUnused) {
  TileProgram program;
  const auto x = program.add_input(), unused = program.add_input();
  const auto one = program.add_constant(1), again = program.add_constant(1);
  const auto zero = program.add_constant(0.0), other_zero = program.add_constant(-0.0);
  const auto y = program.add(Primitive::add, {{x, one}}), z = program.add(Primitive::add, {{x, again}});
  program.add(Primitive::exp, {{unused}});
  program.add_output(program.add(Primitive::multiply, {{y, z}}));
  program.add_output(program.add(Primitive::divide, {{zero, other_zero}}));
  eliminate_common_and_dead(program);
  verify(program);
  EXPECT_EQ(to_string(program),
            "tile float32 (%0: number, %1: number)\n"
            "%2 = constant 1\n"
            "%3 = constant 0\n"
            "%4 = constant -0\n"
            "%5 = add %0 %2\n"
            "%6 = multiply %5 %5\n"
            "%7 = divide %3 %4\n"
            "outputs %6: number, %7: number\n");
}

TEST(TileProgram, RefusesWhatIsNotWellFormed) {
  TileProgram program;
  const auto x = program.add_input(), mask = program.add_input({TileStorage::boolean, false});
  EXPECT_THROW(program.add(Primitive::add, {{x}}), Error);
  EXPECT_THROW(program.add(Primitive::negate, {{7}}), Error);
  TileProgram sum = program;
  sum.add(Primitive::add, {{x, mask}});
  EXPECT_THROW(verify(sum), Error);
  TileProgram choice = program;
  choice.add(Primitive::select, {{x, x, x}});
  EXPECT_THROW(verify(choice), Error);
  TileProgram integers = program;
  integers.dtype = int32;
  EXPECT_THROW(verify(integers), Error);
  TileProgram output = program;
  output.add_output(9);
  EXPECT_THROW(verify(output), Error);
}

}  // namespace
}  // namespace backprop
