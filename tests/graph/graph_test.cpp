// Graphs as data: types known when a value is made, text that parses back, errors that name what and where.
#include <gtest/gtest.h>

#include "backprop/gradient.hpp"
#include "backprop/operations.hpp"

namespace backprop {
namespace {

std::string message_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Graph, says_what_and_where_when_shapes_do_not_fit) {
  Graph g;
  const Value x = g.input({named("B"), 784}), w = g.parameter("w", {256, 128}, initialiser::zeros());
  const LayerScope layer(g, "dense_2");
  EXPECT_EQ(message_of([&] { matmul(x, w); }),
            "[matmul] inner dimensions differ: [B, 784] x [256, 128] in layer 'dense_2'");
  EXPECT_EQ(message_of([&] { add(x, w); }), "[add] shapes [B, 784] and [256, 128] do not broadcast");
  EXPECT_EQ(message_of([&] { sum(x, {2}); }), "[sum] axis 2 is out of range for rank 2");
}

TEST(Graph, prints_and_parses_back) {
  Graph g;
  const Dim B = named("B");
  const Value x = g.input({B, 2}, float32, "x"), t = g.input({B}, int64, "label");
  const Value w = g.parameter("w", {2, 3}, initialiser::glorot_uniform());
  Value h = matmul(x, w);
  {
    const LayerScope layer(g, "first \"layer\"");
    h = leaky_relu(h, 0.25);
  }
  const std::vector<Value> parts = split(h, 1, {1, 2});
  const Value c = g.constant(Tensor::from<float>({2}, {0.1f, -3e20f}));
  const Value all = concat({parts[0], parts[1] * c}, 1);
  const Value loss = mean(softmax_cross_entropy(all, t)) + sum(square(w)) * 1e-3;
  const Value dw = gradient(loss, w);
  g.update(w, w - 0.1 * dw);
  g.verify();
  const std::string text = g.to_text();
  const Graph back = Graph::parse(text, catalogue());
  back.verify();
  EXPECT_EQ(back.to_text(), text);
  EXPECT_NE(text.find("%0 = input() {dtype=float32, name=\"x\", shape=[B, 2]} : float32[B, 2]\n"), std::string::npos);
  EXPECT_NE(g.to_dot().find("digraph"), std::string::npos);
}

TEST(Graph, parse_names_the_line) {
  const auto parse = [](const char* text) { return message_of([&] { Graph::parse(text, catalogue()); }); };
  const std::string first = "%0 = input() {dtype=float32, name=\"x\", shape=[2]} : float32[2]\n";
  EXPECT_EQ(parse((first + "%1 = nonsense(%0) : float32[2]\n").c_str()),
            "[parse] line 2: unknown operation 'nonsense' before '(%0) : float32[2]'");
  EXPECT_EQ(parse((first + "%1 = exp(%7) : float32[2]\n").c_str()),
            "[parse] line 2: %7 is not bound before ') : float32[2]'");
  EXPECT_EQ(parse((first + "%1 = exp(%0) : float32[3]\n").c_str()),
            "[parse] line 2: the type is float32[2] at its end");
}

TEST(Graph, dimensions_multiply_and_divide) {
  const Dim B = named("B"), T = named("T");
  EXPECT_EQ(to_string(B * T * 2), "2*B*T");
  EXPECT_EQ(parse_dim("2*B*T"), 2 * T * B);
  EXPECT_EQ(divide(B * T * 6, T * 3), 2 * B);
  EXPECT_THROW(divide(B, T), Error);
  EXPECT_EQ((B * 4).bind({{"B", 3}}), 12);
  EXPECT_EQ(message_of([&] { (void)B.bind({}); }), "[shape] the named size 'B' is not bound to a number");
}

TEST(Graph, a_state_asked_for_twice_is_one_value) {
  Graph g;
  const Value w = g.parameter("w", {2}, initialiser::zeros());
  EXPECT_EQ(g.parameter("w", {2}, initialiser::zeros()), w);
  EXPECT_THROW(g.parameter("w", {3}, initialiser::zeros()), Error);
  g.update(w, w * 2);
  EXPECT_EQ(message_of([&] { g.update(w, w); }), "[graph] the state 'w' is updated twice");
}

}  // namespace
}  // namespace backprop
