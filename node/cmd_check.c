/* tocsin check - is everything that the node needs there and well? */
#include <getopt.h>
#include <signal.h>
#include <string.h>

#include "node/args.h"
#include "node/check.h"
#include "node/cmd.h"

static const struct check_part parts[] = {
    {"configuration", check_configuration},
    {"sensors", check_sensors},
    {"siren", check_siren},
    {"microphone", check_microphone},
    {"lines", check_lines},
    {"contacts", check_contacts},
    {"ups", check_ups},
    {"state", check_state},
    {"keys", check_keys},
    {"clock", check_clock},
    {"privileges", check_privileges},
    {"kernel", check_kernel},
    {"memory", check_memory},
};
enum { PARTS = sizeof parts / sizeof *parts };

struct options {
    struct args_conf conf;
    bool only[PARTS], some, json, move, print;
    double seconds;
};

static const struct option long_options[] = {
    {"config", required_argument, NULL, 'c'},
    {"set", required_argument, NULL, 's'},
    {"only", required_argument, NULL, 'o'},
    {"seconds", required_argument, NULL, 't'},
    {"move", no_argument, NULL, 'm'},
    {"json", no_argument, NULL, 'j'},
    {"print", no_argument, NULL, 'p'},
    {"help", no_argument, NULL, 'h'},
    {0},
};

static void help(void)
{
    fputs(
        "usage: tocsin check [OPTION...]\n"
        "\n"
        "Looks at everything that the node needs: a line each, ok, warn (it would warn worse than it could) "
        "or\n"
        "FAIL (it would not warn as it should), what was found, and what to do. Nothing is changed, and no\n"
        "relay moves. While the node runs its devices are in use: stop it first.\n"
        "\n"
        "  -c, --config FILE     the node's configuration; --set KEY=VALUE overrides one key\n"
        "      --only PART       this part alone; may stand several times:\n"
        "                       ",
        stdout);
    for (int i = 0; i < PARTS; i++)
        printf(" %s%s", parts[i].name, i == PARTS / 2 - 1 ? "\n                       " : "");
    fputs("\n"
          "      --seconds S       for each part at most (5)\n"
          "      --move            moves every relay that nobody has to reset, and says so\n"
          "      --print           the effective configuration with where each value comes from, and ends\n"
          "      --json            JSON Lines\n",
          stdout);
}

static int bad(const char *what, const char *value, const char *want)
{
    return args_error("check", what, value, want);
}

static int add_part(struct options *o, const char *name)
{
    for (int i = 0; i < PARTS; i++)
        if (strcmp(parts[i].name, name) == 0) {
            o->only[i] = o->some = true;
            return 0;
        }
    return bad("--only", name, "no such part; `tocsin check --help` lists them");
}

static int take(struct options *o, int c, char **argv)
{
    switch (c) {
    case 'o':
        return add_part(o, optarg);
    case 't':
        return args_number(optarg, 1, 600, &o->seconds) ? 0
                                                        : bad("--seconds", optarg, "want seconds, 1 to 600");
    case 'm':
        o->move = true;
        return 0;
    case 'j':
        o->json = true;
        return 0;
    case 'p':
        o->print = true;
        return 0;
    default:
        return args_common("check", c, argv, &o->conf);
    }
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
        code = bad("unexpected argument", argv[optind], "none is wanted");
    return code;
}

/* ---- the configuration, with where each value comes from ---- */

static void forget_origins(const struct sys *sys, struct conf_origin *mine[NODE_CONF_TABLES])
{
    for (int i = 0; i < NODE_CONF_TABLES; i++)
        sys_free(sys, mine[i]);
}

static int load(const struct sys *sys, const struct options *o, struct node_conf *conf, struct error *err)
{
    struct conf_table tables[NODE_CONF_TABLES];
    struct conf_origin *mine[NODE_CONF_TABLES] = {NULL};
    int result = 0;

    node_conf_tables(conf, tables);
    for (int i = 0; i < NODE_CONF_TABLES && result == 0; i++) {
        if (tables[i].origin)
            continue;
        mine[i] =
            sys_alloc(sys, tables[i].rows * (tables[i].group ? tables[i].group->max : 1) * sizeof **mine);
        tables[i].origin = mine[i];
        if (!mine[i])
            result = error_set(err, "out of memory");
    }
    if (result == 0)
        result = node_conf_load_tables(conf, tables, sys, o->conf.file, o->conf.set, o->conf.sets, err);
    if (result == 0 && o->print)
        conf_print(tables, NODE_CONF_TABLES, stdout);
    forget_origins(sys, mine);
    return result;
}

static int run(const struct sys *sys, const struct options *o, struct node_conf *node, bool *left)
{
    struct check_conf *conf =
        sys_alloc(sys, sizeof *conf); /* a part that is left behind goes on reading it */
    enum check_verdict worst = CHECK_OK;

    if (!conf) {
        fprintf(stderr, "tocsin check: out of memory\n");
        return EXIT_FOUND;
    }
    *conf = (struct check_conf){.sys = sys,
                                .node = node,
                                .file = o->conf.file,
                                .seconds = o->seconds,
                                .move = o->move,
                                .json = o->json,
                                .out = stdout};
    for (int i = 0; i < PARTS; i++) {
        if (o->some && !o->only[i])
            continue;
        enum check_verdict v = check_run(conf, &parts[i], left);
        if (v > worst)
            worst = v;
    }
    if (!*left)
        sys_free(sys, conf);
    return worst == CHECK_FAIL ? EXIT_FOUND : EXIT_OK;
}

int cmd_check(const struct sys *sys, int argc, char **argv)
{
    struct options o = {.seconds = 5};
    struct error err;
    bool left = false;
    int code = parse(argc, argv, &o);

    if (code != 0)
        return code < 0 ? EXIT_OK : code;
    struct node_conf *conf = sys_alloc(sys, sizeof *conf);
    if (!conf) {
        fprintf(stderr, "tocsin check: out of memory\n");
        return EXIT_FOUND;
    }
    if (load(sys, &o, conf, &err) != 0) {
        fprintf(stderr, "tocsin check: %s\n", err.text);
        code = EXIT_USAGE;
    } else if (!o.print) {
        signal(SIGPIPE, SIG_IGN); /* libiio and libupsclient write to servers that may be gone */
        code = run(sys, &o, conf, &left);
    }
    if (!left)
        sys_free(sys, conf);
    return code;
}
