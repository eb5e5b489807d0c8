// What part each column of a table plays, found from its cells. Thread safety: value types and pure functions.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/dates.hpp"
#include "data/table.hpp"

namespace backprop::data {

enum class Role : std::uint8_t { numeric, categorical, boolean, date, text, identifier, constant, ignored };
std::string_view to_string(Role role);
std::optional<Role> parse_role(std::string_view name);
// Whether columns of this role are learned from: the first four.
bool is_used(Role role);

// What a person says of columns: names or numbers from 1, also several with commas between them. The rest is found.
struct RoleOptions {
  std::vector<std::string> numeric = {}, categorical = {}, date = {}, ignore = {};
  std::optional<DateOrder> date_order = {};  // where it cannot be told from the cells
};

struct ColumnRole {
  std::size_t column = 0;
  std::string name;
  Role role = Role::numeric;
  std::string reason = {};                   // why, of columns that are left out or whose role was given
  std::optional<DateOrder> date_order = {};  // of dates
};

// The roles of all columns but `excluded` (targets, weights), in the table's order. How cells are spelled (numbers,
// dates) is asked of the whole table; what a column holds (constant, identifier, text or categories) only of `rows`, the
// training rows. The rules, in order, where nothing is said of the column:
// - the same value in all rows, or none in any: constant;
// - at least 95 % numbers: numeric; but distinct whole numbers in a column called id, index or the like: identifier;
// - true/false or yes/no: boolean;
// - at least 95 % dates: date;
// - a value of its own in more than half of the rows (missing cells are one value): text when most of its cells hold
//   blanks, otherwise identifier;
// - anything else: categorical.
// Throws DataError for a column that is not there, or whose cells do not fit what was said of it; UsageError for one
// that is said to be two things.
std::vector<ColumnRole> find_roles(const Table& table, std::span<const std::uint32_t> rows,
                                   std::span<const std::size_t> excluded, const RoleOptions& options = {});

// The text of a cell as a category: "" when missing; in a column of numbers their shortest form ("1" for "1.0").
std::string category_of(std::string_view cell, bool numbers);

}  // namespace backprop::data
