/* Any bytes as upsd's answer: one line of error and nothing known, or a state. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "alarm/ups.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *line = malloc(size + 1);
    struct ups_state state = {true, true, true};
    struct error err = {""};
    int result;

    if (!line)
        return 0;
    memcpy(line, data, size);
    line[size] = '\0';
    result = ups_parse(line, "rack", &state, &err);
    if ((result == 0) != state.known ||
        (result < 0 && (!err.text[0] || state.mains_lost || state.battery_low)))
        abort();
    free(line);
    return 0;
}
