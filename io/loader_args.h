/* loader_args.h - the column `loader_args` of a catalogue: how a record is to be read, as a replay's options.
 *
 * Private to io/catalogue.c; the keys stand in docs/formats.md, section Catalogue. */
#ifndef TOCSIN_IO_LOADER_ARGS_H
#define TOCSIN_IO_LOADER_ARGS_H

#include "io/catalogue.h"
#include "io/json.h"

struct loader_args {
    struct json_value *json; /* owns the texts of the options, but for these: */
    char axes[8], columns[40], select[64];
};

/* Fills row->conf and row->member from `text` (may be empty), row->format and the unit that the catalogue
 * says the record has once it is read. False with `problem` in words. loader_args_done in either case. */
bool loader_args_read(struct loader_args *args, struct catalogue_row *row, const char *text, const char *unit,
                      struct error *problem);
void loader_args_done(struct loader_args *args);

#endif
