#include "server/verb/password.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "crypto/password.h"

#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define CTRL_C '\003'

/* One line without its end. */
static int read_line(char line[KH_PASSWORD_MAX_BYTES + 2])
{
	if (!fgets(line, KH_PASSWORD_MAX_BYTES + 2, stdin))
		line[0] = '\0';
	size_t n = strcspn(line, "\r\n");
	if (n > KH_PASSWORD_MAX_BYTES)
		return kh_fail(KH_E_TOO_LARGE, "a password of more than %d bytes", KH_PASSWORD_MAX_BYTES);
	line[n] = '\0';
	return 0;
}

/* Without showing it. Signals of the terminal are switched off too, so that Ctrl-C cannot leave it mute: it arrives as a character. */
static int ask(const char *prompt, char line[KH_PASSWORD_MAX_BYTES + 2])
{
	struct termios shown = {0};
	if (tcgetattr(STDIN_FILENO, &shown) < 0)
		return kh_fail_errno("terminal");
	struct termios hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
	fputs(prompt, stderr);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
	int r = read_line(line);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
	fputc('\n', stderr);
	return r == 0 && strchr(line, CTRL_C) ? kh_fail(KH_E_USAGE, "broken off") : r;
}

static int ask_twice(enum kh_language language, const char *user_name, char line[KH_PASSWORD_MAX_BYTES + 2])
{
	char again[KH_PASSWORD_MAX_BYTES + 2] = "";
	kh_auto_free char *prompt = kh_text_with(language, KH_T_SERVER_PASSWORD_PROMPT, {"name", user_name});
	int r = ask(prompt, line);
	if (r == 0 && *line)
		r = ask(kh_text(language, KH_T_SERVER_PASSWORD_AGAIN), again);
	if (r == 0 && *line && !kh_streq(line, again))
		r = kh_fail(KH_E_USAGE, "the two passwords are not the same");
	explicit_bzero(again, sizeof again);
	return r;
}

int kh_password_ask(enum kh_language language, const char *user_name, char **ret)
{
	char line[KH_PASSWORD_MAX_BYTES + 2] = "";
	int r = isatty(STDIN_FILENO) ? ask_twice(language, user_name, line) : read_line(line);
	if (r == 0)
		*ret = kh_strdup(line);
	explicit_bzero(line, sizeof line);
	return r;
}
