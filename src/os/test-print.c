#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "base/test.h"
#include "os/print.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* What is written, as a process of its own writes it. */
static void written(void (*write_it)(void), const char *expected)
{
	char text[512] = "";
	int ends[2], status = 0;
	assert_int_equal(pipe(ends), 0);
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		dup2(ends[1], STDOUT_FILENO);
		write_it();
		_exit(kh_print_end() == 0 ? 0 : 1);
	}
	close(ends[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_true(read(ends[0], text, sizeof text - 1) >= 0);
	close(ends[0]);
	assert_string_equal(text, expected);
}

static void some_lines(void)
{
	kh_auto_json json_t *places = json_pack("[ss]", "/home", "/srv\n"), *none = json_array();
	kh_print_line(KH_EN, KH_T_STATUS_UNIT, "phường\x1b[31m \xff");
	kh_print_line(KH_EN, KH_T_STATUS_UNIT, NULL);
	kh_print_number(KH_EN, KH_T_STATUS_SPOOL, -7);
	kh_print_list(KH_EN, KH_T_ONACCESS_PLACES, places);
	kh_print_list(KH_EN, KH_T_ONACCESS_PLACES, none);
	kh_ignore(kh_print(kh_strdup("done")));
	kh_ignore(kh_print_json(json_pack("{si}", "a", 1)));
}

static void lines_are_labelled_and_safe(void **state)
{
	(void)state;
	kh_auto_free char *expected = kh_format("%s: phường\\x1b[31m \\xff\n%s: -\n%s: -7\n%s: /home, /srv\\x0a\n%s: -\ndone\n{\"a\":1}\n", kh_text(KH_EN, KH_T_STATUS_UNIT), kh_text(KH_EN, KH_T_STATUS_UNIT),
						 kh_text(KH_EN, KH_T_STATUS_SPOOL), kh_text(KH_EN, KH_T_ONACCESS_PLACES), kh_text(KH_EN, KH_T_ONACCESS_PLACES));
	written(some_lines, expected);
}

static void a_full_disk_is_told(void **state)
{
	(void)state;
	int status = 0;
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		if (!freopen("/dev/full", "w", stdout))
			_exit(2);
		_exit(kh_print(kh_strdup("text")) < 0 && kh_print_end() < 0 ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void words_have_a_name_for_people(void **state)
{
	(void)state;
	static const struct kh_print_word words[] = {{"online", KH_T_STATUS_ONLINE}};
	for (enum kh_language l = KH_VI; l <= KH_EN; l++)
		assert_string_equal(kh_print_word(l, words, "online"), kh_text(l, KH_T_STATUS_ONLINE));
	assert_string_equal(kh_print_word(KH_EN, words, "unheard of"), "unheard of");
	assert_string_equal(kh_print_word(KH_EN, words, NULL), "-");
}

KH_TESTS(lines_are_labelled_and_safe, a_full_disk_is_told, words_have_a_name_for_people)
