#include "cli/measures_text.hpp"

#include <cmath>
#include <cstdio>

namespace backprop::cli {

nlohmann::ordered_json to_json(const Measures& measures, Task task) {
  if (measures.rows == 0) return nullptr;
  const auto number = [](double x) { return std::isfinite(x) ? nlohmann::ordered_json(x) : nullptr; };
  nlohmann::ordered_json json = {{"rows", measures.rows}, {"loss", number(measures.loss)}};
  if (task == Task::classification) {
    json["accuracy"] = number(measures.accuracy);
  } else {
    json["rmse"] = number(measures.rmse);
    json["mae"] = number(measures.mae);
    json["r2"] = number(measures.r2);
  }
  return json;
}

std::string to_text(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", number);
  return text;
}

std::string to_text(const Measures& measures, Task task) {
  if (measures.rows == 0) return "no rows";
  const std::string rows = " (" + std::to_string(measures.rows) + (measures.rows == 1 ? " row)" : " rows)");
  if (task == Task::classification) {
    return "accuracy " + to_text(measures.accuracy) + ", loss " + to_text(measures.loss) + rows;
  }
  return "rmse " + to_text(measures.rmse) + ", mae " + to_text(measures.mae) + ", r2 " + to_text(measures.r2) + rows;
}

}  // namespace backprop::cli
