# Warnings, hardening and sanitizers for everything that is built here, as one interface library.
include(CheckCXXCompilerFlag)

add_library(obrol_options INTERFACE)
target_include_directories(obrol_options INTERFACE ${CMAKE_SOURCE_DIR}/src)

target_compile_options(obrol_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Woverloaded-virtual
  -Wundef -Wimplicit-fallthrough -Werror=return-type -Werror=switch -fno-omit-frame-pointer)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # False alarms of GCC 12: coroutine frames and std::variant (PR 105595, PR 105562), std::string assignments (PR 105329).
  target_compile_options(obrol_options INTERFACE
    -Wno-maybe-uninitialized -Wno-restrict -Wno-missing-field-initializers)
endif()
# Other compilers warn about other things: only the one that CI runs may stop a build, and not by warnings that depend on
# what its optimiser happens to inline. (free-nonheap-object: in a coroutine frame it takes a short string, whose pointer
# leads into the frame, for the container that shares its place in an std::expected.)
if(OBROL_WERROR AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(obrol_options INTERFACE
    -Werror -Wno-error=array-bounds -Wno-error=stringop-overflow -Wno-error=stringop-overread -Wno-error=dangling-pointer
    -Wno-error=free-nonheap-object)
endif()

# Hardening. The assertions of the standard library and our own stay on in every build.
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
target_compile_definitions(obrol_options INTERFACE _GLIBCXX_ASSERTIONS)
# Everything but plug-ins goes into position-independent programs, for which -fPIE makes faster code than CMake's -fPIC.
set(is_plugin $<IN_LIST:$<TARGET_PROPERTY:TYPE>,SHARED_LIBRARY$<SEMICOLON>MODULE_LIBRARY>)
target_compile_options(obrol_options INTERFACE $<$<NOT:${is_plugin}>:-fPIE> -fstack-protector-strong)
foreach(flag -fstack-clash-protection -fcf-protection)
  string(MAKE_C_IDENTIFIER "OBROL_HAS${flag}" has_flag)
  check_cxx_compiler_flag(${flag} ${has_flag})
  if(${has_flag})
    target_compile_options(obrol_options INTERFACE ${flag})
  endif()
endforeach()
# With AddressSanitizer, whose programs have a hundred thousand places to relocate, a third of the time that starting takes
# is saved by a program that does not move; the tests start thousands of them.
if(OBROL_SANITIZE MATCHES "address")
  set(program_kind -no-pie)
else()
  set(program_kind -pie)
endif()
target_link_options(obrol_options INTERFACE
  $<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:${program_kind}> -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed)

if(OBROL_SANITIZE)
  target_compile_options(obrol_options INTERFACE -fsanitize=${OBROL_SANITIZE} -fno-sanitize-recover=all)
  if(OBROL_SANITIZE MATCHES "undefined")
    # Each look at a member would be checked for both: that doubles the time that compiling takes, for null pointers that
    # AddressSanitizer reports anyway, and casts to types of other alignment, which the few casts here (bytes, socket addresses) are not.
    target_compile_options(obrol_options INTERFACE -fno-sanitize=null,alignment)
  endif()
  target_link_options(obrol_options INTERFACE -fsanitize=${OBROL_SANITIZE})
  # lld links the largest test in 2.3 s, ld in 5.9; clang would want the lld of its own version.
  find_program(OBROL_LLD ld.lld)
  mark_as_advanced(OBROL_LLD)
  if(OBROL_LLD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_link_options(obrol_options INTERFACE -fuse-ld=lld)
  endif()
else()
  # FORTIFY_SOURCE needs an optimising build and hides what the sanitizers would report.
  target_compile_options(obrol_options INTERFACE $<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE$<SEMICOLON>-D_FORTIFY_SOURCE=3>)
endif()
if(OBROL_FUZZ)
  target_compile_options(obrol_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
