// report.html in a run's folder, and report.json, which holds what of it stands in no other file of the run: a few
// rows, curves and counts, of bounded size. Thread safety: main thread only.
#pragma once
#include <string>

#include "cli/run_folder.hpp"
#include "cli/training_data.hpp"

namespace backprop::cli {

// report.json of a model that has just been trained; `description` is of its network, in a line.
void write_report_data(const RunFolder& folder, const TrainFlags& flags, const TrainingData& data, const Model& network,
                       const FitReport& report, const std::string& description, const Device& device);

// report.html, from the run's other files and `state`, what stands in its run.json; parts that no file tells of are left
// out. Gives its path.
std::string write_report(const RunFolder& folder, const nlohmann::ordered_json& state);

}  // namespace backprop::cli
