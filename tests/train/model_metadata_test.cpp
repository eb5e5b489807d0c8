#include "train/model_metadata.hpp"

#include <gtest/gtest.h>

#include "backprop/error.hpp"
#include "backprop/operations.hpp"

namespace backprop {
namespace {

const ModelInfo info{
    .task = Task::classification, .features = {"a", "b,\"c\""}, .targets = {"größe"}, .classes = {"x", "y"}};

TEST(ModelMetadata, RoundTrip) {
  const ModelInfo back = read_metadata(write_metadata(info), "m.onnx");
  EXPECT_EQ(back.task, info.task);
  EXPECT_EQ(back.features, info.features);
  EXPECT_EQ(back.targets, info.targets);
  EXPECT_EQ(back.classes, info.classes);
  EXPECT_EQ(describe(info), "Predicts the class 'größe' from 2 columns.");
}

TEST(ModelMetadata, WhatIsMissingOrWrongIsADataError) {
  const auto good = write_metadata(info);
  for (const auto& [key, value] : good) {
    auto without = good;
    without.erase(key);
    EXPECT_THROW(read_metadata(without, "m.onnx"), DataError) << key;
  }
  for (const char* wrong : {"", "[", "3", "[1]", "[]", "{\"a\": 1}"}) {
    auto changed = good;
    changed["backprop.features"] = wrong;
    EXPECT_THROW(read_metadata(changed, "m.onnx"), DataError) << wrong;
    changed = good;
    changed["backprop.task"] = wrong;
    EXPECT_THROW(read_metadata(changed, "m.onnx"), DataError) << wrong;
  }
}

TEST(ModelMetadata, ModelsThatDoNotFitTheirNamesAreRefused) {
  Graph graph;
  const Value x = graph.input({named("B"), 2});
  EXPECT_NO_THROW(Model(info, graph, softmax(x), StateStore()));
  EXPECT_THROW(Model(info, graph, sum(x, {1}, true), StateStore()), Error);
  ModelInfo three = info;
  three.features.push_back("d");
  EXPECT_THROW(Model(three, graph, softmax(x), StateStore()), Error);
  Graph doubles;
  EXPECT_THROW(Model(info, doubles, softmax(doubles.input({named("B"), 2}, float64)), StateStore()), Error);
}

}  // namespace
}  // namespace backprop
