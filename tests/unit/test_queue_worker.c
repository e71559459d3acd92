/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The worker: obeys the highest epoch only, never runs a job twice, keeps
 * results until they are delivered.
 */

#include <errno.h>

#include "test_queue.h"

static struct jsl_queue_worker *w;
static struct jsl_queue_update up;
static uint64_t now;

static int step(struct jsl_queue_event ev)
{
	int r;

	ev.now_us = now;
	up = (struct jsl_queue_update){0};
	r = jsl_queue_worker_step(w, &ev, &up);
	jsl_queue_worker__check(w);
	return r;
}

static void make_with(uint32_t slots, bool voter)
{
	struct jsl_queue_worker_opts opts = JSL_QUEUE_WORKER_OPTS_INIT;

	opts.self = (struct jsl_queue_node){5, 2};
	opts.slots = slots;
	opts.result_keep_us = 1000000;
	opts.result_max_bytes = 1000;
	opts.floor = (struct jsl_election_leader){2, 2, 2};
	opts.voter = voter;
	ck_assert_int_eq(jsl_queue_worker_new(&w, &opts), 0);
	now = 1000000;
}

static void make(uint32_t slots)
{
	make_with(slots, false);
}

static void link_up(uint64_t link)
{
	ck_assert_int_eq(step((struct jsl_queue_event){.type = JSL_QUEUE_EV_LINK_UP,
						       .link = link,
						       .node = {3, 1}}),
			 0);
}

static void link_down(uint64_t link)
{
	ck_assert_int_eq(step((struct jsl_queue_event){.type = JSL_QUEUE_EV_LINK_DOWN,
						       .link = link}),
			 0);
}

static int hear(enum jsl_queue_kind kind, uint64_t link, uint8_t n, uint64_t epoch,
		uint64_t leader)
{
	struct jsl_blob *b = text("program");
	struct jsl_queue_message m = {.kind = kind,
				      .link = link,
				      .job = job_id(n),
				      .attempt = 1,
				      .submitter = {100, 7},
				      .leader = {epoch, leader},
				      .queued_us = 42,
				      .payload = kind == JSL_QUEUE_ASSIGN ? b : NULL};
	int r = step(
		(struct jsl_queue_event){.type = JSL_QUEUE_EV_MESSAGE, .message = &m});

	jsl_blob_unref(b);
	return r;
}

static void assign(uint64_t link, uint8_t n)
{
	ck_assert_int_eq(hear(JSL_QUEUE_ASSIGN, link, n, 4, 3), 0);
}

static void finish(uint8_t n, const char *output)
{
	struct jsl_blob *b = text(output);

	ck_assert_int_eq(step((struct jsl_queue_event){.type = JSL_QUEUE_EV_FINISHED,
						       .job = job_id(n),
						       .payload = b}),
			 0);
	jsl_blob_unref(b);
}

START_TEST(q2_reports_first_on_every_link)
{
	const struct jsl_queue_message *m;

	make(3);
	link_up(1);
	ck_assert_uint_eq(up.n_messages, 1);
	ck_assert_int_eq(up.messages[0].kind, JSL_QUEUE_INVENTORY);
	ck_assert_uint_eq(up.messages[0].slots, 3);
	ck_assert(up.messages[0].n_items == 0 && !up.messages[0].more);
	assign(1, 1);
	ck_assert_uint_eq(up.n_starts, 1);
	ck_assert(is_text(up.starts[0].payload, "program"));
	assign(1, 2);
	finish(2, "out");
	link_down(1);
	link_up(2);
	ck_assert_uint_eq(up.n_messages, 1);
	m = &up.messages[0];
	ck_assert_uint_eq(m->n_items, 2);
	ck_assert(same_job(m->items[0].job, 1) && !m->items[0].finished);
	ck_assert(same_job(m->items[1].job, 2) && m->items[1].finished);
	ck_assert_uint_eq(m->items[0].epoch, 4);
	ck_assert(m->items[0].submitter.id == 100 && m->items[0].submitter.boot == 7);
	jsl_queue_worker_free(w);
}
END_TEST

START_TEST(q2_reports_in_parts)
{
	const unsigned n = JSL_QUEUE_INVENTORY_MAX + 1;
	struct jsl_queue_event ev = {.type = JSL_QUEUE_EV_MESSAGE};

	make(n);
	link_up(1);
	ev.now_us = now;
	for (unsigned i = 0; i < n; i++) {
		struct jsl_queue_message m = {
			.kind = JSL_QUEUE_ASSIGN, .link = 1, .leader = {4, 3}};

		memcpy(m.job.bytes, &i, sizeof(i));
		ev.message = &m;
		ck_assert_int_eq(jsl_queue_worker_step(w, &ev, &up), 0);
	}
	link_up(2);
	ck_assert_uint_eq(up.n_messages, 2);
	ck_assert(up.messages[0].n_items == JSL_QUEUE_INVENTORY_MAX &&
		  up.messages[0].more);
	ck_assert(up.messages[1].n_items == 1 && !up.messages[1].more);
	jsl_queue_worker_free(w);
}
END_TEST

START_TEST(q3_keeps_results_until_forgotten)
{
	const struct jsl_queue_message *m;

	make(1);
	link_up(1);
	assign(1, 1);
	finish(1, "out");
	m = find_message(&up, JSL_QUEUE_RESULT, 1, 1);
	ck_assert(is_text(m->payload, "out") && m->outcome == JSL_QUEUE_DONE);
	ck_assert(m->epoch == 4 && m->attempt == 1 && m->queued_us == 42);
	link_up(2);
	ck_assert_uint_eq(count_kind(&up, JSL_QUEUE_RESULT), 0);
	ck_assert_int_eq(hear(JSL_QUEUE_FETCH, 2, 1, 0, 0), 0);
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_RESULT, 2, 1));
	ck_assert_uint_eq(jsl_queue_worker_finished(w), 1);
	ck_assert_int_eq(hear(JSL_QUEUE_FORGET, 2, 1, 0, 0), 0);
	ck_assert_uint_eq(jsl_queue_worker_finished(w), 0);
	ck_assert_uint_eq(count_notes(&up, JSL_QUEUE_NOTE_FORGOTTEN), 1);
	/* What is not kept any more was never run, for the leader. */
	ck_assert_int_eq(hear(JSL_QUEUE_FETCH, 2, 1, 0, 0), 0);
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_HANDBACK, 2, 1));
	jsl_queue_worker_free(w);
}
END_TEST

START_TEST(q3_keeping_is_bounded_in_time_and_bytes)
{
	static char big[600];

	make(3);
	memset(big, 'x', sizeof(big) - 1);
	link_up(1);
	for (uint8_t n = 1; n <= 3; n++)
		assign(1, n);
	finish(1, big);
	ck_assert_uint_eq(jsl_queue_worker_finished(w), 1);
	finish(2, big); /* over the bytes: the oldest goes */
	ck_assert_uint_eq(jsl_queue_worker_finished(w), 1);
	ck_assert_uint_eq(count_notes(&up, JSL_QUEUE_NOTE_DROPPED), 1);
	ck_assert(same_job(up.notes[1].job, 1) || same_job(up.notes[0].job, 1));
	ck_assert_uint_eq(jsl_queue_worker_deadline(w), now + 1000000);
	now += 999999;
	step((struct jsl_queue_event){.type = JSL_QUEUE_EV_TIMER});
	ck_assert_uint_eq(jsl_queue_worker_finished(w), 1);
	now++;
	step((struct jsl_queue_event){.type = JSL_QUEUE_EV_TIMER});
	ck_assert_uint_eq(jsl_queue_worker_finished(w), 0);
	ck_assert_uint_eq(jsl_queue_worker_running(w), 1);
	ck_assert_uint_eq(jsl_queue_worker_deadline(w), UINT64_MAX);
	jsl_queue_worker_free(w);
}
END_TEST

START_TEST(q4_answers_a_known_job_with_its_state)
{
	make(2);
	link_up(1);
	assign(1, 1);
	assign(1, 1);
	ck_assert_uint_eq(up.n_starts, 0);
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_RUNNING, 1, 1));
	finish(1, "out");
	assign(1, 1);
	ck_assert_uint_eq(up.n_starts, 0);
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_RESULT, 1, 1));
	jsl_queue_worker_free(w);
}
END_TEST

START_TEST(q5_goes_on_without_a_leader)
{
	make(1);
	link_up(1);
	assign(1, 1);
	link_down(1);
	finish(1, "out");
	ck_assert_uint_eq(up.n_messages, 0);
	ck_assert_uint_eq(jsl_queue_worker_finished(w), 1);
	link_up(2);
	ck_assert_uint_eq(up.n_messages, 1);
	ck_assert(up.messages[0].items[0].finished);
	assign(1, 2); /* what the old connection still had to say */
	ck_assert_uint_eq(up.n_starts + up.n_messages, 0);
	jsl_queue_worker_free(w);
}
END_TEST

START_TEST(r11_refuses_lower_epoch_after_higher)
{
	const struct jsl_queue_message *m;

	make(5);
	link_up(1);
	assign(1, 1);
	ck_assert_int_eq(hear(JSL_QUEUE_ASSIGN, 1, 2, 3, 9), 0);
	m = find_message(&up, JSL_QUEUE_REFUSED, 1, 2);
	ck_assert_int_eq(m->reason, JSL_QUEUE_STALE);
	ck_assert(m->leader.epoch == 4 && m->leader.id == 3);
	ck_assert_uint_eq(count_notes(&up, JSL_QUEUE_NOTE_STALE), 1);
	ck_assert_int_eq(hear(JSL_QUEUE_CANCEL, 1, 1, 3, 9), 0);
	ck_assert_uint_eq(up.n_stops, 0);
	ck_assert_int_eq(hear(JSL_QUEUE_ASSIGN, 1, 2, 4, 9), 0);
	ck_assert_uint_eq(up.n_starts, 0);
	ck_assert_uint_eq(count_notes(&up, JSL_QUEUE_NOTE_IMPOSTOR), 1);
	/* A heartbeat raises the floor, too. */
	step((struct jsl_queue_event){.type = JSL_QUEUE_EV_EPOCH, .leader = {6, 1}});
	ck_assert_int_eq(hear(JSL_QUEUE_ASSIGN, 1, 2, 4, 3), 0);
	ck_assert_uint_eq(up.n_starts, 0);
	step((struct jsl_queue_event){.type = JSL_QUEUE_EV_EPOCH, .leader = {5, 1}});
	ck_assert_int_eq(hear(JSL_QUEUE_ASSIGN, 1, 2, 6, 1), 0);
	ck_assert_uint_eq(up.n_starts, 1);
	jsl_queue_worker_free(w);
}
END_TEST

/* R12b: the voter knows how high it must go, but not to whom it promised that. */
START_TEST(r11_floor_without_an_id_is_of_whoever_comes_first)
{
	make(1);
	step((struct jsl_queue_event){.type = JSL_QUEUE_EV_EPOCH, .leader = {4, 0}});
	link_up(1);
	ck_assert_int_eq(hear(JSL_QUEUE_ASSIGN, 1, 1, 4, 2), 0);
	ck_assert_uint_eq(up.n_starts, 1);
	ck_assert_int_eq(hear(JSL_QUEUE_ASSIGN, 1, 2, 4, 3), 0);
	ck_assert_uint_eq(count_notes(&up, JSL_QUEUE_NOTE_IMPOSTOR), 1);
	jsl_queue_worker_free(w);
}
END_TEST

START_TEST(r11_floor_of_a_voter_counts_from_the_start)
{
	make(1);
	link_up(1);
	ck_assert_int_eq(hear(JSL_QUEUE_ASSIGN, 1, 1, 1, 1), 0);
	ck_assert_uint_eq(up.n_starts, 0);
	ck_assert_int_eq(hear(JSL_QUEUE_ASSIGN, 1, 1, 2, 2), 0);
	ck_assert_uint_eq(up.n_starts, 1);
	jsl_queue_worker_free(w);
}
END_TEST

/* The leader raised its epoch (R10), and its order comes before its heartbeat. */
START_TEST(i3_voter_obeys_what_it_has_promised)
{
	struct jsl_queue_event epoch = {
		.type = JSL_QUEUE_EV_EPOCH, .leader = {4, 3}, .promised = 2};
	const struct jsl_queue_message *m;

	make_with(2, true);
	link_up(1);
	ck_assert_int_eq(hear(JSL_QUEUE_ASSIGN, 1, 1, 2, 2), 0);
	ck_assert_uint_eq(up.n_starts, 1);
	ck_assert_int_eq(hear(JSL_QUEUE_ASSIGN, 1, 2, 4, 3), 0);
	ck_assert_uint_eq(up.n_starts, 0);
	ck_assert_uint_eq(count_notes(&up, JSL_QUEUE_NOTE_EARLY), 1);
	m = find_message(&up, JSL_QUEUE_REFUSED, 1, 2);
	ck_assert_int_eq(m->reason, JSL_QUEUE_STALE);
	ck_assert_int_eq(hear(JSL_QUEUE_CANCEL, 1, 1, 4, 3), 0);
	ck_assert_uint_eq(up.n_stops, 0);
	/* It was seen all the same (R11). */
	ck_assert_int_eq(hear(JSL_QUEUE_ASSIGN, 1, 2, 2, 2), 0);
	ck_assert_uint_eq(up.n_starts, 0);
	ck_assert_uint_eq(count_notes(&up, JSL_QUEUE_NOTE_STALE), 1);
	/* A heartbeat that it may not promise yet changes nothing. */
	ck_assert_int_eq(step(epoch), 0);
	ck_assert_int_eq(hear(JSL_QUEUE_ASSIGN, 1, 2, 4, 3), 0);
	ck_assert_uint_eq(up.n_starts, 0);
	epoch.promised = 4;
	ck_assert_int_eq(step(epoch), 0);
	ck_assert_int_eq(hear(JSL_QUEUE_ASSIGN, 1, 2, 4, 3), 0);
	ck_assert_uint_eq(up.n_starts, 1);
	jsl_queue_worker_free(w);
}
END_TEST

START_TEST(cancel_frees_the_slot)
{
	make(1);
	link_up(1);
	assign(1, 1);
	assign(1, 2);
	ck_assert_int_eq(find_message(&up, JSL_QUEUE_REFUSED, 1, 2)->reason,
			 JSL_QUEUE_NO_SLOT);
	ck_assert_int_eq(hear(JSL_QUEUE_CANCEL, 1, 1, 4, 3), 0);
	ck_assert_uint_eq(up.n_stops, 1);
	ck_assert(same_job(up.stops[0], 1));
	finish(1, "too late");
	ck_assert_uint_eq(up.n_messages, 0);
	assign(1, 2);
	ck_assert_uint_eq(up.n_starts, 1);
	jsl_queue_worker_free(w);
}
END_TEST

START_TEST(q12_drains_and_hands_back)
{
	make(2);
	link_up(1);
	assign(1, 1);
	step((struct jsl_queue_event){.type = JSL_QUEUE_EV_SLOTS, .slots = 0});
	ck_assert_int_eq(up.messages[0].kind, JSL_QUEUE_SLOTS);
	ck_assert_uint_eq(up.messages[0].slots, 0);
	assign(1, 2);
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_REFUSED, 1, 2));
	step((struct jsl_queue_event){.type = JSL_QUEUE_EV_HANDBACK});
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_HANDBACK, 1, 1));
	ck_assert_uint_eq(up.n_stops, 1);
	ck_assert_uint_eq(jsl_queue_worker_running(w), 0);
	jsl_queue_worker_free(w);
}
END_TEST

START_TEST(refuses_misuse)
{
	struct jsl_queue_worker_opts opts = JSL_QUEUE_WORKER_OPTS_INIT;

	ck_assert_int_eq(jsl_queue_worker_new(&w, &opts), -EINVAL);
	make(1);
	link_up(1);
	ck_assert_int_eq(hear(JSL_QUEUE_SUBMIT, 1, 1, 4, 3), -EPROTO);
	ck_assert_int_eq(hear(JSL_QUEUE_ASSIGN, 1, 1, 0, 0), -EPROTO);
	ck_assert_int_eq(step((struct jsl_queue_event){.type = JSL_QUEUE_EV_LEAD}),
			 -EINVAL);
	jsl_queue_worker_free(w);
	jsl_queue_worker_free(NULL);
}
END_TEST

SUITE_MAIN("queue worker", q2_reports_first_on_every_link, q2_reports_in_parts,
	   q3_keeps_results_until_forgotten, q3_keeping_is_bounded_in_time_and_bytes,
	   q4_answers_a_known_job_with_its_state, q5_goes_on_without_a_leader,
	   r11_refuses_lower_epoch_after_higher,
	   r11_floor_without_an_id_is_of_whoever_comes_first,
	   r11_floor_of_a_voter_counts_from_the_start,
	   i3_voter_obeys_what_it_has_promised, cancel_frees_the_slot,
	   q12_drains_and_hands_back, refuses_misuse)
