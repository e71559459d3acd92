/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_TESTS_SUITE_H
#define JSL_TESTS_SUITE_H

/*
 * The main() of a check suite:
 *
 *	START_TEST(refuses_lower_epoch) { … } END_TEST
 *	SUITE_MAIN("election", refuses_lower_epoch, …)
 *
 * Each test is a case of its own, run in a child, with a time limit.
 */

#include <check.h>
#include <stdlib.h>

#ifndef SUITE_TIMEOUT_S /* of one test that hangs; a suite may need another */
#define SUITE_TIMEOUT_S 300
#endif

#define SUITE_MAIN(title, ...)                                                  \
	int main(void)                                                          \
	{                                                                       \
		const TTest *tests[] = {__VA_ARGS__};                           \
		Suite *suite = suite_create(title);                             \
		SRunner *runner = srunner_create(suite);                        \
		int failed;                                                     \
                                                                                \
		for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) { \
			TCase *tc = tcase_create(tests[i]->name);               \
                                                                                \
			tcase_set_timeout(tc, SUITE_TIMEOUT_S);                 \
			tcase_add_test(tc, tests[i]);                           \
			suite_add_tcase(suite, tc);                             \
		}                                                               \
		srunner_run_all(runner, CK_NORMAL);                             \
		failed = srunner_ntests_failed(runner);                         \
		srunner_free(runner);                                           \
		return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;               \
	}

#endif
