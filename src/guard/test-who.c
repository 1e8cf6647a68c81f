/* Who may open files unscanned: processes by the file that they run, and by their user. */
#include "guard/who.h"

#include "base/settings.h"
#include "base/test.h"
#include "guard/test_program.h"

#include <unistd.h>

static bool holds(const char *programs, pid_t pid)
{
	struct kh_agent_settings settings = {0};
	kh_settings_init(&settings, KH_AGENT_SETTINGS);
	assert_int_equal(kh_settings_set(&settings, KH_AGENT_SETTINGS, "onaccess.programs", programs), 0);
	struct kh_free_programs *p = kh_free_programs_new(&settings);
	bool held = kh_free_programs_hold(p, pid);
	kh_free_programs_free(p);
	kh_settings_done(&settings, KH_AGENT_SETTINGS);
	return held;
}

static void by_the_file_that_they_run(void **state)
{
	(void)state;
	static char link[] = "/tmp/khien-who-XXXXXX";
	pid_t pid = kh_test_program("/usr/bin/env");
	assert_true(holds("/usr/bin/env", pid));
	assert_false(holds("/usr/bin/none, /bin/sh", pid));
	assert_true(mkdtemp(link) && rmdir(link) == 0 && symlink("/usr/bin/env", link) == 0);
	assert_true(holds(link, pid)); /* as alternatives are */
	unlink(link);
	kh_test_program_end(pid);
	assert_false(holds("/usr/bin/env", pid));
	assert_false(holds("/usr/bin/env", 0)); /* of a name space that is not ours */
}

static void ourselves(void **state)
{
	(void)state;
	assert_true(holds("/usr/bin/none", getpid()));
	struct kh_who who = {0};
	kh_who_of(getpid(), &who);
	assert_true(who.known && who.uid == geteuid() && strstr(who.program, "test-guard-who"));
	kh_who_of(0, &who);
	assert_false(who.known);
	assert_string_equal(who.program, "");
}

KH_TESTS(by_the_file_that_they_run, ourselves)
