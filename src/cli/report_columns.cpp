#include "cli/report_columns.hpp"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "cli/sample.hpp"

namespace backprop::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t most_columns = 200, most_rows_counted = 20'000, most_values = 5, bins = 16;

// Least, mean, most and how many stand in each of some equal bins between.
void describe_numbers(Json& json, const data::Table& table, std::span<const std::uint32_t> rows, std::size_t column) {
  std::vector<double> known;
  for (const std::uint32_t row : rows) {
    const double number = table.cells().number(row, column);
    if (!std::isnan(number)) known.push_back(number);
  }
  json["missing"] = rows.size() - known.size();
  if (known.empty()) return;
  const auto [least, most] = std::minmax_element(known.begin(), known.end());
  double mean = 0;
  std::vector<std::size_t> counts(bins);
  for (const double x : known) {
    mean += x / static_cast<double>(known.size());
    const double place = *most > *least ? (x - *least) / (*most - *least) * bins : 0;
    ++counts[std::min(static_cast<std::size_t>(place), bins - 1)];
  }
  json["least"] = *least;
  json["mean"] = mean;
  json["most"] = *most;
  json["bins"] = counts;
}

// How many different cells, and the most frequent ones.
void describe_texts(Json& json, const data::Table& table, std::span<const std::uint32_t> rows, std::size_t column) {
  std::unordered_map<std::string, std::size_t> counts;  // cells on disk do not stay
  std::size_t missing = 0;
  for (const std::uint32_t row : rows) {
    const std::string_view cell = table.cells().cell(row, column);
    if (data::is_missing(cell)) {
      ++missing;
    } else {
      ++counts[std::string(cell)];
    }
  }
  std::vector<std::pair<std::string_view, std::size_t>> list(counts.begin(), counts.end());
  std::sort(list.begin(), list.end(), [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  json["missing"] = missing;
  json["distinct"] = list.size();
  json["common"] = Json::array();
  for (std::size_t i = 0; i < std::min(list.size(), most_values); ++i) {
    json["common"].push_back({shorten(list[i].first), list[i].second});
  }
}

}  // namespace

std::string shorten(std::string_view text) {
  constexpr std::size_t most = 60;
  if (text.size() <= most) return std::string(text);
  std::size_t end = most;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end)) + "…";
}

Json report_columns(const TrainFlags& flags, const TrainingData& data, std::size_t& rows_looked_at) {
  const data::Table& table = data.table;
  std::vector<std::uint32_t> rows;
  const auto seed = static_cast<std::uint64_t>(flags.seed);
  for (const std::uint32_t i : sample_rows(data.target.rows.size(), most_rows_counted, seed, "report columns")) {
    rows.push_back(data.target.rows[i]);
  }
  rows_looked_at = rows.size();
  Json columns = Json::array();
  const auto add = [&](std::size_t column, std::string_view role, const std::string& left_out) {
    if (columns.size() == most_columns) return;
    Json json = {{"name", table.column_names()[column]}, {"role", role}};
    if (!left_out.empty()) json["left_out"] = left_out;
    const bool numbers = role == "numeric" || (role == "target" && data.info.classes.empty());
    (numbers ? describe_numbers : describe_texts)(json, table, rows, column);
    columns.push_back(std::move(json));
  };
  for (std::size_t t = 0; t < data.target.columns.size(); ++t) {
    const bool again = t > 0 && data.target.columns[t] == data.target.columns[t - 1];  // for another quantile of it
    if (!again) add(data.target.columns[t], "target", "");
  }
  for (const data::PreparedColumn& column : data.preprocessing.columns()) {
    const std::size_t before = columns.size();
    add(data::find_named_column(table, column.raw.name, "column"), to_string(column.role), "");
    if (columns.size() == before) break;
    columns.back()["input_name"] = data::input_name(column.raw.name);
    columns.back()["input"] = column.raw.type == data::ColumnType::text   ? "string"
                              : column.raw.type == data::ColumnType::date ? "int64"
                                                                          : "float";
  }
  for (const data::ColumnRole& role : data.preprocessing.left_out()) {
    add(role.column, to_string(role.role), role.reason.empty() ? "left out" : role.reason);
  }
  return columns;
}

}  // namespace backprop::cli
