#include "node/service.h"

#include <systemd/sd-daemon.h>

void service_ready(const char *state)
{
    sd_notifyf(0, "READY=1\nSTATUS=%s", state);
}

void service_state(const char *state)
{
    sd_notifyf(0, "STATUS=%s", state);
}

void service_stopping(void)
{
    sd_notify(0, "STOPPING=1");
}

int64_t service_watchdog_ns(void)
{
    uint64_t us = 0;

    return sd_watchdog_enabled(0, &us) > 0 ? (int64_t)us * 500 : 0;
}

void service_alive(void)
{
    sd_notify(0, "WATCHDOG=1");
}
