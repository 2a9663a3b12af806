/* trace.h - recorded ground motion: one or several files of any known format, as blocks of Z N E samples.
 *
 * The format is recognised by content. Channels of all files are grouped into instruments by their headers
 * (`A.UD A.NS A.EW`, a miniSEED file and its StationXML); each instrument is a record of its own. Its
 * components are cut to the window that they share, aligned to the sample, scaled to m/s^2 or m/s where the
 * scale is known, and come as blocks in file order. Overlaps are dropped, gaps become block.lost. Memory is
 * constant: files are streamed. One owner, one thread. */
#ifndef TOCSIN_IO_TRACE_H
#define TOCSIN_IO_TRACE_H

#include "io/block.h"
#include "io/error.h"
#include "io/sys.h"

struct trace_conf {     /* zero: everything from the file */
    const char *format; /* a reader's name, or NULL: by content */
    const char *select; /* NET.STA.LOC.CHA with * and ?, comma-separated; missing parts match all */
    const char
        *axes;  /* which channel is Z, N, E: "xyz", "yxz", "123", "HNZ,HN1,HN2", "-": not measured; a leading
                * '-' on a named axis turns its polarity; NULL: from the file */
    bool pipes; /* a path may be a named pipe, whose writer is waited for: for paths that a user has named */
    const char *stationxml; /* path of a StationXML file; NULL: none, or one among the paths */
    size_t scales;          /* 0: from the file; 1: one for all; 3: Z, N, E */
    double scale[AXES];     /* unit per count */
    enum unit unit;         /* of value * scale where scales > 0 */
    bool velocity;          /* with scales or scale_user: the unit is m/s */
    bool scale_user;        /* SAC: unit per count is USER2 / USER3 of each file; scales win over it */
    double rate_hz;         /* 0: from the file */
    double resample_hz; /* text tables with a time column: interpolated at this rate; 0: rows as they are */
    /* Of a text table without names of its columns (--format columns), and nothing else: */
    const char *columns;   /* which column is Z, N, E: "3,4,5", from 1; io/columns.h; NULL: none given */
    long time_column;      /* from 1; 0: none */
    const char *time_unit; /* "s" "ms" "us" "ns" "unix" "unix-ms"; NULL: s */
    long skip_lines;       /* in front; 0: those without numbers */
    bool has_t0;
    int64_t t0_ns; /* UTC of the first row */
};

struct trace_component {
    bool present;
    char code[64];
    double scale; /* unit per count, as applied */
    double lsb;   /* one digitiser step in block units; 0 unknown */
    bool oriented;
    double azimuth_deg, dip_deg;
};

struct trace_info {
    char id[64];        /* the group: "CI.GR2.01.HN" */
    const char *format; /* the reader's name */
    double rate_hz;
    enum unit unit;
    bool has_utc;
    int64_t t0_ns;   /* UTC of the first sample that all components share */
    int64_t samples; /* of that window, as one gapless file of each component promises; -1 unknown */
    unsigned axis_mask;
    struct trace_component component[AXES]; /* as measured, in the order of block.value */
    bool rotate;                            /* to_zne is more than a permutation: apply it */
    double to_zne[AXES][AXES]; /* zne = to_zne * value (unit matrix where orientation is unknown) */
    const char *note;          /* what its user should know before trusting it; NULL: nothing */
    double p_s, s_s;           /* analyst's picks, s after the first shared sample; NAN: none */
};

struct trace;

/* Is what the user may have mistyped (format, axes) understood? 0, or -1 and err: a usage error, no input is
 * touched. */
int trace_conf_check(const struct trace_conf *conf, struct error *err);
/* Opens, recognises and groups. A path may be "-", standard input, or with conf->pipes a
 * named pipe: it is opened once. 0 and *out
 * for trace_close, or -1 and err. At least one record, else an error. */
int trace_open(struct trace **out, const struct sys *sys, const char *const *paths, size_t n,
               const struct trace_conf *conf, struct error *err);
void trace_close(struct trace *trace); /* NULL is fine */

size_t trace_records(const struct trace *trace);
const struct trace_info *trace_record(const struct trace *trace, size_t record);

/* Begins (or begins again) reading one record, up to the first sample that all components share. 0, or -1 and
 * err, also where there is none. */
int trace_start(struct trace *trace, size_t record, struct error *err);
/* The next 1..max samples (max <= BLOCK_MAX) of the record begun. SOURCE_FAILED fills err: also at the end of
 * a record that held no finite sample. */
enum source_status trace_read(struct trace *trace, struct block *out, size_t max, struct error *err);
/* Of the record being read: samples dropped as overlaps, and samples that were not finite. */
uint64_t trace_overlapped(const struct trace *trace);
uint64_t trace_not_finite(const struct trace *trace);

/* For --help: the readers' names and lines, NULL-terminated. */
struct reader;
const struct reader *const *trace_readers(void);

#endif
