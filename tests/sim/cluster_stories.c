/* SPDX-License-Identifier: BSD-2-Clause */
/* What a user of a cluster is promised, one story each. */

#include <stdio.h>

#include "cluster_stories.h"
#include "faults.h"
#include "history.h"

static int first_gateway(const struct world *w)
{
	return w->n_peers;
}

static bool has_leader(struct world *w)
{
	return world_leader(w) >= 0;
}

static bool some_job_runs(struct world *w)
{
	return w->n_runs > 0;
}

static void expect(struct world *w, bool good, const char *what)
{
	if (!good)
		world_violated(w, "%s", what);
}

static void highest_id_leads(struct world *w)
{
	faults_start_all(w);
	expect(w, world_run(w, MS(3000), has_leader), "no leader in 3 s");
	expect(w, world_leader(w) == w->n_peers - 1, "not the highest id leads");
}

static void rejoiner_follows(struct world *w)
{
	int highest = w->n_peers - 1;

	highest_id_leads(w);
	world_crash(w, highest);
	(void)world_run(w, w->now + MS(3000), NULL);
	expect(w, world_leader(w) == highest - 1, "not the next highest id leads");
	world_start(w, highest);
	(void)world_run(w, w->now + MS(3000), NULL);
	expect(w, world_leader(w) == highest - 1, "the rejoiner caused an election");
	expect(w, jsl_cluster_role(w->nodes[highest].cluster) == JSL_ELECTION_FOLLOWING,
	       "the rejoiner does not follow");
}

static void no_leader_without_a_quorum(struct world *w)
{
	int survivors = w->n_peers / 2;

	highest_id_leads(w);
	for (int i = survivors; i < w->n_peers; i++)
		world_crash(w, i);
	(void)world_run(w, w->now + MS(1000), NULL);
	expect(w, !world_run(w, w->now + MS(5000), has_leader) && world_leader(w) < 0,
	       "a minority has a leader");
}

static void submit_three(struct world *w)
{
	w->run_min = w->run_max = MS(4000);
	for (int i = 0; i < 3; i++)
		history_submit(w, first_gateway(w));
}

static void leaders_death_reruns_nothing(struct world *w)
{
	highest_id_leads(w);
	submit_three(w);
	(void)world_run(w, w->now + MS(1000), NULL);
	expect(w, w->n_runs == 3, "not all three run");
	world_crash(w, world_leader(w));
	expect(w, world_run(w, w->now + MS(8000), history_all_answered), "not answered");
	for (int i = 0; i < 3; i++)
		expect(w, w->jobs[i].attempt == 1 && w->jobs[i].runs == 1, "ran again");
}

static void workers_death_reruns_elsewhere(struct world *w)
{
	highest_id_leads(w);
	submit_three(w);
	expect(w, world_run(w, w->now + MS(1000), some_job_runs), "nothing runs");
	(void)world_run(w, w->now + MS(100), NULL);
	world_crash(w, w->runs[0].node);
	expect(w, world_run(w, w->now + MS(15000), history_all_answered), "not answered");
	expect(w, w->jobs[w->runs[0].job].attempt == 2, "not the second attempt");
}

static void early_request_waits_for_the_leader(struct world *w)
{
	world_start(w, first_gateway(w));
	history_submit(w, first_gateway(w));
	(void)world_run(w, MS(2000), NULL);
	faults_start_all(w);
	expect(w, world_run(w, w->now + MS(5000), history_all_answered), "not answered");
}

static void clean_stop_hands_over_at_once(struct world *w)
{
	int old = w->n_peers - 1;
	uint64_t at;

	highest_id_leads(w);
	(void)world_run(w, w->now + MS(1000), NULL);
	at = w->now;
	world_leave(w, old);
	(void)world_run(w, w->now + MS(1), NULL);
	expect(w, world_run(w, w->now + MS(1000), has_leader), "no leader in 1 s");
	expect(w, world_leader(w) == old - 1, "not the next highest id leads");
	expect(w, w->now - at < MS(30), "the lease was waited for");
}

/* R13: the connections it had are reset, its port refuses. */
static void killed_leader_is_not_waited_for(struct world *w)
{
	int old = w->n_peers - 1, gateway = first_gateway(w);
	uint64_t at;

	highest_id_leads(w);
	(void)world_run(w, w->now + MS(1000), NULL);
	at = w->now;
	world_crash(w, old);
	expect(w, world_run(w, w->now + MS(1000), has_leader), "no leader in 1 s");
	expect(w, world_leader(w) == old - 1, "not the next highest id leads");
	expect(w, w->now - at < MS(60), "the lease was waited for");
	(void)world_run(w, w->now + MS(10), NULL);
	expect(w,
	       jsl_cluster_leader(w->nodes[gateway].cluster, world_clock(w, gateway))
			       .id == w->nodes[old - 1].id,
	       "the gateway does not know");
}

static void leader_hands_over_to_whom_it_names(struct world *w)
{
	struct jsl_cluster_event ev = {.type = JSL_CLUSTER_EV_TRANSFER,
				       .id = w->nodes[0].id};
	int old = w->n_peers - 1;

	highest_id_leads(w);
	(void)world_run(w, w->now + MS(500), NULL);
	expect(w, world_step(w, 0, ev) < 0, "one that does not lead hands over");
	expect(w, world_step(w, old, ev) == 0, "refused");
	expect(w, world_run(w, w->now + MS(60), has_leader), "no leader in 60 ms");
	expect(w, world_leader(w) == 0, "not the named one leads");
}

/* R10: no resubmission, no inventory, no emptied cache, and jobs run on. */
static void raised_epoch_is_no_change_of_leader(struct world *w)
{
	int leader = w->n_peers - 1, gateway = first_gateway(w);
	struct jsl_election_leader was, is;
	unsigned connects;

	highest_id_leads(w);
	(void)world_run(w, w->now + MS(500), NULL);
	submit_three(w);
	world_crash(w, 0);
	(void)world_run(w, w->now + MS(100), NULL);
	was = jsl_cluster_leader(w->nodes[gateway].cluster, world_clock(w, gateway));
	w->nodes[gateway].leaders = 0;
	connects = w->connects;
	w->nodes[0].record.promised_epoch = was.epoch + 6;
	w->nodes[0].record.promised_to = 2;
	world_start(w, 0);
	(void)world_run(w, w->now + MS(1000), NULL);
	is = jsl_cluster_leader(w->nodes[gateway].cluster, world_clock(w, gateway));
	expect(w, world_leader(w) == leader, "another leader");
	expect(w, is.epoch == was.epoch + 7 && is.since == was.since, "not raised");
	expect(w, w->nodes[gateway].leaders == 0, "the owner was told");
	expect(w, w->connects <= connects + 1, "the links were made anew");
	expect(w, world_run(w, w->now + MS(20000), history_all_answered), "not answered");
	for (int i = 0; i < 3; i++)
		if (w->runs[w->jobs[i].last_run].node != 0)
			expect(w, w->jobs[i].runs == 1, "ran again");
}

/* I3: a leader raises its epoch (R10) without a voter that hears of it by its orders
 * first. history.c checks that it obeys none before its disk says so. */
static void raised_epoch_is_promised_before_it_is_obeyed(struct world *w)
{
	int leader = w->n_peers - 1;
	struct jsl_election_leader was, is;

	highest_id_leads(w);
	(void)world_run(w, w->now + MS(500), NULL);
	world_crash(w, 0);
	(void)world_run(w, w->now + MS(100), NULL);
	was = jsl_cluster_leader(w->nodes[leader].cluster, world_clock(w, leader));
	w->nodes[0].record.promised_epoch = was.epoch + 6;
	w->nodes[0].record.promised_to = 2;
	w->nodes[0].record.lease_max_us = 1; /* it may promise at once (R5) */
	w->nodes[1].deaf = true;
	world_start(w, 0);
	(void)world_run(w, w->now + MS(250), NULL);
	is = jsl_cluster_leader(w->nodes[leader].cluster, world_clock(w, leader));
	expect(w, is.epoch > was.epoch && w->nodes[1].record.promised_epoch == was.epoch,
	       "not raised without it");
	submit_three(w);
	(void)world_run(w, w->now + MS(150), NULL);
	w->nodes[1].deaf = false;
	expect(w, world_run(w, w->now + MS(20000), history_all_answered), "not answered");
	for (int i = 0; i < 3; i++)
		expect(w, w->jobs[i].attempt == 1 && w->jobs[i].runs == 1, "ran again");
}

/* Q1, keys: through two gateways; both hear how the run goes on, and the result. */
static void jobs_of_one_key_are_one_run(struct world *w)
{
	highest_id_leads(w);
	w->run_min = w->run_max = MS(2000);
	history_submit_as(w, first_gateway(w), (struct world_job){.key = 0});
	(void)world_run(w, w->now + MS(500), NULL);
	history_submit_as(w, first_gateway(w) + 1, (struct world_job){.key = 0});
	expect(w, world_run(w, w->now + MS(5000), history_is_over), "not answered");
	expect(w, w->n_runs == 1, "not one run");
	expect(w, w->jobs[0].words == w->jobs[1].words, "not both hear of it");
}

/* Q13: the worker lives, answers pings, and never comes to an end with it. */
static void hung_run_is_made_elsewhere(struct world *w)
{
	highest_id_leads(w);
	w->hangs_in = 1;
	history_submit_as(w, first_gateway(w),
			  (struct world_job){.key = WORLD_NONE, .limit_us = MS(1000)});
	expect(w, world_run(w, w->now + MS(1000), some_job_runs), "nothing runs");
	w->hangs_in = 0;
	(void)world_run(w, w->now + MS(10500), NULL);
	expect(w, w->n_runs == 1, "given up too early");
	expect(w, world_run(w, w->now + MS(2500), history_is_over), "not answered");
	expect(w, w->n_runs == 2 && w->runs[1].node != w->runs[0].node, "not elsewhere");
}

/* R12b: it asks the others first, then follows. */
static void lost_record_is_made_anew(struct world *w)
{
	highest_id_leads(w);
	(void)world_run(w, w->now + MS(500), NULL);
	world_lose_record(w, 0);
	world_start(w, 0);
	(void)world_run(w, w->now + MS(3000), NULL);
	expect(w, jsl_cluster_role(w->nodes[0].cluster) == JSL_ELECTION_FOLLOWING,
	       "it does not follow");
	expect(w, w->nodes[0].record.promised_epoch > 0, "it has promised nothing");
}

/* ---- Q12: workers that can run nothing ---- */

static void set_fit(struct world *w, int node, bool fit)
{
	struct jsl_cluster_event ev = {.type = JSL_CLUSTER_EV_FIT, .fit = fit};

	expect(w, world_step(w, node, ev) == 0, "not a worker");
}

/* Some time passes, then each node has had one job after the other. Of these new ones,
 * so many run on @node. */
static unsigned run_some(struct world *w, int node)
{
	size_t first = w->n_runs;
	unsigned n = 0;

	w->run_min = w->run_max = MS(50);
	(void)world_run(w, w->now + MS(1000), NULL);
	for (int i = 0; i < w->n_peers; i++) {
		history_submit(w, first_gateway(w));
		expect(w, world_run(w, w->now + MS(1000), history_all_answered),
		       "not answered");
	}
	expect(w, w->n_runs == first + (size_t)w->n_peers, "ran again");
	for (size_t i = first; i < w->n_runs; i++)
		n += w->runs[i].node == node;
	return n;
}

static void unfit_worker_is_passed_over(struct world *w)
{
	highest_id_leads(w);
	expect(w, run_some(w, 0) > 0, "a fit worker runs nothing");
	set_fit(w, 0, false);
	expect(w, run_some(w, 0) == 0, "one that is unfit runs something");
	world_crash(w, w->n_peers - 1);
	expect(w, run_some(w, 0) == 0, "… for another leader");
	set_fit(w, 0, true);
	expect(w, run_some(w, 0) > 0, "one that is fit again runs nothing");
}

/* Those that are unfit say why, instead of nobody. */
static void jobs_end_where_nobody_is_fit(struct world *w)
{
	int leader = w->n_peers - 1;

	highest_id_leads(w);
	for (int i = 0; i < leader; i++)
		set_fit(w, i, false);
	expect(w, run_some(w, leader) == (unsigned)w->n_peers,
	       "not the leader runs all, which alone is fit");
	set_fit(w, leader, false);
	expect(w, run_some(w, leader) == 0, "a leader works beside others (Q2)");
	set_fit(w, leader, true);
	set_fit(w, 0, true);
	expect(w, run_some(w, 0) == (unsigned)w->n_peers,
	       "not the only worker runs all that is fit");
	world_crash(w, 0);
	(void)world_run(w, w->now + MS(20000), NULL);
	expect(w, run_some(w, leader) == (unsigned)w->n_peers,
	       "not the leader runs all, when no fit worker lives");
}

static const struct {
	const char *name;
	void (*run)(struct world *w);
} stories[] = {
	{"highest id leads", highest_id_leads},
	{"rejoiner follows", rejoiner_follows},
	{"no leader without a quorum", no_leader_without_a_quorum},
	{"leader's death reruns nothing", leaders_death_reruns_nothing},
	{"worker's death reruns elsewhere", workers_death_reruns_elsewhere},
	{"early request waits for the leader", early_request_waits_for_the_leader},
	{"clean stop hands over at once", clean_stop_hands_over_at_once},
	{"killed leader is not waited for", killed_leader_is_not_waited_for},
	{"leader hands over to whom it names", leader_hands_over_to_whom_it_names},
	{"raised epoch is no change of leader", raised_epoch_is_no_change_of_leader},
	{"raised epoch is promised before it is obeyed",
	 raised_epoch_is_promised_before_it_is_obeyed},
	{"jobs of one key are one run", jobs_of_one_key_are_one_run},
	{"hung run is made elsewhere", hung_run_is_made_elsewhere},
	{"lost record is made anew", lost_record_is_made_anew},
	{"unfit worker is passed over", unfit_worker_is_passed_over},
	{"jobs end where nobody is fit", jobs_end_where_nobody_is_fit},
};

int cluster_stories(struct world *w)
{
	int failed = 0;

	for (size_t i = 0; i < sizeof(stories) / sizeof(stories[0]); i++)
		for (int n = 3; n <= 5; n += 2) {
			world_init(w, 1, n, 0, 2);
			stories[i].run(w);
			if (w->violation[0] != '\0') {
				printf("%s, %d voters: %s\n", stories[i].name, n,
				       w->violation);
				failed++;
			}
			world_deinit(w);
		}
	return failed;
}
