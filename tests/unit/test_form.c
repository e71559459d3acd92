/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Forms: what is in them, and every way to be wrong.
 */

#include "config.h"

#include <stdio.h>
#include <string.h>

#include "gateway/form.h"
#include "gateway/multipart.h"
#include "../lib/suite.h"

#define TYPE		"multipart/form-data; boundary=B"
#define DISPOSITION	"Content-Disposition: form-data; name="
#define PART(name)	"--B\r\n" DISPOSITION name "\r\n\r\n"
#define FILE_PART(file) PART("source; filename=" file) "x\r\n"
#define END		"--B--\r\n"

static const char *read_form(struct jsl_form *form, const char *type, const char *text,
			     size_t len)
{
	return jsl_form_read(form, type, (struct jsl_bytes){.data = text, .len = len});
}

static void expect(struct jsl_bytes got, const char *text)
{
	ck_assert_uint_eq(got.len, strlen(text));
	ck_assert_mem_eq(got.data, text, got.len);
}

START_TEST(takes_each_part_as_it_is)
{
	static const char body[] =
		"--B\r\n"
		"content-disposition:form-data;name=source;filename=A.java\r\n"
		"Content-Type: text/plain; charset=utf-8\r\n"
		"\r\n"
		"class A {}\r\n\r\n"
		"\r\n" PART("\"arg\"") "one\r\n" PART(
			"\"stdin\"") "a\0--B"
				     "\r\n" PART("\"arg\"") "\r\n" PART(
					     "\"source\"") "class B {}"
							   "\r\n" END;
	struct jsl_form form;

	ck_assert_ptr_null(read_form(&form, TYPE, body, sizeof(body) - 1));
	ck_assert_uint_eq(form.n_sources, 2);
	expect(form.names[0], "A.java");
	expect(form.sources[0], "class A {}\r\n\r\n");
	ck_assert_ptr_null(form.names[1].data);
	expect(form.sources[1], "class B {}");
	ck_assert_uint_eq(form.n_args, 2);
	expect(form.args[0], "one");
	expect(form.args[1], "");
	ck_assert_uint_eq(form.input.len, 5);
	ck_assert_mem_eq(form.input.data, "a\0--B", 5);
}
END_TEST

static const struct {
	const char *type;
	const char *refusal; /* NULL: it is fine */
} types[] = {
	{"multipart/form-data; boundary=B", NULL},
	{"MULTIPART/Form-Data;BOUNDARY=B", NULL},
	{"multipart/form-data ; charset=utf-8 ; boundary=\"B\"", NULL},
	{"multipart/form-data", "no boundary"},
	{"multipart/form-data;", "malformed"},
	{"multipart/form-data; boundary", "malformed"},
	{"multipart/form-data; boundary=", "malformed"},
	{"multipart/form-data; boundary=\"B", "malformed"},
	{"multipart/form-data; boundary=B c", "malformed"},
	{"multipart/form-data; boundary=\"\"", "1 to 70"},
	{"multipart/form-data; boundary=\"B \"", "1 to 70"},
	{"multipart/form-data; boundary=B!", "1 to 70"},
	{"multipart/form-data; boundary="
	 "01234567890123456789012345678901234567890123456789012345678901234567890",
	 "1 to 70"},
	{"multipart/form-data; boundary=B; boundary=B", "several boundaries"},
	{"multipart/form-datas; boundary=B", "must be multipart/form-data"},
	{"multipart/mixed; boundary=B", "must be multipart/form-data"},
};

START_TEST(has_exactly_one_boundary)
{
	static const char body[] = PART("source") "x\r\n" END;
	struct jsl_form form;

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		const char *refusal =
			read_form(&form, types[i].type, body, sizeof(body) - 1);

		if (types[i].refusal == NULL)
			ck_assert_msg(refusal == NULL, "%s: %s", types[i].type, refusal);
		else
			ck_assert_msg(refusal != NULL &&
					      strstr(refusal, types[i].refusal) != NULL,
				      "%s: %s", types[i].type,
				      refusal != NULL ? refusal : "taken");
	}
}
END_TEST

static const struct {
	const char *body;
	const char *refusal;
} bodies[] = {
	{"", "does not begin"},
	{"x", "does not begin"},
	{"\r\n" PART("source") "x\r\n" END, "does not begin"},
	{"--C\r\n", "does not begin"},
	{END, "no part source"},
	{PART("arg") "x\r\n" END, "no part source"},
	{"--B", "ends before"},
	{"--B\r", "ends before"},
	{"--B-", "ends before"},
	{"--B\r\n", "ends before"},
	{"--B\r\n" DISPOSITION "source", "ends before"},
	{PART("source"), "ends before"},
	{PART("source") "x\r\n", "ends before"},
	{PART("source") "x\n--B--\r\n", "ends before"},
	{PART("source") "x\r\n--B", "ends before"},
	{PART("source") "--B--\r\n", "ends before"},
	{PART("source") "x\r\n--B --\r\n", "follows a boundary"},
	{PART("source") "x\r\n--Bx\r\n" END, "follows a boundary"},
	{PART("source") "x\r\n--B\n" END, "follows a boundary"},
	{PART("source") "x\r\n" END "x", "follows the last boundary"},
	{PART("source") "x\r\n--B-- \r\n", "follows the last boundary"},
	{PART("source") "x\r\n--B--\n", "follows the last boundary"},
	{"--B\r\n\r\nx\r\n" END, "no Content-Disposition"},
	{"--B\r\nContent-Type: text/plain\r\n\r\nx\r\n" END, "no Content-Disposition"},
	{PART("source\r\n x=y") "x\r\n" END, "header of a part is malformed"},
	{"--B\r\nfoo\r\n\r\nx\r\n" END, "header of a part is malformed"},
	{"--B\r\nfoo : x\r\n\r\nx\r\n" END, "header of a part is malformed"},
	{"--B\r\nX: a\nb\r\n\r\nx\r\n" END, "header of a part is malformed"},
	{"--B\r\n" DISPOSITION "source\r\n" END, "header of a part is malformed"},
	{PART("source\r\n" DISPOSITION "arg") "x\r\n" END,
	 "several Content-Dispositions"},
	{PART("source\r\nContent-Transfer-Encoding: base64") "x\r\n" END,
	 "Content-Transfer-Encoding"},
	{"--B\r\nContent-Disposition: attachment; name=source\r\n\r\nx\r\n" END,
	 "no form-data"},
	{"--B\r\nContent-Disposition: form-data\r\n\r\nx\r\n" END, "no name"},
	{PART("source; name=arg") "x\r\n" END, "several names"},
	{FILE_PART("A.java; filename=B.java") END, "several names"},
	{PART("source; filename*=utf-8''A.java") "x\r\n" END, "RFC 7578"},
	{PART("\"source") "x\r\n" END, "Disposition is malformed"},
	{PART("\"sour\\ce\"") "x\r\n" END, "Disposition is malformed"},
	{PART("source, x") "x\r\n" END, "Disposition is malformed"},
	{PART("file") "x\r\n" END, "source, stdin or arg"},
	{PART("Source") "x\r\n" END, "source, stdin or arg"},
	{PART("\"\"") "x\r\n" END, "source, stdin or arg"},
	{FILE_PART("A") PART("stdin") "x\r\n" PART("stdin") "\r\n" END,
	 "several parts stdin"},
	{FILE_PART("\"\"") END, "filename is"},
	{FILE_PART("\".\"") END, "filename is"},
	{FILE_PART("..") END, "filename is"},
	{FILE_PART("\"p/A.java\"") END, "filename is"},
	{FILE_PART("\"/A.java\"") END, "filename is"},
	{FILE_PART("\"A\xff.java\"") END, "filename is"},
	{FILE_PART("\"p\\A.java\"") END, "Disposition is malformed"},
	{FILE_PART("\"A\x7f.java\"") END, "Disposition is malformed"},
	{FILE_PART("A.java") FILE_PART("\"A.java\"") END, "same filename"},
};

START_TEST(refuses_what_could_be_read_in_two_ways)
{
	struct jsl_form form;

	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		const char *refusal =
			read_form(&form, TYPE, bodies[i].body, strlen(bodies[i].body));

		ck_assert_msg(
			refusal != NULL && strstr(refusal, bodies[i].refusal) != NULL,
			"%s\n%s", bodies[i].body, refusal != NULL ? refusal : "taken");
	}
}
END_TEST

/* Cut anywhere, but for the line's end behind the last boundary, it is no form. */
START_TEST(a_part_of_a_form_is_none)
{
	static const char body[] =
		FILE_PART("A.java") PART("stdin") "in\r\n" PART("arg") "x\r\n" END;
	struct jsl_form form;
	size_t len = sizeof(body) - 1;

	ck_assert_ptr_null(read_form(&form, TYPE, body, len));
	ck_assert_ptr_null(read_form(&form, TYPE, body, len - 2));
	for (size_t n = 0; n < len; n++)
		ck_assert_msg(n == len - 2 || read_form(&form, TYPE, body, n) != NULL,
			      "%zu bytes", n);
}
END_TEST

/* So many parts @name, then the end. */
static const char *read_many(struct jsl_form *form, const char *name, unsigned int n)
{
	static char text[1 << 16];
	size_t len = (size_t)snprintf(text, sizeof(text), FILE_PART("First.java"));

	for (unsigned int i = 0; i < n; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
					PART("%s; filename=F%u") "\r\n", name, i);
	len += (size_t)snprintf(text + len, sizeof(text) - len, END);
	ck_assert_uint_lt(len, sizeof(text));
	return read_form(form, TYPE, text, len);
}

START_TEST(parts_are_bounded)
{
	struct jsl_form form;
	const char *refusal;

	ck_assert_ptr_null(read_many(&form, "source", JSL_SPEC_FILES_MAX - 1));
	ck_assert_uint_eq(form.n_sources, JSL_SPEC_FILES_MAX);
	refusal = read_many(&form, "source", JSL_SPEC_FILES_MAX);
	ck_assert_ptr_nonnull(strstr(refusal, "more than 64 parts source"));
	ck_assert_ptr_null(read_many(&form, "arg", JSL_SPEC_ARGS_MAX));
	ck_assert_uint_eq(form.n_args, JSL_SPEC_ARGS_MAX);
	refusal = read_many(&form, "arg", JSL_SPEC_ARGS_MAX + 1);
	ck_assert_ptr_nonnull(strstr(refusal, "more than 256 parts arg"));
}
END_TEST

START_TEST(heads_and_names_are_bounded)
{
	static char text[3 * JSL_MULTIPART_HEAD_MAX];
	static const int lengths[] = {JSL_FORM_NAME_MAX, JSL_FORM_NAME_MAX + 1,
				      JSL_MULTIPART_HEAD_MAX};
	static const char *const refusals[] = {NULL, "filename is", "too long"};
	struct jsl_form form;

	for (size_t i = 0; i < 3; i++) {
		int len = snprintf(text, sizeof(text),
				   PART("source; filename=%0*d") "x\r\n" END, lengths[i],
				   0);
		const char *refusal = read_form(&form, TYPE, text, (size_t)len);

		if (refusals[i] == NULL)
			ck_assert_msg(refusal == NULL, "%s", refusal);
		else
			ck_assert_msg(refusal != NULL &&
					      strstr(refusal, refusals[i]) != NULL,
				      "%s", refusal != NULL ? refusal : "taken");
	}
}
END_TEST

SUITE_MAIN("form", takes_each_part_as_it_is, has_exactly_one_boundary,
	   refuses_what_could_be_read_in_two_ways, a_part_of_a_form_is_none,
	   parts_are_bounded, heads_and_names_are_bounded)
