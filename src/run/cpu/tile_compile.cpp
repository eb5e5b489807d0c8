// From a tile program to steps: which registers are uniform, which buffers they share, which outputs are written by the
// step that computes them.
#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "backprop/error.hpp"
#include "run/cpu/tile_code.hpp"
#include "run/cpu/tile_sequences.hpp"

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

// A step whose result and arguments are registers of the program yet.
struct Draft {
  TileStep step;
  Primitive primitive = Primitive::argument;  // of a pair and of a copy: argument, which pairs with nothing
};

// The pair kernel for `first` feeding `second`, with the arguments of both in its order.
const TilePair* find_pair(std::span<const TilePair> pairs, const Draft& first, const Draft& second, TileStep& fused) {
  const auto& a = second.step.arguments;
  for (const TilePair& pair : pairs) {
    if (pair.first != first.primitive || pair.second != second.primitive) continue;
    const bool commutes = pair.place == 0 && (pair.second == Primitive::add || pair.second == Primitive::multiply ||
                                              pair.second == Primitive::multiply_add);
    const int place = commutes && a[1] == first.step.result ? 1 : pair.place;
    if (a[place] != first.step.result) continue;
    fused = {pair.kernel, second.step.result, {-1, -1, -1, -1, -1}};
    int count = 0;
    for (int i = 0; i < arity_of(pair.first); ++i) fused.arguments[count++] = first.step.arguments[i];
    for (int i = 0; i < arity_of(pair.second); ++i) {
      if (i != place) fused.arguments[count++] = a[i];
    }
    return &pair;
  }
  return nullptr;
}

// Joins a step to the only one that uses its result, where there is a kernel for the two.
void join_pairs(std::vector<Draft>& drafts, const std::vector<TileOutput>& outputs, DType dtype) {
  const std::span<const TilePair> pairs = tile_pairs(dtype);
  for (std::size_t s = 0; s < drafts.size();) {
    const std::int32_t result = drafts[s].step.result;
    std::int64_t uses = std::count_if(outputs.begin(), outputs.end(), [&](TileOutput o) { return o.reg == result; });
    std::size_t user = s;
    for (std::size_t t = s + 1; t < drafts.size(); ++t) {
      const std::int64_t here = std::count(drafts[t].step.arguments, drafts[t].step.arguments + 5, result);
      if (here > 0) user = t;
      uses += here;
    }
    TileStep fused;
    if (user != s && uses == 1 && find_pair(pairs, drafts[s], drafts[user], fused) != nullptr) {
      drafts[user] = {fused, Primitive::argument};
      drafts.erase(drafts.begin() + static_cast<std::ptrdiff_t>(s));
    } else {
      ++s;
    }
  }
}

// The step that uses a slot last and the one that computes it; for ever once an output is in it.
constexpr std::int32_t for_ever = std::numeric_limits<std::int32_t>::max();
struct Lifetimes {
  std::vector<std::int32_t> defined, last_use;

  explicit Lifetimes(const TileCode& code) : defined(code.slots, never), last_use(code.slots, never) {
    for (std::size_t s = 0; s < code.steps.size(); ++s) {
      defined[static_cast<std::size_t>(code.steps[s].result)] = static_cast<std::int32_t>(s);
      for (const std::int32_t a : code.steps[s].arguments) {
        if (a >= 0) last_use[static_cast<std::size_t>(a)] = static_cast<std::int32_t>(s);
      }
    }
  }
};

// An output is direct unless it is a mask, a uniform value or an earlier output's register.
void find_direct_outputs(TileCode& code, std::int32_t first_register, Lifetimes& lives) {
  const auto inputs = static_cast<std::int32_t>(code.boolean_inputs.size());
  for (TileOutputCode& output : code.outputs) {
    const auto o = static_cast<std::size_t>(output.slot);
    output.direct = !output.boolean && output.slot >= first_register && lives.last_use[o] != for_ever;
    for (std::int32_t i = 0; i < inputs && code.sequence == nullptr; ++i) {
      if (lives.last_use[static_cast<std::size_t>(i)] > lives.defined[o]) output.unless.push_back(i);
    }
    lives.last_use[o] = for_ever;
  }
}

// The buffer of each slot from first_register on: free again from the slot's last use on, that step included.
std::vector<std::int32_t> share_buffers(const TileCode& code, std::int32_t first_register, Lifetimes lives,
                                        BufferPool& pool) {
  std::vector<std::int32_t> buffer(code.slots, never);
  for (std::size_t s = 0; s < code.steps.size(); ++s) {
    for (const std::int32_t a : code.steps[s].arguments) {
      if (a < first_register) continue;
      std::int32_t& last = lives.last_use[static_cast<std::size_t>(a)];
      if (last != static_cast<std::int32_t>(s)) continue;
      pool.give_back(buffer[static_cast<std::size_t>(a)]);
      last = never;  // an argument may stand twice
    }
    buffer[static_cast<std::size_t>(code.steps[s].result)] = pool.take();
  }
  return buffer;
}

void lay_out_scratch(TileCode& code, std::int32_t first_register) {
  Lifetimes lives(code);
  find_direct_outputs(code, first_register, lives);
  BufferPool pool;
  const std::vector<std::int32_t> buffer = share_buffers(code, first_register, lives, pool);
  const auto inputs = static_cast<std::int64_t>(code.boolean_inputs.size());
  const std::int64_t operands = inputs + static_cast<std::int64_t>(code.outputs.size());
  std::int64_t offset = round_up(static_cast<std::int64_t>(code.slots * sizeof(TileSlot)));
  code.operands_offset = offset;
  code.layout_operands_offset = offset += round_up(operands * static_cast<std::int64_t>(sizeof(PlacedOperand)));
  code.splats_offset = offset += round_up(operands * static_cast<std::int64_t>(sizeof(TileOperand)));
  offset += inputs * splat_bytes;
  for (std::size_t u = 0; u < code.prologue.size(); ++u, offset += splat_bytes) code.uniform_offsets.push_back(offset);
  for (auto r = static_cast<std::size_t>(first_register); r < code.slots; ++r) {
    code.register_offsets.push_back(offset + buffer[r] * tile_bytes_apart);
  }
  code.buffers_offset = offset + pool.size() * tile_bytes_apart;
  code.scratch_bytes = static_cast<std::size_t>(code.buffers_offset + inputs * tile_bytes_apart);
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

  const std::vector<bool> uniform = find_uniform(program);
  const auto is_uniform = [&](std::int32_t r) { return static_cast<bool>(uniform[static_cast<std::size_t>(r)]); };
  const TileSequenceText sequence = text_of(program);
  std::vector<Draft> prologue, drafts;
  auto registers = static_cast<std::int32_t>(program.instructions.size());
  for (std::int32_t r = 0; r < registers; ++r) {
    const TileInstruction& instruction = program.instructions[static_cast<std::size_t>(r)];
    const Primitive p = instruction.primitive;
    if (arity_of(p) == 0) continue;
    Draft draft{{kernels.operation[static_cast<int>(p)], r, {-1, -1, -1, -1, -1}}, p};
    std::copy_n(instruction.arguments, arity_of(p), draft.step.arguments);
    (is_uniform(r) ? prologue : drafts).push_back(draft);
  }
  std::vector<bool> masks;
  for (const TileOutput& output : program.outputs) masks.push_back(program.is_mask(output.reg));
  // An output that is an input as it stands is copied, so that outputs and inputs may exchange their places.
  for (TileOutput& output : program.outputs) {
    if (is_uniform(output.reg) ||
        program.instructions[static_cast<std::size_t>(output.reg)].primitive != Primitive::argument) {
      continue;
    }
    drafts.push_back({{kernels.copy, registers, {output.reg, -1, -1, -1, -1}}, Primitive::argument});
    output.reg = registers++;
    program.instructions.push_back({Primitive::negate, {-1, -1, -1}, 0});  // holds the place of the copy
  }
  code->sequence = find_tile_sequence(program.dtype, sequence.text);
  if (code->sequence == nullptr) join_pairs(drafts, program.outputs, program.dtype);

  // Slots: inputs, constants, uniform registers, registers of a tile.
  const auto inputs = static_cast<std::int32_t>(program.inputs.size());
  std::int32_t next = inputs;
  std::vector<std::int32_t> slot(static_cast<std::size_t>(registers), never);
  for (std::size_t r = 0; r < slot.size(); ++r) {
    const TileInstruction& instruction = program.instructions[r];
    if (instruction.primitive == Primitive::argument) slot[r] = instruction.arguments[0];
    if (instruction.primitive != Primitive::constant) continue;
    slot[r] = next++;
    code->constants.push_back(splat(kernels, program.dtype, instruction.constant));
  }
  const auto place = [&](const std::vector<Draft>& from, std::vector<TileStep>& to) {
    for (const Draft& draft : from) {
      TileStep step = draft.step;
      for (std::int32_t& a : step.arguments) a = a < 0 ? never : slot[static_cast<std::size_t>(a)];
      step.result = slot[static_cast<std::size_t>(step.result)] = next++;
      to.push_back(step);
    }
  };
  place(prologue, code->prologue);
  const std::int32_t first_register = next;
  place(drafts, code->steps);
  code->slots = static_cast<std::size_t>(next);
  for (const std::int32_t reg : code->sequence ? sequence.operands : std::vector<std::int32_t>()) {
    code->sequence_slots.push_back(slot[static_cast<std::size_t>(reg)]);
  }
  for (std::size_t k = 0; k < masks.size(); ++k) {
    code->outputs.push_back({slot[static_cast<std::size_t>(program.outputs[k].reg)], masks[k], false, {}});
  }

  lay_out_scratch(*code, first_register);
  CompiledTile tile;
  tile.code_ = std::move(code);
  return tile;
}

std::size_t CompiledTile::scratch_bytes() const { return code_->scratch_bytes; }
int CompiledTile::inputs() const { return static_cast<int>(code_->boolean_inputs.size()); }
int CompiledTile::outputs() const { return static_cast<int>(code_->outputs.size()); }

}  // namespace backprop::cpu
