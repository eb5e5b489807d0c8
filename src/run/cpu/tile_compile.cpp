// From a tile program to steps: which registers are uniform, which buffers they share, which outputs are written by the
// step that computes them.
#include <algorithm>
#include <limits>

#include "backprop/error.hpp"
#include "run/cpu/tile_code.hpp"

namespace backprop::cpu {
namespace {

constexpr std::int32_t never = -1;

std::int64_t round_up(std::int64_t n) { return (n + 63) / 64 * 64; }

// Gives the buffers of a tile's registers, the first free one first.
class BufferPool {
 public:
  std::int32_t take() {
    const auto free = std::find(used_.begin(), used_.end(), false);
    const auto index = free - used_.begin();
    if (free == used_.end())
      used_.push_back(true);
    else
      *free = true;
    return static_cast<std::int32_t>(index);
  }
  void give_back(std::int32_t buffer) { used_[static_cast<std::size_t>(buffer)] = false; }
  std::int64_t size() const { return static_cast<std::int64_t>(used_.size()); }

 private:
  std::vector<bool> used_;
};

TileConstant splat(const TileKernels& kernels, DType dtype, double value) {
  TileConstant constant;
  const auto single = static_cast<float>(value);
  kernels.splat(dtype == float32 ? static_cast<const void*>(&single) : &value, constant.bytes);
  return constant;
}

}  // namespace

CompiledTile compile_tile(const TileProgram& original) {
  verify(original);
  TileProgram program = original;
  eliminate_common_and_dead(program);
  auto code = std::make_shared<TileCode>();
  const TileKernels& kernels = tile_kernels(program.dtype);
  code->kernels = &kernels;
  code->element_bytes = static_cast<std::int64_t>(size_of(program.dtype));
  for (const TileInput& input : program.inputs) code->boolean_inputs.push_back(input.storage == TileStorage::boolean);

  // Slots of constants, uniform registers and the rest, in this order; -2 marks the last two until counted.
  const auto inputs = static_cast<std::int32_t>(program.inputs.size());
  const std::size_t n = program.instructions.size();
  std::vector<std::int32_t> slot(n, never);
  std::vector<bool> uniform(n);
  std::int32_t uniforms = 0;
  for (std::size_t r = 0; r < n; ++r) {
    const TileInstruction& instruction = program.instructions[r];
    const int arity = arity_of(instruction.primitive);
    if (instruction.primitive == Primitive::argument) {
      slot[r] = instruction.arguments[0];
      uniform[r] = program.inputs[static_cast<std::size_t>(slot[r])].scalar;
    } else if (instruction.primitive == Primitive::constant) {
      slot[r] = inputs + static_cast<std::int32_t>(code->constants.size());
      code->constants.push_back(splat(kernels, program.dtype, instruction.constant));
      uniform[r] = true;
    } else {
      uniform[r] = std::all_of(instruction.arguments, instruction.arguments + arity,
                               [&](std::int32_t a) { return uniform[static_cast<std::size_t>(a)]; });
      uniforms += uniform[r];
    }
  }
  const auto first_uniform = inputs + static_cast<std::int32_t>(code->constants.size());
  const std::int32_t first_register = first_uniform + uniforms;
  std::int32_t next_uniform = first_uniform, next_register = first_register;
  for (std::size_t r = 0; r < n; ++r) {
    const TileInstruction& instruction = program.instructions[r];
    const int arity = arity_of(instruction.primitive);
    if (arity == 0) continue;
    slot[r] = uniform[r] ? next_uniform++ : next_register++;
    TileStep step{kernels.operation[static_cast<int>(instruction.primitive)], slot[r], {-1, -1, -1}};
    for (int i = 0; i < arity; ++i) step.arguments[i] = slot[static_cast<std::size_t>(instruction.arguments[i])];
    (uniform[r] ? code->prologue : code->steps).push_back(step);
  }
  // An output that is an input as it stands is copied, so that outputs and inputs may exchange their places.
  for (const TileOutput& output : program.outputs) {
    std::int32_t from = slot[static_cast<std::size_t>(output.reg)];
    if (from < inputs && !uniform[static_cast<std::size_t>(output.reg)]) {
      code->steps.push_back({kernels.copy, next_register, {from, -1, -1}});
      from = next_register++;
    }
    code->outputs.push_back({from, program.is_mask(output.reg), false, {}});
  }
  code->slots = static_cast<std::size_t>(next_register);

  // Last uses by step, then outputs: direct unless a mask, a uniform value or an earlier output's register.
  constexpr std::int32_t for_ever = std::numeric_limits<std::int32_t>::max();
  const auto steps = static_cast<std::int32_t>(code->steps.size());
  std::vector<std::int32_t> last_use(code->slots, never), defined(code->slots, never);
  for (std::int32_t s = 0; s < steps; ++s) {
    const TileStep& step = code->steps[static_cast<std::size_t>(s)];
    defined[static_cast<std::size_t>(step.result)] = s;
    for (const std::int32_t a : step.arguments) {
      if (a >= 0) last_use[static_cast<std::size_t>(a)] = s;
    }
  }
  for (TileOutputCode& output : code->outputs) {
    const auto o = static_cast<std::size_t>(output.slot);
    output.direct = !output.boolean && output.slot >= first_register && last_use[o] != for_ever;
    for (std::int32_t i = 0; i < inputs; ++i) {
      if (last_use[static_cast<std::size_t>(i)] > defined[o]) output.unless.push_back(i);
    }
    last_use[o] = for_ever;
  }

  // Buffers: a register's is free again from its last use on, that step included.
  BufferPool pool;
  std::vector<std::int32_t> buffer(code->slots, never);
  for (std::int32_t s = 0; s < steps; ++s) {
    const TileStep& step = code->steps[static_cast<std::size_t>(s)];
    for (const std::int32_t a : step.arguments) {
      if (a < first_register || last_use[static_cast<std::size_t>(a)] != s) continue;
      std::int32_t& free = buffer[static_cast<std::size_t>(a)];
      if (free != never) pool.give_back(free);
      last_use[static_cast<std::size_t>(a)] = never;  // an argument may stand twice
    }
    buffer[static_cast<std::size_t>(step.result)] = pool.take();
  }

  std::int64_t offset = round_up(static_cast<std::int64_t>(code->slots * sizeof(TileSlot)));
  const std::int64_t operands =
      round_up(static_cast<std::int64_t>((program.inputs.size() + program.outputs.size()) * sizeof(TileOperand)));
  code->operands_offset = offset;
  code->layout_operands_offset = offset += operands;
  code->splats_offset = offset += operands;
  offset += inputs * splat_bytes;
  for (std::int32_t u = 0; u < uniforms; ++u, offset += splat_bytes) code->uniform_offsets.push_back(offset);
  for (std::int32_t r = first_register; r < next_register; ++r) {
    code->register_offsets.push_back(offset + buffer[static_cast<std::size_t>(r)] * tile_bytes_apart);
  }
  code->buffers_offset = offset + pool.size() * tile_bytes_apart;
  code->scratch_bytes = static_cast<std::size_t>(code->buffers_offset + inputs * tile_bytes_apart);

  CompiledTile tile;
  tile.code_ = std::move(code);
  return tile;
}

std::size_t CompiledTile::scratch_bytes() const { return code_->scratch_bytes; }
int CompiledTile::inputs() const { return static_cast<int>(code_->boolean_inputs.size()); }
int CompiledTile::outputs() const { return static_cast<int>(code_->outputs.size()); }

}  // namespace backprop::cpu
