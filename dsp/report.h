/* report.h - what the pipeline says about the ground, every 0.1 s and at every onset.
 *
 * The one thing that passes from dsp (samples) to policy (decision). Plain data, copied by value through a
 * ring; holds no pointer. All times are data time: sample indices of the detection stream and seconds after
 * its first sample (negative inside the settle time of a replay). Values are 0 and flags false where a field
 * does not apply to the kind. */
#ifndef TOCSIN_DSP_REPORT_H
#define TOCSIN_DSP_REPORT_H

#include <stdbool.h>
#include <stdint.h>

enum report_kind {
    REPORT_STEP,    /* each 0.1 s, always; in a window its features too, the steps counted from its onset */
    REPORT_ONSET,   /* an onset was confirmed: a P wave, or inside a window a later phase */
    REPORT_REFINED, /* the same onset, 0.5 s later, moved to where AIC puts it */
    REPORT_REJECT,  /* a candidate was not confirmed, and why */
    REPORT_GAP,     /* samples were lost, or the stream began: the past is forgotten */
};

enum onset_phase {
    ONSET_P,         /* the first onset after quiet */
    ONSET_SECONDARY, /* inside the coda of an earlier one: an S wave, or a larger shock */
};

/* Why a candidate is not an onset. */
enum onset_reject {
    ONSET_ACCEPTED,
    ONSET_IMPACT,         /* a blow on or beside the sensor: metres per second squared within 0.15 s */
    ONSET_SPIKE,          /* too few samples carry the energy */
    ONSET_STEP,           /* the level jumped: a sensor step or an electronic pulse */
    ONSET_CLIP,           /* the sensor is at the end of its range */
    ONSET_LINE,           /* one spectral line: a machine */
    ONSET_HORIZONTAL,     /* not enough of it on the vertical: an S wave, sway, handling */
    ONSET_SHORT,          /* the energy fell away at once: a footstep, a door */
    ONSET_HIGH_FREQUENCY, /* its energy lies above the band of local earthquakes */
    ONSET_TELESEISM,      /* only long periods: a far large earthquake */
    ONSET_NO_CHANGE,      /* AIC finds no clear change of variance: a slow rise of the noise */
    ONSET_BURST,          /* above the plain threshold, below the one that this noisy site needs */
    ONSET_WARM_UP,        /* not settled yet */
    ONSET_GAP,            /* samples were lost while it was examined */
    ONSET_REJECTS         /* how many; the counters' size */
};

/* "impact", "high-frequency", ... for messages; never NULL. */
const char *onset_reject_name(enum onset_reject reason);
/* The sensor itself was struck, moved or driven to its end: impact, spike, step, clip. */
bool onset_is_blow(enum onset_reject reason);

struct onset_report {
    uint32_t id; /* counts onsets from 1 within a stream */
    enum onset_phase phase;
    int64_t onset; /* sample of the onset as known at this report */
    double onset_s;
    int64_t declared; /* sample at which it was confirmed */
    double declared_s;
    double snr;          /* peak power ratio, band-averaged */
    double statistic;    /* the declaring statistic over its threshold */
    double frequency_hz; /* spectral centroid of the first moments */
    double quality; /* 0..1: how sure the onset time is (variance ratio at the split); 0 before refinement */
    double sta_lta; /* largest recursive STA/LTA of the vector in the step of this report */
    double snr_spectrum; /* of the last FFT window then, over the running noise spectrum */
    double centroid_hz;  /* of that window */
    int band;            /* octave band that declared, from 0.75 Hz up; number of bands: all together */
};

struct reject_report {
    enum onset_reject reason;
    double candidate_s;  /* where it began */
    double value, limit; /* the number that decided and what it was compared with */
};

struct step_report {                          /* the ground now; vector of three axes unless said otherwise */
    double pga_mps2, pgv_mps;                 /* largest within this step, band 0.1-10 Hz */
    double current_pga_mps2, current_pgv_mps; /* largest of the last 10 s: "current intensity" */
    /* largest of 20 s .. 1 s ago (before the onset in a window); 0 unknown */
    double background_pga_mps2, background_pgv_mps;
    /* log10 amplitude ratios over 1-10 Hz, last 1 s (since the onset) */
    double high_ratio_log;                          /* of > 15 Hz; -9: rate too low */
    double low_ratio_log;                           /* of 0.05-0.5 Hz */
    double pga_horizontal_mps2, pgv_horizontal_mps; /* the larger horizontal component's, within this step */
    double jma;          /* real-time JMA intensity over the last 10 s; -9: nothing yet */
    double sta_lta;      /* largest recursive STA/LTA of the axes and the vector in this step */
    double noise_mps2;   /* background rms of 1-10 Hz, vertical */
    double snr_spectrum; /* last FFT window over the running noise spectrum */
    double centroid_hz;  /* of that window, noise removed */
};

struct window_report { /* since the onset of the open window; absent while onset_id is 0 */
    uint32_t onset_id;
    double t_s;               /* time since the onset */
    double pd_m;              /* vertical displacement peak, high-pass 1 Hz (docs/detection.md, section 3) */
    double pd_noise_m;        /* largest of it 10 s .. 1 s before the onset; 0: no quiet reference */
    double pga_mps2, pgv_mps; /* vector maxima since the onset, 0.1-10 Hz */
    double pga_z_mps2, pgv_z_mps;                   /* the vertical's */
    double pga_horizontal_mps2, pgv_horizontal_mps; /* the larger horizontal component's */
    double jma;                                     /* real-time JMA intensity since the onset was declared */
    double hv_log; /* log10 of horizontal over vertical energy, onset .. min(t, 1 s), velocity above 0.5 Hz */
    /* evidence of the S wave: jump of H/V plus half the jump of horizontal energy, decades */
    double s_growth;
    double growth;       /* log10 energy of the last 0.8 s over what came before, mean of 0.5 s */
    double tail;         /* rms of the last 0.3 s over the peak since the onset, 1-10 Hz */
    bool has_background; /* at least 5 s of stream before the onset */
    /* the classical parameters, high-pass 0.075 Hz, vertical */
    double pa_mps2, pv_mps, pd75_m;
    double tau_c_s, tau_p_s;                /* over the first min(t, 3 s); largest since the onset */
    double iv2_m2ps;                        /* integral of velocity squared, first min(t, 4 s), m^2/s */
    double cav_mps, cav_std_mps, arias_mps; /* vector sums over the three axes */
    double pgd_m;                           /* vector */
};

struct report {
    enum report_kind kind;
    uint32_t sensor;
    int64_t sample;              /* index of the last sample that entered */
    double time_s;               /* its time after the first sample: when this was known */
    bool scale_known;            /* false: picked only, nothing below is in physical units */
    bool armed_observed;         /* the intensity filters have settled */
    bool armed_onset;            /* the onset detector has settled */
    uint64_t lost;               /* REPORT_GAP */
    struct onset_report onset;   /* REPORT_ONSET, REPORT_REFINED */
    struct reject_report reject; /* REPORT_REJECT */
    struct step_report step;     /* REPORT_STEP */
    struct window_report window; /* REPORT_STEP while a window is open */
};

#endif
