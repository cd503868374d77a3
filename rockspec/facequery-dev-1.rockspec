rockspec_format = "3.0"
package = "facequery"
version = "dev-1"
source = {
  url = ".",
}
description = {
  summary = "Ask the face verification service for its result, and get it right",
  detailed = [[
Signs the query, understands the answer, and streams photo and video to memory or to disk.
A C core on libcurl and OpenSSL under a thin Lua layer; Lua 5.4 and LuaJIT 2.1.]],
  license = "MIT",
}
supported_platforms = { "linux" }
dependencies = {
  "lua >= 5.1, < 5.6",
  "lua-cjson >= 2.1",
  "argparse >= 0.7",
  "luafilesystem >= 1.8",
}
external_dependencies = {
  CURL = { header = "curl/curl.h" },
  OPENSSL = { header = "openssl/evp.h" },
  ZLIB = { header = "zlib.h" },
}
-- The Makefile alone knows what is installed.
build = {
  type = "make",
  variables = {
    LUA = "$(LUA)",
    CFLAGS = "$(CFLAGS)",
    LUA_INCDIR = "$(LUA_INCDIR)",
    CURL_INCDIR = "$(CURL_INCDIR)",
    OPENSSL_INCDIR = "$(OPENSSL_INCDIR)",
    ZLIB_INCDIR = "$(ZLIB_INCDIR)",
  },
  install_variables = {
    LUADIR = "$(LUADIR)",
    LIBDIR = "$(LIBDIR)",
    BINDIR = "$(BINDIR)",
    ROCKS_TREE = "$(ROCKS_TREE)",
  },
  -- What an editor reads of the modules.
  copy_directories = { "library" },
}
-- The command names its interpreter and its folders; LuaRocks' own would run LuaJIT's module on 5.1.
deploy = {
  wrap_bin_scripts = false,
}
