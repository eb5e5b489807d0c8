// Many random graphs, on several threads.
#include <atomic>
#include <mutex>
#include <thread>

#include "evidence/compare_graph.hpp"
#include "evidence/report.hpp"

namespace backprop::evidence {

GraphsResult compare_graphs(std::uint64_t first, std::int64_t count, int threads,
                            const std::function<void(std::int64_t)>& progress) {
  GraphsResult result;
  std::mutex mutex;
  std::atomic<std::int64_t> next = 0;
  const auto work = [&] {
    GraphsResult mine;
    for (std::int64_t i = next++; i < count; i = next++) {
      const std::uint64_t seed = first + static_cast<std::uint64_t>(i);
      const std::string name = "seed " + std::to_string(seed);
      try {
        const GraphFinding finding = compare_graph(make_random_graph(seed), name);
        merge(mine.report, finding.report);
        for (const std::string& operation : finding.differentiated) ++mine.histogram[operation];
      } catch (const std::exception& error) {
        mine.report.failures.push_back(name + ": cannot be made: " + error.what());
      }
      ++mine.graphs;
      if (progress && (i + 1) % 1000 == 0) progress(i + 1);
    }
    const std::lock_guard lock(mutex);
    result.graphs += mine.graphs;
    merge(result.report, mine.report);
    for (const auto& [operation, n] : mine.histogram) result.histogram[operation] += n;
  };
  std::vector<std::thread> pool;
  for (int t = 1; t < threads; ++t) pool.emplace_back(work);
  work();
  for (std::thread& thread : pool) thread.join();
  return result;
}

}  // namespace backprop::evidence
