# Tocsin. `make demo` and `make test` are all that a new user needs: each installs what is missing by itself.
#
#   make SAN=address,undefined test    another build folder, so flavours never mix (also SAN=thread, COV=1)
#   make CC=clang B=build-clang        another compiler
PREFIX  ?= /usr/local
CFLAGS  ?= -O2 -g
RECORDS ?= ../shared/data
VERSION := 0.1.0
PKGS    := mseed libconfig jansson libxml-2.0 fftw3f libiio libgpiod alsa samplerate libsystemd libupsclient libsodium zlib
comma   := ,
B       := build$(if $(SAN),-$(subst $(comma),-,$(SAN)))$(if $(COV),-cov)
EXTRA   := $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer) $(if $(COV),--coverage)
# -ffp-contract=off: replay and live compute the same bits (and it is faster: the recursions are latency-bound).
# -fno-math-errno only lets sqrt() be one instruction; nothing here reads errno after a maths call.
# -ftree-vectorize: loops that only convert or copy become vector loops with any optimisation; the bits are the same.
FLAGS    = -std=c11 -D_GNU_SOURCE -DTOCSIN_VERSION='"$(VERSION)"' -DTOCSIN_SHARE='"$(PREFIX)/share/tocsin"' -I. -pthread -Wall -Wextra -Wshadow -Wconversion \
           -Wstrict-prototypes -Wmissing-prototypes -ffp-contract=off -fno-math-errno -ftree-vectorize \
           $(shell pkg-config --cflags $(PKGS)) $(EXTRA)
LIBS     = -Wl,--as-needed $(shell pkg-config --libs $(PKGS)) -lm

FOLDERS := io dsp calibration alarm node
SOURCES := $(foreach d,$(FOLDERS),$(sort $(wildcard $d/*.c)))
UNITS   := $(sort $(wildcard tests/unit/*/test_*.c tests/records/test_*.c))
TESTS   := $(UNITS:%.c=$B/%)
FUZZERS := $(patsubst tests/fuzz/%.c,%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
objs     = $(patsubst %.c,$B/%.o,$(filter-out node/main.c,$(sort $(wildcard $1/*.c)))) \
           $(if $(filter node,$1),$B/node/page_text.o)
# One short line a file; make V=1 shows the commands.
quiet    = $(if $(V),,@echo '  $1 $@';)
link     = $(call quiet,LD)$(CC) $(FLAGS) $(CFLAGS) $(LDFLAGS) $(filter %.o,$^) $(LIBS) -o $@

all: $B/tocsin $B/tocsin.1 $B/voice/rendered
$B/tocsin: $B/node/main.o $(foreach d,$(FOLDERS),$(call objs,$d)) ; $(link)

# A test links only the folders that its subject may use, so that a wrong dependency does not link.
$B/tests/unit/dsp/%:         LIBS += -lcmocka
$B/tests/unit/io/%:          LIBS += -lcmocka
$B/tests/unit/calibration/%: LIBS += -lcmocka
$B/tests/unit/alarm/%:       LIBS += -lcmocka
$B/tests/unit/node/%:        LIBS += -lcmocka
$B/tests/records/%:          LIBS += -lcmocka
.SECONDEXPANSION:
$B/tests/unit/dsp/%:         $B/tests/unit/dsp/%.o $$(call objs,dsp) ; $(link)
$B/tests/unit/io/%:          $B/tests/unit/io/%.o $$(call objs,io) ; $(link)
$B/tests/unit/calibration/%: $B/tests/unit/calibration/%.o $$(foreach d,calibration dsp io,$$(call objs,$$d)) ; $(link)
$B/tests/unit/alarm/%:       $B/tests/unit/alarm/%.o $$(foreach d,alarm dsp io,$$(call objs,$$d)) ; $(link)
$B/tests/unit/node/%:        $B/tests/unit/node/%.o $$(foreach d,$(FOLDERS),$$(call objs,$$d)) ; $(link)
$B/tests/records/%:          $B/tests/records/%.o $$(call objs,io) ; $(link)

$B/tests/bench/%:            $B/tests/bench/%.o $$(foreach d,$(FOLDERS),$$(call objs,$$d)) ; $(link)

$B/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) $(FLAGS) -MMD -MP $(CPPFLAGS) $(CFLAGS) -c $< -o $@
-include $(shell find $B -name '*.d' 2>/dev/null)

# The page of replay --plot FILE.html: node/page/ and one library from npm, fetched once into node/page/vendor. A
# source tarball carries it; where it cannot be had the program is built without the page, and both say so.
LIBRARY := node/page/vendor/uPlot.iife.min.js
$(LIBRARY): node/page/package.json node/page/package-lock.json
	@tools/page-fetch
$B/node/page_text.c: $(LIBRARY) $(wildcard node/page/*.html node/page/*.css node/page/*.js) tools/page-assemble
	$(call quiet,PAGE)tools/page-assemble $@
$B/node/page_text.o: $B/node/page_text.c
	$(call quiet,CC)$(CC) $(FLAGS) -MMD -MP $(CPPFLAGS) $(CFLAGS) -c $< -o $@

# The synthetic voice prompts; a recorded one of the same name takes the place of each (voice.folder).
$B/voice/rendered: alarm/voice.txt tools/voice-render
	$(call quiet,VOICE)tools/voice-render alarm/voice.txt $(@D) && touch $@

# A sound card for tests: paced by the clock, heard in a file.
PACED := $B/tests/alsa/libasound_module_pcm_paced.so
$(PACED): tests/alsa/pcm_paced.c Makefile
	@mkdir -p $(@D)
	$(call quiet,LD)$(CC) $(filter-out -fsanitize=% -fno-sanitize-recover=% --coverage,$(FLAGS)) -Wno-conversion -Wno-missing-prototypes \
	    -DPIC -fPIC -shared $(CFLAGS) $< $(LDFLAGS) -lasound -lm -o $@
# Preloaded by a test: which thread takes memory, locks, opens, sleeps.
WITNESS := $B/tests/preload/witness.so
$(WITNESS): tests/preload/witness.c Makefile
	@mkdir -p $(@D)
	$(call quiet,LD)$(CC) $(filter-out -fsanitize=% -fno-sanitize-recover=% --coverage,$(FLAGS)) -Wno-missing-prototypes \
	    -fPIC -shared $(CFLAGS) $< $(LDFLAGS) -ldl -o $@

# Debian's own kernel in an emulator, devices made by programs: tests/vm/README.md. Packages: packages-vm.txt.
VM := $B/tests/vm/accel $B/tests/vm/relays
$B/tests/vm/accel:           $B/tests/vm/accel.o $(foreach d,$(FOLDERS),$(call objs,$d)) ; $(link)
$B/tests/vm/relays:          $B/tests/vm/relays.o ; $(link)
vm: deps
	-@tools/deps packages-vm.txt
	@$(MAKE) --no-print-directory all $(VM)
	@RECORDS=$(RECORDS) tests/vm/run.py $B
# A whole Debian 12 with systemd (root: debootstrap), and the package of make deb in it.
vm-debian: deps
	-@tools/deps packages-vm.txt
	@$(MAKE) --no-print-directory all $(VM)
	@RECORDS=$(RECORDS) BUILD=$B tests/vm/debian.py test $(DEB)

deps:
	@tools/deps

# Each of the two commands works alone on a fresh machine: the packages first, then a second make that sees them.
demo: deps
	@$(MAKE) --no-print-directory all
	@tools/demo $B/tocsin $(TRACE)
test: deps
	@$(MAKE) --no-print-directory -j2 all check-build
	@$(MAKE) --no-print-directory check
check: all $(TESTS) $(PACED) $(WITNESS)
	@RECORDS=$(RECORDS) tests/run $B $(TESTS)
check-build: $(TESTS) $(PACED) $(WITNESS) $B/tests/bench/stages
bench: deps
	@$(MAKE) --no-print-directory all $B/tests/bench/stages $(PACED)
	@RECORDS=$(RECORDS) tests/bench/run $B

# libFuzzer; SECONDS_EACH is how long each target runs, each starting from its corpus.
SECONDS_EACH ?= 10
fuzz: deps
	@$(MAKE) --no-print-directory fuzz-run CC=clang SAN=address,undefined,fuzzer-no-link B=build-fuzz
fuzz-run: $(FUZZERS:%=$B/%)
	@tests/fuzz/run $B $(SECONDS_EACH) $(FUZZERS)
$B/fuzz_%: $B/tests/fuzz/fuzz_%.o $(foreach d,$(FOLDERS),$(call objs,$d))
	$(call quiet,LD)$(CC) $(FLAGS) $(CFLAGS) -fsanitize=fuzzer $(filter %.o,$^) $(LIBS) -o $@

# The manual's list of configuration keys comes from the program's own tables.
$B/tocsin.1: docs/tocsin.1 $B/tocsin
	$(call quiet,MAN)$B/tocsin run --print-manual >$@.keys && sed -e '/@CONFIGURATION@/{r '$@.keys -e 'd;}' $< >$@

format:
	clang-format -i $(shell git ls-files '*.c' '*.h')
lint: deps
	@tools/lint
install: all
	install -Dm755 $B/tocsin $(DESTDIR)$(PREFIX)/bin/tocsin
	install -Dm644 $B/tocsin.1 $(DESTDIR)$(PREFIX)/share/man/man1/tocsin.1
	install -d $(DESTDIR)$(PREFIX)/share/doc/tocsin/schema
	install -m644 docs/schema/*.json $(DESTDIR)$(PREFIX)/share/doc/tocsin/schema
	for f in $$(cd boards && find . -name '*.conf' -o -name '*.dts'); do \
	    install -Dm644 boards/$$f $(DESTDIR)$(PREFIX)/share/tocsin/boards/$$f || exit 1; done
	for f in $$(cd $B/voice && find . -name '*.wav'); do \
	    install -Dm644 $B/voice/$$f $(DESTDIR)$(PREFIX)/share/tocsin/voice/$$f || exit 1; done
coverage:
	$(MAKE) check COV=1 CFLAGS=-O0
	find build-cov -name '*.gcda' ! -path '*/tests/*' | xargs gcov -n -r
# The source with the page's library in it: building from it needs neither npm nor a network. Same commit, same bytes.
DIST := tocsin-$(VERSION)
dist: $(LIBRARY)
	@test -e $(LIBRARY) || { echo 'make dist: the library of the page is missing' >&2; exit 1; }
	@rm -rf build/dist && mkdir -p build/dist/$(DIST)
	@git archive HEAD | tar -x -C build/dist/$(DIST)
	@cp -r node/page/vendor build/dist/$(DIST)/node/page/
	@tar -C build/dist --sort=name --owner=0 --group=0 --numeric-owner --mtime=@$$(git log -1 --format=%ct) \
	    -czf build/$(DIST).tar.gz $(DIST)
	@rm -rf build/dist
	@echo 'build/$(DIST).tar.gz'
# The Debian package of what is committed, into build/deb; lintian has the last word.
deb: deps
	@tools/deps packages-deb.txt
	@rm -rf build/deb
	@tools/deb build/deb
	@lintian --allow-root --fail-on error --suppress-tags bad-distribution-in-changes-file build/deb/*.deb
# ... and its life: on a bare Debian 12, and built a second time. Root and a mirror are wanted; what cannot be had is SKIPPED.
test-package: deb
	@tests/package/run build/deb
clean:
	rm -rf build build-*

.PHONY: all deb test-package deps demo dist test check check-build bench vm vm-debian fuzz fuzz-run format lint install coverage clean
