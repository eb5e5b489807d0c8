#include "cli/columns_text.hpp"

#include <algorithm>
#include <array>

#include "cli/measures_text.hpp"

namespace backprop::cli {
namespace {

std::string plural(std::int64_t count, const std::string& one, const std::string& many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

std::string inputs_of(const data::PreparedColumn& column) {
  if (column.role == data::Role::categorical) {
    return plural(column.categories, "category, ", "categories, ") +
           (column.embedding > 0 ? "embedded as " + plural(column.embedding, "number", "numbers") : "one-hot");
  }
  const data::NumberScale& number = column.number;
  std::string text = "mean " + to_text(static_cast<double>(number.scale.mean)) + ", deviation " +
                     to_text(static_cast<double>(number.scale.deviation));
  if (column.role == data::Role::date)
    text = "days since 1970, " + std::string(to_string(column.raw.order)) + ", " + text;
  if (number.tamed) text += ", tails tamed";
  return text + "; missing: " + to_text(static_cast<double>(number.fill)) +
         (number.indicator ? " and a feature of its own" : "");
}

std::string_view input_of(const data::PreparedColumn& column) {
  return column.raw.type == data::ColumnType::text   ? "string"
         : column.raw.type == data::ColumnType::date ? "int64"
                                                     : "float";
}

}  // namespace

std::string to_text(const data::Preprocessing& preprocessing) {
  std::vector<std::array<std::string, 3>> lines;
  for (const data::PreparedColumn& column : preprocessing.columns()) {
    lines.push_back({column.raw.name, std::string(to_string(column.role)), inputs_of(column)});
  }
  for (const data::ColumnRole& role : preprocessing.left_out()) {
    lines.push_back({role.name, std::string(to_string(role.role)), "left out: " + role.reason});
  }
  std::size_t width = 0;
  for (const auto& line : lines) width = std::max(width, std::min<std::size_t>(line[0].size(), 30));
  std::string text;
  for (const auto& [name, role, what] : lines) {
    text += "  " + name + std::string(name.size() < width ? width - name.size() : 0, ' ') + "  " + role +
            std::string(12 - std::min<std::size_t>(role.size(), 11), ' ') + what + "\n";
  }
  return text;
}

nlohmann::ordered_json to_json(const data::Preprocessing& preprocessing) {
  nlohmann::ordered_json columns = nlohmann::ordered_json::array();
  for (const data::PreparedColumn& column : preprocessing.columns()) {
    nlohmann::ordered_json json = {
        {"name", column.raw.name}, {"role", to_string(column.role)}, {"input", input_of(column)}};
    if (column.role == data::Role::categorical) {
      json["categories"] = column.categories;
      json["embedding"] = column.embedding;
      json["values"] = column.raw.codes.texts;
    } else {
      json["mean"] = column.number.scale.mean;
      json["deviation"] = column.number.scale.deviation;
      json["fill"] = column.number.fill;
      json["missing_indicator"] = column.number.indicator;
      json["tails_tamed"] = column.number.tamed.has_value();
    }
    columns.push_back(std::move(json));
  }
  for (const data::ColumnRole& role : preprocessing.left_out()) {
    columns.push_back({{"name", role.name}, {"role", to_string(role.role)}, {"left_out", role.reason}});
  }
  return columns;
}

}  // namespace backprop::cli
