#include "graphs_run.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>

#include "backprop/operations.hpp"
#include "evidence/compare_graph.hpp"
#include "evidence/gradcheck.hpp"

namespace backprop::evidence {
bool run_graphs(std::uint64_t first, std::int64_t count, std::int64_t least) {
  const auto start = std::chrono::steady_clock::now();
  const auto seconds = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(); };
  const int threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  const GraphsResult result = compare_graphs(first, count, threads, [&](std::int64_t done) {
    if (count >= 100000 && done % 10000 == 0) {
      std::fprintf(stderr, "%lld of %lld graphs, %.0f s\n", static_cast<long long>(done), static_cast<long long>(count),
                   seconds());
    }
  });
  std::printf("%lld random graphs, seeds %llu to %llu, %.1f s\n", static_cast<long long>(result.graphs),
              static_cast<unsigned long long>(first),
              static_cast<unsigned long long>(first + static_cast<std::uint64_t>(count) - 1), seconds());
  std::printf("%s", histogram_text(result.histogram).c_str());
  bool enough = true;
  for (const Operation* operation : catalogue()) {
    if (!carries_derivative(*operation)) continue;
    const auto it = result.histogram.find(std::string(operation->name));
    if (it != result.histogram.end() && it->second >= least) continue;
    enough = false;
    std::printf("too few graphs with %s\n", std::string(operation->name).c_str());
  }
  std::printf("%s", to_string(result.report).c_str());
  return enough && result.report.passed() && result.graphs == count;
}

}  // namespace backprop::evidence
