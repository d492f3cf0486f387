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

-include $(OBJ:.o=.d)

clean:
	rm -rf build

.PHONY: clean
