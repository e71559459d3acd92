/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Gearman's worker and client for bench/dispatch.py, which compiles this where
 * libgearman is installed:
 *
 *	dispatch_gearman PORT				a worker: an empty result at once
 *	dispatch_gearman PORT SIZE WINDOW COUNT SECONDS	the submitter
 *
 * Foreground jobs. The number of a job is its unique id, for the one that libgearman
 * would make otherwise costs a read of random bytes each.
 */

#include <libgearman/gearman.h>

#include "dispatch.h"

static struct dispatch run;
static char *payload; /* NULL of 0 bytes: libgearman wants it so */
static gearman_client_st *client;

static void *work(gearman_job_st *job, void *context, size_t *result_size,
		  gearman_return_t *ret)
{
	(void)job;
	(void)context;
	*result_size = 0;
	*ret = GEARMAN_SUCCESS;
	return NULL;
}

static void be_worker(in_port_t port)
{
	gearman_worker_st *worker = gearman_worker_create(NULL);

	if (worker == NULL || gearman_worker_add_server(worker, "127.0.0.1", port) ||
	    gearman_worker_add_function(worker, "bench", 0, work, NULL))
		dispatch_die("gearman: no worker");
	while (gearman_worker_work(worker) == GEARMAN_SUCCESS)
		;
	dispatch_die(gearman_worker_error(worker));
}

static void submit(void)
{
	gearman_return_t ret;
	char unique[24];
	size_t job;

	while (dispatch_next(&run, &job)) {
		snprintf(unique, sizeof(unique), "%zu", job);
		(void)gearman_client_add_task(client, NULL, (void *)(uintptr_t)job,
					      "bench", unique, payload, run.size, &ret);
		if (ret != GEARMAN_SUCCESS)
			dispatch_die(gearman_client_error(client));
	}
}

static gearman_return_t ended(gearman_task_st *task)
{
	if (dispatch_result(&run, (size_t)(uintptr_t)gearman_task_context(task)))
		submit();
	return GEARMAN_SUCCESS;
}

static gearman_return_t failed(gearman_task_st *task)
{
	(void)task;
	dispatch_die("gearman: a job was not done");
}

static void be_client(in_port_t port, char **argv)
{
	dispatch_init(&run, argv);
	payload = run.size > 0 ? calloc(1, run.size) : NULL;
	client = gearman_client_create(NULL);
	if ((payload == NULL && run.size > 0) || client == NULL ||
	    gearman_client_add_server(client, "127.0.0.1", port))
		dispatch_die("gearman: no client");
	gearman_client_add_options(client, GEARMAN_CLIENT_FREE_TASKS);
	gearman_client_set_complete_fn(client, ended);
	gearman_client_set_fail_fn(client, failed);
	while (!run.over) {
		submit();
		if (gearman_client_run_tasks(client) != GEARMAN_SUCCESS)
			dispatch_die(gearman_client_error(client));
	}
	dispatch_rest();
}

int main(int argc, char **argv)
{
	in_port_t port = argc > 1 ? (in_port_t)strtoul(argv[1], NULL, 10) : 0;

	if (port == 0 || (argc != 2 && argc != 6))
		dispatch_die("usage: dispatch_gearman PORT [" DISPATCH_ARGS "]");
	if (argc == 2)
		be_worker(port);
	be_client(port, argv + 2);
	return 0;
}
