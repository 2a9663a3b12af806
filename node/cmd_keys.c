/* tocsin keys - whose messages are believed, and the key that signs ours (docs/trust.md). */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "alarm/keys.h"
#include "node/args.h"
#include "node/cmd.h"
#include "node/keys_answers.h"
#include "node/node_conf.h"

enum what { LIST, MAKE, EXPORT, TRUST, REVOKE, ROTATE, FOLLOW, ANSWERS };

struct options {
    enum what what;
    struct args_conf conf;
    const char *folder, *name, *roles, *fingerprint;
    const char *argument; /* a file, or a key */
    bool json, finish;
};

static const struct {
    const char *word;
    const char *argument; /* what it wants behind it; NULL: nothing */
} words[] = {
    [LIST] = {"list", NULL},
    [MAKE] = {"make", NULL},
    [EXPORT] = {"export", NULL},
    [TRUST] = {"trust", "a file that `tocsin keys export` has written"},
    [REVOKE] = {"revoke", "a key's id, fingerprint or name"},
    [ROTATE] = {"rotate", NULL},
    [FOLLOW] = {"follow", "a file that `tocsin keys rotate` has written"},
    [ANSWERS] = {"known-answers", NULL},
};
enum { WORDS = sizeof words / sizeof *words };

static const struct option long_options[] = {
    {"config", required_argument, NULL, 'c'}, {"set", required_argument, NULL, 's'},
    {"keys", required_argument, NULL, 'k'},   {"name", required_argument, NULL, 'n'},
    {"role", required_argument, NULL, 'r'},   {"fingerprint", required_argument, NULL, 'f'},
    {"json", no_argument, NULL, 'j'},         {"finish", no_argument, NULL, 'F'},
    {"help", no_argument, NULL, 'h'},         {0},
};

static void help(void)
{
    fputs(
        "usage: tocsin keys [list | make | export | trust FILE | revoke KEY | rotate | follow FILE] "
        "[OPTION...]\n"
        "\n"
        "The key that signs what a node or a person says, and whose messages are believed. The node reads "
        "them at\n"
        "its start.\n"
        "\n"
        "  list                  the own key, and all that are known (--json: JSON Lines)\n"
        "  make                  the own key, where there is none\n"
        "  export                the own public key, to be handed to others, on standard output\n"
        "  trust FILE            believe the key in FILE, as --role, after its --fingerprint was compared "
        "with what\n"
        "                        its owner reads from `tocsin keys`, by telephone or on the spot\n"
        "  revoke KEY            believe it no more, for good; KEY: its id, fingerprint, or name\n"
        "                        (every key of that name)\n"
        "  rotate                prepare the next own key: the statement on standard output is for those who "
        "trust\n"
        "                        the present one; when they follow: rotate --finish, and start the node "
        "again\n"
        "  follow FILE           believe the next key of one that is trusted, by its statement\n"
        "  known-answers         docs/known-answers.jsonl: messages for those who implement this themselves\n"
        "\n"
        "  -c, --config FILE     the node's configuration: node.state, node.name; --set KEY=VALUE\n"
        "      --keys FOLDER     this folder instead of node.state/keys: for an operator's own key\n"
        "      --name NAME       make: whose key it is, instead of node.name\n"
        "      --role ROLE,...   trust: node (its alerts are shown), peer (they count here), authority, "
        "operator,\n"
        "                        maintainer\n"
        "      --fingerprint F   trust: as its owner reads it; '-', blanks and capitals do not matter\n",
        stdout);
}

/* ---- the command line ---- */

static int bad(const char *what, const char *value, const char *want)
{
    return args_error("keys", what, value, want);
}

static int take(struct options *o, int c, char **argv)
{
    switch (c) {
    case 'k':
        o->folder = optarg;
        return 0;
    case 'n':
        o->name = optarg;
        return 0;
    case 'r':
        o->roles = optarg;
        return 0;
    case 'f':
        o->fingerprint = optarg;
        return 0;
    case 'j':
        o->json = true;
        return 0;
    case 'F':
        o->finish = true;
        return 0;
    default:
        return args_common("keys", c, argv, &o->conf);
    }
}

static int parse_what(struct options *o, const char *text)
{
    for (int i = 0; i < WORDS; i++)
        if (strcmp(text, words[i].word) == 0) {
            o->what = (enum what)i;
            return 0;
        }
    return bad("unknown word", text, "want list, make, export, trust, revoke, rotate or follow");
}

static int check_options(const struct options *o)
{
    if (words[o->what].argument && !o->argument)
        return bad(words[o->what].word, NULL, words[o->what].argument);
    if (o->name && o->what != MAKE)
        return bad("--name", NULL, "is for make alone");
    if ((o->roles || o->fingerprint) && o->what != TRUST)
        return bad("--role, --fingerprint", NULL, "are for trust alone");
    if (o->what == TRUST && !o->roles)
        return bad("trust", NULL, "wants --role: what is to be believed of it");
    if (o->json && o->what != LIST)
        return bad("--json", NULL, "is for list alone");
    return o->finish && o->what != ROTATE ? bad("--finish", NULL, "is for rotate alone") : 0;
}

/* 0, or an exit code with the reason told; -1: --help was all that was asked. */
static int parse(int argc, char **argv, struct options *o)
{
    int c, code = 0;

    opterr = 0;
    while (!code && (c = getopt_long(argc, argv, ":c:h", long_options, NULL)) != -1) {
        if (c == 'h') {
            help();
            return -1;
        }
        code = take(o, c, argv);
    }
    if (!code && optind < argc)
        code = parse_what(o, argv[optind++]);
    if (!code && optind < argc && words[o->what].argument)
        o->argument = argv[optind++];
    if (!code && optind < argc)
        return bad("unexpected argument", argv[optind], "none is wanted");
    return code ? code : check_options(o);
}

/* ---- what is asked for ---- */

struct job {
    const struct sys *sys;
    const struct options *o;
    struct keys keys;
    char name[ENVELOPE_NAME_ROOM];
    struct keys_own own;
    struct keys_trust trust;
};

static int told(const struct error *err, int code)
{
    fprintf(stderr, "tocsin keys: %s\n", err->text);
    return code;
}

/* Takes the JSON. */
static int print_line(struct json *json)
{
    const char *line;
    int code = EXIT_OK;

    if (json_write_line(json, &line, NULL) == 0) {
        fputs(line, stdout);
    } else {
        fprintf(stderr, "tocsin keys: out of memory\n");
        code = EXIT_FOUND;
    }
    json_free(json);
    return code;
}

static int print_key(const struct job *j, const struct keys_trusted *key, const char *state)
{
    char id[CRYPTO_ID_ROOM], fingerprint[CRYPTO_FINGERPRINT_ROOM], roles[80];

    if (j->o->json)
        return print_line(keys_write_listed(j->sys, key, state));
    crypto_key_id(key->public, id);
    crypto_key_fingerprint(key->public, fingerprint);
    keys_roles_print(key->roles, roles, sizeof roles);
    printf("%-8s %-16s %s  %s  %s\n", state, key->name, fingerprint, id, roles[0] ? roles : "-");
    return EXIT_OK;
}

/* 0; 1: there is none; -1: told. */
static int print_own(struct job *j, enum keys_which which, const char *state, struct error *err)
{
    int there = keys_load_own(&j->keys, which, &j->own, err);
    struct keys_trusted as = {.trusted_utc_ns = j->own.made_utc_ns};

    if (there != 0)
        return there;
    memcpy(as.public, j->own.key.public, sizeof as.public);
    memcpy(as.name, j->own.name, sizeof as.name);
    memcpy(as.replaces, j->own.replaces, sizeof as.replaces);
    return print_key(j, &as, state) == EXIT_OK ? 0 : error_set(err, "out of memory");
}

static int list(struct job *j, struct error *err)
{
    int own = print_own(j, KEYS_OWN, "own", err);

    if (own == 1)
        fprintf(stderr,
                "tocsin keys: note: %s: no own key yet: tocsin keys "
                "make\n",
                j->keys.folder);
    if (own < 0 || print_own(j, KEYS_NEXT, "next", err) < 0 || keys_load_trust(&j->keys, &j->trust, err) != 0)
        return told(err, EXIT_INPUT);
    for (size_t i = 0; i < j->trust.count; i++) {
        int code = print_key(j, &j->trust.key[i], j->trust.key[i].revoked_utc_ns ? "revoked" : "trusted");
        if (code != EXIT_OK)
            return code;
    }
    return EXIT_OK;
}

static int make(struct job *j, struct error *err)
{
    char fingerprint[CRYPTO_FINGERPRINT_ROOM];
    bool made;

    if (keys_load_or_make(&j->keys, j->o->name ? j->o->name : j->name, &j->own, &made, err) != 0)
        return told(err, EXIT_INPUT);
    crypto_key_fingerprint(j->own.key.public, fingerprint);
    fprintf(stderr, "tocsin keys: %s: %s, %s\n", made ? "made" : "there is one already, nothing was changed",
            j->own.name, fingerprint);
    return EXIT_OK;
}

static int export_key(struct job *j, struct error *err)
{
    struct keys_public out;
    int there = keys_load_own(&j->keys, KEYS_OWN, &j->own, err);

    if (there == 1)
        error_set(err, "%.300s: there is no key yet: tocsin keys make", j->keys.folder);
    if (there != 0)
        return told(err, EXIT_INPUT);
    memcpy(out.public, j->own.key.public, sizeof out.public);
    memcpy(out.name, j->own.name, sizeof out.name);
    return print_line(keys_write_public(j->sys, &out));
}

/* As a person types it: digits alone count. */
static bool same_fingerprint(const char *typed, const char *real)
{
    while (true) {
        while (*typed == '-' || *typed == ':' || isspace((unsigned char)*typed))
            typed++;
        while (*real == '-')
            real++;
        if (!*typed || !*real)
            return !*typed && !*real;
        if (tolower((unsigned char)*typed++) != *real++)
            return false;
    }
}

static int change_trust(struct job *j, const struct keys_trusted *key, struct error *err)
{
    if (keys_load_trust(&j->keys, &j->trust, err) != 0 || keys_trust_add(&j->trust, key, err) != 0 ||
        keys_save_trust(&j->keys, &j->trust, err) != 0)
        return told(err, EXIT_INPUT);
    return print_key(j, key, "trusted");
}

static int trust(struct job *j, struct error *err)
{
    struct keys_trusted key = {.trusted_utc_ns = j->sys->utc_ns(j->sys->ctx)};
    char fingerprint[CRYPTO_FINGERPRINT_ROOM];
    struct keys_public from;
    struct error why;
    size_t n;

    if (!keys_roles_parse(j->o->roles, &key.roles))
        return bad("--role", j->o->roles,
                   "want node, peer, authority, operator, maintainer, or some with commas");
    char *text = keys_read_text(j->sys, j->o->argument, &n, err);
    if (!text)
        return told(err, EXIT_INPUT);
    int result = keys_read_public(text, n, &from, &why);
    sys_free(j->sys, text);
    if (result != 0) {
        error_set(err, "%.200s: %.200s", j->o->argument, why.text);
        return told(err, EXIT_INPUT);
    }
    crypto_key_fingerprint(from.public, fingerprint);
    if (!j->o->fingerprint) {
        fprintf(stderr,
                "tocsin keys: %s: not trusted yet. Ask for the fingerprint that `tocsin keys` shows on its "
                "side, by "
                "another way than this file came, and give it as --fingerprint\n",
                from.name);
        return EXIT_FOUND;
    }
    if (!same_fingerprint(j->o->fingerprint, fingerprint)) {
        fprintf(stderr,
                "tocsin keys: %s: NOT trusted: the file's fingerprint is %s. Mistyped, or somebody has "
                "exchanged the file\n",
                from.name, fingerprint);
        return EXIT_FOUND;
    }
    memcpy(key.public, from.public, sizeof key.public);
    memcpy(key.name, from.name, sizeof key.name);
    return change_trust(j, &key, err);
}

static int revoke(struct job *j, struct error *err)
{
    if (keys_load_trust(&j->keys, &j->trust, err) != 0 ||
        keys_trust_revoke(&j->trust, j->o->argument, j->sys->utc_ns(j->sys->ctx), err) != 0 ||
        keys_save_trust(&j->keys, &j->trust, err) != 0)
        return told(err, EXIT_INPUT);
    fprintf(stderr, "tocsin keys: %s: revoked; a node that runs believes it until it is started again\n",
            j->o->argument);
    return EXIT_OK;
}

static int rotate(struct job *j, struct error *err)
{
    struct keys_rotation r;

    if (!j->o->finish)
        return keys_rotate(&j->keys, &r, err) == 0 ? print_line(keys_write_rotation(j->sys, &r))
                                                   : told(err, EXIT_INPUT);
    int there = keys_rotate_finish(&j->keys, err);
    if (there == 1)
        error_set(err, "%.300s: no next key is prepared: tocsin keys rotate", j->keys.folder);
    if (there != 0)
        return told(err, EXIT_INPUT);
    fprintf(stderr, "tocsin keys: the next key is the own one now; start the node again\n");
    return EXIT_OK;
}

static int follow(struct job *j, struct error *err)
{
    struct keys_rotation r;
    size_t n;
    char *text = keys_read_text(j->sys, j->o->argument, &n, err);

    if (!text)
        return told(err, EXIT_INPUT);
    int result = keys_read_rotation(text, n, &r, err);
    sys_free(j->sys, text);
    if (result != 0 || keys_load_trust(&j->keys, &j->trust, err) != 0 ||
        keys_trust_follow(&j->trust, &r, j->sys->utc_ns(j->sys->ctx), err) != 0 ||
        keys_save_trust(&j->keys, &j->trust, err) != 0)
        return told(err, EXIT_INPUT);
    return print_key(j, &j->trust.key[j->trust.count - 1], "trusted");
}

static int work(struct job *j, struct error *err)
{
    switch (j->o->what) {
    case LIST:
        return list(j, err);
    case MAKE:
        return make(j, err);
    case EXPORT:
        return export_key(j, err);
    case TRUST:
        return trust(j, err);
    case REVOKE:
        return revoke(j, err);
    case ROTATE:
        return rotate(j, err);
    case FOLLOW:
        return follow(j, err);
    case ANSWERS:
        break;
    }
    return keys_answers_write(j->sys, stdout) == 0 ? EXIT_OK : EXIT_FOUND;
}

/* The folder, and the name for a key that is made: 0, or -1 with err. */
static int locate(struct job *j, struct error *err)
{
    struct node_conf *conf = sys_alloc(j->sys, sizeof *conf);
    char folder[CONF_TEXT_MAX + 8];

    if (!conf)
        return error_set(err, "out of memory");
    int result = node_conf_load(conf, j->sys, j->o->conf.file, j->o->conf.set, j->o->conf.sets, err);
    snprintf(folder, sizeof folder, "%s/keys", conf->node.state);
    snprintf(j->name, sizeof j->name, "%.40s", conf->node.name);
    sys_free(j->sys, conf);
    return result ? result : keys_open(&j->keys, j->sys, j->o->folder ? j->o->folder : folder, err);
}

int cmd_keys(const struct sys *sys, int argc, char **argv)
{
    struct options o = {.what = LIST};
    struct error err = {""};
    int code = parse(argc, argv, &o);

    if (code != 0)
        return code < 0 ? EXIT_OK : code;
    struct job *j = sys_alloc(sys, sizeof *j);
    if (!j) {
        fprintf(stderr, "tocsin keys: out of memory\n");
        return EXIT_FOUND;
    }
    j->sys = sys;
    j->o = &o;
    code = locate(j, &err) == 0 ? work(j, &err) : told(&err, EXIT_USAGE);
    crypto_wipe(&j->own, sizeof j->own);
    sys_free(sys, j);
    return code;
}
