/* uhid.h - the few calls that a device made by a program needs (Documentation/hid/uhid.rst of Linux).
 *
 * The kernel sees a USB device with that report descriptor, and binds its ordinary driver to it. Closing the
 * descriptor, also by the process's death, unplugs it. One thread. */
#ifndef TOCSIN_TESTS_VM_UHID_H
#define TOCSIN_TESTS_VM_UHID_H

#include <errno.h>
#include <fcntl.h>
#include <linux/input.h>
#include <linux/uhid.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static inline bool uhid_write(int fd, const struct uhid_event *e)
{
    return write(fd, e, sizeof *e) == (ssize_t)sizeof *e;
}

/* Plugs it in: a descriptor, or -1 with the reason told. */
static inline int uhid_plug(const char *name, const char *serial, unsigned vendor, unsigned product,
                            const void *descriptor, size_t size)
{
    struct uhid_event e = {.type = UHID_CREATE2};
    int fd = open("/dev/uhid", O_RDWR | O_CLOEXEC);

    snprintf((char *)e.u.create2.name, sizeof e.u.create2.name, "%s", name);
    snprintf((char *)e.u.create2.uniq, sizeof e.u.create2.uniq, "%s", serial);
    e.u.create2.bus = BUS_USB;
    e.u.create2.vendor = vendor;
    e.u.create2.product = product;
    e.u.create2.rd_size = (__u16)size;
    memcpy(e.u.create2.rd_data, descriptor, size);
    if (fd < 0 || !uhid_write(fd, &e)) {
        fprintf(stderr, "/dev/uhid: %s\n", strerror(errno));
        if (fd >= 0)
            close(fd);
        return -1;
    }
    return fd;
}

/* Answers UHID_GET_REPORT with size bytes, or with EIO where size is 0. */
static inline bool uhid_answer_get(int fd, const struct uhid_event *asked, const void *report, size_t size)
{
    struct uhid_event e = {.type = UHID_GET_REPORT_REPLY};

    e.u.get_report_reply.id = asked->u.get_report.id;
    e.u.get_report_reply.err = size ? 0 : EIO;
    e.u.get_report_reply.size = (__u16)size;
    if (size)
        memcpy(e.u.get_report_reply.data, report, size);
    return uhid_write(fd, &e);
}

static inline bool uhid_answer_set(int fd, const struct uhid_event *asked, bool taken)
{
    struct uhid_event e = {.type = UHID_SET_REPORT_REPLY};

    e.u.set_report_reply.id = asked->u.set_report.id;
    e.u.set_report_reply.err = taken ? 0 : EIO;
    return uhid_write(fd, &e);
}

#endif
