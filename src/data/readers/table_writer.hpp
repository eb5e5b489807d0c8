// A new table in a database, filled row by row: all of it is there at the end, or none. Thread safety: used by one
// thread.
#pragma once
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "data/readers/open.hpp"

namespace backprop::data {

struct NewColumn {
  enum class Type { text, number, exact_number };  // an exact number keeps all its digits
  std::string name;
  Type type = Type::text;
};

class TableWriter {
 public:
  virtual ~TableWriter() = default;
  // One cell a column, as text; an empty one of a number column, or any that is_missing, is NULL.
  virtual void add_row(std::span<const std::string> cells) = 0;
  // Makes the table appear. Without it nothing is left. Throws Error.
  virtual void commit() = 0;
};

// Throws UsageError when the source is no database.
void require_database(const Source& source, const std::string& table);
// Throws DataError when the table is already there or cannot be made.
std::unique_ptr<TableWriter> create_table(const Source& database, const std::string& table,
                                          const std::vector<NewColumn>& columns);

// One of each kind of database, for its own sources.
std::unique_ptr<TableWriter> create_sqlite_table(const std::string& path, const std::string& table,
                                                 const std::vector<NewColumn>& columns);
std::unique_ptr<TableWriter> create_postgresql_table(const std::string& path, const std::string& table,
                                                     const std::vector<NewColumn>& columns);

// A name as SQL quotes it: "a ""b""".
std::string quote_name(const std::string& name);

}  // namespace backprop::data
