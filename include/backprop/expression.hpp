// A scalar function as a short list of primitive instructions. A rule (a generic lambda of backprop::math functions)
// run on Expression writes down its own instructions, so that the planner can fuse a user's operation like ours.
// Thread safety: value types.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace backprop {

// The instructions that a backend must know. Comparisons and logic give masks; `select` is the only use of a mask.
enum class Primitive : std::uint8_t {
  argument,  // the i-th argument of the program
  constant,
  // one argument
  negate,
  abs,
  sign,
  exp,
  expm1,
  log,
  log1p,
  sqrt,
  sin,
  cos,
  tan,
  asin,
  acos,
  atan,
  sinh,
  cosh,
  tanh,
  sigmoid,
  erf,
  floor,
  ceil,
  round,  // round: ties to even
  logical_not,
  // two arguments
  add,
  subtract,
  multiply,
  divide,
  power,
  maximum,
  minimum,  // maximum and minimum propagate NaN
  equal,
  less,
  less_equal,
  logical_and,
  logical_or,
  logical_xor,
  // three arguments
  select,        // c ? a : b
  multiply_add,  // a b + c, rounded once
};

// Number of arguments of an instruction; 0 for argument and constant.
int arity_of(Primitive primitive);
std::string_view to_string(Primitive primitive);
// Whether the result is a mask (comparisons and logic).
bool gives_mask(Primitive primitive);

struct ScalarInstruction {
  Primitive primitive;
  std::int32_t arguments[3] = {-1, -1,
                               -1};  // indices of earlier instructions; arguments[0] of `argument` is its number
  double constant = 0;
};

// Straight-line program in single assignment form; the last instruction is the result.
struct ScalarProgram {
  std::vector<ScalarInstruction> instructions;
};

// A number that writes down what is done with it.
struct Expression {
  ScalarProgram* program = nullptr;
  std::int32_t index = -1;
};

Expression append(ScalarProgram& program, Primitive primitive, std::span<const Expression> arguments,
                  double constant = 0);
Expression append(Primitive primitive, Expression a);
Expression append(Primitive primitive, Expression a, Expression b);
Expression append(Primitive primitive, Expression a, Expression b, Expression c);
Expression constant_like(Expression x, double value);

inline Expression operator-(Expression x) { return append(Primitive::negate, x); }
inline Expression operator+(Expression x, Expression y) { return append(Primitive::add, x, y); }
inline Expression operator-(Expression x, Expression y) { return append(Primitive::subtract, x, y); }
inline Expression operator*(Expression x, Expression y) { return append(Primitive::multiply, x, y); }
inline Expression operator/(Expression x, Expression y) { return append(Primitive::divide, x, y); }
inline Expression operator+(Expression x, double y) { return x + constant_like(x, y); }
inline Expression operator-(Expression x, double y) { return x - constant_like(x, y); }
inline Expression operator*(Expression x, double y) { return x * constant_like(x, y); }
inline Expression operator/(Expression x, double y) { return x / constant_like(x, y); }
inline Expression operator+(double x, Expression y) { return constant_like(y, x) + y; }
inline Expression operator-(double x, Expression y) { return constant_like(y, x) - y; }
inline Expression operator*(double x, Expression y) { return constant_like(y, x) * y; }
inline Expression operator/(double x, Expression y) { return constant_like(y, x) / y; }
inline Expression operator<(Expression x, Expression y) { return append(Primitive::less, x, y); }
inline Expression operator<=(Expression x, Expression y) { return append(Primitive::less_equal, x, y); }
inline Expression operator>(Expression x, Expression y) { return y < x; }
inline Expression operator>=(Expression x, Expression y) { return y <= x; }
inline Expression operator==(Expression x, Expression y) { return append(Primitive::equal, x, y); }
inline Expression operator!=(Expression x, Expression y) { return append(Primitive::logical_not, x == y); }
inline Expression operator&&(Expression x, Expression y) { return append(Primitive::logical_and, x, y); }
inline Expression operator||(Expression x, Expression y) { return append(Primitive::logical_or, x, y); }
inline Expression operator!(Expression x) { return append(Primitive::logical_not, x); }

}  // namespace backprop
