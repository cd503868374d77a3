# facequery: `make help` says what there is to make.
SHELL := /bin/sh
.SHELLFLAGS := -eu -c
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:

# ---- which Lua

# The interpreter's name or path: lua5.4, or lua where that is its name.
ifeq ($(origin LUA),undefined)
LUA := $(shell ! command -v lua5.4 >/dev/null || { echo lua5.4; exit; }; \
	! command -v lua >/dev/null || ! lua -v 2>&1 | grep -q "^Lua 5[.]4" || { echo lua; exit; }; echo lua5.4)
endif
# Its ABI.  What can't be run, on a machine that builds for another, has it in its name.
LUA_ABI := $(or $(shell ! command -v $(LUA) >/dev/null || $(LUA) -e 'io.write(_VERSION:sub(5))' 2>/dev/null),$(strip \
	$(foreach version,5.1 5.2 5.3 5.4 5.5,$(findstring $(version),$(notdir $(LUA)))) \
	$(if $(findstring jit,$(notdir $(LUA))),5.1)))
ifeq ($(filter 5.1 5.4 5.5,$(LUA_ABI)),)
$(error facequery runs on Lua 5.4, 5.5 and LuaJIT, not on $(LUA): make LUA=lua5.4, or make LUA=luajit)
endif
# pkg-config's name of it: Debian's and Alpine's, BSD's, Arch's, Fedora's.
LUA_PC = $(if $(filter 5.1,$(LUA_ABI)),luajit,$(shell \
	for name in lua$(LUA_ABI) lua-$(LUA_ABI) lua$(subst .,,$(LUA_ABI)) lua; do \
	! pkg-config --exists "$$name >= $(LUA_ABI)" "$$name < $(LUA_ABI).99" || { echo $$name; break; }; done))
# The interpreter that runs the installed command.  Lua 5.1 itself can't: it has no luaL_setfuncs.
INTERPRETER := $(if $(filter 5.1,$(LUA_ABI)),$(if $(findstring jit,$(LUA)),$(notdir $(LUA)),luajit),$(notdir $(LUA)))
# LuaRocks sets LUA_INCDIR; without it pkg-config knows the flags.
LUA_CFLAGS ?= $(if $(LUA_INCDIR),-I$(LUA_INCDIR),$(shell pkg-config --cflags $(LUA_PC)))

# ---- where to

PREFIX ?= /usr/local
LUADIR ?= $(PREFIX)/share/lua/$(LUA_ABI)
LIBDIR ?= $(PREFIX)/lib/lua/$(LUA_ABI)
BINDIR ?= $(PREFIX)/bin
SHAREDIR ?= $(PREFIX)/share
# Where the command looks for the modules.  LuaRocks moves them there from the rock.
ifdef ROCKS_TREE
TREE := $(abspath $(ROCKS_TREE)/../../..)
RUN_LUADIR := $(TREE)/share/lua/$(patsubst rocks-%,%,$(notdir $(ROCKS_TREE)))
RUN_LIBDIR := $(TREE)/lib/lua/$(patsubst rocks-%,%,$(notdir $(ROCKS_TREE)))
else
RUN_LUADIR := $(abspath $(LUADIR))
RUN_LIBDIR := $(abspath $(LIBDIR))
endif

# ---- how

# VARIANT=asan builds beside the plain one, for the specs under the sanitizers.
VARIANT ?=
BUILD := build/$(notdir $(LUA))$(VARIANT:%=-%)
CFLAGS ?= -O2 -g
WARNINGS := -Wall -Wextra
STANDARD := -std=c11 -D_GNU_SOURCE
# Functions begin at cache lines, so that a short one's speed does not depend on what stands before it: sign
# is a twentieth slower when it begins in the middle of one.
ALIGNED := -falign-functions=64
BUILD_CFLAGS = $(STANDARD) $(WARNINGS) $(ALIGNED) -fPIC -fvisibility=hidden -MMD -MP $(LUA_CFLAGS) \
	$(if $(CURL_INCDIR),-I$(CURL_INCDIR)) $(if $(OPENSSL_INCDIR),-I$(OPENSSL_INCDIR)) \
	$(if $(ZLIB_INCDIR),-I$(ZLIB_INCDIR)) $(CFLAGS)
LDLIBS := -lcurl -lssl -lcrypto -lz -lpthread
ifeq ($(VARIANT),asan)
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
BUILD_CFLAGS += $(SANITIZE) -Werror
LDFLAGS += $(SANITIZE)
endif
ifeq ($(VARIANT),coverage)
# gcov counts lines and branches as they stand in the source only without optimization.
BUILD_CFLAGS += -O0 --coverage -fprofile-update=atomic
LDFLAGS += --coverage
endif

# CORE_SOURCES know no Lua: C tests, fuzzers and benchmarks are linked with them alone.
CORE_SOURCES := $(wildcard csrc/*.c csrc/base64/*.c)
LUA_SOURCES := $(wildcard csrc/lua/*.c)
CORE_OBJECTS = $(patsubst csrc/%.c,$(BUILD)/%.o,$(CORE_SOURCES))
OBJECTS = $(CORE_OBJECTS) $(patsubst csrc/%.c,$(BUILD)/%.o,$(LUA_SOURCES))
MODULE = $(BUILD)/facequery/core.so

.PHONY: all help clean deps docs install uninstall
all: $(MODULE) ## build the module for LUA (lua5.4, or LUA=luajit)

# -z nodelete keeps the module loaded after lua_close: a thread of libcurl's that still waits for a name
# server, long after its query has timed out, returns into it.  LeakSanitizer needs that, too, for its stack
# traces.
$(MODULE): $(OBJECTS)
	@mkdir -p $(@D)
	$(CC) -shared -Wl,-z,nodelete $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/%.o: csrc/%.c Makefile
	@mkdir -p $(@D)
	$(CC) $(BUILD_CFLAGS) -c -o $@ $<

-include $(OBJECTS:.o=.d)

# ---- the C tests

C_TESTS = $(patsubst spec/c/%.c,$(BUILD)/c/%,$(wildcard spec/c/*_test.c))
.PHONY: c-tests
c-tests: $(C_TESTS)
$(BUILD)/c/%: spec/c/%.c $(CORE_OBJECTS)
	@mkdir -p $(@D)
	$(CC) $(BUILD_CFLAGS) -Icsrc $(LDFLAGS) -o $@ $^ $(LDLIBS)
# These tests let functions of the C library, OpenSSL and libcurl fail, through the linker's --wrap.
$(BUILD)/c/relay_test: LDFLAGS += -Wl,--wrap=pthread_create
$(BUILD)/c/answer_test: LDFLAGS += -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc
FAILING_TESTS = $(addprefix $(BUILD)/c/failing_,disk_test answer_test decryption_test)
$(FAILING_TESTS): spec/c/failing.c
$(FAILING_TESTS): LDFLAGS += $(addprefix -Wl$(comma)--wrap=,openat linkat link syscall open mkostemp access \
	write read pread fsync ftruncate flock eventfd pthread_create fstat fstatat lstat rename mkdir strdup strndup malloc calloc realloc \
	getrandom EVP_MD_fetch EVP_MD_CTX_new EVP_DigestInit_ex EVP_DigestUpdate EVP_DigestFinal_ex \
	CMS_AuthEnvelopedData_create CMS_add1_recipient_cert CMS_RecipientInfo_get0_pkey_ctx \
	EVP_PKEY_CTX_set_rsa_oaep_md EVP_PKEY_CTX_ctrl_str PEM_read_bio_X509 PEM_read_bio_PrivateKey BIO_meth_new \
	BIO_new BIO_new_file BIO_new_mem_buf BIO_new_CMS BIO_write BIO_ctrl EVP_CIPHER_CTX_new EVP_CIPHER_CTX_copy \
	EVP_EncryptUpdate d2i_CMS_bio CMS_decrypt CMS_decrypt_set1_pkey curl_easy_init \
	curl_easy_setopt curl_url curl_url_get curl_slist_append curl_multi_init curl_multi_add_handle curl_multi_poll \
	curl_multi_perform)
comma := ,

# ---- the command: the same in a checkout and installed, but for its paths

# $(call command,LUADIR,LIBDIR) prints it.
command = printf '%s\n' '\#!/usr/bin/env $(INTERPRETER)' \
	'package.path = "$(1)/?.lua;$(1)/?/init.lua;" .. package.path' \
	'package.cpath = "$(2)/?.so;" .. package.cpath'; \
	tail -n +2 bin/facequery
COMMAND = $(BUILD)/bin/facequery

all: $(COMMAND)
$(COMMAND): bin/facequery Makefile
	@mkdir -p $(@D)
	{ $(call command,$(CURDIR)/lua,$(CURDIR)/$(BUILD)); } > $@
	chmod +x $@

# ---- install

INSTALL ?= install
LUA_FILES := $(shell cd lua && find facequery -name '*.lua')
SANDBOX_FILES := $(shell find sandbox -type f)

# The command's manual page and completions are made of its command line.  A rock has no place for them; the library it
# has beside its rockspec (copy_directories).
MANUAL := man/man1/facequery.1 bash-completion/completions/facequery zsh/site-functions/_facequery \
	fish/vendor_completions.d/facequery.fish
BUILT_MANUAL = $(addprefix $(BUILD)/share/,$(MANUAL))
$(BUILT_MANUAL): packaging/manual.lua $(LUA_FILES:%=lua/%) $(MODULE)
	@mkdir -p $(@D)
	LUA_PATH="$(CURDIR)/lua/?.lua;$(CURDIR)/lua/?/init.lua;;" LUA_CPATH="$(CURDIR)/$(BUILD)/?.so;;" \
		$(LUA) packaging/manual.lua $(firstword $(subst -, ,$(subst /, ,$(@:$(BUILD)/share/%=%)))) > $@

# What editors read of the modules.
LIBRARY := $(shell find library -type f)
# Pages that are made of the code: of the codes' sentences, and, beside library/, of the annotations.
docs: all ## make the pages that are made of the code, and library/
	for lang in en zh; do \
		LUA_PATH="$(CURDIR)/lua/?.lua;$(CURDIR)/lua/?/init.lua;;" LUA_CPATH="$(CURDIR)/$(BUILD)/?.so;;" \
			$(LUA) packaging/codes.lua $$lang > docs/$$(echo $$lang/ | sed s,en/,,)codes.md || exit; done
	rm -rf library
	$(LUA) packaging/reference/write.lua .

install: all $(if $(ROCKS_TREE),,$(BUILT_MANUAL)) ## install for LUA under PREFIX (/usr/local)
	@for file in $(LUA_FILES); do \
		$(INSTALL) -D -m 644 lua/$$file $(DESTDIR)$(LUADIR)/$$file; done
	@for file in $(SANDBOX_FILES); do mode=644; [ ! -x $$file ] || mode=755; \
		$(INSTALL) -D -m $$mode $$file $(DESTDIR)$(LUADIR)/facequery/$$file; done
	@$(INSTALL) -D -m 755 $(MODULE) $(DESTDIR)$(LIBDIR)/facequery/core.so
	@mkdir -p $(DESTDIR)$(BINDIR)
	@{ $(call command,$(RUN_LUADIR),$(RUN_LIBDIR)); } > $(DESTDIR)$(BINDIR)/facequery
	@chmod 755 $(DESTDIR)$(BINDIR)/facequery
	@$(if $(ROCKS_TREE),,for file in $(MANUAL); do \
		$(INSTALL) -D -m 644 $(BUILD)/share/$$file $(DESTDIR)$(SHAREDIR)/$$file; done; \
		for file in $(LIBRARY); do $(INSTALL) -D -m 644 $$file $(DESTDIR)$(SHAREDIR)/facequery/$$file; done)
	@echo "facequery for $(notdir $(LUA)): modules in $(LUADIR) and $(LIBDIR), command $(BINDIR)/facequery"

# The command may be the other Lua's, which was installed later.
uninstall: ## remove what install has put there
	rm -rf $(DESTDIR)$(LUADIR)/facequery $(DESTDIR)$(LIBDIR)/facequery
	if [ "$$(head -n 1 $(DESTDIR)$(BINDIR)/facequery 2>/dev/null)" = '#!/usr/bin/env $(INTERPRETER)' ]; then \
		rm -f $(DESTDIR)$(BINDIR)/facequery $(addprefix $(DESTDIR)$(SHAREDIR)/,$(MANUAL)); \
		rm -rf $(DESTDIR)$(SHAREDIR)/facequery; fi

# ---- to give away, in build/dist

VERSION := $(shell sed -n 's/^return "\(.*\)"$$/\1/p' lua/facequery/version.lua)
DIST := build/dist/facequery-$(VERSION)
.PHONY: dist rock deb
# The same files always make the same bytes.
dist: ## a tarball that builds by itself
	@mkdir -p build/dist
	git ls-files -z | tar -c --null -T - --transform 's,^,facequery-$(VERSION)/,' --sort=name --mode=u+rw,go=rX \
		--owner=0 --group=0 --numeric-owner --mtime=@$$(git log -1 --format=%ct) | gzip -9n > $(DIST).tar.gz

rock: dist ## a rockspec, and a rock of the tarball
	sed -e 's/"dev-1"/"$(VERSION)-1"/' -e 's,url = ".",url = "facequery-$(VERSION).tar.gz",' \
		rockspec/facequery-dev-1.rockspec > $(DIST)-1.rockspec
	rm -f $(DIST)-1.src.rock && cd build/dist && zip -qX facequery-$(VERSION)-1.src.rock \
		facequery-$(VERSION)-1.rockspec facequery-$(VERSION).tar.gz

deb: dist ## a Debian package of the tarball, for the machine that builds it
	rm -rf build/deb && mkdir build/deb && tar -xzf $(DIST).tar.gz -C build/deb
	cd build/deb/facequery-$(VERSION) && dpkg-buildpackage -us -uc -b
	cp build/deb/facequery_$(VERSION)_*.deb build/dist

# ---- what it takes

.PHONY: test-deps
deps: ## install the system's packages that building and running take
	@packaging/need run build sandbox

test-deps: ## install those, and what the demo, the benchmarks, the tests and lint take
	@packaging/need run build sandbox demo bench test

# ---- try, test, lint

.PHONY: demo show sandbox test torture chaos fuzz coverage bench bench-archive bench-fleet bench-queue bench-scale bench-secrecy bench-seal bench-openresty plots lint
demo: ## watch a click become a record, a JPEG and an MP4, and these evidence
	@packaging/need run build sandbox demo >&2
	@$(MAKE) --no-print-directory -s show
# By a make of its own, which finds the Lua that may not have been there before.
show: all
	@LUA_PATH="$(CURDIR)/lua/?.lua;$(CURDIR)/lua/?/init.lua;;" LUA_CPATH="$(CURDIR)/$(BUILD)/?.so;;" \
		$(COMMAND) sandbox examples/demo $(abspath $(COMMAND)) $(INTERPRETER)

sandbox: all ## run the service in small, until interrupted
	@$(COMMAND) sandbox

# SPEC=spec/client/poll_spec.lua runs that alone.
SPEC ?=
test: ## run everything, on both Luas, and once more under ASan and UBSan
	@packaging/need run build sandbox demo test >&2
	@spec/run $(SPEC)

torture: ## fail every allocation once, cut every connection at every byte: some twenty minutes, on both Luas
	@packaging/need run build sandbox demo test >&2
	@spec/torture/run

# CHAOS_SEED=n repeats a run.
MINUTES ?= 10
chaos: ## kill a fleet's workers and its Redis at random, for MINUTES (10), and look what is left of its orders
	@packaging/need run build sandbox demo test >&2
	@$(MAKE) --no-print-directory -s LUA=lua5.4 all
	@LUA_PATH="$(CURDIR)/lua/?.lua;$(CURDIR)/lua/?/init.lua;$(CURDIR)/spec/?.lua;;" \
		LUA_CPATH="$(CURDIR)/build/lua5.4/?.so;;" FACEQUERY_BUILD="$(CURDIR)/build/lua5.4" CHAOS_MINUTES=$(MINUTES) \
		sandbox/start -- busted --lua=$$(command -v lua5.4) -o TAP --pattern=_spec spec/queue/chaos_spec.lua

# SECONDS=300 fuzzes each target so long.
fuzz: ## search for answers that the core misreads, for SECONDS (60) each
	@packaging/need run build sandbox demo test >&2
	@spec/fuzz/run $(SECONDS)
# The core alone, under libFuzzer and the sanitizers.  A target's helpers are named below.
FUZZ := clang $(STANDARD) $(WARNINGS) -Werror -O1 -g -fsanitize=fuzzer,address,undefined \
	-fno-sanitize-recover=undefined
FUZZ_OBJECTS := $(patsubst csrc/%.c,build/fuzz/core/%.o,$(CORE_SOURCES))
build/fuzz/core/%.o: csrc/%.c Makefile
	@mkdir -p $(@D)
	$(FUZZ) -MMD -MP -c -o $@ $<
-include $(FUZZ_OBJECTS:.o=.d)
build/fuzz/%: spec/fuzz/%_fuzz.c $(wildcard spec/fuzz/*.h) $(FUZZ_OBJECTS)
	@mkdir -p $(@D)
	$(FUZZ) -Icsrc $(FUZZ_CFLAGS) -o $@ $(filter %.c %.o,$^) $(LDLIBS) -lyajl $(FUZZ_LIBS)
build/fuzz/answer: spec/fuzz/oracle.c spec/fuzz/rebuilt.c
build/fuzz/record: spec/fuzz/oracle.c $(LUA_SOURCES)
build/fuzz/record: FUZZ_CFLAGS = $(shell pkg-config --cflags lua5.4)
build/fuzz/record: FUZZ_LIBS = $(shell pkg-config --libs lua5.4)

coverage: ## count the core's lines and branches that the tests reach, in some minutes
	@packaging/need run build sandbox demo test >&2
	@spec/coverage

# TURNS=1 is a quick look.
TURNS ?= 7
BENCHES := $(addprefix build/bench/,archive decode floor processes sign split)
bench: ## compare speed and memory with others' and with the floor, in some eight minutes
	@packaging/need run build sandbox demo bench >&2
	@$(MAKE) --no-print-directory -s LUA=lua5.4 all $(BENCHES)
	@$(MAKE) --no-print-directory -s LUA=luajit all
	@bench/run build/bench $(TURNS)
	@LUA_PATH="$(CURDIR)/lua/?.lua;$(CURDIR)/lua/?/init.lua;;" LUA_CPATH="$(CURDIR)/build/lua5.4/?.so;;" \
		sandbox/start -- bench/archive build/bench/archive build/lua5.4/bin/facequery
build/bench/%: bench/%.c bench/bench.h $(CORE_OBJECTS)
	@mkdir -p $(@D)
	$(CC) $(STANDARD) $(WARNINGS) $(CFLAGS) -Icsrc $(LDFLAGS) -o $@ $(filter-out %.h,$^) $(LDLIBS) -lyajl

bench-archive: ## an archive's speed beside its floor, on a slow disk, and by several processes; and verify's
	@packaging/need run build sandbox demo bench >&2
	@$(MAKE) --no-print-directory -s LUA=lua5.4 all build/bench/archive
	@export LUA_PATH="$(CURDIR)/lua/?.lua;$(CURDIR)/lua/?/init.lua;;" LUA_CPATH="$(CURDIR)/build/lua5.4/?.so;;"; \
		sandbox/start -- bench/archive build/bench/archive build/lua5.4/bin/facequery && echo && \
		sandbox/start -- bench/disk build/lua5.4/bin/facequery build && echo && \
		sandbox/start -- bench/together build/lua5.4/bin/facequery && echo && \
		bench/verify build/lua5.4/bin/facequery build

# COUNTS=1000000 is a look at a million bundles, which are five million files and folders.
COUNTS ?= 1000 10000 100000
bench-scale: ## what an archive's operations cost with a thousand, ten thousand and a hundred thousand bundles
	@packaging/need run build >&2
	@$(MAKE) --no-print-directory -s LUA=lua5.4 all
	@LUA_PATH="$(CURDIR)/lua/?.lua;$(CURDIR)/lua/?/init.lua;;" LUA_CPATH="$(CURDIR)/build/lua5.4/?.so;;" \
		bench/scale build $(COUNTS)

bench-queue: ## the queue's workers beside facequery archive, its producers, and what an order costs Redis
	@packaging/need run build sandbox demo test >&2
	@$(MAKE) --no-print-directory -s LUA=lua5.4 all
	@sandbox/start -- bench/queue build/lua5.4/bin/facequery

bench-secrecy: ## what it costs to encrypt an archive, beside a plain one and beside what no encryption does without
	@packaging/need run build sandbox demo bench >&2
	@$(MAKE) --no-print-directory -s LUA=lua5.4 all build/bench/secrecy
	@LUA_PATH="$(CURDIR)/lua/?.lua;$(CURDIR)/lua/?/init.lua;;" LUA_CPATH="$(CURDIR)/build/lua5.4/?.so;;" \
		sandbox/start -- bench/secrecy build/bench/secrecy build/lua5.4/bin/facequery $(TURNS)

bench-seal: ## how long it takes to seal a log of a million lines, and to prove one of them
	@packaging/need run build sandbox demo bench >&2
	@$(MAKE) --no-print-directory -s LUA=lua5.4 all
	@$(MAKE) --no-print-directory -s LUA=luajit all
	@for lua in lua5.4 luajit; do LUA_PATH="$(CURDIR)/lua/?.lua;$(CURDIR)/lua/?/init.lua;;" \
		LUA_CPATH="$(CURDIR)/build/$$lua/?.so;;" sandbox/start -- $$lua bench/seal.lua 1000000; done

bench-openresty: ## a neighbour's latency beside twenty slow queries in one nginx worker
	@packaging/need run build sandbox demo test >&2
	@$(MAKE) --no-print-directory -s LUA=lua5.4 all
	@$(MAKE) --no-print-directory -s LUA=luajit all
	@LUA_PATH="$(CURDIR)/lua/?.lua;$(CURDIR)/lua/?/init.lua;$(CURDIR)/spec/?.lua;;" \
		LUA_CPATH="$(CURDIR)/build/lua5.4/?.so;;" sandbox/start -- lua5.4 bench/openresty.lua

plots: ## draw bench/results for docs/numbers.md
	@mkdir -p docs/plots docs/zh/plots
	LUA_PATH="$(CURDIR)/bench/?.lua;;" $(LUA) bench/plots.lua en docs/plots
	LUA_PATH="$(CURDIR)/bench/?.lua;;" $(LUA) bench/plots.lua zh docs/zh/plots

# SCALE=1 is all of the orders, in hours.
SCALE ?= 10
bench-fleet: ## how a fleet of workers gets over 30 hours without the service: a simulation, in some twenty minutes
	@packaging/need run build >&2
	@$(MAKE) --no-print-directory -s LUA=luajit all
	@LUA_PATH="$(CURDIR)/lua/?.lua;$(CURDIR)/lua/?/init.lua;$(CURDIR)/spec/?.lua;$(CURDIR)/bench/?.lua;;" \
		LUA_CPATH="$(CURDIR)/build/luajit/?.so;;" luajit bench/fleet.lua $(SCALE)

# What a user runs is for any POSIX shell (spec/shell_spec.lua).
SCRIPTS := sandbox/start examples/demo packaging/need
lint: ## shellcheck, luacheck, clang-format 14 (Debian 12); every C file under -Werror with gcc and clang
	@packaging/need run build sandbox demo test >&2
	shellcheck -s sh -S warning $(SCRIPTS)
	clang-format --dry-run -Werror csrc/*.[ch] csrc/*/*.[ch] spec/c/*.[ch] spec/fuzz/*.[ch] bench/*.[ch]
	luacheck -q lua/facequery sandbox spec bench packaging examples bin/facequery .luacheckrc
	for cc in gcc clang; do \
		for file in $(CORE_SOURCES) $(wildcard spec/c/*.c spec/fuzz/*.c bench/*.c); do \
			$$cc $(STANDARD) $(WARNINGS) -Werror -O2 -Icsrc $$(pkg-config --cflags lua5.4) \
				-c -o /dev/null $$file; done; \
		for lua in lua5.4 luajit; do for file in $(LUA_SOURCES); do \
			$$cc $(STANDARD) $(WARNINGS) -Werror -O2 $$(pkg-config --cflags $$lua) \
				-c -o /dev/null $$file; done; done; done

clean: ## remove what was built
	rm -rf build

help:
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
