# ONNX Runtime: the distribution's library where there is one, else the one that scripts/setup put into .deps.
# The library is loaded by dlopen at run time (model/onnx), so that its telemetry can be switched off before it loads.
set(onnxruntime_deps "${CMAKE_SOURCE_DIR}/.deps/onnxruntime")
find_path(ONNXRUNTIME_INCLUDE onnxruntime_c_api.h
          PATHS "${onnxruntime_deps}/include" /usr/include/onnxruntime /usr/include/onnxruntime/core/session
          NO_DEFAULT_PATH)
find_library(ONNXRUNTIME_LIBRARY NAMES onnxruntime libonnxruntime.so.1 PATHS "${onnxruntime_deps}/lib" NO_DEFAULT_PATH)
if(NOT ONNXRUNTIME_LIBRARY)
  find_library(ONNXRUNTIME_LIBRARY NAMES onnxruntime)
endif()
if(NOT ONNXRUNTIME_INCLUDE OR NOT ONNXRUNTIME_LIBRARY)
  message(FATAL_ERROR "ONNX Runtime not found: run scripts/setup first")
endif()
add_library(noonmark::onnxruntime INTERFACE IMPORTED)
target_include_directories(noonmark::onnxruntime SYSTEM INTERFACE "${ONNXRUNTIME_INCLUDE}")
target_compile_definitions(noonmark::onnxruntime INTERFACE ORT_API_MANUAL_INIT "NOONMARK_ONNXRUNTIME=\"${ONNXRUNTIME_LIBRARY}\"")
target_link_libraries(noonmark::onnxruntime INTERFACE ${CMAKE_DL_LIBS})
