/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The system-call filter: from the table to the kernel, and the answers to what it does
 * not allow. A denied call waits for jsl-box, which takes note of its name and answers
 * EPERM; nothing is ever let through from here, so that what a call points to need not
 * be looked at and cannot be changed meanwhile.
 */

#include "config.h"

#include "box.h"
#include "filter_table.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

enum { KERNEL_ROOM = 512 }; /* the kernel's structs may grow: they have 80 and 24 now */

/** A name that this architecture does not have is no error. */
static int add(scmp_filter_ctx filter, uint32_t action, const char *call,
	       unsigned int n_conditions, struct scmp_arg_cmp condition)
{
	int nr = seccomp_syscall_resolve_name(call);

	if (nr < 0)
		return 0;
	return seccomp_rule_add_array(filter, action, nr, n_conditions, &condition);
}

static int add_all(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp none = {0};
	int err = 0;

	for (size_t i = 0; i < box_n_groups; i++)
		for (const char *const *c = box_groups[i].calls; err == 0 && *c; c++)
			err = add(filter, SCMP_ACT_ALLOW, *c, 0, none);
	for (size_t i = 0; err == 0 && i < box_n_conditions; i++) {
		const struct box_condition *c = &box_conditions[i];
		struct scmp_arg_cmp condition = {.arg = c->arg,
						 .op = SCMP_CMP_MASKED_EQ,
						 .datum_a = c->mask,
						 .datum_b = c->value};

		err = add(filter, SCMP_ACT_ALLOW, c->call, 1, condition);
	}
	for (const char *const *c = box_missing; err == 0 && *c != NULL; c++)
		err = add(filter, SCMP_ACT_ERRNO(ENOSYS), *c, 0, none);
	return err;
}

int box_filter_load(int *ret_listener)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_NOTIFY);
	int err;

	if (filter == NULL)
		return -ENOMEM;
	/* Of another architecture (32-bit, x32) nothing is allowed, and nothing killed.
	 */
	err = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(EPERM));
	if (err == 0)
		err = add_all(filter);
	if (err == 0)
		err = seccomp_load(filter);
	if (err != 0)
		return err;
	*ret_listener = seccomp_notify_fd(filter);
	return *ret_listener < 0 ? -EOPNOTSUPP : 0; /* nobody would name a call */
}

bool box_filter_answer(int listener, int *ret_nr)
{
	union {
		struct seccomp_notif notif;
		char room[KERNEL_ROOM];
	} call;
	union {
		struct seccomp_notif_resp resp;
		char room[KERNEL_ROOM];
	} answer;

	memset(&call, 0, sizeof(call));
	memset(&answer, 0, sizeof(answer));
	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call.notif) < 0)
		return false; /* the caller was killed meanwhile */
	answer.resp.id = call.notif.id;
	answer.resp.error = -EPERM;
	(void)ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer.resp);
	*ret_nr = call.notif.data.nr;
	return true;
}

void box_filter_name(int nr, char *name, size_t size)
{
	char *known = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, nr);

	if (known != NULL)
		snprintf(name, size, "%s", known);
	else
		snprintf(name, size, "%d", nr);
	free(known);
}
