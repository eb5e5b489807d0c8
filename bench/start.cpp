// From process start to the first finished step, and how much memory it takes: build/bench/bench_start
// runs itself once for each workload, in a fresh process, and prints a Markdown table: milliseconds from start to the
// first finished step as the parent sees it (median of 15), what planning takes of it (compile and the first run, less
// the states' initial numbers and the quickest run after), and peak resident memory after 0.1 s of steps.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

#include "backprop/backprop.hpp"
#include "bench/peak.hpp"
#include "bench/workloads.hpp"

namespace {

using namespace backprop;
using bench::seconds, bench::Workload;

std::vector<Workload> workloads() {
  std::vector<Workload> all = bench::step_workloads();
  all.push_back(bench::deep_workload());
  return all;
}

// In the child: prints the seconds that planning took, as soon as the first step is finished.
void first_step(const Workload& w) {
  const bench::Model model(w);
  bench::Batch batch(w);
  const Program program = train_step(model.loss, w.optimiser);
  const double start = seconds();
  Compiled step = compile(program);
  const double compiled = seconds();
  step.run({batch.inputs, batch.targets});
  const double ran = seconds();
  std::printf("finished\n");
  std::fflush(stdout);
  // The quickest of some: threads are tried one way and the other.
  double steps = ran - compiled;
  for (int i = 0; i < 4; ++i) {
    const double again = seconds();
    step.run({batch.inputs, batch.targets});
    steps = std::min(steps, seconds() - again);
  }
  const double whole = ran - start - steps;
  // The same program over states that exist already: what is left is planning.
  const double before = seconds();
  Compiled planned = compile(program, {.store = step.store()});
  planned.run({batch.inputs, batch.targets});
  std::printf("%g %g %g\n", seconds() - before - steps, whole, compiled - start);
  for (const double end = seconds() + 0.1; seconds() < end;) step.run({batch.inputs, batch.targets});
}

struct Measured {
  double start, planning, first_planning;  // milliseconds
  double megabytes;
};

Measured measure(const std::string& program, const std::string& id) {
  std::array<int, 2> pipe_ends{};
  if (pipe(pipe_ends.data()) != 0) throw std::runtime_error("no pipe");
  const double before = seconds();
  const pid_t child = fork();
  if (child == 0) {
    dup2(pipe_ends[1], STDOUT_FILENO);
    close(pipe_ends[0]);
    close(pipe_ends[1]);
    execl(program.c_str(), program.c_str(), id.c_str(), nullptr);
    _exit(127);
  }
  close(pipe_ends[1]);
  FILE* from = fdopen(pipe_ends[0], "r");
  Measured result{};
  double compile_only = 0;
  std::array<char, 100> line{};
  if (!std::fgets(line.data(), line.size(), from)) throw std::runtime_error("the child stopped");
  result.start = (seconds() - before) * 1e3;
  if (std::fscanf(from, "%lf %lf %lf", &result.planning, &result.first_planning, &compile_only) != 3) {
    throw std::runtime_error("the child stopped");
  }
  std::fclose(from);
  rusage used{};
  int status = 0;
  wait4(child, &status, 0, &used);
  result.planning *= 1e3;
  result.first_planning *= 1e3;
  result.megabytes = static_cast<double>(used.ru_maxrss) / 1024;
  return result;
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

void print_row(const std::string& program, const Workload& w) {
  std::vector<double> start, planning, first, memory;
  for (int i = 0; i < 15; ++i) {
    const Measured m = measure(program, w.id);
    start.push_back(m.start);
    planning.push_back(m.planning);
    first.push_back(m.first_planning);
    memory.push_back(m.megabytes);
  }
  std::printf("| %s | %.1f | %.2f | %.2f | %.1f |\n", w.name.c_str(), median(start), median(planning), median(first),
              median(memory));
  std::fflush(stdout);
}

}  // namespace

int main(int count, char** arguments) {
  if (count > 1) {
    for (const Workload& w : workloads()) {
      if (w.id == arguments[1]) first_step(w);
    }
    return 0;
  }
  std::printf(
      "| workload | start to first step, ms | planning, ms | planning and initial states, ms | peak RSS, MiB |\n");
  std::printf("|---|---:|---:|---:|---:|\n");
  for (const Workload& w : workloads()) print_row(arguments[0], w);
}
