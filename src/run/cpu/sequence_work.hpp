// Steps whose tile program is compiled whole, as one loop. Thread safety: pure functions.
#pragma once
#include <memory>

#include "run/cpu/tile.hpp"
#include "run/cpu/work.hpp"

namespace backprop::cpu {

// For `parts` threads. Null where the program is none of those, or the operands lie otherwise than its loop reads them.
std::unique_ptr<Work> make_sequence_work(const Step& step, const CompiledTile& tile, const TileLayout& layout,
                                         Memory& memory, int parts);

}  // namespace backprop::cpu
