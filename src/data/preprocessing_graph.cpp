// Preprocessing as graph: the one place that says what becomes of a cell, in training and in the model's file.
#include <cmath>
#include <limits>
#include <numbers>

#include "data/preprocessing.hpp"

namespace backprop::data {
namespace {

constexpr int weekdays = 7;

Value row_of(Graph& graph, const std::vector<float>& values) {
  return graph.constant(Tensor::from<float>({static_cast<std::int64_t>(values.size())}, std::span(values)));
}

bool has_number(const PreparedColumn& column) { return column.role != Role::categorical; }

// One number a row for each of these columns; NaN where missing.
Value join_numbers(const std::vector<PreparedColumn>& columns, const std::vector<Value>& inputs) {
  std::vector<Value> parts;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    if (!has_number(columns[c])) continue;
    Value x = inputs[c];
    if (columns[c].role == Role::date) {
      x = cast(x, DType::float32);
      const Value missing = less(x, scalar_like(x, -1e18));
      x = where(missing, scalar_like(x, std::numeric_limits<double>::quiet_NaN()), x);
    }
    parts.push_back(x);
  }
  return parts.empty() ? Value{} : parts.size() == 1 ? parts[0] : concat(parts, 1);
}

// (x - mean) / deviation by column, and its tamed form where that is wanted.
Value scale_numbers(Value x, const std::vector<const NumberScale*>& numbers) {
  Graph& graph = *x.graph;
  std::vector<float> mean, deviation, tamed_mean, tamed_deviation;
  std::vector<std::uint8_t> tamed;
  for (const NumberScale* number : numbers) {
    mean.push_back(number->scale.mean);
    deviation.push_back(number->scale.deviation);
    tamed.push_back(number->tamed.has_value());
    tamed_mean.push_back(number->tamed.value_or(Scale{}).mean);
    tamed_deviation.push_back(number->tamed.value_or(Scale{}).deviation);
  }
  const Value z = (x - row_of(graph, mean)) / row_of(graph, deviation);
  if (std::find(tamed.begin(), tamed.end(), 1) == tamed.end()) return z;
  const Value t = (sign(z) * log1p(abs(z)) - row_of(graph, tamed_mean)) / row_of(graph, tamed_deviation);
  Tensor mask(DType::boolean, {static_cast<std::int64_t>(tamed.size())});
  for (std::size_t i = 0; i < tamed.size(); ++i) mask.as<bool>()[i] = tamed[i] != 0;
  return where(broadcast(graph.constant(std::move(mask)), z.shape()), t, z);
}

// Year, month, day of the month, place in the year and weekday of [B, 1] days since 1970. Whole numbers below 2^24 and
// their quotients rounded down are exact in float32. Hinnant, "chrono-compatible low-level date algorithms",
// civil_from_days: years begin in March, eras of 400 years on 0000-03-01. Fixed scales: months and days are spread alike
// in most tables.
std::vector<Value> date_parts(Value days, const Scale& scale) {
  const Value z = days + 719468.0;
  const Value era = floor(z / 146097.0);
  const Value day_of_era = z - era * 146097.0;
  const Value year_of_era = floor(
      (day_of_era - floor(day_of_era / 1460.0) + floor(day_of_era / 36524.0) - floor(day_of_era / 146096.0)) / 365.0);
  const Value day_of_year = day_of_era - (365.0 * year_of_era + floor(year_of_era / 4.0) - floor(year_of_era / 100.0));
  const Value march_month = floor((5.0 * day_of_year + 2.0) / 153.0);
  const Value day = day_of_year - floor((153.0 * march_month + 2.0) / 5.0) + 1.0;
  const Value late = less(march_month, scalar_like(march_month, 10));
  const Value month = where(late, march_month + 3.0, march_month - 9.0);
  const Value year = year_of_era + era * 400.0 + where(late, scalar_like(month, 0), scalar_like(month, 1));
  const Value since_thursday = days + 4.0;  // 1970-01-01 was one
  const Value weekday = since_thursday - floor(since_thursday / 7.0) * 7.0;

  const double mean_year = 1970 + static_cast<double>(scale.mean) / 365.2425;
  const double year_deviation = std::max(static_cast<double>(scale.deviation) / 365.2425, 0.5);
  const Value angle = day_of_year * (2 * std::numbers::pi / 365.25);
  const Value column = reshape(cast(weekday, DType::int64), {days.shape()[0]});
  return {(year - mean_year) / year_deviation,
          (month - 6.5) / 3.45,
          (day - 15.7) / 8.8,
          sin(angle),
          cos(angle),
          one_hot(column, weekdays)};
}

}  // namespace

Value Preprocessing::write(Graph& graph) const {
  const Dim batch = named("B");
  std::vector<Value> inputs;
  for (const PreparedColumn& column : columns_) {
    inputs.push_back(graph.input({batch, 1}, column.raw.dtype, input_name(column.raw.name)));
  }
  const LayerScope scope(graph, "preprocessing");
  std::vector<Value> parts, dates, hot, codes;
  std::vector<const NumberScale*> numbers;
  std::vector<std::int64_t> indicated;
  for (const PreparedColumn& column : columns_) {
    if (!has_number(column)) continue;
    if (column.number.indicator) indicated.push_back(static_cast<std::int64_t>(numbers.size()));
    numbers.push_back(&column.number);
  }
  if (const Value x = join_numbers(columns_, inputs); x.valid()) {
    const Value missing = not_equal(x, x);
    std::vector<float> fills;
    for (const NumberScale* number : numbers) fills.push_back(number->fill);
    const Value filled = where(missing, broadcast(row_of(graph, fills), x.shape()), x);
    parts.push_back(scale_numbers(filled, numbers));
    if (!indicated.empty()) {
      const auto count = static_cast<std::int64_t>(indicated.size());
      parts.push_back(gather(cast(missing, DType::float32),
                             graph.constant(Tensor::from<std::int64_t>({count}, std::span(indicated))), 1));
    }
    std::int64_t at = 0;
    for (const PreparedColumn& column : columns_) {
      if (column.role == Role::date) {
        for (const Value& part : date_parts(slice(filled, 1, at, at + 1), column.number.scale)) parts.push_back(part);
      }
      at += has_number(column);
    }
  }
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    const PreparedColumn& column = columns_[c];
    if (column.role != Role::categorical) continue;
    if (column.embedding > 0) {
      codes.push_back(cast(inputs[c], DType::float32));
    } else {
      parts.push_back(one_hot(reshape(inputs[c], {batch}), column.categories));
    }
  }
  parts.insert(parts.end(), codes.begin(), codes.end());
  return parts.size() == 1 ? parts[0] : concat(parts, 1);
}

// Every feature, in the order in which write() puts them side by side.
std::vector<std::pair<std::string, std::size_t>> Preprocessing::named_features() const {
  std::vector<std::pair<std::string, std::size_t>> all, indicators, dates, hot, codes;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    const PreparedColumn& column = columns_[c];
    const std::string& name = column.raw.name;
    if (column.role == Role::categorical) {
      for (const std::string& feature : column.features) (column.embedding > 0 ? codes : hot).emplace_back(feature, c);
      continue;
    }
    all.emplace_back(name, c);
    if (column.number.indicator) indicators.emplace_back(name + " missing", c);
    if (column.role != Role::date) continue;
    for (const char* part : {"year", "month", "day", "season (sine)", "season (cosine)", "Sunday", "Monday", "Tuesday",
                             "Wednesday", "Thursday", "Friday", "Saturday"}) {
      dates.emplace_back(name + " " + part, c);
    }
  }
  for (const auto* list : {&indicators, &dates, &hot, &codes}) all.insert(all.end(), list->begin(), list->end());
  return all;
}

std::vector<std::string> Preprocessing::feature_names() const {
  std::vector<std::string> names;
  for (auto& [name, column] : named_features()) names.push_back(name);
  return names;
}

std::vector<std::size_t> Preprocessing::feature_columns() const {
  std::vector<std::size_t> columns;
  for (const auto& [name, column] : named_features()) columns.push_back(column);
  return columns;
}

std::int64_t Preprocessing::features() const { return static_cast<std::int64_t>(feature_names().size()); }

bool Preprocessing::has_embeddings() const {
  return std::any_of(columns_.begin(), columns_.end(), [](const PreparedColumn& c) { return c.embedding > 0; });
}

Layer Preprocessing::embeddings() const {
  std::vector<std::pair<std::int64_t, std::int64_t>> tables;  // rows and width of each
  for (const PreparedColumn& column : columns_) {
    if (column.embedding > 0) tables.emplace_back(column.categories, column.embedding);
  }
  const std::int64_t first = features() - static_cast<std::int64_t>(tables.size());
  return {"", [=](LayerContext& context, Value x) {
            std::vector<Value> parts;
            if (first > 0) parts.push_back(slice(x, 1, 0, first));
            for (std::size_t t = 0; t < tables.size(); ++t) {
              const auto [rows, width] = tables[t];
              const std::int64_t at = first + static_cast<std::int64_t>(t);
              // A code past the last row is a category never seen: zeros.
              parts.push_back(context.apply(
                  Layer("embedding",
                        [rows = rows, width = width, at](LayerContext& c, Value features) {
                          const Value code = slice(features, 1, at, at + 1);
                          const Value last = scalar_like(code, static_cast<double>(rows - 1));
                          const Value index = reshape(cast(minimum(code, last), DType::int64), {code.shape()[0]});
                          const Value weight =
                              c.parameter("weight", {rows, width}, initialiser::normal(0, 0.3), DType::float32);
                          return gather(weight, index) * cast(less_equal(code, last), DType::float32);
                        }),
                  x));
            }
            return parts.size() == 1 ? parts[0] : concat(parts, 1);
          }};
}

}  // namespace backprop::data
