// What a run tells of its epochs while it goes on: metrics.jsonl, and events for TensorBoard.
// Thread safety: main thread only.
#pragma once
#include <nlohmann/json.hpp>
#include <string>

#include "backprop/fit.hpp"
#include "cli/run_folder.hpp"
#include "formats/file.hpp"

namespace backprop::cli {

class RunLog {
 public:
  // Goes on behind that many epochs: what was written of later ones by a process that was killed is taken out.
  RunLog(const RunFolder& folder, int epochs);
  void add(const Epoch& epoch, double seconds);
  void sync();  // to the disk, before a checkpoint that is ahead of it

 private:
  AppendedFile metrics_, events_;
};

}  // namespace backprop::cli
