/* keys.h - the keys of a node, or of a person, in one folder: <node.state>/keys.
 *
 *     own      the private key                        made at the first start
 *     next     the one that a rotation has prepared
 *     trusted  whose messages are believed, as what
 *     boot     how often messages were signed since a start
 *     seen     what was heard of each trusted key: nothing is believed twice, also after a restart
 *
 * Every file is its owner's alone: one that group or others may read, or that belongs to somebody else, is refused. It is
 * replaced as a whole (written beside, synced, renamed), so that a loss of power leaves the old one or the new one. All
 * of this waits for the disk: for the start, for commands, and for a thread that may wait; one at a time. `own`, `next` and
 * `trusted` are changed by `tocsin keys`, `boot` and `seen` by the node, so the two do not meet. */
#ifndef TOCSIN_ALARM_KEYS_H
#define TOCSIN_ALARM_KEYS_H

#include "alarm/keys_text.h"

enum { KEYS_PATH_MAX = 512 };

struct keys { /* plain: set by keys_open, nothing to close */
    const struct sys *sys;
    char folder[KEYS_PATH_MAX - 16];
};

/* 0, or -1 with err: the path is too long, there is no chance to make keys from. Touches no file. */
int keys_open(struct keys *k, const struct sys *sys, const char *folder, struct error *err);

enum keys_which { KEYS_OWN, KEYS_NEXT };
/* 0; 1: there is none; -1 with err. Wipe own->key.secret when done. */
int keys_load_own(const struct keys *k, enum keys_which which, struct keys_own *own, struct error *err);
/* At the first start: makes folder and key where there is none. *made: whether. 0, or -1 with err. */
int keys_load_or_make(const struct keys *k, const char *name, struct keys_own *own, bool *made,
                      struct error *err);
/* Prepares the next key, or finds the one that is prepared, and writes what others need to follow. */
int keys_rotate(const struct keys *k, struct keys_rotation *out, struct error *err);
/* The next key becomes the own one; the old is gone. 0; 1: none is prepared; -1 with err. */
int keys_rotate_finish(const struct keys *k, struct error *err);

int keys_load_trust(const struct keys *k, struct keys_trust *trust, struct error *err); /* no file: none */
int keys_save_trust(const struct keys *k, const struct keys_trust *trust, struct error *err);
/* Changes of the table in memory: 0, or -1 with err and nothing changed. */
int keys_trust_add(struct keys_trust *trust, const struct keys_trusted *key, struct error *err);
/* By id, whole fingerprint, or name: then every key of that name, a successor among them. */
int keys_trust_revoke(struct keys_trust *trust, const char *which, int64_t utc_ns, struct error *err);
/* The statement of a key that is trusted and not revoked: its successor gets the same name and roles. */
int keys_trust_follow(struct keys_trust *trust, const struct keys_rotation *r, int64_t utc_ns,
                      struct error *err);

/* The trusted keys into the acceptance machine; those that it knows keep what was heard of them. */
void keys_apply(const struct keys_trust *trust, struct accept *a);

/* The number of this start, for struct envelope: larger than every one before it. Also larger than it would be by
 * counting when the clock says so (seconds since 1970), so that a folder restored from a backup is not behind
 * what others have heard of it. 0; 1 with err: good by the clock, but it could not be kept (read-only disk); -1 with
 * err: nothing may be signed. */
int keys_next_boot(const struct keys *k, bool clock_good, uint64_t *boot, struct error *err);

int keys_load_seen(const struct keys *k, struct accept *a,
                   struct error *err); /* no file: nothing was heard */
/* Before a command is carried out, and now and then for the rest: what is not kept can be believed once more after a
 * crash, as long as it is fresh. */
int keys_save_seen(const struct keys *k, const struct accept *a, struct error *err);

/* A text of up to KEYS_TEXT_MAX from anywhere, private or not, for sys_free; NULL with err. */
char *keys_read_text(const struct sys *sys, const char *path, size_t *n, struct error *err);

#endif
