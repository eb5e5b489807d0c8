#include "cli/fold_results.hpp"

#include <cmath>
#include <cstdio>
#include <limits>

namespace backprop::cli {

using Json = nlohmann::ordered_json;

void FoldResults::add(int repeat, int fold, const Measured& measured, std::size_t training_rows) {
  Json json = {{"repeat", repeat + 1}, {"fold", fold + 1}, {"training_rows", training_rows}};
  json.update(cli::to_json(measured, info_));
  folds_.push_back(std::move(json));
}

FoldResults::Spread FoldResults::spread(const std::string& measure) const {
  double sum = 0, squares = 0, count = 0;
  for (const Json& fold : folds_) {
    if (fold[measure].is_null()) continue;
    sum += fold[measure].get<double>();
    ++count;
  }
  const double mean = count > 0 ? sum / count : std::numeric_limits<double>::quiet_NaN();
  for (const Json& fold : folds_) {
    if (fold[measure].is_null()) continue;
    squares += (fold[measure].get<double>() - mean) * (fold[measure].get<double>() - mean);
  }
  const double deviation = count > 1 ? std::sqrt(squares / (count - 1)) : std::numeric_limits<double>::quiet_NaN();
  return {mean, deviation, static_cast<std::size_t>(count)};
}

Json FoldResults::to_json() const {
  const auto number = [](double x) { return std::isfinite(x) ? Json(x) : Json(nullptr); };
  Json json = {{"task", to_string(info_.task)}, {"targets", info_.targets}, {"folds", folds_}};
  for (const auto& [name, value] : folds_.at(0).items()) {
    if (name == "repeat" || name == "fold" || name == "training_rows" || name == "rows" || value.is_array()) continue;
    const Spread s = spread(name);
    json["mean"][name] = number(s.mean);
    json["standard_deviation"][name] = number(s.deviation);
  }
  return json;
}

std::string FoldResults::to_text() const {
  const bool classes = info_.task == Task::classification;
  std::string text;
  const std::vector<std::string> telling =
      classes ? std::vector<std::string>{"accuracy", "balanced_accuracy", "roc_auc", "loss"}
              : std::vector<std::string>{"rmse", "mae", "r2"};
  for (const std::string& name : telling) {
    const Spread s = spread(name);
    if (s.folds == 0) continue;
    std::string label = name;
    for (char& c : label) c = c == '_' ? ' ' : c;
    char line[160];
    std::snprintf(line, sizeof line, "%-19s%s, standard deviation %s over %zu folds\n", (label + ":").c_str(),
                  cli::to_text(s.mean).c_str(), cli::to_text(s.deviation).c_str(), s.folds);
    text += line;
  }
  return text;
}

std::string FoldResults::headline() const {
  const std::string name = info_.task == Task::classification ? "accuracy" : "rmse";
  return name + " " + cli::to_text(spread(name).mean);
}

}  // namespace backprop::cli
