#include "calibration/noise_model.h"

#include <math.h>
#include <stddef.h>

struct line {
    double from_s, a_db, b_db; /* from this period on: a + b log10(period) */
};

static const struct line low[] = {
    {0.10, -162.36, 5.64},   {0.17, -166.7, 0},       {0.40, -170, -8.30},   {0.80, -166.4, 28.9},
    {1.24, -168.6, 52.48},   {2.40, -159.98, 29.81},  {4.30, -141.1, 0},     {5.0, -71.36, -99.77},
    {6.0, -97.26, -66.49},   {10, -132.18, -31.57},   {12, -205.27, 36.16},  {15.6, -37.65, -104.33},
    {21.9, -114.37, -47.10}, {31.6, -160.58, -16.28}, {45, -187.5, 0},       {70, -216.47, 15.70},
    {101, -185, 0},          {154, -168.34, -7.61},   {328, -217.43, 11.90}, {600, -258.28, 26.60},
    {10000, -346.88, 48.75},
};
static const struct line high[] = {
    {0.10, -108.73, -17.23}, {0.22, -150.34, -80.50}, {0.32, -122.31, -23.87}, {0.80, -116.85, 32.51},
    {3.80, -108.48, 18.08},  {4.60, -74.66, -32.95},  {6.30, 0.66, -127.18},   {7.90, -93.37, -22.42},
    {15.4, 73.54, -162.98},  {20, -151.52, 10.01},    {354.8, -206.66, 31.63},
};

static double at(const struct line *model, size_t n, double hz)
{
    double period_s = 1 / hz;

    if (!(hz <= 10 * (1 + 1e-9) && hz >= 1e-5 * (1 - 1e-9)))
        return NAN;
    while (n > 1 && period_s < model[n - 1].from_s)
        n--;
    return model[n - 1].a_db + model[n - 1].b_db * log10(period_s);
}

double noise_model_low_db(double hz)
{
    return at(low, sizeof low / sizeof *low, hz);
}

double noise_model_high_db(double hz)
{
    return at(high, sizeof high / sizeof *high, hz);
}
