// PostgreSQL: the rows of a SELECT from `postgresql://...`, and a new table there. libpq is loaded when it is first
// needed: with what it brings along it is larger than the program.
#include "backprop/error.hpp"
#include "data/column_names.hpp"
#include "data/readers/format.hpp"
#include "data/readers/row_builder.hpp"
#include "data/readers/table_writer.hpp"
#include "data/readers/uri.hpp"

#ifdef BACKPROP_POSTGRESQL
#include <dlfcn.h>
#include <libpq-fe.h>
#endif

namespace backprop::data {
namespace {

bool recognise_postgresql(Opening& opening) { return is_postgresql(opening.path()); }

#ifndef BACKPROP_POSTGRESQL
[[noreturn]] void refuse() { throw UsageError("this program was built without PostgreSQL (BACKPROP_POSTGRESQL=OFF)"); }
std::unique_ptr<RowReader> open_postgresql(Opening&) { refuse(); }
#else

// The functions of libpq that are used.
class Library {
 public:
  decltype(&PQconnectdb) connect = find<decltype(&PQconnectdb)>("PQconnectdb");
  decltype(&PQfinish) finish = find<decltype(&PQfinish)>("PQfinish");
  decltype(&PQstatus) status = find<decltype(&PQstatus)>("PQstatus");
  decltype(&PQhost) host = find<decltype(&PQhost)>("PQhost");
  decltype(&PQdb) db = find<decltype(&PQdb)>("PQdb");
  decltype(&PQerrorMessage) error_message = find<decltype(&PQerrorMessage)>("PQerrorMessage");
  decltype(&PQsetNoticeProcessor) set_notice_processor = find<decltype(&PQsetNoticeProcessor)>("PQsetNoticeProcessor");
  decltype(&PQexec) exec = find<decltype(&PQexec)>("PQexec");
  decltype(&PQsendQueryParams) send = find<decltype(&PQsendQueryParams)>("PQsendQueryParams");
  decltype(&PQsetSingleRowMode) set_single_row_mode = find<decltype(&PQsetSingleRowMode)>("PQsetSingleRowMode");
  decltype(&PQgetResult) get_result = find<decltype(&PQgetResult)>("PQgetResult");
  decltype(&PQresultStatus) result_status = find<decltype(&PQresultStatus)>("PQresultStatus");
  decltype(&PQresultErrorMessage) result_error = find<decltype(&PQresultErrorMessage)>("PQresultErrorMessage");
  decltype(&PQclear) clear = find<decltype(&PQclear)>("PQclear");
  decltype(&PQnfields) nfields = find<decltype(&PQnfields)>("PQnfields");
  decltype(&PQntuples) ntuples = find<decltype(&PQntuples)>("PQntuples");
  decltype(&PQfname) fname = find<decltype(&PQfname)>("PQfname");
  decltype(&PQftype) ftype = find<decltype(&PQftype)>("PQftype");
  decltype(&PQgetvalue) getvalue = find<decltype(&PQgetvalue)>("PQgetvalue");
  decltype(&PQgetlength) getlength = find<decltype(&PQgetlength)>("PQgetlength");
  decltype(&PQgetisnull) getisnull = find<decltype(&PQgetisnull)>("PQgetisnull");
  decltype(&PQputCopyData) put_copy_data = find<decltype(&PQputCopyData)>("PQputCopyData");
  decltype(&PQputCopyEnd) put_copy_end = find<decltype(&PQputCopyEnd)>("PQputCopyEnd");
  decltype(&PQconninfoParse) parse = find<decltype(&PQconninfoParse)>("PQconninfoParse");
  decltype(&PQconninfoFree) free_parsed = find<decltype(&PQconninfoFree)>("PQconninfoFree");
  decltype(&PQfreemem) free_memory = find<decltype(&PQfreemem)>("PQfreemem");

 private:
  static void* handle() {
    static void* const library = dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
      throw Error("PostgreSQL's library libpq.so.5 cannot be loaded: install it (on Debian: apt install libpq5)");
    }
    return library;
  }
  template <class F> static F find(const char* name) {
    void* const symbol = dlsym(handle(), name);
    if (symbol == nullptr) throw Error(std::string("libpq has no ") + name + ": it is too old");
    return reinterpret_cast<F>(symbol);
  }
};

// One line of what the server says: "ERROR: relation does not exist", without the hints below it.
std::string first_line(const char* message) {
  std::string line = message ? message : "";
  line = line.substr(0, line.find('\n'));
  for (char& c : line) c = static_cast<unsigned char>(c) < 32 ? ' ' : c;
  if (line.starts_with("ERROR:")) line.erase(0, line.find_first_not_of(' ', 6));
  return line.empty() ? "it does not say why" : line;
}

struct Result {
  const Library* library = nullptr;
  PGresult* result = nullptr;

  Result(const Library& l, PGresult* r) : library(&l), result(r) {}
  ~Result() { library->clear(result); }
  Result(const Result&) = delete;
  Result& operator=(const Result&) = delete;
};

class Connection {
 public:
  explicit Connection(const std::string& uri) {
    refuse_password(uri);
    connection_ = pq.connect(uri.c_str());
    pq.set_notice_processor(
        connection_, [](void*, const char*) {}, nullptr);
    const bool good = pq.status(connection_) == CONNECTION_OK;
    const char* const host = pq.host(connection_);
    const char* const database = pq.db(connection_);
    name_ = "postgresql://" + std::string(host && *host != '/' ? host : "") + "/" + (database ? database : "");
    if (good) return;
    const std::string why = first_line(pq.error_message(connection_));
    pq.finish(connection_);
    throw DataError(name_ + ": no connection: " + why);
  }
  ~Connection() { pq.finish(connection_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  const Library pq;
  const std::string& name() const { return name_; }
  PGconn* get() const { return connection_; }

  [[noreturn]] void fail(const std::string& where, const char* message) const {
    throw DataError(name_ + ": " + where + first_line(message));
  }
  void run(const std::string& sql, ExecStatusType wanted, const std::string& where) const {
    const Result result(pq, pq.exec(connection_, sql.c_str()));
    if (pq.result_status(result.result) != wanted) fail(where, pq.result_error(result.result));
  }

 private:
  // What stands on a command line is seen by everybody on the machine, and stays in its history.
  void refuse_password(const std::string& uri) const {
    char* error = nullptr;
    PQconninfoOption* const options = pq.parse(uri.c_str(), &error);
    if (options == nullptr) {
      const std::string why = first_line(error);
      pq.free_memory(error);
      throw UsageError("the database's address is not understood: " + why);
    }
    bool found = false;
    for (const PQconninfoOption* o = options; o->keyword != nullptr; ++o) {
      found = found || (o->val != nullptr &&
                        (std::string_view(o->keyword) == "password" || std::string_view(o->keyword) == "sslpassword"));
    }
    pq.free_parsed(options);
    if (found) {
      throw UsageError(
          "a password in the database's address can be seen by others: put it into ~/.pgpass or PGPASSWORD");
    }
  }

  PGconn* connection_ = nullptr;
  std::string name_;
};

class PostgresqlReader : public RowReader {
 public:
  explicit PostgresqlReader(const Source& source) : connection_(source.path) {
    if (source.query.empty()) throw UsageError("--query \"SELECT ...\" is needed");
    connection_.run("SET client_encoding TO 'UTF8'", PGRES_COMMAND_OK, "");
    connection_.run("BEGIN TRANSACTION READ ONLY", PGRES_COMMAND_OK, "");
    // The extended protocol takes one command only.
    PGconn* const c = connection_.get();
    if (connection_.pq.send(c, source.query.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0) == 0 ||
        connection_.pq.set_single_row_mode(c) == 0) {
      connection_.fail("--query: ", connection_.pq.error_message(c));
    }
    fetch();
    if (names_.empty()) throw UsageError("--query: a SELECT is needed: this gives no columns");
  }

  std::optional<Cells> next(std::size_t rows) override {
    RowBuilder builder(connection_.name(), names_, done_);
    while (row_ && builder.rows() < rows) {
      for (int c = 0; c < static_cast<int>(names_.size()); ++c) add(builder, c);
      builder.end_row(0);
      fetch();
    }
    if (builder.rows() == 0) {
      if (done_ == 0) throw DataError(connection_.name() + ": --query: the SELECT gives no rows");
      return std::nullopt;
    }
    done_ += builder.rows();
    return std::move(builder).finish();
  }

 private:
  void fetch() {
    const Library& pq = connection_.pq;
    row_.reset();
    auto result = std::make_unique<Result>(pq, pq.get_result(connection_.get()));
    if (result->result == nullptr) return;
    const ExecStatusType status = pq.result_status(result->result);
    if (status != PGRES_SINGLE_TUPLE && status != PGRES_TUPLES_OK) {
      connection_.fail("--query: ",
                       status == PGRES_FATAL_ERROR ? pq.result_error(result->result) : "a SELECT is needed");
    }
    if (names_.empty()) {
      std::vector<std::string_view> names;
      for (int c = 0; c < pq.nfields(result->result); ++c) names.emplace_back(pq.fname(result->result, c));
      names_ = name_columns(connection_.name() + ": --query", 0, names, names.size());
    }
    if (status == PGRES_SINGLE_TUPLE) row_ = std::move(result);
  }

  void add(RowBuilder& builder, int column) const {
    const Library& pq = connection_.pq;
    PGresult* const row = row_->result;
    if (pq.getisnull(row, 0, column) != 0) {
      builder.add_word("");
      return;
    }
    const std::string_view text(pq.getvalue(row, 0, column), static_cast<std::size_t>(pq.getlength(row, 0, column)));
    constexpr Oid boolean = 16;  // pg_type's fixed number
    if (pq.ftype(row, column) == boolean) {
      builder.add_word(text == "t" ? "true" : "false");
    } else {
      builder.add(text);
    }
  }

  Connection connection_;
  std::vector<std::string> names_;
  std::unique_ptr<Result> row_;
  std::size_t done_ = 0;
};

std::unique_ptr<RowReader> open_postgresql(Opening& opening) {
  return std::make_unique<PostgresqlReader>(opening.source());
}

// A name with its schema: a.b becomes "a"."b".
std::string quote_path(const std::string& table) {
  const std::size_t dot = table.find('.');
  if (dot == std::string::npos) return quote_name(table);
  return quote_name(table.substr(0, dot)) + "." + quote_name(table.substr(dot + 1));
}

std::string postgresql_type(const NewColumn& column) {
  switch (column.type) {
    case NewColumn::Type::number: return " double precision";
    case NewColumn::Type::exact_number: return " numeric";
    default: return " text";
  }
}

class PostgresqlWriter : public TableWriter {
 public:
  PostgresqlWriter(const std::string& path, const std::string& table, const std::vector<NewColumn>& columns)
      : connection_(path), where_("--into " + table + ": "), columns_(columns) {
    std::string definition;
    for (const NewColumn& column : columns) {
      definition += (definition.empty() ? "" : ", ") + quote_name(column.name) + postgresql_type(column);
    }
    const std::string name = quote_path(table);
    connection_.run("SET client_encoding TO 'UTF8'", PGRES_COMMAND_OK, where_);
    connection_.run("BEGIN", PGRES_COMMAND_OK, where_);
    connection_.run("CREATE TABLE " + name + " (" + definition + ")", PGRES_COMMAND_OK, where_);
    connection_.run("COPY " + name + " FROM STDIN", PGRES_COPY_IN, where_);
  }

  void add_row(std::span<const std::string> cells) override {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (i > 0) text_ += '\t';
      if (is_missing(cells[i])) {
        text_ += "\\N";
      } else {
        for (const char c : cells[i]) append(c);
      }
    }
    text_ += '\n';
    if (text_.size() > std::size_t{1} << 16) send();
  }

  void commit() override {
    send();
    const Library& pq = connection_.pq;
    if (pq.put_copy_end(connection_.get(), nullptr) != 1) connection_.fail(where_, pq.error_message(connection_.get()));
    while (true) {
      const Result result(pq, pq.get_result(connection_.get()));
      if (result.result == nullptr) break;
      if (pq.result_status(result.result) != PGRES_COMMAND_OK) connection_.fail(where_, pq.result_error(result.result));
    }
    connection_.run("COMMIT", PGRES_COMMAND_OK, where_);
  }

 private:
  void append(char c) {
    switch (c) {
      case '\\': text_ += "\\\\"; break;
      case '\t': text_ += "\\t"; break;
      case '\n': text_ += "\\n"; break;
      case '\r': text_ += "\\r"; break;
      default: text_ += c;
    }
  }
  void send() {
    if (connection_.pq.put_copy_data(connection_.get(), text_.data(), static_cast<int>(text_.size())) != 1) {
      connection_.fail(where_, connection_.pq.error_message(connection_.get()));
    }
    text_.clear();
  }

  Connection connection_;
  std::string where_, text_;
  std::vector<NewColumn> columns_;
};

#endif

}  // namespace

std::unique_ptr<TableWriter> create_postgresql_table(const std::string& path, const std::string& table,
                                                     const std::vector<NewColumn>& columns) {
#ifdef BACKPROP_POSTGRESQL
  return std::make_unique<PostgresqlWriter>(path, table, columns);
#else
  refuse();
#endif
}

extern const Format postgresql_format;
const Format postgresql_format = {"postgresql", recognise_postgresql, open_postgresql};

}  // namespace backprop::data
