#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "io/virtual_parts.h"

struct text {
    char *to;
    size_t room, n;
    const char *element; /* of attributes */
    char axis;
};

__attribute__((format(printf, 2, 3))) static void put(struct text *t, const char *format, ...)
{
    va_list list;
    int n;

    va_start(list, format);
    n = vsnprintf(t->to + t->n, t->room - t->n, format, list);
    va_end(list);
    if (n > 0)
        t->n = t->n + (size_t)n < t->room ? t->n + (size_t)n : t->room - 1;
}

/* libiio 0.24 validates what it gets against this. */
static const char declaration[] =
    "<?xml version=\"1.0\" encoding=\"utf-8\"?><!DOCTYPE context ["
    "<!ELEMENT context (context-attribute | device)*>"
    "<!ATTLIST context name CDATA #REQUIRED version-major CDATA #IMPLIED version-minor CDATA #IMPLIED "
    "version-git CDATA #IMPLIED description CDATA #IMPLIED>"
    "<!ELEMENT context-attribute EMPTY>"
    "<!ATTLIST context-attribute name CDATA #REQUIRED value CDATA #REQUIRED>"
    "<!ELEMENT device (channel | attribute | debug-attribute | buffer-attribute)*>"
    "<!ATTLIST device id CDATA #REQUIRED name CDATA #IMPLIED label CDATA #IMPLIED>"
    "<!ELEMENT channel (scan-element?, attribute*)>"
    "<!ATTLIST channel id CDATA #REQUIRED type (input | output) #REQUIRED name CDATA #IMPLIED>"
    "<!ELEMENT scan-element EMPTY>"
    "<!ATTLIST scan-element index CDATA #REQUIRED format CDATA #REQUIRED scale CDATA #IMPLIED>"
    "<!ELEMENT attribute EMPTY><!ATTLIST attribute name CDATA #REQUIRED filename CDATA #IMPLIED>"
    "<!ELEMENT debug-attribute EMPTY><!ATTLIST debug-attribute name CDATA #REQUIRED>"
    "<!ELEMENT buffer-attribute EMPTY><!ATTLIST buffer-attribute name CDATA #REQUIRED>"
    "]>";

static void put_attribute(void *ctx, const char *name, const char *file)
{
    struct text *t = ctx;
    const char *mark = file ? strchr(file, '#') : NULL;

    put(t, "<%s name=\"%s\"", t->element, name);
    if (mark)
        put(t, " filename=\"%.*s%c%s\"", (int)(mark - file), file, t->axis, mark + 1);
    else if (file)
        put(t, " filename=\"%s\"", file);
    put(t, "/>");
}

static void put_attributes(struct text *t, const struct virtual_sensor *v, enum iiod_where where,
                           bool temperature, const char *element)
{
    t->element = element;
    virtual_attr_each(v, where, temperature, put_attribute, t);
}

/* A format is plain ASCII but for '>'. */
static void put_element(struct text *t, int index, const char *format, const char *scale)
{
    put(t, "<scan-element index=\"%d\" format=\"", index);
    for (; *format; format++) {
        if (*format == '>')
            put(t, "&gt;");
        else
            put(t, "%c", *format);
    }
    if (scale)
        put(t, "\" scale=\"%s", scale);
    put(t, "\"/>");
}

static void put_device(struct text *t, const struct virtual_sensor *v)
{
    const struct virtual_conf *c = &v->conf;
    char format[SCAN_FORMAT_TEXT];
    int index = VIRTUAL_AXES;

    scan_format_print(&c->format, format);
    put(t, "<device id=\"iio:device0\" name=\"%s\"", c->name);
    if (*c->label)
        put(t, " label=\"%s\"", c->label);
    put(t, ">");
    for (int a = 0; a < VIRTUAL_AXES; a++) {
        t->axis = "xyz"[a];
        put(t, "<channel id=\"accel_%c\" type=\"input\">", t->axis);
        put_element(t, a, format, c->scale_text);
        put_attributes(t, v, IIOD_CHANNEL, false, "attribute");
        put(t, "</channel>");
    }
    if (c->driver->temperature) {
        put(t, "<channel id=\"temp\" type=\"input\">");
        put_element(t, index++, "be:u12/16>>0", "-110.497238");
        put_attributes(t, v, IIOD_CHANNEL, true, "attribute");
        put(t, "</channel>");
    }
    put(t, "<channel id=\"timestamp\" type=\"input\">");
    put_element(t, index, "le:S64/64>>0", NULL);
    put(t, "</channel>");
    put_attributes(t, v, IIOD_DEVICE, false, "attribute");
    put_attributes(t, v, IIOD_DEBUG, false, "debug-attribute");
    put_attributes(t, v, IIOD_BUFFER, false, "buffer-attribute");
    put(t, "</device>");
    if (c->driver->trigger)
        put(t, "<device id=\"trigger0\" name=\"%s-dev0\"></device>", c->name);
}

/* A frame of RFC 8878 with one stored block, of a single segment: the content's size in 4 bytes is the window
 * too, and a block is at most 128 KiB. */
static void store_frame(struct virtual_sensor *v)
{
    uint32_t size = (uint32_t)v->backend.xml_size, block = size << 3 | 1; /* the last one, raw */
    const uint8_t head[] = {0x28,
                            0xb5,
                            0x2f,
                            0xfd,
                            0xa0,
                            (uint8_t)size,
                            (uint8_t)(size >> 8),
                            (uint8_t)(size >> 16),
                            (uint8_t)(size >> 24),
                            (uint8_t)block,
                            (uint8_t)(block >> 8),
                            (uint8_t)(block >> 16)};

    memcpy(v->zstd, head, sizeof head);
    memcpy(v->zstd + sizeof head, v->xml, size);
    v->backend.xml_zstd = v->zstd;
    v->backend.xml_zstd_size = sizeof head + size;
}

int virtual_xml_write(struct virtual_sensor *v, struct error *err)
{
    struct text t = {.to = v->xml, .room = sizeof v->xml};

    put(&t, "%s<context name=\"network\" description=\"tocsin virtual\">", declaration);
    put(&t, "<context-attribute name=\"tocsin,virtual\" value=\"1\"/>");
    put_device(&t, v);
    put(&t, "</context>");
    if (t.n + 1 >= t.room)
        return error_set(err, "the sensor's description does not fit into %d bytes", VIRTUAL_XML);
    v->backend.xml = v->xml;
    v->backend.xml_size = t.n;
    store_frame(v);
    return 0;
}
