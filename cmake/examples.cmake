# Every examples/x.cpp is a program that a test runs; it sees the public headers only.
file(GLOB example_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/examples/*.cpp)
foreach(source ${example_sources})
  get_filename_component(name ${source} NAME_WE)
  add_executable(example_${name} ${source})
  backprop_flags(example_${name})
  target_link_libraries(example_${name} PRIVATE backprop::backprop)
  set_target_properties(example_${name} PROPERTIES
    OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/examples)
  add_test(NAME example.${name} COMMAND example_${name} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
endforeach()
# A test compares the tutorial's numbers with what this program prints.
if(TARGET nn_tests)
  add_dependencies(nn_tests example_mazur)
endif()
