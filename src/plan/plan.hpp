// The plan: the steps of a program for one binding of its named sizes, as plain data that names no machine.
// Thread safety: value types.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "backprop/graph.hpp"
#include "plan/tile_program.hpp"
#include "plan/view.hpp"

namespace backprop {

enum class BufferKind : std::uint8_t { input, state, constant, arena };

// A block of memory. Inputs are the caller's, states the store's; the arena's buffers have a place in it.
struct Buffer {
  BufferKind kind = BufferKind::arena;
  DType dtype = DType::float32;
  std::int64_t elements = 0;
  Index source = -1;      // number of the input, of the state, of the constant
  bool pinned = false;    // read by the caller after the run
  Index shares = -1;      // the earlier buffer whose place this one takes over (in place), or -1
  std::size_t place = 0;  // offset in the arena, in bytes
  std::size_t bytes() const { return static_cast<std::size_t>(elements) * size_of(dtype); }
};

enum class StepKind : std::uint8_t {
  tile,     // a tile program over the extents of its last output
  product,  // matmul on strided matrices; a third input is a row added to every row of the result
  copy,     // the elements of one view to another
  call,     // any other equation, on row-major arrays
};

struct Step {
  StepKind kind = StepKind::call;
  const Equation* equation = nullptr;  // of product and call: in the plan's graph
  std::vector<View> inputs = {};
  std::vector<View> outputs = {};
  TileProgram tile = {};
  Index lane = -1;  // steps of other lanes share no memory with it but single numbers; -1: of none
};

// Every element of `a` times every element of `b`.
struct OuterProduct {
  View a, b;
  Index result = -1;  // buffer
};

struct Plan {
  Bindings sizes;
  std::vector<Buffer> buffers;
  std::vector<Tensor> constants;
  std::vector<Step> steps;
  Index lanes = 0;                           // none, or at least two
  Index once = 0;                            // steps before this one are run once for all runs
  Index commit = 0;                          // from this step on, states are written
  std::vector<View> outputs;                 // row-major
  std::vector<View> checked;                 // must be finite before the commit point
  std::vector<OuterProduct> outer_products;  // that are computed element by element
  std::vector<OuterProduct> bounded;         // those behind the commit point: their largest must be finite before it
  std::size_t arena_bytes = 0;
  std::size_t arena_lower_bound = 0;
};

// A step a line: "s4 tile (b1[4, 3], b7[4, 3]) -> b7[4, 3]" and its instructions, then buffers and arena.
std::string to_string(const Plan& plan);
// Throws Error when a step reads what none before it wrote, or two live buffers overlap.
void verify(const Plan& plan);

}  // namespace backprop
