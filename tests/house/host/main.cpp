#include <cstdio>
#include <string>

#include "backprop/version.hpp"
#include "onnx.pb.h"

int main() {
  onnx::ModelProto message;
  message.set_owner("host");
  message.mutable_tensor()->set_contents("unlike ours");
  onnx::ModelProto copy;
  if (!copy.ParseFromString(message.SerializeAsString()) || copy.tensor().contents() != "unlike ours") return 1;
  std::printf("backprop %s\n", backprop::version());
}
