// Matrix products beside OpenBLAS, BLIS and oneDNN, all on one thread, for the shapes on the standard input:
//   bench/compare/sweep.py --shapes | build/bench/bench_product_peers [all]
// A line is "nn ROWS COLUMNS TERMS" (tn: the left operand is stored transposed, nt: the right one). Prints the ratios of
// the best other time to ours: geometric means, how many are below 0.9, the ten least; with "all" every shape.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <numeric>
#include <string>
#include <vector>

#include "bench/blas.hpp"
#include "bench/peak.hpp"

namespace {

using namespace backprop;
using bench::Blas, bench::Form, bench::Product;

struct Row {
  std::string shape;
  double ours;                 // seconds
  std::vector<double> theirs;  // seconds, in the order of the libraries
  double best() const { return *std::min_element(theirs.begin(), theirs.end()); }
  double ratio() const { return best() / ours; }
};

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

Row measure(const std::string& form_name, std::int64_t rows, std::int64_t columns, std::int64_t terms,
            const std::vector<Blas>& libraries) {
  const Form form = form_name == "nn" ? Form::nn : form_name == "tn" ? Form::tn : Form::nt;
  Product product(form, rows, columns, terms, 1);
  std::vector<std::function<void()>> contenders{[&] { product.run_part(0); }};
  for (const Blas& library : libraries) {
    contenders.push_back([&product, &library, form, rows, columns, terms] {
      library.product(form, rows, columns, terms, product.a.data, product.b.data, product.c.data);
    });
  }
  contenders[0]();
  const std::vector<float> result(product.c.data, product.c.data + rows * columns);
  for (std::size_t i = 1; i < contenders.size(); ++i) {
    contenders[i]();
    if (!std::equal(result.begin(), result.end(), product.c.data)) {
      std::fprintf(stderr, "%s gives another result\n", libraries[i - 1].name.c_str());
    }
  }
  const double start = bench::seconds();
  contenders[0]();
  const double once = std::max(bench::seconds() - start, 1e-8);
  const int repeats = static_cast<int>(std::max(1.0, 0.0005 / once));
  const int rounds = once > 0.05 ? 2 : 7;
  std::vector<std::vector<double>> times(contenders.size());
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < contenders.size(); ++i) {
      const double before = bench::seconds(bench::Clock::thread);
      for (int r = 0; r < repeats; ++r) contenders[i]();
      times[i].push_back((bench::seconds(bench::Clock::thread) - before) / repeats);
    }
  }
  Row row{form_name + " " + std::to_string(rows) + "x" + std::to_string(columns) + "x" + std::to_string(terms),
          median(times[0]),
          {}};
  for (std::size_t i = 1; i < times.size(); ++i) row.theirs.push_back(median(times[i]));
  return row;
}

void print(const std::vector<Row>& rows, const std::vector<Blas>& libraries) {
  std::printf("| product | ours, us |");
  for (const Blas& library : libraries) std::printf(" %s, us |", library.name.c_str());
  std::printf(" best to ours |\n|---|---:|%s---:|\n", std::string("---:|---:|---:|", 5 * libraries.size()).c_str());
  for (const Row& row : rows) {
    std::printf("| %s | %.3f |", row.shape.c_str(), row.ours * 1e6);
    for (double time : row.theirs) std::printf(" %.3f |", time * 1e6);
    std::printf(" %.2f |\n", row.ratio());
  }
}

template <class Ratio> double geometric_mean(const std::vector<Row>& rows, Ratio ratio) {
  double logarithms = 0;
  for (const Row& row : rows) logarithms += std::log(ratio(row));
  return std::exp(logarithms / static_cast<double>(rows.size()));
}

}  // namespace

int main(int count, char** arguments) {
  const std::vector<Blas> libraries = bench::blas_libraries();
  if (libraries.empty()) {
    std::fprintf(stderr, "none of libopenblas.so.0, libblis.so.4 and libdnnl.so.2 is installed\n");
    return 1;
  }
  std::vector<Row> rows;
  std::string form;
  for (std::int64_t m = 0, n = 0, k = 0; std::cin >> form >> m >> n >> k;) {
    rows.push_back(measure(form, m, n, k, libraries));
  }
  if (rows.empty()) {
    std::fprintf(stderr, "no shapes on the standard input\n");
    return 2;
  }
  std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.ratio() < b.ratio(); });
  const auto below = [&](double limit) {
    return std::count_if(rows.begin(), rows.end(), [&](const Row& row) { return row.ratio() < limit; });
  };
  std::printf(
      "%zu products on one thread; the best of the others' time to ours: geometric mean %.3f, %td below 1, %td below "
      "0.9.",
      rows.size(), geometric_mean(rows, [](const Row& row) { return row.ratio(); }), below(1), below(0.9));
  for (std::size_t i = 0; i < libraries.size(); ++i) {
    std::printf(" %s to ours %.3f.", libraries[i].name.c_str(),
                geometric_mean(rows, [i](const Row& row) { return row.theirs[i] / row.ours; }));
  }
  std::printf(" The least:\n\n");
  const bool all = count > 1 && std::strcmp(arguments[1], "all") == 0;
  if (!all) rows.resize(std::min<std::size_t>(rows.size(), 10));
  print(rows, libraries);
}
