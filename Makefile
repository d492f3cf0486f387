# The build of dr. `make` gives build/dr; README.md says what the other targets are for.
CC      = musl-gcc
BUILD  ?= build
PREFIX ?= /usr/local
# A BearSSL of your own (make BEARSSL=DIR), or Debian's, which build-static.sh gets.
BEARSSL ?= $(BUILD)/bearssl

WARN = -Wall -Wextra -Wpedantic -Wshadow -Wvla -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
  -Wpointer-arith -Wwrite-strings -Wformat=2 -Wimplicit-fallthrough -Wswitch-enum -Wcast-align -Wcast-qual -Wundef \
  -Wnull-dereference -Wconversion -Wno-sign-conversion -Wno-missing-field-initializers -Wno-format-truncation \
  $(if $(WERROR),-Werror)
# gcc 12 for aarch64 drops calls of functions whose stores -fivopts has rewritten: deflate's codes came out as zeros.
CFLAGS = -std=gnu17 $(SMALL) -g $(WARN) -fno-common -fstack-protector-strong -ffunction-sections -fdata-sections \
  -fno-asynchronous-unwind-tables -fno-unwind-tables -fno-pie $(if $(filter aarch64%,$(TARGET)),-fno-ivopts)
TARGET := $(shell $(CC) -dumpmachine 2>/dev/null)
# A fresh machine's first make installs the compiler, which is asked below. These goals do that by themselves.
ifeq ($(TARGET)$(filter test check cross lint bench demo clean,$(MAKECMDGOALS)),)
TARGET := $(shell ./build-static.sh packages build >&2; $(CC) -dumpmachine)
endif
# gcc 12 and clang know how to be smaller than -Os.
SMALL := $(shell $(CC) -Oz -E -x c /dev/null >/dev/null 2>&1 && echo -Oz || echo -Os)
CPPFLAGS = -D_GNU_SOURCE -iquote lib -iquote applets -isystem $(BEARSSL)/inc
# Sorted, the sections compress better.
LDFLAGS = -static -no-pie -Wl,--gc-sections -Wl,--sort-section=alignment -Wl,-z,noseparate-code -Wl,-z,norelro \
  -Wl,--build-id=none
LIBBEARSSL = $(BEARSSL)/build/libbearssl.a

SRC := $(shell find lib applets -name '*.c' ! -path 'lib/packed/*' | LC_ALL=C sort)
OBJ := $(SRC:%.c=$(BUILD)/obj/%.o)

all: $(BUILD)/dr

# Loops over every byte are built for speed, everything else for size.
FAST = $(wildcard lib/codec/crc32.c lib/codec/deflate*.c lib/codec/inflate.c lib/crypto/sha256.c lib/crypto/md5.c lib/crypto/scrypt.c)
$(FAST:%.c=$(BUILD)/obj/%.o): CFLAGS += -O2

# And the arithmetic of TLS, which a handshake is made of.
$(BUILD)/obj/lib/net/tls_modpow.o: CFLAGS += -O3
$(BUILD)/obj/lib/net/tls_p256.o: CFLAGS += -O2 -fno-tree-slp-vectorize

# Likewise of BearSSL's. These come before the library, and replace what is of that name in it.
FASTSSL = $(addprefix $(BUILD)/obj/bearssl/,ssl/ssl_hs_client.o hash/sha2small.o \
  x509/x509_minimal.o x509/x509_decoder.o x509/skey_decoder.o)
$(FASTSSL): $(BUILD)/obj/bearssl/%.o: | $(LIBBEARSSL)
	@mkdir -p $(@D)
	$(CC) -I$(BEARSSL)/inc -I$(BEARSSL)/src -O2 -w -ffunction-sections -fdata-sections -fno-pie -c -o $@ $(BEARSSL)/src/$*.c

$(BUILD)/obj/applets/dr/licenses.o: LICENSE

# The program itself, with what gdb and perf want to know.
$(BUILD)/dr.elf: $(OBJ) $(FASTSSL) $(LIBBEARSSL)
	$(CC) $(LDFLAGS) -o $@.tmp $(OBJ) $(FASTSSL) $(LIBBEARSSL)
	mv $@.tmp $@

# build/dr is that stripped, of the C library's tables for unwinding too; on x86-64 it is also compressed, and starts by
# unpacking itself (lib/packed).
STRIP  := $(shell $(CC) -print-prog-name=strip 2>/dev/null)
HOSTCC ?= cc
PACK    = $(BUILD)/packed
STARTFLAGS = -std=gnu17 -O2 $(WARN) -Wno-overflow -ffreestanding -fno-tree-loop-distribute-patterns -fno-stack-protector \
  -fcf-protection=none -fno-asynchronous-unwind-tables -fno-pie -no-pie -nostdlib -static -Wl,-z,noseparate-code \
  -Wl,-z,norelro -Wl,-z,noexecstack -Wl,--build-id=none -Wl,-Ttext-segment=0x4000000
ifneq ($(filter x86_64%,$(TARGET)),)
$(BUILD)/dr: $(BUILD)/dr.elf $(PACK)/pack lib/packed/start.c lib/packed/unpack.h
	$(STRIP) -R .eh_frame -o $(PACK)/program $<
	$(PACK)/pack image $(PACK)/program $(PACK)
	lz4 -q -f -12 --favor-decSpeed -B7 --no-frame-crc $(PACK)/image $(PACK)/image.lz4
	$(PACK)/pack block $(PACK)
	$(CC) $(STARTFLAGS) -I$(PACK) -o $@.tmp lib/packed/start.c
	$(STRIP) $@.tmp
	mv $@.tmp $@
else
$(BUILD)/dr: $(BUILD)/dr.elf
	$(STRIP) -R .eh_frame -o $@.tmp $<
	mv $@.tmp $@
endif

$(PACK)/pack: lib/packed/pack.c lib/packed/unpack.h | $(LIBBEARSSL)
	@mkdir -p $(@D)
	$(HOSTCC) -std=gnu17 -O1 $(WARN) -o $@ $<

$(BUILD)/obj/%.o: %.c | $(LIBBEARSSL)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# What is missing (compiler, musl, BearSSL) is installed by the script, on the first make only.
$(LIBBEARSSL):
	./build-static.sh packages build
	CC="$(CC)" BUILD="$(BUILD)" BEARSSL="$(filter-out $(BUILD)/bearssl,$(BEARSSL))" ./build-static.sh bearssl

# The library by itself, for the unit tests: built with musl, and with the host's compiler under ASan and UBSan.
LIBOBJ := $(filter $(BUILD)/obj/lib/% $(BUILD)/obj/applets/command.o,$(OBJ))
UNIT   := $(sort $(wildcard tests/unit/test_*.c))
SANCC  ?= cc
SANFLAGS = -std=gnu17 -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer $(WARN)
LIBBEARSSL_HOST = $(BEARSSL)/build-host/libbearssl.a

$(LIBBEARSSL_HOST): | $(LIBBEARSSL)
	CC="$(CC)" BUILD="$(BUILD)" BEARSSL="$(filter-out $(BUILD)/bearssl,$(BEARSSL))" ./build-static.sh bearssl host

$(BUILD)/libdr.a: $(LIBOBJ)
	rm -f $@
	ar rcs $@ $^

$(BUILD)/unit/%: tests/unit/%.c $(BUILD)/libdr.a
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) -Itests/unit $(CFLAGS) $(LDFLAGS) -MMD -MP -o $@ $< $(BUILD)/libdr.a $(LIBBEARSSL)

$(BUILD)/san/%.o: %.c | $(LIBBEARSSL)
	@mkdir -p $(@D)
	$(SANCC) $(CPPFLAGS) $(SANFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/san/libdr.a: $(LIBOBJ:$(BUILD)/obj/%=$(BUILD)/san/%)
	rm -f $@
	ar rcs $@ $^

$(BUILD)/san/unit/%: tests/unit/%.c $(BUILD)/san/libdr.a $(LIBBEARSSL_HOST)
	@mkdir -p $(@D)
	$(SANCC) $(CPPFLAGS) -Itests/unit $(SANFLAGS) -MMD -MP -o $@ $< $(BUILD)/san/libdr.a $(LIBBEARSSL_HOST)

unit: $(UNIT:tests/unit/%.c=$(BUILD)/unit/%)
san: $(UNIT:tests/unit/%.c=$(BUILD)/san/unit/%)

-include $(OBJ:.o=.d) $(UNIT:tests/unit/%.c=$(BUILD)/unit/%.d)
-include $(LIBOBJ:$(BUILD)/obj/%.o=$(BUILD)/san/%.d) $(UNIT:tests/unit/%.c=$(BUILD)/san/unit/%.d)

test:
	./build-static.sh packages test
	$(MAKE) -s $(BUILD)/dr unit
	BUILD=$(BUILD) ./build-static.sh check
	tests/run $(SUITES)

check:
	./build-static.sh packages build
	$(MAKE) -s san
	tests/units $(BUILD)/san/unit

# build/aarch64/dr, and the unit tests for it under qemu.
CROSS = CC=$(CURDIR)/build/aarch64/musl-gcc BUILD=build/aarch64
cross:
	./build-static.sh cross aarch64
	$(MAKE) -s $(CROSS) unit
	tests/units build/aarch64/unit qemu-aarch64-static

lint:
	./build-static.sh packages lint
	tests/lint

bench:
	./build-static.sh packages bench
	$(MAKE) -s $(BUILD)/dr
	tests/bench/run

demo:
	./build-static.sh packages test
	$(MAKE) -s $(BUILD)/dr
	tests/demo

install: $(BUILD)/dr
	install -D -m 755 $(BUILD)/dr $(DESTDIR)$(PREFIX)/bin/dr
	mkdir -p $(DESTDIR)$(PREFIX)/share/man/man1
	$(BUILD)/dr help --man >$(DESTDIR)$(PREFIX)/share/man/man1/dr.1

clean:
	rm -rf $(BUILD)

.PHONY: all unit san test check cross lint bench demo install clean
