#include "dsp/onset.h"

/* Sources: P = the onset prototype's section 2 (found by random search on 139 records, then rounded), with
 * its ablation in section 5; own = our choice, with the reason. The configuration's rows (node/) repeat them
 * for the user. */
void onset_conf_defaults(struct onset_conf *conf)
{
    *conf = (struct onset_conf){
        .statistic = ONSET_CUSUM,
        .band_low_hz = 0.75,       /* P */
        .power_ratio = 3,          /* P: 2..12 move no figure by more than 0.02 */
        .threshold_nats = 22,      /* P */
        .threshold_all_nats = 24,  /* P */
        .threshold_raise = 1.7,    /* P */
        .peak_factor = 2.5,        /* P */
        .peak_s = 60,              /* P */
        .horizontal_weight = 0.3,  /* P */
        .clip_ratio = 40,          /* P */
        .vertical_ratio = 3.5,     /* P */
        .noise_s = 12,             /* P */
        .burst_factor = 1.85,      /* P */
        .burst_max = 8,            /* P */
        .recent_quiet = 0.4,       /* P */
        .recent_event = 3,         /* P */
        .recent_s = 4,             /* P */
        .floor_mps2 = 1e-6,        /* P */
        .floor_lsb = 0.05,         /* P */
        .warm_s = 5,               /* P */
        .hold_s = 1,               /* P */
        .confirm_fast_s = 0.12,    /* P */
        .confirm_fast_ratio = 0.7, /* P */
        .confirm_slow_s = 0.4,     /* P */
        .confirm_slow_ratio = 0.1, /* P */
        .confirm_max_s = 1,        /* P */
        .impact_mps2 = 2,          /* P: strongest true P 0.48 in 0.15 s, a knock 6.7 */
        .impact_s = 0.15,          /* P */
        .step_ratio = 0.6,     /* own: a P swings back through zero; a step keeps more than half its jump */
        .line_share = 0.9,     /* own */
        .high_ratio_log = 0.9, /* own: above the largest of the decision prototype's quakes, 0.60 */
        .low_ratio_log = 1.0,  /* own */
        .change_ratio = 1.2,   /* own: below it AIC sees no change at all */
        .flat_s = 1,           /* P */
        .flat_lsb_mps2 = 5e-5, /* P */
        .dead_s = 5,           /* P */
        .freeze_s = 15,        /* P */
        .quiet_ratio = 2.5,    /* P */
        .refine_before_s = 3,  /* P */
        .refine_after_s = 0.5, /* P */
        .refine_near_before_s = 1.5, /* P */
        .refine_near_after_s = 0.35, /* P */
        .refine_gain = 20,           /* P */
        .sta_lta_threshold = 3.5,    /* the textbook's recursive 0.5/10 s (peers) */
        .spectrum_threshold = 4,     /* own: four times the noise, averaged over the bands */
    };
}
