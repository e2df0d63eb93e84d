# Flags that every target of ours is compiled with, and the functions that declare a room and its tests.

add_library(bm_flags INTERFACE)
target_compile_options(bm_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 warns falsely about "literal" + std::to_string(x) at -O2 (GCC bug 105651).
  target_compile_options(bm_flags INTERFACE -Wno-restrict)
endif()
if(CMAKE_UNITY_BUILD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # True of one source file as of several together: its types stay inside.
  target_compile_options(bm_flags INTERFACE -Wno-subobject-linkage)
endif()
if(BM_SANITIZE)
  target_compile_options(bm_flags INTERFACE -fsanitize=${BM_SANITIZE} -fno-sanitize-recover=all
                                            -fno-omit-frame-pointer)
  target_link_options(bm_flags INTERFACE -fsanitize=${BM_SANITIZE})
  if(BM_SANITIZE MATCHES address)
    # The checks' own data hold three million addresses. A program that may lie anywhere computes each of them anew when
    # it starts: twice the time of a whole short command.
    target_link_options(bm_flags INTERFACE $<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:-no-pie>)
  endif()
endif()
if(BM_FUZZ)
  target_compile_options(bm_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# The cases themselves: what is optimized and checked for undefined behaviour is the code that they call. Compiling
# them so takes less than half the time.
add_library(bm_test_flags INTERFACE)
if(BM_SANITIZE)
  target_compile_options(bm_test_flags INTERFACE -O0 -fno-sanitize=undefined)
endif()

# add_room(NAME HEADERS ... SOURCES ... NEEDS ... [PRIVATE_NEEDS ...])
# One folder, one static library. NEEDS are the rooms and packages its headers may use;
# PRIVATE_NEEDS are packages that stay inside its .cpp files.
function(add_room name)
  cmake_parse_arguments(ROOM "" "" "HEADERS;SOURCES;NEEDS;PRIVATE_NEEDS" ${ARGN})
  set(library bm_${name})
  add_library(${library} STATIC)
  target_sources(${library} PRIVATE ${ROOM_SOURCES}
    PUBLIC FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${ROOM_HEADERS})
  target_link_libraries(${library} PUBLIC ${ROOM_NEEDS} PRIVATE bm_flags ${ROOM_PRIVATE_NEEDS})
endfunction()

# add_room_tests(NAME SOURCES ... NEEDS ...)
# One doctest executable for each room. CTest runs it once for each file of tests, under the label NAME: starting a process
# under the sanitizers takes longer than most cases do.
function(add_room_tests name)
  cmake_parse_arguments(TESTS "" "" "SOURCES;NEEDS" ${ARGN})
  set(executable ${name}_tests)
  # A test that nobody builds is one that cannot fail.
  file(READ ${CMAKE_CURRENT_SOURCE_DIR}/CMakeLists.txt listed)
  file(GLOB written RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} *_test.cpp)
  foreach(test IN LISTS written)
    if(NOT listed MATCHES "[ \n]${test}[ \n)]")
      message(FATAL_ERROR "${CMAKE_CURRENT_SOURCE_DIR}/CMakeLists.txt does not list ${test}")
    endif()
  endforeach()
  add_executable(${executable} ${TESTS_SOURCES})
  set_target_properties(${executable} PROPERTIES UNITY_BUILD OFF)
  target_link_libraries(${executable} PRIVATE ${TESTS_NEEDS} bm_test_support bm_flags bm_test_flags)
  foreach(test IN LISTS TESTS_SOURCES)
    if(test MATCHES "_test\\.cpp$")
      string(REPLACE "_test.cpp" "" title ${test})
      set(title "${name}: ${title}")
      add_test(NAME ${title} COMMAND ${executable} "--source-file=*/${test}" WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}/tests)
      set_tests_properties(${title} PROPERTIES LABELS ${name} TIMEOUT 300)
    endif()
  endforeach()
endfunction()
