# build-fuzz/fuzz: the library and the readers under libFuzzer, AddressSanitizer and UndefinedBehaviorSanitizer; preset
# `fuzz`, run by tools/fuzz.
file(GLOB fuzz_sources CONFIGURE_DEPENDS
  ${PROJECT_SOURCE_DIR}/tests/fuzz/*.cpp ${PROJECT_SOURCE_DIR}/src/data/readers/*.cpp)
list(FILTER fuzz_sources EXCLUDE REGEX "_test\\.cpp$")
add_executable(fuzz EXCLUDE_FROM_ALL ${fuzz_sources} ${library_sources} ${schema_sources}
  ${PROJECT_SOURCE_DIR}/src/cli/config_file.cpp)
backprop_flags(fuzz)
target_include_directories(fuzz PRIVATE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
target_include_directories(fuzz SYSTEM PRIVATE ${generated_directory})
target_link_libraries(fuzz PRIVATE Threads::Threads ${private_dependencies} ZLIB::ZLIB)
target_link_options(fuzz PRIVATE -fsanitize=fuzzer)
set_target_properties(fuzz PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
