// Preprocessing as text, for the metadata of a model's file.
#include <cmath>
#include <nlohmann/json.hpp>

#include "backprop/error.hpp"
#include "data/preprocessing.hpp"

namespace backprop::data {
namespace {

using nlohmann::ordered_json;

ordered_json to_json(const Scale& scale) { return {{"mean", scale.mean}, {"deviation", scale.deviation}}; }

Scale read_scale(const ordered_json& json) { return {json.at("mean").get<float>(), json.at("deviation").get<float>()}; }

ordered_json to_json(const PreparedColumn& column) {
  ordered_json json = {{"name", column.raw.name}, {"role", to_string(column.role)}};
  if (column.role == Role::categorical) {
    json["categories"] = column.categories;
    json["embedding"] = column.embedding;
    json["numbers"] = column.raw.numbers;
    json["features"] = column.features;
    return json;
  }
  json["fill"] = column.number.fill;
  json["indicator"] = column.number.indicator;
  json["scale"] = to_json(column.number.scale);
  if (column.number.tamed) json["tamed"] = to_json(*column.number.tamed);
  if (column.role == Role::date) json["order"] = to_string(column.raw.order);
  return json;
}

PreparedColumn read_column(const ordered_json& json, const TextInputs& codes) {
  PreparedColumn column;
  column.raw.name = json.at("name").get<std::string>();
  column.role = parse_role(json.at("role").get<std::string>()).value_or(Role::ignored);
  if (!is_used(column.role)) throw DataError("a column's role is none");
  if (const auto it = codes.find(input_name(column.raw.name)); it != codes.end()) column.raw.codes = it->second;
  column.raw.dtype = column.role == Role::categorical || column.role == Role::date ? DType::int64 : DType::float32;
  column.raw.type = column.role == Role::numeric ? ColumnType::number
                    : column.role == Role::date  ? ColumnType::date
                                                 : ColumnType::text;
  if (column.role == Role::categorical) {
    column.categories = json.at("categories").get<std::int64_t>();
    column.embedding = json.at("embedding").get<std::int64_t>();
    column.raw.numbers = json.at("numbers").get<bool>();
    column.features = json.at("features").get<std::vector<std::string>>();
    return column;
  }
  column.number.fill = json.at("fill").get<float>();
  column.number.indicator = json.at("indicator").get<bool>();
  column.number.scale = read_scale(json.at("scale"));
  if (json.contains("tamed")) column.number.tamed = read_scale(json.at("tamed"));
  if (column.role == Role::date) {
    const auto order = parse_date_order(json.at("order").get<std::string>());
    if (!order) throw DataError("the order of a date is none");
    column.raw.order = *order;
  }
  return column;
}

}  // namespace

std::string Preprocessing::to_json() const {
  ordered_json json = {{"columns", ordered_json::array()}, {"left_out", ordered_json::array()}};
  for (const PreparedColumn& column : columns_) json["columns"].push_back(data::to_json(column));
  for (const ColumnRole& role : left_out_) {
    json["left_out"].push_back({{"name", role.name}, {"role", to_string(role.role)}, {"reason", role.reason}});
  }
  return json.dump();
}

Preprocessing Preprocessing::from_json(const std::string& text, const TextInputs& codes) {
  try {
    const ordered_json json = ordered_json::parse(text);
    Preprocessing read;
    for (const ordered_json& column : json.at("columns")) read.columns_.push_back(read_column(column, codes));
    for (const ordered_json& role : json.at("left_out")) {
      read.left_out_.push_back({.name = role.at("name").get<std::string>(),
                                .role = parse_role(role.at("role").get<std::string>()).value_or(Role::ignored),
                                .reason = role.at("reason").get<std::string>()});
    }
    return read;
  } catch (const nlohmann::json::exception&) {
    throw DataError("the description of its preprocessing is malformed");
  }
}

}  // namespace backprop::data
