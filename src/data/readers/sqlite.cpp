// SQLite: the rows of a SELECT from `sqlite:FILE`, opened read-only, and a new table in such a file.
#include <array>

#include "backprop/error.hpp"
#include "data/column_names.hpp"
#include "data/readers/format.hpp"
#include "data/readers/row_builder.hpp"
#include "data/readers/table_writer.hpp"
#include "data/readers/uri.hpp"

#ifdef BACKPROP_SQLITE
#include <sqlite3.h>
#include <sys/stat.h>

#include <cerrno>
#include <cmath>
#include <cstring>
#endif

namespace backprop::data {
namespace {

bool recognise_sqlite(Opening& opening) {
  if (is_sqlite(opening.path())) return true;
  if (is_postgresql(opening.path()) || !opening.head().starts_with("SQLite format 3")) return false;
  throw UsageError(opening.path() + ": is an SQLite database: use sqlite:" + opening.path() +
                   " and --query \"SELECT ...\"");
}

#ifndef BACKPROP_SQLITE
[[noreturn]] void refuse() { throw UsageError("this program was built without SQLite (BACKPROP_SQLITE=OFF)"); }
std::unique_ptr<RowReader> open_sqlite(Opening&) { refuse(); }
#else

struct Close {
  void operator()(sqlite3* database) const { sqlite3_close(database); }
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, Close>;

class Database {
 public:
  Database(const std::string& uri, int flags) : name_(uri.substr(std::string_view("sqlite:").size())) {
    struct stat status {};
    if (::stat(name_.c_str(), &status) != 0) throw DataError(name_ + ": cannot be opened: " + std::strerror(errno));
    if (!S_ISREG(status.st_mode)) throw DataError(name_ + ": is not a file");
    sqlite3* database = nullptr;
    const int code = sqlite3_open_v2(name_.c_str(), &database, flags | SQLITE_OPEN_NOMUTEX, nullptr);
    database_.reset(database);
    check(code, "");
    // What stands in the file's schema is not trusted to run anything, and may be damaged on purpose.
    sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    sqlite3_db_config(database, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, nullptr);
    sqlite3_limit(database, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_busy_timeout(database, 10000);
    run("PRAGMA cell_size_check = ON");
  }

  const std::string& name() const { return name_; }

  void check(int code, const std::string& where) const {
    if (code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE) return;
    std::string message = database_ ? sqlite3_errmsg(database_.get()) : sqlite3_errstr(code);
    for (char& c : message) c = static_cast<unsigned char>(c) < 32 ? ' ' : c;
    throw DataError(name_ + ": " + where + message);
  }
  Statement prepare(std::string_view sql, const std::string& where, const char** tail = nullptr) const {
    sqlite3_stmt* statement = nullptr;
    check(sqlite3_prepare_v2(database_.get(), sql.data(), static_cast<int>(sql.size()), &statement, tail), where);
    return Statement(statement);
  }
  void run(const std::string& sql) const { check(sqlite3_step(prepare(sql, "").get()), ""); }

 private:
  std::string name_;
  std::unique_ptr<sqlite3, Close> database_;
};

std::string tables_of(const Database& database) {
  const Statement list =
      database.prepare("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') ORDER BY name", "");
  std::string names;
  while (sqlite3_step(list.get()) == SQLITE_ROW && names.size() < 400) {
    const auto* name = reinterpret_cast<const char*>(sqlite3_column_text(list.get(), 0));
    names += (names.empty() ? "" : ", ") + std::string(name ? name : "");
  }
  return names;
}

class SqliteReader : public RowReader {
 public:
  explicit SqliteReader(const Source& source) : database_(source.path, SQLITE_OPEN_READONLY) {
    if (source.query.empty()) {
      throw UsageError("--query \"SELECT ...\" is needed: the tables of " + database_.name() + " are " +
                       tables_of(database_));
    }
    const char* tail = nullptr;
    statement_ = database_.prepare(source.query, "--query: ", &tail);
    const std::string_view rest = tail ? tail : "";
    if (!statement_ || rest.find_first_not_of(" \t\r\n;") != std::string_view::npos) {
      throw UsageError("--query: one SELECT is needed, and no more");
    }
    const int columns = sqlite3_column_count(statement_.get());
    if (columns == 0 || sqlite3_stmt_readonly(statement_.get()) == 0) {
      throw UsageError("--query: a SELECT is needed: it must only read");
    }
    std::vector<std::string_view> names;
    for (int c = 0; c < columns; ++c) names.emplace_back(sqlite3_column_name(statement_.get(), c));
    names_ = name_columns(database_.name() + ": --query", 0, names, names.size());
  }

  std::optional<Cells> next(std::size_t rows) override {
    RowBuilder builder(database_.name(), names_, done_);
    while (!ended_ && builder.rows() < rows) {
      const int code = sqlite3_step(statement_.get());
      database_.check(code, "row " + std::to_string(done_ + builder.rows() + 1) + ": ");
      ended_ = code == SQLITE_DONE;
      if (ended_) break;
      for (int c = 0; c < static_cast<int>(names_.size()); ++c) add(builder, c);
      builder.end_row(0);
    }
    if (builder.rows() == 0) {
      if (done_ == 0) throw DataError(database_.name() + ": --query: the SELECT gives no rows");
      return std::nullopt;
    }
    done_ += builder.rows();
    return std::move(builder).finish();
  }

 private:
  void add(RowBuilder& builder, int column) const {
    sqlite3_stmt* const row = statement_.get();
    const auto text = [&] {
      const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(row, column));
      return std::string_view(bytes ? bytes : "", static_cast<std::size_t>(sqlite3_column_bytes(row, column)));
    };
    switch (sqlite3_column_type(row, column)) {
      case SQLITE_NULL: builder.add_word(""); break;
      case SQLITE_INTEGER: {
        const auto number = static_cast<double>(sqlite3_column_int64(row, column));
        builder.add_number(number, text());
        break;
      }
      case SQLITE_FLOAT: {
        const double number = sqlite3_column_double(row, column);
        builder.add_number(number, text());
        break;
      }
      case SQLITE_BLOB:
        throw DataError(database_.name() + ": row " + std::to_string(done_ + builder.rows() + 1) + ": column '" +
                        names_[static_cast<std::size_t>(column)] + "': a BLOB, which is no number and no text");
      default: builder.add(text());
    }
  }

  Database database_;
  Statement statement_;
  std::vector<std::string> names_;
  std::size_t done_ = 0;
  bool ended_ = false;
};

std::unique_ptr<RowReader> open_sqlite(Opening& opening) { return std::make_unique<SqliteReader>(opening.source()); }

std::string sqlite_type(const NewColumn& column) {
  switch (column.type) {
    case NewColumn::Type::number: return " REAL";
    case NewColumn::Type::exact_number: return " NUMERIC";
    default: return " TEXT";
  }
}

// The rows gather in a temporary table, so that a SELECT on the same file may still be read; then they appear at once.
class SqliteWriter : public TableWriter {
 public:
  SqliteWriter(const std::string& path, const std::string& table, const std::vector<NewColumn>& columns)
      : database_(path, SQLITE_OPEN_READWRITE), table_(table), columns_(columns) {
    const Statement there = database_.prepare("SELECT 1 FROM main.sqlite_schema WHERE lower(name) = lower(?)", "");
    sqlite3_bind_text(there.get(), 1, table.data(), static_cast<int>(table.size()), SQLITE_STATIC);
    const int code = sqlite3_step(there.get());
    database_.check(code, "--into " + table + ": ");
    if (code == SQLITE_ROW) {
      throw DataError(database_.name() + ": --into " + table + ": is already there: choose another name, or drop it");
    }
    std::string marks;
    for (const NewColumn& column : columns) {
      definition_ += (marks.empty() ? "" : ", ") + quote_name(column.name) + sqlite_type(column);
      marks += marks.empty() ? "?" : ", ?";
    }
    run("CREATE TEMP TABLE backprop_rows (" + definition_ + ")");
    run("BEGIN");
    insert_ = database_.prepare("INSERT INTO temp.backprop_rows VALUES (" + marks + ")", where());
  }

  void add_row(std::span<const std::string> cells) override {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const int at = static_cast<int>(i) + 1;
      if (is_missing(cells[i])) {
        sqlite3_bind_null(insert_.get(), at);
      } else {
        // A column's affinity makes numbers of texts that are numbers.
        sqlite3_bind_text(insert_.get(), at, cells[i].data(), static_cast<int>(cells[i].size()), SQLITE_STATIC);
      }
    }
    database_.check(sqlite3_step(insert_.get()), where());
    sqlite3_reset(insert_.get());
  }

  void commit() override {
    insert_.reset();
    run("CREATE TABLE main." + quote_name(table_) + " (" + definition_ + ")");
    run("INSERT INTO main." + quote_name(table_) + " SELECT * FROM temp.backprop_rows ORDER BY rowid");
    run("COMMIT");
  }

 private:
  std::string where() const { return "--into " + table_ + ": "; }
  void run(const std::string& sql) const {
    database_.check(sqlite3_step(database_.prepare(sql, where()).get()), where());
  }

  Database database_;
  std::string table_, definition_;
  std::vector<NewColumn> columns_;
  Statement insert_;
};

#endif

}  // namespace

std::unique_ptr<TableWriter> create_sqlite_table(const std::string& path, const std::string& table,
                                                 const std::vector<NewColumn>& columns) {
#ifdef BACKPROP_SQLITE
  return std::make_unique<SqliteWriter>(path, table, columns);
#else
  refuse();
#endif
}

extern const Format sqlite_format;
const Format sqlite_format = {"sqlite", recognise_sqlite, open_sqlite};

}  // namespace backprop::data
