// The plan of a training step and where its time goes: every step of it timed where it runs, one thread:
//   build/bench/bench_phases [W3]
// The sum is a little more than what bench_step measures, which does not look at the clock between the steps.
#include <cstdio>
#include <string>

#include "backprop/compile.hpp"
#include "bench/peak.hpp"
#include "bench/workloads.hpp"
#include "plan/passes.hpp"
#include "plan/simplify.hpp"
#include "run/cpu/work.hpp"
#include "run/reference.hpp"

namespace {

using namespace backprop;

struct Timed {
  std::unique_ptr<cpu::Work> work;
  double seconds = 0;
};

std::string shape_of(const Step& step) {
  std::string text;
  for (const View& view : step.inputs) text += (text.empty() ? "" : ", ") + to_string(view.extents);
  return text + " -> " + to_string(step.outputs[0].extents);
}

std::string name_of(const Step& step) {
  if (step.kind == StepKind::copy) return "copy";
  if (step.kind != StepKind::tile) return std::string(step.equation->operation->name);
  std::string text;
  for (const TileInstruction& instruction : step.tile.instructions) {
    if (instruction.primitive == Primitive::argument || instruction.primitive == Primitive::constant) continue;
    text += (text.empty() ? "" : " ") + std::string(to_string(instruction.primitive));
  }
  return text;
}

// What Executable does with a plan, on one thread and without its check of the numbers, with a look at the clock behind
// each step.
void time_phases(const bench::Workload& workload) {
  const bench::Model model(workload);
  const Simplified program = simplify(train_step(model.loss, workload.optimiser));
  bench::Batch batch(workload);
  const std::vector<TensorView> inputs{batch.inputs, batch.targets};
  const Plan plan = make_plan({program.graph, program.outputs, program.updates}, bind_inputs(program.graph, inputs));
  StateStore store(1);
  cpu::Memory memory(plan);
  cpu::RunState state;
  std::vector<Timed> steps;
  std::size_t scratch_bytes = 64;
  for (const Step& step : plan.steps) {
    steps.push_back({cpu::make_work(step, memory, state, 1)});
    scratch_bytes = std::max(scratch_bytes, steps.back().work->scratch_bytes);
  }
  for (std::size_t b = 0; b < plan.buffers.size(); ++b) {
    const Buffer& buffer = plan.buffers[b];
    const auto number = static_cast<std::size_t>(buffer.source);
    if (buffer.kind == BufferKind::input) memory.move(static_cast<Index>(b), inputs[number].data);
    if (buffer.kind == BufferKind::state) {
      memory.move(static_cast<Index>(b), store.require(program.graph.states()[number]).tensor.data());
    }
  }
  std::vector<std::byte> storage(scratch_bytes + 64);
  std::byte* const scratch = storage.data() + (64 - reinterpret_cast<std::uintptr_t>(storage.data()) % 64) % 64;

  constexpr int warm = 20, rounds = 300;
  double total = 0;
  for (int round = -warm; round < rounds; ++round) {
    double before = bench::seconds();
    for (std::size_t s = round == -warm ? 0 : static_cast<std::size_t>(plan.once); s < steps.size(); ++s) {
      steps[s].work->run(0, scratch);
      const double now = bench::seconds();
      if (round >= 0) steps[s].seconds += (now - before) / rounds, total += (now - before) / rounds;
      before = now;
    }
  }
  const double peak = bench::fma_peak_gflops();
  std::printf("%s, one thread, %.1f us\n\n| step | of | us | share | of the peak |\n|---|---|---:|---:|---:|\n",
              workload.name.c_str(), total * 1e6);
  for (std::size_t s = static_cast<std::size_t>(plan.once); s < steps.size(); ++s) {
    const Timed& timed = steps[s];
    const double gflops = timed.work->flops / timed.seconds * 1e-9;
    std::printf("| %s%s | %s | %.2f | %.1f %% | %s |\n", name_of(plan.steps[s]).c_str(),
                static_cast<Index>(s) >= plan.commit ? " (update)" : "", shape_of(plan.steps[s]).c_str(),
                timed.seconds * 1e6, 100 * timed.seconds / total,
                timed.work->flops > 0 ? (std::to_string(static_cast<int>(100 * gflops / peak)) + " %").c_str() : "");
  }
}

}  // namespace

int main(int count, char** arguments) {
  const std::string id = count > 1 ? arguments[1] : "W3";
  for (const bench::Workload& workload : bench::step_workloads()) {
    if (workload.id == id) return time_phases(workload), 0;
  }
  std::fprintf(stderr, "error: there is no workload '%s'\n", id.c_str());
  return 2;
}
