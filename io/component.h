/* component.h - what strong-motion archives call a component, as an axis and an orientation.
 *
 *     "N28W" "S90E" "Up" "360" "90 Deg" "NS" "E-W" "V"
 *
 * Fills axis, oriented, azimuth_deg and dip_deg of a channel. Of two horizontals at right angles, whatever
 * their azimuths, one is always N and the other E: N is what lies within 45 degrees of north or south, 45
 * itself included, 135 not. */
#ifndef TOCSIN_IO_COMPONENT_H
#define TOCSIN_IO_COMPONENT_H

#include "io/reader.h"

void component_up(struct channel *c);
void component_down(struct channel *c);
/* Clockwise from north; 0 to 360. */
void component_azimuth(struct channel *c, double azimuth_deg);

/* A component by its name: its first word counts, in either case. L and T (longitudinal, transverse) are at
 * right angles and no more is known: axes 1 and 2. False, *c untouched, for a name that is no direction. */
bool component_named(struct channel *c, const char *name);

/* Text as part of a code: letters, digits, '-', '+' and '/' stay, each run of anything else becomes one '_';
 * none at the ends. `size` counts the NUL; what is longer is cut. */
void component_text(char *to, size_t size, const char *from, size_t n);

/* Code = group.name, unless one of the channels before has that code: then group.name_2, _3, ... */
void component_code(struct channel *c, const char *name, const struct channel *before, size_t n_before);

#endif
