# How this project declares libraries, programs and tests; every folder's CMakeLists.txt uses these.
include(GoogleTest)

# obrol_library(NAME DEPENDS lib… [TEST_DEPENDS lib…])
# The .cc files of this folder except *_test.cc and *_bench.cc; a folder without any is header-only. Its *_test.cc files
# become one GoogleTest program NAME_test, linked with TEST_DEPENDS as well. tools/check_floors.py reads these calls.
function(obrol_library name)
  cmake_parse_arguments(ARG "" "" "DEPENDS;TEST_DEPENDS" ${ARGN})
  obrol_folder_sources(sources tests)
  if(sources)
    add_library(${name} STATIC ${sources})
    target_link_libraries(${name} PUBLIC obrol_options ${ARG_DEPENDS})
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE obrol_options ${ARG_DEPENDS})
  endif()
  if(tests)
    obrol_test(${name}_test SOURCES ${tests} DEPENDS ${name} ${ARG_TEST_DEPENDS})
  endif()
endfunction()

# obrol_program(NAME DEPENDS lib…): the .cc files of this folder except *_test.cc and *_bench.cc, as bin/NAME.
function(obrol_program name)
  cmake_parse_arguments(ARG "" "" "DEPENDS" ${ARGN})
  obrol_folder_sources(sources tests)
  add_executable(${name} ${sources})
  target_link_libraries(${name} PRIVATE obrol_options ${ARG_DEPENDS})
endfunction()

# obrol_test(NAME SOURCES file… DEPENDS lib… [SLOW] [PROPERTIES …]): one GoogleTest program, each of its tests a CTest. With
# sanitizers, where a program takes up to half a second to start, the whole program is one: there its tests also have to get
# along in one process. SLOW: its tests take long and are a CTest each in every build, so that they run side by side.
# PROPERTIES are CTest's, e.g. RUN_SERIAL TRUE, LABELS slow, TIMEOUT 300.
function(obrol_test name)
  cmake_parse_arguments(ARG "SLOW" "" "SOURCES;DEPENDS;PROPERTIES" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE obrol_options ${ARG_DEPENDS} GTest::gtest GTest::gtest_main)
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  if(OBROL_SANITIZE AND NOT ARG_SLOW)
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES TIMEOUT 600 ${ARG_PROPERTIES})
  else()
    gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 120 ${ARG_PROPERTIES})
  endif()
endfunction()

# obrol_benchmark(NAME SOURCES file_bench.cc… DEPENDS lib…): one Google Benchmark program, benchmarks/NAME, whose sources
# define add_benchmarks() (tests/benchmark/benchmarks.h). A CTest runs it once; the target `benchmarks` builds them all.
function(obrol_benchmark name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE obrol_options ${ARG_DEPENDS} obrol_benchmark_main)
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/benchmarks)
  if(NOT TARGET benchmarks)
    add_custom_target(benchmarks)
  endif()
  add_dependencies(benchmarks ${name})
  add_test(NAME ${name} COMMAND ${name} --benchmark_min_time=0)
  set_tests_properties(${name} PROPERTIES TIMEOUT 120)
endfunction()

# Internal: the calling folder's sources and tests.
function(obrol_folder_sources sources_out tests_out)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_(test|bench)\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  set(${sources_out} ${sources} PARENT_SCOPE)
  set(${tests_out} ${tests} PARENT_SCOPE)
endfunction()

# obrol_headers_alone(folder…): compiles every header below the folders (relative to the tree) as a file of its own, so
# that none relies on what its users happen to include before it. For developers; CI looks at those that changed
# (tools/header_changes).
function(obrol_headers_alone)
  set(units)
  foreach(folder ${ARGN})
    file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR}/${folder} ${CMAKE_SOURCE_DIR}/${folder}/*.h)
    foreach(header ${headers})
      set(unit ${CMAKE_BINARY_DIR}/headers_alone/${folder}/${header}.cc)
      # Twice: a header without `#pragma once` breaks.
      file(CONFIGURE OUTPUT ${unit} CONTENT "#include \"${folder}/${header}\"\n#include \"${folder}/${header}\"\n" @ONLY)
      list(APPEND units ${unit})
    endforeach()
  endforeach()
  add_library(headers_alone OBJECT ${units})
  target_link_libraries(headers_alone PRIVATE obrol_options)
  target_include_directories(headers_alone PRIVATE ${CMAKE_SOURCE_DIR})
  target_compile_options(headers_alone PRIVATE -O0 -g0)
endfunction()
