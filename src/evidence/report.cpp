#include "evidence/report.hpp"

#include <algorithm>
#include <cstdio>

namespace backprop {

void GradientReport::require() const {
  if (failures.empty()) return;
  std::string text = "[check_gradients] " + std::to_string(failures.size()) + " failed";
  for (const std::string& failure : failures) text += "\n  " + failure;
  throw Error(text);
}

std::string to_string(const GradientReport& report) {
  std::string text;
  for (const MethodResult& row : report.methods) {
    text += row.name + ": worst " + evidence::short_number(row.worst) + " of " + std::to_string(row.compared) +
            " (tolerance " + evidence::short_number(row.tolerance) + ")\n";
  }
  for (const std::string& failure : report.failures) text += failure + "\n";
  return text;
}

namespace evidence {

MethodResult& method(GradientReport& report, std::string_view name, double tolerance) {
  const auto it = std::find_if(report.methods.begin(), report.methods.end(),
                               [&](const MethodResult& row) { return row.name == name; });
  if (it != report.methods.end()) return *it;
  report.methods.push_back({std::string(name), tolerance});
  return report.methods.back();
}

void merge(GradientReport& report, const GradientReport& other) {
  for (const MethodResult& row : other.methods) {
    MethodResult& mine = method(report, row.name, row.tolerance);
    mine.worst = std::max(mine.worst, row.worst);
    mine.compared += row.compared;
  }
  report.failures.insert(report.failures.end(), other.failures.begin(), other.failures.end());
}

std::string short_number(double x) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1e", x);
  return text;
}

std::string long_number(double x) {
  char text[32];
  std::snprintf(text, sizeof text, "%.17g", x);
  return text;
}

}  // namespace evidence
}  // namespace backprop
