/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Figures from virtual time: how soon partitions heal, and what starved nodes and bad
 * links do to the others.
 */

#include <stdio.h>

#include "gossip_sim.h"

static void report_healing(size_t n, uint64_t cut_s)
{
	uint64_t sum = 0, max = 0;
	size_t runs = n >= 64 ? 5 : 20;

	for (size_t run = 0; run < runs; run++) {
		uint64_t took = sim_heal(n, cut_s, 1 + run);

		sum += took;
		max = took > max ? took : max;
	}
	printf("halves of %zu nodes cut for %llu s: healed in %.2f s on average, %.2f s "
	       "at "
	       "most\n",
	       n, (unsigned long long)cut_s, (double)sum / (double)runs / 1e6,
	       (double)max / 1e6);
	fflush(stdout);
}

static void report_wrong(const char *what, struct wrong_counts c)
{
	printf("%s: healthy members declared failed %llu times, those in trouble %llu\n",
	       what, (unsigned long long)c.of_well, (unsigned long long)c.of_sick);
	fflush(stdout);
}

void sim_report(void)
{
	report_healing(2, 60);
	report_healing(5, 60);
	report_healing(8, 3600);
	report_healing(64, 60);
	report_wrong("1 of 8 stands still 60 % of 400 s", sim_starve(8, 1, 400, 1));
	report_wrong("3 of 16 stand still 60 % of 400 s", sim_starve(16, 3, 400, 1));
	report_wrong("8 of 64 stand still 60 % of 400 s", sim_starve(64, 8, 400, 1));
	report_wrong("1 of 100 with 80 % loss, 400 s", sim_bad_links(100, 1, 400, 1));
}
