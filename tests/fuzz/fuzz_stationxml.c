/* StationXML on any bytes: as a file, in short reads from a pipe, and with an allocation refused. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "io/stationxml.h"
#include "tests/unit/fake_sys.h"

enum { PEAK_BYTES = 4 * 1024 * 1024 };

static void check(bool kept, const char *promise)
{
    if (kept)
        return;
    fprintf(stderr, "broken promise: %s\n", promise);
    abort();
}

static void look_up(const struct stationxml *x)
{
    struct stationxml_channel c;

    for (int64_t t = -1; t <= 1; t++)
        if (stationxml_find(x, "XX", "TEST", "00", "HNZ", t * 1500000000 * 1000000000, &c)) {
            check(isfinite(c.sensitivity) && c.to_si > 0, "a sensitivity that can be computed with");
            check(isfinite(c.azimuth_deg) && isfinite(c.dip_deg), "an orientation that can be computed with");
            check(memchr(c.sensor, 0, sizeof c.sensor) && memchr(c.input_units, 0, sizeof c.input_units),
                  "ended texts");
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fake_sys fake;

    for (int pass = 0; pass < 3; pass++) {
        struct error err = {""};
        struct stationxml *x;
        fake_sys_init(&fake);
        fake_file_put(&fake, "fuzz", data, size)->pipe = pass == 1;
        fake.read_max = pass == 1 ? 1 + size % 97 : 0;
        fake.fail_alloc_at = pass == 2 ? 1 + (size ? data[size / 2] % 6 : 0) : 0;
        stationxml_probe(data, size);
        int result = stationxml_open(&x, &fake.sys, "fuzz", &err);
        check(result == 0 || (result == -1 && !x && strncmp(err.text, "fuzz: ", 6) == 0),
              "an error names the file");
        if (result == 0)
            look_up(x);
        stationxml_close(x);
        check(fake.live_allocs == 0 && fake.open_fds == 0, "nothing is left behind");
        check(fake.peak_bytes <= PEAK_BYTES, "bounded memory");
        fake_sys_done(&fake);
    }
    return 0;
}
