// Dead code removal: only what an output or update needs, and all inputs, since the caller gives them all.
#include "plan/rewriter.hpp"

namespace backprop {
namespace {

Simplified extract(const Graph& graph, const std::vector<Index>& outputs, const std::vector<Update>& updates) {
  std::vector<bool> needed(graph.equations().size(), false);
  const auto need = [&](Index v) { needed[static_cast<std::size_t>(graph.info(v).equation)] = true; };
  for (const Index v : outputs) need(v);
  for (const Update& u : updates) need(u.value);
  for (const Index v : graph.inputs()) need(v);
  for (std::size_t n = needed.size(); n-- > 0;) {
    const Equation& equation = graph.equations()[n];
    if (equation.operation == &state_operation && !needed[n]) {
      for (const Update& u : updates) needed[n] = needed[n] || u.state == equation.attributes.text("name");
    }
    if (!needed[n]) continue;
    for (const Index v : equation.inputs) need(v);
  }
  Rewriter writer(graph);
  for (std::size_t n = 0; n < needed.size(); ++n) {
    if (needed[n]) writer.copy(graph.equations()[n]);
  }
  return writer.finish(outputs, updates);
}

}  // namespace

Simplified extract(const Program& program) {
  const Graph* graph = program.graph;
  std::vector<Index> outputs;
  for (const Value& v : program.outputs) {
    if (!v.valid() || (graph && v.graph != graph)) throw Error("[compile] the outputs are not all of one graph");
    graph = v.graph;
    outputs.push_back(v.index);
  }
  if (!graph) throw Error("[compile] a program without outputs must name its graph");
  return extract(*graph, outputs, program.updates);
}

Simplified remove_dead(const Simplified& from) { return extract(from.graph, from.outputs, from.updates); }

}  // namespace backprop
