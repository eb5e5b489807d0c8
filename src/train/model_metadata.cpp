#include "train/model_metadata.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "backprop/error.hpp"

namespace backprop {
namespace {

const std::string task_key = "backprop.task", targets_key = "backprop.targets", features_key = "backprop.features",
                  classes_key = "backprop.classes", preprocessing_key = "backprop.preprocessing",
                  quantiles_key = "backprop.quantiles";

[[noreturn]] void refuse(const std::string& file, const std::string& what) {
  throw DataError(file + ": " + what + ": not a model that 'backprop train' wrote");
}

std::vector<std::string> read_names(const std::string& text, const std::string& key, const std::string& file) {
  const nlohmann::json list = nlohmann::json::parse(text, nullptr, false);
  if (!list.is_array()) refuse(file, "metadata '" + key + "' is no list of names");
  std::vector<std::string> names;
  for (const nlohmann::json& name : list) {
    if (!name.is_string()) refuse(file, "metadata '" + key + "' is no list of names");
    names.push_back(name.get<std::string>());
  }
  return names;
}

std::vector<double> read_quantiles(const std::string& text, const ModelInfo& info, const std::string& file) {
  const nlohmann::json list = nlohmann::json::parse(text, nullptr, false);
  std::vector<double> quantiles;
  for (const nlohmann::json& quantile : list.is_array() ? list : nlohmann::json::array()) {
    if (quantile.is_number() && quantile > 0 && quantile < 1) quantiles.push_back(quantile.get<double>());
  }
  if (info.task == Task::classification || list.size() != quantiles.size() ||
      !std::is_sorted(quantiles.begin(), quantiles.end()) || quantiles.size() != info.targets.size() ||
      std::set(info.targets.begin(), info.targets.end()).size() != 1) {
    refuse(file, "metadata '" + quantiles_key + "' are no quantiles of the target");
  }
  return quantiles;
}

}  // namespace

std::map<std::string, std::string> write_metadata(const ModelInfo& info) {
  std::map<std::string, std::string> metadata = {{task_key, std::string(to_string(info.task))},
                                                 {targets_key, nlohmann::json(info.targets).dump()},
                                                 {features_key, nlohmann::json(info.features).dump()}};
  if (info.task == Task::classification) metadata[classes_key] = nlohmann::json(info.classes).dump();
  if (!info.quantiles.empty()) metadata[quantiles_key] = nlohmann::json(info.quantiles).dump();
  if (!info.preprocessing.empty()) metadata[preprocessing_key] = info.preprocessing;
  return metadata;
}

ModelInfo read_metadata(const std::map<std::string, std::string>& metadata, const std::string& file) {
  const auto get = [&](const std::string& key) -> const std::string& {
    const auto it = metadata.find(key);
    if (it == metadata.end()) refuse(file, "no metadata '" + key + "'");
    return it->second;
  };
  ModelInfo info;
  try {
    info.task = parse_task(get(task_key));
  } catch (const UsageError&) {
    refuse(file, "metadata '" + task_key + "' is no task");
  }
  info.targets = read_names(get(targets_key), targets_key, file);
  if (info.targets.empty()) refuse(file, "no target");
  info.features = read_names(get(features_key), features_key, file);
  if (info.features.empty()) refuse(file, "no input columns");
  if (info.task == Task::classification) {
    info.classes = read_names(get(classes_key), classes_key, file);
    if (info.classes.empty()) refuse(file, "no classes");
  }
  if (const auto it = metadata.find(quantiles_key); it != metadata.end()) {
    info.quantiles = read_quantiles(it->second, info, file);
  }
  if (const auto it = metadata.find(preprocessing_key); it != metadata.end()) info.preprocessing = it->second;
  return info;
}

std::string output_name(Task task) { return task == Task::classification ? "probabilities" : "prediction"; }

std::string describe(const ModelInfo& info) {
  std::string targets;
  for (const std::string& target : info.targets) {
    targets += (targets.empty() ? "'" : ", '") + target + "'";
    if (!info.quantiles.empty()) break;
  }
  const char* what = info.task == Task::classification ? "class "
                     : info.quantiles.empty()          ? "number "
                                                       : "quantiles of ";
  return "Predicts the " + std::string(what) + targets + " from " + std::to_string(info.features.size()) +
         (info.features.size() == 1 ? " column." : " columns.");
}

}  // namespace backprop
