/* order.h - what the alarm thread tells the outputs, and what they answer.
 *
 * Plain data, copied by value through rings; no pointers. Every *_ns is CLOCK_MONOTONIC. An order is a whole
 * state, not a change: an output that missed one is right again with the next. */
#ifndef TOCSIN_ALARM_ORDER_H
#define TOCSIN_ALARM_ORDER_H

#include <stdbool.h>
#include <stdint.h>

enum { ORDER_LINES_MAX = 32 }; /* lines out of a node: bits of line_order.asserted */

/* What is heard; `watch` never is. Larger pre-empts smaller among WARNING and ALARM. */
enum sound {
    SOUND_NONE,
    SOUND_WARNING,
    SOUND_ALARM,
    SOUND_CANCEL, /* spoken: it did not come */
    SOUND_ENDED,  /* spoken: the shaking is over */
    SOUND_TEST,   /* short tone, and the word test */
    SOUND_UNFIT   /* spoken, once: this node cannot warn now */
};

/* Who says so: the voice names it. */
enum sound_source {
    SOURCE_LOCAL,    /* this node's own sensors */
    SOURCE_PEER,     /* another node of the site */
    SOURCE_OFFICIAL, /* an authority: its receiver's contact, or its message */
    SOURCE_OPERATOR  /* drill, test */
};

struct sound_order {
    enum sound sound;
    bool siren;    /* the tone; false: silenced, or the action table has none for it */
    bool voice;    /* the words; false: the same, or a fire panel has priority */
    bool exercise; /* first and last words of the voice say so */
    bool severe;   /* with ENDED: do not re-enter before inspection */
    enum sound_source source;
    uint32_t event, revision; /* of the arbiter's event; a new event sounds again, an update does not */
    double countdown_s;       /* to the strong shaking, at decided_ns; NAN: not known */
    double maximum;           /* with ENDED: the event's largest intensity; NAN: not to be said */
    int64_t decided_ns;
};

struct line_order {
    uint32_t asserted; /* bit i: line i of the table of lines is called for */
    uint32_t reset;    /* bit i flips each time that an operator resets line i */
    bool exercise;
    uint32_t event, revision;
    int64_t decided_ns;
};

enum output_what {
    OUTPUT_SIREN_WRITTEN, /* the first period of a sound has gone to the card */
    OUTPUT_VOICE_WRITTEN, /* the first period of its words */
    OUTPUT_SOUND_FAILED,  /* there is no card to write to */
    OUTPUT_LINE_SET,      /* the level has been written */
    OUTPUT_LINE_HELD,     /* not done on purpose: interlock, latch, maintenance; retried when it may be */
    OUTPUT_LINE_REFUSED,  /* the chip is gone or refuses; retried */
    OUTPUT_LINE_DIFFERS   /* the read-back is not what was set */
};

struct output_done {
    enum output_what what;
    int index; /* of the line; 0: sound */
    int level; /* of a line: 1 its coil is energised; else 0 */
    uint32_t event, revision;
    int64_t at_ns;      /* when it was done */
    int64_t queue_ns;   /* of sound: what its first frame had ahead of it; heard at at_ns + queue_ns */
    int64_t decided_ns; /* of the order that asked for it */
};

/* What the lines thread tells the alarm thread of a contact: debounced. */
struct contact_change {
    int index;     /* of the table of contacts */
    bool active;   /* the meaning, not the voltage */
    bool fault;    /* supervision: not to be believed; active is then the last good one */
    bool first;    /* as it was found, at the start or after a fault: nobody pressed it now */
    int64_t at_ns; /* of the edge, where the chip gives its time */
};

#endif
