#include "data/roles.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <unordered_set>

#include "backprop/error.hpp"
#include "data/distinct.hpp"

namespace backprop::data {
namespace {

constexpr std::array all_roles = {Role::numeric, Role::categorical, Role::boolean,  Role::date,
                                  Role::text,    Role::identifier,  Role::constant, Role::ignored};

// What is said of columns: its role and the flag that said so.
struct Said {
  Role role;
  std::string flag;
};

std::map<std::size_t, Said> read_options(const Table& table, const RoleOptions& options) {
  std::map<std::size_t, Said> said;
  const auto add = [&](const std::vector<std::string>& columns, Role role, const std::string& flag) {
    for (const std::string& list : columns) {
      for (const std::string& wanted : split_names(table, list)) {
        const std::size_t column = find_column(table, wanted, flag);
        const auto [it, fresh] = said.emplace(column, Said{role, flag});
        if (!fresh && it->second.role != role) {
          throw UsageError("column '" + table.column_names()[column] + "' is named in " + it->second.flag + " and in " +
                           flag + ": only one of them can be followed");
        }
      }
    }
  };
  add(options.numeric, Role::numeric, "--numeric");
  add(options.categorical, Role::categorical, "--categorical");
  add(options.date, Role::date, "--date");
  add(options.ignore, Role::ignored, "--ignore");
  return said;
}

// How the filled cells of a column read as dates.
struct Dates {
  std::size_t filled = 0;
  std::array<std::size_t, 3> parsed = {};  // by order
  bool dots = true;                        // 1.2.2024 is day, month, year wherever it is written

  bool most(DateOrder order) const {
    return filled > 0 && parsed[static_cast<std::size_t>(order)] * 100 >= filled * 95;
  }
};

Dates count_dates(const Table& table, std::size_t column) {
  Dates dates;
  for (std::size_t r = 0; r < table.rows(); ++r) {
    const std::string_view cell = table.cells().cell(r, column);
    if (is_missing(cell)) continue;
    ++dates.filled;
    for (std::size_t o = 0; o < 3; ++o) dates.parsed[o] += parse_date(cell, static_cast<DateOrder>(o)).has_value();
    dates.dots = dates.dots && cell.find('.') < cell.find_first_of(" T");
    // Most columns are no dates: a few cells tell.
    if (dates.filled == 64 && *std::max_element(dates.parsed.begin(), dates.parsed.end()) < 32) break;
  }
  return dates;
}

// The order of a column of dates; nothing when it is none, or when day and month cannot be told apart.
std::optional<DateOrder> find_date_order(const Table& table, std::size_t column, const RoleOptions& options,
                                         std::string& reason) {
  const Dates dates = count_dates(table, column);
  if (options.date_order && dates.most(*options.date_order)) return options.date_order;
  if (dates.most(DateOrder::year_month_day)) return DateOrder::year_month_day;
  const bool day_first = dates.most(DateOrder::day_month_year), month_first = dates.most(DateOrder::month_day_year);
  if (day_first && (!month_first || dates.dots)) return DateOrder::day_month_year;
  if (month_first && !day_first) return DateOrder::month_day_year;
  if (day_first) reason = "its dates may be day-month-year or month-day-year: say --date-order";
  return std::nullopt;
}

bool is_identifier_name(std::string name) {
  const bool camel =
      name.size() > 2 && name.ends_with("Id") && std::islower(static_cast<unsigned char>(name[name.size() - 3]));
  for (char& c : name) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c == '-' || c == ' ' ? '_' : c);
  return camel || name == "id" || name.ends_with("_id") || name == "index" || name == "row" || name == "row_number" ||
         name == "rownames" || name.starts_with("unnamed:_");
}

// Distinct whole numbers without a gap in the filling, under a name that says what they are; or under none, counting the
// rows.
bool is_number_identifier(const Table& table, std::size_t column, std::span<const std::uint32_t> rows) {
  const bool named = is_identifier_name(table.column_names()[column]);
  const bool unnamed =
      table.cells().has_header() && table.column_names()[column] == "column_" + std::to_string(column + 1);
  if ((!named && !unnamed) || rows.size() < 10) return false;
  Distinct<double> seen;
  for (const std::uint32_t r : rows) {
    const double number = table.number(r, column);
    if (number != std::floor(number)) return false;  // NaN is not equal to itself
    if (unnamed && std::abs(number - r) > 1) return false;
    seen.add(number);
  }
  return seen.count() == rows.size();
}

// What the training rows hold of a column.
struct Contents {
  std::size_t distinct = 0;  // missing counts as one value
  bool missing = false, filled = false;
  std::size_t with_blanks = 0;
};

Contents look(const Table& table, std::size_t column, std::span<const std::uint32_t> rows) {
  Contents contents;
  Distinct<std::size_t> seen;  // hashes: the texts may not all fit in memory
  std::unordered_set<float> numbers;
  const bool numeric = table.kind(column) == ColumnKind::numeric;
  for (const std::uint32_t r : rows) {
    const std::string_view cell = table.cells().cell(r, column);
    if (is_missing(cell)) {
      contents.missing = true;
      continue;
    }
    contents.filled = true;
    contents.with_blanks += cell.find(' ') != std::string_view::npos;
    if (numeric && numbers.size() > 1) continue;  // known not to be constant
    if (numeric) {
      numbers.insert(static_cast<float>(parse_number(cell).value_or(0)));
    } else {
      seen.add(std::hash<std::string_view>()(cell));
    }
  }
  contents.distinct = seen.count() + numbers.size() + contents.missing;
  return contents;
}

ColumnRole find_role(const Table& table, std::size_t column, std::span<const std::uint32_t> rows,
                     const RoleOptions& options) {
  ColumnRole found{.column = column, .name = table.column_names()[column]};
  const Contents contents = look(table, column, rows);
  const auto is = [&](Role role, std::string reason = "") {
    found.role = role;
    found.reason = std::move(reason);
    return found;
  };
  if (!contents.filled) return is(Role::constant, "it has no filled cell in the training rows");
  if (contents.distinct < 2) return is(Role::constant, "it has the same value in all training rows");
  const ColumnKind kind = table.kind(column);
  if (kind == ColumnKind::numeric && is_number_identifier(table, column, rows)) {
    return is(Role::identifier, "its whole numbers only name the rows");
  }
  if (kind == ColumnKind::numeric) return is(Role::numeric);
  if (kind == ColumnKind::boolean) return is(Role::boolean);
  std::string reason;
  found.date_order = find_date_order(table, column, options, reason);
  if (found.date_order) return is(Role::date);
  if (!reason.empty()) return is(Role::text, reason);
  if (contents.distinct * 2 <= rows.size()) return is(Role::categorical);
  return contents.with_blanks * 2 > rows.size() ? is(Role::text, "most rows hold a text of their own")
                                                : is(Role::identifier, "most of its values name a row of their own");
}

ColumnRole given_role(const Table& table, std::size_t column, const Said& said, std::span<const std::uint32_t> rows,
                      const RoleOptions& options) {
  ColumnRole given{
      .column = column, .name = table.column_names()[column], .role = said.role, .reason = said.flag + " says so"};
  if (said.role == Role::ignored) return given;
  const Contents contents = look(table, column, rows);
  if (!contents.filled || contents.distinct < 2) {
    given.role = Role::constant;
    given.reason =
        contents.filled ? "it has the same value in all training rows" : "it has no filled cell in the training rows";
    return given;
  }
  if (said.role == Role::numeric) {
    for (std::size_t r = 0; r < table.rows(); ++r) table.number(r, column);  // throws at a cell that is none
  }
  if (said.role == Role::date) {
    given.date_order = find_date_order(table, column, options, given.reason);
    if (!given.date_order) {
      throw DataError(table.name() + ": column '" + given.name + "': " +
                      (given.reason.ends_with("says so")
                           ? "less than 95 % of its cells are dates: 2024-02-29, 29.2.2024 or 29/2/2024 are"
                           : given.reason));
    }
  }
  return given;
}

}  // namespace

std::string_view to_string(Role role) {
  switch (role) {
    case Role::numeric: return "numeric";
    case Role::categorical: return "categorical";
    case Role::boolean: return "boolean";
    case Role::date: return "date";
    case Role::text: return "text";
    case Role::identifier: return "identifier";
    case Role::constant: return "constant";
    default: return "ignored";
  }
}

std::optional<Role> parse_role(std::string_view name) {
  for (const Role role : all_roles) {
    if (to_string(role) == name) return role;
  }
  return std::nullopt;
}

bool is_used(Role role) { return role <= Role::date; }

std::string category_of(std::string_view cell, bool numbers) {
  if (is_missing(cell)) return "";
  const std::optional<double> number = numbers ? parse_number(cell) : std::nullopt;
  if (!number) return std::string(cell);
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, *number == 0 ? 0.0 : *number).ptr};
}

std::vector<ColumnRole> find_roles(const Table& table, std::span<const std::uint32_t> rows,
                                   std::span<const std::size_t> excluded, const RoleOptions& options) {
  const std::map<std::size_t, Said> said = read_options(table, options);
  std::vector<ColumnRole> roles;
  for (std::size_t c = 0; c < table.columns(); ++c) {
    const auto it = said.find(c);
    if (std::find(excluded.begin(), excluded.end(), c) != excluded.end()) {
      if (it != said.end() && it->second.role != Role::ignored) {
        throw UsageError(it->second.flag + ": column '" + table.column_names()[c] +
                         "' is no input: it is the target or the weight");
      }
      continue;
    }
    roles.push_back(it == said.end() ? find_role(table, c, rows, options)
                                     : given_role(table, c, it->second, rows, options));
  }
  return roles;
}

}  // namespace backprop::data
