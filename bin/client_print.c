/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text from outside on its way to the user. A terminal obeys escape sequences, so
 * there control characters are shown: C0 and DEL as ^X, C1 and bytes that are not
 * UTF-8 as \xNN. Newlines and tabs pass; into files and pipes everything does.
 */

#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <unistd.h>

#include "client.h"

void client_out_init(struct client_out *out, FILE *file, const struct client *c)
{
	*out = (struct client_out){
		.file = file,
		.visible = !c->raw && isatty(fileno(file)) == 1,
	};
}

/* How many continuation bytes follow @lead; 0 if it starts nothing. */
static unsigned continuations(unsigned char lead)
{
	if (lead >= 0xc3 && lead <= 0xdf)
		return 1;
	if (lead >= 0xe0 && lead <= 0xef)
		return 2;
	if (lead >= 0xf0 && lead <= 0xf4)
		return 3;
	return 0;
}

/* 0xc2 starts U+0080 .. U+00BF, and the first half of those are controls (C1). */
static void put_after_c2(struct client_out *out, unsigned char byte)
{
	if (byte < 0xa0)
		fprintf(out->file, "\\x%02x", byte);
	else
		fprintf(out->file, "%c%c", 0xc2, byte);
}

static void put(struct client_out *out, unsigned char byte)
{
	bool tail = byte >= 0x80 && byte <= 0xbf;

	if (out->held_c2) {
		out->held_c2 = false;
		if (tail) {
			put_after_c2(out, byte);
			return;
		}
		fputs("\\xc2", out->file);
	}
	if (tail && out->continue_ > 0) {
		out->continue_--;
		putc(byte, out->file);
		return;
	}
	out->continue_ = continuations(byte);
	if (byte == 0xc2)
		out->held_c2 = true;
	else if (byte == '\n' || byte == '\t' || (byte >= 0x20 && byte < 0x7f) ||
		 out->continue_ > 0)
		putc(byte, out->file);
	else if (byte < 0x80)
		fprintf(out->file, "^%c", byte ^ 0x40);
	else
		fprintf(out->file, "\\x%02x", byte);
}

void client_out_write(struct client_out *out, const char *data, size_t len)
{
	if (!out->visible) {
		fwrite(data, 1, len, out->file);
		return;
	}
	for (size_t i = 0; i < len; i++)
		put(out, (unsigned char)data[i]);
}

int client_out_finish(struct client_out *out)
{
	if (out->held_c2)
		fputs("\\xc2", out->file);
	out->held_c2 = false;
	out->continue_ = 0;
	errno = 0;
	if (fflush(out->file) != 0 || ferror(out->file))
		return errno != 0 ? -errno : -EIO;
	return 0;
}

void client_complain(const char *fmt, ...)
{
	char text[1024];
	struct client_out out = {.file = stderr, .visible = true};
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	if ((size_t)n >= sizeof(text))
		n = sizeof(text) - 1;
	for (int i = 0; i < n; i++)
		if (text[i] == '\n')
			text[i] = ' ';
	fputs("jsl-client: ", stderr);
	client_out_write(&out, text, (size_t)n);
	fputs("\n", stderr);
	(void)client_out_finish(&out);
}
