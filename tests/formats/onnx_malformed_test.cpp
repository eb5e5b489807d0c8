// Files that are broken, or made to break a reader: each is one clear line, never a crash.
#include <gtest/gtest.h>

#include <filesystem>

#include "formats/file.hpp"
#include "onnx.pb.h"
#include "tests/formats/export_cases.hpp"

namespace backprop::test {
namespace {

using namespace backprop_onnx;

// The message; empty where the model is read.
std::string refusal(const std::string& bytes) {
  try {
    read_onnx(bytes, "m.onnx").graph.verify();
    return "";
  } catch (const DataError& error) {
    return error.what();
  }
}

void expect_one_line(const std::string& message) {
  EXPECT_TRUE(message.empty() || message.starts_with("m.onnx: ")) << message;
  EXPECT_LT(message.size(), 1000U);
  for (const char c : message) ASSERT_TRUE(c >= ' ') << message;
}

TEST(OnnxMalformed, TruncatedAndChangedFilesAreRefusedOrRead) {
  std::mt19937 generator(5);
  int read = 0, refused = 0;
  for (const ExportCase& c : export_cases()) {
    Example e;
    make_example(c, float32, e);
    const std::string bytes = write_onnx(e.graph, e.outputs, e.store);
    for (int i = 0; i < 100; ++i) {
      std::string changed = bytes;
      const auto pick = [&] { return generator() % changed.size(); };
      switch (i % 4) {
        case 0: changed.resize(pick()); break;
        case 1: changed[pick()] ^= static_cast<char>(1 << generator() % 8); break;
        case 2: changed[pick()] = static_cast<char>(generator()); break;
        default:
          for (int k = 0; k < 4; ++k) changed.insert(pick(), 1, static_cast<char>(generator()));
      }
      const std::string message = refusal(changed);
      expect_one_line(message);
      ++(message.empty() ? read : refused);
    }
  }
  std::printf("changed models: %d refused with one line, %d still read\n", refused, read);
  EXPECT_GT(refused, 1000);
}

// A model y = Identity(x) or so, to be made wrong.
struct Model {
  ModelProto proto;
  Model() {
    proto.set_ir_version(8);
    proto.add_opset_import()->set_version(17);
    GraphProto& graph = *proto.mutable_graph();
    graph.add_output()->set_name("y");
    add_input("x", 4);
  }
  void add_input(const std::string& name, std::int64_t extent) {
    ValueInfoProto& x = *proto.mutable_graph()->add_input();
    x.set_name(name);
    x.mutable_type()->mutable_tensor_type()->set_elem_type(TensorProto::FLOAT);
    x.mutable_type()->mutable_tensor_type()->mutable_shape()->add_dim()->set_dim_value(extent);
  }
  NodeProto& node(const std::string& type, const std::vector<std::string>& inputs, const std::string& output) {
    NodeProto& node = *proto.mutable_graph()->add_node();
    node.set_op_type(type);
    node.set_name("n");
    for (const std::string& name : inputs) node.add_input(name);
    node.add_output(output);
    return node;
  }
  TensorProto& initializer(const std::string& name, std::initializer_list<std::int64_t> extents) {
    TensorProto& tensor = *proto.mutable_graph()->add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(TensorProto::FLOAT);
    for (const std::int64_t n : extents) tensor.add_dims(n);
    return tensor;
  }
  std::string refusal() const { return test::refusal(proto.SerializeAsString()); }
};

TEST(OnnxMalformed, SaysWhatIsWrongAndWhere) {
  EXPECT_EQ(refusal("not a model"), "m.onnx: is not an ONNX model");
  EXPECT_EQ(refusal(""), "m.onnx: has no graph");
  {
    Model m;
    m.node("Identity", {"x"}, "y");
    EXPECT_EQ(m.refusal(), "");
  }
  {
    Model m;
    m.node("Frobnicate", {"x"}, "y");
    EXPECT_EQ(m.refusal(), "m.onnx: node 'n' (Frobnicate): this operator is not read");
  }
  {
    Model m;
    m.node("Add", {"x", "z"}, "y");
    EXPECT_EQ(m.refusal(), "m.onnx: node 'n' (Add): input 'z' is given by nothing before it");
  }
  {
    Model m;
    m.node("Relu", {"x"}, "x");
    EXPECT_EQ(m.refusal(), "m.onnx: node 'n' (Relu): the name 'x' is given twice");
  }
  {
    Model m;
    m.node("Relu", {}, "y");
    EXPECT_EQ(m.refusal(), "m.onnx: node 'n' (Relu): has no inputs");
  }
  {
    Model m;
    EXPECT_EQ(m.refusal(), "m.onnx: output 'y' is given by no node");
  }
  {
    Model m;
    m.proto.mutable_opset_import(0)->set_version(99);
    EXPECT_EQ(m.refusal(), "m.onnx: operator set 99 is not read (7 to 28 are)");
  }
  {
    Model m;
    m.node("Bad\nname", {"x"}, "y");
    EXPECT_EQ(m.refusal(), "m.onnx: node 'n' (Bad?name): this operator is not read");
  }
}

TEST(OnnxMalformed, BelievesNoSize) {
  {
    Model m;
    m.initializer("w", {1LL << 40, 1LL << 20}).set_raw_data("1234");
    EXPECT_EQ(m.refusal(),
              "m.onnx: initializer 'w': holds 1 values, its extents [1099511627776, 1048576] need "
              "1152921504606846976");
  }
  {
    Model m;
    m.initializer("w", {1LL << 40, 1LL << 40}).set_raw_data("1234");
    EXPECT_EQ(m.refusal(), "m.onnx: initializer 'w': has too many elements in [1099511627776, 1099511627776]");
  }
  {
    Model m;
    m.initializer("w", {-1}).set_raw_data("1234");
    EXPECT_EQ(m.refusal(), "m.onnx: initializer 'w': has a negative extent in [-1]");
  }
  {
    Model m;
    TensorProto& w = m.initializer("w", {1});
    w.set_data_location(TensorProto::EXTERNAL);
    w.add_external_data()->set_key("location");
    EXPECT_EQ(m.refusal(), "m.onnx: initializer 'w': its data stand in another file, which is not read");
  }
  {  // a shape that doubles at every node
    Model m;
    m.proto.mutable_graph()
        ->mutable_input(0)
        ->mutable_type()
        ->mutable_tensor_type()
        ->mutable_shape()
        ->mutable_dim(0)
        ->set_dim_param("B");
    std::string last = "x0";
    m.node("Shape", {"x"}, last);
    for (int i = 1; i < 60; ++i) {
      const std::string next = "x" + std::to_string(i);
      m.node("Mul", {last, last}, next);
      last = next;
    }
    EXPECT_EQ(m.refusal(), "m.onnx: node 'n' (Mul): gives a product of too many sizes");
  }
  {
    Model m;
    m.proto.mutable_graph()
        ->mutable_input(0)
        ->mutable_type()
        ->mutable_tensor_type()
        ->mutable_shape()
        ->mutable_dim(0)
        ->set_dim_value(1);
    TensorProto& shape = *m.proto.mutable_graph()->add_initializer();
    shape.set_name("s");
    shape.set_data_type(TensorProto::INT64);
    shape.add_dims(1);
    shape.add_int64_data(-5);
    m.node("Expand", {"x", "s"}, "y");
    EXPECT_EQ(m.refusal(), "m.onnx: node 'n' (Expand): gives a negative extent in [-5]");
  }
  {  // 2^90 elements without any data
    Model m;
    TensorProto& shape = *m.proto.mutable_graph()->add_initializer();
    shape.set_name("s");
    shape.set_data_type(TensorProto::INT64);
    shape.add_dims(3);
    for (int i = 0; i < 3; ++i) shape.add_int64_data(1LL << 30);
    m.node("ConstantOfShape", {"s"}, "y");
    EXPECT_EQ(m.refusal(), "m.onnx: node 'n' (ConstantOfShape): [shape] too many elements for 64 bits");
  }
}

// A model whose text input "t" goes through a LabelEncoder to "y".
struct TextModel : Model {
  NodeProto* encoder;
  TextModel() {
    add_input("t", 1);
    proto.mutable_graph()->mutable_input(1)->mutable_type()->mutable_tensor_type()->set_elem_type(TensorProto::STRING);
    encoder = &node("LabelEncoder", {"t"}, "y");
    encoder->set_domain("ai.onnx.ml");
    AttributeProto& keys = add("keys_strings", AttributeProto::STRINGS);
    keys.add_strings("a");
    keys.add_strings("b");
    AttributeProto& values = add("values_int64s", AttributeProto::INTS);
    values.add_ints(0);
    values.add_ints(1);
  }
  AttributeProto& add(const std::string& name, AttributeProto::AttributeType type) {
    AttributeProto& attribute = *encoder->add_attribute();
    attribute.set_name(name);
    attribute.set_type(type);
    return attribute;
  }
};

TEST(OnnxMalformed, Texts) {
  EXPECT_EQ(TextModel().refusal(), "");
  {
    TextModel m;
    m.encoder->mutable_attribute(1)->add_ints(2);
    EXPECT_EQ(m.refusal(), "m.onnx: input 't': the numbers of keys and values differ");
  }
  {
    TextModel m;
    m.encoder->mutable_attribute(0)->set_strings(1, "a");
    EXPECT_EQ(m.refusal(), "m.onnx: input 't': a key is given twice");
  }
  {
    TextModel m;
    m.node("Identity", {"t"}, "z");
    EXPECT_EQ(m.refusal(), "m.onnx: input 't': is text that more than one LabelEncoder reads");
  }
  {
    TextModel m;
    m.encoder->set_input(0, "x");
    EXPECT_EQ(m.refusal(), "m.onnx: input 't': is text that no LabelEncoder reads");
  }
  {
    TextModel m;
    m.encoder->set_domain("my.own");
    EXPECT_EQ(m.refusal(), "m.onnx: node 'n' (LabelEncoder): operators of 'my.own' are not read");
  }
  {
    TextModel m;
    m.proto.mutable_graph()->mutable_output(0)->set_name("t");
    EXPECT_EQ(m.refusal(), "m.onnx: output 't' is an input's text");
  }
}

TEST(OnnxMalformed, NamesTheFileThatIsMissing) {
  EXPECT_THROW(load_onnx("/nowhere/m.onnx"), DataError);
  try {
    load_onnx("/nowhere/m.onnx");
  } catch (const DataError& error) {
    EXPECT_STREQ(error.what(), "/nowhere/m.onnx: no such file");
  }
  try {
    write_file("/nowhere/m.onnx", "x");
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "cannot write /nowhere/m.onnx: No such file or directory");
  }
}

TEST(OnnxFile, ReplacesTheOldOneOrLeavesIt) {
  const std::string path = std::string(BACKPROP_BINARY_DIR) + "/written.bin";
  write_file(path, "first");
  write_file(path, "second");
  EXPECT_EQ(read_file(path, 100), "second");
  EXPECT_THROW(read_file(path, 3), DataError);
  EXPECT_THROW(read_file(BACKPROP_BINARY_DIR, 3), DataError);
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace backprop::test
