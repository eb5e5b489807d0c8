#include "cli/measures_text.hpp"

#include <cmath>
#include <cstdio>
#include <limits>

namespace backprop::cli {
namespace {

using Json = nlohmann::ordered_json;

Json number(double x) { return std::isfinite(x) ? Json(x) : Json(nullptr); }

Json json_of(const OneClassMeasures& m, const std::string& name) {
  return {{"name", name},
          {"rows", m.rows},
          {"precision", number(m.precision)},
          {"recall", number(m.recall)},
          {"f1", number(m.f1)},
          {"roc_auc", number(m.roc_auc)},
          {"average_precision", number(m.average_precision)},
          {"lift", number(m.lift)}};
}

Json json_of(const ClassMeasures& m, const ModelInfo& info) {
  Json json = {{"rows", m.rows},
               {"loss", number(m.loss)},
               {"accuracy", number(m.accuracy)},
               {"balanced_accuracy", number(m.balanced_accuracy)},
               {"matthews", number(m.matthews)},
               {"kappa", number(m.kappa)},
               {"roc_auc", number(m.roc_auc)},
               {"average_precision", number(m.average_precision)},
               {"brier", number(m.brier)},
               {"calibration_error", number(m.calibration_error)},
               {"classes", Json::array()},
               {"confusion", m.confusion}};
  for (std::size_t k = 0; k < m.of.size(); ++k) json["classes"].push_back(json_of(m.of[k], info.classes[k]));
  return json;
}

Json json_of(const ValueMeasures& m) {
  return {{"rows", m.rows},
          {"loss", number(m.loss)},
          {"rmse", number(m.rmse)},
          {"mae", number(m.mae)},
          {"median_error", number(m.median_error)},
          {"mape", number(m.mape)},
          {"r2", number(m.r2)},
          {"explained_variance", number(m.explained_variance)},
          {"pinball", number(m.pinball)},
          {"poisson_deviance", number(m.poisson_deviance)}};
}

Json json_of(const QuantileMeasures& m) {
  Json json = json_of(m.middle);
  json["loss"] = number(m.loss);
  json["coverage"] = number(m.coverage);
  json["nominal_coverage"] = number(m.nominal_coverage);
  json["interval_width"] = number(m.interval_width);
  for (const OneQuantileMeasures& one : m.of) {
    json["quantiles"].push_back(
        {{"quantile", one.quantile}, {"below", number(one.below)}, {"pinball", number(one.pinball)}});
  }
  return json;
}

std::string rows_text(std::size_t rows) { return " (" + std::to_string(rows) + (rows == 1 ? " row)" : " rows)"); }

}  // namespace

Json to_json(const Measured& measured, const ModelInfo& info) {
  if (const auto* classes = std::get_if<ClassMeasures>(&measured)) return json_of(*classes, info);
  if (const auto* values = std::get_if<ValueMeasures>(&measured)) return json_of(*values);
  if (const auto* quantiles = std::get_if<QuantileMeasures>(&measured)) return json_of(*quantiles);
  return nullptr;
}

double loss_of(const Measured& measured) {
  return std::visit(
      []<class T>(const T& measures) {
        if constexpr (std::is_same_v<T, std::monostate>)
          return std::numeric_limits<double>::quiet_NaN();
        else
          return measures.loss;
      },
      measured);
}

std::string to_text(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", number);
  return text;
}

std::string to_text(const Measured& measured) {
  std::string text;
  const auto add = [&](const std::string& name, double value) {
    if (std::isfinite(value)) text += (text.empty() ? "" : ", ") + name + " " + to_text(value);
  };
  if (const auto* classes = std::get_if<ClassMeasures>(&measured)) {
    add("accuracy", classes->accuracy);
    add("balanced accuracy", classes->balanced_accuracy);
    add("roc auc", classes->roc_auc);
    add("loss", classes->loss);
    return text + rows_text(classes->rows);
  }
  if (const auto* values = std::get_if<ValueMeasures>(&measured)) {
    add("rmse", values->rmse);
    add("mae", values->mae);
    add("r2", values->r2);
    return text + rows_text(values->rows);
  }
  if (const auto* quantiles = std::get_if<QuantileMeasures>(&measured)) {
    add("quantile loss", quantiles->loss);
    add("coverage", quantiles->coverage);
    if (std::isfinite(quantiles->coverage)) text += " (wanted " + to_text(quantiles->nominal_coverage) + ")";
    add("width", quantiles->interval_width);
    add("mae", quantiles->middle.mae);
    return text + rows_text(quantiles->rows);
  }
  return "no rows";
}

}  // namespace backprop::cli
