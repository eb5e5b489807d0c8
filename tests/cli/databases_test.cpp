// Tables in real databases: SQLite files, and a PostgreSQL server that is started for the test.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "run_program.hpp"

namespace backprop::cli {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// iris.csv as SQL, with an identifier, a missing cell and a text that SQL has to quote.
std::string iris_as_sql() {
  std::ifstream file(iris());
  std::string line, sql =
                        "CREATE TABLE iris (id integer, sepal_length double precision, sepal_width double precision, "
                        "petal_length double "
                        "precision, petal_width double precision, species text, remark text);\n";
  std::getline(file, line);
  for (int id = 1; std::getline(file, line); ++id) {
    const std::size_t comma = line.rfind(',');
    sql += "INSERT INTO iris VALUES (" + std::to_string(id) + "," + line.substr(0, comma) + ",'" +
           line.substr(comma + 1) + "'," + (id == 3 ? "NULL" : "'it''s a \"tab\"\t\\'") + ");\n";
  }
  return sql;
}

constexpr const char* select =
    " --query \"SELECT sepal_length, sepal_width, petal_length, petal_width, species FROM iris ORDER BY id\"";
constexpr const char* train_flags = " --target species --epochs 5 --quiet --run-dir ";

// Runs SQL, and gives the rows of the last SELECT, cells between '|'.
std::string sqlite(const std::string& file, const std::string& sql) {
  sqlite3* database = nullptr;
  EXPECT_EQ(sqlite3_open(file.c_str(), &database), SQLITE_OK);
  std::string rows;
  const auto add = [](void* to, int count, char** cells, char**) {
    for (int i = 0; i < count; ++i) {
      *static_cast<std::string*>(to) += std::string(i > 0 ? "|" : "") + (cells[i] ? cells[i] : "NULL");
    }
    *static_cast<std::string*>(to) += "\n";
    return 0;
  };
  char* error = nullptr;
  EXPECT_EQ(sqlite3_exec(database, sql.c_str(), add, &rows, &error), SQLITE_OK) << (error ? error : "");
  sqlite3_close(database);
  return rows;
}

class Sqlite : public testing::Test {
 protected:
  void SetUp() override { sqlite(place.path("d.db"), "BEGIN;" + iris_as_sql() + "COMMIT;"); }
  Workplace place;
};

TEST_F(Sqlite, RunsGoOnFromAnywhere) {
  ASSERT_EQ(place
                .run(std::string("train sqlite:d.db") + select +
                     " --target species --epochs 400 --max-time 0.001s --run-dir r --quiet")
                .code,
            0);
  const Ran resumed = place.shell("mkdir elsewhere && cd elsewhere && " BACKPROP_PROGRAM " resume ../r --quiet");
  EXPECT_EQ(resumed.code, 0) << resumed.err;
  sqlite(place.path("d.db"), "UPDATE iris SET sepal_width = 9 WHERE id = 140");
  ASSERT_EQ(place
                .run(std::string("train sqlite:d.db") + select +
                     " --target species --epochs 400 --max-time 0.001s --run-dir s --quiet")
                .code,
            0);
  sqlite(place.path("d.db"), "UPDATE iris SET sepal_width = 8 WHERE id = 140");
  EXPECT_EQ(place.run("resume s --quiet").code, 3);
}

TEST_F(Sqlite, TrainsAndPredictsAsFromCsv) {
  ASSERT_EQ(place.run("train " + iris() + train_flags + "csv").code, 0);
  const Ran ran = place.run(std::string("train sqlite:d.db") + select + train_flags + "db");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(place.read("csv/model.onnx"), place.read("db/model.onnx"));
  EXPECT_EQ(place.run("predict csv/model.onnx " + iris()).out,
            place.run(std::string("predict csv/model.onnx --data sqlite:d.db") + select).out);
}

TEST_F(Sqlite, WritesPredictionsBesideWhatTheModelDoesNotUse) {
  ASSERT_EQ(place.run("train " + iris() + train_flags + "csv").code, 0);
  const std::string predict =
      "predict csv/model.onnx sqlite:d.db --query 'SELECT * FROM iris ORDER BY id' --into guesses";
  const Ran ran = place.run(predict);
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.out, "");
  EXPECT_EQ(sqlite(place.path("d.db"),
                   "SELECT count(*), sum(prediction = species) > 100, max(typeof(id)), "
                   "min(typeof(probability_setosa)), sum(remark IS NULL) FROM guesses"),
            "150|1|integer|real|1\n");
  EXPECT_EQ(sqlite(place.path("d.db"), "SELECT id, remark FROM guesses WHERE id = 2"), "2|it's a \"tab\"\t\\\n");
  const Ran again = place.run(predict);
  EXPECT_EQ(again.code, 3);
  EXPECT_THAT(again.err, StartsWith("error: d.db: --into guesses: is already there"));
}

TEST_F(Sqlite, WritesNumbersThatStandForNamesAsTheyAre) {
  ASSERT_EQ(place.run("train " + iris() + train_flags + "csv").code, 0);
  sqlite(place.path("d.db"), "CREATE TABLE coded AS SELECT *, printf('%05d', id) AS code, id - 2 AS plain FROM iris");
  const Ran ran = place.run("predict csv/model.onnx sqlite:d.db --query 'SELECT * FROM coded ORDER BY id' --into g");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(sqlite(place.path("d.db"), "SELECT code, typeof(code), plain, typeof(plain) FROM g WHERE id = 1"),
            "00001|text|-1|integer\n");
}

TEST_F(Sqlite, LeavesNothingWhenARowCannotBePredicted) {
  ASSERT_EQ(place.run("train " + iris() + train_flags + "csv").code, 0);
  sqlite(place.path("d.db"), "UPDATE iris SET sepal_width = 'wide' WHERE id = 140");
  const Ran ran = place.run("predict csv/model.onnx sqlite:d.db --query 'SELECT * FROM iris ORDER BY id' --into g");
  EXPECT_EQ(ran.code, 3) << ran.err;
  EXPECT_THAT(ran.err, StartsWith("error: d.db: row 140: column 'sepal_width': 'wide' is not a number"));
  EXPECT_EQ(sqlite(place.path("d.db"), "SELECT count(*) FROM sqlite_schema WHERE name = 'g'"), "0\n");
}

TEST_F(Sqlite, RefusesWhatIsNoSelectAndChangesNothing) {
  const std::string before = place.read("d.db");
  const auto error = [&](const std::string& query, int code = 3) {
    const Ran ran = place.run("train sqlite:d.db --target species --query \"" + query + "\"");
    EXPECT_EQ(ran.code, code) << query << ran.err;
    EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
    return ran.err;
  };
  EXPECT_THAT(error("DROP TABLE iris", 2), HasSubstr("--query: a SELECT is needed"));
  EXPECT_THAT(error("SELECT 1; DROP TABLE iris", 2), HasSubstr("--query: one SELECT is needed"));
  EXPECT_THAT(error("", 2), HasSubstr("--query \"SELECT ...\" is needed: the tables of d.db are iris"));
  EXPECT_THAT(error("ATTACH 'x.db' AS x", 2), HasSubstr("--query: "));
  EXPECT_THAT(error("SELECT writefile('x', 'y')"), HasSubstr("d.db: --query: no such function"));
  EXPECT_THAT(error("SELECT load_extension('x')"), HasSubstr("d.db: "));
  EXPECT_THAT(error("SELECT * FROM irises"), HasSubstr("d.db: --query: no such table: irises"));
  EXPECT_THAT(error("SELECT * FROM iris WHERE id > 1000"), HasSubstr("the SELECT gives no rows"));
  EXPECT_THAT(error("SELECT id, id FROM iris"), HasSubstr("columns 1 and 2 are both called 'id'"));
  EXPECT_THAT(error("SELECT x'00' AS b, species FROM iris"), HasSubstr("d.db: row 1: column 'b': a BLOB"));
  EXPECT_EQ(place.read("d.db"), before);
  EXPECT_FALSE(place.exists("x.db"));
}

TEST_F(Sqlite, RefusesDamagedFiles) {
  const auto error = [&](const std::string& file) {
    const Ran ran = place.run("train sqlite:" + file + select + train_flags + "r");
    EXPECT_EQ(ran.code, 3) << ran.err;
    return ran.err;
  };
  place.write("text.db", "hello");
  std::string bytes = place.read("d.db");
  place.write("cut.db", bytes.substr(0, bytes.size() / 2));
  std::fill(bytes.begin() + 5000, bytes.end(), '\xff');
  place.write("worn.db", bytes);
  EXPECT_THAT(error("text.db"), StartsWith("error: text.db: --query: file is not a database"));
  EXPECT_THAT(error("cut.db"), StartsWith("error: cut.db: "));
  EXPECT_THAT(error("worn.db"), StartsWith("error: worn.db: "));
  EXPECT_EQ(error("none.db"), "error: none.db: cannot be opened: No such file or directory\n");
}

TEST_F(Sqlite, IntoNeedsADatabase) {
  ASSERT_EQ(place.run("train " + iris() + train_flags + "csv").code, 0);
  const Ran ran = place.run("predict csv/model.onnx " + iris() + " --into g");
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.err, StartsWith("error: --into g: needs a database"));
}

// A server for all tests of the suite.
class Postgresql : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    std::string name = std::filesystem::temp_directory_path() / "backprop-postgresql-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder = name;
    const Workplace place;
    const Ran ran = place.shell(script + " start " + folder);
    installed = ran.code != 77;
    if (!installed) return;
    ASSERT_EQ(ran.code, 0) << ran.err;
    port = ran.out.substr(0, ran.out.find('\n'));
    const Ran made = psql(place, "BEGIN;" + iris_as_sql() + "COMMIT;");
    ASSERT_EQ(made.code, 0) << made.err;
  }
  static void TearDownTestSuite() {
    if (installed) Workplace().shell(script + " stop " + folder);
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }
  void SetUp() override {
    if (!installed) GTEST_SKIP() << "PostgreSQL's server is not installed (Debian's package postgresql)";
  }
  static std::string uri() { return "postgresql://tester@127.0.0.1:" + port + "/tests"; }
  static Ran psql(const Workplace& place, const std::string& sql) {
    place.write(".sql", sql);
    return place.shell("PGPASSWORD='secret word' psql -X -q -A -t -v ON_ERROR_STOP=1 -f .sql '" + uri() + "'");
  }
  static Ran run(const Workplace& place, const std::string& arguments) {
    return place.shell("PGPASSWORD='secret word' '" BACKPROP_PROGRAM "' " + arguments);
  }

  static inline const std::string script = BACKPROP_SOURCE_DIR "/tests/cli/postgresql_server.sh";
  static inline std::string folder, port;
  static inline bool installed = false;
};

TEST_F(Postgresql, TrainsPredictsAndWritesBack) {
  const Workplace place;
  ASSERT_EQ(place.run("train " + iris() + train_flags + "csv").code, 0);
  const Ran ran = run(place, "train '" + uri() + "'" + select + train_flags + "db");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(place.read("csv/model.onnx"), place.read("db/model.onnx"));
  EXPECT_EQ(place.run("predict csv/model.onnx " + iris()).out,
            run(place, "predict csv/model.onnx '" + uri() + "'" + select).out);

  const std::string predict =
      "predict csv/model.onnx '" + uri() + "' --query 'SELECT * FROM iris ORDER BY id' --into g";
  ASSERT_EQ(run(place, predict).code, 0);
  EXPECT_EQ(psql(place,
                 "SELECT count(*), sum((prediction = species)::int) > 100, sum((remark IS NULL)::int), "
                 "pg_typeof(min(probability_setosa)) FROM g")
                .out,
            "150|t|1|double precision\n");
  EXPECT_EQ(psql(place, "SELECT id, remark FROM g WHERE id = 2").out, "2|it's a \"tab\"\t\\\n");
  const Ran again = run(place, predict);
  EXPECT_EQ(again.code, 3);
  EXPECT_THAT(again.err, HasSubstr("--into g: relation \"g\" already exists"));
}

TEST_F(Postgresql, TakesThePasswordFromItsFileAndNeverFromTheAddress) {
  const Workplace place;
  place.write("pass", "127.0.0.1:" + port + ":tests:tester:secret word\n");
  const std::string train = std::string(select) + " --target species --epochs 1 --quiet --overwrite --run-dir r";
  EXPECT_EQ(place.shell("chmod 600 pass; PGPASSFILE=pass '" BACKPROP_PROGRAM "' train '" + uri() + "'" + train).code,
            0);
  const Ran none = place.shell("HOME=/nonexistent '" BACKPROP_PROGRAM "' train '" + uri() + "'" + train);
  EXPECT_EQ(none.code, 3);
  EXPECT_THAT(none.err, StartsWith("error: postgresql://127.0.0.1/tests: no connection: "));
  for (const std::string& address :
       {"postgresql://tester:secret%20word@127.0.0.1:" + port + "/tests", uri() + "?password=secret%20word"}) {
    const Ran open = place.run("train '" + address + "'" + train);
    EXPECT_EQ(open.code, 2);
    EXPECT_THAT(open.err, StartsWith("error: a password in the database's address can be seen by others"));
    EXPECT_THAT(open.err, testing::Not(HasSubstr("secret")));
  }
}

TEST_F(Postgresql, RefusesWhatIsNoSelectAndChangesNothing) {
  const Workplace place;
  const auto error = [&](const std::string& query, int code = 3) {
    const Ran ran = run(place, "train '" + uri() + "' --target species --query \"" + query + "\"");
    EXPECT_EQ(ran.code, code) << query << ran.err;
    EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
    return ran.err;
  };
  const std::string name = "error: postgresql://127.0.0.1/tests: ";
  EXPECT_THAT(error("DROP TABLE iris"), HasSubstr("read-only transaction"));
  EXPECT_THAT(error("DELETE FROM iris RETURNING *"), HasSubstr("read-only transaction"));
  EXPECT_THAT(error("SELECT 1; DROP TABLE iris"), HasSubstr("multiple commands"));
  EXPECT_THAT(error("COPY iris TO STDOUT"), StartsWith(name));
  EXPECT_THAT(error("SELECT * FROM irises"), StartsWith(name + "--query: relation \"irises\" does not exist"));
  EXPECT_THAT(error("SELECT * FROM iris WHERE id > 1000"), StartsWith(name + "--query: the SELECT gives no rows"));
  EXPECT_THAT(error("SELECT 1/0 AS x"), StartsWith(name + "--query: division by zero"));
  EXPECT_THAT(error("SELECT id, id FROM iris"), HasSubstr("columns 1 and 2 are both called 'id'"));
  EXPECT_THAT(error("", 2), HasSubstr("--query"));
  EXPECT_EQ(psql(place, "SELECT count(*) FROM iris").out, "150\n");
  const Ran gone = place.run("train postgresql://127.0.0.1:1/tests --query 'SELECT 1' --target 1");
  EXPECT_EQ(gone.code, 3);
  EXPECT_THAT(gone.err, StartsWith("error: postgresql://127.0.0.1/tests: no connection: "));
}

TEST_F(Postgresql, BooleansAndMissingCells) {
  const Workplace place;
  const Ran ran = run(place, "train '" + uri() +
                                 "' --query \"SELECT sepal_length AS x, id % 2 = 0 AS even FROM iris ORDER BY id\" "
                                 "--target even --epochs 1 --run-dir r");
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("'even' is true or false"));
}

}  // namespace
}  // namespace backprop::cli
