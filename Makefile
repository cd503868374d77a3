# facequery: `make help` says what there is to make.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := all

# ---- which Lua

LUA ?= lua5.4
ifeq ($(LUA),luajit)
LUA_ABI := 5.1
LUA_PC := luajit
else
LUA_ABI := 5.4
LUA_PC := lua5.4
endif
# luarocks sets these; pkg-config knows them elsewhere.
LUA_CFLAGS ?= $(if $(LUA_INCDIR),-I$(LUA_INCDIR),$(shell pkg-config --cflags $(LUA_PC)))

# ---- where to

PREFIX ?= /usr/local
LUADIR ?= $(PREFIX)/share/lua/$(LUA_ABI)
LIBDIR ?= $(PREFIX)/lib/lua/$(LUA_ABI)
BINDIR ?= $(PREFIX)/bin

# ---- how

# VARIANT=asan builds beside the plain one, for the specs under the sanitizers.
VARIANT ?=
BUILD := build/$(LUA)$(VARIANT:%=-%)
CFLAGS ?= -O2 -g
WARNINGS := -Wall -Wextra
STANDARD := -std=c11 -D_GNU_SOURCE
BUILD_CFLAGS = $(STANDARD) $(WARNINGS) -fPIC -fvisibility=hidden -MMD -MP $(LUA_CFLAGS) \
	$(if $(CURL_INCDIR),-I$(CURL_INCDIR)) $(if $(OPENSSL_INCDIR),-I$(OPENSSL_INCDIR)) $(CFLAGS)
LDLIBS := -lcurl -lcrypto -lpthread
ifeq ($(VARIANT),asan)
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
BUILD_CFLAGS += $(SANITIZE) -Werror
LDFLAGS += $(SANITIZE) -Wl,-z,nodelete
endif

CORE_SOURCES := $(filter-out csrc/lua_%,$(wildcard csrc/*.c))
LUA_SOURCES := $(wildcard csrc/lua_*.c)
OBJECTS = $(patsubst csrc/%.c,$(BUILD)/%.o,$(CORE_SOURCES) $(LUA_SOURCES))
MODULE = $(BUILD)/facequery/core.so

.PHONY: all help clean deps install
all: $(MODULE) ## build the module for LUA (lua5.4, or LUA=luajit)

$(MODULE): $(OBJECTS)
	@mkdir -p $(@D)
	$(CC) -shared $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/%.o: csrc/%.c Makefile
	@mkdir -p $(@D)
	$(CC) $(BUILD_CFLAGS) -c -o $@ $<

-include $(wildcard $(BUILD)/*.d)
