#include "alarm/arbiter.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/fake_sys.h"

enum { SENSORS = 3, LINES = 5 };
static const double threshold[ALERT_THRESHOLDS] = {3, 4, 5, 6};
static const struct conf_name lines[LINES] = {{"gas"}, {"strobe"}, {"horn"}, {"lift_p"}, {"lift_s"}};

/* Besides siren and voice. */
static const char *const table_text =
    "action = { gas = { output = \"line:gas\"; intensity = 5; reset = \"operator\"; };\n"
    "strobe = { output = \"line:strobe\"; intensity = 4; reset = \"ended\"; hold_s = 20; };\n"
    "horn = { output = \"line:horn\"; intensity = 5; audible = true; reset = \"self\"; hold_s = 15; };\n"
    "lift_p = { output = \"line:lift_p\"; intensity = 4; basis = \"predicted\"; reset = \"self\"; };\n"
    "lift_s = { output = \"line:lift_s\"; intensity = 4; basis = \"observed\"; reset = \"operator\"; }; };\n";

struct bench {
    struct action_conf actions;
    struct contact_table contacts;
    struct arbiter_conf conf;
    struct arbiter arbiter;
    struct arbiter_out out;
    int64_t now_ns;
    int minute;
    uint32_t number[SENSORS]; /* of each sensor's event */
    enum alert_level level[SENSORS];
    int observed[SENSORS];
    int sounds;      /* orders since they were last asked for */
    char said[8192]; /* reasons since then */
};

static void contact_row(struct contact_table *t, const char *name, enum contact_role role, int level)
{
    snprintf(t->name[t->count].text, CONF_NAME_MAX, "%s", name);
    t->contact[t->count].role = (int)role;
    t->contact[t->count++].level = level;
}

static struct bench *bench_new(const char *more, const char *set)
{
    struct bench *b = calloc(1, sizeof *b);
    struct conf_table tables[2];
    struct fake_sys fake;
    struct error err = {""};

    assert_non_null(b);
    fake_sys_init(&fake);
    fake_file_put_text(&fake, "a.conf", more ? more : table_text);
    tables[0] = action_table(&b->actions);
    tables[1] = (struct conf_table){.row = arbiter_rows, .rows = arbiter_rows_count, .target = &b->conf};
    if (conf_load(tables, 2, &fake.sys, "a.conf", &set, set ? 1 : 0, &err) ||
        action_check(&b->actions, lines, LINES, 1u << 1, threshold, &err))
        fail_msg("%s", err.text);
    fake_sys_done(&fake);
    contact_row(&b->contacts, "receiver", CONTACT_OFFICIAL, 2);
    contact_row(&b->contacts, "panel", CONTACT_FIRE, 0);
    contact_row(&b->contacts, "drillkey", CONTACT_DRILL, 2);
    contact_row(&b->contacts, "silencekey", CONTACT_SILENCE, 0);
    contact_row(&b->contacts, "resetkey", CONTACT_RESET, 0);
    arbiter_init(&b->arbiter, &b->conf, &b->actions, &b->contacts, threshold, SENSORS);
    b->minute = 12 * 60;
    b->now_ns = 1000000000;
    for (int i = 0; i < SENSORS; i++)
        b->number[i] = 1;
    return b;
}

static void feed(struct bench *b, struct arbiter_input in)
{
    char text[256];

    in.at_ns = b->now_ns;
    arbiter_feed(&b->arbiter, &in, &b->out);
    b->sounds += b->out.has_sound;
    assert_int_equal(b->out.reasons_lost, 0);
    for (int i = 0; i < b->out.reasons; i++) {
        size_t n = strlen(b->said);
        arbiter_reason_text(&b->arbiter, &b->out.reason[i], text, sizeof text);
        snprintf(b->said + n, sizeof b->said - n, "%s\n", text);
    }
}

static void tick(struct bench *b)
{
    feed(b, (struct arbiter_input){.kind = ARBITER_TICK, .minute = b->minute});
}

static void wait_s(struct bench *b, double s)
{
    for (int64_t end = b->now_ns + (int64_t)(s * 1e9); b->now_ns < end;) {
        b->now_ns += 500000000;
        tick(b);
    }
}

static void alert(struct bench *b, int sensor, enum alert_phase phase, enum alert_status status,
                  double intensity)
{
    struct alert a = {.sensor = (uint32_t)sensor,
                      .event = b->number[sensor],
                      .revision = 1,
                      .phase = phase,
                      .level = b->level[sensor],
                      .status = status,
                      .is_final = phase >= ALERT_PHASE_CANCEL,
                      .reached = (int)b->level[sensor] + (intensity >= 6)};

    for (int i = 0; i < INTENSITY_SCALES; i++)
        a.observed[i] = intensity;
    for (int t = 0; t < ALERT_THRESHOLDS; t++) {
        a.threshold[t].intensity = threshold[t];
        a.threshold[t].reached = t < a.reached;
        a.threshold[t].crossed = t < b->observed[sensor];
        a.threshold[t].p = t < a.reached ? 0.8 : 0;
    }
    feed(b, (struct arbiter_input){.kind = ARBITER_ALERT, .sensor = sensor, .alert = &a});
}

static enum alert_level level_of(const char *word)
{
    for (int l = ALERT_NONE; l <= ALERT_ALARM; l++)
        if (!strncmp(word, alert_level_name((enum alert_level)l),
                     strlen(alert_level_name((enum alert_level)l))))
            return (enum alert_level)l;
    fail_msg("no level: %s", word);
    return ALERT_NONE;
}

/* "s0:alarm" predicted, "s0:alarm!" observed, "s0:alarm!6.2" so strong, "s0:alarm%" exercise; "s0:cancel",
 * "s0:ended", "s0:ended!6.2", "s0:next" (its next event), "s0:unfit", "s0:fit" */
static void sensor_word(struct bench *b, const char *word)
{
    int s = word[1] - '0';
    const char *what = word + 3, *strong = strchr(word, '!');
    double intensity = strong && strong[1] ? atof(strong + 1) : strong ? 5 : 1;

    if (!strcmp(what, "next")) {
        b->number[s]++;
        b->level[s] = ALERT_NONE;
        b->observed[s] = 0;
    } else if (!strcmp(what, "fit") || !strcmp(what, "unfit")) {
        feed(b, (struct arbiter_input){.kind = ARBITER_SENSOR, .sensor = s, .fit = *what == 'f'});
    } else if (!strncmp(what, "cancel", 6)) {
        alert(b, s, ALERT_PHASE_CANCEL, ALERT_ACTUAL, intensity);
    } else if (!strncmp(what, "ended", 5)) {
        alert(b, s, ALERT_PHASE_SHAKING_ENDED, strchr(what, '%') ? ALERT_EXERCISE : ALERT_ACTUAL, intensity);
    } else {
        enum alert_level level = level_of(what);
        if (level > b->level[s])
            b->level[s] = level;
        if (strong)
            b->observed[s] = (int)level;
        alert(b, s, ALERT_PHASE_UPDATE,
              strchr(what, '%')   ? ALERT_EXERCISE
              : strchr(what, '&') ? ALERT_TEST
                                  : ALERT_ACTUAL,
              intensity);
    }
}

static bool contact_word(struct bench *b, const char *word)
{
    for (int i = 0; i < (int)b->contacts.count; i++) {
        size_t n = strlen(b->contacts.name[i].text);
        if (!strncmp(word, b->contacts.name[i].text, n) && word[n] == ':') {
            struct contact_change c = {.index = i,
                                       .active = word[n + 1] == '1',
                                       .fault = word[n + 1] == 'f',
                                       .first = strchr(word, '?') != NULL};
            feed(b, (struct arbiter_input){.kind = ARBITER_CONTACT, .contact = c});
            return true;
        }
    }
    return false;
}

static void message_word(struct bench *b, const char *what)
{
    struct arbiter_foreign f = {.source = SOURCE_OFFICIAL, .key = 7, .countdown_s = NAN, .until_s = 120};

    if (!strcmp(what, "cancel"))
        f.phase = ALERT_PHASE_CANCEL;
    else if (!strcmp(what, "ended"))
        f.phase = ALERT_PHASE_SHAKING_ENDED;
    else
        f.level = level_of(what);
    if (strchr(what, '@'))
        f.countdown_s = atof(strchr(what, '@') + 1);
    if (strchr(what, '#'))
        f.key = (uint32_t)atoi(strchr(what, '#') + 1);
    feed(b, (struct arbiter_input){.kind = ARBITER_FOREIGN, .foreign = f});
}

static uint32_t action_mask(struct bench *b, const char *name)
{
    for (size_t i = 0; i < b->actions.count; i++)
        if (!strcmp(b->actions.name[i].text, name))
            return 1u << i;
    fail_msg("no action %s", name);
    return 0;
}

static bool command_word(struct bench *b, const char *word)
{
    static const struct {
        const char *word;
        enum arbiter_command command;
    } commands[] = {{"drill", ARBITER_DRILL},     {"drillend", ARBITER_DRILL_END},
                    {"silence", ARBITER_SILENCE}, {"ack", ARBITER_ACKNOWLEDGE},
                    {"reset", ARBITER_RESET},     {"test", ARBITER_TEST},
                    {"unfit", ARBITER_UNFIT},     {"maintenance", ARBITER_MAINTENANCE}};
    size_t n = strcspn(word, ":");

    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strlen(commands[i].word) == n && !strncmp(commands[i].word, word, n)) {
            struct arbiter_input in = {.kind = ARBITER_COMMAND,
                                       .command = commands[i].command,
                                       .mask = UINT32_MAX,
                                       .for_s = 0,
                                       .level = ALERT_ALARM};
            if (in.command == ARBITER_DRILL && word[n])
                in.level = level_of(word + n + 1);
            if (in.command == ARBITER_SILENCE && word[n])
                in.event = (uint32_t)atoi(word + n + 1);
            if (in.command == ARBITER_MAINTENANCE) {
                in.mask = word[n + 1] == '0' ? 0 : action_mask(b, word + n + 1);
                in.for_s = 36000;
            }
            feed(b, in);
            return true;
        }
    return false;
}

/* "alarm+siren+voice/official" and so on: what is ordered now, in full. */
static void describe(const struct sound_order *s, char *to, size_t room)
{
    static const char *const name[] = {"none", "warning", "alarm", "cancel", "ended", "test", "unfit"};
    static const char *const source[] = {"", "/peer", "/official", ""};

    snprintf(to, room, "%s%s%s%s%s%s", name[s->sound], s->siren ? "+siren" : "", s->voice ? "+voice" : "",
             s->exercise ? "+drill" : "", s->severe ? "+severe" : "", source[s->source]);
}

static void expect(struct bench *b, const char *claim, const char *word)
{
    char got[256] = "", *c;

    switch (*word) {
    case '=':
        describe(&b->out.sound, got, sizeof got);
        break;
    case '#': /* orders of sound since the last # */
        snprintf(got, sizeof got, "%d", b->sounds);
        b->sounds = 0;
        break;
    case '[':
        for (int i = 0; i < LINES; i++)
            if (b->out.lines.asserted >> i & 1)
                snprintf(got + strlen(got), sizeof got - strlen(got), "%s%s", *got ? "," : "", lines[i].text);
        snprintf(got + strlen(got), sizeof got - strlen(got), "%s]", b->out.lines.exercise ? "%" : "");
        break;
    case '"': /* said since the last ", _ for a space */
        for (c = b->said; *c; c++)
            if (*c == ' ')
                *c = '_';
        if (!strstr(b->said, word + 1))
            fail_msg("%s: %s was not said, but:\n%s", claim, word, b->said);
        b->said[0] = '\0';
        return;
    default:
        fail_msg("%s: no such word: %s", claim, word);
    }
    if (strcmp(got, word + 1) != 0)
        fail_msg("%s: at %s it is %s; said:\n%s", claim, word, got, b->said);
}

static void run(struct bench *b, const char *claim, const char *script)
{
    char copy[1024], *rest = copy, *word;

    assert_true(strlen(script) < sizeof copy);
    snprintf(copy, sizeof copy, "%s", script);
    while ((word = strsep(&rest, " "))) {
        if (!*word)
            continue;
        if (*word == '+')
            wait_s(b, atof(word + 1));
        else if (*word == 's' && word[2] == ':')
            sensor_word(b, word);
        else if (!strncmp(word, "msg:", 4))
            message_word(b, word + 4);
        else if (!strncmp(word, "clock:", 6)) {
            b->minute = atoi(word + 6) * 60;
            tick(b);
        } else if (!contact_word(b, word) && !command_word(b, word))
            expect(b, claim, word);
    }
}

static const struct {
    const char *claim, *set, *script;
} rows[] = {
    {"watch is never heard", NULL, "s0:watch! =none [] +1 =none"},
    {"a warning sounds, is spoken and blinks", NULL, "s0:warning =warning+siren+voice [strobe,lift_p]"},
    {"an alarm closes the gas", NULL, "s0:alarm =alarm+siren+voice [gas,strobe,horn,lift_p]"},
    {"an observed one stops the lift", NULL, "s0:warning! [strobe,lift_p,lift_s]"},
    {"an update of the same level is no new sound", NULL, "s0:alarm #1 s0:alarm s0:alarm! +5 s0:alarm! #0"},
    {"a higher level pre-empts at once", NULL, "s0:warning #1 s0:alarm =alarm+siren+voice #1"},
    {"the level does not fall within the event", NULL, "s0:alarm s0:warning +3 =alarm+siren+voice"},
    {"a cancel stops the siren at once and is spoken", NULL,
     "s0:warning +10 s0:cancel =cancel+voice +20 =none \"event_cancelled,_event_1"},
    {"the end is spoken", NULL, "s0:warning! +30 s0:ended =ended+voice +20 =none"},
    {"from 6 on nobody re-enters before inspection", NULL,
     "s0:alarm!6.2 +60 s0:ended!6.2 =ended+voice+severe"},
    {"below 6 that is not said", NULL, "s0:alarm!5.9 +60 s0:ended!5.9 =ended+voice"},
    {"the end of what was only watched is not spoken", NULL, "s0:watch! +60 s0:ended =none"},
    {"a line that ends with the event holds on for hold_s", NULL,
     "s0:warning +5 s0:cancel [strobe,lift_p] +14 [strobe,lift_p] +2 [lift_p]"},
    {"a line that resets itself does so within the event", NULL,
     "s0:warning +59 [strobe,lift_p] +2 [strobe]"},
    {"and is not called for again by an update", NULL, "s0:warning +61 s0:warning [strobe] +1 [strobe]"},
    {"but by a higher level", NULL, "s0:warning +61 s0:alarm [gas,strobe,horn,lift_p]"},
    {"what waits for a person waits", NULL,
     "s0:alarm +30 s0:ended +3600 [gas] \"gas:_stays_until reset [] \"line_0:_reset"},
    {"no reset while it is called for", NULL,
     "s0:alarm +1 reset [gas,strobe,horn,lift_p] \"line_0:_reset_refused s0:cancel +60 reset []"},
    {"the reset key is pressed, not found", NULL,
     "s0:alarm s0:cancel +99 [gas] resetkey:1? [gas] \"nobody_pressed resetkey:0 resetkey:1 []"},
    {"a second shock sounds again", NULL,
     "s0:alarm! #1 +60 s0:ended #1 s0:next s0:alarm #1 =alarm+siren+voice \"event_began,_event_2"},
    {"also while the first goes on", NULL, "s0:alarm! #1 +60 s0:next s0:alarm #1 \"replaced"},
    {"the second sensor joins the same earthquake", NULL, "s0:alarm! #1 s1:alarm! s2:alarm! #0"},
    {"and its second shock is one, not two", NULL,
     "s0:alarm! s1:alarm! #1 s0:next s0:alarm s1:next s1:alarm #1"},
    {"it goes on until the last sensor has ended", NULL,
     "s0:alarm! s1:alarm! s0:ended =alarm+siren+voice s1:ended =ended+voice"},
    {"one that cancels does not cancel what another saw", NULL,
     "s0:alarm s1:alarm! s0:cancel s1:ended =ended+voice"},
    {"two of three: one is not enough", "arbiter.sensors=2",
     "s0:alarm! =none [] \"too_few_sensors_say_so:_1_of_2"},
    {"two of three: two are", "arbiter.sensors=2", "s0:alarm! s1:warning =warning+siren+voice s1:alarm #2"},
    {"two of three: the level is what two say", "arbiter.sensors=2",
     "s0:alarm! s1:watch =none s1:warning! [strobe,lift_p,lift_s]"},
    {"two of three with two unfit: the fit one decides", "arbiter.sensors=2",
     "s1:unfit s2:unfit s0:alarm =alarm+siren+voice"},
    {"it does so in the middle too", "arbiter.sensors=2",
     "s0:alarm =none s1:unfit =none s2:unfit =alarm+siren+voice"},
    {"an unfit sensor does not make an event", NULL, "s0:unfit s0:alarm! =none s0:fit =alarm+siren+voice"},
    {"with no sensor fit any of them counts", "arbiter.sensors=2",
     "s0:unfit s1:unfit s2:unfit s0:alarm =alarm+siren+voice \"no_sensor_is_fit"},
    {"a sensor that dies in the alarm does not keep the siren", NULL,
     "s0:alarm s0:unfit +599 =alarm+siren+voice +2 =none \"nothing_more_was_heard"},
    {"of two that said so one falls out: the siren goes on, the other ends it", NULL,
     "s0:alarm! s1:alarm! s0:unfit +60 =alarm+siren+voice s1:ended =ended+voice"},
    {"or cancels it", NULL, "s0:alarm s1:alarm s0:unfit s1:cancel =cancel+voice"},
    {"but not what the lost one had observed", NULL, "s0:alarm! s1:alarm s0:unfit s1:cancel =ended+voice"},
    {"the other's end stands when the last open one falls out", NULL,
     "s0:alarm! s1:alarm! s1:ended =alarm+siren+voice s0:unfit =ended+voice"},
    {"one that comes back within the event counts again", NULL,
     "s0:alarm! s1:alarm! s0:unfit s0:fit s1:ended =alarm+siren+voice s0:ended =ended+voice"},
    {"and after it neither sounds again nor ends it twice", NULL,
     "s0:alarm! s1:alarm! s0:unfit s1:ended +30 s0:fit s0:alarm! =none s0:ended =none"},
    {"one that speaks again after that is heard", NULL, "s0:alarm +601 =none s0:alarm! =alarm+siren+voice"},
    {"a test alert is not heard", NULL, "s0:alarm& =none \"not_acted_upon"},

    {"the official receiver alarms by itself", NULL,
     "receiver:1 =alarm+siren+voice/official [gas,strobe,horn]"},
    {"for a minute after its contact opened", NULL,
     "receiver:1 +100 receiver:0 +59 =alarm+siren+voice/official +2 =none"},
    {"a contact that stays closed is not believed for ever", NULL,
     "receiver:1 +599 =alarm+siren+voice/official +2 =none \"stays_closed +999 =none receiver:0 =none "
     "receiver:1 "
     "=alarm+siren+voice/official"},
    {"closed again at once it is the same warning", NULL, "receiver:1 #1 +5 receiver:0 +5 receiver:1 #0"},
    {"closed again later it is another", NULL, "receiver:1 #1 +5 receiver:0 +11 receiver:1 #1"},
    {"closed at the start it warns", NULL, "receiver:1? =alarm+siren+voice/official"},
    {"at fault it does not", NULL, "receiver:f =none \"receiver:_contact_at_fault:_yes"},
    {"the authority's text wins at the same level", NULL,
     "s0:alarm #1 =alarm+siren+voice receiver:1 =alarm+siren+voice/official #1"},
    {"as the same earthquake it is no new siren", NULL,
     "s0:alarm +1 receiver:1 \"event_began,_event_2,_alarm"},
    {"the highest level wins", NULL, "msg:warning =warning+siren+voice/official s0:alarm =alarm+siren+voice"},
    {"a local cancel does not end an official warning", NULL,
     "receiver:1 s0:alarm s0:cancel =alarm+siren+voice/official \"its_end_is_not_told"},
    {"an official cancel does not silence observed shaking", NULL,
     "msg:alarm s0:alarm! =alarm+siren+voice/official msg:cancel =alarm+siren+voice +1 =alarm+siren+voice"},
    {"an official cancel of what nothing else says is spoken", NULL,
     "msg:alarm +5 msg:cancel =cancel+voice/official"},
    {"a message without another is over", NULL, "msg:alarm +119 =alarm+siren+voice/official +2 =none"},
    {"a second message about another earthquake sounds again", NULL,
     "msg:alarm #1 +5 msg:alarm #0 msg:alarm#8 #1"},
    {"a countdown that moved is told", NULL, "msg:alarm@20 #1 +1 #0 msg:alarm@15 #1"},

    {"silence stops siren, voice and horn, not the gas valve", NULL,
     "s0:alarm silence =none [gas,strobe,lift_p] +60 =none"},
    {"silence belongs to one event", NULL, "s0:alarm silence +60 s0:next s0:alarm =alarm+siren+voice"},
    {"silence does not cover the authority that comes after it", NULL,
     "s0:alarm silence receiver:1 =alarm+siren+voice/official"},
    {"silence of a warning does not cover the alarm", NULL,
     "s0:warning silence +1 s0:alarm =alarm+siren+voice"},
    {"nor do updates end it", NULL, "s0:alarm silence s0:alarm! s1:alarm! +1 =none"},
    {"silence of another event", NULL, "s0:alarm silence:9 =alarm+siren+voice \"no_such_event"},
    {"silence with nothing open", NULL, "silence =none \"no_such_event"},
    {"the silence key", NULL, "s0:alarm silencekey:1 =none"},
    {"a silence key stuck since the start silences nothing", NULL,
     "silencekey:1? s0:alarm =alarm+siren+voice +9 =alarm+siren+voice"},
    {"the end of a silenced event is still spoken", NULL,
     "s0:alarm!6.5 silence +60 s0:ended!6.5 =ended+voice+severe"},
    {"an acknowledgement changes nothing", NULL, "s0:alarm #1 ack #0 \"acknowledged,_event_1"},

    {"a drill says so", NULL, "drill =alarm+siren+voice+drill [strobe%] \"not_allowed_in_a_drill"},
    {"and its end too", NULL, "drill +59 =alarm+siren+voice+drill +2 =ended+voice+drill"},
    {"a real event ends it at once", NULL, "drill s0:warning =warning+siren+voice \"drill_broken_off"},
    {"even a watch does", NULL, "drill s0:watch =none \"drill_broken_off"},
    {"and closes the gas if it is an alarm", NULL, "drill [strobe%] s0:alarm [gas,strobe,horn,lift_p]"},
    {"no drill in a real event", NULL, "s0:watch drill =none \"drill_refused"},
    {"the key is a drill while it is turned", NULL,
     "drillkey:1 +300 =alarm+siren+voice+drill drillkey:0 =ended+voice+drill"},
    {"at most ten minutes", NULL, "drillkey:1 +601 =ended+voice+drill +30 =none"},
    {"a key that was turned at the start is no drill", NULL,
     "drillkey:1? =none \"drillkey:_contact_was_already"},
    {"a drill is silenced too", NULL, "drill silence =none"},
    {"an exercise of replay is a drill", NULL, "s0:alarm% =alarm+siren+voice+drill [strobe%]"},
    {"what it holds after its end is still marked", "action.strobe.hold_s=30",
     "s0:alarm% +1 s0:ended% [strobe%] +20 [strobe%] +20 []"},
    {"until a real event calls for it", "action.strobe.hold_s=30",
     "s0:alarm% +1 s0:ended% s0:next s0:warning [strobe,lift_p] s0:cancel +1 [strobe,lift_p]"},
    {"and broken off by a real one of another sensor", NULL, "s0:alarm% s1:warning =warning+siren+voice"},

    {"the fire panel has priority over the voice", NULL,
     "s0:alarm panel:1 =alarm+siren panel:0 =alarm+siren+voice"},
    {"and over the siren where that is asked for", "arbiter.fire=all",
     "panel:1 s0:alarm =alarm [gas,strobe,lift_p]"},
    {"a fire panel's contact at fault does not mute us", NULL, "panel:1 panel:f s0:alarm =alarm+siren+voice"},

    {"a siren test", NULL, "test =test+siren+voice +5 =none"},
    {"not in an event", NULL, "s0:watch test =none \"test_refused"},
    {"and ended by one", NULL, "test s0:warning =warning+siren+voice"},
    {"silence ends a test", NULL, "test silence =none"},
    {"an unfit node says so once", NULL, "unfit =unfit+voice +25 =none"},
    {"and not over an event", NULL, "s0:watch unfit =none \"not_said"},
    {"an event breaks it off", NULL, "unfit s0:alarm =alarm+siren+voice"},

    {"quiet hours hold a warning", "action.siren.quiet=22:00-06:00",
     "clock:23 s0:warning =warning+voice \"quiet_hours"},
    {"but not the alarm that follows", "action.siren.quiet=22:00-06:00",
     "clock:23 s0:warning s0:alarm =alarm+siren+voice"},
    {"nor anything while the clock is not known", "action.siren.quiet=12:00-13:00",
     "clock:-1 s0:warning =warning+siren+voice"},

    {"maintenance inhibits what it names", NULL,
     "maintenance:siren s0:alarm =alarm+voice \"siren:_not_called:_in_maintenance"},
    {"and ends by itself within four hours", NULL,
     "maintenance:siren \"cut_to_its_longest +14399 s0:alarm =alarm+voice +2 =alarm+siren+voice"},
    {"it takes out what sounds already", NULL,
     "s0:alarm maintenance:siren =alarm+voice maintenance:0 =alarm+siren+voice"},
    {"but opens no valve", NULL, "s0:alarm maintenance:gas [gas,strobe,horn,lift_p]"},

    {"a horn on a relay stops with the cancel", NULL, "s0:alarm s0:cancel [gas,strobe,lift_p]"},
    {"also where it would have gone on to the end", "action.horn.reset=ended",
     "s0:alarm [gas,strobe,horn,lift_p] s0:cancel [gas,strobe,lift_p]"},
    {"siren off, voice alone", "action.siren.output=none", "s0:warning =warning+voice"},
    {"a siren that stops by itself", "action.siren.reset=self",
     "s0:alarm +61 =alarm+voice s0:alarm! =alarm+voice"},
    {"a probability that the prediction must have", "action.siren.probability=0.9",
     "s0:alarm =alarm+voice \"its_probability s0:alarm! =alarm+siren+voice"},
};

static void test_claims(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct bench *b = bench_new(NULL, rows[i].set);

        run(b, rows[i].claim, rows[i].script);
        free(b);
    }
}

static void test_official_countdown_runs(void **state)
{
    struct bench *b = bench_new(NULL, NULL);

    (void)state;
    run(b, "countdown", "msg:alarm@20");
    assert_true(fabs(b->out.sound.countdown_s - 20) < 1e-9);
    run(b, "countdown", "+4 s0:alarm! msg:alarm@10");
    assert_true(fabs(b->out.sound.countdown_s - 10) < 1e-9);
    assert_int_equal(b->out.sound.event, 1); /* one episode, whoever told it */
    assert_true(b->out.sound.decided_ns == b->now_ns);
    free(b);
}

static void test_the_end_tells_the_maximum(void **state)
{
    struct bench *b = bench_new(NULL, NULL);

    (void)state;
    run(b, "maximum", "s0:alarm!5.4");
    assert_true(isnan(b->out.sound.maximum));
    run(b, "maximum", "+60 s0:ended!5.7");
    assert_true(b->out.sound.sound == SOUND_ENDED && fabs(b->out.sound.maximum - 5.7) < 1e-9);
    run(b, "maximum", "+30");
    assert_true(isnan(b->out.sound.maximum));
    free(b);
}

static void test_what_waited_before_a_restart_waits(void **state)
{
    struct bench *b = bench_new(NULL, NULL);

    (void)state;
    arbiter_restore(&b->arbiter, UINT32_MAX);
    run(b, "restart",
        "+1 =none [gas,lift_s] +3600 [gas,lift_s] s0:warning [gas,strobe,lift_p,lift_s] s0:cancel +99");
    run(b, "restart", "[gas,lift_s] reset [] \"line_4:_reset");
    free(b);
}

/* ---- any log ---- */

static uint32_t next(uint32_t *x)
{
    *x ^= *x << 13;
    *x ^= *x >> 17;
    *x ^= *x << 5;
    return *x;
}

static void random_step(struct bench *b, uint32_t *x)
{
    static const char *const words[] = {
        "s0:watch",     "s0:warning",   "s0:alarm",   "s0:alarm!6.5", "s0:cancel",  "s0:ended",
        "s0:next",      "s1:warning!",  "s1:alarm",   "s1:cancel",    "s1:ended",   "s1:next",
        "s2:alarm",     "s2:ended",     "s2:next",    "s1:unfit",     "s1:fit",     "s0:unfit",
        "s0:fit",       "s0:alarm%",    "receiver:1", "receiver:0",   "receiver:f", "panel:1",
        "panel:0",      "drill",        "drillend",   "drillkey:1",   "drillkey:0", "silence",
        "silencekey:1", "silencekey:0", "ack",        "reset",        "test",       "msg:warning",
        "msg:alarm#3",  "msg:cancel",   "msg:ended",  "msg:alarm@9",  "clock:23",   "clock:-1",
        "+1",           "+7",           "+40",        "+100",         "s0:alarm&",  "msg:alarm#4"};

    run(b, "random", words[next(x) % (sizeof words / sizeof *words)]);
    b->said[0] = '\0';
}

/* What must hold after every input. */
static void check_now(const struct bench *b, uint32_t seed, int step)
{
    const struct sound_order *s = &b->out.sound;
    bool real = false, exercise = false, must_sound = false;

    for (int i = 0; i < ARBITER_EVENTS_MAX; i++) {
        const struct arbiter_event *e = &b->arbiter.event[i];
        if (!e->open)
            continue;
        real = real || !e->exercise;
        exercise = exercise || e->exercise;
        must_sound = must_sound || (!e->exercise && e->level == ALERT_ALARM && e->silenced < ALERT_ALARM);
        if (e->level == ALERT_NONE)
            fail_msg("seed %u step %d: an open event without a level", seed, step);
    }
    if (must_sound && !(s->sound == SOUND_ALARM && s->siren && !s->exercise))
        fail_msg("seed %u step %d: an alarm that nobody silenced is not heard", seed, step);
    if (real && exercise)
        fail_msg("seed %u step %d: a drill beside a real event", seed, step);
    if (s->siren && !real && !exercise && s->sound != SOUND_TEST)
        fail_msg("seed %u step %d: a siren of no event", seed, step);
    if (real && s->exercise && s->sound != SOUND_ENDED)
        fail_msg("seed %u step %d: a real event is called a drill", seed, step);
}

static void test_any_log(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 400; seed++) {
        struct bench *b = bench_new(NULL, NULL), *again = bench_new(NULL, NULL);
        uint32_t x = seed * 2654435761u, y = x;

        for (int step = 0; step < 120; step++) {
            random_step(b, &x);
            check_now(b, seed, step);
            random_step(again, &y);
            if (memcmp(&b->out.lines, &again->out.lines, sizeof b->out.lines) != 0 ||
                b->out.sound.sound != again->out.sound.sound ||
                b->out.sound.event != again->out.sound.event ||
                b->out.sound.decided_ns != again->out.sound.decided_ns ||
                b->out.reasons != again->out.reasons)
                fail_msg("seed %u step %d: the same log, other orders", seed, step);
        }
        /* everything falls silent, whatever was left open */
        wait_s(b, b->conf.event_max_s + b->conf.announce_s + 61);
        if (b->out.sound.sound != SOUND_NONE || b->out.sound.siren || (b->out.lines.asserted & ~0x11u))
            fail_msg("seed %u: left on: sound %d, lines %x", seed, (int)b->out.sound.sound,
                     b->out.lines.asserted);
        run(b, "reset", "reset");
        if (b->out.lines.asserted)
            fail_msg("seed %u: a reset leaves %x", seed, b->out.lines.asserted);
        free(b);
        free(again);
    }
}

static void test_words(void **state)
{
    (void)state;
    for (int i = 0; i < ARBITER_WHYS; i++)
        assert_non_null(arbiter_why_name((enum arbiter_why)i));
    assert_string_equal(arbiter_why_name(ARBITER_WHYS), "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_claims),
        cmocka_unit_test(test_official_countdown_runs),
        cmocka_unit_test(test_the_end_tells_the_maximum),
        cmocka_unit_test(test_what_waited_before_a_restart_waits),
        cmocka_unit_test(test_any_log),
        cmocka_unit_test(test_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
