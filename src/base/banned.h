/* Functions that do not compile here, each with what to use instead. Force-included into every file of ours by the build (-include), after
 * the headers that declare them, and as function-like macros so that a field or a comment may still use the word. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define KH_BANNED(name, use_instead) _Static_assert(0, #name " is banned: use " use_instead)

#undef strcpy
#define strcpy(...) ({ KH_BANNED(strcpy, "kh_buf_add*, kh_strdup or kh_format"); 0; })
#undef strcat
#define strcat(...) ({ KH_BANNED(strcat, "kh_buf_add*, kh_strdup or kh_format"); 0; })
#undef strncpy
#define strncpy(...) ({ KH_BANNED(strncpy, "kh_buf_add*, kh_strdup or kh_format"); 0; })
#undef strncat
#define strncat(...) ({ KH_BANNED(strncat, "kh_buf_add*, kh_strdup or kh_format"); 0; })
#undef stpcpy
#define stpcpy(...) ({ KH_BANNED(stpcpy, "kh_buf_add*, kh_strdup or kh_format"); 0; })
#undef sprintf
#define sprintf(...) ({ KH_BANNED(sprintf, "snprintf or kh_format"); 0; })
#undef vsprintf
#define vsprintf(...) ({ KH_BANNED(vsprintf, "snprintf or kh_format"); 0; })
#undef gets
#define gets(...) ({ KH_BANNED(gets, "struct kh_cursor or kh_split"); 0; })
#undef strtok
#define strtok(...) ({ KH_BANNED(strtok, "struct kh_cursor or kh_split"); 0; })
#undef atoi
#define atoi(...) ({ KH_BANNED(atoi, "kh_parse_int"); 0; })
#undef atol
#define atol(...) ({ KH_BANNED(atol, "kh_parse_int"); 0; })
#undef atoll
#define atoll(...) ({ KH_BANNED(atoll, "kh_parse_int"); 0; })
#undef atof
#define atof(...) ({ KH_BANNED(atof, "kh_parse_int"); 0; })
#undef gmtime
#define gmtime(...) ({ KH_BANNED(gmtime, "kh_time_*"); 0; })
#undef localtime
#define localtime(...) ({ KH_BANNED(localtime, "kh_time_*"); 0; })
#undef ctime
#define ctime(...) ({ KH_BANNED(ctime, "kh_time_*"); 0; })
#undef asctime
#define asctime(...) ({ KH_BANNED(asctime, "kh_time_*"); 0; })
#undef system
#define system(...) ({ KH_BANNED(system, "kh_os_*"); 0; })
#undef popen
#define popen(...) ({ KH_BANNED(popen, "kh_os_*"); 0; })
#undef tmpnam
#define tmpnam(...) ({ KH_BANNED(tmpnam, "kh_os_*"); 0; })
#undef mktemp
#define mktemp(...) ({ KH_BANNED(mktemp, "kh_os_*"); 0; })
