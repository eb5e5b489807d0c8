#include "data/readers/table_writer.hpp"

#include "backprop/error.hpp"
#include "data/readers/uri.hpp"

namespace backprop::data {

void require_database(const Source& source, const std::string& table) {
  if (is_sqlite(source.path) || is_postgresql(source.path)) return;
  throw UsageError("--into " + table + ": needs a database as the table's source (sqlite:FILE or postgresql://...)");
}

std::unique_ptr<TableWriter> create_table(const Source& database, const std::string& table,
                                          const std::vector<NewColumn>& columns) {
  if (is_sqlite(database.path)) return create_sqlite_table(database.path, table, columns);
  return create_postgresql_table(database.path, table, columns);
}

std::string quote_name(const std::string& name) {
  std::string quoted = "\"";
  for (const char c : name) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

}  // namespace backprop::data
