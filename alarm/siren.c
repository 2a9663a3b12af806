#include "alarm/siren.h"

#include <math.h>
#include <string.h>

/* Tone first, so that heads turn; short, so that the imperative begins within 1 s of the decision. */
static const double lead_s = 0.6;
static const double short_s = 1.2;   /* of the tone between the first words in several languages */
static const double tone_s = 2.4;    /* and between sentences: about as long as they */
static const double alone_s = 6.0;   /* of the tone without words, a round */
static const double pause_s = 0.15;  /* between tone and words, and between sentences */
static const double between_s = 1.0; /* between rounds without a tone */
static const double half_turn = 3.141592653589793;

void siren_init(struct siren *s, const struct sounds *sounds, const struct siren_conf *conf)
{
    memset(s, 0, sizeof *s);
    s->sounds = sounds;
    s->conf = *conf;
    s->tone_began = s->voice_began = -1;
    s->edges = (size_t)(SIREN_FADE_S * sounds->rate_hz);
    for (size_t i = 0; i < s->edges; i++)
        s->edge[i] = (float)(0.5 - 0.5 * cos(half_turn * ((double)i + 0.5) / (double)s->edges));
}

/* ---- what is said, in which order ---- */

static void push(struct siren *s, struct siren_step step)
{
    if (s->steps < SIREN_STEPS)
        s->step[s->steps++] = step;
}

static void push_pause(struct siren *s, double seconds)
{
    push(s, (struct siren_step){.kind = STEP_PAUSE, .frames = (size_t)(seconds * s->sounds->rate_hz)});
}

/* So many whole turns that it lasts about as long; a file that is longer is heard once, to its end. */
static void push_tone(struct siren *s, enum tone which, double seconds)
{
    const struct clip *c = &s->sounds->tone[which];
    double turns = c->frames ? round(seconds * s->sounds->rate_hz / (double)c->frames) : 0.0;

    if (s->order.siren)
        push(s, (struct siren_step){
                    .kind = STEP_TONE, .clip = c, .frames = c->frames * (turns > 1.0 ? (size_t)turns : 1)});
}

/* An exercise has said its first words already: its tone may be whole. */
static void push_lead(struct siren *s, enum tone which)
{
    const struct clip *c = &s->sounds->tone[which];
    size_t most = (size_t)(lead_s * s->sounds->rate_hz);

    if (s->order.exercise)
        push_tone(s, which, 0.0);
    else if (s->order.siren)
        push(s, (struct siren_step){
                    .kind = STEP_TONE, .clip = c, .frames = c->frames < most ? c->frames : most});
}

static void push_voice(struct siren *s, int language, enum voice_prompt prompt)
{
    if (!s->order.voice || prompt == PROMPT_COUNT)
        return;
    push(s, (struct siren_step){.kind = STEP_VOICE, .language = language, .prompt = prompt});
    push_pause(s, pause_s);
}

static void push_late(struct siren *s, int language, enum siren_step_kind kind)
{
    if (!s->order.voice)
        return;
    push(s, (struct siren_step){.kind = kind, .language = language});
    push_pause(s, pause_s);
}

static void push_all(struct siren *s, enum voice_prompt prompt)
{
    for (int k = 0; k < s->sounds->languages; k++)
        push_voice(s, k, prompt);
}

static void loop_begin(struct siren *s, int rounds)
{
    s->loop_from = s->steps;
    s->rounds_left = s->order.exercise ? 1 : rounds;
}

static void loop_end(struct siren *s)
{
    s->loop_to = s->steps;
}

/* Without words there is nothing to leave room for. */
static void build_tone(struct siren *s, enum tone tone, int rounds)
{
    loop_begin(s, rounds);
    push_tone(s, tone, alone_s);
    loop_end(s);
}

static void build_siren(struct siren *s, enum tone tone, enum voice_prompt word, int rounds)
{
    enum voice_prompt instruction =
        voice_instruction((enum voice_building)s->conf.building, (enum voice_place)s->conf.place);

    if (!s->order.voice || s->sounds->languages == 0) {
        build_tone(s, tone, rounds);
        return;
    }
    push_lead(s, tone);
    for (int k = 0; k < s->sounds->languages; k++) {
        push_voice(s, k, word);
        push_late(s, k, STEP_COUNTDOWN);
        push_tone(s, tone, short_s);
    }
    loop_begin(s, rounds);
    for (int k = 0; k < s->sounds->languages; k++) {
        push_late(s, k, STEP_COUNTDOWN);
        push_late(s, k, STEP_SOURCE);
        push_voice(s, k, instruction);
        push_tone(s, tone, tone_s);
    }
    push_all(s, word);
    push_tone(s, tone, tone_s);
    if (!s->order.siren)
        push_pause(s, between_s);
    loop_end(s);
}

/* One language to its end, then the next: a sentence in another one in between would cost the sense. */
static void build_over(struct siren *s)
{
    bool cancel = s->order.sound == SOUND_CANCEL;

    push_tone(s, TONE_CHIME, 0.0);
    for (int k = 0; k < s->sounds->languages; k++) {
        if (cancel) {
            push_voice(s, k, PROMPT_CANCEL_WORD);
            push_voice(s, k,
                       s->order.source == SOURCE_OFFICIAL ? PROMPT_CANCEL_OFFICIAL : PROMPT_CANCEL_LOCAL);
        } else {
            push_voice(s, k, PROMPT_ENDED_WORD);
            push_voice(s, k, voice_maximum(s->order.maximum));
            push_voice(s, k, s->order.severe ? PROMPT_ENDED_SEVERE : PROMPT_ENDED_CALM);
        }
    }
}

static enum tone tone_of(const struct siren *s, enum tone real)
{
    return s->order.exercise && !s->conf.drill_real_tone ? TONE_EXERCISE : real;
}

static void build(struct siren *s)
{
    if (s->order.exercise)
        push_all(s, PROMPT_EXERCISE_FIRST);
    switch (s->order.sound) {
    case SOUND_NONE:
        break;
    case SOUND_WARNING:
        build_siren(s, tone_of(s, TONE_WARNING), PROMPT_WARNING_WORD, s->conf.warning_rounds);
        break;
    case SOUND_ALARM:
        build_siren(s, tone_of(s, TONE_ALARM), PROMPT_ALARM_WORD, s->conf.alarm_rounds);
        break;
    case SOUND_CANCEL:
    case SOUND_ENDED:
        build_over(s);
        break;
    case SOUND_TEST:
        push_tone(s, TONE_TEST, 0.0);
        push_pause(s, pause_s);
        push_all(s, PROMPT_TEST);
        break;
    case SOUND_UNFIT:
        push_all(s, PROMPT_UNFIT);
        break;
    }
    if (s->order.exercise)
        push_all(s, PROMPT_EXERCISE_LAST);
}

/* ---- frame by frame ---- */

static bool resolve(struct siren *s, struct siren_step *step)
{
    static const enum voice_prompt sources[] = {
        [SOURCE_LOCAL] = PROMPT_SOURCE_LOCAL,
        [SOURCE_PEER] = PROMPT_SOURCE_PEER,
        [SOURCE_OFFICIAL] = PROMPT_SOURCE_OFFICIAL,
        [SOURCE_OPERATOR] = PROMPT_COUNT,
    };
    enum voice_prompt prompt = step->prompt;

    if (step->kind == STEP_PAUSE || step->kind == STEP_TONE)
        return step->frames > 0;
    if (step->kind == STEP_COUNTDOWN)
        prompt = voice_countdown(s->order.countdown_s - (double)s->age / s->sounds->rate_hz);
    else if (step->kind == STEP_SOURCE)
        prompt = sources[s->order.source];
    step->clip = sounds_prompt(s->sounds, step->language, prompt);
    step->frames = step->clip ? step->clip->frames : 0;
    return step->frames > 0;
}

/* Where the loop goes back, or ends. */
static void turn_round(struct siren *s)
{
    if (s->at != s->loop_to || s->loop_to == s->loop_from)
        return;
    if (s->rounds_left == 1)
        return;
    if (s->rounds_left > 1)
        s->rounds_left--;
    s->at = s->loop_from;
}

static void step_on(struct siren *s)
{
    s->at++;
    s->frame = 0;
    turn_round(s);
}

/* The step that has frames to play, or NULL. A loop in which nothing is to be heard ends. */
static const struct siren_step *playing(struct siren *s)
{
    for (int hops = 0; hops <= 2 * SIREN_STEPS; hops++) {
        struct siren_step *step;

        if (s->at >= s->steps)
            return NULL;
        step = &s->step[s->at];
        if (s->frame == 0 ? resolve(s, step) : s->frame < step->frames)
            return step;
        step_on(s);
    }
    s->at = s->steps;
    return NULL;
}

static float frame_of(const struct siren *s, const struct siren_step *step, size_t frame)
{
    size_t left = step->frames - 1 - frame, near = frame < left ? frame : left;
    double gain = step->kind == STEP_TONE ? s->conf.volume : s->conf.voice_volume;
    float x;

    if (step->kind == STEP_PAUSE)
        return 0.0F;
    x = (float)(step->clip->frame[frame % step->clip->frames] * gain / 32767.0);
    return near < s->edges ? x * s->edge[near] : x;
}

static void tell(struct siren *s, const struct siren_step *step, size_t at)
{
    if (step->kind == STEP_PAUSE)
        return;
    if (step->kind == STEP_TONE && !s->tone_told) {
        s->tone_told = true;
        s->tone_began = (ptrdiff_t)at;
    }
    if (step->kind != STEP_TONE && !s->voice_told) {
        s->voice_told = true;
        s->voice_began = (ptrdiff_t)at;
    }
}

static float tail_next(struct siren *s)
{
    float x;

    if (s->tail_left == 0)
        return 0.0F;
    s->tail_left--;
    x = s->tail[s->tail_at];
    s->tail[s->tail_at] = 0.0F;
    s->tail_at = (s->tail_at + 1) % SIREN_EDGE_MAX;
    return x;
}

void siren_fill(struct siren *s, float *to, size_t n)
{
    s->tone_began = s->voice_began = -1;
    for (size_t i = 0; i < n; i++) {
        const struct siren_step *step = playing(s);
        float x = tail_next(s);

        if (step) {
            tell(s, step, i);
            x += frame_of(s, step, s->frame++);
        }
        to[i] = x > 1.0F ? 1.0F : x < -1.0F ? -1.0F : x;
        s->age++;
    }
}

bool siren_quiet(const struct siren *s)
{
    return s->at >= s->steps && s->tail_left == 0;
}

/* ---- orders ---- */

/* What is playing goes into the tail, falling; what was in the tail stays in it. */
static void fade(struct siren *s)
{
    const struct siren_step *step = playing(s);

    if (!step || step->kind == STEP_PAUSE)
        return;
    for (size_t i = 0; i < s->edges && s->frame + i < step->frames; i++)
        s->tail[(s->tail_at + i) % SIREN_EDGE_MAX] +=
            frame_of(s, step, s->frame + i) * s->edge[s->edges - 1 - i];
    s->tail_left = s->edges;
}

static void stop(struct siren *s)
{
    fade(s);
    s->steps = s->at = s->loop_from = s->loop_to = s->rounds_left = 0;
    s->frame = 0;
}

static bool same(const struct sound_order *a, const struct sound_order *b)
{
    return a->sound == b->sound && a->event == b->event && a->exercise == b->exercise &&
           a->siren == b->siren && a->voice == b->voice;
}

static bool lasts(enum sound sound)
{
    return sound == SOUND_ALARM || sound == SOUND_WARNING;
}

/* What lasts ends at once, an exercise by its last words. */
static void end(struct siren *s)
{
    if (!lasts(s->order.sound))
        return;
    if (!s->order.exercise || s->at >= s->steps) {
        stop(s);
        return;
    }
    if (s->at >= s->loop_to)
        return;
    fade(s);
    s->at = s->loop_to;
    s->frame = 0;
}

void siren_order(struct siren *s, const struct sound_order *order)
{
    s->age = 0;
    if (order->sound == SOUND_NONE) {
        end(s);
        s->order = *order;
        return;
    }
    if (same(&s->order, order)) {
        s->order = *order;
        return;
    }
    stop(s);
    s->order = *order;
    s->tone_told = s->voice_told = false;
    build(s);
}
