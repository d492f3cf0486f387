# The build of dr. `make` gives build/dr; see README.md for the rest.
CC      = musl-gcc
BEARSSL ?= build/bearssl
BUILD   ?= build

WARN = -Wall -Wextra -Wpedantic -Wshadow -Wvla -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
  -Wpointer-arith -Wwrite-strings -Wformat=2 -Wimplicit-fallthrough -Wswitch-enum -Wcast-align -Wcast-qual -Wundef \
  -Wnull-dereference -Wconversion -Wno-sign-conversion -Wno-missing-field-initializers -Wno-format-truncation $(if $(WERROR),-Werror)
CFLAGS = -std=gnu17 -Os -g $(WARN) -fno-common -fstack-protector-strong -ffunction-sections -fdata-sections
CPPFLAGS = -D_GNU_SOURCE -iquote lib -iquote applets -I$(BEARSSL)/inc
LDFLAGS = -static -Wl,--gc-sections

SRC := $(shell find lib applets -name '*.c' | LC_ALL=C sort)
OBJ := $(SRC:%.c=$(BUILD)/obj/%.o)

# Loops over every byte are built for speed, everything else for size.
$(BUILD)/obj/lib/codec/%.o: CFLAGS += -O2
$(BUILD)/obj/lib/crypto/%.o: CFLAGS += -O2

$(BUILD)/dr: $(OBJ)
	$(CC) $(LDFLAGS) -o $@.tmp $^ $(BEARSSL)/build/libbearssl.a
	strip $@.tmp
	mv $@.tmp $@

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# The library by itself, for the unit tests: built with musl, and with the host's compiler under ASan and UBSan.
LIBOBJ := $(filter $(BUILD)/obj/lib/% $(BUILD)/obj/applets/command.o,$(OBJ))
UNIT   := $(sort $(wildcard tests/unit/test_*.c))
SANCC  ?= cc
SANFLAGS = -std=gnu17 -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer $(WARN)

$(BUILD)/libdr.a: $(LIBOBJ)
	rm -f $@
	ar rcs $@ $^

$(BUILD)/unit/%: tests/unit/%.c $(BUILD)/libdr.a
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) -Itests/unit $(CFLAGS) $(LDFLAGS) -MMD -MP -o $@ $< $(BUILD)/libdr.a $(BEARSSL)/build/libbearssl.a

$(BUILD)/san/%.o: %.c
	@mkdir -p $(@D)
	$(SANCC) $(CPPFLAGS) $(SANFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/san/libdr.a: $(LIBOBJ:$(BUILD)/obj/%=$(BUILD)/san/%)
	rm -f $@
	ar rcs $@ $^

$(BUILD)/san/unit/%: tests/unit/%.c $(BUILD)/san/libdr.a
	@mkdir -p $(@D)
	$(SANCC) $(CPPFLAGS) -Itests/unit $(SANFLAGS) -MMD -MP -o $@ $< $(BUILD)/san/libdr.a $(BEARSSL)/build-host/libbearssl.a

unit: $(UNIT:tests/unit/%.c=$(BUILD)/unit/%)
san: $(UNIT:tests/unit/%.c=$(BUILD)/san/unit/%)

-include $(OBJ:.o=.d) $(UNIT:tests/unit/%.c=$(BUILD)/unit/%.d)
-include $(LIBOBJ:$(BUILD)/obj/%.o=$(BUILD)/san/%.d) $(UNIT:tests/unit/%.c=$(BUILD)/san/unit/%.d)

clean:
	rm -rf build

.PHONY: clean unit san
