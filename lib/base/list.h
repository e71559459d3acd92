/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_BASE_LIST_H
#define JSL_BASE_LIST_H

/*
 * Circular doubly linked list, intrusive. A head is a node that points to
 * itself when the list is empty; a node out of any list points to itself too,
 * so that removing it twice is harmless.
 */

#include <stdbool.h>
#include <stddef.h>

struct jsl_list {
	struct jsl_list *next, *prev;
};

#define jsl_container_of(ptr, type, member) \
	((type *)((char *)(ptr)-offsetof(type, member)))

static inline void jsl_list_init(struct jsl_list *l)
{
	l->next = l->prev = l;
}

static inline bool jsl_list_empty(const struct jsl_list *l)
{
	return l->next == l;
}

static inline void jsl_list__insert(struct jsl_list *n, struct jsl_list *prev,
				    struct jsl_list *next)
{
	n->prev = prev;
	n->next = next;
	prev->next = n;
	next->prev = n;
}

static inline void jsl_list_push_back(struct jsl_list *head, struct jsl_list *n)
{
	jsl_list__insert(n, head->prev, head);
}

static inline void jsl_list_push_front(struct jsl_list *head, struct jsl_list *n)
{
	jsl_list__insert(n, head, head->next);
}

static inline void jsl_list_remove(struct jsl_list *n)
{
	n->prev->next = n->next;
	n->next->prev = n->prev;
	jsl_list_init(n);
}

static inline struct jsl_list *jsl_list_first(const struct jsl_list *head)
{
	return jsl_list_empty(head) ? NULL : head->next;
}

static inline struct jsl_list *jsl_list_pop_front(struct jsl_list *head)
{
	struct jsl_list *n = jsl_list_first(head);

	if (n != NULL)
		jsl_list_remove(n);
	return n;
}

/** Walk with @it of type struct jsl_list *; nothing may be removed. */
#define jsl_list_foreach(it, head) \
	for (struct jsl_list *it = (head)->next; it != (head); it = it->next)

/** Walk; the current element, and only that, may be removed. */
#define jsl_list_foreach_safe(it, head)                                               \
	for (struct jsl_list *it = (head)->next, *it##_next = it->next; it != (head); \
	     it = it##_next, it##_next = it->next)

#endif
