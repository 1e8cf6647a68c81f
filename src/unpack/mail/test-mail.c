#include "base/alloc.h"
#include "base/test.h"
#include "unpack/mail/header.h"
#include "unpack/mail/mail.h"
#include "unpack/mail/tnef.h"
#include "unpack/test_members.h"

static void check_mail(const char *text, const char *expected)
{
	assert_true(kh_mail_looks((const uint8_t *)text, strlen(text)));
	check_members(kh_mail_read, text, strlen(text), expected);
}

static void tells_mail_from_text(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool is_mail;
	} cases[] = {
		{"From: a@b\nTo: c@d\n\nhello", true},
		{"MIME-Version: 1.0\r\nContent-Type: multipart/related;\r\n boundary=x\r\n\r\n", true}, /* .mht */
		{"X-Whatever: 1\nfolded\n", false},
		{"X-Whatever: 1\n folded\nReceived: x\nSubject: y\n", true},
		{"From a@b Thu Jul 31 13:51:21 2008\nFrom: a@b\nSubject: x\n\n", true},
		{"From here to there\nis a long way\n", false},
		{"Subject: only one\n\ntext", false},
		{"Package: x\nVersion: 1\nDescription: y\n", false},
		{"hello", false},
		{"", false},
		{"/* From: x */\n", false},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++)
		if (kh_mail_looks((const uint8_t *)cases[i].text, strlen(cases[i].text)) != cases[i].is_mail)
			fail_msg("%s", cases[i].text);
}

static void decodes_parts(void **state)
{
	(void)state;
	check_mail("From: a\nTo: b\n\nplain\n", "part 1: \"plain\\x0a\"\n");
	check_mail("From: a\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\na=3Db=\r\nc =C4=90=\n", "part 1: \"a=bc \\xc4\\x90\"\n");
	check_mail("From: a\nContent-Type: multipart/mixed;\n\tboundary=\"=_a b\"\n\nfor others\n"
		   "--=_a b\nContent-Type: text/plain\n\nfirst\n--=_a bc\n"
		   "--=_a b  \nContent-Type: application/x; name=n.bin\nContent-Disposition: attachment; filename=\"a \\\"b\\\".bin\"\nContent-Transfer-Encoding: BASE64\n\naGVs\nbG8=\n"
		   "--=_a b--\nbehind\n",
		   "part 2: \"first\\x0a--=_a bc\\x0a\"\na \"b\".bin: \"hello\"\n");
}

static void decodes_names(void **state)
{
	(void)state;
	static const struct {
		const char *field, *name;
	} cases[] = {
		{"Content-Disposition: attachment; filename=a.txt", "a.txt"},
		{"Content-Type: x/y; name=\"b c.txt\"", "b c.txt"},
		{"Content-Disposition: attachment; filename*=utf-8''t%e1%bb%87p.doc", "tệp.doc"},
		{"Content-Disposition: attachment; filename*0*=utf-8''a%20; filename*1=\"b.d\"; filename*2=oc", "a b.doc"},
		{"Content-Disposition: attachment; filename=\"=?UTF-8?B?dOG7h3A=?= =?utf-8?q?_x=2Edoc?=\"", "tệp x.doc"},
		{"Content-Disposition: attachment; filename=\"=?broken\"", "=?broken"},
		{"Content-Disposition: inline;;; =; filename", "part 1"},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		kh_auto_free char *mail = kh_format("From: a\nTo: b\n%s\n\nx", cases[i].field), *expected = kh_format("%s: \"x\"\n", cases[i].name);
		check_mail(mail, expected);
	}
}

static void gives_messages_inside(void **state)
{
	(void)state;
	check_mail("From: a\nContent-Type: multipart/digest; boundary=x\n\n--x\nContent-Type: message/rfc822\n\nFrom: inner\nTo: b\n\nbegin 644 no\n--x--\n",
		   "message 2: \"From: inner\\x0aTo: b\\x0a\\x0abegin 644 no\\x0a\"\n");
	check_mail("From a Thu\nFrom: a\nTo: b\n\none\n\nFrom b Thu\nFrom: a\nTo: b\nContent-Type: x; name=n\n\ntwo\nFrom here on\n",
		   "message 1/part 1: \"one\\x0a\\x0a\"\nmessage 2/n: \"two\\x0aFrom here on\\x0a\"\n");
}

static void decodes_uuencode(void **state)
{
	(void)state;
	check_mail("From: a\nTo: b\n\nsee:\nbegin 644 cat.txt\n#0V%T\n`\nend\nbegin here\n",
		   "part 1: \"see:\\x0abegin 644 cat.txt\\x0a#0V%T\\x0a`\\x0aend\\x0abegin here\\x0a\"\ncat.txt: \"Cat\"\n");
	check_mail("From: a\nContent-Transfer-Encoding: x-uuencode\n\nbegin 644 cat.txt\n#0V%T\n", "cat.txt: \"Cat\"\n! damaged or of an unknown kind: cat.txt\n");
}

static void closes_what_is_open(void **state)
{
	(void)state;
	check_mail("From: a\nContent-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/alternative; boundary=b\n\n--b\n\none\n--a\n\ntwo\n--b\nstill two\n--a--\n",
		   "part 3: \"one\\x0a\"\npart 4: \"two\\x0a--b\\x0astill two\\x0a\"\n");
	check_mail("From: a\nContent-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: text/plain\n--a\n\nheader without end\n", "part 3: \"header without end\\x0a\"\n");
	check_mail("From: a\nContent-Type: multipart/mixed\n\nno boundary\n", "part 1: \"no boundary\\x0a\"\n");
}

static void limits_multiparts(void **state)
{
	(void)state;
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_buf_adds(&b, "From: a\nContent-Type: multipart/mixed; boundary=b0\n\n");
	for (int i = 0; i < 1000; i++)
		kh_buf_addf(&b, "--b%d\nContent-Type: multipart/mixed; boundary=b%d\n\n", i, i + 1);
	check_mail(b.data, "! depth limit: \n");
}

static void unpacks_tnef(void **state)
{
	(void)state;
#define ATTRIBUTE(id, size) "\2" id size
	static const char tnef[] = "\x78\x9f\x3e\x22\1\0" ATTRIBUTE("\x02\x90\x06\x00", "\1\0\0\0") "x\0\0" ATTRIBUTE("\x0f\x80\x06\x00", "\5\0\0\0") "hello\0\0"
		ATTRIBUTE("\x10\x80\x01\x00", "\6\0\0\0") "a.txt\0\0\0" ATTRIBUTE("\x02\x90\x06\x00", "\0\0\0\0") "\0\0" ATTRIBUTE("\x0f\x80\x06\x00", "\2\0\0\0") "xy\0\0";
	check_members(kh_tnef_read, tnef, sizeof tnef - 1, "a.txt: \"hello\"\n#2: \"xy\"\n");
	check_members(kh_tnef_read, tnef, sizeof tnef - 4, "a.txt: \"hello\"\n#2: \"x\"\n! damaged or of an unknown kind: \n");
}

KH_TESTS(tells_mail_from_text, decodes_parts, decodes_names, gives_messages_inside, decodes_uuencode, closes_what_is_open, limits_multiparts, unpacks_tnef)
