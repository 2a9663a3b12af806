#include "io/json.h"

/* jansson's public names and ours would collide (json_object, json_array); only its calls are used, under its own
 * header, with ours moved out of the way. */
#include <jansson.h>

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
