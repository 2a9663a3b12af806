/* page.h - why it alarmed, as one interactive page: `--plot FILE.html`.
 *
 * A replay's sink that gathers what it is told about one record and writes it, with the page's own markup,
 * style and script (node/page/, and one plotting library), as a single file that needs nothing else and asks
 * no network.
 *
 * Memory is constant, about 1.5 MB, and 3.5 MB in unnamed temporary files, whatever the record's length (node/page_track.h): everything as the
 * smallest and largest of at most 8192 stretches of time; in full 131072 samples and 16384 steps of 0.1 s,
 * those around alerts, picks and rejections first, then the strongest. A record that is no longer than that
 * is there in full. Of events, the first PAGE_PICKS_MAX, PAGE_REJECTS_MAX and PAGE_ALERTS_MAX lines; the page
 * says how many more there were. The file is at most about 12 MB, 0.5 MB for a minute at 100 Hz.
 *
 * Text from a record cannot leave its place: it is JSON in which every <, > and & is escaped, and the page's
 * content security policy runs no script but its own. One owner, one thread. */
#ifndef TOCSIN_NODE_PAGE_H
#define TOCSIN_NODE_PAGE_H

#include "io/error.h"
#include "io/sys.h"
#include "node/replay.h"

enum { PAGE_PICKS_MAX = 2048, PAGE_REJECTS_MAX = 4096, PAGE_ALERTS_MAX = 1024 };

struct page;

bool page_wanted(const char *path); /* does it end in .html? */
/* Creates the file, so that a wrong path is found before the work: 0 and *out for page_close, or -1 and err
 * (this program was built without the page; cannot be written; memory). conf is copied where it is shown. */
int page_open(struct page **out, const struct sys *sys, const char *path, const struct detection_conf *conf,
              struct error *err);
/* What the replay gives, for one record; everything is passed on to `next`. Valid until page_close. */
struct replay_sink page_sink(struct page *p, struct replay_sink next);
/* Writes the file: 0, or -1 and err. */
int page_finish(struct page *p, struct error *err);
void page_close(struct page *p); /* NULL is fine */

#endif
