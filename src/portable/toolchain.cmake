# How CMake builds .NET's OpenSSL shim from the sysroot. The SDK's own script starts CMake and takes no options: the
# environment brings this file (CMAKE_TOOLCHAIN_FILE) and its two values.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSROOT $ENV{PORTABLE_SYSROOT})
string(REGEX MATCH "^[^-]+" CMAKE_SYSTEM_PROCESSOR "$ENV{PORTABLE_TRIPLE}")
set(CMAKE_C_COMPILER clang)
set(CMAKE_C_COMPILER_TARGET $ENV{PORTABLE_TRIPLE})
set(CMAKE_LIBRARY_ARCHITECTURE $ENV{PORTABLE_TRIPLE})
set(CMAKE_EXE_LINKER_FLAGS_INIT "-fuse-ld=lld")

# Without these, every test for a feature of OpenSSL fails to link, and the build lacks ALPN and ChaCha20.
set(CMAKE_C_STANDARD_LIBRARIES "-ldl -lpthread" CACHE STRING "" FORCE)

# The script sets no build type; the default is unoptimised, with asserts.
set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
# A macro of Debian's OpenSSL headers does not use its value, and a warning fails the build.
set(CMAKE_C_FLAGS_INIT "-Wno-unused-value -ffunction-sections -fdata-sections")
string(APPEND CMAKE_C_FLAGS_INIT " -ffile-prefix-map=$ENV{HOME}=. -ffile-prefix-map=$ENV{PORTABLE_SYSROOT}=/sysroot")

# CMake warns of a variable that the script sets and no file reads.
set(IGNORED ${CLR_CMAKE_TARGET_UNIX})

set(CMAKE_FIND_ROOT_PATH ${CMAKE_SYSROOT})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(OPENSSL_USE_STATIC_LIBS TRUE)
