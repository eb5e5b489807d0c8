#include "backprop/compile.hpp"

#include <algorithm>

#include "backprop/device.hpp"
#include "base/thread_pool.hpp"
#include "graph/leaves.hpp"
#include "plan/passes.hpp"
#include "plan/simplify.hpp"
#include "run/cpu/executable.hpp"
#include "run/interpreter.hpp"
#include "run/reference.hpp"

namespace backprop {

struct Compiled::Body {
  Simplified program;
  std::shared_ptr<Device> device;
  std::shared_ptr<StateStore> store;
  bool check_finite = true;
  std::vector<StateStore::Entry*> states;
  std::vector<DType> input_types;
  // A plan for each set of extents seen, the oldest forgotten; the latest is tried first.
  static constexpr std::size_t most_plans = 32;
  struct Planned {
    std::vector<std::int64_t> shapes;  // how many inputs, then the type, rank and extents of each
    std::unique_ptr<cpu::Executable> executable;
  };
  std::vector<Planned> plans;
  std::size_t latest = 0;
  std::vector<TensorReference> references;  // of the run

  Body(const Program& from, const CompileOptions& options)
      : program(simplify(from)),
        device(options.device),
        store(options.store ? options.store : std::make_shared<StateStore>(options.seed)),
        check_finite(options.check_finite && !program.updates.empty()) {
    for (const StateSpec& spec : program.graph.states()) states.push_back(&store->require(spec));
    references.reserve(program.graph.inputs().size());
    for (const Index input : program.graph.inputs()) input_types.push_back(program.graph.info(input).type.dtype);
  }

  // The plan of inputs whose number and types are right. Number by number: a call of memcmp costs more than the two or
  // three there are.
  static bool fits(const Planned& planned, std::span<const TensorReference> inputs) {
    const std::int64_t* known = planned.shapes.data();
    if (static_cast<std::int64_t>(inputs.size()) != *known++) return false;
    for (const TensorReference& input : inputs) {
      if (static_cast<std::int64_t>(input.dtype) != *known++) return false;
      if (static_cast<std::int64_t>(input.extents.size()) != *known++) return false;
      for (const std::int64_t extent : input.extents) {
        if (extent != *known++) return false;
      }
    }
    return true;
  }
  static std::vector<std::int64_t> shapes_of(std::span<const TensorReference> inputs) {
    std::vector<std::int64_t> shapes{static_cast<std::int64_t>(inputs.size())};
    for (const TensorReference& input : inputs) {
      shapes.push_back(static_cast<std::int64_t>(input.dtype));
      shapes.push_back(static_cast<std::int64_t>(input.extents.size()));
      shapes.insert(shapes.end(), input.extents.begin(), input.extents.end());
    }
    return shapes;
  }
  static std::vector<TensorView> views(std::span<const TensorReference> inputs) {
    std::vector<TensorView> views;
    for (const TensorReference& input : inputs) views.push_back(input.view());
    return views;
  }

  void check_types(std::span<const TensorReference> inputs) const {
    if (inputs.size() != input_types.size()) wrong_number(inputs.size());
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (inputs[i].dtype != input_types[i]) wrong_type(program.graph.inputs()[i], inputs[i].dtype);
    }
  }
  [[noreturn]] void wrong_number(std::size_t got) const {
    throw Error("[run] the program has " + std::to_string(input_types.size()) + " inputs, got " + std::to_string(got));
  }
  [[noreturn]] void wrong_type(Index input, DType got) const {
    throw Error("[run] input '" + program.graph.input_name(input) + "' is " +
                std::string(to_string(program.graph.info(input).type.dtype)) + ", got " + std::string(to_string(got)));
  }

  cpu::Executable& executable(std::span<const TensorReference> inputs) {
    if (latest < plans.size() && fits(plans[latest], inputs)) return *plans[latest].executable;
    return other_executable(inputs);
  }

  cpu::Executable& other_executable(std::span<const TensorReference> inputs) {
    check_types(inputs);
    const auto known =
        std::find_if(plans.begin(), plans.end(), [&](const Planned& planned) { return fits(planned, inputs); });
    latest = static_cast<std::size_t>(known - plans.begin());
    if (known != plans.end()) return *known->executable;
    Planned planned{shapes_of(inputs), nullptr};
    Plan plan = make_plan({program.graph, program.outputs, program.updates}, bind_inputs(program.graph, views(inputs)));
    const int threads = device ? device->threads() : usable_cores();
    planned.executable = std::make_unique<cpu::Executable>(std::move(plan), states, threads, check_finite);
    if (planned.executable->parts() > 1 && !device) device = std::make_shared<Device>();
    if (plans.size() == most_plans) {
      plans.erase(plans.begin());
      --latest;
    }
    plans.push_back(std::move(planned));
    return *plans.back().executable;
  }

  const cpu::Executable& ran() const {
    if (latest >= plans.size()) throw Error("[compiled] nothing has run yet");
    return *plans[latest].executable;
  }
};

Compiled::Compiled(const Program& program, const CompileOptions& options)
    : body_(std::make_unique<Body>(program, options)) {}
Compiled::~Compiled() = default;
Compiled::Compiled(Compiled&&) noexcept = default;
Compiled& Compiled::operator=(Compiled&&) noexcept = default;

void Compiled::run(std::span<const TensorView> inputs) {
  body_->references.clear();
  for (const TensorView& input : inputs) body_->references.emplace_back(input);
  run_on(body_->references);
}

void Compiled::run(std::initializer_list<TensorReference> inputs) { run_on({inputs.begin(), inputs.size()}); }

void Compiled::run_on(std::span<const TensorReference> inputs) {
  cpu::Executable& executable = body_->executable(inputs);
  if (!executable.run(inputs, *body_->store, body_->device.get())) {
    explain_divergence(body_->program, Body::views(inputs), *body_->store);
  }
  if (!body_->program.updates.empty()) body_->store->set_step(body_->store->step() + 1);
}

TensorView Compiled::output(int k) const {
  if (k < 0 || k >= static_cast<int>(body_->program.outputs.size())) {
    throw Error("[compiled] there is no output " + std::to_string(k));
  }
  return body_->ran().output(k);
}

double Compiled::scalar(int k) const {
  const TensorView view = output(k);
  if (view.size() != 1)
    throw Error("[compiled] output " + std::to_string(k) + " is " + to_string(view.extents) + ", no number");
  switch (view.dtype) {
    case DType::float32: return static_cast<double>(*static_cast<const float*>(view.data));
    case DType::float64: return *static_cast<const double*>(view.data);
    default: return to_doubles(view)[0];
  }
}

StateStore& Compiled::states() const { return *body_->store; }
const std::shared_ptr<StateStore>& Compiled::store() const { return body_->store; }

Report Compiled::report() const {
  const cpu::Executable& executable = body_->ran();
  const Plan& plan = executable.plan();
  return {plan.arena_bytes, plan.arena_lower_bound, static_cast<std::int64_t>(plan.steps.size()), executable.flops(),
          executable.parts()};
}

std::string Compiled::text() const { return to_string(body_->ran().plan()); }
std::string Compiled::graph_text() const { return body_->program.graph.to_text(); }

Compiled compile(const Program& program, const CompileOptions& options) { return Compiled(program, options); }
Compiled compile(std::vector<Value> outputs, const CompileOptions& options) {
  return Compiled(Program{.outputs = std::move(outputs)}, options);
}
Compiled compile(Value output, const CompileOptions& options) { return compile(std::vector<Value>{output}, options); }

}  // namespace backprop
