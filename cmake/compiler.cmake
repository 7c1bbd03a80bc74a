# Flags shared by every target. CHECK stays on in release, so NDEBUG is never defined.
string(REPLACE "-DNDEBUG" "" CMAKE_CXX_FLAGS_RELEASE "${CMAKE_CXX_FLAGS_RELEASE}")
string(REPLACE "-O3" "-O2" CMAKE_CXX_FLAGS_RELEASE "${CMAKE_CXX_FLAGS_RELEASE}")
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1 -fno-omit-frame-pointer")

add_library(noonmark_flags INTERFACE)
target_include_directories(noonmark_flags INTERFACE "${CMAKE_SOURCE_DIR}/src")
target_compile_options(noonmark_flags INTERFACE -Wall -Wextra -Werror -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # The standard library of GCC 12 calls what it has itself deprecated (std::get_temporary_buffer in stable_sort).
  target_compile_options(noonmark_flags INTERFACE -Wthread-safety -Wno-deprecated-declarations)
elseif(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # False positives of GCC 12 to 14 inside the standard library under -O2.
  target_compile_options(noonmark_flags INTERFACE -Wno-maybe-uninitialized -Wno-restrict -Wno-array-bounds
                         -Wno-stringop-overflow -Wno-stringop-overread -Wno-dangling-reference -Wno-dangling-pointer -Wno-free-nonheap-object)
endif()

if(NOONMARK_SANITIZE)
  add_compile_options(-fsanitize=${NOONMARK_SANITIZE} -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=${NOONMARK_SANITIZE})
endif()
if(NOONMARK_COVERAGE)
  add_compile_options(--coverage)
  add_link_options(--coverage)
endif()

find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()

# A build in another folder, or in a fresh clone, reuses the same cache entries.
find_program(CCACHE ccache)
if(CCACHE)
  set(launcher "${CMAKE_COMMAND};-E;env;CCACHE_BASEDIR=${CMAKE_SOURCE_DIR};CCACHE_NOHASHDIR=1;CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime;${CCACHE}")
  set(CMAKE_CXX_COMPILER_LAUNCHER "${launcher}")
  set(CMAKE_C_COMPILER_LAUNCHER "${launcher}")
endif()
