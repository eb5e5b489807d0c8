// Takes the place of the measuring rods' own common.h: their report() times steps when asked, as every contender does.
// A rod has weights and batches of its own, and checks itself before it gets here.
#pragma once
#include <sys/time.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

static inline double nowd() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}
static inline double since_start() { return 0; }

template <class Step> void report(const char*, const char* workload, int, int, double, Step step) {
  const char* wanted = std::getenv("WORKLOAD");
  if (!wanted || std::string(wanted) != workload) return;
  long next = 0;
  for (std::string line; std::getline(std::cin, line);) {
    if (line.starts_with("load ")) {
      for (int i = 0; i < 20; ++i) step(next++);
      std::cout << "{\"version\": \"hand-fused rod\", \"losses\": []}" << std::endl;
    } else {
      const long steps = std::stol(line);
      const double start = nowd();
      for (long i = 0; i < steps; ++i) step(next++);
      std::cout << nowd() - start << std::endl;
    }
  }
}
template <class Step> void report(const char* a, const char* workload, int b, int t, double f, Step step, double) {
  report(a, workload, b, t, f, step);
}
