#include "train/checkpoint.hpp"

#include "backprop/error.hpp"
#include "in_file.hpp"

namespace backprop::fuzz {

extern const Target checkpoint_target;
const Target checkpoint_target = {
    "checkpoint", [](std::span<const char> bytes) {
      const InFile file(bytes);
      StateStore store(1);
      const StateSpec weight{"dense_1.weight", float32, {2, 1}, Role::parameter, initialiser::zeros()};
      Best best({weight}, store);
      try {
        const Progress progress = read_checkpoint(file.path(), {.examples = 4, .batch_size = 2}, store, best);
        require(progress.epochs >= 0 && progress.rows >= 0 && progress.rows < 4, "an epoch is never over full");
      } catch (const DataError& error) {
        require_line(error);
      }
    }};

}  // namespace backprop::fuzz
