# SPDX-License-Identifier: GPL-2.0-or-later
# Warnings and sanitizers for all of our own targets. Sets kamexec_options, an interface library that
# every target of the project links.
add_library(kamexec_options INTERFACE)
target_compile_options(kamexec_options INTERFACE -Wall -Wextra -Wpedantic)
# Not for C: Kamailio's macros mix signs.
target_compile_options(kamexec_options INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wshadow -Wconversion -Wsign-conversion>)
if(KAMEXEC_WERROR)
  target_compile_options(kamexec_options INTERFACE -Werror)
endif()
if(KAMEXEC_SANITIZE)
  target_compile_options(kamexec_options INTERFACE -fsanitize=address,undefined
    -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  target_link_options(kamexec_options INTERFACE -fsanitize=address,undefined)
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    # gcc(1): with a sanitizer this one reports what is never read (here in std::variant's moves); it
    # stays on in the ordinary build.
    target_compile_options(kamexec_options INTERFACE -Wno-maybe-uninitialized)
  endif()
endif()
if(KAMEXEC_FUZZ)
  target_compile_options(kamexec_options INTERFACE -fsanitize=fuzzer-no-link,address,undefined)
  target_link_options(kamexec_options INTERFACE -fsanitize=fuzzer-no-link,address,undefined)
endif()
