// run.json of a run: what may differ between two runs of one configuration, and how far it is.
// Thread safety: main thread only.
#pragma once
#include <nlohmann/json.hpp>

#include "cli/run_folder.hpp"

namespace backprop::cli {

// How far a run is, in its run.json; running: or killed.
namespace status {
constexpr const char *running = "running", *interrupted = "interrupted", *out_of_time = "out of time",
                     *diverged = "diverged", *finished = "finished";
}

// What stands in a run folder's run.json, whether or not another process works on it. Throws UsageError when the folder holds no run, DataError when the file is none of a run.
nlohmann::ordered_json read_state(const std::string& folder);

}  // namespace backprop::cli
