#include "base/test.h"
#include "document/read/mail.h"
#include "document/read/test_reading.h"
#include "unpack/test_cfb.h"

static void reads(const char *mail, const char *wanted)
{
	test_reads(mail, strlen(mail), wanted);
}

static void subject_and_text_are_lines(void **state)
{
	(void)state;
	reads("From: a@b\nSubject: Báo cáo\n mật\n\nTối mật\nb\n", "begin mail\nproperties 0: Báo cáo mật\nbody 0: Tối mật\nbody 0: b\nend\n");
	reads("From: a@b\nSubject: =?utf-8?B?VOG7?= =?utf-8?B?kWk=?= =?iso-8859-1?Q?_=E9t=E9?=\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\nm=E1=BA=ADt\n",
	      "begin mail\nproperties 0 guessed: Tối été\nbody 0: mật\nend\n");
	reads("From: a@b\nSubject: =?windows-1258?Q?T=F4=ECi?=\nContent-Type: text/plain; charset=windows-1258\nContent-Transfer-Encoding: base64\n\nbeLydA==\n",
	      "begin mail\nproperties 0: Tối\nbody 0: mật\nend\n");
	reads("From: a@b\nSubject: Tuy\xd6t m\xcbt\nContent-Type: text/plain; charset=iso-8859-1\n\nC\xe9ng h\xdf" "a x\xb7 h\xe9i\n",
	      "begin mail\nproperties 0 guessed: Tuyệt mật\nbody 0 guessed: Cộng hòa xã hội\nend\n");
}

static void parts_are_shown_or_attached(void **state)
{
	(void)state;
	reads("From: a@b\nSubject: s\nContent-Type: multipart/mixed; boundary=x\n\nfor others\n"
	      "--x\nContent-Type: multipart/alternative; boundary=y\n\n--y\n\nplain\n--y\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: base64\n\n"
	      "PHAgYWxpZ249Y2VudGVyPm3huq10PC9wPg==\n--y--\n"
	      "--x\nContent-Type: text/plain; name=a.txt\nContent-Disposition: attachment; filename=\"a.txt\"\n\nattached\n"
	      "--x\nContent-Type: message/rfc822\n\nFrom: c@d\nSubject: inner\n\ninner text\n"
	      "--x\nContent-Type: application/octet-stream; name=b.html\nContent-Transfer-Encoding: base64\n\nPGh0bWw+aGk=\n--x--\n",
	      "begin mail\nproperties 0: s\nbody 0: plain\nbody 0 centred: mật\nend\nbegin text a.txt\nbody 0: attached\nend\nbegin mail message 6\nproperties 0: inner\nbody 0: inner text\nend\n"
	      "begin html b.html\nbody 0: hi\nend\n");
}

static void encrypted_mail_is_said_to_be(void **state)
{
	(void)state;
	reads("From: a@b\nSubject: s\nContent-Type: application/pkcs7-mime; name=smime.p7m\nContent-Transfer-Encoding: base64\n\nAAECAw==\n",
	      "begin mail\nproperties 0: s\ngap encrypted: smime.p7m\nend\nbegin none smime.p7m\nend\n");
}

static void a_box_of_messages_is_one_document(void **state)
{
	(void)state;
	reads("From a Thu\nFrom: a\nSubject: one\n\nfirst\n\nFrom b Thu\nFrom: a\nSubject: two\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\nsecond\n--x\nContent-Disposition: attachment; "
	      "filename=n\n\nfile\n--x--\n",
	      "begin mail\nproperties 0: one\nbody 0: first\nproperties 0: two\nbody 0: second\nend\nbegin text message 2/n\nbody 0: file\nend\n");
}

/* ---- Outlook ---- */

/* [MS-OXRTFCP] 4.1.1: "{\rtf1\ansi\ansicpg1252\pard hello world}\r\n". */
static const uint8_t compressed[] = {
	0x2d, 0x00, 0x00, 0x00, 0x2b, 0x00, 0x00, 0x00, 0x4c, 0x5a, 0x46, 0x75, 0xf1, 0xc5, 0xc7, 0xa7, 0x03, 0x00, 0x0a, 0x00, 0x72, 0x63, 0x70, 0x67, 0x31,
	0x32, 0x35, 0x42, 0x32, 0x0a, 0xf3, 0x20, 0x68, 0x65, 0x6c, 0x09, 0x00, 0x20, 0x62, 0x77, 0x05, 0xb0, 0x6c, 0x64, 0x7d, 0x0a, 0x80, 0x0f, 0xa0,
};

static struct kh_buf decompressed;

static void read_compressed(struct kh_reading *r, const uint8_t *bytes, size_t n)
{
	(void)r;
	kh_buf_add(&decompressed, bytes, n);
}

static void give_compressed(struct kh_reading *r, const uint8_t *bytes, size_t n)
{
	kh_reading_decoded(r, "body", bytes, n, kh_msg_decompress);
}

static const struct kh_reader outer = {.format = KH_DOCUMENT_MAIL, .members = give_compressed}, inner = {.format = KH_DOCUMENT_RTF, .read = read_compressed};

static const struct kh_reader *outer_or_inner(const uint8_t *bytes, size_t n)
{
	return n >= 12 && memcmp(bytes + 8, "LZFu", 4) == 0 ? &outer : n >= 12 && memcmp(bytes + 8, "MELA", 4) == 0 ? &outer : &inner;
}

static void decompress(struct test_told *told, const uint8_t *bytes, size_t n)
{
	static const struct kh_unpack_limits limits = KH_UNPACK_LIMITS;
	const struct kh_document_options options = {.limits = &limits};
	struct kh_document_sink sink = test_sink(told);
	struct kh_reading_file file = {.options = &options, .sink = &sink, .reader_of = outer_or_inner};
	kh_buf_reset(&decompressed);
	kh_reading_run(&file, bytes, n);
}

static void rtf_is_decompressed(void **state)
{
	static const char plain[] = "\x10\0\0\0\4\0\0\0MELA\0\0\0\0{\\rt";
	struct test_told told = {0};
	(void)state;
	decompress(&told, compressed, sizeof compressed);
	assert_string_equal(kh_buf_text(&decompressed), "{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n");
	decompress(&told, (const uint8_t *)plain, sizeof plain - 1);
	assert_string_equal(kh_buf_text(&decompressed), "{\\rt");
	assert_null(strstr(kh_buf_text(&told.text), "gap"));
	decompress(&told, compressed, sizeof compressed - 5); /* without its end */
	assert_non_null(strstr(kh_buf_text(&told.text), "gap damaged or of an unknown kind: body\n"));
	kh_buf_done(&decompressed);
	test_told_done(&told);
}

static void outlooks_messages_are_mail(void **state)
{
	static const char subject[] = "T\0\xd1\x1ei\0", body[] = "m\xe2\xcbt\r\nTuy\xd6t m\xcbt", attached[] = "From: a\nSubject: x\n\ny", inside[] = "i\0n\0";
	const struct test_cfb_entry entries[] = {
		{"__properties_version1.0", TEST_CFB_STREAM, 0, 2, "x", 1},
		{"__substg1.0_0037001F", TEST_CFB_STREAM, 0, 3, subject, sizeof subject - 1},
		{"__substg1.0_1000001E", TEST_CFB_STREAM, 0, 4, body + 1, sizeof body - 2},
		{"__substg1.0_10090102", TEST_CFB_STREAM, 0, 5, compressed, sizeof compressed},
		{"__attach_version1.0_#0000000A", TEST_CFB_STORAGE, 6, 7, NULL, 0},
		{"__substg1.0_37010102", TEST_CFB_STREAM, 0, 0, attached, sizeof attached - 1},
		{"__attach_version1.0_#0000000B", TEST_CFB_STORAGE, 8, 0, NULL, 0},
		{"__substg1.0_3701000D", TEST_CFB_STORAGE, 9, 0, NULL, 0},
		{"__substg1.0_0037001F", TEST_CFB_STREAM, 0, 0, inside, sizeof inside - 1},
	};
	struct test_cfb c;
	struct test_told told = {0};
	(void)state;
	test_cfb_make(&c, entries, KH_COUNT(entries));
	test_read(&told, c.file.data, c.file.len);
	assert_non_null(strstr(kh_buf_text(&told.text), "begin mail\nproperties 0: Tối\nproperties 0: in\nbody 0"));
	assert_non_null(strstr(kh_buf_text(&told.text), "Tuyệt mật\nend\nbegin rtf body\n"));
	assert_non_null(strstr(kh_buf_text(&told.text), "end\nbegin mail attachment 11\nproperties 0: x\nbody 0: y\nend\n"));
	test_told_done(&told);
	kh_buf_done(&c.file);
}

KH_TESTS(subject_and_text_are_lines, parts_are_shown_or_attached, encrypted_mail_is_said_to_be, a_box_of_messages_is_one_document, rtf_is_decompressed, outlooks_messages_are_mail)
