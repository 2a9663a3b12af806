#include "alarm/alert.h"

#include <stddef.h>

static const char *name_of(const char *const *names, size_t count, unsigned index)
{
    return index < count ? names[index] : "?";
}

const char *alert_level_name(enum alert_level level)
{
    static const char *const names[] = {"none", "watch", "warning", "alarm"};

    return name_of(names, sizeof names / sizeof *names, (unsigned)level);
}

const char *alert_phase_name(enum alert_phase phase)
{
    static const char *const names[] = {"alert", "update", "cancel", "shaking-ended"};

    return name_of(names, sizeof names / sizeof *names, (unsigned)phase);
}

const char *alert_status_name(enum alert_status status)
{
    static const char *const names[] = {"actual", "exercise", "test"};

    return name_of(names, sizeof names / sizeof *names, (unsigned)status);
}

const char *alert_basis_name(enum alert_basis basis)
{
    static const char *const names[] = {"predicted", "observed"};

    return name_of(names, sizeof names / sizeof *names, (unsigned)basis);
}

const char *alert_reason_name(enum alert_reason_kind kind)
{
    static const char *const names[ALERT_REASON_KINDS] = {
        [ALERT_REASON_PREDICTED] = "predicted",
        [ALERT_REASON_OBSERVED] = "observed",
        [ALERT_REASON_HELD_S_WAVE] = "held: S wave",
        [ALERT_REASON_HELD_SPECTRUM_HIGH] = "held: spectrum high",
        [ALERT_REASON_HELD_SPECTRUM_LOW] = "held: spectrum low",
        [ALERT_REASON_HELD_SPIKE] = "held: spike",
        [ALERT_REASON_REJECTED_HORIZONTAL] = "rejected: horizontal onset",
        [ALERT_REASON_REJECTED_NOISE] = "rejected: below noise",
        [ALERT_REASON_UNFIT_BACKGROUND] = "unfit: background",
        [ALERT_REASON_NO_QUIET] = "floor only: no quiet reference",
        [ALERT_REASON_LATER_PHASE] = "floor only: later phase",
        [ALERT_REASON_NO_ONSET] = "floor only: no onset",
        [ALERT_REASON_WINDOW_CLOSED] = "window closed",
        [ALERT_REASON_NOT_FOLLOWED] = "cancelled: not followed by shaking",
        [ALERT_REASON_GAP] = "gap within the event",
        [ALERT_REASON_SECOND_SHOCK] = "second shock",
        [ALERT_REASON_QUIET] = "quiet again",
    };

    return name_of(names, sizeof names / sizeof *names, (unsigned)kind);
}
