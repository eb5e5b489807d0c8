// A training in a run's folder, from its first step or from its checkpoint: what `train` and `resume` share.
// Thread safety: main thread only.
#pragma once
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/run_folder.hpp"
#include "cli/run_state.hpp"
#include "cli/training_data.hpp"

namespace backprop::cli {

// config.toml: the flags with what they came to, but for these, "" for those that are left out.
std::string resolved_config(const CLI::App& app, const TrainFlags& flags, const TrainingData& data,
                            const std::map<std::string, std::string>& instead = {});

// Writes run.json and config.toml, with the flags as they were given: from here on the run can be resumed. Gives what
// stands in run.json.
nlohmann::ordered_json begin_run(const RunFolder& folder, const CLI::App& app, const TrainFlags& flags,
                                 const nlohmann::ordered_json& data_identity);

// Chooses what the flags leave open, trains from the folder's checkpoint where there is one, prints the result and gives the exit code. run.json holds what
// may differ between two runs of one configuration: the model file holds nothing of it.
int run_training(const CLI::App& app, TrainFlags flags, const TrainingData& data, const RunFolder& folder,
                 nlohmann::ordered_json state);

// Of a run that has a model.
void print_result(bool as_json, bool quiet, const std::string& table, const nlohmann::ordered_json& state);

}  // namespace backprop::cli
