# The library: everything under src/ but the program. Sources are found by folder, so that adding a file needs no edit.
find_package(Threads REQUIRED)
find_package(hwy REQUIRED)
find_package(Eigen3 REQUIRED)
find_package(nlohmann_json REQUIRED)

file(GLOB_RECURSE library_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/*.cpp)
list(FILTER library_sources EXCLUDE REGEX "/src/(cli|data/readers)/")
file(GLOB schemas CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/formats/*.proto)

# ONNX's schema, compiled under a package name of our own with the lite runtime: src/formats/x.proto is included as
# "x.pb.h" by the sources beside it, never by a header.
set(generated_directory ${PROJECT_BINARY_DIR}/generated)
set(schema_sources)
if(schemas)
  find_package(Protobuf REQUIRED)
  file(MAKE_DIRECTORY ${generated_directory})
endif()
foreach(schema ${schemas})
  get_filename_component(name ${schema} NAME_WE)
  set(outputs ${generated_directory}/${name}.pb.cc ${generated_directory}/${name}.pb.h)
  add_custom_command(
    OUTPUT ${outputs}
    COMMAND protobuf::protoc --cpp_out=${generated_directory} -I ${PROJECT_SOURCE_DIR}/src/formats ${schema}
    DEPENDS ${schema} VERBATIM)
  list(APPEND schema_sources ${outputs})
endforeach()
set_source_files_properties(${schema_sources} PROPERTIES COMPILE_OPTIONS -w)
set_source_files_properties(${PROJECT_SOURCE_DIR}/src/base/version.cpp PROPERTIES
  COMPILE_DEFINITIONS BACKPROP_VERSION="${PROJECT_VERSION}")
# g++ writes the loops of register tiles once for every way in which their vectors can be partly filled, 0.8 MB more, and
# again for strides of 1, 0.4 MB, and neither is faster.
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  set_source_files_properties(${PROJECT_SOURCE_DIR}/src/run/cpu/product_float.cpp
    ${PROJECT_SOURCE_DIR}/src/run/cpu/product_double.cpp
    PROPERTIES COMPILE_OPTIONS "-fno-unswitch-loops;-fno-version-loops-for-strides")
endif()

# Compiled once, whatever library it goes into.
add_library(backprop_objects OBJECT ${library_sources} ${schema_sources})
backprop_flags(backprop_objects)
target_include_directories(backprop_objects PRIVATE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
# Of Highway, headers only where src/run/cpu/highway_dispatch.cpp stands for its library.
set(highway hwy::hwy)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64|i.86")
  add_library(highway_headers INTERFACE)
  target_include_directories(highway_headers SYSTEM INTERFACE $<TARGET_PROPERTY:hwy::hwy,INTERFACE_INCLUDE_DIRECTORIES>)
  set(highway $<BUILD_INTERFACE:highway_headers>)
endif()
set(private_dependencies ${highway} $<BUILD_INTERFACE:Eigen3::Eigen> $<BUILD_INTERFACE:nlohmann_json::nlohmann_json>)
if(schemas)
  target_include_directories(backprop_objects SYSTEM PRIVATE ${generated_directory})
  list(APPEND private_dependencies protobuf::libprotobuf-lite)
endif()
target_link_libraries(backprop_objects PRIVATE Threads::Threads ${private_dependencies})
if(BACKPROP_UNITY_BUILD)
  set_target_properties(backprop_objects PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  foreach(folder base graph autodiff plan data formats ops nn train evidence)
    set(sources ${library_sources})
    list(FILTER sources INCLUDE REGEX "/src/${folder}/")
    # One has a definition of its own, the other short names.
    list(REMOVE_ITEM sources ${PROJECT_SOURCE_DIR}/src/base/version.cpp ${PROJECT_SOURCE_DIR}/src/ops/elementwise.cpp)
    set_source_files_properties(${sources} PROPERTIES UNITY_GROUP ${folder})
  endforeach()
endif()

function(backprop_library target type)
  add_library(${target} ${type} $<TARGET_OBJECTS:backprop_objects>)
  set_target_properties(${target} PROPERTIES LINKER_LANGUAGE CXX)
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_include_directories(${target} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_link_libraries(${target} PUBLIC Threads::Threads PRIVATE ${private_dependencies})
endfunction()

if(BUILD_SHARED_LIBS)
  backprop_library(backprop SHARED)
  # Only names of namespace backprop leave the shared library; the generated schema and the libraries inside stay hidden.
  set(exports ${PROJECT_SOURCE_DIR}/cmake/exports.map)
  target_link_options(backprop PRIVATE LINKER:--version-script=${exports})
  set_target_properties(backprop PROPERTIES
    LINK_DEPENDS ${exports} VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
  backprop_library(backprop_static STATIC)
  set_target_properties(backprop_static PROPERTIES EXCLUDE_FROM_ALL ON)
  set(internal_library backprop_static)
else()
  backprop_library(backprop STATIC)
  set(internal_library backprop)
endif()
add_library(backprop::backprop ALIAS backprop)

# The program and the tests look inside, so they always link a static library and may include headers of src/.
add_library(backprop_internal INTERFACE)
target_link_libraries(backprop_internal INTERFACE ${internal_library} ${private_dependencies})
target_include_directories(backprop_internal INTERFACE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR})
if(schemas)
  target_include_directories(backprop_internal SYSTEM INTERFACE ${generated_directory})
endif()

# Tables from files and databases: linked by the program and the tests only, since these libraries are not the engine's.
# Nothing is found by accident: what is switched off is refused by name, what is switched on must be there.
if(BACKPROP_BUILD_PROGRAM OR BACKPROP_BUILD_TESTS)
  option(BACKPROP_SQLITE "Read and write SQLite databases" ON)
  option(BACKPROP_POSTGRESQL "Read and write PostgreSQL databases (libpq is loaded when it is used)" ON)
  file(GLOB reader_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/data/readers/*.cpp)
  add_library(backprop_readers STATIC ${reader_sources})
  backprop_flags(backprop_readers)
  set_target_properties(backprop_readers PROPERTIES UNITY_BUILD ${BACKPROP_UNITY_BUILD} UNITY_BUILD_BATCH_SIZE 0)
  find_package(ZLIB REQUIRED)
  target_link_libraries(backprop_readers PUBLIC backprop_internal PRIVATE ZLIB::ZLIB)
  if(BACKPROP_SQLITE)
    find_package(SQLite3 REQUIRED)
    target_link_libraries(backprop_readers PRIVATE SQLite::SQLite3)
    target_compile_definitions(backprop_readers PRIVATE BACKPROP_SQLITE)
  endif()
  if(BACKPROP_POSTGRESQL)
    find_path(libpq_directory libpq-fe.h PATH_SUFFIXES postgresql REQUIRED)
    target_include_directories(backprop_readers SYSTEM PRIVATE ${libpq_directory})
    target_link_libraries(backprop_readers PRIVATE ${CMAKE_DL_LIBS})
    target_compile_definitions(backprop_readers PRIVATE BACKPROP_POSTGRESQL)
  endif()
endif()
