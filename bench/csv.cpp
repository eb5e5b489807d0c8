// How fast a CSV of numbers becomes columns of numbers, on one core: build/bench/bench_csv FILE [REPEATS]
// prints the best of several runs (processor time, which another program on the machine does not add to), of all rows at once and of blocks of 4,096. bench/csv_readers/compare.py sets other
// readers beside it.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <limits>

#include "data/readers/open.hpp"

int main(int argc, char** argv) {
  using namespace backprop::data;
  if (argc < 2) return std::fprintf(stderr, "usage: bench_csv FILE [REPEATS]\n"), 2;
  const int repeats = argc > 2 ? std::atoi(argv[2]) : 5;
  Source source;
  source.path = argv[1];
  const auto megabytes = static_cast<double>(std::filesystem::file_size(source.path)) / 1e6;
  for (const std::size_t rows_at_once : {all_rows, std::size_t{4096}}) {
    double best = std::numeric_limits<double>::infinity(), sum = 0;
    for (int i = 0; i < repeats; ++i) {
      const std::clock_t start = std::clock();
      const auto reader = open_rows(source);
      sum = 0;
      while (const auto block = reader->next(rows_at_once)) {
        for (std::size_t c = 0; c < block->columns(); ++c) sum += block->number(block->rows() - 1, c);
      }
      best = std::min(best, static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC);
    }
    std::printf("%-28s %8.1f MB/s (%.3f s, check %.6g)\n",
                rows_at_once == all_rows ? "backprop, all rows" : "backprop, blocks of 4,096", megabytes / best, best,
                sum);
  }
}
