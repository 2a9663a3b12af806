/* fake_end.h - the end of a test on a machine of fake_sys.h. Include after cmocka's. */
#ifndef TOCSIN_TESTS_FAKE_END_H
#define TOCSIN_TESTS_FAKE_END_H

#include "tests/unit/fake_sys.h"

/* All memory was given back and every file closed; then the machine goes, too. */
#define fake_sys_end(fake)                                                                                   \
    do {                                                                                                     \
        struct fake_sys *fake_ = (fake);                                                                     \
        assert_int_equal(fake_->live_allocs, 0);                                                             \
        assert_int_equal(fake_->open_fds, 0);                                                                \
        fake_sys_done(fake_);                                                                                \
    } while (0)

#endif
