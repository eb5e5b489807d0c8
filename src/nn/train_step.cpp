#include <algorithm>

#include "backprop/gradient.hpp"
#include "backprop/operations.hpp"
#include "backprop/optimisers.hpp"

namespace backprop {

Value ParameterUpdate::scalar(Value value) const { return cast(value, parameter.dtype()); }

Value ParameterUpdate::moment(std::string_view suffix, double start) const {
  return moment(suffix, parameter.shape().bind({}), start);
}

Value ParameterUpdate::moment(std::string_view suffix, Extents extents, double start) const {
  const Initialiser initial = start == 0 ? initialiser::zeros() : initialiser::constant(start);
  return parameter.graph->state(
      {name + "." + std::string(suffix), parameter.dtype(), std::move(extents), Role::moment, initial});
}

Value ParameterUpdate::set(Value moment, Value next) {
  updates_->push_back({moment, next});
  return next;
}

std::pair<Value, Value> ParameterUpdate::shared(std::string_view shared_name, double start,
                                                const std::function<Value(Value)>& next) {
  const Value before = count.graph->state(
      {"optimiser." + std::string(shared_name), float64, {}, Role::counter, initialiser::constant(start)});
  for (const auto& [state, value] : *updates_) {
    if (state == before) return {before, value};
  }
  return {before, set(before, next(before))};
}

std::vector<Value> trainable_parameters(Value loss, const std::vector<std::string>& frozen) {
  Graph& graph = *loss.graph;
  std::vector<bool> needed(static_cast<std::size_t>(graph.size()));
  needed[static_cast<std::size_t>(loss.index)] = true;
  const auto& equations = graph.equations();
  for (auto e = equations.rbegin(); e != equations.rend(); ++e) {
    const auto is_needed = [&](Index i) { return needed[static_cast<std::size_t>(i)]; };
    if (std::none_of(e->outputs.begin(), e->outputs.end(), is_needed)) continue;
    for (const Index i : e->inputs) needed[static_cast<std::size_t>(i)] = true;
  }
  const auto is_frozen = [&](const std::string& name) {
    return std::any_of(frozen.begin(), frozen.end(), [&](const std::string& f) {
      return name == f || (name.size() > f.size() && name.starts_with(f) && name[f.size()] == '.');
    });
  };
  std::vector<Value> parameters;
  for (const StateSpec& spec : graph.states()) {
    if (spec.role != Role::parameter || !is_floating(spec.dtype) || is_frozen(spec.name)) continue;
    const Value state = graph.state(spec);
    if (needed[static_cast<std::size_t>(state.index)]) parameters.push_back(state);
  }
  return parameters;
}

class StepWriter {
 public:
  StepWriter(Value loss, const Optimiser& optimiser, const TrainOptions& options)
      : graph_(*loss.graph), optimiser_(optimiser), options_(options) {
    parameters_ = trainable_parameters(loss, options.frozen);
    if (parameters_.empty()) throw UsageError("[train_step] the loss depends on no parameter that may change");
    gradients_ = gradient(loss, parameters_);
  }

  void write() {
    if (options_.accumulate > 1) accumulate();
    clip_gradients();
    const Value step = counter("step");
    ParameterUpdate update;
    update.updates_ = &updates_;
    update.count = step + 1.0;
    update.learning_rate = scalar_like(step, optimiser_.learning_rate);
    if (options_.schedule) update.learning_rate = update.learning_rate * options_.schedule(step);
    for (std::size_t k = 0; k < parameters_.size(); ++k) {
      const Value p = parameters_[k];
      update.name = Graph::state_spec(graph_.equation_of(p.index)).name;
      update.parameter = p;
      update.gradient = gradients_[k];
      if (options_.decay_biases || p.shape().rank() > 1) decay(update);
      const LayerScope scope(graph_, optimiser_.name + " of " + update.name);
      const Value next = optimiser_.rule(update);
      updates_.push_back({p, next});
      if (options_.averaging != Averaging::none) average(update, next);
    }
    updates_.push_back({step, update.count});
    for (const auto& [state, next] : updates_) {
      graph_.update(state, complete_.valid() ? where(complete_, next, state) : next);
    }
  }

 private:
  Value counter(const std::string& name) {
    return graph_.state({"optimiser." + name, float64, {}, Role::counter, initialiser::zeros()});
  }

  // Sums up to the n-th run's gradients; complete_ is true in that run, in which alone the other updates happen.
  void accumulate() {
    const Value runs = counter("accumulated_runs"), n = scalar_like(runs, static_cast<double>(options_.accumulate));
    const Value runs_now = runs + 1.0, zero = scalar_like(runs, 0);
    complete_ = greater_equal(runs_now, n);
    graph_.update(runs, where(complete_, zero, runs_now));
    for (std::size_t k = 0; k < parameters_.size(); ++k) {
      const StateSpec spec = Graph::state_spec(graph_.equation_of(parameters_[k].index));
      const Value sum = graph_.state({spec.name + ".accumulated_gradient", spec.dtype, spec.extents, Role::moment, {}});
      const Value sum_now = sum + gradients_[k];
      graph_.update(sum, where(complete_, scalar_like(sum, 0), sum_now));
      gradients_[k] = sum_now / static_cast<double>(options_.accumulate);
    }
  }

  void clip_gradients() {
    if (options_.clip_value > 0) {
      for (Value& g : gradients_) g = clip(g, -options_.clip_value, options_.clip_value);
    }
    if (options_.clip_norm > 0) {
      Value total;
      for (const Value& g : gradients_) {
        const Value one = cast(sum(square(g)), float64);
        total = total.valid() ? total + one : one;
      }
      const Value limit = scalar_like(total, options_.clip_norm);
      const Value factor = limit / maximum(sqrt(total), limit);
      for (Value& g : gradients_) g = g * cast(factor, g.dtype());
    }
  }

  void decay(ParameterUpdate& u) const {
    if (options_.weight_decay != 0) u.gradient = u.gradient + options_.weight_decay * u.parameter;
    const double decoupled = optimiser_.decoupled_weight_decay + options_.decoupled_weight_decay;
    if (decoupled != 0) u.parameter = u.parameter * u.scalar(1.0 - decoupled * u.learning_rate);
  }

  // a := a + w (p - a), with w = 1 in the first step
  void average(ParameterUpdate& u, Value next) {
    const Value a = u.moment("average"), first = scalar_like(u.count, 1);
    const Value w = options_.averaging == Averaging::polyak
                        ? 1.0 / u.count
                        : where(equal(u.count, first), first, first - options_.averaging_decay);
    u.set(a, a + u.scalar(w) * (next - a));
  }

  Graph& graph_;
  const Optimiser& optimiser_;
  const TrainOptions& options_;
  std::vector<Value> parameters_;
  std::vector<Value> gradients_;
  std::vector<std::pair<Value, Value>> updates_;
  Value complete_;
};

Program train_step(Value loss, const Optimiser& optimiser, const TrainOptions& options) {
  if (!loss.valid()) throw UsageError("[train_step] needs a loss");
  if (options.accumulate < 1) throw UsageError("[train_step] accumulate must be 1 or more");
  const auto check = [](const char* what, double x) {
    if (!(x >= 0)) throw UsageError("[train_step] " + std::string(what) + " must not be negative");
  };
  check("learning_rate", optimiser.learning_rate);
  check("clip_value", options.clip_value);
  check("clip_norm", options.clip_norm);
  check("weight_decay", options.weight_decay);
  check("decoupled_weight_decay", options.decoupled_weight_decay);
  StepWriter(loss, optimiser, options).write();
  return {.outputs = {loss}, .updates = loss.graph->updates(), .graph = loss.graph};
}

void swap_averages(StateStore& store) {
  bool found = false;
  const std::string suffix = ".average";
  for (const auto& [name, entry] : store) {
    if (entry.spec.role != Role::moment || !name.ends_with(suffix)) continue;
    Tensor& parameter = store[std::string_view(name).substr(0, name.size() - suffix.size())];
    // In place: plans know the arrays by their addresses.
    Tensor& average = store[name];
    std::swap_ranges(static_cast<std::byte*>(parameter.data()),
                     static_cast<std::byte*>(parameter.data()) + parameter.bytes(),
                     static_cast<std::byte*>(average.data()));
    found = true;
  }
  if (!found) throw Error("[swap_averages] the store has no averages: train with TrainOptions::averaging");
}

}  // namespace backprop
