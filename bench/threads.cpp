// What threads gain, and what they cost when another process holds a core: build/bench/bench_threads
// prints a Markdown table: microseconds of a training step on one thread, on all, on all while a process that never
// sleeps is kept on the last core, and the ratios. One thread runs beside that process too, as the scheduler likes.
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <vector>

#include "backprop/backprop.hpp"
#include "bench/peak.hpp"
#include "bench/workloads.hpp"

namespace {

using namespace backprop;

// A process that keeps the last usable core busy for as long as it lives.
class BusyCore {
 public:
  BusyCore() : child_(fork()) {
    if (child_ != 0) return;
    cpu_set_t usable, last;
    sched_getaffinity(0, sizeof usable, &usable);
    CPU_ZERO(&last);
    for (int cpu = CPU_SETSIZE - 1; cpu >= 0 && CPU_COUNT(&last) == 0; --cpu) {
      if (CPU_ISSET(cpu, &usable)) CPU_SET(cpu, &last);
    }
    sched_setaffinity(0, sizeof last, &last);
    for (volatile bool busy = true; busy;) continue;
  }
  BusyCore(const BusyCore&) = delete;
  BusyCore& operator=(const BusyCore&) = delete;
  ~BusyCore() {
    kill(child_, SIGKILL);
    waitpid(child_, nullptr, 0);
  }

 private:
  pid_t child_;
};

double microseconds(const bench::Workload& w, int threads) {
  const bench::Model model(w);
  bench::Batch batch(w);
  const auto device = std::make_shared<Device>(DeviceOptions{.threads = threads});
  Compiled step = compile(train_step(model.loss, w.optimiser), {.device = device});
  step.run({batch.inputs, batch.targets});
  // A mean: what is lost to the other process comes now and then.
  double best = 1e9;
  for (int block = 0; block < 3; ++block) {
    long steps = 0;
    const double start = bench::seconds();
    double now = start;
    for (long round = 1; now - start < 0.3; round = std::min(2 * round, 1024L)) {
      for (long i = 0; i < round; ++i) step.run({batch.inputs, batch.targets});
      steps += round;
      now = bench::seconds();
    }
    best = std::min(best, (now - start) / static_cast<double>(steps));
  }
  return best * 1e6;
}

}  // namespace

int main() {
  const int all = Device().threads();
  std::printf(
      "| workload | 1 thread, us | %d threads | gain | 1 thread, a core taken | %d threads, a core taken | to 1 thread "
      "|\n",
      all, all);
  std::printf("|---|---:|---:|---:|---:|---:|---:|\n");
  std::vector<bench::Workload> workloads = bench::step_workloads();
  for (const int members : {4, 5}) workloads.push_back(bench::ensemble_workload(members));
  for (const bench::Workload& w : workloads) {
    const double one = microseconds(w, 1), many = microseconds(w, all);
    const BusyCore busy;
    const double one_beside = microseconds(w, 1), many_beside = microseconds(w, all);
    std::printf("| %s %s | %.2f | %.2f | %.2f | %.2f | %.2f | %.2f |\n", w.id.c_str(), w.name.c_str(), one, many,
                one / many, one_beside, many_beside, many_beside / one);
    std::fflush(stdout);
  }
}
