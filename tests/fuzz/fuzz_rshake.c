/* The rshake reader on any bytes. */
#include "tests/fuzz/reader_fuzz.h"

READER_FUZZ(reader_rshake)
