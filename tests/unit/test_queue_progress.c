/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Progress: from the run to all that wait for it, best effort; and what the two ends
 * carry for keys and limits.
 */

#include "test_queue_leader.h"

#define LIMIT 3000000

static const struct jsl_queue_id key = {"sixteen bytes .."};

static int progress(uint64_t link, uint8_t n, size_t len)
{
	struct jsl_blob *b = jsl_blob_new(NULL, len);
	int r;

	memset(jsl_blob_fill(b), 'p', len);
	r = hear((struct jsl_queue_message){.kind = JSL_QUEUE_PROGRESS,
					    .link = link,
					    .job = job_id(n),
					    .payload = b});
	jsl_blob_unref(b);
	return r;
}

static void submit_keyed(uint64_t from, uint8_t n)
{
	ck_assert_int_eq(submit_message((struct jsl_queue_message){.link = from,
								   .job = job_id(n),
								   .key = key,
								   .limit_ms = 3000},
					"program"),
			 0);
}

START_TEST(word_of_a_run_goes_to_all_that_wait_for_it)
{
	const struct jsl_queue_message *m;

	make();
	worker(5, 1);
	for (uint64_t id = S; id <= S + 2; id++) {
		ck_assert_int_eq(link_node(id, id, 1, false), 0);
		submit_keyed(id, (uint8_t)(id - S + 1));
	}
	down(S + 2, false);
	ck_assert_int_eq(progress(5, 1, 3), 0);
	ck_assert_uint_eq(up.n_messages, 2);
	m = find_message(&up, JSL_QUEUE_PROGRESS, S + 1, 2);
	ck_assert(is_text(m->payload, "ppp") && m->node.id == 5 && m->attempt == 1);
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_PROGRESS, S, 1));
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(q13_progress_is_a_word)
{
	make();
	worker(5, 1);
	submitter();
	submit_keyed(S, 1);
	timer(LIMIT + JSL_QUEUE_SILENCE_US - 1);
	ck_assert_int_eq(progress(5, 1, 0), 0);
	timer(LIMIT + JSL_QUEUE_SILENCE_US - 1);
	ck_assert_uint_eq(count_notes(&up, JSL_QUEUE_NOTE_SILENT), 0);
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(word_of_another_or_too_long_a_word_is_not_handed_on)
{
	make();
	worker(5, 1);
	worker(6, 1);
	submitter();
	submit_keyed(S, 1);
	ck_assert_int_eq(progress(6, 1, 1), 0); /* 5 has it */
	ck_assert_uint_eq(up.n_messages, 0);
	ck_assert_int_eq(progress(6, 77, 1), 0);
	ck_assert_uint_eq(up.n_messages, 0);
	ck_assert_int_eq(progress(5, 1, JSL_QUEUE_PROGRESS_MAX), 0);
	ck_assert_uint_eq(up.n_messages, 1);
	ck_assert_int_eq(progress(5, 1, JSL_QUEUE_PROGRESS_MAX + 1), -EPROTO);
	say(JSL_QUEUE_RESULT, 5, 1);
	ck_assert_int_eq(progress(5, 1, 1), 0); /* after the end */
	ck_assert_uint_eq(up.n_messages, 0);
	jsl_queue_leader_free(l);
}
END_TEST

/* ---- a worker ---- */

static struct jsl_queue_worker *w;

static int work(struct jsl_queue_event ev)
{
	int r;

	ev.now_us = now;
	up = (struct jsl_queue_update){0};
	r = jsl_queue_worker_step(w, &ev, &up);
	jsl_queue_worker__check(w);
	return r;
}

static void make_worker(void)
{
	struct jsl_queue_worker_opts opts = JSL_QUEUE_WORKER_OPTS_INIT;
	struct jsl_blob *b = text("program");
	struct jsl_queue_message m = {.kind = JSL_QUEUE_ASSIGN,
				      .link = 3,
				      .job = job_id(1),
				      .attempt = 1,
				      .key = key,
				      .tag = 77,
				      .submitter = {S, 1},
				      .leader = {4, 1},
				      .payload = b};

	now = 1000000;
	opts.self = (struct jsl_queue_node){5, 1};
	ck_assert_int_eq(jsl_queue_worker_new(&w, &opts), 0);
	ck_assert_int_eq(
		work((struct jsl_queue_event){.type = JSL_QUEUE_EV_LINK_UP, .link = 3}),
		0);
	ck_assert_int_eq(work((struct jsl_queue_event){.type = JSL_QUEUE_EV_MESSAGE,
						       .message = &m}),
			 0);
	ck_assert_uint_eq(up.n_starts, 1);
	jsl_blob_unref(b);
}

static int say_progress(uint8_t n, size_t len)
{
	struct jsl_blob *b = jsl_blob_new(NULL, len);
	int r = work((struct jsl_queue_event){
		.type = JSL_QUEUE_EV_PROGRESS, .job = job_id(n), .payload = b});

	jsl_blob_unref(b);
	return r;
}

START_TEST(worker_says_it_while_it_runs_and_is_linked)
{
	make_worker();
	ck_assert_int_eq(say_progress(1, 5), 0);
	ck_assert_uint_eq(jsl_blob_len(up.messages[0].payload), 5);
	ck_assert_int_eq(up.messages[0].kind, JSL_QUEUE_PROGRESS);
	ck_assert_int_eq(say_progress(9, 5), 0); /* runs not */
	ck_assert_uint_eq(up.n_messages, 0);
	ck_assert_int_eq(say_progress(1, JSL_QUEUE_PROGRESS_MAX + 1), -EMSGSIZE);
	work((struct jsl_queue_event){.type = JSL_QUEUE_EV_LINK_DOWN, .link = 3});
	ck_assert_int_eq(say_progress(1, 5), 0); /* lost */
	work((struct jsl_queue_event){.type = JSL_QUEUE_EV_LINK_UP, .link = 4});
	ck_assert_uint_eq(count_kind(&up, JSL_QUEUE_PROGRESS), 0);
	work((struct jsl_queue_event){.type = JSL_QUEUE_EV_FINISHED, .job = job_id(1)});
	ck_assert_int_eq(say_progress(1, 5), 0);
	ck_assert_uint_eq(up.n_messages, 0);
	jsl_queue_worker_free(w);
}
END_TEST

START_TEST(q2_inventory_has_the_key_and_the_tag)
{
	make_worker();
	work((struct jsl_queue_event){.type = JSL_QUEUE_EV_LINK_UP, .link = 4});
	ck_assert_uint_eq(up.messages[0].n_items, 1);
	ck_assert_mem_eq(&up.messages[0].items[0].key, &key, sizeof(key));
	ck_assert_uint_eq(up.messages[0].items[0].tag, 77);
	jsl_queue_worker_free(w);
}
END_TEST

/* ---- a submitter ---- */

static struct jsl_queue_submitter *sub;

static int ask(struct jsl_queue_event ev)
{
	int r;

	ev.now_us = now;
	up = (struct jsl_queue_update){0};
	r = jsl_queue_submitter_step(sub, &ev, &up);
	jsl_queue_submitter__check(sub);
	return r;
}

START_TEST(submitter_carries_key_and_limit_and_hands_progress_on)
{
	struct jsl_queue_submitter_opts opts = JSL_QUEUE_SUBMITTER_OPTS_INIT;
	struct jsl_blob *b = text("program");
	struct jsl_queue_message m = {
		.kind = JSL_QUEUE_PROGRESS, .link = 3, .job = job_id(1), .payload = b};

	now = 1000000;
	opts.self = (struct jsl_queue_node){S, 1};
	ck_assert_int_eq(jsl_queue_submitter_new(&sub, &opts), 0);
	ask((struct jsl_queue_event){
		.type = JSL_QUEUE_EV_LINK_UP, .link = 3, .leader = {4, 1}});
	ask((struct jsl_queue_event){.type = JSL_QUEUE_EV_SUBMIT,
				     .job = job_id(1),
				     .payload = b,
				     .key = key,
				     .limit_us = 2500001});
	ck_assert_mem_eq(&up.messages[0].key, &key, sizeof(key));
	ck_assert_uint_eq(up.messages[0].limit_ms, 2501);
	ck_assert_int_eq(ask((struct jsl_queue_event){.type = JSL_QUEUE_EV_MESSAGE,
						      .message = &m}),
			 0);
	ck_assert_uint_eq(up.n_progress, 1);
	ck_assert(same_job(up.progress[0].job, 1) && up.progress[0].payload == b);
	m.job = job_id(9);
	ask((struct jsl_queue_event){.type = JSL_QUEUE_EV_MESSAGE, .message = &m});
	ck_assert_uint_eq(up.n_progress, 0);
	jsl_blob_unref(b);
	jsl_queue_submitter_free(sub);
}
END_TEST

SUITE_MAIN("queue, progress", word_of_a_run_goes_to_all_that_wait_for_it,
	   q13_progress_is_a_word, word_of_another_or_too_long_a_word_is_not_handed_on,
	   worker_says_it_while_it_runs_and_is_linked,
	   q2_inventory_has_the_key_and_the_tag,
	   submitter_carries_key_and_limit_and_hands_progress_on)
