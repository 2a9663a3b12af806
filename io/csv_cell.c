#include "io/csv_cell.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

char csv_separator(const char *line)
{
    return strchr(line, ';') ? ';' : strchr(line, '\t') ? '\t' : strchr(line, ',') ? ',' : ' ';
}

char *csv_trim(char *cell)
{
    cell += strspn(cell, " \t");
    size_t n = strlen(cell);
    while (n > 0 && (cell[n - 1] == ' ' || cell[n - 1] == '\t'))
        n--;
    if (n >= 2 && cell[0] == '"' && cell[n - 1] == '"') {
        cell++;
        n -= 2;
    }
    cell[n] = 0;
    return cell;
}

size_t csv_split(char *line, char separator, char *cell[CSV_COLUMNS_MAX])
{
    const char stop[] = {separator == ' ' ? ' ' : separator, separator == ' ' ? '\t' : 0, 0};
    size_t cells = 0;

    if (separator == ' ') {
        line = csv_trim(line);
        if (!*line)
            return 0;
    }
    for (;;) {
        if (cells == CSV_COLUMNS_MAX)
            return CSV_COLUMNS_MAX + 1;
        size_t n = strcspn(line, stop);
        bool last = line[n] == 0;
        line[n] = 0;
        cell[cells++] = csv_trim(line);
        if (last)
            return cells;
        line += n + 1;
        if (separator == ' ')
            line += strspn(line, stop);
    }
}

bool csv_number(char *cell, char separator, double *value)
{
    char *end;
    size_t n = strspn(cell, "+-.,0123456789eE");

    if (n == 0 || cell[n])
        return false;
    if (separator != ',')
        for (char *c = cell; *c; c++)
            if (*c == ',')
                *c = '.';
    *value = strtod(cell, &end);
    return *end == 0 && end != cell && isfinite(*value);
}

bool csv_missing(const char *cell)
{
    return !*cell || strcasecmp(cell, "nan") == 0 || strcasecmp(cell, "-nan") == 0 ||
           strcasecmp(cell, "inf") == 0 || strcasecmp(cell, "-inf") == 0;
}
