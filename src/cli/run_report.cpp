#include "cli/run_report.hpp"

#include <cerrno>
#include <filesystem>
#include <limits>

#include "cli/command_line.hpp"
#include "cli/importance.hpp"
#include "cli/report_columns.hpp"
#include "cli/report_page.hpp"
#include "cli/report_predictions.hpp"
#include "formats/file.hpp"

namespace backprop::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t most_epochs = 500, most_importances = 30;

Json importance_json(const Importance& importance) {
  Json columns = Json::array();
  for (const ColumnImportance& column : importance.columns) {
    if (columns.size() == most_importances) break;
    columns.push_back({{"name", column.column}, {"rise", column.rise}, {"deviation", column.deviation}});
  }
  return {{"measure", importance.measure},
          {"rows", importance.rows},
          {"permutations", importance.permutations},
          {"of", importance.columns.size()},
          {"columns", std::move(columns)}};
}

std::string text_of(const RunFolder& folder, const char* name) {
  return folder.has(name) ? read_file(folder.file(name), std::numeric_limits<std::int64_t>::max()) : "";
}

// Lines of metrics.jsonl, no more than a curve needs; those that say most of the gradients stay.
Json read_metrics(const RunFolder& folder) {
  Json all = Json::array();
  const std::string text = text_of(folder, metrics_name);
  for (std::size_t at = 0, end = 0; (end = text.find('\n', at)) != std::string::npos; at = end + 1) {
    Json line = Json::parse(text.begin() + static_cast<std::ptrdiff_t>(at),
                            text.begin() + static_cast<std::ptrdiff_t>(end), nullptr, false);
    if (line.is_object()) all.push_back(std::move(line));
  }
  const std::size_t step = all.size() / most_epochs + 1;
  Json kept = Json::array();
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i % step == 0 || i + 1 == all.size() || all[i].contains("gradient_norm")) kept.push_back(std::move(all[i]));
  }
  return kept;
}

}  // namespace

void write_report_data(const RunFolder& folder, const TrainFlags& flags, const TrainingData& data, const Model& network,
                       const FitReport& report, const std::string& description, const Device& device) {
  const auto seed = static_cast<std::uint64_t>(flags.seed);
  std::size_t rows_looked_at = 0;
  Json columns = report_columns(flags, data, rows_looked_at);
  const JudgedRows judged = judge_rows(data, network, report);
  Json json = {{"description", description},    {"notes", data.notes},           {"table", flags.table.path},
               {"targets", data.info.targets},  {"classes", data.info.classes},  {"quantiles", data.info.quantiles},
               {"columns", std::move(columns)}, {"column_rows", rows_looked_at}, {"all_columns", data.table.columns()},
               {"judged", judged.part}};
  json["importance"] = importance_json(permutation_importance(network, data.preprocessing, *judged.rows, seed, device));
  add_predictions(json, data, judged, seed);
  folder.write(report_data_name, json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
}

std::string write_report(const RunFolder& folder, const Json& state) {
  std::error_code none;
  const std::filesystem::path whole = std::filesystem::absolute(folder.path(), none).lexically_normal();
  Json report = Json::parse(text_of(folder, report_data_name), nullptr, false);
  const Json data = {{"name", (whole.has_filename() ? whole : whole.parent_path()).filename().string()},
                     {"folder", shell_word(folder.path())},
                     {"program", shell_word(program_invocation_name)},
                     {"run", state},
                     {"config", text_of(folder, config_name)},
                     {"metrics", read_metrics(folder)},
                     {"report", report.is_object() ? std::move(report) : Json::object()}};
  folder.write(report_name, report_page(data));
  return folder.file(report_name);
}

}  // namespace backprop::cli
