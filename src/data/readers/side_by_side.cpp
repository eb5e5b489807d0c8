#include "data/readers/side_by_side.hpp"

#include <algorithm>

#include "backprop/error.hpp"
#include "data/column_names.hpp"

namespace backprop::data {
namespace {

class SideBySide : public RowReader {
 public:
  explicit SideBySide(std::vector<Side> sides) : sides_(std::move(sides)) {}

  std::optional<Cells> next(std::size_t rows) override {
    std::vector<Cells> parts;
    for (const Side& side : sides_) {
      if (std::optional<Cells> part = side.rows->next(rows)) parts.push_back(std::move(*part));
    }
    if (parts.empty()) return std::nullopt;
    std::vector<std::size_t> counts(sides_.size(), 0);
    if (parts.size() == sides_.size()) {
      std::transform(parts.begin(), parts.end(), counts.begin(), [](const Cells& c) { return c.rows(); });
    }
    const auto [least, most] = std::minmax_element(counts.begin(), counts.end());
    if (parts.size() != sides_.size() || *least != *most) {
      const auto short_side = static_cast<std::size_t>(least - counts.begin());
      throw DataError(sides_[short_side].name + ": has fewer rows than " +
                      sides_[static_cast<std::size_t>(most - counts.begin())].name +
                      ", beside which it stands: they must have the same number");
    }
    RawCells raw;
    raw.name = parts[0].name();
    raw.has_header = true;
    raw.first_row = parts[0].first_row();
    raw.rows = counts[0];
    std::vector<std::string> names;
    bool only_numbers = true;
    for (std::size_t s = 0; s < parts.size(); ++s) {
      const std::string& own = sides_[s].column;
      for (std::size_t c = 0; c < parts[s].columns(); ++c) {
        names.push_back(own.empty() ? parts[s].column_names()[c]
                                    : own + (parts[s].columns() > 1 ? "_" + std::to_string(c + 1) : ""));
        std::vector<double>& numbers = raw.numbers.emplace_back(raw.rows);
        for (std::size_t r = 0; r < raw.rows; ++r) numbers[r] = parts[s].number(r, c);
      }
      only_numbers = only_numbers && parts[s].only_numbers();
    }
    const std::vector<std::string_view> views(names.begin(), names.end());
    raw.column_names = name_columns(raw.name, 0, views, views.size());
    if (!only_numbers) copy_texts(parts, raw);
    return Cells(std::move(raw));
  }

 private:
  static void copy_texts(const std::vector<Cells>& parts, RawCells& raw) {
    for (std::size_t r = 0; r < raw.rows; ++r) {
      raw.row_begins.push_back(raw.bytes.size());
      for (const Cells& part : parts) {
        for (std::size_t c = 0; c < part.columns(); ++c) {
          const std::string_view cell = part.cell(r, c);
          raw.texts.push_back({static_cast<std::uint32_t>(raw.bytes.size() - raw.row_begins.back()),
                               static_cast<std::uint32_t>(cell.size())});
          raw.bytes.insert(raw.bytes.end(), cell.begin(), cell.end());
        }
      }
    }
  }

  std::vector<Side> sides_;
};

}  // namespace

std::unique_ptr<RowReader> side_by_side(std::vector<Side> sides) {
  return std::make_unique<SideBySide>(std::move(sides));
}

}  // namespace backprop::data
