# SPDX-License-Identifier: GPL-2.0-or-later
# What every room of src/ is compiled with, and which headers it sees.

# Most of the time of a small file is the standard library's headers: they are parsed once, for all
# rooms. A file still includes what it uses: without this option, as in make sanitize and in the
# packages, it does not compile otherwise.
option(KAMEXEC_PRECOMPILED "Parse the standard library's headers once for all rooms" ON)

# kamexec_room(<target> <directory>): <target> is the room src/<directory>, as in tool/sip. Its headers
# are found as "<directory>/x.h" by <target> and by what links it, and by no other: a directory of
# include/ in the build directory holds nothing but a link to that room. "No such file" of a header
# that is there says that the room isn't linked; docs/architecture.md says which may be.
# kamexec_base comes first: it has the precompiled header that the others use.
function(kamexec_room target directory)
  string(REPLACE "/" "_" name ${directory})
  set(include ${CMAKE_BINARY_DIR}/include/${name})
  file(GLOB inner RELATIVE ${PROJECT_SOURCE_DIR}/src/${directory} CONFIGURE_DEPENDS
       ${PROJECT_SOURCE_DIR}/src/${directory}/*/CMakeLists.txt)
  if(inner) # rooms below it, whose headers are their own: a link for each header
    file(GLOB linked RELATIVE ${PROJECT_SOURCE_DIR}/src CONFIGURE_DEPENDS
         ${PROJECT_SOURCE_DIR}/src/${directory}/*.h)
  else()
    set(linked ${directory})
  endif()
  file(REMOVE_RECURSE ${include})
  foreach(path IN LISTS linked)
    get_filename_component(parent ${include}/${path} DIRECTORY)
    file(MAKE_DIRECTORY ${parent})
    file(CREATE_LINK ${PROJECT_SOURCE_DIR}/src/${path} ${include}/${path} SYMBOLIC)
  endforeach()
  target_include_directories(${target} PUBLIC ${include})
  target_link_libraries(${target} PUBLIC kamexec_options)

  if(NOT KAMEXEC_PRECOMPILED)
    return()
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    # g++ 12 reports inlined std::string code when the header is precompiled, and is silent about the
    # same sources without it: these stay on in the builds that have no precompiled header.
    target_compile_options(${target} PRIVATE -Wno-array-bounds -Wno-restrict
      -Wno-stringop-overflow -Wno-stringop-overread)
  endif()
  if(target STREQUAL kamexec_base)
    target_precompile_headers(kamexec_base PRIVATE <algorithm> <array> <cerrno> <charconv> <chrono>
      <cstddef> <cstdint> <cstring> <functional> <map> <memory> <optional> <span> <string>
      <string_view> <unordered_map> <utility> <vector> <tl/expected.hpp>)
  else()
    target_precompile_headers(${target} REUSE_FROM kamexec_base)
  endif()
endfunction()
