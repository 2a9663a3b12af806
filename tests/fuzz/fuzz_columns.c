/* The columns reader on any bytes; the first of them chooses the options. */
#include "tests/fuzz/reader_fuzz.h"

static const struct trace_conf confs[] = {
    {.columns = "1", .rate_hz = 100},
    {.columns = "2,3,4", .rate_hz = 100, .skip_lines = 2},
    {.columns = "-,all,-", .rate_hz = 100, .has_t0 = true, .t0_ns = 1706093488000000000},
    {.columns = "2,3,4", .time_column = 1},
    {.columns = "2", .time_column = 1, .time_unit = "unix-ms"},
    {.columns = "3,4,5", .time_column = 1, .time_unit = "ms", .resample_hz = 100},
    {.columns = "2", .time_column = 3, .time_unit = "ns", .resample_hz = 10},
    {.columns = "2", .time_column = 1, .resample_hz = 100, .has_t0 = true},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0)
        reader_fuzz(&reader_columns, &confs[data[0] % (sizeof confs / sizeof *confs)], data + 1, size - 1);
    return 0;
}
